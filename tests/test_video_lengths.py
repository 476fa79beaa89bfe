"""How long reference videos are: read from files always, and from URLs only when asked to."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
import respx
from polyreel import AsyncClient, Client, Config, VideoRequest
from polyreel_sandbox import VideoCard
from polyreel_sandbox.video import render_video

MODEL = "jimmy/seedance2.0-mini-video"
PRICE = {"model": MODEL, "unit": "second", "amount": "0.05", "currency": "JimiCoin"}
CONFIG = Config.model_validate({"prices": [PRICE]})
URL = "https://media.example/kite.mp4?Signature=5ad0"


@pytest.fixture(scope="module")
def video() -> bytes:
    """Render a video of three seconds."""
    return render_video(
        VideoCard(
            provider="toy",
            model="toy",
            prompt="A kite",
            seconds=3,
            width=64,
            height=64,
            frames_per_second=2,
            sound=False,
        )
    )


def asked(*videos: str | Path) -> VideoRequest:
    fields = {"prompt": "A kite", "duration": 8, "reference_videos": [str(each) for each in videos]}
    return VideoRequest.model_validate(fields)


def price(request: VideoRequest, **options: Any) -> Decimal | None:
    """Return what a blocking and an async client quote alike."""
    with Client(CONFIG, journal=None) as client:
        (offer,) = client.quote(request, [MODEL], **options)

    async def run() -> Decimal | None:
        async with AsyncClient(CONFIG, journal=None) as other:
            (again,) = await other.quote(request, [MODEL], **options)
            return again.quote.amount if again.quote else None

    amount = offer.quote.amount if offer.quote else None
    assert anyio.run(run) == amount
    return amount


def test_a_file_is_read(video: bytes, tmp_path: Path) -> None:
    (tmp_path / "kite.mp4").write_bytes(video)
    assert price(asked(tmp_path / "kite.mp4")) == Decimal("0.55")


def test_a_video_that_cannot_be_read_counts_as_the_vendor_says(tmp_path: Path) -> None:
    (tmp_path / "kite.mp4").write_bytes(b"\x00\x00\x00\x18ftypmp42" + bytes(99))
    assert price(asked(tmp_path / "kite.mp4")) == Decimal("0.4")


def test_a_url_is_not_downloaded_unless_asked_to() -> None:
    with respx.mock(assert_all_called=False) as router:
        route = router.get(url__startswith="https://media.example")
        assert price(asked(URL)) is None
        assert not route.called


def test_a_url_is_downloaded_when_asked_to(video: bytes) -> None:
    with respx.mock() as router:
        route = router.get(url__startswith="https://media.example")
        route.mock(return_value=httpx.Response(200, content=video))
        assert price(asked(URL), read_urls=True) == Decimal("0.55")
        assert all("authorization" not in call.request.headers for call in route.calls)


def test_a_url_that_can_not_be_downloaded_leaves_the_price_unknown() -> None:
    with respx.mock() as router:
        router.get(url__startswith="https://media.example").mock(return_value=httpx.Response(404))
        assert price(asked(URL), read_urls=True) is None


def test_the_signature_of_a_url_is_in_no_quote() -> None:
    with Client(CONFIG, journal=None) as client:
        (offer,) = client.quote(asked(URL), [MODEL])
    assert "5ad0" not in json.dumps(offer.facts())
