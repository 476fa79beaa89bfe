"""Every error that polyreel raises.

PolyreelError
├── UsageError              change the call, the request or the config; nothing was sent
│   ├── UnsupportedRequest      the model can't do what the request asks
│   ├── UnknownModel            no model or target has that name
│   ├── MediaUnreadable         a local file or inline bytes can't be sent as they are
│   ├── MissingKey              no key for the provider
│   ├── ConfigError             the config file or an environment variable is wrong
│   ├── PluginError             an installed plugin is broken
│   ├── JournalError            the journal of jobs can't be read or written
│   ├── IdempotencyConflict     the idempotency key belongs to another request
│   └── OverBudget              the price is over the budget, or unknown
├── ProviderError           the provider refused, or its answer can't be used
│   ├── AuthenticationFailed    the key is wrong or lacks a permission
│   ├── InsufficientBalance     the account can't pay for the request
│   ├── RateLimited             too many requests, or too many jobs at once
│   ├── InvalidRequest          the provider refused the form or the values of the request
│   ├── ContentBlocked          the provider's moderation refused the prompt or the media
│   ├── NotFound                the provider has no such model, task or file
│   ├── ProviderUnavailable     the provider is down, overloaded or failing
│   └── BadResponse             the answer can't be read
├── MediaPending            the provider has not approved a media yet; nothing was paid
├── SubmitUnknown           the paid request left, and its outcome is unknown
├── JobError                a known job ended without a video, or has not ended in time
│   ├── JobFailed               the provider reports a failure
│   ├── JobCanceled             the job was canceled at the provider
│   ├── JobExpired              the provider let the job expire
│   └── WaitTimeout             the caller's deadline passed; the job continues
├── DownloadError           the video exists and could not be saved; download it again
│   └── ResultExpired           the provider no longer offers the video
└── TransportError          the network failed before or during a request

Every message says what happened and then what to do. No message holds a key, the
query of a signed URL, inline media, or a control character.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from .characters import clean, clean_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .adapters.job_status import JobRef
    from .models.spec import Finding

__all__ = [
    "AuthenticationFailed",
    "BadResponse",
    "ConfigError",
    "ContentBlocked",
    "DownloadError",
    "IdempotencyConflict",
    "InsufficientBalance",
    "InvalidRequest",
    "JobCanceled",
    "JobError",
    "JobExpired",
    "JobFailed",
    "JournalError",
    "MediaPending",
    "MediaUnreadable",
    "MissingKey",
    "NotFound",
    "OverBudget",
    "PluginError",
    "PolyreelError",
    "ProviderError",
    "ProviderUnavailable",
    "RateLimited",
    "ResultExpired",
    "SubmitUnknown",
    "TransportError",
    "UnknownModel",
    "UnsupportedRequest",
    "UsageError",
    "WaitTimeout",
]


PLAIN_FIELDS = (
    "provider",
    "http_status",
    "vendor_code",
    "request_id",
    "retry_after",
    "job_id",
)

_LONG_WORD = re.compile(r"\S{801,}")
_LONGEST_MESSAGE = 4000


def _bounded(message: str) -> str:
    """Return a message without very long words, such as media given as a path, and not too long.

    Nothing that polyreel names has a word as long as that.
    """
    if len(message) <= 800:
        return message
    message = _LONG_WORD.sub(lambda word: f"{word[0][:60]}… ({len(word[0])} characters)", message)
    return message if len(message) <= _LONGEST_MESSAGE else message[: _LONGEST_MESSAGE - 1] + "…"


class PolyreelError(Exception):
    """The root of every error that polyreel raises on purpose.

    Attributes:
        provider: The provider concerned, e.g. ``"jimmy"``.
        http_status: The HTTP status of the answer, where there was one.
        vendor_code: The code in the answer's body, as text, where there was one.
        request_id: The provider's own id of the request, where it gave one.
        retry_after: Seconds to wait before the next request, where the provider said it.
        job: The job that the error is about, where one exists. `Client.job(error.job)` can
            wait for it and download it, also in another process.
        job_id: polyreel's own id of that job in its journal, where it has one. It exists
            before the provider's id, so a job whose outcome is unknown has it too.
        advice: What to do about errors of this kind.
    """

    advice: ClassVar[str] = ""

    def __init__(
        self,
        message: str,
        *,
        provider: str | None = None,
        http_status: int | None = None,
        vendor_code: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        job: JobRef | None = None,
        job_id: str | None = None,
    ) -> None:
        # A message may quote a file, a prompt, a name or a provider.
        super().__init__(_bounded(clean(message)))
        self.provider = provider
        self.http_status = http_status
        self.vendor_code = None if vendor_code is None else clean_line(vendor_code)
        self.request_id = None if request_id is None else clean_line(request_id)
        self.retry_after = retry_after
        self.job = job
        self.job_id = job_id

    @property
    def message(self) -> str:
        """What happened and what to do."""
        return str(self.args[0])

    def facts(self) -> dict[str, Any]:
        """Return the error as JSON values: its type, message and the fields that are set."""
        facts: dict[str, Any] = {"type": type(self).__name__, "message": self.message}
        for name in PLAIN_FIELDS:
            value = getattr(self, name)
            if value is not None:
                facts[name] = value
        if self.job is not None:
            facts["job"] = self.job.model_dump(mode="json")
        return facts


class UsageError(PolyreelError):
    """The call, the request or the config has to change. Nothing was sent."""


class UnsupportedRequest(UsageError):
    """The model can't do what the request asks.

    Attributes:
        model: The model that was asked, written `provider/name`.
        findings: Each field that does not fit, with the limit.
        nearest: The nearest installed model that takes the whole request, if there is one.
    """

    def __init__(
        self,
        message: str,
        *,
        model: str = "",
        findings: Sequence[Finding] = (),
        nearest: str | None = None,
        **fields: Any,
    ) -> None:
        super().__init__(message, **fields)
        self.model = model
        self.findings = tuple(findings)
        self.nearest = nearest

    def facts(self) -> dict[str, Any]:
        """Return the error as JSON values, with the model, each finding and the nearest model."""
        return {
            **super().facts(),
            "model": self.model,
            "findings": [finding.facts() for finding in self.findings],
            "nearest": self.nearest,
        }


class UnknownModel(UsageError):
    """No installed model and no configured target has that name."""


class MediaUnreadable(UsageError):
    """A media may not be taken, can't be read, or is not what the field takes."""


