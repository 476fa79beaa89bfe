"""The sandbox refuses what the vendors' documents refuse, counts tasks and gives real videos."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import httpx
import pytest
from PIL import Image
from polyreel.adapters import Registry
from polyreel.request import probe
from polyreel_jimmy.stand_in import JimmyStandIn
from polyreel_modellix.stand_in import ModellixStandIn
from polyreel_sandbox import Pace, Sandbox, frame_size

GREEN = (20, 220, 40)
JIMMY_PATH = "/api/open-api/v1/seedance/videos"
MODELLIX_PATH = "/bytedance/seedance-2.0-fast-i2v/async"
IMAGE = "https://example.com/a.png"
KEY = {"authorization": "Bearer sandbox"}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    stand_ins = {"jimmy": JimmyStandIn, "modellix": ModellixStandIn}
    pace = Pace(queued=0.0, running=0.0)
    with Sandbox(stand_ins, pace=pace, frames_per_second=4) as running:
        yield running


def post(sandbox: Sandbox, provider: str, path: str, body: Any, **more: Any) -> httpx.Response:
    return httpx.post(
        sandbox.base_urls[provider] + path, json=body, headers=more.get("headers", KEY), timeout=30
    )


def jimmy_video(sandbox: Sandbox, body: dict[str, Any], folder: Path) -> Path:
    created = post(sandbox, "jimmy", JIMMY_PATH, body).json()
    task = created["data"]["task_id"]
    url = f"{sandbox.base_urls['jimmy']}/api/open-api/v1/videos/{task}"
    status = httpx.get(url, headers=KEY).json()
    path = folder / "jimmy.mp4"
    path.write_bytes(httpx.get(status["data"]["result"]["video_url"], timeout=60).content)
    return path


def modellix_video(sandbox: Sandbox, body: dict[str, Any], folder: Path) -> Path:
    created = post(sandbox, "modellix", MODELLIX_PATH, body).json()
    status = httpx.get(created["data"]["get_result"]["url"], headers=KEY).json()
    path = folder / "modellix.mp4"
    resource = status["data"]["result"]["resources"][0]
    path.write_bytes(httpx.get(resource["url"], timeout=60).content)
    return path


def green_png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), GREEN).save(file, "PNG")
    return file.getvalue()


def green_pixels(video: Path, at: float = 0.0) -> int:
    """Return how many pixels of a frame are the test image's green or a darkened one."""
    with av.open(str(video)) as container:
        frames = list(container.decode(video=0))
    shown = frames[int(at * (len(frames) - 1))].to_image()  # type: ignore[no-untyped-call]  # its library types none
    image = shown.convert("RGB").resize((320, 180))
    pixels = image.tobytes()
    triples = zip(pixels[0::3], pixels[1::3], pixels[2::3], strict=True)
    return sum(1 for red, green, blue in triples if green > 60 and green > 2 * max(red, blue))


GOOD = {"model": "seedance2.0-fast-i2v", "prompt": "x", "duration": 5, "images": [IMAGE]}


@pytest.mark.parametrize(
    "change",
    [
        {"duration": 16},
        {"duration": "5"},
        {"ratio": "4:3"},
        {"images": [IMAGE] * 10},
        {"images": ["http://example.com/a.png"]},
        {"images": ["data:image/png;base64,AAAA"]},
        {"first_image": IMAGE},
        {"prompt": "x" * 5001},
        {"reference_videos": ["https://example.com/a.mp4"]},
        {"model": "seedance3"},
    ],
    ids=lambda change: next(iter(change)) + "=" + str(next(iter(change.values())))[:20],
)
def test_jimmys_stand_in_refuses_what_the_page_refuses(
    sandbox: Sandbox, change: dict[str, Any]
) -> None:
    answer = post(sandbox, "jimmy", JIMMY_PATH, {**GOOD, **change})
    assert (answer.status_code, answer.json()["code"]) == (400, 20002)
    assert not sandbox.stand_ins["jimmy"].tasks


@pytest.mark.parametrize(
    "change",
    [
        {"duration": 3},
        {"ratio": "2:1"},
        {"resolution": "1080p"},
        {"seed": -2},
        {"execution_expires_after": 3599},
        {"reference_images": [IMAGE] * 10},
        {"first_frame_image": IMAGE},
        {"audio_urls": []},
        {"prompt": ""},
    ],
    ids=lambda change: next(iter(change)) + "=" + str(next(iter(change.values())))[:20],
)
def test_modellix_stand_in_refuses_what_the_schema_refuses(
    sandbox: Sandbox, change: dict[str, Any]
) -> None:
    good = {"prompt": "x", "reference_images": [IMAGE]}
    answer = post(sandbox, "modellix", MODELLIX_PATH, {**good, **change})
    assert (answer.status_code, answer.json()["code"]) == (400, 400)
    assert not sandbox.stand_ins["modellix"].tasks


