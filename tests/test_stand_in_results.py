"""A stand-in's results: by a second call, behind the key, several of them."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from polyreel_sandbox import Call, Contract, ContractError, Fault, Pace, Reply, numbered_video
from toys.lantern.stand_in import LanternStandIn
from toys.relay.stand_in import RelayStandIn

KEY = "a-key"


class Vendor:
    """A stand-in and its clock."""

    def __init__(self, kind: type[LanternStandIn] | type[RelayStandIn], word: str) -> None:
        self.seconds = 0.0
        self.stand_in = kind(
            kind.contract.server,
            key=KEY,
            pace=Pace(queued=1.0, running=1.0),
            clock=lambda: self.seconds,
            frames_per_second=2,
        )
        self.word = word

    def call(self, method: str, path: str, body: Any = None, key: str | None = KEY) -> Reply:
        path, _, query = path.partition("?")
        asked = dict(each.split("=") for each in query.split("&") if each)
        headers = {} if key is None else {"authorization": f"{self.word} {key}"}
        data = b"" if body is None else json.dumps(body).encode()
        return self.stand_in.handle(
            Call(method=method, path=path, query=asked, headers=headers, body=data)
        )


@pytest.fixture
def lantern() -> Vendor:
    """Return Lantern with one task."""
    vendor = Vendor(LanternStandIn, "Bearer")
    body = {"model": "lantern-one", "prompt": "A kite", "duration": 4}
    assert vendor.call("POST", "/videos", body).status == 202
    return vendor


@pytest.fixture
def relay() -> Vendor:
    """Return Relay with one task."""
    vendor = Vendor(RelayStandIn, "Key")
    assert vendor.call("POST", "/relay-one/video", {"prompt": "A kite"}).status == 200
    return vendor


CONTENT = "/videos/lantern-task-0001/content"


@pytest.mark.parametrize("key", [None, "another"])
def test_the_content_demands_the_key(lantern: Vendor, key: str | None) -> None:
    lantern.seconds = 5.0
    assert lantern.call("GET", f"{CONTENT}?index=0", key=key).status == 401
    assert lantern.call("GET", f"{CONTENT}?index=0").status == 200


def test_each_position_has_a_video_of_its_own(lantern: Vendor) -> None:
    lantern.seconds = 5.0
    first, second = (lantern.call("GET", f"{CONTENT}?index={n}") for n in "01")
    assert (first.content_type, first.body[4:8]) == ("video/mp4", b"ftyp")
    assert second.body == numbered_video(first.body, 1) != first.body
    assert lantern.call("GET", CONTENT).body == first.body, "the default is the first"
    (task,) = lantern.stand_in.tasks.values()
    assert (task.downloads, task.downloads_of[0], task.downloads_of[1]) == (3, 2, 1)


@pytest.mark.parametrize("path", [f"{CONTENT}?index=2", f"{CONTENT}?index=-1"])
def test_another_position_is_refused(lantern: Vendor, path: str) -> None:
    lantern.seconds = 5.0
    assert lantern.call("GET", path).status == 400


def test_a_task_without_a_video_has_no_content(lantern: Vendor) -> None:
    assert lantern.call("GET", CONTENT).status == 400
    assert lantern.call("GET", "/videos/another/content").status == 404
    lantern.stand_in.faults = {Fault.FAILED}
    lantern.seconds = 5.0
    assert lantern.call("GET", CONTENT).status == 400


def test_faults_of_a_download_happen_at_the_content(lantern: Vendor) -> None:
    lantern.seconds = 5.0
    lantern.stand_in.faults = {Fault.VIDEO_500}
    for index in "01":  # the first download of each video
        statuses = [lantern.call("GET", f"{CONTENT}?index={index}").status for _ in range(2)]
        assert statuses == [500, 200]


def test_an_answer_names_the_addresses_of_the_content(lantern: Vendor) -> None:
    (task,) = lantern.stand_in.tasks.values()
    home = "https://lantern.example/api/v1"
    assert lantern.stand_in.video_urls(task) == [f"{home}{CONTENT}?index={n}" for n in "01"]
    lantern.stand_in.faults = {Fault.PATH_URL}
    assert lantern.stand_in.video_url(task) == f"/api/v1{CONTENT}?index=0"
    lantern.stand_in.faults = {Fault.VIDEO_ELSEWHERE}
    assert lantern.stand_in.video_url(task).startswith("https://elsewhere.invalid/stand-in/")


RESULT = "/relay-one/requests/relay-task-0001"


def test_a_result_is_answered_once_the_task_has_ended(relay: Vendor) -> None:
    statuses, results = [], []
    for relay.seconds in (0.5, 1.5, 5.0):
        statuses.append(relay.call("GET", f"{RESULT}/status").status)
        results.append(relay.call("GET", RESULT).status)
    assert (statuses, results) == ([202, 202, 200], [400, 400, 200])
    assert relay.call("GET", "/relay-one/requests/another").status == 404


def test_a_failed_task_is_answered_by_the_vendors_own_error(relay: Vendor) -> None:
    relay.stand_in.faults = {Fault.FAILED}
    relay.seconds = 5.0
    found = relay.call("GET", RESULT)
    assert (found.status, b"The task failed." in found.body) == (422, True)


def test_a_fault_of_a_poll_can_happen_at_the_result(relay: Vendor) -> None:
    relay.seconds = 5.0
    relay.stand_in.faults = {Fault.BAD_POLL}
    relay.stand_in.faults_at = "result"
    polls = [relay.call("GET", f"{RESULT}/status").status for _ in range(2)]
    results = [relay.call("GET", RESULT).status for _ in range(2)]
    assert (polls, results) == ([200, 200], [502, 200])


def changed(**more: Any) -> dict[str, Any]:
    """Return Lantern's contract with other facts of its content."""
    document = copy.deepcopy(dict(LanternStandIn.contract.document))
    document["paths"]["/videos/{id}/content"]["get"]["x-polyreel"] = more
    return document


def test_the_index_is_a_documented_parameter() -> None:
    with pytest.raises(ContractError, match="x-polyreel/index: no query parameter is named number"):
        Contract(changed(role="content", index="number"))
    assert Contract(changed(role="content")).operation("content") is not None


def test_only_a_content_has_an_index() -> None:
    with pytest.raises(ContractError, match="only an operation with the role content has it"):
        Contract(changed(role="prices", index="index"))


def test_a_content_is_a_get() -> None:
    document = changed(role="content")
    item = document["paths"]["/videos/{id}/content"]
    item["post"] = item.pop("get")
    with pytest.raises(ContractError, match="a video is downloaded by GET, and this is POST"):
        Contract(document)
