"""What each answer to the one paid request means for the user's money."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from polyreel import (
    AuthenticationFailed,
    BadResponse,
    ContentBlocked,
    InsufficientBalance,
    InvalidRequest,
    JobFailed,
    JobRef,
    Media,
    MediaUnreadable,
    MissingKey,
    NotFound,
    PluginError,
    PolyreelError,
    ProviderUnavailable,
    RateLimited,
    SubmitUnknown,
    TransportError,
    UsageError,
    VideoRequest,
)
from polyreel.adapters import Flow, MediaFile, ModelSpec, WireRequest, WireResponse
from polyreel.client.drivers import drive
from polyreel.engine.context import LiveJob
from polyreel.engine.effects import Effect, Notify, OpenJob, Persist, Send
from polyreel.engine.plan import Plan
from polyreel.engine.submit import submit
from polyreel.jobs import Stage
from toy_adapter import (
    ADDRESS,
    KEY,
    PNG,
    SPEC,
    TASK,
    Script,
    Scripted,
    ToyAdapter,
    account_at,
    answer,
    context_at,
    everything_said,
    plan_for,
)

ACCEPTED = answer(200, {"id": TASK})
GATEWAY_PAGE = b"<html><body>Bad gateway</body></html>"
Reading = Callable[[ToyAdapter, WireResponse], Any]


def toy_that_reads(reading: Reading) -> ToyAdapter:
    """Return an adapter that pays and then reads the answer in a way of its own."""

    class Peculiar(ToyAdapter):
        def submit(self, request: VideoRequest, model: ModelSpec) -> Flow[JobRef]:
            response = yield self.paid_request(request)
            value: JobRef = reading(self, response)
            return value

    return Peculiar()


def raising(error: Exception) -> Reading:
    """Return a reading that ends in an error, whatever the answer."""

    def read(adapter: ToyAdapter, response: WireResponse) -> Any:
        raise error

    return read


def with_id(task_id: object) -> Reading:
    """Return a reading that takes this for the task id."""
    return lambda adapter, response: adapter.job(task_id, SPEC)


def as_documented(adapter: ToyAdapter, response: WireResponse) -> Any:
    """Read the answer as the toy's documents say."""
    return adapter.job(adapter.read(response).get("id"), SPEC)


class PaysTwice(ToyAdapter):
    """Sends the paid request again when it does not like the answer, as many clients do."""

    def submit(self, request: VideoRequest, model: ModelSpec) -> Flow[JobRef]:
        yield self.paid_request(request)
        response = yield self.paid_request(request)
        return self.job(self.read(response).get("id"), model)


class PollsAfterPaying(ToyAdapter):
    """Asks for something free once it has paid."""

    def submit(self, request: VideoRequest, model: ModelSpec) -> Flow[JobRef]:
        yield self.paid_request(request)
        response = yield WireRequest(method="GET", path="/videos/newest")
        return self.job(self.read(response).get("id"), model)


class NeverPays(ToyAdapter):
    """Hands out a job that nobody ordered."""

    def submit(self, request: VideoRequest, model: ModelSpec) -> Flow[JobRef]:
        yield WireRequest(method="GET", path="/videos/newest")
        return self.job(TASK, model)


class AsksFirst(ToyAdapter):
    """Asks for something free before it pays."""

    def submit(self, request: VideoRequest, model: ModelSpec) -> Flow[JobRef]:
        self.read((yield WireRequest(method="GET", path="/balance")))
        response = yield self.paid_request(request)
        return self.job(self.read(response).get("id"), model)


class PaysForUploads(ToyAdapter):
    """Marks its upload as the request that costs money."""

    def upload(self, file: MediaFile) -> Flow[str]:
        yield WireRequest(method="POST", path="/files", file=file, spends=True)
        return "https://files.toy.example/1"


class CanNotRead(ToyAdapter):
    """Trips over the answer to an upload."""

    def upload(self, file: MediaFile) -> Flow[str]:
        response = yield WireRequest(method="POST", path="/files", file=file)
        return str(response.json_object()["data"]["url"])


