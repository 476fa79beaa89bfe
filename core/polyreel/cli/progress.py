"""Progress of jobs: live bars in a terminal, one line for each change in a pipe."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from ..adapters import State
from ..characters import clean_line
from ..errors import PolyreelError, TransportError, UsageError
from ..jobs import History, JobRecord, Stage
from ..text.paths import resolved
from .job_facts import describe_estimate
from .output import notes, say

_STAGE_WORDS = {
    Stage.INTENT: "preparing",
    Stage.UPLOADING: "uploading",
    Stage.SENDING: "sending",
    Stage.REJECTED: "refused",
    Stage.UNKNOWN: "outcome unknown",
    Stage.ACCEPTED: "accepted",
    Stage.DOWNLOADING: "downloading",
    Stage.DOWNLOADED: "done",
}


class JobProgress:
    """Shows jobs as they change. Pass `update` to a client as `on_change`.

    Attributes:
        records: The newest record of each job, by id.
        advises: Whether to print how to resume unfinished jobs.
    """

    def __init__(
        self, *, quiet: bool = False, advises: bool = True, shows_ids: bool = False
    ) -> None:
        """Create it; nothing is shown yet.

        Args:
            quiet: Show nothing at all.
            advises: Whether to print how to resume unfinished jobs.
            shows_ids: Whether to show the jobs' ids; needed if several have the same model.
        """
        self.records: dict[str, JobRecord] = {}
        self.advises = advises
        self._shows_ids = shows_ids
        self._quiet = quiet
        self._console = notes()
        self._bars: dict[str, TaskID] = {}
        self._reported: dict[str, str] = {}
        self._display = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[word]}", markup=False),
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

    def update(self, record: JobRecord) -> None:
        """Show a change of a job."""
        before = self.records.get(record.id)
        self.records[record.id] = record
        word = describe_progress(record)
        if self._console.is_terminal and not self._quiet:
            self._draw(record, word)
        elif not self._quiet:
            self._say_once(record, word)
        is_new = before is not None and before.estimated is None
        if is_new and record.estimated is not None and not self._quiet:
            # It is what the provider says before; what it charges comes at the end.
            say(f"{self._name(record)}: the provider estimates {describe_estimate(record)}")

    def advise(self, is_persistent: bool) -> None:
        """Print how to resume each unfinished job.

        Args:
            is_persistent: Whether the journal outlives this process.
        """
        for record in self.records.values():
            if not self.advises or not record.is_unfinished or record.ref is None:
                continue
            if is_persistent:
                how = f"resume the job at no cost with:\n  {resume_command(record)}"
            else:
                how = (
                    "no journal is in use, so save the job's reference; "
                    "polyreel.Client().job(REFERENCE) resumes the job:\n"
                    f"  {record.ref.model_dump_json()}"
                )
            say(f"{record.model}: {how}")

    def _name(self, record: JobRecord) -> str:
        short = f"{record.short_id} " if self._shows_ids else ""
        return f"{short}{record.model}"

    def _say_once(self, record: JobRecord, word: str) -> None:
        """Print a change of state; percentages are only for a bar."""
        state = word.partition(" ")[0]
        if self._reported.get(record.id) != state:
            self._reported[record.id] = state
            say(f"{self._name(record)}: {word}")

    def _draw(self, record: JobRecord, word: str) -> None:
        if record.id not in self._bars:
            self._bars[record.id] = self._display.add_task(
                clean_line(self._name(record)), total=None, word=word
            )
        bar = self._bars[record.id]
        fraction = record.status.progress if record.status is not None else None
        final = (Stage.DOWNLOADED, Stage.REJECTED, Stage.UNKNOWN)
        ended = record.stage in final or record.ended_without_video
        if record.stage is Stage.DOWNLOADED:
            fraction = 1.0
        self._display.update(
            bar,
            word=clean_line(word),
            # Without a fraction the bar pulses.
            total=100 if fraction is not None or ended else None,
            completed=100 * (fraction or 0.0),
        )
        if ended:
            self._display.stop_task(bar)


def describe_progress(record: JobRecord) -> str:
    """Return a job's state for a person, with the percentage if the provider reports it."""
    status = record.status
    if isinstance(record.error, TransportError) and not record.error.sent:
        return "not sent"
    if status is None or record.stage not in (Stage.ACCEPTED, Stage.FINISHED):
        if record.stage is Stage.INTENT and record.refusals:
            return "refused, and sent again soon"
        return _STAGE_WORDS.get(record.stage, str(record.stage))
    if status.state is State.RUNNING and status.progress is not None:
        return f"{status.state} {status.progress:.0%}"
    if not status.is_documented:
        return f"{status.state} ({status.raw_state})"
    return str(status.state)


def resume_command(record: JobRecord) -> str:
    """Return the command that resumes a job."""
    return f"polyreel jobs wait {record.short_id}"


def check_no_unfinished_job(
    history: History, videos: Sequence[Path], idempotency_key: str | None = None
) -> None:
    """Check that the file of a new video is not the file of an unfinished job.

    Args:
        history: The jobs in the journal.
        videos: The files of the new videos.
        idempotency_key: The call's own key; jobs with this key are allowed.

    Raises:
        UsageError: When an unfinished job has the same file as a new video.
    """
    wanted = {resolved(video) for video in videos}
    for record in history.open_jobs():
        if record.target is None or resolved(record.target) not in wanted:
            continue
        if idempotency_key is not None and record.idempotency_key == idempotency_key:
            continue
        short = record.short_id
        if record.is_unfinished:
            raise UsageError(
                f"{record.target} is the file of a paid job that is not done. Resume the job with\n"
                f"  {resume_command(record)}\nor choose another file"
            )
        if record.stage is Stage.UNKNOWN:
            raise UsageError(
                f"{record.target} is the file of job {short}, and it is unknown whether that job "
                "was paid. Check the provider's console and settle the job with\n"
                f"  polyreel jobs settle {short}\nor choose another file"
            )


def warn_of_expiry(history: History) -> None:
    """Print how many finished videos are not saved, and when a provider deletes the first."""
    try:
        soon = history.expiring()
    except PolyreelError as error:  # it must not hide the command's result
        say(error.message)
        return
    if soon:
        first = min(each.expires_at for each in soon if each.expires_at is not None)
        say(
            f"{len(soon)} finished {'video is' if len(soon) == 1 else 'videos are'} not saved yet, "
            f"and the provider deletes the first after {first:%Y-%m-%d %H:%M} UTC:\n"
            "  polyreel jobs download --all-finished"
        )
