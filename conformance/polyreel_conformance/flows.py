"""Driving an adapter's flows by hand, as a test does."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from polyreel import Account, Adapter, Flow, ModelSpec, VideoRequest, WireRequest, WireResponse
from polyreel.engine import Plan, wire_requests
from polyreel.files import read_media
from polyreel.program import Effect, ReadMedia, drive
from pydantic import SecretStr

T = TypeVar("T")

KEY = "sk_conformance_0123456789"


class NoNetwork:
    """Carries out nothing but reading bytes that are already here."""

    def perform(self, effect: Effect) -> Any:
        if isinstance(effect, ReadMedia):
            return read_media(effect.field_name, effect.kind, effect.media)
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


def requests_of(plan: Plan) -> list[WireRequest]:
    """Return what submitting a plan would send; nothing is sent."""
    return drive(wire_requests(plan), NoNetwork())


def paid_request(plan: Plan) -> WireRequest:
    """Return the one request of a plan that costs money."""
    paid = [request for request in requests_of(plan) if request.spends]
    assert len(paid) == 1, f"exactly one request must be marked spends=True; {len(paid)} are"
    return paid[0]


def answered(flow: Flow[T], status: int, body: bytes) -> T:
    """Return what a flow makes of one answer."""
    next(flow)
    try:
        flow.send(WireResponse(status=status, body=body))
    except StopIteration as end:
        value: T = end.value
        return value
    raise AssertionError("the flow asks for more than its one request")


def examples_folder(beside: str) -> Path:
    """Return the folder `examples` beside a test file, given the file's `__file__`."""
    return Path(beside).parent / "examples"
