"""Effects: what programs ask for, as values.

A program is a generator: it yields effects and is sent their results. It is written once and run
by a blocking driver or an asynchronous one. Each effect names the port that performs it.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar

from ..adapters import Account, WireRequest
from ..containers import Verdict
from ..jobs import JobRecord, Stage
from ..jobs.journal.interface import Intent
from ..jobs.registrations import RegistrationKey, RegistrationRecord
from ..request import Media, MediaKind
from ..request.conversion import Conversion
from ..request.media_access import ANY_MEDIA, MediaAccess

T = TypeVar("T")


class Port(StrEnum):
    """Who performs an effect."""

    NETWORK = "network"
    CLOCK = "clock"
    DISK = "disk"
    JOURNAL = "journal"
    OBSERVERS = "observers"


OK, PARTIAL_CONTENT = 200, 206
"""The HTTP statuses of a whole video, and of the rest of one."""


FileKind = Literal["video", "image"]
"""What is downloaded: a video, or its last frame."""


@dataclass(frozen=True)
class Send:
    """Send one request to a provider; gives a `WireResponse`. Sent once, never repeated here.

    Attributes:
        account: Where to send it.
        request: What to send.
        within: The caller's deadline in seconds; None for none. The account has its own.
    """

    port: ClassVar[Port] = Port.NETWORK
    account: Account
    request: WireRequest
    within: float | None = None


@dataclass(frozen=True)
class Sleep:
    """Wait for some seconds; gives nothing."""

    port: ClassVar[Port] = Port.CLOCK
    seconds: float


@dataclass(frozen=True)
class ReadMedia:
    """Read a local media, and convert an image where that is wanted; gives a `MediaFile`."""

    port: ClassVar[Port] = Port.DISK
    field_name: str
    kind: MediaKind
    media: Media
    conversion: Conversion | None = None
    access: MediaAccess = ANY_MEDIA


@dataclass(frozen=True)
class Download:
    """Stream a file to a path; gives a `Downloaded`.

    Attributes:
        url: The file's URL.
        path: The path to write to.
        account: For its timeouts, its own host, and its key where the file needs it.
        maximum: Most bytes.
        start: How many bytes the path holds already, to resume after them.
        validator: What identifies the file at its server; needed to resume.
        tag: The ETag of the bytes that are there, also a weak one; None where there was none.
        expected: Bytes that the whole file has, by an earlier answer; None where none said it.
        job_id: The job, for another process to go on from the bytes; None where none may.
        within: Most seconds until the answer begins, by the caller's deadline; None for none.
        needs_key: Whether the key goes with the request: at the origin of the account's address
            only, and along no redirect. Without it no credential is sent.
    """

    port: ClassVar[Port] = Port.NETWORK
    url: str = field(repr=False)
    path: Path
    account: Account
    maximum: int
    start: int = 0
    validator: str | None = None
    tag: str | None = None
    expected: int | None = None
    job_id: str | None = None
    within: float | None = None
    needs_key: bool = False


@dataclass(frozen=True)
class FindPart:
    """Look for the bytes that an earlier process left of a file; gives a `Part` or None."""

    port: ClassVar[Port] = Port.DISK
    path: Path
    job_id: str


@dataclass(frozen=True)
class ClosePart:
    """Remove what has arrived of a file; gives nothing.

    Attributes:
        path: The path that it was written to.
        keep: Whether it stays where another process can go on from it.
    """

    port: ClassVar[Port] = Port.DISK
    path: Path
    keep: bool = False


@dataclass(frozen=True)
class CheckFile:
    """Check whether a file on disk is whole; gives a `Checked`.

    Attributes:
        path: The file.
        kind: What it must be.
        with_digest: Whether its bytes are needed for a comparison, if it is open-ended.
    """

    port: ClassVar[Port] = Port.DISK
    path: Path
    kind: FileKind
    with_digest: bool = False


@dataclass(frozen=True)
class MoveFile:
    """Rename a finished file to its target, replacing what is there; gives nothing.

    Attributes:
        source: The file.
        target: Its new path.
        size: Bytes that it must have; None for any.
    """

    port: ClassVar[Port] = Port.DISK
    source: Path
    target: Path
    size: int | None = None


@dataclass(frozen=True)
class OpenJob:
    """Save that a job is about to start; gives an `Opened`."""

    port: ClassVar[Port] = Port.JOURNAL
    intent: Intent


@dataclass(frozen=True, kw_only=True)
class ReadJobs:
    """Read the jobs of a provider that match every argument; gives a list of `JobRecord`s."""

    port: ClassVar[Port] = Port.JOURNAL
    provider: str
    stages: frozenset[Stage] | None = None
    task_id: str | None = None


@dataclass(frozen=True)
class Persist:
    """Persist a job as it now is; gives whether that took place.

    A stage before the paid request must be saved, or `JournalError` is raised. A later stage
    that can't be saved is only logged: the job is paid for and continues.
    """

    port: ClassVar[Port] = Port.JOURNAL
    record: JobRecord
    body_digest: str | None = None


@dataclass(frozen=True)
class Notify:
    """Report a change of a job to observers; gives nothing."""

    port: ClassVar[Port] = Port.OBSERVERS
    record: JobRecord


@dataclass(frozen=True)
class Claim:
    """Lease a job, unless another process has it; gives a `Claimed`."""

    port: ClassVar[Port] = Port.JOURNAL
    job_id: str


@dataclass(frozen=True)
class Release:
    """Release a job; gives nothing."""

    port: ClassVar[Port] = Port.JOURNAL
    job_id: str


@dataclass(frozen=True)
class TakeTurn:
    """Take the next free moment for a request to an account; gives the seconds until then."""

    port: ClassVar[Port] = Port.JOURNAL
    account: Account


@dataclass(frozen=True)
class PauseRequests:
    """Pause all requests to an account for some seconds, as its provider asked; gives nothing."""

    port: ClassVar[Port] = Port.JOURNAL
    account: Account
    seconds: float


@dataclass(frozen=True)
class TakeRegistration:
    """Take up the registration of a media; gives a `RegistrationRecord`.

    None while another call gives the media to the provider.

    Attributes:
        key: Which.
        call: This call's own name.
    """

    port: ClassVar[Port] = Port.JOURNAL
    key: RegistrationKey
    call: str


@dataclass(frozen=True)
class SaveRegistration:
    """Save what became of a registration; gives nothing."""

    port: ClassVar[Port] = Port.JOURNAL
    record: RegistrationRecord


@dataclass(frozen=True, kw_only=True)
class Part:
    """The first bytes of a file, which are on disk.

    Attributes:
        size: How many there are.
        validator: What identifies the file at its server.
        tag: Its ETag, also a weak one; None where there was none.
        expected: Bytes that the whole file has; None where the server does not say.
    """

    size: int
    validator: str
    tag: str | None = None
    expected: int | None = None


@dataclass(frozen=True, kw_only=True)
class Downloaded:
    """The result of a `Download`.

    Attributes:
        status: The HTTP status. Only a 200 or 206 left bytes in the file.
        size: Bytes in the file.
        expected: Bytes that the whole file has; None where the server does not say.
        head: The first bytes of this answer, to recognise a video.
        validator: What identifies the file when resuming: a strong ETag or its date. None where
            the bytes can't be resumed.
        tag: The file's ETag, also a weak one.
        trouble: Why the answer was cut short; None where it was not.
        retry_after: How many seconds a busy server asks to wait; None where it does not say.
        is_too_large: Whether the file has more bytes than allowed; then not all were read.
        had_key: Whether the request that was answered had the key.
    """

    status: int
    size: int = 0
    expected: int | None = None
    head: bytes = b""
    validator: str | None = None
    tag: str | None = None
    trouble: str | None = None
    retry_after: float | None = None
    is_too_large: bool = False
    had_key: bool = False


@dataclass(frozen=True, kw_only=True)
class Checked:
    """The result of a `CheckFile`.

    Attributes:
        verdict: Whether the file is whole.
        digest: The SHA-256 of its bytes, in hexadecimal digits, where it was asked for.
    """

    verdict: Verdict
    digest: str | None = None


Effect = (
    Send
    | CheckFile
    | Sleep
    | ReadMedia
    | Download
    | FindPart
    | ClosePart
    | MoveFile
    | OpenJob
    | ReadJobs
    | Persist
    | Notify
    | Claim
    | Release
    | TakeTurn
    | PauseRequests
    | TakeRegistration
    | SaveRegistration
)
Program = Generator[Effect, Any, T]
