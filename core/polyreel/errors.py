"""Every error that polyreel raises.

PolyreelError
├── UsageError              change the call, the request or the config; nothing was sent
│   ├── UnsupportedRequest      the model can't do what the request asks
│   ├── UnknownModel            no model or target of that name
│   ├── MediaUnreadable         a local file or inline bytes can't be sent as they are
│   ├── MissingKey              no key for the provider
│   ├── ConfigError             the config file or an environment variable is wrong
│   ├── PluginError             an installed plugin is broken
│   ├── JournalError            the journal of jobs can't be read or written
│   ├── IdempotencyConflict     the idempotency key belongs to another request
│   └── OverBudget              it would cost more than allowed, or nobody knows how much
├── ProviderError           the provider said no, or said nothing that can be understood
│   ├── AuthenticationFailed    the key is wrong or lacks the right
│   ├── InsufficientBalance     the account is empty
│   ├── RateLimited             too many requests, or too many jobs at once
│   ├── InvalidRequest          the provider refuses the request's content or form
│   ├── ContentBlocked          the provider's moderation refused
│   ├── NotFound                the provider knows no such model or task
│   ├── ProviderUnavailable     the provider is down or failing
│   └── BadResponse             the answer can't be read
├── SubmitUnknown           the paid request left, and nobody knows what became of it
├── JobError                the job is known, and this is how it ended or stands
│   ├── JobFailed               the provider reports a failure
│   ├── JobCanceled             the job was canceled at the provider
│   ├── JobExpired              the provider let the job lapse
│   └── WaitTimeout             the caller's deadline passed; the job goes on
├── FetchError              the film exists and could not be saved; fetch it again
│   └── ResultExpired           the film existed, and its provider no longer offers it
└── TransportError          the network failed before or during a request

Every message says what happened and then what to do. No message holds a key, the
query of a signed URL, or inline media.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .catalogue import Finding
    from .jobs import JobRef

__all__ = [
    "AuthenticationFailed",
    "BadResponse",
    "ConfigError",
    "ContentBlocked",
    "FetchError",
    "IdempotencyConflict",
    "InsufficientBalance",
    "InvalidRequest",
    "JobCanceled",
    "JobError",
    "JobExpired",
    "JobFailed",
    "JournalError",
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


_PLAIN_FIELDS = (
    "provider",
    "http_status",
    "vendor_code",
    "request_id",
    "retry_after",
    "job_id",
)


class PolyreelError(Exception):
    """The root of every error that polyreel raises on purpose.

    Attributes:
        provider: The provider concerned, e.g. ``"jimmy"``.
        http_status: The HTTP status of the answer, where there was one.
        vendor_code: The code in the answer's body, as text, where there was one.
        request_id: The provider's own id of the request, where it gave one.
        retry_after: Seconds that the provider asked to be left alone, where it said so.
        job: The job that the error is about, where one exists. It can be waited for and
            fetched with `Client.job(error.job)`, also in another process.
        job_id: polyreel's own id of that job in its journal, where it has one. It exists
            before the provider's, so a job whose outcome is unknown has it too.
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
        super().__init__(message)
        self.provider = provider
        self.http_status = http_status
        self.vendor_code = vendor_code
        self.request_id = request_id
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
        for name in _PLAIN_FIELDS:
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
        return {
            **super().facts(),
            "model": self.model,
            "findings": [finding.facts() for finding in self.findings],
            "nearest": self.nearest,
        }


class UnknownModel(UsageError):
    """No installed model and no configured target has that name."""


class MediaUnreadable(UsageError):
    """A local file or inline bytes can't be read, or are not what the field takes."""


class MissingKey(UsageError):
    """No key is known for the provider."""


class ConfigError(UsageError):
    """The config file, or an environment variable that stands in for it, is wrong."""


class PluginError(UsageError):
    """An installed plugin is broken, or two plugins claim one name."""


class JournalError(UsageError):
    """The journal of jobs can't be read or written. Nothing was paid."""


class IdempotencyConflict(UsageError):
    """The idempotency key was first used for another request. Nothing was sent."""


class OverBudget(UsageError):
    """It would cost more than `max_price`, or its price is unknown. Nothing was sent."""


class ProviderError(PolyreelError):
    """The provider refused, or its answer can't be used."""


class AuthenticationFailed(ProviderError):
    """The provider does not accept the key."""

    advice = "Check the key and what it is allowed to do"


class InsufficientBalance(ProviderError):
    """The account at the provider can't pay for the request."""

    advice = "Top the account up at the provider"


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
    """The provider knows no such model, task or file."""

    advice = "Check the model, the task id and base_url"


class ProviderUnavailable(ProviderError):
    """The provider is down, overloaded or failing inside."""

    advice = "Try again later"


class BadResponse(ProviderError):
    """The provider's answer can't be read or lacks what it must hold."""

    advice = "If it persists, check base_url"


class SubmitUnknown(PolyreelError):
    """The paid request left, and its outcome can't be known.

    The provider may or may not have made a task, and may charge for it. polyreel never
    sends it again by itself; look at the provider's console before you do.
    """


class JobError(PolyreelError):
    """A known job ended without a film, or has not ended in time. `job` is always set."""


class JobFailed(JobError):
    """The provider reports that the job failed."""


class JobCanceled(JobError):
    """The job was canceled at the provider."""


class JobExpired(JobError):
    """The provider let the job lapse before it was done."""


class WaitTimeout(JobError):
    """The caller's deadline passed. The job goes on at the provider and can be resumed."""


class FetchError(PolyreelError):
    """The film exists at the provider and could not be saved. Fetching it again is free."""


class ResultExpired(FetchError):
    """The film was made, and its provider no longer offers it."""


class TransportError(PolyreelError):
    """The network failed.

    Attributes:
        sent: False when no byte of the request can have reached the provider.
    """

    def __init__(self, message: str, *, sent: bool, **fields: Any) -> None:
        super().__init__(message, **fields)
        self.sent = sent

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), "sent": self.sent}

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions are rebuilt from their positional arguments, and `sent` is not one.
        return (_rebuild_transport_error, (self.message, self.sent), self.__dict__)


def _rebuild_transport_error(message: str, sent: bool) -> TransportError:
    return TransportError(message, sent=sent)


def error_from_facts(facts: Mapping[str, Any]) -> PolyreelError:
    """Return the error that `PolyreelError.facts` told of, as far as facts can tell.

    A kind that is not known here, such as a newer version's, becomes a plain `PolyreelError`.
    """
    from .jobs import JobRef  # jobs stand below errors and are needed only to rebuild one

    name = str(facts.get("type"))
    kind = globals()[name] if name in __all__ else PolyreelError
    message = str(facts.get("message", ""))
    fields = {each: facts[each] for each in _PLAIN_FIELDS if each in facts}
    if "job" in facts:
        fields["job"] = JobRef.model_validate(facts["job"])
    if kind is TransportError:
        return TransportError(message, sent=bool(facts.get("sent", True)), **fields)
    error: PolyreelError = kind(message, **fields)
    return error
