"""Progress of jobs: live bars in a terminal, one line a change when piped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from ..archive import Archive
from ..errors import PolyreelError, TransportError, UsageError
from ..jobs import State
from ..records import JobRecord, Stage
from .output import notes, say

_STAGE_WORDS = {
    Stage.INTENT: "preparing",
    Stage.UPLOADING: "uploading",
    Stage.SENDING: "sending",
    Stage.REJECTED: "refused",
    Stage.UNKNOWN: "outcome unknown",
    Stage.ACCEPTED: "accepted",
    Stage.FETCHING: "fetching",
    Stage.FETCHED: "done",
}


class JobProgress:
    """Shows jobs as they change. Give `saw` to a client as `on_change`.

    Attributes:
        records: The newest record of each job, by id.
        advises: Whether the jobs are worth taking up again.
    """

    def __init__(
        self, *, quiet: bool = False, advises: bool = True, tells_ids: bool = False
    ) -> None:
        """Show nothing yet.

        Args:
            quiet: Show nothing at all.
            advises: Whether the jobs are worth taking up again.
            tells_ids: Whether jobs are told apart by their ids, since models may be alike.
        """
        self.records: dict[str, JobRecord] = {}
        self.advises = advises
        self._tells_ids = tells_ids
        self._quiet = quiet
        self._console = notes()
        self._bars: dict[str, TaskID] = {}
        self._said: dict[str, str] = {}
        self._display = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[word]}"),
            TimeElapsedColumn(),
            console=self._console,
            disable=quiet or not self._console.is_terminal,
        )

    def __enter__(self) -> Self:
        self._display.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._display.stop()

    def saw(self, record: JobRecord) -> None:
        """Take note of a change."""
        self.records[record.id] = record
        word = describe_progress(record)
        if self._console.is_terminal and not self._quiet:
            self._draw(record, word)
        elif not self._quiet:
            self._say_once(record, word)

    def advise(self, is_lasting: bool) -> None:
        """Say how each unfinished job can be taken up again.

        Args:
            is_lasting: Whether the journal outlives this process.
        """
        for record in self.records.values():
            if not self.advises or not record.is_unfinished or record.ref is None:
                continue
            if is_lasting:
                how = f"take the job up again, at no cost, with:\n  {resume_command(record)}"
            else:
                how = (
                    "no journal is kept, so keep the job's handle; polyreel.Client().job(HANDLE) "
                    f"takes it up:\n  {record.ref.model_dump_json()}"
                )
            say(f"{record.model}: {how}")

    def _name(self, record: JobRecord) -> str:
        short = f"{record.short_id} " if self._tells_ids else ""
        return f"{short}{record.model}"

    def _say_once(self, record: JobRecord, word: str) -> None:
        """Say a change of state; percentages are for those who watch a bar."""
        state = word.partition(" ")[0]
        if self._said.get(record.id) != state:
            self._said[record.id] = state
            say(f"{self._name(record)}: {word}")

    def _draw(self, record: JobRecord, word: str) -> None:
        if record.id not in self._bars:
            self._bars[record.id] = self._display.add_task(
                escape(self._name(record)), total=None, word=word
            )
        bar = self._bars[record.id]
        fraction = record.status.progress if record.status is not None else None
        over = (Stage.FETCHED, Stage.REJECTED, Stage.UNKNOWN)
        ended = record.stage in over or record.ended_without_film
        if record.stage is Stage.FETCHED:
            fraction = 1.0
        self._display.update(
            bar,
            word=escape(word),
            # Without a fraction the bar pulses: there is nothing to measure.
            total=100 if fraction is not None or ended else None,
            completed=100 * (fraction or 0.0),
        )
        if ended:
            self._display.stop_task(bar)


def describe_progress(record: JobRecord) -> str:
    """Return a job's state for a person, with the percentage where the provider gives it."""
    status = record.status
    if isinstance(record.error, TransportError) and not record.error.sent:
        return "not sent"
    if status is None or record.stage not in (Stage.ACCEPTED, Stage.FINISHED):
        return _STAGE_WORDS.get(record.stage, str(record.stage))
    if status.state is State.RUNNING and status.progress is not None:
        return f"{status.state} {status.progress:.0%}"
    if not status.is_documented:
        return f"{status.state} ({status.raw_state})"
    return str(status.state)


def resume_command(record: JobRecord) -> str:
    """Return the command that takes a job up again."""
    return f"polyreel jobs wait {record.short_id}"


def check_nothing_unfinished(
    archive: Archive, films: Sequence[Path], idempotency_key: str | None = None
) -> None:
    """Make sure that a new job does not take the place of one that was paid for.

    Args:
        archive: The jobs that are kept.
        films: Where the new films go.
        idempotency_key: The call's own, whose jobs are no others.

    Raises:
        UsageError: When an unfinished job is to put its film where a new one shall go.
    """
    wanted = {film.resolve() for film in films}
    for record in archive.open_jobs():
        if record.target is None or record.target.resolve() not in wanted:
            continue
        if idempotency_key is not None and record.idempotency_key == idempotency_key:
            continue
        short = record.short_id
        if record.is_unfinished:
            raise UsageError(
                f"{record.target} is where the film of a paid job goes that is not done. Take it "
                f"up with\n  {resume_command(record)}\nor choose another place"
            )
        if record.stage is Stage.UNKNOWN:
            raise UsageError(
                f"{record.target} is where the film of job {short} goes, and whether that was "
                f"paid nobody knows. Say what you found at the provider with\n"
                f"  polyreel jobs settle {short}\nor choose another place"
            )


def warn_of_expiry(archive: Archive) -> None:
    """Say which films their providers will soon delete, if that can be said."""
    try:
        soon = archive.expiring()
    except PolyreelError as error:  # it must not stand before what the command came to
        say(error.message)
        return
    if soon:
        first = min(each.expires_at for each in soon if each.expires_at is not None)
        say(
            f"{len(soon)} finished {'film is' if len(soon) == 1 else 'films are'} not saved yet, "
            f"and the first is deleted at its provider after {first:%Y-%m-%d %H:%M} UTC:\n"
            "  polyreel jobs fetch --all-finished"
        )