@dataclass(frozen=True)
class Cell:
    """One answer read in one way, and what it must mean; `expected` None is an accepted job."""

    name: str
    answers: tuple[Scripted, ...]
    expected: type[PolyreelError] | None
    adapter: ToyAdapter

    @property
    def stage(self) -> Stage:
        if self.expected is None:
            return Stage.ACCEPTED
        return Stage.UNKNOWN if self.expected is SubmitUnknown else Stage.REJECTED


REFUSALS: dict[int, type[PolyreelError]] = {
    400: InvalidRequest,
    401: AuthenticationFailed,
    402: InsufficientBalance,
    403: AuthenticationFailed,
    404: NotFound,
    405: InvalidRequest,
    413: InvalidRequest,
    415: InvalidRequest,
    422: InvalidRequest,
    429: RateLimited,
}
DOUBTS = (302, 408, 409, 425, 500, 501, 502, 503, 504, 529)
READINGS: dict[str, Reading] = {
    "read as documented": as_documented,
    "adapter breaks": raising(KeyError("data")),
    "adapter takes it for a usage error": raising(UsageError("no")),
    "adapter takes it for a network error": raising(TransportError("no", sent=False)),
    "adapter takes it for a refusal": raising(InvalidRequest("no")),
}
BODY_REFUSALS = (
    AuthenticationFailed,
    ContentBlocked,
    InsufficientBalance,
    InvalidRequest,
    NotFound,
    RateLimited,
)
NOT_REFUSALS: tuple[Exception, ...] = (
    BadResponse("unreadable"),
    ProviderUnavailable("code -1"),
    PluginError("a bug"),
    UsageError("a bug"),
    JobFailed("a bug"),
    TransportError("a bug", sent=False),
    KeyError("data"),
    ValueError("no number"),
    RecursionError("deep"),
)


def _cells() -> list[Cell]:
    toy = ToyAdapter()
    cells = [
        Cell("200 with a task id", (ACCEPTED,), None, toy),
        Cell("201 with a task id", (answer(201, {"id": TASK}),), None, toy),
        Cell("free question first", (answer(200, {}), ACCEPTED), None, AsksFirst()),
        Cell("200 and a page", (answer(200, GATEWAY_PAGE),), SubmitUnknown, toy),
        Cell("200 and nothing", (answer(200),), SubmitUnknown, toy),
        Cell("200 and a list", (answer(200, [TASK]),), SubmitUnknown, toy),
        Cell("200 without an id", (answer(200, {}),), SubmitUnknown, toy),
        Cell(
            "not connected",
            (TransportError("refused", sent=False), ACCEPTED),
            TransportError,
            toy,
        ),
        Cell(
            "cut off on the way", (TransportError("reset", sent=True), ACCEPTED), SubmitUnknown, toy
        ),
        Cell("answer too large", (BadResponse("too large"), ACCEPTED), SubmitUnknown, toy),
        Cell("pays twice after 200", (ACCEPTED, ACCEPTED), SubmitUnknown, PaysTwice()),
        Cell("pays twice after 500", (answer(500), ACCEPTED), SubmitUnknown, PaysTwice()),
        Cell("pays twice after 429", (answer(429), ACCEPTED), RateLimited, PaysTwice()),
        Cell(
            "free look breaks off after paying",
            (ACCEPTED, TransportError("refused", sent=False)),
            SubmitUnknown,
            PollsAfterPaying(),
        ),
    ]
    for status, kind in REFUSALS.items():
        refused = (answer(status, {"error": "no"}), ACCEPTED)
        cells.append(Cell(f"{status} with a reason", refused, kind, toy))
        paged = (answer(status, GATEWAY_PAGE), ACCEPTED)
        cells.append(Cell(f"{status} with a page", paged, kind, toy))
        broken = toy_that_reads(raising(KeyError("data")))
        cells.append(Cell(f"{status}, adapter breaks", refused, kind, broken))
    for status in DOUBTS:
        doubtful = (answer(status, {"error": "no"}), ACCEPTED)
        for name, reading in READINGS.items():
            adapter = toy_that_reads(reading)
            cells.append(Cell(f"{status}, {name}", doubtful, SubmitUnknown, adapter))
    for refusal in BODY_REFUSALS:
        adapter = toy_that_reads(raising(refusal("no")))
        cells.append(Cell(f"200 that says {refusal.__name__}", (ACCEPTED,), refusal, adapter))
    for error in NOT_REFUSALS:
        adapter = toy_that_reads(raising(error))
        name = f"200, adapter raises {type(error).__name__}"
        cells.append(Cell(name, (ACCEPTED, ACCEPTED), SubmitUnknown, adapter))
    for task_id in ("", "  ", None, 0, -7, 7.5, True, ["x"]):
        adapter = toy_that_reads(with_id(task_id))
        cells.append(Cell(f"200 with the id {task_id!r}", (ACCEPTED,), SubmitUnknown, adapter))
    return cells


