"""A toy provider: its adapter, a performer that follows a script, and a server on loopback."""

from __future__ import annotations

import json
import socket
import socketserver
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, ClassVar, Self

from pictures import picture
from polyreel import BadResponse, JobRef, PolyreelError, ProviderError, VideoRequest
from polyreel.adapters import (
    Account,
    Adapter,
    Billing,
    Charge,
    Flow,
    Frames,
    JobStatus,
    MediaFile,
    MediaLimit,
    ModelSpec,
    Output,
    PollTiming,
    Registry,
    Setting,
    State,
    UploadLimit,
    WireRequest,
    WireResponse,
    seconds,
)
from polyreel.adapters.registry import InstalledAdapter, Plugin
from polyreel.client.files import move_file
from polyreel.client.whole_files import check_file
from polyreel.engine.context import EngineContext, LiveJob
from polyreel.engine.effects import (
    CheckFile,
    Claim,
    ClosePart,
    Download,
    Effect,
    FindPart,
    MoveFile,
    Notify,
    OpenJob,
    PauseRequests,
    Persist,
    ReadJobs,
    ReadMedia,
    Release,
    Send,
    Sleep,
    TakeTurn,
)
from polyreel.engine.plan import Plan
from polyreel.jobs import JobRecord, Stage, Timeline
from polyreel.jobs.journal.interface import Claimed, Opened, Opening
from polyreel.request.local_media import read_media
from polyreel_conformance import ManualClock
from pydantic import SecretStr
from tiny_videos import mp4

KEY = "sk_toy_51f0c2d9a7e84b36"
ADDRESS = "https://api.toy.example/v1"
TASK = "task-0001"
VIDEO = mp4()
PNG = picture("PNG")
PROMPT = "A kite over the dunes"

SPEC = ModelSpec(
    name="video",
    durations=seconds(4, 15),
    aspect_ratios=("16:9", "9:16"),
    resolutions=("720p",),
    frames=frozenset(Frames),
    images=MediaLimit(forms=frozenset({"url", "upload"}), maximum=4),
    settings={"seed": Setting()},
    billing=Billing(unit="task", name="video"),
    source="https://docs.toy.example/video",
    checked=date(2026, 1, 1),
)


class ToyAdapter(Adapter):
    """Translates for a provider that does not exist."""

    contract_version = 3
    name = "toy"
    title = "Toy Videos"
    base_url = ADDRESS
    key_variable = "TOY_API_KEY"
    base_url_variable = "TOY_BASE_URL"
    models = (SPEC,)
    states: ClassVar[Mapping[str, State]] = {
        "waiting": State.QUEUED,
        "working": State.RUNNING,
        "done": State.SUCCEEDED,
        "failed": State.FAILED,
        "canceled": State.CANCELED,
        "expired": State.EXPIRED,
    }
    upload_limit = UploadLimit(
        maximum_bytes=1000,
        mime_types=frozenset({"image/png"}),
        source="https://docs.toy.example/files",
    )
    poll_timing = PollTiming(first=10.0, gap=8.0, floor=1.0)
    error_codes: ClassVar[Mapping[str, type[ProviderError]]] = {}

    def submit(self, request: VideoRequest, model: ModelSpec) -> Flow[JobRef]:
        response = yield self.paid_request(request)
        return self.job(self.read(response).get("id"), model)

    def poll(self, job: JobRef) -> Flow[JobStatus]:
        response = yield WireRequest(method="GET", path=f"/videos/{job.task_id}")
        body = self.read(response)
        word = str(body.get("status"))
        state, is_documented = self.state(word)
        url, cost = body.get("url"), body.get("cost")
        return JobStatus(
            state=state,
            raw_state=word,
            is_documented=is_documented,
            outputs=(Output(url=url),) if url else (),
            failure=body.get("reason"),
            failure_code=body.get("code"),
            charge=None if cost is None else Charge(amount=Decimal(cost), unit="marbles"),
        )

    def upload(self, file: MediaFile) -> Flow[str]:
        response = yield WireRequest(method="POST", path="/files", file=file)
        return str(self.read(response)["url"])

    def paid_request(self, request: VideoRequest) -> WireRequest:
        body: dict[str, Any] = {"prompt": request.prompt, "duration": request.duration}
        frames = [each for each in (request.first_frame, request.last_frame) if each is not None]
        if frames:
            body["frames"] = [each.wire_value for each in frames]
        if request.reference_images:
            body["images"] = [each.wire_value for each in request.reference_images]
        return WireRequest(method="POST", path="/videos", json=body, spends=True)

    def read(self, response: WireResponse) -> dict[str, Any]:
        try:
            body = response.json_object()
        except BadResponse:
            if response.ok:
                raise
            raise self.refuse(response, response.body.decode("utf-8", "replace")) from None
        if not response.ok or "error" in body:
            kind = self.error_codes.get(str(body.get("code"))) if response.ok else None
            raise self.refuse(response, body.get("error"), code=body.get("code"), kind=kind)
        return body


