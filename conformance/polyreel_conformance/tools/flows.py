"""Running an adapter's flows by hand: what it would send, and what it reads in an answer.

Nothing here opens a connection. When a flow needs an answer, the vendor's stand-in gives it, as
values.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
from polyreel import JobRef, VideoRequest
from polyreel.adapters import (
    Accepted,
    Account,
    Adapter,
    Flow,
    MediaFile,
    ModelSpec,
    WireRequest,
    WireResponse,
)
from polyreel.client.drivers import drive
from polyreel.engine.effects import Effect, Program, ReadMedia
from polyreel.engine.media_checks import to_register
from polyreel.engine.plan import Plan
from polyreel.engine.prepare import prepared, read_media
from polyreel.request import Media
from polyreel.request.local_media import read_media as read_file
from polyreel_sandbox import Call, StandIn
from polyreel_sandbox.exchange import query_of
from pydantic import SecretStr

T = TypeVar("T")

KEY = "sk_conformance_0123456789"

MOST_REQUESTS = 10
"""More than any flow needs. A flow with more requests would never end."""

Answer = Callable[[WireRequest], WireResponse]
Change = Callable[[dict[str, Any]], dict[str, Any]]


class NoNetwork:
    """Runs one effect only: reading media whose bytes are already in memory."""

    def perform(self, effect: Effect) -> Any:
        """Return the media that a `ReadMedia` asks for; every other effect is an error."""
        if isinstance(effect, ReadMedia):
            return read_file(
                effect.field_name, effect.kind, effect.media, effect.conversion, effect.access
            )
        raise AssertionError(f"the kit can't run the effect {type(effect).__name__}")


def plan_for(
    adapter: type[Adapter],
    spec: ModelSpec,
    request: VideoRequest,
    options: dict[str, Any] | None = None,
) -> Plan:
    """Return a plan at the vendor's own address, with an invented key."""
    return Plan(
        request=request,
        adapter=adapter(adapter.options_type.model_validate(options or {})),
        spec=spec,
        account=Account(
            provider=adapter.name,
            base_url=adapter.base_url,
            credential=adapter.credential,
            key=SecretStr(KEY),
            key_variable=adapter.key_variable,
        ),
    )


@dataclass
class Sent:
    """The requests of one submit.

    Attributes:
        requests: In order.
        uploads: The uploaded files, and the files and URLs that were registered, by the URL or
            asset that each has afterwards.
    """

    requests: list[WireRequest] = field(default_factory=list)
    uploads: dict[str, bytes | str] = field(default_factory=dict)

    @property
    def paid(self) -> WireRequest:
        """The one request that costs money."""
        paid = [request for request in self.requests if request.spends]
        assert len(paid) == 1, f"exactly one request must be marked spends=True, not {len(paid)}"
        return paid[0]


def sent_for(plan: Plan, answer: Answer | None = None) -> Sent:
    """Return what a submit of a plan would send, up to its paid request. Nothing is sent.

    Args:
        plan: The request, the model and the adapter.
        answer: Answers the free requests before the paid one, if there are any.
    """
    sent = Sent()
    flow = plan.adapter.submit(ready_request(plan, sent), plan.spec)
    sent.requests += up_to_the_paid(flow, answer or _no_answer)
    return sent


def up_to_the_paid(flow: Flow[JobRef | Accepted], answer: Answer) -> list[WireRequest]:
    """Return a submit's requests up to the paid one, which gets no answer."""
    step = next(flow)
    asked = [step]
    while not step.spends and len(asked) < MOST_REQUESTS:
        step = flow.send(answer(step))
        asked.append(step)
    flow.close()
    return asked


def ready_request(plan: Plan, sent: Sent | None = None) -> VideoRequest:
    """Return a plan's request with local media inlined or, without any network, uploaded.

    Args:
        plan: The request, the model and the adapter.
        sent: Collects the uploads.
    """
    seen = Sent() if sent is None else sent

    def upload(_name: str, file: MediaFile) -> Program[str]:
        flow = plan.adapter.upload(file)
        seen.requests.append(next(flow))
        flow.close()
        url = f"https://uploaded.invalid/{len(seen.uploads) + 1}/{file.filename}"
        seen.uploads[url] = file.data
        return url
        yield  # makes this a generator, as a program is, although it needs no effect

    def preparing() -> Program[VideoRequest]:
        files = yield from read_media(plan)
        approved: dict[str, Media] = {}
        media = {name: each for name, _, each in plan.request.media()}
        for number, name in enumerate(to_register(plan), 1):
            approved[name] = Media(asset=f"asset-{number}")
            content = files[name].data if name in files else media[name].wire_value
            seen.uploads[approved[name].wire_value] = content
        return (yield from prepared(plan, files, upload, approved))

    return drive(preparing(), NoNetwork())