CELLS = _cells()
every_cell = pytest.mark.parametrize("cell", CELLS, ids=[cell.name for cell in CELLS])


def run(script: Script, plan: Plan) -> JobRef:
    """Submit a plan by a script."""
    return drive(submit(context_at(script.clock), plan, LiveJob()), script)


def failure_of(script: Script, plan: Plan) -> PolyreelError:
    """Return the error that submitting ends in."""
    with pytest.raises(PolyreelError) as raised:
        run(script, plan)
    return raised.value


@every_cell
def test_an_answer_means_for_the_money_what_it_must(cell: Cell) -> None:
    script = Script(*cell.answers)
    plan = plan_for(cell.adapter)
    if cell.expected is None:
        assert run(script, plan).task_id == TASK
    else:
        assert type(failure_of(script, plan)) is cell.expected


@every_cell
def test_one_call_sends_one_paid_request_at_most(cell: Cell) -> None:
    script = Script(*cell.answers, then=ACCEPTED)
    with suppress(PolyreelError):
        run(script, plan_for(cell.adapter))
    assert len(script.paid) == 1


@every_cell
def test_observers_are_reported_how_the_submit_ended(cell: Cell) -> None:
    script = Script(*cell.answers)
    with suppress(PolyreelError):
        run(script, plan_for(cell.adapter))
    assert script.stages == [Stage.INTENT, Stage.SENDING, cell.stage]


@pytest.mark.parametrize(
    "sent",
    [answer(400, {"error": "no"}), answer(500), TransportError("refused", sent=False)],
    ids=["refused", "unknown", "not connected"],
)
def test_observers_are_reported_the_error_that_the_caller_gets(sent: Scripted) -> None:
    script = Script(sent)
    error = failure_of(script, plan_for())
    assert script.records[-1].error is error


@every_cell
def test_the_intent_is_reported_before_the_paid_request_leaves(cell: Cell) -> None:
    script = Script(*cell.answers)
    with suppress(PolyreelError):
        run(script, plan_for(cell.adapter))
    sent = next(n for n, each in enumerate(script.effects) if _is_paid(each))
    reported = script.effects[sent - 1]
    assert isinstance(reported, (Notify, Persist))
    assert reported.record.stage is Stage.SENDING
    assert reported.record.timeline.submitted_at is not None


@pytest.mark.parametrize("status", [400, 401, 402, 404, 429])
def test_a_refused_free_request_after_paying_leaves_a_doubt(status: int) -> None:
    # The paid request was accepted; what is refused later takes no task back.
    script = Script(ACCEPTED, answer(status, {"error": "no"}))
    assert type(failure_of(script, plan_for(PollsAfterPaying()))) is SubmitUnknown