class TinAdapter(ToyAdapter):
    """The same toy from another provider, to fall back to; its videos are shorter."""

    contract_version = 3
    name = "tin"
    title = "Tin Videos"
    base_url = "https://api.tin.example/v1"
    key_variable = "TOY_TIN_API_KEY"
    models = (replace(SPEC, durations=seconds(4, 10)),)
    base_url_variable = "TOY_TIN_BASE_URL"


def registry_of(*adapters: type[Adapter]) -> Registry:
    """Return a registry that holds just these adapters."""
    registry = Registry([])
    for adapter in adapters:
        plugin = Plugin(adapter.name, "under test")
        registry.adapters[adapter.name] = InstalledAdapter(adapter, plugin)
    return registry


def account_at(base_url: str = ADDRESS, key: str | None = KEY, **more: Any) -> Account:
    """Return the toy's account at an address."""
    return Account(
        provider=ToyAdapter.name,
        base_url=base_url,
        credential=ToyAdapter.credential,
        key=None if key is None else SecretStr(key),
        key_variable=ToyAdapter.key_variable,
        **more,
    )


def plan_for(adapter: Adapter | None = None, account: Account | None = None, **fields: Any) -> Plan:
    """Return a plan for the toy's model; `fields` go into the request."""
    return Plan(
        request=VideoRequest(**{"prompt": PROMPT, **fields}),
        adapter=adapter or ToyAdapter(),
        spec=SPEC,
        account=account or account_at(),
    )


def context_at(clock: ManualClock, chance: float = 0.5, **more: Any) -> EngineContext:
    """Return a context in which every random number is the same."""
    return EngineContext(clock=clock, random=lambda: chance, **more)


def ref_at(base_url: str | None = ADDRESS) -> JobRef:
    """Return the handle of the toy's task."""
    return JobRef(provider=ToyAdapter.name, model=SPEC.name, task_id=TASK, base_url=base_url)


def accepted_at(clock: ManualClock, status: JobStatus | None = None) -> LiveJob:
    """Return a job that this process submitted just now."""
    resumed = resumed_job(status)
    timeline = Timeline(submitted_at=clock.now(), accepted_at=clock.now())
    return LiveJob(replace(resumed.record, timeline=timeline))


def resumed_job(status: JobStatus | None = None, base_url: str | None = ADDRESS) -> LiveJob:
    """Return a job that another process submitted, some time ago."""
    return LiveJob(
        JobRecord(
            id="0123456789abcdef",
            model=f"{ToyAdapter.name}/{SPEC.name}",
            stage=Stage.ACCEPTED,
            ref=ref_at(base_url),
            status=status,
        )
    )


def finished(url: str) -> JobStatus:
    """Return the status of a job whose video lies at a URL."""
    return JobStatus(state=State.SUCCEEDED, raw_state="done", outputs=(Output(url=url),))


