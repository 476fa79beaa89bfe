"""Each fault of the sandbox does to the connection what its name says, and nothing else."""

from __future__ import annotations

import pickle
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from polyreel_jimmy.stand_in import JimmyStandIn
from polyreel_modellix.stand_in import ModellixStandIn
from polyreel_sandbox import Fault, Pace, Sandbox, StandIn
from polyreel_sandbox.fault_effects import without_video
from polyreel_sandbox.ranges import serve_file

KEY = {"authorization": "Bearer sandbox"}
PATHS = {
    "jimmy": "/api/open-api/v1/seedance/videos",
    "modellix": "/bytedance/seedance-2.0-fast-i2v/async",
}
IMAGE = "https://example.com/a.png"
BODIES: dict[str, dict[str, Any]] = {
    "jimmy": {"model": "seedance2.0-fast-i2v", "prompt": "x", "duration": 1, "images": [IMAGE]},
    "modellix": {"prompt": "x", "reference_images": [IMAGE]},
}
DIGITS = b"0123456789"


@pytest.fixture
def served() -> Iterator[Sandbox]:
    stand_ins = {"jimmy": JimmyStandIn, "modellix": ModellixStandIn}
    with Sandbox(stand_ins, pace=Pace(queued=0, running=0), frames_per_second=2) as running:
        yield running


def create(served: Sandbox, vendor: str = "jimmy") -> httpx.Response:
    return httpx.post(
        served.base_urls[vendor] + PATHS[vendor], json=BODIES[vendor], headers=KEY, timeout=30
    )


def poll(served: Sandbox) -> Any:
    """Return Jimmy's status of its one task."""
    (task_id,) = jimmy(served).tasks
    url = f"{jimmy(served).address}/api/open-api/v1/videos/{task_id}"
    return httpx.get(url, headers=KEY).json()["data"]


def jimmy(served: Sandbox) -> StandIn:
    return served.stand_ins["jimmy"]


def video_url(served: Sandbox) -> str:
    create(served)
    return str(poll(served)["result"]["video_url"])


def received(url: str, **headers: str) -> tuple[bytes, httpx.Headers, bool]:
    """Return the bytes of a file that came, the headers, and whether the file is complete."""
    got = b""
    with httpx.stream("GET", url, headers=headers) as answer:
        try:
            for chunk in answer.iter_raw():
                got += chunk
        except httpx.RemoteProtocolError:
            return got, answer.headers, False
    return got, answer.headers, True


# names


def test_a_fault_can_be_made_from_its_name() -> None:
    for fault in Fault:
        assert Fault(str(fault)) is fault  # type: ignore[call-arg]  # looked up by its name
        assert pickle.loads(pickle.dumps(fault)) is fault
        assert fault.phase in ("create", "poll", "download")


# the connection


def test_an_answer_that_never_comes_does_not_delay_the_stop() -> None:
    with Sandbox({"jimmy": JimmyStandIn}, faults=[Fault.CREATE_HANGS]) as served:
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(
                served.base_urls["jimmy"] + PATHS["jimmy"],
                json=BODIES["jimmy"],
                headers=KEY,
                timeout=0.1,
            )
        assert len(jimmy(served).tasks) == 1
        begin = time.monotonic()
    assert time.monotonic() - begin < 5


def test_a_sandbox_that_never_served_can_be_stopped() -> None:
    served = Sandbox({"jimmy": JimmyStandIn})
    served.stop()
    again = Sandbox({"jimmy": JimmyStandIn}, port=int(served.address.rpartition(":")[2]))
    again.stop()


def test_a_reset_is_a_reset_in_the_middle_of_the_answer(served: Sandbox) -> None:
    served.set_faults(Fault.RESET_ANSWER)
    url = served.base_urls["jimmy"] + PATHS["jimmy"]
    with httpx.stream("POST", url, json=BODIES["jimmy"], headers=KEY) as answer:
        assert answer.status_code == 200
        with pytest.raises(httpx.ReadError):
            answer.read()
    assert 0 < answer.num_bytes_downloaded < int(answer.headers["content-length"])
    assert len(jimmy(served).tasks) == 1


def test_only_a_create_is_dropped_unread(served: Sandbox) -> None:
    url = video_url(served)
    jimmy(served).faults = {Fault.DROPPED_UNREAD}
    calls = len(jimmy(served).calls)
    with pytest.raises((httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)):
        create(served)
    assert (len(jimmy(served).calls), jimmy(served).dropped_unread) == (calls, 1)
    assert create(served, "modellix").status_code == 200
    assert poll(served)["status"] == "completed"
    assert httpx.get(url).status_code == 200


# faults and time


def test_faults_can_be_changed_while_it_serves(served: Sandbox) -> None:
    served.set_faults(Fault.CREATE_503)
    assert create(served).status_code == create(served, "modellix").status_code == 503
    served.set_faults()
    assert create(served).status_code == create(served, "modellix").status_code == 200


def test_the_pace_follows_the_given_clock() -> None:
    now = [0.0]
    pace = Pace(queued=10, running=10)
    with Sandbox({"jimmy": JimmyStandIn}, pace=pace, clock=lambda: now[0]) as served:
        create(served)
        words = []
        for now[0] in (0.0, 9.0, 11.0, 19.0, 21.0):
            words.append(poll(served)["status"])
    assert words == ["queued", "queued", "processing", "processing", "completed"]