def test_an_adapter_that_returns_nothing_after_paying_leaves_a_doubt() -> None:
    script = Script(ACCEPTED)
    adapter = toy_that_reads(lambda adapter, response: None)
    assert type(failure_of(script, plan_for(adapter))) is SubmitUnknown


def test_an_adapter_that_hands_out_a_job_without_paying_is_called_broken() -> None:
    script = Script(ACCEPTED)
    assert type(failure_of(script, plan_for(NeverPays()))) is PluginError
    assert script.paid == []


def test_a_job_whose_payment_was_not_marked_is_not_lost() -> None:
    # The provider answered with a task, so somebody pays for it.
    assert failure_of(Script(ACCEPTED), plan_for(NeverPays())).job is not None


def test_an_adapter_that_breaks_before_paying_is_called_broken() -> None:
    script = Script(answer(200, {"error": "x"}), ACCEPTED)

    class Breaks(ToyAdapter):
        def submit(self, request: VideoRequest, model: ModelSpec) -> Flow[JobRef]:
            response = yield WireRequest(method="GET", path="/balance")
            raise KeyError(response.json_object()["balance"])

    assert type(failure_of(script, plan_for(Breaks()))) is PluginError
    assert script.paid == []


def test_an_adapter_whose_submit_is_no_generator_is_called_broken() -> None:
    class Breaks(ToyAdapter):
        def submit(self, request: VideoRequest, model: ModelSpec) -> Flow[JobRef]:
            raise KeyError("prompt")

    assert type(failure_of(Script(), plan_for(Breaks()))) is PluginError


def test_a_refused_free_question_before_paying_costs_nothing() -> None:
    script = Script(answer(402, {"error": "empty"}), ACCEPTED)
    assert type(failure_of(script, plan_for(AsksFirst()))) is InsufficientBalance
    assert script.paid == []


def test_an_intent_that_can_not_be_written_down_sends_nothing() -> None:
    script = FullDisk(ACCEPTED)
    with pytest.raises((OSError, PolyreelError)):
        run(script, plan_for())
    assert script.paid == []


def test_an_intent_that_can_not_be_written_down_leaves_no_doubt_about_the_money() -> None:
    with pytest.raises((OSError, PolyreelError)) as raised:
        run(FullDisk(ACCEPTED), plan_for())
    assert not isinstance(raised.value, SubmitUnknown)


class FullDisk(Script):
    """A performer that can't write down that the paid request is about to leave."""

    def perform(self, effect: Effect) -> Any:
        if isinstance(effect, (Notify, Persist)) and effect.record.stage is Stage.SENDING:
            raise OSError(28, "No space left on device")
        return super().perform(effect)


def test_an_interrupt_while_paying_is_passed_on_and_nothing_is_sent_again() -> None:
    script = Script(KeyboardInterrupt(), then=ACCEPTED)
    with pytest.raises(KeyboardInterrupt):
        run(script, plan_for())
    assert len(script.paid) == 1


