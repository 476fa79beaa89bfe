"""Progress of jobs: live bars in a terminal, one line a change when piped.

It also keeps, beside each film to come, the handle with which its job can be resumed.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from ..errors import TransportError, UsageError
from ..jobs import State
from ..records import JobRecord, Stage
from .output import notes, say

HANDLE_SUFFIX = ".job.json"

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
        records: The newest record of each job, by client key.
    """

    def __init__(self, *, quiet: bool = False, keep_handles: bool = True) -> None:
        """Show nothing yet.

        Args:
            quiet: Show nothing at all.
            keep_handles: Whether the jobs are worth taking up again.
        """
        self.records: dict[str, JobRecord] = {}
        self._keeps_handles = keep_handles
        self._kept: set[str] = set()
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
        self.records[record.client_key] = record
        self._keep_handle(record)
        word = describe_progress(record)
        if self._console.is_terminal and not self._quiet:
            self._draw(record, word)
        elif not self._quiet:
            self._say_once(record, word)

    def advise(self) -> None:
        """Say how each unfinished job can be taken up again."""
        for record in self.records.values():
            advice = resume_advice(record) if self._keeps_handles else None
            if advice is not None and record.error is None:
                say(f"{record.model}: take the job up again, at no cost, with:\n  {advice}")

    def _say_once(self, record: JobRecord, word: str) -> None:
        """Say a change of state; percentages are for those who watch a bar."""
        state = word.partition(" ")[0]
        if self._said.get(record.client_key) != state:
            self._said[record.client_key] = state
            say(f"{record.model}: {word}")

    def _draw(self, record: JobRecord, word: str) -> None:
        if record.client_key not in self._bars:
            self._bars[record.client_key] = self._display.add_task(
                escape(record.model), total=None, word=word
            )
        bar = self._bars[record.client_key]
        fraction = record.status.progress if record.status is not None else None
        over = (Stage.FETCHED, Stage.REJECTED, Stage.UNKNOWN)
        ended = record.stage in over or _ended_without_film(record)
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

    def _keep_handle(self, record: JobRecord) -> None:
        """Keep an accepted job's handle on disk until its film is there."""
        if record.target is None or record.ref is None or not self._keeps_handles:
            return
        path = handle_path(record.target)
        try:
            if record.stage is Stage.FETCHED or _ended_without_film(record):
                if record.client_key in self._kept:  # not another job's
                    path.unlink(missing_ok=True)
            elif record.stage is Stage.ACCEPTED and record.status is None:
                self._kept.add(record.client_key)
                path.write_text(record.ref.model_dump_json(indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            say(
                f"Can't keep {path} ({error.strerror}). The job's handle is: "
                f"{record.ref.model_dump_json()}"
            )


def handle_path(film: Path) -> Path:
    """Return where the handle of a film's job is kept until the film is there."""
    return film.with_name(film.name + HANDLE_SUFFIX)


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


def resume_advice(record: JobRecord) -> str | None:
    """Return the command that takes a job up again, or None when there is no job."""
    if record.ref is None or record.target is None or record.stage is Stage.FETCHED:
        return None
    if _ended_without_film(record):
        return None
    return resume_command(record.target)


def resume_command(film: Path) -> str:
    """Return the command that takes up the job of a film, fit to be pasted into a shell."""
    return shlex.join(["polyreel", "generate", "--resume", str(handle_path(film)), "-o", str(film)])


def check_nothing_unfinished(film: Path) -> None:
    """Make sure that a new job does not take the place of one that was paid for.

    Raises:
        UsageError: When the handle of an unfinished job lies beside the film to come.
    """
    if handle_path(film).exists():
        raise UsageError(
            f"{handle_path(film)} is the handle of a paid job that is not done. Take it up with\n"
            f"  {resume_command(film)}\nor choose another file, or remove the handle"
        )


def _ended_without_film(record: JobRecord) -> bool:
    status = record.status
    return status is not None and status.state in (State.FAILED, State.CANCELED, State.EXPIRED)
