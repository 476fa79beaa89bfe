"""Work on several jobs of the journal at once: an error of one does not stop the others."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import anyio
import typer

from ..client import AsyncClient, AsyncJob
from ..client.files import make_folder
from ..client.unforeseen import unforeseen
from ..comparing.comparison import video_names
from ..errors import JournalError, PolyreelError, SubmitUnknown
from ..jobs import History, JobRecord, Stage
from ..jobs.address import address_of
from ..text.addresses import same_address
from .exit_codes import DONE, exit_code, worst
from .generate import interrupted
from .job_facts import say_unknown
from .output import print_json, print_line, say, say_error
from .progress import JobProgress

AT_ONCE = 50
"""How many jobs are worked on at once; more would only wait for connections."""

Work = Callable[[AsyncJob, Path], Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class Chosen:
    """Which jobs to work on.

    Attributes:
        choose: Returns the jobs.
        nothing: What to print when there is none.
        every: Whether they were chosen by what they are, and not named one by one.
        at: The address that the caller names; of jobs that were not named, it is for those only
            that were submitted there.
    """

    choose: Callable[[History], list[JobRecord]]
    nothing: str
    every: bool
    at: str | None = None

    def address(self, record: JobRecord) -> str | None:
        """Return the address at which to ask for a job; None for the usual one."""
        if self.at is None or not self.every:
            return self.at
        submitted = address_of(record)
        return self.at if submitted is not None and same_address(submitted, self.at) else None


def work_on(
    chosen: Chosen, work: Work, out_folder: Path, as_json: bool, *, shows_unknown: bool
) -> NoReturn:
    """Work on every chosen job, and end with the worst exit code.

    Args:
        chosen: The jobs.
        work: Works on one job, given its video's file.
        out_folder: For videos without a file, or whose folder no longer exists.
        as_json: Whether to print JSON.
        shows_unknown: Whether to report the jobs whose outcome is unknown too.

    Raises:
        ConfigError: When no key may be sent, since the config is not trusted.
    """
    progress = JobProgress(quiet=as_json, shows_ids=True)
    client = AsyncClient(on_change=progress.update)
    jobs = list({each.id: each for each in chosen.choose(client.history)}.values())
    if jobs:
        client.planner.require_trust()  # one error, and not one for each job
    unknown = client.history.jobs(stages={Stage.UNKNOWN}) if shows_unknown else []
    # What can't be read may be a paid job, so nobody may take this for the end of all.
    unreadable = client.history.unreadable if shows_unknown else frozenset()
    videos = _videos(jobs, out_folder)
    errors: dict[str, PolyreelError] = {}
    records = {each.id: each for each in jobs}

    async def one(record: JobRecord, video: Path, limiter: anyio.CapacityLimiter) -> None:
        async with limiter:
            try:
                job = client.job(record.id, target=video, at=chosen.address(record))
                try:
                    await work(job, video)
                finally:
                    records[record.id] = job.record
            except PolyreelError as error:
                errors[record.id] = error
            except Exception as error:  # noqa: BLE001  # the other jobs are paid for, too
                errors[record.id] = unforeseen(error, records[record.id])

    async def run() -> None:
        async with client:
            limiter = anyio.CapacityLimiter(AT_ONCE)
            async with anyio.create_task_group() as group:
                for record, video in zip(jobs, videos, strict=True):
                    group.start_soon(one, record, video, limiter)

    try:
        with progress:
            anyio.run(run)
    except KeyboardInterrupt:
        interrupted(progress.records.values())
    finally:
        _say_unfinished([each for each in records.values() if each.is_unfinished])
    _report(list(records.values()), unknown, errors, as_json)
    if not (records or unknown):
        say(chosen.nothing)
    say_unknown(unknown)
    codes = {DONE, *map(exit_code, errors.values())}
    codes |= {exit_code(SubmitUnknown(""))} if unknown else set()
    codes |= {exit_code(JournalError(""))} if unreadable else set()
    raise typer.Exit(worst(codes))


def _report(
    records: Sequence[JobRecord],
    unknown: Sequence[JobRecord],
    errors: Mapping[str, PolyreelError],
    as_json: bool,
) -> None:
    """Print what came of the jobs, and of those whose outcome is unknown."""
    ids = {each.id for each in records}
    if as_json:
        reported = [*records, *(each for each in unknown if each.id not in ids)]
        print_json([_outcome(record, errors.get(record.id)) for record in reported])
    for record in records:
        if not as_json and record.stage is Stage.DOWNLOADED and record.file is not None:
            for file in record.files:
                print_line(str(file))
    for error in {each.message: each for each in errors.values()}.values():  # each said once
        say_error(error, False)


def _outcome(record: JobRecord, error: PolyreelError | None) -> dict[str, Any]:
    facts = record.facts()
    return facts if error is None else {**facts, "error": error.facts()}


def _say_unfinished(records: Sequence[JobRecord]) -> None:
    if records:
        ids = " ".join(each.short_id for each in records)
        say(f"Not done yet; resume these jobs at no cost with:\n  polyreel jobs wait {ids}")


def _videos(records: Sequence[JobRecord], folder: Path) -> list[Path]:
    """Return the file of each job's video: the one it was started with, or one in the folder."""
    names = video_names([f"{each.model}-{each.short_id}" for each in records])
    videos: list[Path] = []
    for record, name in zip(records, names, strict=True):
        target = record.target
        if target is not None and target.parent.is_dir():
            videos.append(target)
            continue
        make_folder(folder)
        videos.append(folder / (name if target is None else target.name))
    return videos
