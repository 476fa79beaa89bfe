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
from .media import Media, MediaKind
from .records import JobRecord
from .wire import WireRequest

T = TypeVar("T")


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
    """Stream a file to a path, without credentials; gives a `Downloaded`."""

    url: str = field(repr=False)
    path: Path
    account: Account  # for its timeouts and its own host; no credential is sent


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
class AcquireSlot:
    """Wait for a place among an account's jobs in flight; gives a `Slot`."""

    account: Account


@dataclass(frozen=True)
class Changed:
    """Tell that a job changed, before anyone acts on it; gives nothing.

    This is where a journal stands: the program goes on when the driver returns.
    """

    record: JobRecord


class Slot(Protocol):
    """A place among the jobs in flight."""

    def release(self) -> None:
        """Give the place back."""
        ...


@dataclass(frozen=True, kw_only=True)
class Downloaded:
    """What came of a download.

    Attributes:
        status: The HTTP status. Only a 200 left bytes in the file.
        size: Bytes written.
        expected: Bytes announced; None where the server announced none.
        head: The first bytes, to tell a film from a page.
    """

    status: int
    size: int = 0
    expected: int | None = None
    head: bytes = b""


Effect = Send | Sleep | ReadMedia | Download | MoveFile | DeleteFile | AcquireSlot | Changed
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