def paid_request(plan: Plan) -> WireRequest:
    """Return the one request of a plan that costs money."""
    return sent_for(plan).paid


def _no_answer(request: WireRequest) -> WireResponse:
    raise AssertionError(
        f"the first request of `submit`, {request.method} {request.path}, is not marked spends=True"
    )


def run(flow: Flow[T], answer: Answer, seen: list[WireRequest] | None = None) -> T:
    """Run a flow to its end and return its value.

    Args:
        flow: A flow of an adapter.
        answer: Answers each of its requests.
        seen: Collects the requests.
    """
    response: WireResponse | None = None
    for _ in range(MOST_REQUESTS):
        try:
            request = next(flow) if response is None else flow.send(response)
        except StopIteration as end:
            value: T = end.value
            return value
        if seen is not None:
            seen.append(request)
        response = answer(request)
    flow.close()
    raise AssertionError(f"the flow yields more than {MOST_REQUESTS} requests")


def job_of(accepted: JobRef | Accepted) -> JobRef:
    """Return the job that `submit` returned, with or without other facts of the answer."""
    return accepted.job if isinstance(accepted, Accepted) else accepted


def answered(flow: Flow[T], status: int, body: bytes, headers: dict[str, str] | None = None) -> T:
    """Run a flow that needs one answer and return its value."""
    asked: list[WireRequest] = []
    value = run(
        flow, lambda _: WireResponse(status=status, body=body, headers=headers or {}), asked
    )
    assert len(asked) == 1, f"the flow yields {len(asked)} requests, not one"
    return value


def answered_in_turn(
    flow: Flow[T], answers: Sequence[tuple[int, Mapping[str, Any]]], *, needs_all: bool = True
) -> T:
    """Run a flow that needs some answers, and return its value.

    Args:
        flow: A flow of an adapter.
        answers: The HTTP status and the JSON body of each answer, in order.
        needs_all: Whether the flow must ask for all of them.
    """
    asked: list[WireRequest] = []

    def answer(_: WireRequest) -> WireResponse:
        assert len(asked) <= len(answers), f"the flow yields more than {len(answers)} requests"
        status, body = answers[len(asked) - 1]
        return WireResponse(status=status, body=json.dumps(body).encode())

    value = run(flow, answer, asked)
    assert not needs_all or len(asked) == len(answers), (
        f"the flow yields {len(asked)} requests, not {len(answers)}"
    )
    return value


@dataclass(frozen=True)
class OfflineVendor:
    """A stand-in that answers a flow's requests without a network.

    Attributes:
        stand_in: Gives the answers.
        adapter: Its credential is added to every call, as the transport does.
        change: Changes each JSON answer before the flow gets it.
    """

    stand_in: StandIn
    adapter: type[Adapter]
    change: Change | None = None

    def __call__(self, request: WireRequest) -> WireResponse:
        """Return the stand-in's answer to a request."""
        reply = self.stand_in.handle(self._call(request))
        body = reply.body
        if self.change is not None:
            body = json.dumps(self.change(json.loads(body))).encode()
        return WireResponse(status=reply.status, headers=dict(reply.headers), body=body)

    def _call(self, request: WireRequest) -> Call:
        credential = self.adapter.credential
        built = httpx.Request(
            request.method,
            httpx.URL(self.stand_in.address).join("/"),
            json=request.json,
            files=_multipart(request.file),
            headers={**request.headers, credential.header: credential.template.format(key=KEY)},
        )
        return Call(
            method=request.method,
            path=request.path.removeprefix(self.stand_in.address).partition("?")[0],
            query={**query_of(request.path), **request.query},
            headers={name.lower(): value for name, value in built.headers.items()},
            body=built.read(),
        )


def _multipart(file: MediaFile | None) -> dict[str, tuple[str, bytes, str]] | None:
    return None if file is None else {"file": (file.filename, file.data, file.mime_type)}


def examples_folder(beside: str) -> Path:
    """Return the folder `examples` beside a test file, given the file's `__file__`."""
    return Path(beside).parent / "examples"
