"""The arguments of both clients, and the checks of them before anything is paid."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, TypedDict

from pydantic import ValidationError

from ..adapters import JobRef, PollTiming, Registry
from ..clock import Clock
from ..config import MOST_RETRIES, Config
from ..errors import PolyreelError, UsageError
from ..jobs import JobRecord, Journal
from ..request import VideoRequest, build_request
from ..request.media_access import MediaAccess
from ..text.paths import expanded
from ..text.plain_text import NOT_TEXT, is_text
from ..text.validation import describe_validation_error

LONGEST_KEY = 255
_ID = re.compile(r"(?i)[0-9a-f]{1,32}")
DEFAULT_TIMEOUT = 1800.0
"""The default deadline of `wait`, `generate`, `finish` and `download`, in seconds."""

Observer = Callable[[JobRecord], None]
AnyRequest = VideoRequest | str
AnyConfig = Config | str | os.PathLike[str] | None
AnyPath = str | os.PathLike[str]
AnyRef = JobRef | str | Mapping[str, Any] | PolyreelError


class UsualJournal(Enum):
    """Means the journal that the config names."""

    USUAL = "usual"


AnyJournal = Journal | str | os.PathLike[str] | UsualJournal | None


class ClientOptions(TypedDict, total=False):
    """The keyword arguments of both clients.

    Attributes:
        api_keys: Keys by provider name; they replace those of every other source.
        base_urls: Addresses by provider name; they replace those of every other source.
        environment: The environment variables.
        registry: The installed plugins; None finds them.
        on_change: Called with a `JobRecord` at every change of any job.
        poll_timing: When to poll jobs; None for each adapter's own timing.
        clock: The source of the time.
        journal: Where jobs are saved: a file or a `Journal`. The default is the journal that
            the config names. None saves them in memory only; then a job whose process ends is
            lost, unless its reference was saved.
        convert_images: Whether images that a vendor does not take are converted, unless a call
            says otherwise; None for what the config says.
        local_files: Whether requests may name files of this machine: False for none, or the
            folder to stay in, after links. Bytes and URLs are always taken. None for what the
            config says, which is True by default. No call can change it.
        assets: Whether requests may name assets of the provider's account (`asset://…`); None for
            what the config says, which is True by default. No call can change it.
    """

    api_keys: Mapping[str, str] | None
    base_urls: Mapping[str, str] | None
    environment: Mapping[str, str] | None
    registry: Registry | None
    on_change: Observer | None
    poll_timing: PollTiming | None
    clock: Clock | None
    journal: AnyJournal
    convert_images: bool | None
    local_files: bool | str | os.PathLike[str] | None
    assets: bool | None


def media_access(config: Config, options: ClientOptions) -> MediaAccess:
    """Return which media a client takes: as its options say, else as the config says.

    Raises:
        UsageError: When the option `local_files` is not a folder, or `assets` is no switch.
    """
    local_files, assets = options.get("local_files"), options.get("assets")
    # What only looks like False must not open a door.
    if not isinstance(assets, bool | None):
        raise UsageError(f"assets: give True or False, not {assets!r:.40}")
    if not isinstance(local_files, bool | str | os.PathLike | None):
        raise UsageError(
            f"local_files: give True, False or the folder to stay in, not {local_files!r:.40}"
        )
    if isinstance(local_files, (str, os.PathLike)) and (
        not os.fspath(local_files) or not expanded(os.fspath(local_files), "`local_files`").is_dir()
    ):
        raise UsageError(
            f"local_files: {os.fspath(local_files)!r} is not a folder; give True, False or the "
            "folder to stay in"
        )
    return MediaAccess.of(
        config.local_files if local_files is None else local_files,
        assets=config.assets if assets is None else assets,
    )


def check_timeout(timeout: float | None) -> None:
    """Check a deadline before anything is paid.

    Raises:
        UsageError: When it is negative or not a number.
    """
    if timeout is not None and not timeout >= 0:
        raise UsageError(f"timeout must be 0 seconds or more, or None; it is {timeout}")


def check_idempotency_key(key: str | None) -> str | None:
    """Check an idempotency key before anything is paid, and return it.

    Raises:
        UsageError: When it is empty, too long or not text.
    """
    if key is not None and not 0 < len(key.strip()) <= LONGEST_KEY:
        raise UsageError(f"an idempotency key has 1 to {LONGEST_KEY} characters")
    if key is not None and not is_text(key):
        raise UsageError(f"the idempotency key can't be used: {NOT_TEXT}")
    return key


def check_retry_refused(most: int | None) -> int | None:
    """Check how often a refused create may be sent again, and return it.

    Raises:
        UsageError: When it is not a whole number, is negative or is too large.
    """
    if most is None or (type(most) is int and 0 <= most <= MOST_RETRIES):
        return most
    raise UsageError(f"retry_refused must be a whole number from 0 to {MOST_RETRIES}, or None")


def as_request(request: AnyRequest) -> VideoRequest:
    """Return the request; a text is a prompt with every setting at its default.

    Raises:
        UsageError: When the text is not a valid prompt.
    """
    return build_request({"prompt": request}) if isinstance(request, str) else request


def as_ref(ref: AnyRef) -> JobRef | str:
    """Return the reference of a job, or its id.

    Args:
        ref: A reference, its JSON, the values of its JSON, an error that is about a job, or a
            job's id.

    Raises:
        UsageError: When it is none of these.
    """
    if isinstance(ref, PolyreelError):
        found = ref.job or ref.job_id
        if found is None:
            raise UsageError(f"the error is not about a job: {ref.message}")
        return found
    if isinstance(ref, JobRef):
        return ref
    try:
        if isinstance(ref, str):
            if _ID.fullmatch(ref.strip()):
                return ref.strip().lower()
            return JobRef.model_validate_json(ref)
        return JobRef.model_validate(ref)
    except ValidationError as error:
        raise UsageError(
            f"not a valid job reference: {describe_validation_error(error, JobRef)}. "
            "Use the text that Job.ref.model_dump_json() returned"
        ) from None