class MissingKey(UsageError):
    """No key is set for the provider."""


class ConfigError(UsageError):
    """The config file, or an environment variable in its place, is wrong."""


class PluginError(UsageError):
    """An installed plugin is broken, or two plugins claim one name."""


class JournalError(UsageError):
    """The journal of jobs can't be read or written. Nothing was paid."""


class IdempotencyConflict(UsageError):
    """The idempotency key was first used for another request. Nothing was sent."""


class OverBudget(UsageError):
    """The price is over `max_price` or a budget of the config, or unknown. Nothing was sent."""


class ProviderError(PolyreelError):
    """The provider refused, or its answer can't be used."""


class AuthenticationFailed(ProviderError):
    """The provider does not accept the key."""

    advice = "Check the key and its permissions"


class InsufficientBalance(ProviderError):
    """The account at the provider can't pay for the request."""

    advice = "Add money to the account at the provider"


class RateLimited(ProviderError):
    """The provider asks for fewer requests, or for fewer jobs at once."""

    advice = "Wait, or lower max_in_flight"


class InvalidRequest(ProviderError):
    """The provider refuses the form or the values of the request."""

    advice = "Change the request; `polyreel wire` shows what is sent"


class ContentBlocked(ProviderError):
    """The provider's moderation refused the prompt or the media."""

    advice = "Change the prompt or the media"


class NotFound(ProviderError):
    """The provider has no such model, task or file."""

    advice = "Check the model, the task id and base_url"


class ProviderUnavailable(ProviderError):
    """The provider is down, overloaded or failing."""

    advice = "Try again later"


class BadResponse(ProviderError):
    """The provider's answer can't be read, or lacks a required field."""

    advice = "If it persists, check base_url"


class MediaPending(PolyreelError):
    """The provider has not approved a media in time. Nothing was paid; the same call goes on."""


class SubmitUnknown(PolyreelError):
    """The paid request left, and its outcome is unknown.

    The provider may or may not have made a task, and may charge for it. polyreel never
    sends the request again by itself, except once with the same key where the provider
    documents an idempotency key; check the provider's console before you do.

    Attributes:
        candidate: A task id that the answer names, though not where an accepted task's id
            belongs. `Client.settle` asks the provider for it, at no cost.
        answer: The answer to the paid request: `status`, a few `headers`, and the beginning of
            the `body`, without keys, URL queries, inline media and control characters. None
            where no answer came.
    """

    def __init__(
        self,
        message: str,
        *,
        candidate: str | None = None,
        answer: Mapping[str, Any] | None = None,
        **fields: Any,
    ) -> None:
        super().__init__(message, **fields)
        self.candidate = candidate
        self.answer = answer

    def facts(self) -> dict[str, Any]:
        """Return the error as JSON values, with the candidate and the answer where known."""
        facts = super().facts()
        if self.candidate is not None:
            facts["candidate"] = self.candidate
        if self.answer is not None:
            facts["answer"] = dict(self.answer)
        return facts


class JobError(PolyreelError):
    """A known job ended without a video, or has not ended in time. `job` is always set."""


class JobFailed(JobError):
    """The provider reports that the job failed."""


class JobCanceled(JobError):
    """The job was canceled at the provider."""


class JobExpired(JobError):
    """The provider let the job expire before it was done."""


class WaitTimeout(JobError):
    """The caller's deadline passed. The job continues at the provider; wait for it again."""


class DownloadError(PolyreelError):
    """The video exists at the provider and could not be saved. Downloading it again is free."""


class ResultExpired(DownloadError):
    """The video's server refuses it, and the provider's retention is over."""


class TransportError(PolyreelError):
    """The network failed.

    Attributes:
        sent: False when no byte of the request can have reached the provider.
    """

    def __init__(self, message: str, *, sent: bool, **fields: Any) -> None:
        super().__init__(message, **fields)
        self.sent = sent

    def facts(self) -> dict[str, Any]:
        """Return the error as JSON values, and whether the request may have left."""
        return {**super().facts(), "sent": self.sent}

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions are rebuilt from their positional arguments, and `sent` is not one.
        return (_rebuild_transport_error, (self.message, self.sent), self.__dict__)


def _rebuild_transport_error(message: str, sent: bool) -> TransportError:
    return TransportError(message, sent=sent)
