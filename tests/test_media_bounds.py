"""How local media are sent: inline within polyreel's own bounds, uploaded beyond them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import anyio
import pytest
from market import TOY, Market
from pictures import picture, written
from PIL import Image
from polyreel import (
    AsyncClient,
    Client,
    Config,
    MediaUnreadable,
    PluginError,
    UsageError,
    VideoRequest,
)
from polyreel.adapters import MediaLimit, ModelSpec, UploadLimit, WireRequest
from polyreel.client.drivers import drive
from polyreel.engine import EngineContext, LiveJob
from polyreel.engine.media_checks import conversion_for, media_findings, send_forms
from polyreel.engine.plan import Plan
from polyreel.engine.prepare import ReadAlready, prepared, read_media
from polyreel.engine.submit import _check_sendable, submit
from polyreel.jobs.journal.requests import request_digest
from polyreel.request import Media, MediaRules
from polyreel.request.media import MediaFile
from polyreel.request.media_rules import MAXIMUM_INLINE_TOTAL
from polyreel.request.pictures import Picture
from toy_adapter import SPEC, Script, ToyAdapter, plan_for

BOTH = replace(SPEC, images=MediaLimit(forms=frozenset({"url", "inline", "upload"}), maximum=9))
INLINE = replace(SPEC, images=MediaLimit(forms=frozenset({"url", "inline"}), maximum=9))
MIB = 2**20
PNG = picture()
OWN = "polyreel's own bound, no page publishes one"


class BothAdapter(ToyAdapter):
    contract_version = 3
    upload_limit = UploadLimit(
        maximum_bytes=16 * MIB,
        mime_types=frozenset({"image/png", "image/jpg", "image/gif"}),
        source="https://docs.toy.example/files",
    )


def plan_of(*media: bytes | Media, spec: ModelSpec = BOTH, rules: MediaRules | None = None) -> Plan:
    given = tuple(
        Media(data=each, mime_type="image/png") if isinstance(each, bytes) else each
        for each in media
    )
    plan = plan_for(BothAdapter(), reference_images=given)
    return replace(plan, spec=spec, media_rules=rules or MediaRules())


def files_of(*sizes: int, mime_type: str = "image/png", **facts: Any) -> dict[str, MediaFile]:
    seen = Picture(**{"width": 640, "height": 480, **facts})
    return {
        f"reference_images[{index}]": MediaFile(
            filename=f"{index}.png", mime_type=mime_type, data=bytes(size), picture=seen
        )
        for index, size in enumerate(sizes)
    }


@pytest.mark.parametrize(
    ("size", "rules", "form"),
    [
        (10 * MIB, MediaRules(), "inline"),
        (10 * MIB + 1, MediaRules(), "upload"),
        (10 * MIB + 1, MediaRules(lift_bounds=True), "inline"),
        (10 * MIB + 1, MediaRules(maximum_inline_bytes=12 * MIB), "inline"),
        (17 * MIB, MediaRules(), "inline"),  # too large for an upload too, so it is refused
    ],
)
def test_an_image_beyond_the_bound_is_uploaded(size: int, rules: MediaRules, form: str) -> None:
    plan = plan_of(PNG, rules=rules)
    assert send_forms(plan, files_of(size)) == {"reference_images[0]": form}


def test_what_is_too_large_for_every_form_is_refused_in_the_name_of_whose_bound_it_is() -> None:
    (finding,) = media_findings(plan_of(PNG), files_of(17 * MIB))
    assert finding.field == "reference_images[0]"
    assert OWN in finding.message
    assert "lift_bounds=True (--lift-bounds)" in finding.message
    assert not media_findings(plan_of(PNG, rules=MediaRules(lift_bounds=True)), files_of(17 * MIB))


def test_what_a_vendor_publishes_is_not_lifted() -> None:
    plan = plan_of(PNG, spec=SPEC, rules=MediaRules(lift_bounds=True))
    (finding,) = media_findings(plan, files_of(17 * MIB))
    assert "Toy Videos takes uploads of up to" in finding.message
    assert "own bound" not in finding.message
    assert "lift_bounds" not in finding.message


def test_images_that_are_together_too_large_are_uploaded_from_the_one_that_is_too_much() -> None:
    sizes = [9 * MIB] * 7
    forms = send_forms(plan_of(*[PNG] * 7), files_of(*sizes))
    assert list(forms.values()) == ["inline"] * 5 + ["upload"] * 2
    findings = media_findings(plan_of(*[PNG] * 7, spec=INLINE), files_of(*sizes))
    assert [each.field for each in findings] == ["reference_images[5]", "reference_images[6]"]
    assert str(MAXIMUM_INLINE_TOTAL) in findings[0].message
    assert OWN in findings[0].message


def test_a_type_that_only_the_upload_takes_is_uploaded() -> None:
    files = files_of(100, mime_type="image/gif")
    assert send_forms(plan_of(PNG), files) == {"reference_images[0]": "upload"}
    (finding,) = media_findings(plan_of(PNG, spec=INLINE), files)
    assert "image/gif" in finding.message
    assert OWN in finding.message
    assert "--convert-images" in finding.message


def test_a_vendors_own_spelling_of_a_type_counts() -> None:
    assert not media_findings(plan_of(PNG, spec=SPEC), files_of(100, mime_type="image/jpeg"))


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"width": 1, "height": 1}, "1×1 pixels"),
        ({"width": 31, "height": 4000}, "31×4000 pixels"),
        ({"is_cmyk": True}, "CMYK"),
    ],
)
@pytest.mark.parametrize("spec", [SPEC, INLINE, BOTH], ids=["upload", "inline", "both"])
def test_a_picture_that_no_model_wants_is_refused_in_every_form(
    facts: dict[str, Any], said: str, spec: ModelSpec
) -> None:
    (finding,) = media_findings(plan_of(PNG, spec=spec), files_of(100, **facts))
    assert said in finding.message
    assert OWN in finding.message
    lifted = plan_of(PNG, spec=spec, rules=MediaRules(lift_bounds=True))
    assert not media_findings(lifted, files_of(100, **facts))


@pytest.mark.parametrize("facts", [{"width": None}, {"width": 32, "height": 32}])
def test_a_picture_of_unknown_or_sufficient_size_is_sent(facts: dict[str, Any]) -> None:
    assert not media_findings(plan_of(PNG), files_of(100, **facts))


def test_no_bound_of_polyreel_stands_in_a_spec() -> None:
    assert not {"maximum_inline_bytes", "smallest_side"} & set(BOTH.facts())


@pytest.mark.parametrize("spec", [SPEC, INLINE, BOTH], ids=["upload", "inline", "both"])
def test_every_image_can_be_converted_into_what_is_taken(spec: ModelSpec) -> None:
    plan = plan_of(PNG, spec=spec, rules=MediaRules(convert_images=True))
    conversion = conversion_for(plan, "image")
    assert conversion is not None
    assert "image/jpeg" in conversion.accepts
    assert conversion_for(plan, "video") is None
    assert conversion_for(plan_of(PNG, spec=spec), "image") is None


def test_a_refused_media_touches_neither_journal_nor_network() -> None:
    driver = Script()
    context = EngineContext(clock=driver.clock, random=lambda: 0.5)
    dot = plan_of(picture(width=1, height=1))
    with pytest.raises(MediaUnreadable, match="1×1"):
        drive(submit(context, dot, LiveJob()), driver)
    assert {type(each).__name__ for each in driver.effects} == {"ReadMedia"}


def test_the_same_media_in_two_plans_is_read_once() -> None:
    driver, known = Script(), ReadAlready()
    for _ in range(3):
        drive(read_media(plan_of(PNG), known), driver)
    assert len(driver.effects) == 1


def test_inline_bytes_are_not_copied_before_they_are_encoded() -> None:
    def ready() -> Any:
        plan = plan_of(PNG)
        files = yield from read_media(plan)
        return (yield from prepared(plan, files, lambda *_: iter(())))  # type: ignore[arg-type]

    request: VideoRequest = drive(ready(), Script())
    assert request.reference_images[0].data is PNG


MODELLIX = "modellix/seedance-2.0-fast-i2v"
JIMMY = "jimmy/seedance2.0-std"


def frame(data: bytes, mime_type: str = "image/png") -> VideoRequest:
    return VideoRequest(prompt="A boat", first_frame=Media(data=data, mime_type=mime_type))


@pytest.fixture
def client() -> Any:
    with Client(Config(), journal=None, api_keys={"jimmy": "k1", "modellix": "k2"}) as opened:
        yield opened


def test_wire_shows_what_is_converted_and_quote_says_who_takes_it(client: Client) -> None:
    asked = frame(picture("HEIF"), "image/heic")
    offers = {each.name: each for each in client.quote(asked, [MODELLIX, JIMMY])}
    assert {name: each.can for name, each in offers.items()} == {MODELLIX: False, JIMMY: False}
    assert all("--convert-images" in each.findings[0].message for each in offers.values())
    assert all(each.can for each in client.quote(asked, [MODELLIX, JIMMY], convert_images=True))
    with pytest.raises(MediaUnreadable, match="--convert-images"):
        client.wire(asked, MODELLIX)
    (inline,) = client.wire(asked, MODELLIX, convert_images=True)
    assert "data:image/jpeg;base64," in json.dumps(inline.json)
    upload, _ = client.wire(asked, JIMMY, convert_images=True)
    assert upload.file is not None
    assert (upload.file.mime_type, upload.file.filename) == ("image/jpeg", "first_frame.jpg")


def test_a_type_that_one_vendor_takes_goes_there(client: Client) -> None:
    offers = client.quote(frame(picture("BMP"), "image/bmp"), [MODELLIX, JIMMY])
    assert [each.can for each in offers] == [False, True]


@pytest.mark.parametrize("where", ["client", "config", "call"])
def test_conversion_is_asked_for_by_the_call_the_client_or_the_config(where: str) -> None:
    config = Config(convert_images=where == "config")
    asked = frame(picture("AVIF"), "image/avif")
    call: Any = {"convert_images": True} if where == "call" else {}
    options: Any = {"convert_images": True} if where == "client" else {}
    with Client(config, journal=None, **options) as client:
        assert client.wire(asked, MODELLIX, **call)
        with pytest.raises(MediaUnreadable):
            client.wire(asked, MODELLIX, convert_images=False)


def test_the_config_sets_the_inline_bound() -> None:
    with Client(Config(maximum_inline_bytes=100), journal=None) as client:
        upload, _ = client.wire(frame(PNG), MODELLIX)
        assert upload.file is not None
        assert len(client.wire(frame(PNG), MODELLIX, lift_bounds=True)) == 1


def test_an_unknown_option_of_a_call_is_an_error(client: Client) -> None:
    with pytest.raises(TypeError, match="convert_pictures"):
        client.wire(frame(PNG), MODELLIX, convert_pictures=True)  # type: ignore[call-arg]


def test_a_plan_carries_how_its_media_are_treated(client: Client) -> None:
    plan = client.plan(frame(PNG), MODELLIX, convert_images=True)
    assert plan.first.media_rules.convert_images
    with pytest.raises(UsageError, match="a plan was passed"):
        client.submit(plan, convert_images=True)


def test_an_async_client_converts_too() -> None:
    async def run() -> bool:
        async with AsyncClient(Config(), journal=None) as client:
            asked = frame(picture("AVIF"), "image/avif")
            (offer,) = await client.quote(asked, [MODELLIX], convert_images=True)
            return offer.can

    assert anyio.run(run)


def test_the_digest_of_a_call_is_that_of_the_converted_bytes() -> None:
    def digest(data: bytes, convert: bool) -> str:
        plan = plan_of(Media(data=data, mime_type="image/png"), spec=INLINE)
        plan = replace(plan, media_rules=MediaRules(convert_images=convert, lift_bounds=True))
        files = drive(read_media(plan), Script())
        return request_digest(plan.request, files, "toy")

    image = Image.effect_noise((64, 64), 40).convert("RGB")
    bmp, tiff = written(image, "BMP"), written(image, "TIFF")
    assert digest(bmp, True) == digest(tiff, True) == digest(bmp, True)
    assert digest(bmp, False) != digest(tiff, False)


def test_half_characters_that_an_adapter_makes_are_found_before_paying() -> None:

    wire = WireRequest(method="POST", path="/x", json={"prompt": "a\udcff"}, spends=True)
    with pytest.raises(PluginError, match="not valid Unicode"):
        _check_sendable(plan_of(PNG), wire)


def test_a_url_that_a_vendor_cannot_reach_is_said_by_quote_as_by_submit(client: Client) -> None:
    asked = VideoRequest(prompt="A boat", first_frame=Media(url="http://127.0.0.1/a.png"))
    (offer,) = client.quote(asked, [JIMMY])
    assert "can't reach this URL" in offer.findings[0].message
    with pytest.raises(MediaUnreadable, match=r"first_frame: Jimmy AI can't reach this URL"):
        client.wire(asked, JIMMY)


@pytest.mark.parametrize("with_job", [True, False])
def test_a_key_finds_its_job_whatever_bounds_its_media_would_meet_today(
    market: Market, with_job: bool
) -> None:
    asked = VideoRequest(
        prompt="A boat",
        reference_images=[Media(data=picture(width=4, height=4), mime_type="image/png")],
    )
    with Client(**market.options()) as client:
        if with_job:
            first = client.submit(asked, TOY, idempotency_key="k", lift_bounds=True)
            assert client.submit(asked, TOY, idempotency_key="k").id == first.id
        else:
            with pytest.raises(MediaUnreadable, match="4×4"):
                client.submit(asked, TOY, idempotency_key="k")
            assert client.history.jobs() == []
    assert len(market.toy.created) == (1 if with_job else 0)
