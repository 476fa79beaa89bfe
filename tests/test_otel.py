"""Jobs are told to OpenTelemetry once each, in the convention's names, and without secrets."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from market import SIGNATURE, TOY, Market, both_ways
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from polyreel import (
    Client,
    JobFailed,
    PolyreelError,
    ResultExpired,
    VideoRequest,
    WaitTimeout,
    telemetry,
)
from polyreel.adapters import Registry
from polyreel.jobs import JobRecord, Stage, Timeline
from polyreel.jobs.journal.sqlite import SqliteJournal
from polyreel.telemetry import observing, plugin
from polyreel.telemetry.observing import JobObserver
from polyreel_conformance import ManualClock
from quick import end_retention
from toy_adapter import KEY, PROMPT, VIDEO, ToyAdapter

PHASES = "polyreel.job.phase.duration"
FAILURE = {"status": "failed", "reason": f"{PROMPT} {KEY} {SIGNATURE}", "code": "E7", "cost": 2}


class Process:
    """An observer with memory, spans and metrics of its own, as a process has them."""

    def __init__(self, clock: ManualClock) -> None:
        self.exporter = InMemorySpanExporter()
        self.reader = InMemoryMetricReader()
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.meters = MeterProvider([self.reader])
        self.observer: JobObserver = telemetry.observer(
            tracer_provider=self.tracers, meter_provider=self.meters, clock=clock
        )

    @property
    def spans(self) -> list[ReadableSpan]:
        return list(self.exporter.get_finished_spans())

    @property
    def span(self) -> ReadableSpan:
        (span,) = self.spans
        return span

    @property
    def outcomes(self) -> list[object]:
        return [dict(span.attributes or {})["polyreel.outcome"] for span in self.spans]

    def points(self, metric: str) -> list[tuple[dict[str, Any], Any]]:
        """Return a metric's points: their attributes, and their sum."""
        data = self.reader.get_metrics_data()
        return [
            (dict(point.attributes or {}), getattr(point, "value", getattr(point, "sum", None)))
            for resource in (data.resource_metrics if data else ())
            for scope in resource.scope_metrics
            for each in scope.metrics
            if each.name == metric
            for point in each.data.data_points
        ]

    def everything(self) -> str:
        data = self.reader.get_metrics_data()
        spans = [span.to_json() for span in self.spans]
        return json.dumps(spans) + (data.to_json() if data else "")


def nanoseconds(moment: datetime) -> int:
    """Return a moment as OpenTelemetry counts it."""
    return round(moment.timestamp() * 1e6) * 1000


@pytest.fixture
def here(market: Market) -> Process:
    return Process(market.clock)


@pytest.fixture
def elsewhere(market: Market) -> Process:
    return Process(market.clock)


@pytest.fixture
def journal(market: Market) -> Iterator[SqliteJournal]:
    """Share one journal between the clients of a test."""
    shared = SqliteJournal(None, now=market.clock.now)
    market.journal = shared
    yield shared
    shared.close()


# A video


@both_ways
def test_a_video_is_one_span_by_the_conventions(
    is_async: bool, market: Market, here: Process, tmp_path: Path
) -> None:
    market.toy.status = {"status": "done", "cost": 3}
    video = market.generate(is_async, tmp_path / "video.mp4", TOY, on_change=here.observer)
    span = here.span
    assert (span.name, span.kind) == ("generate_content video", SpanKind.CLIENT)
    assert span.status.status_code is StatusCode.UNSET
    assert dict(span.attributes or {}) == {
        "gen_ai.operation.name": "generate_content",
        "gen_ai.provider.name": "toy",
        "gen_ai.request.model": "video",
        "gen_ai.output.type": "video",
        "server.address": "api.toy.example",
        "server.port": 443,
        "polyreel.job.id": video.job.id,
        "polyreel.job.stage": "downloaded",
        "polyreel.job.state": "succeeded",
        "polyreel.outcome": "succeeded",
        "polyreel.target": TOY,
        "polyreel.request.resolution": "720p",
        "polyreel.request.aspect_ratio": "16:9",
        "polyreel.request.duration": 5,
        "polyreel.quote.certainty": "unknown",
        "polyreel.charge.amount": 3.0,
        "polyreel.charge.unit": "marbles",
    }


