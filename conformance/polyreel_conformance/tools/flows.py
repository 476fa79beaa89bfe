"""Driving an adapter's flows by hand: what it would send, and what it makes of an answer.

Nothing here opens a connection. Where a flow wants an answer on its way, the vendor's
stand-in gives it, as values.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
from polyreel import (
    Account,
    Adapter,
    Flow,
    JobRef,
    MediaFile,
    ModelSpec,
    VideoRequest,
    WireRequest,
    WireResponse,
)
from polyreel.engine import Plan
from polyreel.engine.prepare import prepared, read_media
from polyreel.files import read_media as read_file
from polyreel.program import Effect, Program, ReadMedia, drive
from polyreel.sandbox import Call, StandIn
from pydantic import SecretStr

T = TypeVar("T")

KEY = "sk_conformance_0123456789"

MOST_REQUESTS = 10
"""More than any flow needs; a flow that asks for more would never end."""

Answer = Callable[[WireRequest], WireResponse]
Change = Callable[[dict[str, Any]], dict[str, Any]]


class NoNetwork:
    """Carries out nothing but reading bytes that are already here."""

    def perform(self, effect: Effect) -> Any:
        if isinstance(effect, ReadMedia):
            return read_file(effect.field_name, effect.kind, effect.media)
        raise AssertionError(f"an adapter asked for {type(effect).__name__}")


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
    """What submitting a request sends.

    Attributes:
        requests: In order.
        uploads: The files among it, by the URL that each is reached under afterwards.
    """

    requests: list[WireRequest] = field(default_factory=list)
    uploads: dict[str, bytes] = field(default_factory=dict)

    @property
    def paid(self) -> WireRequest:
        """The one request that costs money."""
        paid = [request for request in self.requests if request.spends]
        assert len(paid) == 1, f"exactly one request must be marked spends=True; {len(paid)} are"
        return paid[0]


def sent_for(plan: Plan, answer: Answer | None = None) -> Sent:
    """Return what submitting a plan would send, up to its paid request; nothing is sent.

    Args:
        plan: The request, the model and the adapter.
        answer: Answers free requests that come before the paid one, where there are any.
    """
    sent = Sent()
    flow = plan.adapter.submit(ready_request(plan, sent), plan.spec)
    sent.requests += up_to_the_paid(flow, answer or _no_answer)
    return sent


def up_to_the_paid(flow: Flow[JobRef], answer: Answer) -> list[WireRequest]:
    """Return what a submit asks for up to its paid request, which is not answered."""
    step = next(flow)
    asked = [step]
    while not step.spends and len(asked) < MOST_REQUESTS:
        step = flow.send(answer(step))
        asked.append(step)
    flow.close()
    return asked


def ready_request(plan: Plan, sent: Sent | None = None) -> VideoRequest:
    """Return a plan's request with local media inlined, or uploaded to nowhere.

    Args:
        plan: The request, the model and the adapter.
        sent: The uploads are added to it.
    """
    seen = Sent() if sent is None else sent

    def upload(name: str, file: MediaFile) -> Program[str]:
        flow = plan.adapter.upload(file)
        seen.requests.append(next(flow))
        flow.close()
        url = f"https://uploaded.invalid/{len(seen.uploads) + 1}/{file.filename}"
        seen.uploads[url] = file.data
        return url
        yield  # makes this a program, although it needs no effect

    def preparing() -> Program[VideoRequest]:
        files = yield from read_media(plan)
        return (yield from prepared(plan, files, upload))

    return drive(preparing(), NoNetwork())


def paid_request(plan: Plan) -> WireRequest:
    """Return the one request of a plan that costs money."""
    return sent_for(plan).paid


def _no_answer(request: WireRequest) -> WireResponse:
    raise AssertionError(
        f"the first request of `submit`, {request.method} {request.path}, is not marked spends=True"
    )


def run(flow: Flow[T], answer: Answer, seen: list[WireRequest] | None = None) -> T:
    """Return what a flow makes of the answers that it gets.

    Args:
        flow: Of an adapter.
        answer: Answers each of its requests.
        seen: Each request is added to it.
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
    raise AssertionError(f"the flow asks for more than {MOST_REQUESTS} requests")


def answered(flow: Flow[T], status: int, body: bytes, headers: dict[str, str] | None = None) -> T:
    """Return what a flow makes of one answer."""
    asked: list[WireRequest] = []
    value = run(
        flow, lambda _: WireResponse(status=status, body=body, headers=headers or {}), asked
    )
    assert len(asked) == 1, "the flow asks for more than its one request"
    return value


@dataclass(frozen=True)
class Line:
    """A stand-in at the other end of a flow, without a network.

    Attributes:
        stand_in: Answers.
        adapter: Whose credential every call shows, as the transport would.
        change: Changes each JSON answer before the flow gets it.
    """

    stand_in: StandIn
    adapter: type[Adapter]
    change: Change | None = None

    def __call__(self, request: WireRequest) -> WireResponse:
        """Return the stand-in's answer."""
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
            path=request.path.removeprefix(self.stand_in.address),
            headers={name.lower(): value for name, value in built.headers.items()},
            body=built.read(),
        )


def _multipart(file: MediaFile | None) -> dict[str, tuple[str, bytes, str]] | None:
    return None if file is None else {"file": (file.filename, file.data, file.mime_type)}


def examples_folder(beside: str) -> Path:
    """Return the folder `examples` beside a test file, given the file's `__file__`."""
    return Path(beside).parent / "examples"
