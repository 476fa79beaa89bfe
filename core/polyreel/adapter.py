"""Adapter: the one class that a vendor writes.

An adapter translates. It declares what its models can do, and turns neutral values into
the vendor's HTTP and back. It has no clock, no files, no environment and no network.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from .catalogue import ModelSpec
from .errors import (
    AuthenticationFailed,
    BadResponse,
    InsufficientBalance,
    InvalidRequest,
    NotFound,
    ProviderError,
    ProviderUnavailable,
    RateLimited,
)
from .jobs import Cancellation, JobRef, JobStatus, State
from .media import MediaKind
from .price_rules import PriceRule
from .request import VideoRequest
from .wire import Flow, MediaFile, WireResponse

Part = TypeVar("Part", bound=BaseModel)

CONTRACT_VERSION = 1
"""Raised when adapters have to change. A plugin written for another version is refused."""


class ProviderOptions(BaseModel):
    """The settings that only one provider has. Subclass it; unknown names are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


@dataclass(frozen=True, kw_only=True)
class Credential:
    """How a provider wants to be shown the key. The transport attaches it, nobody else.

    Attributes:
        header: The header's name.
        template: The header's value, in which `{key}` is the key.
    """

    header: str = "Authorization"
    template: str = "Bearer {key}"


@dataclass(frozen=True, kw_only=True)
class UploadLimit:
    """What a provider's upload endpoint takes.

    Attributes:
        maximum_bytes: Largest file.
        mime_types: Accepted types.
        source: Where this was read.
    """

    maximum_bytes: int
    mime_types: frozenset[str]
    source: str


@dataclass(frozen=True, kw_only=True)
class PollTiming:
    """When it makes sense to look at a provider's jobs, in seconds.

    Attributes:
        first: After the submit, before the first look.
        gap: Between looks.
        floor: Never look more often than this.
    """

    first: float = 10.0
    gap: float = 8.0
    floor: float = 1.0


