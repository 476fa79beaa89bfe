"""jobs: what the journal keeps: list, show, wait, fetch, cancel, settle."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import anyio
import typer

from ..archive import SHORT_ID, Archive, describe_stage
from ..client import AsyncClient, Client
from ..comparison import film_names
from ..desk import check_timeout
from ..errors import PolyreelError, ResultExpired, SubmitUnknown, UsageError
from ..files import make_folder
from ..handles import AsyncJob
from ..jobs import Cancellation
from ..records import JobRecord, Stage
from . import options
from .exit_codes import DONE, REFUSED, exit_code, gravest
from .generate import interrupted
from .output import (
    AsJson,
    command,
    print_json,
    print_line,
    print_table,
    say,
    say_error,
    seconds_text,
)
from .progress import JobProgress, warn_of_expiry

AT_ONCE = 50
"""Jobs that `wait` and `fetch` work on at once; more would only queue for connections."""

jobs_app = typer.Typer(
    help="The jobs that the journal keeps. Without a command: list them.",
    invoke_without_command=True,
    no_args_is_help=False,
)

JobId = Annotated[str, typer.Argument(metavar="ID", help="The job's id, or its beginning.")]
JobIds = Annotated[
    list[str] | None, typer.Argument(metavar="[ID]...", help="Ids, or their beginnings.")
]
OutFolder = Annotated[
    Path,
    typer.Option("-o", "--out", metavar="DIR", help="For films that were given no file."),
]
OnlyOpen = Annotated[bool, typer.Option("--open", help="Only jobs that wait for something.")]
OneState = Annotated[
    str | None,
    typer.Option("--state", metavar="STATE", help="As the list shows it, e.g. running."),
]
OneProvider = Annotated[str | None, typer.Option("-p", "--provider", metavar="NAME")]
OneModel = Annotated[str | None, typer.Option("-m", "--model", metavar="MODEL")]
OneKey = Annotated[str | None, typer.Option("--idempotency-key", metavar="KEY")]
Limit = Annotated[int, typer.Option("--limit", metavar="N", min=1, help="The newest N.")]


@jobs_app.callback()
def jobs(context: typer.Context, as_json: AsJson = False) -> None:
    """The jobs that the journal keeps. Without a command: list them."""
    if context.invoked_subcommand is None:
        list_jobs(as_json=as_json)


@jobs_app.command("list")
@command
def list_jobs(
    only_open: OnlyOpen = False,
    state: OneState = None,
    provider: OneProvider = None,
    model: OneModel = None,
    idempotency_key: OneKey = None,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List jobs, the newest first."""
    with Client() as client:
        archive = client.archive
        # One more than is shown tells whether there are older ones.
        most = None if only_open or state is not None else limit + 1
        found = archive.jobs(
            provider=provider, model=model, idempotency_key=idempotency_key, limit=most
        )
        if only_open:
            waiting = {each.id for each in archive.open_jobs()}
            found = [each for each in found if each.id in waiting]
        if state is not None:
            found = [each for each in found if describe_stage(each) == state.lower()]
        are_more, found = len(found) > limit, found[:limit]
        if as_json:
            print_json([each.facts() for each in found])
            return
        now = client.desk.context.now()
        if not found:
            say(f"No such job in {archive.journal.name}.")
            return
        print_table(
            ["id", "age", "model", "state", "took", "charged", "film"],
            [_row(each, now) for each in found],
        )
        if are_more:
            say(f"Older ones are left out; --limit {10 * limit} shows more.")
        _say_unknown(found)
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
    print_table(["what", "value"], [[name, value] for name, value in _details(record)])
    if record.stage is Stage.UNKNOWN:
        _say_unknown([record])


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
            return [each for each in archive.open_jobs() if _can_be_finished(each)]
        return [archive.find(job_id) for job_id in _named(job_ids, "--all")]

    async def finish(job: AsyncJob, film: Path) -> None:
        await job.finish(film, timeout=timeout)

    _work(choose, finish, out_folder, as_json, tells_unknown=every)


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
            return [each for each in archive.open_jobs() if _can_be_finished(each)]
        return [archive.find(job_id) for job_id in _named(job_ids, "--all-finished")]

    async def save(job: AsyncJob, film: Path) -> None:
        if every and not (await job.poll()).state.is_final:
            say(f"{job.model}: job {job.id[:SHORT_ID]} is still {describe_stage(job.record)}")
            return
        await job.fetch(film)

    _work(choose, save, out_folder, as_json, tells_unknown=False)


