"""jobs: list, show, wait for, download, cancel and settle the jobs in the journal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..adapters import Cancellation
from ..client import AsyncJob, Client
from ..client.arguments import check_timeout
from ..errors import UsageError
from ..jobs import History, JobRecord, Stage
from ..jobs.history import DESCRIBED_STAGES, describe_stage
from ..text.suggestions import did_you_mean
from . import options
from .doubtful_jobs import can_be_found, find_tasks
from .exit_codes import DONE, REFUSED, USAGE
from .job_facts import COLUMNS, details, has_candidate, row, say_unknown, what_to_settle
from .job_work import Chosen, work_on
from .output import AsJson, command, print_json, print_table, say
from .progress import warn_of_expiry
from .rescue import rescue

_ROWS = 50

jobs_app = typer.Typer(
    help="The jobs in the journal. Without a command: list them.",
    invoke_without_command=True,
    no_args_is_help=False,
)

JobId = Annotated[str, typer.Argument(metavar="ID", help="The job's id, or its beginning.")]
JobIds = Annotated[list[str] | None, typer.Argument(metavar="ID", help="Ids, or their beginnings.")]
OutFolder = Annotated[
    Path,
    typer.Option("-o", "--out", metavar="DIR", help="The folder for videos without a file."),
]
OnlyOpen = Annotated[bool, typer.Option("--open", help="Only unfinished jobs.")]
OneState = Annotated[
    str | None,
    typer.Option("--state", metavar="STATE", help="Only jobs in this state, e.g. accepted."),
]
OneProvider = Annotated[
    str | None, typer.Option("-p", "--provider", metavar="NAME", help="Only jobs at this provider.")
]
OneModel = Annotated[
    str | None, typer.Option("-m", "--model", metavar="MODEL", help="Only jobs of this model.")
]
OneKey = Annotated[
    str | None, typer.Option("--idempotency-key", metavar="KEY", help="Only jobs with this key.")
]
Limit = Annotated[
    int | None,
    typer.Option(
        "--limit", metavar="N", min=1, help="Only the newest N. Default: 50, or all with --json."
    ),
]


@jobs_app.callback()
def jobs(
    context: typer.Context,
    only_open: OnlyOpen = False,
    state: OneState = None,
    provider: OneProvider = None,
    model: OneModel = None,
    idempotency_key: OneKey = None,
    limit: Limit = None,
    as_json: AsJson = False,
) -> None:
    """The jobs in the journal. Without a command: list them."""
    name = context.invoked_subcommand
    if name is None:
        list_jobs(
            only_open=only_open,
            state=state,
            provider=provider,
            model=model,
            idempotency_key=idempotency_key,
            limit=limit,
            as_json=as_json,
        )
        return
    given = [each for each in context.command.params if each.name and context.params[each.name]]
    if given:
        options = " ".join(max(each.opts, key=len) for each in given)
        # Every command has --json; only the list has the other options.
        takes = name if options == "--json" else "list"
        say(f"Use {options} after the command: polyreel jobs {takes} {options}")
        raise typer.Exit(USAGE)


@jobs_app.command("list")
@command
def list_jobs(
    only_open: OnlyOpen = False,
    state: OneState = None,
    provider: OneProvider = None,
    model: OneModel = None,
    idempotency_key: OneKey = None,
    limit: Limit = None,
    as_json: AsJson = False,
) -> None:
    """List jobs, the newest first."""
    if state is not None and state.lower() not in DESCRIBED_STAGES:
        raise UsageError(f"--state: {did_you_mean(state, DESCRIBED_STAGES)}")
    with Client() as client:
        history = client.history
        shown = limit or (sys.maxsize if as_json else _ROWS)
        # One more than is shown: its presence means that there are older ones.
        most = None if only_open or state is not None or as_json else shown + 1
        found = history.jobs(
            provider=provider, model=model, idempotency_key=idempotency_key, limit=most
        )
        if only_open:
            found = [each for each in found if each.is_open]
        if state is not None:
            found = [each for each in found if describe_stage(each) == state.lower()]
        are_more, found = len(found) > shown, found[:shown]
        if as_json:
            print_json([each.facts() for each in found])
            return
        now = client.planner.context.now()
        if not found:
            is_narrowed = only_open or state or provider or model or idempotency_key
            what = "No matching job" if is_narrowed else "No job yet"
            say(f"{what} in {history.journal.name}.")
            return
        print_table(COLUMNS, [row(each, now) for each in found])
        if are_more:
            say(f"Older jobs are not shown; --limit {10 * shown} shows more.")
        say_unknown(found)
        warn_of_expiry(history)


@jobs_app.command()
@command
def show(job_id: JobId, as_json: AsJson = False) -> None:
    """Show everything that is known about one job."""
    with Client() as client:
        record = client.history.find(job_id)
    if as_json:
        print_json(record.facts())
        return
    print_table(["what", "value"], [[name, value] for name, value in details(record)])
    if record.stage is Stage.UNKNOWN:
        say_unknown([record])


@jobs_app.command()
@command
def wait(
    job_ids: JobIds = None,
    every: Annotated[bool, typer.Option("--all", help="Every unfinished job.")] = False,
    out_folder: OutFolder = Path(),
    timeout: options.Timeout = 1800.0,
    at: options.At = None,
    as_json: AsJson = False,
) -> None:
    """Wait for jobs to end and save their videos. Costs nothing."""
    check_timeout(timeout)

    def choose(history: History) -> list[JobRecord]:
        if every:
            return [each for each in history.open_jobs() if each.is_unfinished]
        return [history.find(job_id) for job_id in _named(job_ids, "--all")]

    async def finish(job: AsyncJob, video: Path) -> None:
        # A video that its server refused before gets one try a run, so that no job waits for it.
        is_one_of_many = every and job.record.stage is Stage.FINISHED
        await job.finish(video, timeout=timeout, patience=0.0 if is_one_of_many else None)

    if every:
        find_tasks(at)
    nothing = "No job is unfinished."
    chosen = Chosen(choose, nothing, every, at)
    work_on(chosen, finish, out_folder, as_json, shows_unknown=every)


@jobs_app.command()
@command
def download(
    job_ids: JobIds = None,
    every: Annotated[
        bool, typer.Option("--all-finished", help="Every video that a provider still offers.")
    ] = False,
    out_folder: OutFolder = Path(),
    at: options.At = None,
    as_json: AsJson = False,
) -> None:
    """Save the videos of jobs that have ended. Costs nothing and does not wait."""

    def choose(history: History) -> list[JobRecord]:
        if every:
            return [each for each in history.open_jobs() if each.is_unfinished]
        return [history.find(job_id) for job_id in _named(job_ids, "--all-finished")]

    async def save(job: AsyncJob, video: Path) -> None:
        if job.record.stage is Stage.DOWNLOADED and video.is_file() and job.record.are_all_there:
            return
        if every and not (await job.poll()).state.is_final:
            say(f"{job.model}: job {job.record.short_id} is still {describe_stage(job.record)}")
            return
        await job.download(video, patience=0.0)

    chosen = Chosen(choose, "No video is left to download.", every, at)
    work_on(chosen, save, out_folder, as_json, shows_unknown=False)


jobs_app.command()(rescue)


@jobs_app.command()
@command
def cancel(job_id: JobId, at: options.At = None, as_json: AsJson = False) -> None:
    """Ask a provider to cancel a job, and report the real result."""
    with Client() as client:
        job = client.job(client.history.find(job_id).id, at=at)
        outcome = job.cancel()
        title = client.registry.adapter(job.record.provider).title
        stage = describe_stage(job.record)
    messages = {
        Cancellation.STOPPED: f"{title} canceled the job.",
        Cancellation.TOO_LATE: f"Too late: the job is {stage}."
        if job.record.has_ended
        else f"Too late: {title} can no longer cancel it; it continues and is billed.",
        Cancellation.NOT_OFFERED: f"{title} can't cancel jobs; the job continues and is billed. "
        f"Wait for it with: polyreel jobs wait {job.record.short_id}",
    }
    say(messages[outcome])
    if as_json:
        print_json({"id": job.id, "outcome": str(outcome)})
    raise typer.Exit(DONE if outcome is Cancellation.STOPPED else REFUSED)


@jobs_app.command()
@command
def settle(
    job_id: JobId,
    task_id: Annotated[
        str | None,
        typer.Option(
            "--task-id",
            "--task",
            metavar="TASK",
            help="A task exists: the provider's id of it, as its console shows it.",
        ),
    ] = None,
    not_created: Annotated[
        bool, typer.Option("--not-created", help="Certainly no task was created.")
    ] = False,
    lost: Annotated[
        bool, typer.Option("--lost", help="The provider no longer has the accepted task.")
    ] = False,
    at: options.At = None,
    as_json: AsJson = False,
) -> None:
    """Settle a job whose outcome is unknown. Costs nothing.

    Without an option: ask the provider for the task that its answer named; or, where it named
    none, look for the only task of the provider that can be this job's.
    """
    with Client() as client:
        history = client.history
        record = history.find(job_id)
        answers = (task_id is not None) + not_created + lost
        if answers > 1:
            raise UsageError("use only one of --task-id, --not-created and --lost")
        if not (answers or has_candidate(record) or can_be_found(client, record)):
            title = client.registry.adapter(record.provider).title
            raise UsageError(what_to_settle(title, record))
        if lost:
            record = history.give_up(record.id)
        elif not_created:
            record = history.settle(record.id, not_created=True)
        else:
            record = client.settle(record.id, task_id=task_id, at=at)
    if as_json:
        print_json(record.facts())
        return
    if record.stage is Stage.ACCEPTED:
        say(f"Settled. To get its video: polyreel jobs wait {record.short_id}")
    else:
        say("Settled. This job is over.")


def _named(job_ids: list[str] | None, every: str) -> list[str]:
    if not job_ids:
        raise UsageError(f"name the jobs, or use {every}; `polyreel jobs` lists them")
    return list(dict.fromkeys(job_ids))
