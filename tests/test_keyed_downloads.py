"""A video behind the key: the key goes with its download, to the configured origin only."""

from __future__ import annotations

from pathlib import Path

import pytest
from keyed_toy import CONTENT, keyed, save
from polyreel import AuthenticationFailed, DownloadError, MissingKey
from polyreel.adapters import JobStatus, Output, State
from polyreel.jobs import Stage
from polyreel.text.addresses import result_address, same_origin
from toy_adapter import KEY, VIDEO, Answered, Arrived, LoopbackServer, everything_said, resumed_job

both_ways = pytest.mark.parametrize("is_async", [False, True], ids=["blocking", "async"])
BEARER = f"Bearer {KEY}"
WHOLE = Answered(body=VIDEO)


def with_key(arrived: Arrived) -> Answered:
    """Serve the video with the key only."""
    return WHOLE if arrived.headers.get("authorization") == BEARER else Answered(status=401)


@both_ways
@pytest.mark.parametrize("form", ["below the address", "whole"])
def test_the_key_goes_with_the_download(tmp_path: Path, is_async: bool, form: str) -> None:
    with keyed(with_key) as served:
        if form == "whole":
            served.videos = [served.address + CONTENT + "?index=0"]
        job = save(served, tmp_path / "video.mp4", is_async)
    assert (tmp_path / "video.mp4").read_bytes() == VIDEO
    assert served.keys == [BEARER]
    assert served.arrived[0].path.partition("?")[0] == f"/v1{CONTENT}"
    assert job.record.stage is Stage.DOWNLOADED


def test_an_output_without_the_need_gets_no_key(tmp_path: Path) -> None:
    with keyed() as served:
        url = served.address + CONTENT
        done = JobStatus(state=State.SUCCEEDED, raw_state="done", outputs=(Output(url=url),))
        save(served, tmp_path / "video.mp4", live=resumed_job(done))
    assert served.keys == [None]


@both_ways
def test_another_origin_gets_no_key(tmp_path: Path, is_async: bool) -> None:
    # The port differs, and nothing else.
    with LoopbackServer(WHOLE) as other, keyed() as served:
        served.videos = [f"{other.address}/v1{CONTENT}"]
        save(served, tmp_path / "video.mp4", is_async)
        assert (served.arrived, len(other.arrived)) == ([], 1)
        assert "authorization" not in other.arrived[0].headers
        assert KEY not in repr(other.arrived)
    assert (tmp_path / "video.mp4").read_bytes() == VIDEO


@both_ways
def test_the_key_follows_no_redirect_to_another_origin(tmp_path: Path, is_async: bool) -> None:
    with LoopbackServer(WHOLE) as other:
        moved = Answered(status=302, headers={"location": f"{other.address}/signed.mp4"})
        with keyed(lambda _: moved) as served:
            save(served, tmp_path / "video.mp4", is_async)
        assert served.keys == [BEARER]
        assert len(other.arrived) == 1
        assert "authorization" not in other.arrived[0].headers
        assert KEY not in repr(other.arrived)
    assert (tmp_path / "video.mp4").read_bytes() == VIDEO


@both_ways
def test_the_key_follows_no_redirect_at_its_own_origin(tmp_path: Path, is_async: bool) -> None:
    moved = Answered(status=307, headers={"location": "/v1/elsewhere.mp4"})
    with keyed(lambda each: moved if each.path.endswith(CONTENT) else WHOLE) as served:
        save(served, tmp_path / "video.mp4", is_async)
    assert served.keys == [BEARER, None]
    assert (tmp_path / "video.mp4").read_bytes() == VIDEO


def test_a_redirect_back_gets_no_key_either(tmp_path: Path) -> None:
    with keyed() as served:
        back = Answered(status=302, headers={"location": served.address + "/again.mp4"})
        with LoopbackServer(back) as other:
            moved = Answered(status=302, headers={"location": f"{other.address}/x"})
            served.answer = lambda each: moved if each.path.endswith(CONTENT) else WHOLE
            save(served, tmp_path / "video.mp4")
    assert served.keys == [BEARER, None]