def test_an_interrupt_while_paying_leaves_the_job_noted_as_unknown() -> None:
    script = Script(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        run(script, plan_for())
    assert script.records[-1].stage is Stage.UNKNOWN
    assert isinstance(script.records[-1].error, SubmitUnknown)


def test_an_interrupt_before_paying_leaves_the_job_noted_as_not_sent() -> None:
    script = Script(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        run(script, plan_for(ToyAdapter(), first_frame=Media(data=PNG, mime_type="image/png")))
    assert script.paid == []
    assert script.records[-1].stage is Stage.REJECTED


def test_an_interrupt_while_the_intent_is_written_leaves_no_intent_behind() -> None:
    class Interrupted(Script):
        def perform(self, effect: Effect) -> Any:
            if isinstance(effect, OpenJob):
                self.effects.append(effect)
                raise KeyboardInterrupt
            return super().perform(effect)

    script = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        run(script, plan_for())
    assert (script.paid, script.records[-1].stage) == ([], Stage.REJECTED)


def test_a_row_that_is_no_longer_ours_sends_nothing() -> None:
    script = Overtaken(ACCEPTED)
    with pytest.raises(UsageError, match="no longer belongs to this process"):
        run(script, plan_for())
    assert script.paid == []


class Overtaken(Script):
    """A performer whose journal was told meanwhile that this process is gone."""

    def perform(self, effect: Effect) -> Any:
        done = super().perform(effect)
        is_sending = isinstance(effect, Persist) and effect.record.stage is Stage.SENDING
        return False if is_sending else done


def test_advice_to_try_again_stands_in_no_unknown_outcome() -> None:
    error = failure_of(Script(answer(500, {"error": "oops"})), plan_for())
    assert "try again" not in error.message.lower()


def test_an_accepted_job_remembers_the_address_that_took_it() -> None:
    assert run(Script(ACCEPTED), plan_for()).base_url == ADDRESS


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("provider", "toy"),
        ("http_status", 429),
        ("vendor_code", "E7"),
        ("request_id", "req-1"),
        ("retry_after", 7.0),
    ],
)
def test_a_refusal_carries_what_the_provider_said(field: str, value: object) -> None:
    refused = answer(429, {"error": "slow", "code": "E7"}, retry_after="7", x_request_id="req-1")
    assert getattr(failure_of(Script(refused), plan_for()), field) == value


@pytest.mark.parametrize(("field", "value"), [("provider", "toy"), ("http_status", 500)])
def test_an_unknown_outcome_carries_what_is_known(field: str, value: object) -> None:
    failed = answer(500, {"error": "oops"})
    assert getattr(failure_of(Script(failed), plan_for()), field) == value


def test_an_unknown_outcome_says_that_it_is_not_sent_again() -> None:
    error = failure_of(Script(answer(500, {"error": "oops"})), plan_for())
    assert "It will not be sent again" in error.message


# Nothing is sent


def test_without_a_key_nothing_is_sent() -> None:
    script = Script(ACCEPTED)
    error = failure_of(script, plan_for(account=account_at(key=None)))
    assert type(error) is MissingKey
    assert script.effects == []


@pytest.mark.parametrize(
    "content",
    [None, b"", b"just text", b"\x00\x00\x00\x18ftypmp42" + bytes(40), PNG + bytes(2000)],
    ids=["no such file", "empty", "text", "a video", "larger than the upload takes"],
)
def test_with_media_that_can_not_be_sent_nothing_is_sent(
    content: bytes | None, tmp_path: Path
) -> None:
    image = tmp_path / "image"
    if content is not None:
        image.write_bytes(content)
    script = Script(ACCEPTED)
    error = failure_of(script, plan_for(reference_images=[image]))
    assert type(error) is MediaUnreadable
    assert script.sends == []


def test_a_second_medium_that_can_not_be_read_costs_nothing(tmp_path: Path) -> None:
    script = Script(uploaded(1), ACCEPTED)
    error = failure_of(
        script, plan_for(reference_images=[image_in(tmp_path), tmp_path / "missing.png"])
    )
    assert type(error) is MediaUnreadable
    assert script.paid == []


# Uploads


def image_in(folder: Path, name: str = "image.png", more: bytes = b"") -> Path:
    """Return the path of a small image."""
    path = folder / name
    path.write_bytes(PNG + more)
    return path


def uploaded(number: int) -> WireResponse:
    """Return the answer to an upload."""
    return answer(200, {"url": f"https://files.toy.example/{number}.png"})


@pytest.mark.parametrize(
    "trouble",
    [
        answer(500, GATEWAY_PAGE),
        answer(502, GATEWAY_PAGE),
        answer(503, {"error": "busy"}),
        answer(429, {"error": "slow"}),
        answer(200, GATEWAY_PAGE),
        TransportError("refused", sent=False),
        TransportError("reset", sent=True),
    ],
    ids=["500", "502", "503", "429", "a page", "not connected", "cut off"],
)
def test_an_upload_is_sent_again_after_trouble_that_passes(
    trouble: Scripted, tmp_path: Path
) -> None:
    script = Script(trouble, trouble, uploaded(1), ACCEPTED)
    run(script, plan_for(reference_images=[image_in(tmp_path)]))
    assert [request.path for request in script.sends] == ["/files", "/files", "/files", "/videos"]


