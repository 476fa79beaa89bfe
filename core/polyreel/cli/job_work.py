"""Working on several jobs that are kept, at once: an error of one stops none of the others."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, NoReturn

import anyio
import typer

from ..archive import Archive
from ..client import AsyncClient
from ..comparison import film_names
from ..errors import PolyreelError, SubmitUnknown
from ..files import make_folder
from ..handles import AsyncJob
from ..records import JobRecord, Stage
from .exit_codes import DONE, exit_code, gravest
from .generate import interrupted
from .job_facts import say_unknown
from .output import print_json, print_line, say, say_error
from .progress import JobProgress

AT_ONCE = 50
"""Jobs that are worked on at once; more would only queue for connections."""

Choice = Callable[[Archive], list[JobRecord]]
Work = Callable[[AsyncJob, Path], Coroutine[Any, Any, None]]


def work_on(
    choose: Choice, work: Work, out_folder: Path, as_json: bool, *, tells_unknown: bool
) -> NoReturn:
    """Work on every job that is chosen, and end with the gravest exit code.

    Args:
        choose: Which jobs.
        work: What to do with each, given where its film goes.
        out_folder: For films that were given no file, or whose folder is gone.
        as_json: Whether to print JSON.
        tells_unknown: Whether jobs whose outcome is unknown are told, too.
    """
    progress = JobProgress(quiet=as_json, tells_ids=True)
    client = AsyncClient(on_change=progress.saw)
    chosen = list({each.id: each for each in choose(client.archive)}.values())
    unknown = client.archive.jobs(stages={Stage.UNKNOWN}) if tells_unknown else []
    films = _films(chosen, out_folder)
    errors: dict[str, PolyreelError] = {}
    records = {each.id: each for each in chosen}

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
    finally:
        _say_unfinished([each for each in records.values() if each.is_unfinished])
    told = [*records.values(), *(each for each in unknown if each.id not in records)]
    if as_json:
        print_json([_outcome(record, errors.get(record.id)) for record in told])
    for record in records.values():
        if not as_json and record.stage is Stage.FETCHED and record.file is not None:
            print_line(str(record.file))
    for error in errors.values():
        say_error(error, False)
    if not told:
        say("No job is waiting.")
    say_unknown(unknown)
    codes = [exit_code(error) for error in errors.values()]
    codes += [exit_code(SubmitUnknown(""))] if unknown else []
    raise typer.Exit(gravest(codes or [DONE]))


def _outcome(record: JobRecord, error: PolyreelError | None) -> dict[str, Any]:
    facts = record.facts()
    return facts if error is None else {**facts, "error": error.facts()}


def _say_unfinished(records: Sequence[JobRecord]) -> None:
    if records:
        ids = " ".join(each.short_id for each in records)
        say(f"Not done yet; take them up again, at no cost, with:\n  polyreel jobs wait {ids}")


def _films(records: Sequence[JobRecord], folder: Path) -> list[Path]:
    """Return where each job's film goes: as it was begun, or into the folder."""
    names = film_names([f"{each.model}-{each.short_id}" for each in records])
    films: list[Path] = []
    for record, name in zip(records, names, strict=True):
        target = record.target
        if target is not None and target.parent.is_dir():
            films.append(target)
            continue
        make_folder(folder)
        films.append(folder / (name if target is None else target.name))
    return films
