"""What is quoted is what is charged, for every model whose price is known.

The stand-ins charge by tables of their own: Modellix's contract and Jimmy's list, which the
adapters never see but through the vendors' answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from polyreel import Client, Quote, VideoRequest
from polyreel.adapters import ModelSpec, Registry
from polyreel.pricing import Certainty
from polyreel.pricing.addresses import Address
from polyreel.pricing.quoting import plain
from polyreel.request import probe
from polyreel_sandbox import Sandbox
from polyreel_sandbox.video import VideoCard, render_video
from tiny_videos import mp4

MODELS = dict(Registry.installed().models())
NO_VIDEO = b"\x00\x00\x00\x18ftypmp42" + bytes(1000)
UPPER_BOUNDS = ["modellix/seedance-2.0-i2v", "modellix/seedance-2.0-t2v"]
"""Of these only the highest price of a range is published, so no charge is foretold."""
PRICED = [
    "jimmy/seedance2.0-fast-i2v",
    "jimmy/seedance2.0-mini",
    "jimmy/seedance2.0-mini-sp",
    "jimmy/seedance2.0-mini-video",
    "modellix/seedance-2.0-fast-t2v",
    "modellix/seedance-2.0-mini-t2v",
]
UNPRICED = sorted(set(MODELS) - set(PRICED) - set(UPPER_BOUNDS))


@pytest.fixture
def client(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """Give a client that has asked for every list of prices; what it makes are no real videos."""
    monkeypatch.setattr("polyreel_sandbox.files._render", lambda _: mp4())
    with Client() as opened:
        opened.refresh_prices("jimmy")
        yield opened


def asked(spec: ModelSpec, **fields: Any) -> VideoRequest:
    """Return a request that the model takes, with as little media as it needs."""
    media: dict[str, Any] = {}
    if spec.videos is not None and spec.videos.minimum:
        # A clip whose length can't be read, here or at the vendor, is not billed.
        Path("clip.mp4").write_bytes(NO_VIDEO)
        can_upload = "upload" in spec.videos.forms
        media = {"reference_videos": ["clip.mp4" if can_upload else "https://cdn.example/1.mp4"]}
    elif not spec.takes_text_only:
        media = {"first_frame": "https://cdn.example/one.png"}
    return VideoRequest.model_validate({"prompt": "A paper boat", **media, **fields})


def quoted(client: Client, model: str, request: VideoRequest) -> Quote:
    """Return what a request would cost."""
    (offer,) = client.quote(request, [model])
    assert offer.quote is not None, offer.findings
    return offer.quote


def combinations() -> Iterator[Any]:
    """Return each priced model in each of its resolutions, with short, usual and long videos."""
    for model in PRICED:
        spec = MODELS[model]
        for resolution in spec.resolutions:
            for duration in sorted({spec.durations[0], 5, spec.durations[-1]}):
                name = f"{model.partition('/')[2]}-{resolution}-{duration}s"
                yield pytest.param(model, resolution, duration, id=name)


def test_every_model_is_priced_or_bounded_or_unknown(client: Client) -> None:
    book = client.price_sources
    adapters = client.registry.adapters
    configured = {
        name: Address.of(client.planner.account(each.adapter).base_url, each.adapter)
        for name, each in adapters.items()
    }
    rules = {
        model: book.rules(model, spec, configured[model.partition("/")[0]])
        for model, spec in MODELS.items()
    }
    assert [model for model in sorted(rules) if rules[model]] == sorted(PRICED + UPPER_BOUNDS)
    bounded = [name for name, each in rules.items() if any(rule.is_upper_bound for rule in each)]
    assert sorted(bounded) == UPPER_BOUNDS


@pytest.mark.parametrize(("model", "resolution", "duration"), list(combinations()))
def test_the_charge_is_what_was_quoted_and_the_journal_keeps_both(
    model: str, resolution: str, duration: int, client: Client
) -> None:
    request = asked(MODELS[model], resolution=resolution, duration=duration)
    reported = quoted(client, model, request)
    assert (reported.certainty, reported.amount is None) == (Certainty.EXACT, False)
    video = client.generate(request, "video.mp4", model, max_price=str(reported))
    (record,) = client.history.jobs()
    assert record.id == video.job.id
    assert record.status is not None
    assert record.status.charge is not None
    assert (record.status.charge.amount, record.status.charge.unit) == (
        reported.amount,
        reported.currency,
    )
    assert record.quoted == reported.facts()


@pytest.mark.parametrize("named", ["clip.mp4", "~/clip.mp4"])
def test_the_seconds_of_the_first_reference_video_are_quoted_and_charged(
    named: str, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    card = VideoCard(
        provider="", model="", prompt="", seconds=3, width=320, height=180, sound=False,
        frames_per_second=2,
    )  # fmt: skip
    (tmp_path / "clip.mp4").write_bytes(render_video(card))
    assert round(probe(tmp_path / "clip.mp4").seconds) == 3
    model = "jimmy/seedance2.0-mini-video"
    request = VideoRequest.model_validate(
        {"prompt": "A boat", "duration": 8, "reference_videos": [named]}
    )
    reported = quoted(client, model, request)
    charge = client.generate(request, "video.mp4", model).job.status
    assert charge is not None
    assert charge.charge is not None
    assert reported.amount is not None
    assert (plain(reported.amount), charge.charge.amount) == ("0.77", reported.amount)


@pytest.mark.parametrize("model", UPPER_BOUNDS)
def test_an_upper_bound_is_said_to_be_one_and_no_charge_is_made_up_for_it(
    model: str, client: Client
) -> None:
    request = asked(MODELS[model])
    reported = quoted(client, model, request)
    assert (reported.certainty, str(reported)) == (Certainty.UPPER_BOUND, "at most 4.485 USD")
    record = client.generate(request, "video.mp4", model).job
    assert record.status is not None
    assert (record.status.charge, record.quoted) == (None, reported.facts())


@pytest.mark.parametrize("model", UNPRICED)
def test_a_model_without_a_price_is_unknown_and_never_zero(model: str, client: Client) -> None:
    spec = MODELS[model]
    for resolution in spec.resolutions:
        reported = quoted(client, model, asked(spec, resolution=resolution))
        assert (reported.amount, reported.certainty) == (None, Certainty.UNKNOWN)
        assert str(reported) == "unknown"
        assert reported.reason