class Adapter(ABC):
    """Translates for one provider.

    A subclass sets the class attributes and writes `submit` and `poll`. An instance lives
    for one job and carries the options that the caller gave.

    Attributes:
        name: The provider's name, as in `name/model`; lower case.
        title: The provider's name for people.
        base_url: The documented address, used unless the config says another.
        key_variable: The environment variable that users know for the key.
        base_url_variable: The one for the address.
        credential: How the key is shown.
        models: What each model can do; the one to try first stands first.
        states: The provider's documented words, in lower case, and what they mean.
        options_type: The provider's own settings.
        upload_limit: What the upload endpoint takes; None where there is none.
        poll_timing: When to look at a job.
        offers_cancel: Whether the provider can be asked to stop a job; `cancel` is then written.
        offers_prices: Whether the provider can be asked for its prices; `prices` is then written.
        contract_version: The version of this contract that the adapter was written for.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    base_url: ClassVar[str]
    key_variable: ClassVar[str]
    base_url_variable: ClassVar[str]
    credential: ClassVar[Credential] = Credential()
    models: ClassVar[tuple[ModelSpec, ...]]
    states: ClassVar[Mapping[str, State]]
    options_type: ClassVar[type[ProviderOptions]] = ProviderOptions
    upload_limit: ClassVar[UploadLimit | None] = None
    poll_timing: ClassVar[PollTiming] = PollTiming()
    offers_cancel: ClassVar[bool] = False
    offers_prices: ClassVar[bool] = False
    contract_version: ClassVar[int] = CONTRACT_VERSION

    def __init__(self, options: ProviderOptions | None = None) -> None:
        self.options: Any = self.options_type() if options is None else options

    @abstractmethod
    def submit(self, request: VideoRequest, model: ModelSpec) -> Flow[JobRef]:
        """Yield the one request that costs money (`spends=True`) and return the job.

        Args:
            request: Checked against the model; every media has a `wire_value`.
            model: One of `models`.

        Raises:
            ProviderError: When the answer is a refusal (`refuse`) or can't be read.
        """

    @abstractmethod
    def poll(self, job: JobRef) -> Flow[JobStatus]:
        """Yield the request that asks for a job's status and return it.

        Raises:
            ProviderError: When the answer is an error or can't be read. A job that failed
                is not an error here: it is a status.
        """

    def upload(self, file: MediaFile) -> Flow[str]:
        """Yield the request that uploads a file and return the URL to use in a request.

        Needed when a model's media has the form `upload`.
        """
        raise NotImplementedError(f"{self.name} declares uploads and does not write them")

    def cancel(self, job: JobRef) -> Flow[Cancellation]:
        """Yield the request that asks to stop a job and return what came of it.

        Needed where `offers_cancel` is true. `STOPPED` is for an answer that says so.
        """
        raise NotImplementedError(f"{self.name} declares cancel and does not write it")

    def prices(self) -> Flow[Mapping[str, Sequence[PriceRule]]]:
        """Yield the requests that ask for the provider's prices, and return them by model.

        Needed where `offers_prices` is true. What can't be understood is left out; whoever
        asks notes the day.
        """
        raise NotImplementedError(f"{self.name} declares prices and does not write them")

    def media_form(self, kind: MediaKind, model: ModelSpec) -> Literal["inline", "upload"]:
        """Choose how a local file travels where the model takes it either way."""
        limit = model.limit(kind)
        return "inline" if limit is not None and "inline" in limit.forms else "upload"

    def job(self, task_id: object, model: ModelSpec, **details: str) -> JobRef:
        """Return the handle of an accepted job.

        Raises:
            BadResponse: When the task id is not a non-empty string.
        """
        if not isinstance(task_id, str) or not task_id.strip():
            raise BadResponse(f"the answer holds no task id. {BadResponse.advice}.")
        return JobRef(provider=self.name, model=model.name, task_id=task_id, details=details)

    def state(self, word: str) -> tuple[State, bool]:
        """Return the state for a provider's word, and whether the word is documented.

        A word that nobody documents means that the job goes on.
        """
        known = self.states.get(word.strip().lower())
        return (State.RUNNING, False) if known is None else (known, True)

    def read_object(self, response: WireResponse) -> dict[str, Any]:
        """Return an answer's JSON object; look at its HTTP status all the same.

        Raises:
            ProviderError: The refusal that an error status means, when the body is no object.
            BadResponse: When a success can't be read.
        """
        try:
            return response.json_object()
        except BadResponse:
            if response.ok:
                raise
            raise self.refuse(response, None) from None

    def read_part(self, kind: type[Part], value: object) -> Part:
        """Return a part of an answer as its model.

        Raises:
            BadResponse: When it lacks what the model must hold.
        """
        try:
            return kind.model_validate(value)
        except ValidationError:
            raise BadResponse(
                f"{self.title}'s answer lacks what it must hold. {BadResponse.advice}."
            ) from None

    def refuse(
        self,
        response: WireResponse,
        message: object,
        *,
        code: object = None,
        kind: type[ProviderError] | None = None,
    ) -> ProviderError:
        """Return the error for an answer that says no.

        Args:
            response: The answer.
            message: The provider's own words.
            code: The code in the body.
            kind: The error, where the body's code decides it; else the HTTP status does.
        """
        error = error_kind(response.status) if kind is None else kind
        said = response.hide(str(message)) if message else "no reason given"
        return error(
            f"{self.title} answered (HTTP {response.status}): {said}. {error.advice}.",
            http_status=response.status,
            vendor_code=None if code is None else str(code),
        )


_KINDS: Mapping[int, type[ProviderError]] = {
    401: AuthenticationFailed,
    402: InsufficientBalance,
    403: AuthenticationFailed,
    404: NotFound,
    429: RateLimited,
}


def error_kind(status: int) -> type[ProviderError]:
    """Return the error that an HTTP status stands for when the body says nothing better."""
    if status in _KINDS:
        return _KINDS[status]
    if 400 <= status < 500 and status != 408:
        return InvalidRequest
    return ProviderUnavailable if status >= 500 or status == 408 else BadResponse