def test_a_temporary_fault_ends(served: Sandbox) -> None:
    create(served)
    served.set_faults(Fault.FIVE_BAD_POLLS)
    (task_id,) = jimmy(served).tasks
    url = f"{jimmy(served).address}/api/open-api/v1/videos/{task_id}"
    assert [httpx.get(url, headers=KEY).status_code for _ in range(6)] == [502] * 5 + [200]


# spelling


def test_refusals_are_written_as_the_vendor_documents_them(served: Sandbox) -> None:
    served.set_faults(Fault.CREATE_402)
    assert create(served, "modellix").json()["code"] == 402
    assert create(served, "jimmy").headers["content-type"] == "text/html"  # on no page of Jimmy's
    served.set_faults(Fault.ERROR_IN_BODY)
    assert (create(served).status_code, create(served).json()["code"]) == (200, 20002)
    assert not jimmy(served).tasks


def test_a_video_is_left_out_with_the_entry_that_contains_it() -> None:
    answer = {"data": {"url": "x", "files": [{"url": "x", "width": 1}, {"url": "y"}, "x"]}}
    assert without_video(answer, ["x"]) == {"data": {"files": [{"url": "y"}]}}


# the other origin


def test_a_redirect_leads_to_the_other_origin(served: Sandbox) -> None:
    served.set_faults(Fault.CREATE_REDIRECTS)
    answer = create(served)
    assert answer.status_code == 307
    assert answer.headers["location"].startswith(served.elsewhere)
    assert not jimmy(served).tasks
    httpx.post(answer.headers["location"], json={}, headers=KEY)
    (call,) = jimmy(served).calls_elsewhere
    assert call.headers["authorization"] == KEY["authorization"], "a leaked key is noted"


def test_a_video_at_the_other_origin_is_the_same_video(served: Sandbox) -> None:
    here = video_url(served)
    served.set_faults(Fault.VIDEO_ELSEWHERE)
    there = poll(served)["result"]["video_url"]
    assert there.startswith(served.elsewhere)
    assert httpx.get(there).content == httpx.get(here).content
    assert httpx.get(f"{served.elsewhere}/nobody/").status_code == 404


# ranges


@pytest.mark.parametrize(
    ("asked", "status", "part", "said"),
    [
        ({}, 200, DIGITS, None),
        ({"range": "bytes=0-"}, 206, DIGITS, "bytes 0-9/10"),
        ({"range": "bytes=4-"}, 206, b"456789", "bytes 4-9/10"),
        ({"range": "bytes=4-4"}, 206, b"4", "bytes 4-4/10"),
        ({"range": "bytes=4-99"}, 206, b"456789", "bytes 4-9/10"),
        ({"range": "bytes=-3"}, 206, b"789", "bytes 7-9/10"),
        ({"range": "bytes=-99"}, 206, DIGITS, "bytes 0-9/10"),
        ({"range": "bytes=10-"}, 416, b"", "bytes */10"),
        ({"range": "bytes=-0"}, 416, b"", "bytes */10"),
        ({"range": "bytes=5-4"}, 200, DIGITS, None),
        ({"range": "bytes=0-1,4-5"}, 200, DIGITS, None),
        ({"range": "bytes=-"}, 200, DIGITS, None),
        ({"range": "pages=1-2"}, 200, DIGITS, None),
        ({"range": "bytes=4-", "if-range": '"another"'}, 200, DIGITS, None),
    ],
    ids=lambda value: " ".join(value.values()) or "whole" if isinstance(value, dict) else None,
)
def test_a_range_is_served_as_web_servers_do(
    asked: dict[str, str], status: int, part: bytes, said: str | None
) -> None:
    reply = serve_file(DIGITS, "video/mp4", asked)
    assert (reply.status, reply.body, reply.headers.get("content-range")) == (status, part, said)
    assert reply.headers["accept-ranges"] == "bytes"


def test_a_range_of_the_same_file_is_served() -> None:
    tag = serve_file(DIGITS, "video/mp4", {}).headers["etag"]
    assert serve_file(DIGITS, "video/mp4", {"range": "bytes=4-", "if-range": tag}).status == 206
    assert serve_file(DIGITS[1:], "video/mp4", {}).headers["etag"] != tag


def test_the_rest_of_a_cut_video_can_be_requested(served: Sandbox) -> None:
    url = video_url(served)
    served.set_faults(Fault.CUT_DOWNLOAD)
    first, headers, is_all = received(url)
    assert not is_all
    rest, _, is_all = received(
        url, **{"range": f"bytes={len(first)}-", "if-range": headers["etag"]}
    )
    assert is_all
    assert first + rest == httpx.get(url).content
    assert "range" in jimmy(served).calls[-2].headers, "the range of a call is noted"


def test_a_server_without_ranges_sends_the_whole_video_again(served: Sandbox) -> None:
    url = video_url(served)
    served.set_faults(Fault.CUT_WITHOUT_RANGES)
    first, headers, is_all = received(url)
    assert not is_all
    assert not {"accept-ranges", "etag"} & set(headers)
    again = httpx.get(url, headers={"range": f"bytes={len(first)}-"})
    assert again.status_code == 200
    assert again.content.startswith(first)
    assert len(again.content) == int(headers["content-length"])


def test_a_video_that_is_always_cut_never_comes_beyond_its_middle(served: Sandbox) -> None:
    url = video_url(served)
    size = len(httpx.get(url).content)
    served.set_faults(Fault.CUT_ALWAYS)
    for start in (0, size // 4, size // 2, size - 1):
        got, headers, is_all = received(url, range=f"bytes={start}-")
        assert headers["content-range"] == f"bytes {start}-{size - 1}/{size}"
        assert not is_all
        assert start + len(got) <= max(start, size // 2)