def answer(status: int = 200, body: object = b"", **headers: str) -> WireResponse:
    """Return an answer; a body that is not bytes becomes JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return WireResponse(status=status, headers=named, body=data)


Scripted = WireResponse | BaseException | Callable[[Send], WireResponse]


class OutOfScript(BaseException):
    """More was sent than the script has answers for. No program catches this."""


class Script:
    """A performer that answers by a script, with files and sleeps as they would be.

    Attributes:
        effects: Everything that was asked for, in order.
        clock: Moved on by every sleep.
    """

    def __init__(
        self,
        *answers: Scripted,
        then: Scripted | None = None,
        clock: ManualClock | None = None,
    ) -> None:
        self.effects: list[Effect] = []
        self.clock = clock or ManualClock()
        self._answers = list(answers)
        self._then = then

    def perform(self, effect: Effect) -> Any:
        self.effects.append(effect)
        match effect:
            case Send():
                return self._answer(effect)
            case CheckFile(path, kind, with_digest):
                return check_file(path, kind, with_digest=with_digest)
            case Sleep(duration):
                return self.clock.sleep(duration)
            case ReadMedia(field_name, kind, media, conversion):
                return read_media(field_name, kind, media, conversion)
            case MoveFile(source, target, size):
                return move_file(source, target, size)
            case FindPart() | ClosePart() | Notify() | Release() | PauseRequests():
                return None
            case OpenJob(intent):
                return Opened(outcome=Opening.NEW, record=intent.record)
            case Persist():
                return True
            case ReadJobs():
                return []
            case Claim():
                return Claimed(is_ours=True)
            case TakeTurn():
                return 0.0
            case Download():
                raise OutOfScript(f"{type(effect).__name__} stands in no script")

    @property
    def sends(self) -> list[WireRequest]:
        """Every request that was sent."""
        return [effect.request for effect in self.effects if isinstance(effect, Send)]

    @property
    def paid(self) -> list[WireRequest]:
        """Those that cost money."""
        return [request for request in self.sends if request.spends]

    @property
    def records(self) -> list[JobRecord]:
        """What observers were told."""
        return [effect.record for effect in self.effects if isinstance(effect, Notify)]

    @property
    def stages(self) -> list[Stage]:
        """The stages that observers were told of, each once in a row."""
        return in_order(record.stage for record in self.records)

    def _answer(self, effect: Send) -> WireResponse:
        scripted = self._answers.pop(0) if self._answers else self._then
        if scripted is None:
            raise OutOfScript(f"nothing is scripted for {effect.request.path}")
        if isinstance(scripted, BaseException):
            raise scripted
        return scripted(effect) if callable(scripted) else scripted


def in_order(stages: Iterable[Stage]) -> list[Stage]:
    """Return the stages without repetitions in a row."""
    seen: list[Stage] = []
    for stage in stages:
        if seen[-1:] != [stage]:
            seen.append(stage)
    return seen


def everything_said(error: PolyreelError) -> str:
    """Return all that an error shows of itself."""
    return f"{error!s} {error!r} {json.dumps(error.facts())}"


@dataclass(frozen=True, kw_only=True)
class Arrived:
    """A request as it reached a loopback server; connections are counted from 1."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    connection: int


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What a loopback server answers.

    Attributes:
        cut: Bytes of the body after which it hangs up; -1 for no answer at all.
        chunked: Whether the length is left out of the headers.
        stalls: Nothing is answered before this is set.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    chunked: bool = False
    stalls: threading.Event | None = None


class LoopbackServer:
    """A real HTTP server on 127.0.0.1, for as long as it is open.

    Attributes:
        arrived: Every request that reached it.
    """

    def __init__(self, answer: Callable[[Arrived], Answered] | Answered) -> None:
        self.answer = answer
        self.arrived: list[Arrived] = []
        self.connections: list[socket.socket] = []
        handler = type("_BoundHandler", (_Handler,), {"owner": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self.port: int = self._server.server_address[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        for connection in self.connections:
            _hang_up(connection)
        self._server.server_close()

    def answered(self, arrived: Arrived) -> Answered:
        """Return what is answered to a request."""
        self.arrived.append(arrived)
        return self.answer(arrived) if callable(self.answer) else self.answer


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    request_queue_size = 32

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients here go away in the middle on purpose."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10  # bounds a test whose client never hangs up
    wbufsize = -1  # one write for one answer, so that no test waits for a delayed ACK
    owner: ClassVar[LoopbackServer]

    def setup(self) -> None:
        super().setup()
        self.owner.connections.append(self.connection)
        self.number = len(self.owner.connections)

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing."""

    def _serve(self) -> None:
        arrived = Arrived(
            method=self.command,
            path=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(self.headers.get("content-length", "0"))),
            connection=self.number,
        )
        answered = self.owner.answered(arrived)
        if answered.stalls is not None:
            answered.stalls.wait(self.timeout)
        if answered.cut == -1:
            self._end()
            return
        self.send_response(answered.status)
        for name, value in answered.headers.items():
            self.send_header(name, value)
        if answered.chunked:
            self.send_header("transfer-encoding", "chunked")
        else:
            self.send_header("content-length", str(len(answered.body)))
        self.end_headers()
        body = answered.body[: answered.cut]
        if answered.chunked:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(body), body))
            if answered.cut is None:
                self.wfile.write(b"0\r\n\r\n")
        else:
            self.wfile.write(body)
        if answered.cut is not None:
            self._end()

    def _end(self) -> None:
        self.wfile.flush()
        self.close_connection = True
        _hang_up(self.connection)


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the other side was first