def test_a_span_has_the_moments_of_the_job(market: Market, here: Process, tmp_path: Path) -> None:
    market.toy.status = {"status": "working"}
    polls = iter(["working", "done"])
    market.toy.on_poll = lambda: market.toy.status.update(status=next(polls))
    video = market.generate(False, tmp_path / "video.mp4", TOY, on_change=here.observer)
    line = video.job.timeline
    span = here.span
    assert line.submitted_at is not None
    assert line.downloaded_at is not None
    assert span.start_time == nanoseconds(line.submitted_at)
    assert span.end_time == nanoseconds(line.downloaded_at)
    reported = {event.name: event.timestamp for event in span.events}
    seen = {
        "polyreel.accepted": line.accepted_at,
        "polyreel.running": line.running_at,
        "polyreel.finished": line.finished_at,
        "polyreel.downloaded": line.downloaded_at,
    }
    assert reported == {name: nanoseconds(at) for name, at in seen.items() if at is not None}
    assert len(reported) == 4


def test_a_span_is_part_of_the_one_that_the_job_was_begun_in(
    market: Market, here: Process, tmp_path: Path
) -> None:
    tracer = here.tracers.get_tracer("the caller")
    with Client(**market.options(on_change=here.observer)) as client:
        with tracer.start_as_current_span("order") as order:
            job = client.submit(PROMPT, TOY)
        job.finish(tmp_path / "video.mp4")
    (span,) = (each for each in here.spans if each.kind is SpanKind.CLIENT)
    assert span.parent == order.get_span_context()


def test_a_video_is_counted_and_measured(market: Market, here: Process, tmp_path: Path) -> None:
    market.toy.status = {"status": "done", "cost": "2.5"}
    video = market.generate(False, tmp_path / "video.mp4", TOY, on_change=here.observer)
    model = {
        "gen_ai.operation.name": "generate_content",
        "gen_ai.provider.name": "toy",
        "gen_ai.request.model": "video",
        "server.address": "api.toy.example",
    }
    line = video.job.timeline
    assert here.points("polyreel.jobs") == [({**model, "polyreel.outcome": "succeeded"}, 1)]
    assert here.points("gen_ai.client.operation.duration") == [(model, line.seconds_total)]
    assert here.points("polyreel.charged") == [({**model, "polyreel.charge.unit": "marbles"}, 2.5)]
    phases = {point["polyreel.phase"]: sum_ for point, sum_ in here.points(PHASES)}
    # It was not seen running, so how long it was queued or generating is unknown.
    assert phases == {"to_accept": 0.0, "to_download": 0.0, "total": line.seconds_total}


def test_a_quote_is_reported(market: Market, here: Process) -> None:
    job = JobRecord(
        id="1", model=TOY, quoted={"amount": "0.55", "currency": "USD", "certainty": "exact"}
    )
    here.observer(job)
    here.observer(replace(job, stage=Stage.REJECTED))
    attributes = dict(here.span.attributes or {})
    assert attributes["polyreel.quote.amount"] == 0.55
    assert attributes["polyreel.quote.currency"] == "USD"
    assert attributes["polyreel.quote.certainty"] == "exact"


# What goes wrong


@both_ways
def test_a_failure_is_one_span_with_its_type_and_code(
    is_async: bool, market: Market, here: Process, tmp_path: Path
) -> None:
    market.toy.status = FAILURE
    market.failure(is_async, tmp_path / "video.mp4", TOY, on_change=here.observer)
    attributes = dict(here.span.attributes or {})
    assert here.span.status.status_code is StatusCode.ERROR
    assert here.span.status.description == "JobFailed"
    assert attributes["error.type"] == "JobFailed"
    assert attributes["polyreel.error.vendor_code"] == "E7"
    assert attributes["polyreel.outcome"] == "failed"
    ((counted, _),) = here.points("polyreel.jobs")
    assert (counted["polyreel.outcome"], counted["error.type"]) == ("failed", "JobFailed")
    ((charged, amount),) = here.points("polyreel.charged")
    assert (charged["polyreel.charge.unit"], amount) == ("marbles", 2)
    ((duration, seconds),) = here.points("gen_ai.client.operation.duration")
    assert duration["error.type"] == "JobFailed"
    assert seconds == 10.0


@pytest.mark.parametrize(
    ("word", "error"), [("canceled", "JobCanceled"), ("expired", "JobExpired")]
)
def test_other_ends_without_a_video_are_reported_as_such(
    word: str, error: str, market: Market, here: Process, tmp_path: Path
) -> None:
    market.toy.status = {"status": word}
    market.failure(False, tmp_path / "video.mp4", TOY, on_change=here.observer)
    assert (here.outcomes, here.span.status.description) == ([word], error)


@pytest.mark.parametrize(
    ("create", "outcome", "error"),
    [
        (httpx.ReadTimeout("silence"), "unknown", "SubmitUnknown"),
        (httpx.Response(401, json={"error": KEY}), "rejected", "AuthenticationFailed"),
        (httpx.ConnectError("nobody"), "rejected", "TransportError"),
    ],
)
def test_a_submit_without_a_task_is_one_span(
    create: Any, outcome: str, error: str, market: Market, here: Process, tmp_path: Path
) -> None:
    market.toy.create = create
    market.failure(False, tmp_path / "video.mp4", TOY, on_change=here.observer)
    assert (here.outcomes, here.span.status.description) == ([outcome], error)
    assert [point["polyreel.outcome"] for point, _ in here.points("polyreel.jobs")] == [outcome]