@jobs_app.command()
@command
def cancel(job_id: JobId, as_json: AsJson = False) -> None:
    """Ask a provider to stop a job, and say what truly came of it."""
    with Client() as client:
        job = client.job(job_id)
        outcome = job.cancel()
        title = client.desk.registry.adapter(job.record.provider).title
    said = {
        Cancellation.STOPPED: f"{title} stopped the job.",
        Cancellation.TOO_LATE: "Too late: it had ended, or could no longer be stopped. It is "
        "billed all the same.",
        Cancellation.NOT_OFFERED: f"{title} has no way to stop a job; it goes on and is billed. "
        f"Wait for it with: polyreel jobs wait {job.id[:SHORT_ID]}",
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
    """Say what you found out about a job whose outcome is unknown. Sends nothing."""
    with Client() as client:
        archive = client.archive
        record = archive.find(job_id)
        if task_id is None and not not_created and not lost:
            raise UsageError(_where_to_look(client, record))
        if lost:
            record = archive.give_up(record.id)
        else:
            record = archive.settle(record.id, task_id=task_id, not_created=not_created)
    if as_json:
        print_json(record.facts())
        return
    if record.stage is Stage.ACCEPTED:
        say(f"Settled. Its film: polyreel jobs wait {record.id[:SHORT_ID]}")
    else:
        say("Settled. Nothing more is expected of this job.")


def _work(
    choose: Callable[[Archive], list[JobRecord]],
    work: Callable[[AsyncJob, Path], Coroutine[Any, Any, None]],
    out_folder: Path,
    as_json: bool,
    *,
    tells_unknown: bool,
) -> None:
    """Work on several jobs at once; an error of one stops none of the others."""
    progress = JobProgress(quiet=as_json)
    client = AsyncClient(on_change=progress.saw)
    chosen = choose(client.archive)
    unknown = client.archive.jobs(stages={Stage.UNKNOWN}) if tells_unknown else []
    films = _films(chosen, out_folder)
    errors: dict[str, PolyreelError] = {}
    records: dict[str, JobRecord] = {each.id: each for each in chosen}

    async def one(record: JobRecord, film: Path, limiter: anyio.CapacityLimiter) -> None:
        async with limiter:
            try:
                job = client.job(record.id, target=film)
                try:
                    await work(job, film)
                finally:
                    records[record.id] = job.record
            except PolyreelError as error:
                errors[record.id] = error

    async def run() -> None:
        async with client:
            limiter = anyio.CapacityLimiter(AT_ONCE)
            async with anyio.create_task_group() as group:
                for record, film in zip(chosen, films, strict=True):
                    group.start_soon(one, record, film, limiter)

    try:
        with progress:
            anyio.run(run)
    except KeyboardInterrupt:
        interrupted(progress.records.values())
    if as_json:
        print_json([_outcome(record, errors.get(record.id)) for record in records.values()])
    else:
        for record in records.values():
            if record.stage is Stage.FETCHED and record.file is not None:
                print_line(str(record.file))
        for error in errors.values():
            say_error(error, False)
        if not chosen:
            say("No job is waiting.")
    _say_unknown(unknown)
    codes = [exit_code(error) for error in errors.values()]
    codes += [exit_code(SubmitUnknown(""))] if unknown else []
    raise typer.Exit(gravest(codes or [DONE]))


def _outcome(record: JobRecord, error: PolyreelError | None) -> dict[str, Any]:
    facts = record.facts()
    return facts if error is None else {**facts, "error": error.facts()}


def _named(job_ids: list[str] | None, every: str) -> list[str]:
    if not job_ids:
        raise UsageError(f"name the jobs, or give {every}; `polyreel jobs` lists them")
    return list(dict.fromkeys(job_ids))


def _can_be_finished(record: JobRecord) -> bool:
    """Whether waiting and fetching may still bring a film."""
    has_task = record.stage in (Stage.ACCEPTED, Stage.FINISHED)
    return has_task and not isinstance(record.error, ResultExpired)


def _films(records: Sequence[JobRecord], folder: Path) -> list[Path]:
    """Return where each job's film goes: as it was begun, or into the folder."""
    if any(record.target is None for record in records):
        make_folder(folder)
    names = film_names([f"{each.model}-{each.id[:SHORT_ID]}" for each in records])
    return [
        folder / name if record.target is None else record.target
        for record, name in zip(records, names, strict=True)
    ]


def _row(record: JobRecord, now: datetime) -> list[object]:
    created = record.timeline.created_at
    charge = None if record.status is None else record.status.charge
    has_task = record.ref is not None
    return [
        record.id[:SHORT_ID],
        None if created is None else _age((now - created).total_seconds()),
        record.model,
        describe_stage(record),
        seconds_text(record.timeline.seconds_in_all),
        ("unknown" if has_task else None) if charge is None else str(charge),
        record.file or record.target,
    ]


def _details(record: JobRecord) -> list[tuple[str, object]]:
    facts = record.facts()
    details: list[tuple[str, object]] = [("id", record.id), ("state", describe_stage(record))]
    details += [(name, facts[name]) for name in ("model", "idempotency_key")]
    if record.ref is not None:
        details.append(("task at the provider", record.ref.task_id))
    details.append(("address", record.base_url))
    details += [(name.removesuffix("_at"), at) for name, at in facts["times"].items()]
    if record.status is not None:
        details.append(("charged", record.status.charge or "unknown"))
        details.append(("failure", record.status.failure))
    if record.expires_at is not None:
        details.append(("kept at the provider until", facts["expires_at"]))
    details += [(f"request: {name}", value) for name, value in (record.request or {}).items()]
    details += [("film", record.file or record.target), ("note", record.note)]
    if record.error is not None:
        details.append(("error", record.error.message))
    return [(name, value) for name, value in details if value is not None]


def _say_unknown(records: Sequence[JobRecord]) -> None:
    """Say once which jobs only a person can settle."""
    unknown = [each for each in records if each.stage is Stage.UNKNOWN]
    if not unknown:
        return
    lines = [f"  polyreel jobs settle {each.id[:SHORT_ID]}   # {each.model}" for each in unknown]
    jobs, was = ("1 job", "was") if len(unknown) == 1 else (f"{len(unknown)} jobs", "were")
    say(
        f"Whether {jobs} {was} created at the provider, nobody knows. Look in its console, then "
        "say what you found:\n" + "\n".join(lines)
    )


def _where_to_look(client: Client, record: JobRecord) -> str:
    """Return what a person needs to find a job's task at its provider."""
    title = client.desk.registry.adapter(record.provider).title
    short = record.id[:SHORT_ID]
    sent = record.timeline.submitted_at or record.timeline.created_at
    when = "" if sent is None else f" at about {sent.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    asked = record.request or {}
    named = ", ".join(
        f"{name} {asked[name]!r}" for name in ("prompt", "duration", "resolution") if name in asked
    )
    return (
        f"job {short} of {record.model} is {describe_stage(record)}. Look in {title}'s console for "
        f"a task sent to {record.base_url}{when} ({named}), then say what you found:\n"
        f"  polyreel jobs settle {short} --not-created\n"
        f"  polyreel jobs settle {short} --task-id TASK"
    )


def _age(seconds: float) -> str:
    """Return an age for a person, in its largest unit."""
    for length, unit in ((86400.0, "d"), (3600.0, "h"), (60.0, "min")):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"
