"""The shape of a video whose request gives a frame and no shape."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest
from pictures import drawn, picture, written
from PIL import Image
from polyreel import Client, MediaUnreadable, VideoRequest
from polyreel.adapters import Registry
from polyreel.cli.app import build_app
from polyreel.engine import Plan
from polyreel.models import Adjustment
from polyreel.models.shapes import nearest_shape, shape_of_frames
from polyreel.request import Media
from polyreel_sandbox import Pace, Sandbox, installed_stand_ins
from quick import QUICK
from typer.testing import CliRunner

MODEL = "modellix/seedance-2.0-fast-i2v"
SIX = ("21:9", "16:9", "4:3", "1:1", "3:4", "9:16")


@pytest.mark.parametrize(
    ("size", "ratios", "shape"),
    [
        ((1080, 1920), SIX, "9:16"),
        ((1920, 1080), SIX, "16:9"),
        ((1000, 1000), SIX, "1:1"),
        ((3, 1), SIX, "21:9"),
        ((1, 90_000), SIX, "9:16"),
        # Between 16:9 and 1:1 the geometric mean decides (1.333), not the arithmetic one (1.389).
        ((1350, 1000), ("16:9", "1:1"), "16:9"),
        ((1000, 1350), ("9:16", "1:1"), "9:16"),
        ((1300, 1000), ("16:9", "1:1"), "1:1"),
        ((9, 16), ("auto", "16:9", "2.39:1"), "16:9"),
        ((16, 9), ("auto",), None),
        ((16, 9), ("auto", "wide", "0:1", "1:0"), None),
    ],
)
def test_the_nearest_shape_is_found_by_the_logarithm(
    size: tuple[int, int], ratios: tuple[str, ...], shape: str | None
) -> None:
    assert nearest_shape(*size, ratios) == shape


@pytest.mark.parametrize("ratio", SIX)
def test_a_size_in_a_models_own_shape_gets_that_shape(ratio: str) -> None:
    width, height = map(int, ratio.split(":"))
    assert nearest_shape(width * 40, height * 40, SIX) == ratio


def plan(request: VideoRequest, model: str = MODEL) -> Plan:
    with Client(journal=None) as client:
        return client.plan(request, model).first


def chosen(request: VideoRequest, model: str = MODEL) -> tuple[str, tuple[Adjustment, ...]]:
    made = plan(request, model)
    return made.request.aspect_ratio, made.adjustments


def upright(kind: str = "PNG", **options: object) -> bytes:
    return written(drawn(width=36, height=64), kind, **options)


def turned(orientation: int, kind: str = "JPEG") -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return written(drawn(width=64, height=36), kind, exif=exif)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_portrait_gives_a_portrait_and_says_so() -> None:
    Path("p.png").write_bytes(upright())
    ratio, (adjusted,) = chosen(VideoRequest(prompt="A kite", first_frame="p.png"))
    assert ratio == "9:16"
    assert adjusted == Adjustment(
        field="aspect_ratio",
        asked="nothing; the default is 16:9",
        sent="9:16",
        reason="first_frame has 36×64 pixels, and 9:16 is the model's nearest shape",
        action="chosen",
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_as_exif_says(orientation: int, kind: str) -> None:
    frame = Media(data=turned(orientation, kind), mime_type=f"image/{kind.lower()}")
    expected = "9:16" if orientation in (5, 6, 7, 8) else "16:9"
    assert chosen(VideoRequest(prompt="A kite", first_frame=frame))[0] == expected


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "HEIF", "AVIF", "TIFF", "GIF", "BMP"])
def test_the_size_of_every_image_type_is_read(kind: str) -> None:
    Path("p").write_bytes(upright(kind))
    frames = VideoRequest(prompt="A kite", first_frame="p")
    assert chosen(frames)[0] == "9:16"


def test_bytes_and_data_urls_count_as_files_do() -> None:
    for frame in (Media(data=upright(), mime_type="image/png"), upright_url()):
        assert chosen(VideoRequest(prompt="A kite", first_frame=frame))[0] == "9:16"


def upright_url() -> str:
    return f"data:image/png;base64,{base64.b64encode(upright()).decode()}"


def test_a_shape_that_is_given_stays_even_where_it_is_the_default() -> None:
    Path("p.png").write_bytes(upright())
    asked = VideoRequest(prompt="A kite", first_frame="p.png", aspect_ratio="16:9")
    assert chosen(asked) == ("16:9", ())


def test_a_url_and_a_frame_in_the_default_shape_change_nothing() -> None:
    Path("wide.png").write_bytes(picture(width=640, height=360))
    for frame in ("https://media.example/p.png", "wide.png"):
        assert chosen(VideoRequest(prompt="A kite", first_frame=frame)) == ("16:9", ())


def test_of_two_frames_the_first_decides_with_a_warning() -> None:
    Path("wide.png").write_bytes(picture(width=640, height=360))
    Path("p.png").write_bytes(upright())
    both = VideoRequest(prompt="A kite", first_frame="p.png", last_frame="wide.png")
    ratio, (adjusted,) = chosen(both, "jimmy/seedance2.0-std")
    assert ratio == "9:16"
    assert adjusted.reason.endswith("; warning: last_frame has another shape (640×360 pixels)")
    other = VideoRequest(prompt="A kite", first_frame="wide.png", last_frame="p.png")
    ratio, (adjusted,) = chosen(other, "jimmy/seedance2.0-std")
    assert ratio == "16:9"
    assert adjusted.reason.endswith("; warning: last_frame has another shape (36×64 pixels)")


def test_a_last_frame_alone_decides() -> None:
    Path("p.png").write_bytes(upright())
    request = VideoRequest(prompt="A kite", last_frame="p.png")
    assert chosen(request, "jimmy/seedance2.0-std")[0] == "9:16"


def test_a_frame_whose_size_is_unknown_is_said() -> None:
    Path("odd.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"?" * 40)
    _, (adjusted,) = chosen(VideoRequest(prompt="A kite", first_frame="odd.png"))
    assert adjusted.reason == "the size of first_frame can't be read; give aspect_ratio"
    assert shape_of_frames([("first_frame", None)], ("auto",), "16:9") == adjusted


def test_each_model_gets_its_own_nearest_shape() -> None:
    Path("tall.png").write_bytes(picture(width=320, height=400))
    request = VideoRequest(prompt="A kite", first_frame="tall.png")
    assert chosen(request, "jimmy/seedance2.0-std")[0] == "3:4"
    assert chosen(request, "jimmy/seedance2.0-fast-i2v")[0] == "1:1"


def test_a_closed_client_does_not_read_the_size_of_a_file() -> None:
    Path("p.png").write_bytes(upright())
    with (
        Client(local_files=False, journal=None) as client,
        pytest.raises(MediaUnreadable, match="local_files"),
    ):
        client.plan(VideoRequest(prompt="A kite", first_frame="p.png"), MODEL)


def test_the_digest_under_an_idempotency_key_stays() -> None:
    """A job is found again by its key, also where the shape came from the frame."""
    Path("p.png").write_bytes(upright())
    registry = Registry.installed()
    with pytest.MonkeyPatch.context() as patch:
        for installed in registry.adapters.values():
            patch.setattr(installed.adapter, "poll_timing", QUICK)
        with (
            Sandbox(
                installed_stand_ins(registry), pace=Pace(queued=0, running=0), frames_per_second=2
            ) as served,
            Client(base_urls=served.base_urls, api_keys={"modellix": "k" * 20}) as client,
        ):
            request = VideoRequest(prompt="A kite", first_frame="p.png")
            first = client.submit(request, MODEL, idempotency_key="order 7")
            again = client.submit(request, MODEL, idempotency_key="order 7")
            assert first.id == again.id
            assert len(served.stand_ins["modellix"].tasks) == 1
            (adjusted,) = client.job(first.id).adjustments  # as the journal has it
            assert (adjusted.sent, adjusted.action) == ("9:16", "chosen")


def test_consent_check_wire_and_quote_name_the_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("p.png").write_bytes(upright())
    monkeypatch.setenv("MODELLIX_API_KEY", "k" * 20)
    asked = ("-p", "A kite", "--first-frame", "p.png", "-m", MODEL)
    runner = CliRunner()
    consent = runner.invoke(build_app(), ["generate", *asked, "-o", "v.mp4"], input="n\n").output
    assert "9:16" in consent.splitlines()[1]
    assert "chosen: aspect_ratio 9:16 (first_frame has 36×64 pixels, and 9:16 is" in consent
    request = {"prompt": "A kite", "first_frame": "p.png"}
    Path("r.json").write_text(json.dumps(request), encoding="utf-8")
    given = ("r.json", "-m", MODEL)
    quoted = runner.invoke(build_app(), ["quote", *given]).output
    assert f"{MODEL}: would choose aspect_ratio (first_frame has" in " ".join(quoted.split())
    wired = runner.invoke(build_app(), ["wire", *given]).output
    assert "9:16" in wired
    assert f"{MODEL}: chosen aspect_ratio (first_frame has" in " ".join(wired.split())


def test_check_refuses_no_shape_that_the_frame_replaces(monkeypatch: pytest.MonkeyPatch) -> None:
    """The default 16:9 is not what would be sent, so a model without it can do the request."""
    Path("p.png").write_bytes(upright())
    (adapter, spec) = Registry.installed().model("jimmy/seedance2.0-fast-i2v")
    portrait = replace(spec, aspect_ratios=("9:16", "1:1"))
    monkeypatch.setattr(Registry, "model", lambda *_: (adapter, portrait))
    request = VideoRequest(prompt="A kite", first_frame="p.png")
    assert chosen(request, "jimmy/seedance2.0-fast-i2v")[0] == "9:16"