def test_a_fallback_is_a_job_of_its_own(market: Market, here: Process, tmp_path: Path) -> None:
    market.toy.status = FAILURE
    market.generate(False, tmp_path / "video.mp4", on_change=here.observer)
    providers = [dict(span.attributes or {})["gen_ai.provider.name"] for span in here.spans]
    assert (providers, here.outcomes) == (["toy", "tin"], ["failed", "succeeded"])


def test_a_video_that_is_gone_is_reported_once_and_may_still_come(
    market: Market, here: Process, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    end_retention(monkeypatch, ToyAdapter)
    market.toy.video = httpx.Response(410)
    with Client(**market.options(on_change=here.observer)) as client:
        job = client.submit(PROMPT, TOY)
        for _ in range(2):
            with pytest.raises(ResultExpired):
                job.finish(tmp_path / "video.mp4")
        assert here.outcomes == ["gone"]
        market.toy.video = httpx.Response(200, content=VIDEO)
        job.finish(tmp_path / "video.mp4")
    assert here.outcomes == ["gone", "succeeded"]


# Several processes


def test_a_job_is_reported_by_whoever_finishes_it(
    market: Market, journal: SqliteJournal, here: Process, elsewhere: Process, tmp_path: Path
) -> None:
    market.toy.status = {"status": "working"}
    with Client(**market.options(on_change=here.observer)) as client:
        job = client.submit(PROMPT, TOY)
        with pytest.raises(WaitTimeout):
            job.wait(20)
    assert here.spans == []
    market.toy.status = {"status": "done"}
    with Client(**market.options(on_change=elsewhere.observer)) as client:
        client.job(job.id).finish(tmp_path / "video.mp4")
    assert (here.outcomes, elsewhere.outcomes) == ([], ["succeeded"])
    assert job.record.timeline.submitted_at is not None
    assert elsewhere.span.start_time == nanoseconds(job.record.timeline.submitted_at)


def test_an_end_that_is_seen_at_the_first_poll_of_a_process_is_reported(
    market: Market, journal: SqliteJournal, here: Process, elsewhere: Process, tmp_path: Path
) -> None:
    with Client(**market.options(on_change=here.observer)) as client:
        job = client.submit(PROMPT, TOY)
    market.toy.status = FAILURE
    with (
        Client(**market.options(on_change=elsewhere.observer)) as client,
        pytest.raises(JobFailed),
    ):
        client.job(job.id).finish(tmp_path / "video.mp4")
    assert (here.outcomes, elsewhere.outcomes) == ([], ["failed"])


@pytest.mark.parametrize("status", [FAILURE, {"status": "done"}], ids=["failed", "succeeded"])
def test_an_end_that_another_process_reported_is_not_reported_again(
    status: dict[str, Any],
    market: Market,
    journal: SqliteJournal,
    here: Process,
    elsewhere: Process,
    tmp_path: Path,
) -> None:
    market.toy.status = status
    with Client(**market.options(on_change=here.observer)) as client:
        job = client.submit(PROMPT, TOY)
        _finish(job, tmp_path / "video.mp4")
        _finish(job, tmp_path / "again.mp4")
        job.poll()
    market.clock.sleep(3600)
    with Client(**market.options(on_change=elsewhere.observer)) as client:
        again = client.job(job.id)
        _finish(again, tmp_path / "again.mp4")
        again.poll()
    assert (len(here.spans), elsewhere.spans) == (1, [])


def _finish(job: Any, path: Path) -> None:
    try:
        job.finish(path)
    except JobFailed:
        assert not path.exists()


def test_a_call_that_finds_its_job_done_reports_nothing(
    market: Market, journal: SqliteJournal, here: Process, elsewhere: Process, tmp_path: Path
) -> None:
    path = tmp_path / "video.mp4"
    for process in (here, elsewhere):
        with Client(**market.options(on_change=process.observer)) as client:
            client.generate(PROMPT, path, TOY, idempotency_key="order-7")
    assert (here.outcomes, elsewhere.outcomes) == (["succeeded"], [])


def test_an_unknown_job_that_was_settled_is_reported_again_when_it_ends(
    market: Market, journal: SqliteJournal, here: Process, tmp_path: Path
) -> None:
    market.toy.create = httpx.ReadTimeout("silence")
    unknown = market.failure(False, tmp_path / "video.mp4", TOY, on_change=here.observer)
    with Client(**market.options(on_change=here.observer)) as client:
        client.history.settle(unknown.job_id, task_id="toy-1")
        client.job(unknown.job_id).finish()
    assert here.outcomes == ["unknown", "succeeded"]


# What is kept in memory


def test_what_is_remembered_is_bounded(
    market: Market, here: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observing, "MOST_OPEN", 3)
    monkeypatch.setattr(observing, "MOST_ENDED", 2)
    for number in range(10):
        here.observer(JobRecord(id=f"open-{number}", model=TOY))
    for number in range(10):
        job = JobRecord(id=f"ended-{number}", model=TOY)
        here.observer(job)
        here.observer(replace(job, stage=Stage.REJECTED))
    assert len(here.observer.dedupe) == 2 + 2  # the last one that ended left its place
    assert len(here.spans) == 10


def test_a_clock_that_was_set_back_ends_no_span_before_its_start(
    market: Market, here: Process
) -> None:
    now = market.clock.now()
    job = JobRecord(id="1", model=TOY, timeline=Timeline(submitted_at=now + timedelta(hours=1)))
    here.observer(job)
    here.observer(replace(job, stage=Stage.UNKNOWN))
    assert here.span.start_time == here.span.end_time
    assert here.points("gen_ai.client.operation.duration") == []


# Secrets


@pytest.mark.parametrize(
    "trouble", [None, "failed", "unknown", "rejected", "gone", "sentence for a code"]
)
def test_no_secret_and_no_prompt_is_reported(
    trouble: str | None,
    market: Market,
    here: Process,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    end_retention(monkeypatch, ToyAdapter)
    match trouble:
        case "failed":
            market.toy.status = FAILURE
        case "sentence for a code":
            market.toy.status = {**FAILURE, "code": f"{PROMPT}: https://a.example/?{SIGNATURE}"}
        case "unknown":
            market.toy.create = httpx.Response(500, json={"error": f"{KEY} {PROMPT}"})
        case "rejected":
            market.toy.create = httpx.Response(400, json={"error": f"{KEY} {PROMPT}", "code": KEY})
        case "gone":
            market.toy.video = httpx.Response(403)
    request = VideoRequest(prompt=PROMPT, first_frame=f"https://a.example/1.png?{SIGNATURE}")
    try:
        market.generate(False, tmp_path / "video.mp4", TOY, request, on_change=here.observer)
    except PolyreelError:
        assert trouble is not None
    reported = here.everything()
    assert len(here.spans) == 1
    for secret in (KEY, SIGNATURE, PROMPT, "Signature", str(tmp_path)):
        assert secret not in reported


# The plugin


def run(code: str) -> str:
    """Run code in a process of its own and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


WITHOUT_THE_EXTRA = """\
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "opentelemetry":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
"""
ONE_JOB = """\
from polyreel import Client, telemetry
from polyreel.jobs import JobRecord, Stage
client = Client(journal=None)
client.planner.observers.notify(JobRecord(id="1", model="toy/video"))
client.planner.observers.notify(JobRecord(id="1", model="toy/video", stage=Stage.REJECTED))
plugins = client.registry.manager.list_name_plugin()
print(client.registry.broken, "otel" in dict(plugins))
client.close()
"""


def test_without_the_extra_nothing_happens() -> None:
    assert run(WITHOUT_THE_EXTRA + ONE_JOB) == "[] True\n"


def test_without_the_extra_who_asks_for_an_observer_is_reported_what_to_install() -> None:
    code = "from polyreel import UsageError, telemetry\n"
    code += "try: telemetry.observer()\nexcept UsageError as e: print(e)"
    assert "pip install 'polyreel[otel]'" in run(WITHOUT_THE_EXTRA + ONE_JOB + code)


def test_opentelemetry_is_not_loaded_before_the_first_job_and_its_sdk_never() -> None:
    loaded = 'import sys; print("opentelemetry" in sys.modules, "opentelemetry.sdk" in sys.modules)'
    client = "from polyreel import Client; Client(journal=None).close()\n"
    assert run(client + loaded) == "False False\n"
    assert run(ONE_JOB + loaded) == "[] True\nTrue False\n"


def test_the_plugin_reports_to_the_global_providers() -> None:
    code = """\
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
told = InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(told))
trace.set_tracer_provider(provider)
"""
    reported = "print([span.name for span in told.get_finished_spans()])"
    assert run(code + ONE_JOB + reported) == "[] True\n['generate_content video']\n"
    without = 'import os; os.environ["POLYREEL_PLUGINS"] = "-otel"\n'
    assert run(without + code + ONE_JOB + reported) == "[] False\n[]\n"


def test_the_plugin_is_installed_and_whole() -> None:
    registry = Registry.installed({})
    assert registry.manager.get_plugin("otel") is plugin
    assert registry.broken == []
