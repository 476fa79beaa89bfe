"""Adapter: the one class that the author of a provider writes.

An adapter translates. It declares what its models can do, and turns neutral values into
the vendor's HTTP and back. It has no clock, no files, no environment and no network.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from ..errors import BadResponse, ProviderError
from ..models import ModelSpec, PriceRule
from ..request import MediaKind, VideoRequest
from ..request.media import MediaFile
from .accepted import Accepted
from .cancellation import Cancellation
from .declarations import (
    REQUEST_ID_HEADERS,
    Credential,
    PollTiming,
    ProviderOptions,
    UploadLimit,
)
from .error_kinds import error_kind
from .finding import Found, Sought
from .idempotency import IdempotencyKey
from .job_status import JobRef, JobStatus, State
from .refusals import Refusal
from .registration import MediaToRegister, Registration
from .task_ids import OTHER_ID_NAMES, TASK_ID_NAMES, is_integer_id, with_text_ids
from .wire import Flow, WireResponse

Part = TypeVar("Part", bound=BaseModel)

CONTRACT_VERSION = 3
"""Goes up when adapters have to change. An adapter that was written for another version is
refused."""

CONTRACT_PAGE = (
    "https://github.com/polyreel/polyreel/blob/main/providers/README.md#contract-versions"
)
"""Says what an adapter has to change from one version to the next."""


class Adapter(ABC):
    """Translates between polyreel and one provider.

    A subclass sets the class attributes and implements `submit` and `poll`. An instance lives
    for one job and carries the options that the caller gave. Before `submit` the core sets
    `job_reference`, its own name for the job, which a vendor's field for a client's reference can
    carry; it is empty where nothing is paid, e.g. in `polyreel wire`: then leave the field out.

    Attributes:
        name: The provider's name, as in `name/model`; lower case.
        title: The provider's name for people.
        base_url: The documented address, used unless the config names another.
        key_variable: The environment variable for the key.
        base_url_variable: The environment variable for the address.
        other_base_urls: More documented addresses of the same provider. They share jobs, prices
            and times with `base_url`. A loopback address is never one of them.
        credential: How the key is sent.
        models: What each model can do; the first is the one to try first.
        states: The provider's documented statuses, in lower case, and their states.
        options_type: The provider's own settings.
        upload_limit: What the upload endpoint takes; None where there is none.
        poll_timing: When to poll a job.
        request_id_headers: The headers of an answer that may hold the vendor's own id of the
            request, in lower case, the best first.
        task_id_names: The names that mean a task's id wherever they stand in an answer to a
            create, the documented one among them. A refusal that holds one is not a sure one.
            Never a name that refusals use for something else, such as a request's id.
        refusals: What the vendor documents about its refusals of a create, beside the general
            list (`Refusal`): which are definite, and after which the same create may succeed
            later. Without an entry, only HTTP 429 of the general list may pass.
        idempotency: The key by which the vendor makes a repeated create safe; None where it
            documents none.
        offers_find: Whether a task can be found again whose create got no answer: by a list of
            tasks, or by a field that the vendor gives back. Then implement `find`.
        echoes_reference: Whether `submit` sends `job_reference` in a field that `find` reads
            back as `Found.echo`. Then only a task with the same text is the one.
        registration_timing: When to ask for media that the provider has to approve (the form
            `register` of a model's media).
        offers_cancel: Whether the provider can stop a job. Then implement `cancel`.
        offers_prices: Whether the provider can be asked for its prices. Then implement `prices`.
        contract_version: The version of this contract that the adapter was written for, as a
            number in its own class body: `contract_version = 3`. It is never inherited.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    base_url: ClassVar[str]
    key_variable: ClassVar[str]
    base_url_variable: ClassVar[str]
    other_base_urls: ClassVar[tuple[str, ...]] = ()
    credential: ClassVar[Credential] = Credential()
    models: ClassVar[tuple[ModelSpec, ...]]
    states: ClassVar[Mapping[str, State]]
    options_type: ClassVar[type[ProviderOptions]] = ProviderOptions
    upload_limit: ClassVar[UploadLimit | None] = None
    poll_timing: ClassVar[PollTiming] = PollTiming()
    request_id_headers: ClassVar[tuple[str, ...]] = REQUEST_ID_HEADERS
    task_id_names: ClassVar[tuple[str, ...]] = TASK_ID_NAMES
    refusals: ClassVar[tuple[Refusal, ...]] = ()
    idempotency: ClassVar[IdempotencyKey | None] = None
    offers_find: ClassVar[bool] = False
    echoes_reference: ClassVar[bool] = False
    registration_timing: ClassVar[PollTiming] = PollTiming(first=5.0, gap=5.0)
    offers_cancel: ClassVar[bool] = False
    offers_prices: ClassVar[bool] = False
    contract_version: ClassVar[int]

    def __init__(self, options: ProviderOptions | None = None) -> None:
        self.options: Any = self.options_type() if options is None else options
        self.job_reference: str = ""

    @classmethod
    def documented_address(cls, base_url: str) -> str:
        """Return the address that stands for all documented addresses of the provider.

        Prices, charges and times are kept by it. An address that is not documented, such as a
        sandbox's, stands for itself.
        """
        documented = {each.rstrip("/") for each in (cls.base_url, *cls.other_base_urls)}
        address = base_url.rstrip("/")
        return cls.base_url.rstrip("/") if address in documented else address

    @abstractmethod
    def submit(self, request: VideoRequest, model: ModelSpec) -> Flow[JobRef | Accepted]:
        """Yield the one request that costs money (`spends=True`) and return the job.

        Return an `Accepted` where the answer also has an estimate of the price or other facts
        worth keeping, else the job itself.

        Args:
            request: Checked against the model; every media has a `wire_value`.
            model: One of `models`.

        Raises:
            ProviderError: When the answer is a refusal (`refuse`) or can't be read.
        """

    @abstractmethod
    def poll(self, job: JobRef) -> Flow[JobStatus]:
        """Yield the request that asks for a job's status and return the status.

        Raises:
            ProviderError: When the answer is an error or can't be read. A job that failed
                is not an error here: it is a status.
        """

    def upload(self, file: MediaFile) -> Flow[str]:
        """Yield the request that uploads a file and return the URL to use in a request.

        Needed when a model's media has the form `upload`.
        """
        raise NotImplementedError(f"{self.name} declares uploads but does not implement them")

    def register(self, media: MediaToRegister) -> Flow[Registration]:
        """Yield the free requests that give a media to the provider for approval.

        Needed when a model's media has the form `register`. The request then has
        `asset://<vendor_id>` in the media's place.

        Raises:
            ProviderError: When the answer is an error or can't be read. A refusal of the media
                is not an error here: it is a registration.
        """
        raise NotImplementedError(f"{self.name} declares registrations but has no `register`")

    def registration(self, vendor_id: str) -> Flow[Registration]:
        """Yield the free request that asks what the provider says of a registered media.

        Raises:
            NotFound: When the provider no longer has it; it is then registered anew.
            ProviderError: When the answer is another error or can't be read.
        """
        raise NotImplementedError(f"{self.name} declares registrations but has no `registration`")

    def cancel(self, job: JobRef) -> Flow[Cancellation]:
        """Yield the request that asks to stop a job and return the result.

        Needed where `offers_cancel` is true. Return `STOPPED` only for an answer that says so.
        """
        raise NotImplementedError(f"{self.name} declares cancel but does not implement it")

    def find(self, sought: Sought) -> Flow[Sequence[Found]]:
        """Yield the requests that list tasks, and return those that may be the one sought.

        Needed where `offers_find` is true. It costs nothing. Return every task that the vendor
        names for the time, the model or the reference, and choose none: the core takes a task
        only where exactly one fits. Raise an error where a part of the list can't be read, so
        that no task is overlooked.
        """
        raise NotImplementedError(f"{self.name} declares find but does not implement it")

    def prices(self) -> Flow[Mapping[str, Sequence[PriceRule]]]:
        """Yield the requests that ask for the provider's prices, and return them by model.

        Needed where `offers_prices` is true. Leave out prices that can't be read. The caller
        adds the date.
        """
        raise NotImplementedError(f"{self.name} declares prices but does not implement them")

    def media_form(self, kind: MediaKind, model: ModelSpec) -> Literal["inline", "upload"]:
        """Return how to send a local file where the model takes both forms."""
        limit = model.limit(kind)
        return "inline" if limit is not None and "inline" in limit.forms else "upload"

    def job(self, task_id: object, model: ModelSpec, **details: str) -> JobRef:
        """Return the reference of an accepted job.

        Args:
            task_id: Text, or an integer, which is read as text.
            model: The model.
            details: What else is needed to find the task again.

        Raises:
            BadResponse: When the task id is neither.
        """
        if is_integer_id(task_id):
            task_id = str(task_id)
        if not isinstance(task_id, str) or not task_id.strip():
            raise BadResponse(f"the answer holds no task id. {BadResponse.advice}.")
        return JobRef(provider=self.name, model=model.name, task_id=task_id, details=details)

    def state(self, raw_state: str) -> tuple[State, bool]:
        """Return the state for a provider's status, and whether the status is documented.

        A job with an unknown status counts as running.
        """
        known = self.states.get(raw_state.strip().lower())
        return (State.RUNNING, False) if known is None else (known, True)

    def read_object(self, response: WireResponse) -> dict[str, Any]:
        """Return an answer's JSON object. The caller must still check the HTTP status.

        Raises:
            ProviderError: The error for an error status, when the body is not an object.
            BadResponse: When a successful answer can't be read.
        """
        try:
            return response.json_object()
        except BadResponse:
            if response.ok:
                raise
            raise self.refuse(response, None) from None

    def read_part(self, kind: type[Part], value: object) -> Part:
        """Return a part of an answer as an instance of its model.

        Args:
            kind: The model. Of an `Answer` only the required fields are needed.
            value: The part. A task id in it that is an integer is read as text.

        Raises:
            BadResponse: When a required field is missing or wrong.
        """
        names = {*self.task_id_names, *TASK_ID_NAMES, *OTHER_ID_NAMES}
        try:
            try:
                return kind.model_validate(with_text_ids(value, names))
            except ValidationError:  # a model may need a number there
                return kind.model_validate(value)
        except ValidationError:
            raise BadResponse(
                f"a required field of {self.title}'s answer is missing or wrong. "
                f"{BadResponse.advice}."
            ) from None

    def refuse(
        self,
        response: WireResponse,
        message: object,
        *,
        code: object = None,
        kind: type[ProviderError] | None = None,
    ) -> ProviderError:
        """Return the error for an answer that refuses the request.

        Args:
            response: The answer.
            message: The provider's own words.
            code: The code in the body.
            kind: The error, where the body's code decides it; else the HTTP status does.
        """
        error = error_kind(response.status) if kind is None else kind
        reason = response.hide(str(message)) if message else "no reason given"
        return error(
            f"{self.title} answered (HTTP {response.status}): {reason}. {error.advice}.",
            http_status=response.status,
            vendor_code=None if code is None else str(code),
        )