@both_ways
def test_a_wrong_key_is_named_and_the_job_stays_open(tmp_path: Path, is_async: bool) -> None:
    job = resumed_job()
    with (
        keyed(lambda _: Answered(status=401)) as served,
        pytest.raises(AuthenticationFailed) as raised,
    ):
        save(served, tmp_path / "video.mp4", is_async, live=job, timeout=None)
    said = raised.value.message
    assert "does not accept the key (HTTP 401)" in said
    assert "TOY_API_KEY" in said
    assert KEY not in everything_said(raised.value)
    assert served.keys == [BEARER, BEARER], "it is sent once more, and no more"
    assert raised.value.job == job.record.ref
    assert (job.record.stage, job.record.is_unfinished) == (Stage.FINISHED, True)
    assert [*tmp_path.glob("*.mp4"), *tmp_path.glob(".*")] == []


def test_a_key_that_is_accepted_later_saves_the_video(tmp_path: Path) -> None:
    with keyed(lambda _: WHOLE if len(served.arrived) > 1 else Answered(status=401)) as served:
        save(served, tmp_path / "video.mp4")
    assert served.keys == [BEARER, BEARER]


def test_a_401_behind_a_redirect_does_not_blame_the_key(tmp_path: Path) -> None:
    moved = Answered(status=302, headers={"location": "/v1/elsewhere.mp4"})
    refused = Answered(status=401)
    with (
        keyed(lambda each: moved if each.path.endswith(CONTENT) else refused) as served,
        pytest.raises(DownloadError) as raised,
    ):
        save(served, tmp_path / "video.mp4")
    assert "key" not in raised.value.message


@pytest.mark.parametrize("status", [403, 404])
def test_other_refusals_pass_as_those_of_other_videos(tmp_path: Path, status: int) -> None:
    with keyed(lambda _: WHOLE if len(served.arrived) > 2 else Answered(status=status)) as served:
        save(served, tmp_path / "video.mp4")
    assert served.keys == [BEARER] * 3


@pytest.mark.parametrize("status", [400, 500, 502])
def test_other_errors_end_as_those_of_other_videos(tmp_path: Path, status: int) -> None:
    with (
        keyed(lambda _: Answered(status=status)) as served,
        pytest.raises(DownloadError, match=f"HTTP {status}"),
    ):
        save(served, tmp_path / "video.mp4", timeout=0.0)
    assert set(served.keys) == {BEARER}


def test_without_a_key_nothing_is_asked(tmp_path: Path) -> None:
    with keyed() as served:
        url = served.address + CONTENT
        outputs = (Output(url=url, needs_key=True),)
        done = JobStatus(state=State.SUCCEEDED, raw_state="done", outputs=outputs)
        with pytest.raises(MissingKey):
            save(served, tmp_path / "video.mp4", live=resumed_job(done), key=None)
        assert served.arrived == []


@pytest.mark.parametrize(
    ("base_url", "url", "address"),
    [
        ("https://api.example/v1", "/videos/1/content", "https://api.example/v1/videos/1/content"),
        ("https://api.example/v1/", "/x?index=0", "https://api.example/v1/x?index=0"),
        ("https://api.example", "/x", "https://api.example/x"),
        ("https://api.example/v1", "//other.example/x", "//other.example/x"),
        ("https://api.example/v1", "/\\other.example/x", "/\\other.example/x"),
        ("https://api.example/v1", "x.mp4", "x.mp4"),
        ("https://api.example/v1", "https://other.example/x", "https://other.example/x"),
    ],
)
def test_a_path_below_the_address(base_url: str, url: str, address: str) -> None:
    assert result_address(base_url, url, "address") == address


@pytest.mark.parametrize(
    ("other", "is_same"),
    [
        ("https://api.example/x", True),
        ("https://API.example:443/y", True),
        ("http://api.example/x", False),
        ("https://api.example:8443/x", False),
        ("https://api.example.evil.example/x", False),
        ("https://api.example@evil.example/x", False),
        ("https://evil.example\\@api.example/x", False),
        ("https://api.example\\.evil.example/x", False),
        ("//api.example/x", False),
        ("no URL", False),
    ],
)
def test_an_origin_is_the_same_only_where_that_is_certain(other: str, is_same: bool) -> None:
    assert same_origin("https://api.example/v1", other) is is_same