@pytest.mark.parametrize("headers", [{}, {"authorization": "Basic x"}, {"x-api-key": "x"}])
def test_a_call_without_a_key_is_refused(sandbox: Sandbox, headers: dict[str, str]) -> None:
    assert post(sandbox, "jimmy", JIMMY_PATH, GOOD, headers=headers).status_code == 401


def test_a_setting_that_the_vendor_ignores_is_ignored(sandbox: Sandbox, tmp_path: Path) -> None:
    video = jimmy_video(sandbox, {**GOOD, "duration": 1, "resolution": "1080p"}, tmp_path)
    assert (probe(video).width, probe(video).height) == (1280, 720)


def test_modellix_stand_in_uses_the_schemas_defaults(sandbox: Sandbox, tmp_path: Path) -> None:
    facts = probe(modellix_video(sandbox, {"prompt": "x", "reference_images": [IMAGE]}, tmp_path))
    assert (facts.width, facts.height, round(facts.seconds)) == (720, 720, 5)
    assert facts.has_sound


def test_a_video_has_the_requested_length_shape_size_and_no_sound(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    body = {
        "prompt": "x",
        "reference_images": [IMAGE],
        "duration": 4,
        "ratio": "9:16",
        "resolution": "480p",
        "generate_audio": False,
    }
    facts = probe(modellix_video(sandbox, body, tmp_path))
    assert (facts.width, facts.height) == frame_size("480p", "9:16") == (480, 854)
    assert facts.seconds == pytest.approx(4, abs=0.3)
    assert not facts.has_sound


def test_an_inline_first_frame_can_be_seen_in_the_video(sandbox: Sandbox, tmp_path: Path) -> None:
    inline = "data:image/png;base64," + base64.b64encode(green_png()).decode()
    body = {"prompt": "x", "duration": 4, "ratio": "16:9", "generate_audio": False}
    with_it = modellix_video(sandbox, {**body, "first_frame_image": inline}, tmp_path)
    seen = green_pixels(with_it)
    without = modellix_video(sandbox, {**body, "first_frame_image": IMAGE}, tmp_path)
    assert seen > 1000
    assert green_pixels(without) < seen / 10


def test_an_uploaded_reference_image_can_be_seen_in_the_video(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    answer = httpx.post(
        sandbox.base_urls["jimmy"] + "/api/open-api/v1/files/upload",
        files={"file": ("green one.png", green_png(), "image/png")},
        headers=KEY,
    )
    url = answer.json()["data"]["url"]
    seen = green_pixels(jimmy_video(sandbox, {**GOOD, "duration": 1, "images": [url]}, tmp_path))
    without = green_pixels(jimmy_video(sandbox, {**GOOD, "duration": 1}, tmp_path))
    assert seen > without + 300


def test_the_root_returns_the_addresses_and_the_number_of_tasks(sandbox: Sandbox) -> None:
    post(sandbox, "jimmy", JIMMY_PATH, GOOD)
    assert httpx.get(sandbox.address + "/").json() == {
        "jimmy": {"base_url": sandbox.base_urls["jimmy"], "tasks": 1},
        "modellix": {"base_url": sandbox.base_urls["modellix"], "tasks": 0},
    }


def test_an_undocumented_route_is_not_found(sandbox: Sandbox) -> None:
    assert post(sandbox, "modellix", "/bytedance/seedance-9/async", {}).status_code == 404
    assert httpx.get(sandbox.base_urls["modellix"] + "/nothing", headers=KEY).status_code == 404
    assert httpx.get(sandbox.address + "/nobody/").status_code == 404


def test_every_installed_provider_has_a_stand_in() -> None:
    registry = Registry.installed()
    assert set(registry.stand_ins()) == set(registry.adapters)


@pytest.mark.parametrize(
    ("resolution", "ratio", "size"),
    [
        ("720p", "16:9", (1280, 720)),
        ("480p", "16:9", (854, 480)),
        ("720p", "1:1", (720, 720)),
        ("720p", "21:9", (1680, 720)),
        ("1080p", "3:4", (1080, 1440)),
        ("4k", "16:9", (3840, 2160)),
        ("720p", "Adaptive", (1280, 720)),
    ],
)
def test_pixels_are_even_and_have_the_requested_shape(
    resolution: str, ratio: str, size: tuple[int, int]
) -> None:
    assert frame_size(resolution, ratio) == size