def test_an_upload_that_never_succeeds_costs_nothing(tmp_path: Path) -> None:
    script = Script(then=answer(503, {"error": "busy"}))
    error = failure_of(script, plan_for(reference_images=[image_in(tmp_path)]))
    assert type(error) is ProviderUnavailable
    assert script.paid == []


def test_an_upload_that_never_succeeds_is_given_up(tmp_path: Path) -> None:
    script = Script(then=answer(503, {"error": "busy"}))
    failure_of(script, plan_for(reference_images=[image_in(tmp_path)]))
    assert len(script.sends) == 4


def test_an_upload_that_is_refused_is_not_sent_again(tmp_path: Path) -> None:
    script = Script(answer(413, {"error": "large"}), uploaded(1), ACCEPTED)
    error = failure_of(script, plan_for(reference_images=[image_in(tmp_path)]))
    assert type(error) is InvalidRequest
    assert len(script.sends) == 1


def test_a_failed_upload_is_reported_to_observers_as_the_end(tmp_path: Path) -> None:
    script = Script(answer(413, {"error": "large"}))
    error = failure_of(script, plan_for(reference_images=[image_in(tmp_path)]))
    assert script.records[-1].error is error


def test_the_pauses_between_uploads_grow(tmp_path: Path) -> None:
    script = Script(then=answer(503, {"error": "busy"}))
    failure_of(script, plan_for(reference_images=[image_in(tmp_path)]))
    assert script.clock.slept == [1.0, 2.0, 4.0]


def test_a_provider_that_says_when_to_upload_again_is_believed(tmp_path: Path) -> None:
    script = Script(answer(429, {"error": "slow"}, retry_after="42"), uploaded(1), ACCEPTED)
    run(script, plan_for(reference_images=[image_in(tmp_path)]))
    assert script.clock.slept == [42.0]


def test_a_file_used_twice_is_uploaded_once(tmp_path: Path) -> None:
    image = image_in(tmp_path)
    script = Script(uploaded(1), ACCEPTED)
    run(script, plan_for(first_frame=image, last_frame=image))
    assert [request.path for request in script.sends] == ["/files", "/videos"]


def test_a_file_used_twice_stands_in_both_places(tmp_path: Path) -> None:
    image = image_in(tmp_path)
    script = Script(uploaded(1), ACCEPTED)
    run(script, plan_for(first_frame=image, last_frame=image))
    url = "https://files.toy.example/1.png"
    assert (script.paid[0].json or {})["frames"] == [url, url]


def test_two_files_are_uploaded_each_in_its_place(tmp_path: Path) -> None:
    images = [image_in(tmp_path, "1.png"), image_in(tmp_path, "2.png", b"2")]
    script = Script(uploaded(1), uploaded(2), ACCEPTED)
    run(script, plan_for(reference_images=images))
    expected = ["https://files.toy.example/1.png", "https://files.toy.example/2.png"]
    assert (script.paid[0].json or {})["images"] == expected


def test_an_upload_that_is_marked_as_paid_is_not_sent(tmp_path: Path) -> None:
    script = Script(then=uploaded(1))
    plan = plan_for(PaysForUploads(), reference_images=[image_in(tmp_path)])
    assert type(failure_of(script, plan)) is PluginError
    assert script.sends == []


def test_an_adapter_that_trips_over_an_upload_is_called_broken(tmp_path: Path) -> None:
    script = Script(uploaded(1), ACCEPTED)
    plan = plan_for(CanNotRead(), reference_images=[image_in(tmp_path)])
    assert type(failure_of(script, plan)) is PluginError


