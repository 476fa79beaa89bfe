"""jobs: what the journal keeps: list, show, wait, fetch, cancel, settle."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..archive import Archive, describe_stage
from ..client import Client
from ..desk import check_timeout
from ..errors import NotFound, PolyreelError, UsageError
from ..handles import AsyncJob
from ..jobs import Cancellation, JobRef
from ..records import JobRecord, Stage
from . import options
from .exit_codes import DONE, REFUSED, USAGE
from .job_facts import COLUMNS, details, row, say_unknown, what_to_settle
from .job_work import work_on
from .output import AsJson, command, print_json, print_table, say
from .progress import warn_of_expiry

_ROWS = 50

jobs_app = typer.Typer(
    help="The jobs that the journal keeps. Without a command: list them.",
    invoke_without_command=True,
    no_args_is_help=False,
)

JobId = Annotated[str, typer.Argument(metavar="ID", help="The job's id, or its beginning.")]
JobIds = Annotated[list[str] | None, typer.Argument(metavar="ID", help="Ids, or their beginnings.")]
OutFolder = Annotated[
    Path,
    typer.Option("-o", "--out", metavar="DIR", help="For films that were given no file."),
]
OnlyOpen = Annotated[bool, typer.Option("--open", help="Only jobs that wait for something.")]
OneState = Annotated[
    str | None,
    typer.Option("--state", metavar="STATE", help="As the list shows it, e.g. accepted."),
]
OneProvider = Annotated[str | None, typer.Option("-p", "--provider", metavar="NAME")]
OneModel = Annotated[str | None, typer.Option("-m", "--model", metavar="MODEL")]
OneKey = Annotated[str | None, typer.Option("--idempotency-key", metavar="KEY")]
Limit = Annotated[
    int | None,
    typer.Option("--limit", metavar="N", min=1, help="The newest N; 50, and with --json all."),
]


@jobs_app.callback()
def jobs(context: typer.Context, as_json: AsJson = False) -> None:
    """The jobs that the journal keeps. Without a command: list them."""
    if context.invoked_subcommand is None:
        list_jobs(as_json=as_json)
    elif as_json:
        name = context.invoked_subcommand
        say(f"Give --json after the command: polyreel jobs {name} --json")
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
    with Client() as client:
        archive = client.archive
        shown = limit or (sys.maxsize if as_json else _ROWS)
        # One more than is shown tells whether there are older ones.
        most = None if only_open or state is not None or as_json else shown + 1
        found = archive.jobs(
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
        now = client.desk.context.now()
        if not found:
            is_narrowed = only_open or state or provider or model or idempotency_key
            what = "No such job" if is_narrowed else "No job yet"
            say(f"{what} in {archive.journal.name}.")
            return
        print_table(COLUMNS, [row(each, now) for each in found])
        if are_more:
            say(f"Older ones are left out; --limit {10 * shown} shows more.")
        say_unknown(found)
        warn_of_expiry(archive)


@jobs_app.command()
@command
def show(job_id: JobId, as_json: AsJson = False) -> None:
    """Show everything known of one job."""
    with Client() as client:
        record = client.archive.find(job_id)
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
    every: Annotated[bool, typer.Option("--all", help="Every job that is not done.")] = False,
    out_folder: OutFolder = Path(),
    timeout: options.Timeout = 1800.0,
    as_json: AsJson = False,
) -> None:
    """Wait for jobs to end and save their films. Costs nothing."""
    check_timeout(timeout)

    def choose(archive: Archive) -> list[JobRecord]:
        if every:
            return [each for each in archive.open_jobs() if each.is_unfinished]
        return [archive.find(job_id) for job_id in _named(job_ids, "--all")]

    async def finish(job: AsyncJob, film: Path) -> None:
        await job.finish(film, timeout=timeout)

    work_on(choose, finish, out_folder, as_json, tells_unknown=every)


@jobs_app.command()
@command
def fetch(
    job_ids: JobIds = None,
    every: Annotated[
        bool, typer.Option("--all-finished", help="Every film that a provider still keeps.")
    ] = False,
    out_folder: OutFolder = Path(),
    as_json: AsJson = False,
) -> None:
    """Save the films of jobs that have ended. Costs nothing and waits for nothing."""

    def choose(archive: Archive) -> list[JobRecord]:
        if every:
            return [each for each in archive.open_jobs() if each.is_unfinished]
        return [archive.find(job_id) for job_id in _named(job_ids, "--all-finished")]

    async def save(job: AsyncJob, film: Path) -> None:
        if job.record.stage is Stage.FETCHED and film.is_file():
            return
        if every and not (await job.poll()).state.is_final:
            say(f"{job.model}: job {job.record.short_id} is still {describe_stage(job.record)}")
            return
        await job.fetch(film)

    work_on(choose, save, out_folder, as_json, tells_unknown=False)


@jobs_app.command()
@command
def cancel(job_id: JobId, as_json: AsJson = False) -> None:
    """Ask a provider to stop a job, and say what truly came of it."""
    with Client() as client:
        job = client.job(client.archive.find(job_id).id)
        outcome = job.cancel()
        title = client.desk.registry.adapter(job.record.provider).title
        how = describe_stage(job.record)
    said = {
        Cancellation.STOPPED: f"{title} stopped the job.",
        Cancellation.TOO_LATE: f"Too late: the job is {how}."
        if job.record.has_ended
        else f"Too late: {title} stops it no more; it goes on and is billed.",
        Cancellation.NOT_OFFERED: f"{title} has no way to stop a job; it goes on and is billed. "
        f"Wait for it with: polyreel jobs wait {job.record.short_id}",
    }
    say(said[outcome])
    if as_json:
        print_json({"id": job.id, "outcome": str(outcome)})
    raise typer.Exit(DONE if outcome is Cancellation.STOPPED else REFUSED)


@jobs_app.command()
@command
def settle(
    job_id: JobId,
    task_id: Annotated[
        str | None,
        typer.Option("--task-id", metavar="TASK", help="A task was created: the provider's id."),
    ] = None,
    not_created: Annotated[
        bool, typer.Option("--not-created", help="Surely no task was created.")
    ] = False,
    lost: Annotated[
        bool, typer.Option("--lost", help="An accepted task that its provider has forgotten.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say what you found out about a job whose outcome is unknown. Costs nothing."""
    with Client() as client:
        archive = client.archive
        record = archive.find(job_id)
        answers = (task_id is not None) + not_created + lost
        if answers > 1:
            raise UsageError("give one answer: --task-id, --not-created or --lost")
        if not answers:
            title = client.desk.registry.adapter(record.provider).title
            raise UsageError(what_to_settle(title, record))
        if lost:
            record = archive.give_up(record.id)
        else:
            if task_id is not None:
                _check_known(client, archive.found(record.id, task_id))
            record = archive.settle(record.id, task_id=task_id, not_created=not_created)
    if as_json:
        print_json(record.facts())
        return
    if record.stage is Stage.ACCEPTED:
        say(f"Settled. Its film: polyreel jobs wait {record.short_id}")
    else:
        say("Settled. Nothing more is expected of this job.")


def _named(job_ids: list[str] | None, every: str) -> list[str]:
    if not job_ids:
        raise UsageError(f"name the jobs, or give {every}; `polyreel jobs` lists them")
    return list(dict.fromkeys(job_ids))


def _check_known(client: Client, ref: JobRef) -> None:
    """Ask the provider for a task before its id is written down; a typo would lose the film.

    Raises:
        UsageError: When it knows no such task.
    """
    try:
        client.job(ref).poll()
    except NotFound:
        raise UsageError(
            f"{ref.provider} knows no task {ref.task_id!r}, so nothing was settled; look at the id"
        ) from None
    except PolyreelError as error:
        say(f"The task could not be looked at now, so its id is taken as it is: {error.message}")
