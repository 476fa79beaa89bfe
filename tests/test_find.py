"""An unknown job whose task is found again at its provider."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import anyio
import httpx
import pytest
import respx
from market import TOY, Market, both_ways
from polyreel import (
    AsyncClient,
    Client,
    ConfigError,
    JobRef,
    PolyreelError,
    SubmitUnknown,
    UsageError,
    VideoRequest,
)
from polyreel.adapters import Flow, Found, ModelSpec, Sought, WireRequest
from polyreel.engine.find import EARLIER, LATER, NOTE
from polyreel.jobs import JobRecord, Stage
from polyreel.jobs.journal.interface import Intent
from polyreel.jobs.journal.sqlite import SqliteJournal
from toy_adapter import PROMPT, TinAdapter, ToyAdapter, registry_of


class ListingAdapter(ToyAdapter):
    """The toy, whose vendor lists its tasks."""

    contract_version = 3
    offers_find = True

    def find(self, sought: Sought) -> Flow[Sequence[Found]]:
        response = yield WireRequest(method="GET", path="/videos", query={"model": "any"})
        body = self.read(response)
        return [self.found(each, sought.model) for each in body["items"]]

    def found(self, item: dict[str, Any], spec: ModelSpec) -> Found:
        at = item.get("at")
        return Found(
            job=self.job(item["id"], spec),
            model=item.get("model"),
            created_at=None if at is None else datetime.fromisoformat(at),
            echo=item.get("client_id"),
        )


class EchoingAdapter(ListingAdapter):
    """The same, and the vendor gives back the reference that a create carries."""

    contract_version = 3
    echoes_reference = True

    def paid_request(self, request: VideoRequest) -> WireRequest:
        wire = super().paid_request(request)
        return replace(wire, json={**(wire.json or {}), "client_id": self.job_reference})


class Lists:
    """A market whose toy lists tasks.

    Attributes:
        items: What the list has.
        answer: What the list answers instead, where it is not None.
        asked: How often it was asked for.
    """

    def __init__(self, market: Market) -> None:
        self.market = market
        self.items: Any = []
        self.answer: httpx.Response | Exception | None = None
        self.asked = 0
        self.adapter: type[ToyAdapter] = ListingAdapter

    def listed(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return self.market.toy.answer(request)
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer or httpx.Response(200, json={"items": self.items})

    def options(self, **more: Any) -> dict[str, Any]:
        return self.market.options(registry=registry_of(self.adapter, TinAdapter), **more)

    def client(self, **more: Any) -> Client:
        return Client(**self.options(**more))

    def lose(self, key: str = "k", **more: Any) -> JobRecord:
        """Submit a request whose answer is lost; return the unknown job."""
        self.market.toy.create = httpx.ReadError("gone")
        with self.client(**more) as client:
            with pytest.raises(SubmitUnknown):
                client.submit(PROMPT, TOY, idempotency_key=key)
            (job,) = client.history.jobs(idempotency_key=key)
        self.market.toy.create = None
        assert job.stage is Stage.UNKNOWN
        return job

    def item(self, task_id: str = "toy-1", seconds: float = 1.0, **more: Any) -> dict[str, Any]:
        """Return a task of the list, made some seconds after now."""
        at = self.market.clock.now() + timedelta(seconds=seconds)
        return {"id": task_id, "at": at.isoformat(), "model": "video", **more}

    def stage(self, job: JobRecord) -> Stage:
        with self.client() as client:
            return client.history.find(job.id).stage


@contextmanager
def listing(tmp_path: Path) -> Iterator[Lists]:
    market = Market()
    market.journal = tmp_path / "journal.sqlite3"
    lists = Lists(market)
    with respx.mock(assert_all_called=False) as router:
        router.route(host="api.toy.example", path="/v1/videos").mock(side_effect=lists.listed)
        router.route(host="elsewhere.example").mock(side_effect=lists.listed)
        for place in ("api", "videos"):
            router.route(host=f"{place}.toy.example").mock(side_effect=market.toy.answer)
        yield lists


@pytest.fixture
def lists(tmp_path: Path) -> Iterator[Lists]:
    with listing(tmp_path) as found:
        yield found


def test_settle_without_an_answer_accepts_the_only_task_that_fits(lists: Lists) -> None:
    job = lists.lose()
    lists.items = [lists.item()]
    with lists.client() as client:
        settled = client.settle(job.id)
        assert settled.ref is not None
        assert (settled.stage, settled.ref.task_id, settled.note) == (Stage.ACCEPTED, "toy-1", NOTE)
        assert settled.ref.base_url == job.base_url
        assert client.history.find(job.id).ref == settled.ref
        assert client.job(job.id).wait().state.is_final
    assert len(lists.market.toy.created) == 1


@both_ways
def test_a_repeated_call_under_the_same_key_finds_its_task(
    lists: Lists, tmp_path: Path, is_async: bool
) -> None:
    lists.lose()
    lists.items = [lists.item()]
    video = tmp_path / "video.mp4"
    if is_async:

        async def run() -> None:
            async with AsyncClient(**lists.options()) as client:
                await client.generate(PROMPT, video, TOY, idempotency_key="k")

        anyio.run(run)
    else:
        with lists.client() as client:
            client.generate(PROMPT, video, TOY, idempotency_key="k")
    assert video.is_file()
    assert len(lists.market.toy.created) == 1


def test_without_a_task_a_repeated_call_stays_unknown_and_sends_nothing(
    lists: Lists, caplog: pytest.LogCaptureFixture
) -> None:
    job = lists.lose()
    with lists.client() as client, pytest.raises(SubmitUnknown):
        client.submit(PROMPT, TOY, idempotency_key="k")
    assert (len(lists.market.toy.created), lists.asked) == (1, 1)
    assert lists.stage(job) is Stage.UNKNOWN
    assert "names no task that can be this job's" in caplog.text


def test_an_empty_list_never_proves_that_nothing_was_made(lists: Lists) -> None:
    job = lists.lose()
    with lists.client() as client, pytest.raises(UsageError, match="names no task"):
        client.settle(job.id)
    assert lists.stage(job) is Stage.UNKNOWN


def test_several_tasks_leave_it_unknown_and_are_named(lists: Lists) -> None:
    job = lists.lose()
    lists.items = [lists.item("toy-1"), lists.item("toy-2"), lists.item("toy-1")]
    with lists.client() as client, pytest.raises(UsageError, match=r"2 tasks .* toy-1, toy-2"):
        client.settle(job.id)
    assert lists.stage(job) is Stage.UNKNOWN


OUTSIDE: dict[str, dict[str, Any]] = {
    "another model": {"model": "other"},
    "too early": {"seconds": -EARLIER.total_seconds() - 1},
    "too late": {"seconds": LATER.total_seconds() + 1},
    "another reference": {"client_id": "b" * 32},
}


@pytest.mark.parametrize("more", OUTSIDE.values(), ids=OUTSIDE)
def test_a_task_that_differs_is_not_taken(lists: Lists, more: dict[str, Any]) -> None:
    job = lists.lose()
    lists.items = [lists.item(**more)]
    with lists.client() as client, pytest.raises(UsageError, match="names no task"):
        client.settle(job.id)
    lists.items.append(lists.item("toy-2"))
    with lists.client() as client:
        ref = client.settle(job.id).ref
    assert ref is not None
    assert ref.task_id == "toy-2"


@pytest.mark.parametrize(
    "at", [None, "2026-01-01T00:16:41"], ids=["no time", "a time without zone"]
)
def test_a_task_that_can_not_be_excluded_leaves_it_unknown(lists: Lists, at: str | None) -> None:
    job = lists.lose()
    lists.items = [lists.item(), {**lists.item("toy-2"), "at": at}]
    with lists.client() as client, pytest.raises(UsageError, match="what it takes to exclude it"):
        client.settle(job.id)
    assert lists.stage(job) is Stage.UNKNOWN


def test_the_task_of_another_job_is_not_taken(lists: Lists) -> None:
    job = lists.lose()
    with lists.client() as client:
        other = client.submit(PROMPT, TOY)
        lists.items = [lists.item(other.ref.task_id)]
        with pytest.raises(UsageError, match="names no task"):
            client.settle(job.id)
        lists.items.append(lists.item("toy-9"))
        ref = client.settle(job.id).ref
    assert ref is not None
    assert ref.task_id == "toy-9"


def test_one_task_is_not_taken_where_two_jobs_may_have_made_it(lists: Lists) -> None:
    one, two = lists.lose("k1"), lists.lose("k2")
    lists.items = [lists.item()]
    with lists.client() as client:
        for job in (one, two):
            with pytest.raises(UsageError, match="Another job of the same time"):
                client.settle(job.id)
    assert [lists.stage(each) for each in (one, two)] == [Stage.UNKNOWN] * 2


def test_a_job_in_doubt_of_another_time_is_no_rival(lists: Lists) -> None:
    lists.lose("k1")
    lists.market.clock.sleep(3600)
    job = lists.lose("k2")
    lists.items = [lists.item()]
    with lists.client() as client:
        assert client.settle(job.id).stage is Stage.ACCEPTED


def test_the_echo_decides_between_two_jobs_of_one_time(lists: Lists) -> None:
    lists.adapter = EchoingAdapter
    one, two = lists.lose("k1"), lists.lose("k2")
    sent = [json.loads(each)["client_id"] for each in lists.market.toy.created]
    assert sent == [one.id, two.id]
    lists.items = [
        lists.item("toy-1"),  # of another program, without a reference
        lists.item("toy-2", client_id=two.id),
        lists.item("toy-3", client_id=one.id),
    ]
    with lists.client() as client:
        refs = [client.settle(each.id).ref for each in (one, two)]
    assert [None if each is None else each.task_id for each in refs] == ["toy-3", "toy-2"]


def test_an_echo_without_a_time_is_enough_and_one_of_an_earlier_time_is_not(lists: Lists) -> None:
    lists.adapter = EchoingAdapter
    job = lists.lose()
    lists.items = [lists.item(seconds=-3600, client_id=job.id)]
    with lists.client() as client:
        with pytest.raises(UsageError, match="names no task"):
            client.settle(job.id)
        lists.items = [{**lists.item(client_id=job.id), "at": None}]
        assert client.settle(job.id).stage is Stage.ACCEPTED


ODD: dict[str, Any] = {
    "502": httpx.Response(502, text="<html>"),
    "page": httpx.Response(200, text="<html>"),
    "dropped": httpx.ReadError("gone"),
    "no list": httpx.Response(200, json={}),
    "null": httpx.Response(200, json={"items": None}),
    "a number": httpx.Response(200, json={"items": 7}),
    "texts": httpx.Response(200, json={"items": ["a"]}),
    "no id": httpx.Response(200, json={"items": [{"model": "video"}]}),
    "odd id": httpx.Response(200, json={"items": [{"id": {}, "model": "video"}]}),
    "odd time": httpx.Response(200, json={"items": [{"id": "toy-1", "at": "soon"}]}),
    "401": httpx.Response(401, json={"error": "no key"}),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_whatever_the_list_answers_the_job_is_not_lost(lists: Lists, odd: Any) -> None:
    job = lists.lose()
    lists.answer = odd
    with lists.client() as client:
        with pytest.raises(PolyreelError):
            client.settle(job.id)
        with pytest.raises(SubmitUnknown):
            client.submit(PROMPT, TOY, idempotency_key="k")
        assert client.history.find(job.id).stage is Stage.UNKNOWN
        lists.answer, lists.items = None, [lists.item()]
        assert client.settle(job.id).stage is Stage.ACCEPTED
    assert len(lists.market.toy.created) == 1


def test_a_find_that_costs_money_is_not_sent(lists: Lists) -> None:
    class Paying(ListingAdapter):
        contract_version = 3

        def find(self, sought: Sought) -> Flow[Sequence[Found]]:
            yield WireRequest(method="POST", path="/videos", json={}, spends=True)
            return []

    job = lists.lose()
    lists.adapter = Paying
    with lists.client() as client, pytest.raises(UsageError, match="Nothing was sent"):
        client.settle(job.id)
    assert len(lists.market.toy.created) == 1


def test_a_settled_job_is_not_sought_and_one_with_a_candidate_is_polled(lists: Lists) -> None:
    lists.market.toy.create = httpx.Response(500, json={"error": "oops", "task_id": "toy-7"})
    with lists.client() as client:
        with pytest.raises(SubmitUnknown):
            client.submit(PROMPT, TOY)
        (job,) = client.history.jobs()
        settled = client.settle(job.id)
        assert settled.ref is not None
        assert (settled.ref.task_id, lists.asked) == ("toy-7", 0)
        with pytest.raises(UsageError):
            client.settle(job.id)
    assert lists.asked == 0


def test_a_job_of_another_address_is_not_asked_for(lists: Lists) -> None:
    job = lists.lose(base_urls={"toy": "https://elsewhere.example/v1"})
    lists.items = [lists.item()]
    with lists.client() as client:
        with pytest.raises(ConfigError, match="was submitted to"):
            client.settle(job.id)
        with pytest.raises(SubmitUnknown):
            client.submit(PROMPT, TOY, idempotency_key="k")
    assert lists.asked == 0


def test_a_job_that_was_settled_meanwhile_keeps_its_task(lists: Lists, tmp_path: Path) -> None:
    job = lists.lose()
    lists.items = [lists.item()]
    other = SqliteJournal(tmp_path / "journal.sqlite3", now=lists.market.clock.now)

    class Late(ListingAdapter):
        contract_version = 3

        def find(self, sought: Sought) -> Flow[Sequence[Found]]:
            found = yield from super().find(sought)
            ref = JobRef(provider="toy", model="video", task_id="toy-5", base_url=job.base_url)
            assert other.move(replace(job, stage=Stage.ACCEPTED, ref=ref, error=None))
            return found

    lists.adapter = Late
    with lists.client() as client:
        with pytest.raises(UsageError, match="changed meanwhile"):
            client.settle(job.id)
        ref = client.history.find(job.id).ref
        assert ref is not None
        assert ref.task_id == "toy-5"
    other.close()


def test_a_job_whose_moment_is_not_known_is_not_sought(lists: Lists, tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "journal.sqlite3", now=lists.market.clock.now)
    job = JobRecord(id="c" * 32, model=TOY, base_url="https://api.toy.example/v1")
    journal.open_job(Intent(record=job, digest="d", place="toy"))
    for stage in (Stage.SENDING, Stage.UNKNOWN):
        assert journal.move(replace(job, stage=stage))
    journal.close()
    with lists.client() as client, pytest.raises(UsageError, match="when the request left"):
        client.settle(job.id)
    assert lists.asked == 0


class ForgetfulAdapter(ListingAdapter):
    """It returns something else than what was promised."""

    contract_version = 3
    gives: ClassVar[Any] = [{"id": "toy-1"}]

    def find(self, sought: Sought) -> Flow[Sequence[Found]]:
        yield WireRequest(method="GET", path="/videos")
        found: Sequence[Found] = self.gives
        return found


@pytest.mark.parametrize("gives", [None, [{"id": "toy-1"}], 7, [None]], ids=str)
def test_an_adapter_that_returns_something_else_settles_nothing(lists: Lists, gives: Any) -> None:
    job = lists.lose()
    lists.adapter = type("Odd", (ForgetfulAdapter,), {"gives": gives, "contract_version": 3})
    with lists.client() as client, pytest.raises(UsageError, match="plugin's author"):
        client.settle(job.id)
    assert lists.stage(job) is Stage.UNKNOWN