# The key

ECHO = f"the key {KEY} is not known"
ECHOES: dict[str, tuple[Scripted, ToyAdapter]] = {
    "in a refusal": (answer(401, {"error": ECHO}), ToyAdapter()),
    "in a refusal's page": (answer(403, ECHO.encode()), ToyAdapter()),
    "in a failure": (answer(500, {"error": ECHO}), ToyAdapter()),
    "in a 200 that is no JSON": (answer(200, ECHO.encode()), ToyAdapter()),
    "in a 200 that refuses": (
        answer(200, {"error": ECHO}),
        toy_that_reads(raising(AuthenticationFailed(ECHO))),
    ),
    "in what an adapter raises": (ACCEPTED, toy_that_reads(raising(KeyError(ECHO)))),
    "in what an adapter raises of ours": (ACCEPTED, toy_that_reads(raising(PluginError(ECHO)))),
    "in what the network says": (TransportError(ECHO, sent=True), ToyAdapter()),
    "in why nothing was sent": (TransportError(ECHO, sent=False), ToyAdapter()),
}
every_echo = pytest.mark.parametrize(("echo", "adapter"), list(ECHOES.values()), ids=list(ECHOES))


@every_echo
def test_a_key_that_is_echoed_is_in_no_error(echo: Scripted, adapter: ToyAdapter) -> None:
    assert KEY not in everything_said(failure_of(Script(echo), plan_for(adapter)))


@every_echo
def test_a_key_that_is_echoed_is_in_no_traceback(echo: Scripted, adapter: ToyAdapter) -> None:
    error = failure_of(Script(echo), plan_for(adapter))
    # What `logging.exception` writes and an uncaught error prints: causes included.
    assert KEY not in "".join(traceback.format_exception(error))


@every_echo
def test_a_key_that_is_echoed_is_reported_to_no_observer(
    echo: Scripted, adapter: ToyAdapter
) -> None:
    script = Script(echo)
    failure_of(script, plan_for(adapter))
    assert KEY not in str([record.facts() for record in script.records])


def test_a_key_that_an_upload_echoes_is_in_no_error(tmp_path: Path) -> None:
    script = Script(answer(401, {"error": ECHO}))
    error = failure_of(script, plan_for(reference_images=[image_in(tmp_path)]))
    assert KEY not in everything_said(error)


@pytest.mark.parametrize(
    "echo",
    [
        answer(200, b"x" * 65 + b" " + KEY.encode()),
        answer(401, {"error": "slow " * 117 + KEY}),
    ],
    ids=["at the end of the excerpt", "at the end of a long message"],
)
def test_no_part_of_an_echoed_key_is_left_where_a_message_is_cut(echo: Scripted) -> None:
    error = failure_of(Script(echo), plan_for())
    assert KEY[:10] not in everything_said(error)


@pytest.mark.parametrize("key", ["1", "task", "0001"])
def test_a_short_key_garbles_no_task_id(key: str) -> None:
    # Sandboxes take any key, and a garbled id is a paid job that nobody finds again.
    plan = plan_for(account=account_at(key=key))
    assert run(Script(ACCEPTED), plan).task_id == TASK


def _is_paid(effect: Effect) -> bool:
    return isinstance(effect, Send) and effect.request.spends


@pytest.mark.parametrize("task_id", [f"T-{KEY}", "x" * 100_000], ids=["the key", "too long"])
def test_an_id_that_must_not_be_saved_leaves_the_outcome_unknown(task_id: str) -> None:
    script = Script(answer(200, {"task": task_id}))
    live = LiveJob()
    with pytest.raises(SubmitUnknown) as caught:
        drive(submit(context_at(script.clock), plan_for(), live), script)
    assert len(script.paid) == 1
    assert live.record.stage is Stage.UNKNOWN
    assert live.record.ref is None
    for said in (everything_said(caught.value), *map(str, script.records)):
        assert KEY not in said
        assert len(said) < 30_000
