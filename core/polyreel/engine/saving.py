"""Saving: one file of a job, whole or not at all."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ..adapters import Account, JobRef, Output
from ..errors import (
    AuthenticationFailed,
    DownloadError,
    JobError,
    PolyreelError,
    ResultExpired,
    TransportError,
)
from .context import EngineContext, LiveJob
from .effects import (
    OK,
    PARTIAL_CONTENT,
    ClosePart,
    Download,
    Downloaded,
    FileKind,
    FindPart,
    MoveFile,
    Part,
    Program,
    Sleep,
)
from .flows import LAST_ANSWER, pause
from .offered import REFUSED, WRONG_KEY
from .whole import WholeCheck

T = TypeVar("T")

_NO_ANSWER, _NOT_SATISFIABLE = 0, 416
BUSY = frozenset({429, 500, 502, 503, 504})
"""Statuses of a video's server that pass; it is asked again until the caller's deadline."""
ATTEMPTS = 5
"""How often in a row a download may bring nothing new before it is given up."""


@dataclass
class Saving:
    """Saves one file of a job, whole or not at all. What has arrived stays between attempts.

    Attributes:
        kind: What the file must be.
        named: What it is called in messages.
        deadline: When to make no more than the usual attempts, on the clock; None for never.
        busy_until: As long as a busy server is asked again, on the clock; None for ever.
        is_resumable: Whether another process may go on from what has arrived.
        part: What has arrived.
    """

    context: EngineContext
    account: Account
    live: LiveJob
    ref: JobRef
    target: Path
    kind: FileKind
    named: str = "the video"
    deadline: float | None = None
    busy_until: float | None = 0.0
    is_resumable: bool = False
    part: Part | None = None

    @property
    def path(self) -> Path:
        """The hidden file beside the target."""
        return part_path(self.live, self.target)

    def whole(self, work: Program[T]) -> Program[T]:
        """Run a program that saves the file; afterwards no part is left that is of no use."""
        if self.is_resumable:
            self.part = yield FindPart(self.path, self.live.record.id)
        try:
            result = yield from work
        except GeneratorExit:
            raise  # the driver has stopped, so no effect can be performed
        except PolyreelError as error:
            is_over = isinstance(error, ResultExpired | JobError)
            keep = self.is_resumable and self.part is not None and not is_over
            yield ClosePart(self.path, keep=keep)
            raise
        except BaseException:  # an interrupt in the middle of an attempt
            yield ClosePart(self.path, keep=self.is_resumable)
            raise
        yield ClosePart(self.path)
        return result

    def file(self, output: Output) -> Program[None]:
        """Save the file that an output names.

        Raises:
            DownloadError: When it can't be saved.
            AuthenticationFailed: When its server does not accept the key.
        """
        size = yield from self._download(output)
        try:
            yield MoveFile(self.path, self.target, size)
        except DownloadError as error:
            raise self._failed(error.message) from None

    def _download(self, output: Output) -> Program[int]:
        """Stream into a file; resume after an interruption if it is still the same file.

        Returns:
            The bytes that it has.
        """
        whole = WholeCheck(self.ref, self.kind)
        attempts = without_progress = begun_anew = 0
        while True:
            before, began = self.part, self._seconds()
            got = yield from self._attempt(output)
            attempts += 1
            trouble = self._problem(got) or (yield from whole.problem(self.path, got))
            if not trouble:
                return got.size
            self._remember(got)
            without_progress += 1
            if before is None or got.status == OK:
                begun_anew += 1
            elif self.part is not None and self.part.size > before.size:
                without_progress = 1
            is_late = self.deadline is not None and self._seconds() >= self.deadline
            most = max(without_progress, begun_anew, attempts if is_late else 0)
            left = self._busy_for(got)
            is_silent = got.status == _NO_ANSWER and self._seconds() - began >= LAST_ANSWER
            if (most >= ATTEMPTS and left <= 0) or (is_late and is_silent):
                raise self._failed(f"{trouble} ({attempts} attempts)")
            delay = pause(self.context, without_progress, None)
            yield Sleep(delay if left <= 0 else min(max(delay, got.retry_after or 0.0), left))

    def _busy_for(self, got: Downloaded) -> float:
        """Return how long a server may still be asked that is busy, in seconds; 0 for others."""
        if got.status not in BUSY:
            return 0.0
        return math.inf if self.busy_until is None else self.busy_until - self._seconds()

    def _attempt(self, output: Output) -> Program[Downloaded]:
        """Stream what is missing of the file, once."""
        part = self.part
        if part is not None and part.size == part.expected:  # only its name was missing
            return Downloaded(status=PARTIAL_CONTENT, size=part.size, expected=part.expected)
        try:
            got: Downloaded = yield Download(
                output.url,
                self.path,
                self.account,
                maximum=self.context.maximum_video_bytes,
                start=0 if part is None else part.size,
                validator=None if part is None else part.validator,
                tag=None if part is None else part.tag,
                expected=None if part is None else part.expected,
                job_id=self.live.record.id if self.is_resumable else None,
                within=None
                if self.deadline is None
                else max(LAST_ANSWER, self.deadline - self._seconds()),
                needs_key=output.needs_key,
            )
        except TransportError as error:  # the next attempt resumes after the bytes that are there
            return Downloaded(status=_NO_ANSWER, trouble=error.message)
        except OSError as error:  # the disk, not the network: another attempt would not help
            reason = f"can't write to {self.path.parent}: {error.strerror}"
            raise self._failed(reason) from None
        except DownloadError as error:  # the URL must not be downloaded at all
            raise self._failed(error.message.rstrip(".")) from None
        return got

    def _remember(self, got: Downloaded) -> None:
        """Note what is in the file after an attempt that did not complete it."""
        if got.status in (OK, PARTIAL_CONTENT):
            self.part = None
            is_cut = got.trouble is not None or got.size < (got.expected or 0)
            if is_cut and got.size > 0 and got.validator is not None:
                self.part = Part(
                    size=got.size,
                    validator=got.validator,
                    tag=got.tag,
                    expected=got.expected,
                )
        elif got.status == _NOT_SATISFIABLE:
            self.part = None

    def _problem(self, got: Downloaded) -> str:
        """Return why a download is not complete; empty where it is.

        Raises:
            DownloadError: When another attempt would not help.
            AuthenticationFailed: When the key went with it, and was not accepted.
        """
        if got.status == WRONG_KEY and got.had_key:
            raise self._wrong_key()
        if got.status in REFUSED:
            raise self._failed(f"its server answers HTTP {got.status}", got.status)
        if got.is_too_large:
            self.part = None
            raise self._failed(
                f"it is larger than {self.context.maximum_video_bytes} bytes. Raise "
                "maximum_video_bytes in polyreel.toml if that is what you asked for",
            )
        if got.trouble is not None:
            return got.trouble
        if got.status not in (OK, PARTIAL_CONTENT):
            return f"its server answers HTTP {got.status}"
        if got.expected is not None and got.size != got.expected:
            return f"only {got.size} of {got.expected} bytes arrived"
        return ""

    def _seconds(self) -> float:
        return self.context.clock.monotonic()

    def _failed(self, reason: str, http_status: int | None = None) -> DownloadError:
        ref = self.ref
        return DownloadError(
            f"{ref.full_model}: {self.named} of task {ref.task_id} could not be saved: {reason}. "
            "The video is paid for; downloading it again costs nothing.",
            provider=ref.provider,
            http_status=http_status,
            job=ref,
        )

    def _wrong_key(self) -> AuthenticationFailed:
        ref, account = self.ref, self.account
        return AuthenticationFailed(
            f"{ref.full_model}: {self.named} of task {ref.task_id} is served only with the key, "
            f"and {account.provider} does not accept the key (HTTP {WRONG_KEY}). The video is paid "
            f"for and the job stays open. Check {account.key_variable}, then download it again; "
            "that costs nothing.",
            provider=ref.provider,
            http_status=WRONG_KEY,
            job=ref,
        )


def part_path(live: LiveJob, target: Path) -> Path:
    """Return the hidden file beside a target, in which its bytes arrive."""
    return target.with_name(f".{target.name}.{live.record.short_id}.part")
