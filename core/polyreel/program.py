"""Programs: polyreel's own work as generators, and the two drivers that run them.

A program yields effects and is sent their results. It is written once and run by a
blocking driver or an asynchronous one; neither knows what the program is about.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from .account import Account
from .journal.interface import Intent
from .media import Media, MediaKind
from .records import JobRecord
from .wire import WireRequest

T = TypeVar("T")

OK, PARTIAL_CONTENT = 200, 206
"""The HTTP statuses with which a film, or the rest of one, comes."""


@dataclass(frozen=True)
class Send:
    """Send one request to a provider; gives a `WireResponse`. Sent once, never repeated here."""

    account: Account
    request: WireRequest


@dataclass(frozen=True)
class Sleep:
    """Wait for some seconds; gives nothing."""

    seconds: float


@dataclass(frozen=True)
class ReadMedia:
    """Read a local media; gives a `MediaFile`."""

    field_name: str
    kind: MediaKind
    media: Media


@dataclass(frozen=True)
class Download:
    """Stream a file to a path, without credentials; gives a `Downloaded`.

    Attributes:
        url: Where it is.
        path: Where it goes.
        account: For its timeouts and its own host; no credential is sent.
        maximum: Most bytes.
        start: Bytes that are there already, to go on from.
        validator: What the server said to know the file by; needed to go on.
    """

    url: str = field(repr=False)
    path: Path
    account: Account
    maximum: int
    start: int = 0
    validator: str | None = None


@dataclass(frozen=True)
class MoveFile:
    """Put a finished file where it belongs, replacing what is there; gives nothing."""

    source: Path
    target: Path


@dataclass(frozen=True)
class DeleteFile:
    """Remove a file if it is there; gives nothing."""

    path: Path


@dataclass(frozen=True)
class OpenJob:
    """Write down that a job is about to begin; gives an `Opened`."""

    intent: Intent


@dataclass(frozen=True)
class Kept:
    """Put a job into the journal as it now is, and tell of it; gives whether it took place.

    What comes before the paid request must be on disk, or `JournalError` is raised. What
    comes after is only warned of when it can't be: the job is paid for and goes on.
    """

    record: JobRecord
    body_digest: str | None = None


@dataclass(frozen=True)
class Changed:
    """Tell that a job changed in a way that need not be kept; gives nothing."""

    record: JobRecord


@dataclass(frozen=True)
class Claim:
    """Take a job to work on, unless another process does; gives a `Claimed`."""

    job_id: str


@dataclass(frozen=True)
class Release:
    """Let go of a job; gives nothing."""

    job_id: str


@dataclass(frozen=True)
class TakeTurn:
    """Take the next free moment for a request to an account; gives the seconds until then."""

    account: Account


@dataclass(frozen=True)
class HoldOff:
    """Leave an account alone for some seconds, as it asked; gives nothing."""

    account: Account
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Downloaded:
    """What came of a download.

    Attributes:
        status: The HTTP status. Only a 200 or 206 left bytes in the file.
        size: Bytes in the file.
        expected: Bytes that the whole file has; None where the server does not say.
        head: The first bytes that came now, to tell a film from a page.
        validator: What to know the file by when going on: a strong ETag or its date.
        trouble: Why it stopped before its end; None where it came to one.
        is_too_large: Whether it has more bytes than it may; then they were not all read.
    """

    status: int
    size: int = 0
    expected: int | None = None
    head: bytes = b""
    validator: str | None = None
    trouble: str | None = None
    is_too_large: bool = False


JournalEffect = OpenJob | Kept | Claim | Release | TakeTurn | HoldOff
Effect = Send | Sleep | ReadMedia | Download | MoveFile | DeleteFile | Changed | JournalEffect
Program = Generator[Effect, Any, T]


class Performer(Protocol):
    """Carries out effects, blocking."""

    def perform(self, effect: Effect) -> Any:
        """Return the effect's result or raise its error."""
        ...


class AsyncPerformer(Protocol):
    """Carries out effects without blocking the event loop."""

    async def perform(self, effect: Effect) -> Any:
        """Return the effect's result or raise its error."""
        ...


def drive(program: Program[T], performer: Performer) -> T:
    """Run a program to its end, blocking, and return its value."""
    try:
        effect = next(program)
        while True:
            try:
                result = performer.perform(effect)
            except BaseException as error:  # noqa: BLE001  # a program cleans up after interrupts too
                effect = program.throw(error)
            else:
                effect = program.send(result)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]  # a generator's value is untyped


async def drive_async(program: Program[T], performer: AsyncPerformer) -> T:
    """Run a program to its end on the event loop and return its value."""
    try:
        effect = next(program)
        while True:
            try:
                result = await performer.perform(effect)
            except BaseException as error:  # noqa: BLE001  # as above; a cancellation is one
                effect = program.throw(error)
            else:
                effect = program.send(result)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]  # a generator's value is untyped
