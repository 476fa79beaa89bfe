"""What a model can't do is refused before anything is paid, by field and limit, or written down."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from polyreel import JobRef, Media, UnsupportedRequest, VideoRequest
from polyreel.adapters import (
    Account,
    Adapter,
    Billing,
    Credential,
    Flow,
    Frames,
    JobStatus,
    MediaLimit,
    ModelSpec,
    Rule,
    Setting,
    State,
    seconds,
)
from polyreel.engine.plan import Plan
from polyreel.models import check, nearest_model
from polyreel.models.checks import drop_unsupported
from polyreel.models.spec import describe_numbers
from polyreel.request.video_request import Mode

ANY = MediaLimit(forms=frozenset({"url", "asset", "inline"}), maximum=None)
URL = "https://media.example/a"

SPEC = ModelSpec(
    name="plain",
    durations=(4, 5, 6, 10),
    aspect_ratios=("16:9", "auto"),
    resolutions=("480p", "720p"),
    source="https://docs.example/plain",
    checked=date(2026, 1, 2),
    billing=Billing(unit="second", name="plain-{resolution}"),
)


def spec(**changes: Any) -> ModelSpec:
    """Return a model that makes videos from text, with some facts changed."""
    return replace(SPEC, **changes)


def limit(maximum: int | None = None, minimum: int = 0, form: Any = "url") -> MediaLimit:
    """Return a limit on media that take one form."""
    return MediaLimit(forms=frozenset({form}), maximum=maximum, minimum=minimum)


def request(**fields: Any) -> VideoRequest:
    """Return a request whose prompt is of no interest."""
    return VideoRequest.model_validate({"prompt": "a lighthouse", **fields})


def fields_found(asked: VideoRequest, model: ModelSpec) -> list[str]:
    """Return the fields that a model does not take."""
    return [finding.field for finding in check(asked, model)]


# Limits: at the bound and one beyond


@pytest.mark.parametrize(
    ("fields", "model"),
    [
        ({"prompt": "x" * 100}, spec(prompt_maximum=100)),
        ({"prompt": "x" * 100_000}, spec(prompt_maximum=None)),
        ({"prompt": "灯" * 100}, spec(prompt_maximum=100)),
        ({"duration": 4}, spec()),
        ({"duration": 10}, spec()),
        ({"duration": 30}, spec(durations=seconds(1, 30))),
        ({"aspect_ratio": "auto"}, spec()),
        ({"resolution": "480p"}, spec()),
        ({"resolution": "4k"}, spec(resolutions=("4k",))),
        ({"reference_images": [URL] * 3}, spec(images=limit(3))),
        ({"reference_videos": [URL] * 3}, spec(videos=limit(3))),
        ({"reference_audios": [URL] * 3}, spec(audios=limit(3))),
        ({"reference_images": [URL] * 500}, spec(images=limit(None))),
        ({"reference_videos": [URL]}, spec(videos=limit(None, minimum=1))),
        (
            {"reference_images": [URL] * 2, "reference_videos": [URL]},
            spec(images=ANY, videos=ANY, media_maximum=3),
        ),
        (
            {"first_frame": URL, "last_frame": URL, "reference_audios": [URL]},
            spec(frames=frozenset(Frames), images=ANY, audios=ANY, media_maximum=3),
        ),
        ({"seed": 0}, spec(settings={"seed": Setting(minimum=0, maximum=99)})),
        ({"seed": 99}, spec(settings={"seed": Setting(minimum=0, maximum=99)})),
        ({"seed": 2**32 - 1}, spec(settings={"seed": Setting()})),
        ({"expires_after": 3600}, spec(settings={"expires_after": Setting(minimum=3600)})),
        ({"negative_prompt": "x" * 9}, spec(settings={"negative_prompt": Setting(maximum=9)})),
        ({"audio": False}, spec(settings={"audio": Setting()})),
        ({"audio": True}, spec(settings={"audio": Setting()})),
    ],
)
def test_a_request_at_the_bound_is_taken(fields: dict[str, Any], model: ModelSpec) -> None:
    assert check(request(**fields), model) == []


@pytest.mark.parametrize(
    ("fields", "model", "field", "said"),
    [
        ({"prompt": "x" * 101}, spec(prompt_maximum=100), "prompt", "100"),
        ({"duration": 3}, spec(), "duration", "4, 5, 6, 10 seconds"),
        ({"duration": 7}, spec(), "duration", "4, 5, 6, 10 seconds"),
        ({"duration": 11}, spec(), "duration", "4, 5, 6, 10 seconds"),
        ({"duration": 16}, spec(durations=seconds(4, 15)), "duration", "4–15 seconds"),
        ({"aspect_ratio": "9:16"}, spec(), "aspect_ratio", "16:9, auto"),
        ({"aspect_ratio": "auto"}, spec(aspect_ratios=("16:9",)), "aspect_ratio", "16:9"),
        ({"resolution": "1080p"}, spec(), "resolution", "480p, 720p"),
        ({"reference_images": [URL] * 4}, spec(images=limit(3)), "reference_images", "at most 3"),
        ({"reference_videos": [URL] * 4}, spec(videos=limit(3)), "reference_videos", "at most 3"),
        ({"reference_audios": [URL] * 4}, spec(audios=limit(3)), "reference_audios", "at most 3"),
        ({"reference_images": [URL]}, spec(), "reference_images", "none"),
        ({"reference_videos": [URL]}, spec(), "reference_videos", "none"),
        ({"reference_audios": [URL]}, spec(), "reference_audios", "none"),
        ({"reference_audios": [URL]}, spec(audios=limit(0)), "reference_audios", "none"),
        ({}, spec(videos=limit(3, minimum=1)), "reference_videos", "at least 1"),
        (
            {"reference_images": [URL] * 3, "reference_videos": [URL]},
            spec(images=ANY, videos=ANY, media_maximum=3),
            "reference_images",
            "at most 3 media in all",
        ),
        ({"seed": 100}, spec(settings={"seed": Setting(maximum=99)}), "seed", "at most 99"),
        ({"seed": 0}, spec(settings={"seed": Setting(minimum=1)}), "seed", "at least 1"),
        ({"seed": 0}, spec(settings={"seed": Setting(minimum=1, maximum=9)}), "seed", "1 to 9"),
        (
            {"expires_after": 3599},
            spec(settings={"expires_after": Setting(minimum=3600)}),
            "expires_after",
            "at least 3600",
        ),
        (
            {"negative_prompt": "x" * 10},
            spec(settings={"negative_prompt": Setting(maximum=9)}),
            "negative_prompt",
            "at most 9",
        ),
    ],
)
def test_a_request_beyond_the_bound_is_refused_by_its_field_and_limit(
    fields: dict[str, Any], model: ModelSpec, field: str, said: str
) -> None:
    found = [(finding.field, said in finding.limit) for finding in check(request(**fields), model)]
    assert found == [(field, True)]


@pytest.mark.parametrize("field", ["reference_videos", "reference_audios"])
def test_too_many_media_in_all_is_reported_of_a_field_that_was_given(field: str) -> None:
    model = spec(videos=ANY, audios=ANY, media_maximum=1)
    assert fields_found(request(**{field: [URL] * 2}), model) == [field]


@pytest.mark.parametrize(
    ("length", "fits"), [(len("as image 1 shows"), True), (len("as image 1 shows") - 1, False)]
)
def test_a_prompt_is_measured_as_it_will_be_sent(length: int, fits: bool) -> None:
    asked = request(prompt="as {image:1} shows", reference_images=[URL])
    assert (check(asked, spec(images=ANY, prompt_maximum=length)) == []) is fits


def test_everything_wrong_is_reported_at_once() -> None:
    asked = request(
        prompt="x" * 11, duration=1, aspect_ratio="1:1", resolution="4k", first_frame=URL, seed=1
    )
    assert fields_found(asked, spec(prompt_maximum=10)) == [
        "prompt",
        "duration",
        "aspect_ratio",
        "resolution",
        "first_frame",
        "seed",
    ]


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ((5,), "5"),
        ((5, 10), "5, 10"),
        ((5, 6), "5, 6"),
        ((4, 5, 6), "4–6"),
        ((4, 5, 7), "4, 5, 7"),
        (seconds(1, 15), "1–15"),
    ],
)
def test_lengths_are_reported_as_a_run_or_as_a_list(numbers: tuple[int, ...], words: str) -> None:
    assert describe_numbers(numbers) == words


@pytest.mark.parametrize("settings", [{}, {"negative_prompt": Setting(maximum=9)}])
def test_a_long_text_is_not_repeated_whole_in_its_refusal(settings: dict[str, Setting]) -> None:
    found = check(request(negative_prompt="rain " * 1000), spec(settings=settings))
    assert [len(finding.asked) + len(finding.message) < 500 for finding in found] == [True]


# What a video is made from


@pytest.mark.parametrize(
    ("fields", "model", "found"),
    [
        ({}, spec(images=ANY, takes_text_only=False), ["reference_images"]),
        (
            {},
            spec(images=ANY, frames=frozenset(Frames), takes_text_only=False),
            ["reference_images"],
        ),
        ({}, spec(videos=limit(None, minimum=1), takes_text_only=False), ["reference_videos"]),
        ({"reference_images": [URL]}, spec(images=ANY, takes_text_only=False), []),
        (
            {"first_frame": URL},
            spec(images=ANY, frames=frozenset(Frames), takes_text_only=False),
            [],
        ),
    ],
)
def test_a_model_that_needs_media_is_not_sent_a_bare_prompt(
    fields: dict[str, Any], model: ModelSpec, found: list[str]
) -> None:
    assert fields_found(request(**fields), model) == found


def test_a_model_of_frames_alone_does_not_advise_reference_images() -> None:
    model = spec(images=limit(0), frames=frozenset(Frames), takes_text_only=False)
    messages = [finding.message for finding in check(request(), model)]
    assert [("first_frame" in each, "reference_images" in each) for each in messages] == [
        (True, False)
    ]


FIRST = {"first_frame": URL}
LAST = {"last_frame": URL}
BOTH = {**FIRST, **LAST}


@pytest.mark.parametrize(
    ("given", "uses"),
    [
        (FIRST, {Frames.FIRST}),
        (LAST, {Frames.LAST}),
        (BOTH, {Frames.BOTH}),
        (FIRST, set(Frames)),
        (LAST, set(Frames)),
        (BOTH, set(Frames)),
        (FIRST, {Frames.FIRST, Frames.BOTH}),
    ],
)
def test_a_use_of_frames_that_a_model_has_is_taken(
    given: dict[str, Any], uses: set[Frames]
) -> None:
    assert check(request(**given), spec(images=limit(0), frames=frozenset(uses))) == []


@pytest.mark.parametrize(
    ("given", "uses", "field"),
    [
        (FIRST, {Frames.BOTH}, "last_frame"),  # has to be added
        (LAST, {Frames.BOTH}, "first_frame"),  # has to be added
        (LAST, {Frames.FIRST, Frames.BOTH}, "first_frame"),
        (BOTH, {Frames.FIRST}, "last_frame"),  # has to be left out
        (BOTH, {Frames.LAST}, "first_frame"),  # has to be left out
        (BOTH, {Frames.FIRST, Frames.LAST}, "last_frame"),
    ],
)
def test_another_use_of_frames_is_refused_by_the_frame_to_add_or_leave_out(
    given: dict[str, Any], uses: set[Frames], field: str
) -> None:
    model = spec(images=limit(0), frames=frozenset(uses))
    assert fields_found(request(**given), model) == [field]


def test_a_refused_use_of_frames_names_what_the_model_takes() -> None:
    model = spec(images=ANY, frames=frozenset({Frames.FIRST, Frames.BOTH}))
    (finding,) = check(request(**LAST), model)
    assert finding.limit == "a first frame alone or a first and a last frame"


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (FIRST, ["first_frame"]),
        (LAST, ["last_frame"]),
        (BOTH, ["first_frame", "last_frame"]),
    ],
)
def test_a_model_without_frames_refuses_each_frame(given: dict[str, Any], found: list[str]) -> None:
    assert fields_found(request(**given), spec(images=ANY)) == found


def test_frames_do_not_count_as_reference_images() -> None:
    model = spec(images=limit(1), frames=frozenset(Frames))
    assert check(request(**BOTH), model) == []


RULED = spec(images=ANY, videos=ANY, audios=ANY, frames=frozenset(Frames), rules=frozenset(Rule))
AUDIO = {"reference_audios": [URL]}
VIDEO = {"reference_videos": [URL]}
IMAGE = {"reference_images": [URL]}


@pytest.mark.parametrize(
    ("rule", "given", "found"),
    [
        (Rule.AUDIO_NEEDS_COMPANION, AUDIO, ["reference_audios"]),
        (Rule.AUDIO_NEEDS_COMPANION, {**AUDIO, **IMAGE}, []),
        (Rule.AUDIO_NEEDS_COMPANION, {**AUDIO, **VIDEO}, []),
        (Rule.AUDIO_NEEDS_COMPANION, {**AUDIO, **FIRST}, []),
        (Rule.AUDIO_NEEDS_COMPANION, {**AUDIO, **LAST}, []),
        (Rule.AUDIO_NEEDS_COMPANION, {}, []),
        (Rule.AUDIO_NOT_WITH_FRAMES, {**AUDIO, **FIRST}, ["reference_audios"]),
        (Rule.AUDIO_NOT_WITH_FRAMES, {**AUDIO, **LAST}, ["reference_audios"]),
        (Rule.AUDIO_NOT_WITH_FRAMES, {**AUDIO, **IMAGE}, []),
        (Rule.AUDIO_NOT_WITH_FRAMES, AUDIO, []),
        (Rule.AUDIO_NOT_WITH_FRAMES, FIRST, []),
        (Rule.VIDEO_NOT_WITH_FRAMES, {**VIDEO, **FIRST}, ["reference_videos"]),
        (Rule.VIDEO_NOT_WITH_FRAMES, {**VIDEO, **LAST}, ["reference_videos"]),
        (Rule.VIDEO_NOT_WITH_FRAMES, {**VIDEO, **IMAGE}, []),
        (Rule.VIDEO_NOT_WITH_FRAMES, {**AUDIO, **FIRST}, []),
    ],
)
def test_each_rule_forbids_just_its_own_combination(
    rule: Rule, given: dict[str, Any], found: list[str]
) -> None:
    assert fields_found(request(**given), replace(RULED, rules=frozenset({rule}))) == found


@pytest.mark.parametrize(
    "given", [AUDIO, {**AUDIO, **FIRST}, {**VIDEO, **BOTH}, {**AUDIO, **VIDEO, **LAST}]
)
def test_a_combination_that_no_page_forbids_is_left_to_the_vendor(given: dict[str, Any]) -> None:
    assert check(request(**given), replace(RULED, rules=frozenset())) == []


# Forms of media

A_URL = Media(url=URL)
AN_ASSET = Media(asset="a")
A_FILE = Media(path=Path("a.png"))
BYTES = Media(data=b"a", mime_type="image/png")


@pytest.mark.parametrize(
    ("form", "media", "fits"),
    [
        ("url", A_URL, True),
        ("url", AN_ASSET, False),
        ("url", A_FILE, False),
        ("url", BYTES, False),
        ("asset", A_URL, False),
        ("asset", AN_ASSET, True),
        ("asset", A_FILE, False),
        ("asset", BYTES, False),
        ("inline", A_URL, False),
        ("inline", AN_ASSET, False),
        ("inline", A_FILE, True),
        ("inline", BYTES, True),
        ("upload", A_URL, False),
        ("upload", A_FILE, True),
        ("upload", BYTES, True),
    ],
)
@pytest.mark.parametrize("field", ["first_frame", "last_frame"])
def test_a_frame_must_have_a_form_that_the_model_takes(
    field: str, form: str, media: Media, fits: bool
) -> None:
    model = spec(images=limit(form=form), frames=frozenset(Frames))
    assert fields_found(request(**{field: media}), model) == ([] if fits else [field])


@pytest.mark.parametrize("kind", ["image", "video", "audio"])
def test_a_reference_of_another_form_is_named_by_its_position(kind: str) -> None:
    model = spec(**{f"{kind}s": limit(form="url")})
    asked = request(**{f"reference_{kind}s": [A_URL, AN_ASSET, A_URL, A_FILE]})
    assert fields_found(asked, model) == [f"reference_{kind}s[1]", f"reference_{kind}s[3]"]


def test_a_refused_form_names_the_forms_that_are_taken_once_each() -> None:
    images = MediaLimit(forms=frozenset({"inline", "upload", "asset"}), maximum=None)
    (finding,) = check(request(reference_images=[A_URL]), spec(images=images))
    assert finding.limit == "an asset of the provider's own library (asset://…) or a local file"


def test_a_refusal_never_applies_a_signed_url() -> None:
    asked = request(first_frame=f"{URL}?sig=SECRET", reference_audios=[f"{URL}?sig=SECRET"])
    found = check(asked, spec(images=limit(form="asset"), frames=frozenset(Frames)))
    assert [finding for finding in found if "SECRET" in repr(finding)] == []


# Settings that a model has, lacks, or always has in one way


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("audio", False),
        ("audio", True),
        ("seed", 0),
        ("camera_fixed", False),
        ("watermark", False),
        ("return_last_frame", False),
        ("expires_after", 3600),
        ("negative_prompt", "rain"),
    ],
)
def test_a_setting_that_a_model_lacks_is_refused_even_when_it_says_no(
    name: str, value: object
) -> None:
    (finding,) = check(request(**{name: value}), spec())
    assert (finding.field, finding.asked, finding.limit) == (name, str(value), "not offered")


@pytest.mark.parametrize(
    ("name", "fixed", "value", "fits"),
    [
        ("audio", True, True, True),
        ("audio", True, False, False),
        ("watermark", False, False, True),
        ("watermark", False, True, False),
        ("seed", 0, 0, True),
        ("seed", 0, 1, False),
        ("expires_after", 3600, 3600, True),
        ("expires_after", 3600, 3601, False),
    ],
)
def test_a_setting_that_is_always_one_way_takes_that_way_only(
    name: str, fixed: Any, value: Any, fits: bool
) -> None:
    model = spec(settings={name: Setting(fixed=fixed)})
    assert fields_found(request(**{name: value}), model) == ([] if fits else [name])


def test_a_setting_that_is_always_one_way_says_which() -> None:
    (finding,) = check(request(watermark=True), spec(settings={"watermark": Setting(fixed=False)}))
    assert finding.limit == "False only"


def test_a_setting_that_nobody_asked_for_is_no_matter() -> None:
    assert check(request(), spec(settings={"audio": Setting(fixed=True)})) == []


ONE_RESOLUTION = spec(resolutions=("720p",), sends_resolution=False)


@pytest.mark.parametrize(
    ("asked", "found"), [("720p", []), ("480p", ["resolution"]), ("1080p", ["resolution"])]
)
def test_a_model_of_one_resolution_takes_just_that(asked: str, found: list[str]) -> None:
    assert fields_found(request(resolution=asked), ONE_RESOLUTION) == found


def test_a_model_of_one_resolution_says_that_it_has_no_other() -> None:
    (finding,) = check(request(resolution="1080p"), ONE_RESOLUTION)
    assert finding.limit == "720p only"


# Leaving out, when the caller allows it


@pytest.mark.parametrize(
    ("fields", "model", "field", "kept"),
    [
        ({"seed": 0}, spec(), "seed", None),
        ({"audio": False}, spec(), "audio", None),
        ({"negative_prompt": "rain"}, spec(), "negative_prompt", None),
        (
            {"watermark": True},
            spec(settings={"watermark": Setting(fixed=False)}),
            "watermark",
            None,
        ),
        ({"resolution": "1080p"}, ONE_RESOLUTION, "resolution", "720p"),
    ],
)
def test_what_a_model_lacks_is_left_out_when_allowed(
    fields: dict[str, Any], model: ModelSpec, field: str, kept: object
) -> None:
    sent, _ = drop_unsupported(request(**fields), model)
    assert getattr(sent, field) == kept


@pytest.mark.parametrize(
    ("fields", "model"),
    [
        ({"prompt": "x" * 11}, spec(prompt_maximum=10)),
        ({"duration": 7}, spec()),
        ({"aspect_ratio": "1:1"}, spec()),
        ({"resolution": "4k"}, spec()),
        ({"seed": 100}, spec(settings={"seed": Setting(maximum=99)})),
        ({"reference_images": [URL] * 2}, spec(images=limit(1))),
        ({"reference_images": [A_FILE]}, spec(images=limit(form="url"))),
        ({}, spec(images=ANY, takes_text_only=False)),
        ({}, spec(videos=limit(None, minimum=1))),
        (LAST, spec(images=ANY, frames=frozenset({Frames.FIRST}))),
        ({**AUDIO, **FIRST}, RULED),
        (AUDIO, RULED),
        ({"prompt": "as {image:1}", "reference_images": [URL]}, spec()),
        ({"prompt": "to {audio:1}", "reference_audios": [URL]}, spec()),
    ],
)
def test_what_makes_the_video_what_it_is_is_never_left_out(
    fields: dict[str, Any], model: ModelSpec
) -> None:
    asked = request(**fields)
    assert drop_unsupported(asked, model) == (asked, ())


DROPS: list[tuple[dict[str, Any], ModelSpec]] = [
    ({"seed": 0, "audio": False, "camera_fixed": True, "negative_prompt": "rain"}, spec()),
    ({"seed": 0, "resolution": "1080p"}, ONE_RESOLUTION),
    ({"reference_audios": [URL] * 3, "reference_videos": [URL]}, spec()),
    ({"first_frame": URL, "last_frame": URL, "seed": 7}, spec()),
    ({"seed": 7}, spec(settings={"seed": Setting()})),
    ({"duration": 7, "seed": 7}, spec()),
]


@pytest.mark.parametrize(("fields", "model"), DROPS)
def test_everything_left_out_is_written_down(fields: dict[str, Any], model: ModelSpec) -> None:
    asked = request(**fields)
    sent, adjustments = drop_unsupported(asked, model)
    changed = [
        name for name in VideoRequest.model_fields if getattr(asked, name) != getattr(sent, name)
    ]
    assert sorted(each.field for each in adjustments) == sorted(changed)


def test_an_adjustment_says_what_was_asked_and_why_it_was_left_out() -> None:
    _, (adjustment,) = drop_unsupported(request(seed=0), spec())
    assert (adjustment.asked, adjustment.reason) == ("0", "the model has no setting for seed")


@pytest.mark.parametrize(
    ("fields", "model", "sent"),
    [
        ({"resolution": "1080p"}, ONE_RESOLUTION, "720p"),
        ({"watermark": False}, spec(settings={"watermark": Setting(fixed=True)}), "True"),
        ({"audio": True}, spec(settings={"audio": Setting(fixed=False)}), "False"),
    ],
)
def test_an_adjustment_says_what_the_model_will_make_instead(
    fields: dict[str, Any], model: ModelSpec, sent: str
) -> None:
    _, (adjustment,) = drop_unsupported(request(**fields), model)
    assert adjustment.sent == sent


# The nearest model that can


def named(*names: str, **changes: Any) -> list[tuple[str, ModelSpec]]:
    """Return models of these full names, all with the same facts."""
    return [(name, spec(name=name.partition("/")[2], **changes)) for name in names]


@pytest.mark.parametrize(
    ("others", "nearest"),
    [
        (["one/plain-x", "two/plain"], "one/plain-x"),
        (["two/plain", "one/else"], "one/else"),
        (["one/plain-pro", "one/other", "two/plain"], "one/plain-pro"),
        (["two/plain-2", "two/other"], "two/plain-2"),
        ([], None),
    ],
)
def test_the_nearest_model_is_the_same_providers_and_then_the_most_alike(
    others: list[str], nearest: str | None
) -> None:
    models = [*named(*others), *named("one/plain", durations=(4,))]
    assert nearest_model(request(), "one/plain", models) == nearest


def test_a_nearest_model_takes_the_whole_request() -> None:
    models = [
        *named("one/plain", "one/plain-2", durations=(4,)),
        *named("two/far", durations=(4, 12)),
    ]
    assert nearest_model(request(duration=12), "one/plain", models) == "two/far"


def test_a_model_is_never_named_in_its_own_place() -> None:
    models = named("one/plain", "two/far")
    assert nearest_model(request(), "one/plain", models) == "two/far"


def test_no_model_is_better_than_a_wrong_one() -> None:
    assert nearest_model(request(duration=99), "one/plain", named("one/a", "two/b")) is None


# Plans


class ToyAdapter(Adapter):
    """Declares, and is never asked to translate."""

    contract_version = 3
    name = "toy"
    title = "Toy"
    base_url = "https://api.toy.example"
    key_variable = "TOY_KEY"
    base_url_variable = "TOY_BASE_URL"
    models = (SPEC,)
    states: ClassVar[Mapping[str, State]] = {}

    def submit(self, request: VideoRequest, model: ModelSpec) -> Flow[JobRef]:
        raise NotImplementedError

    def poll(self, job: JobRef) -> Flow[JobStatus]:
        raise NotImplementedError


def plan(asked: VideoRequest, model: ModelSpec = SPEC) -> Plan:
    """Return a plan that was not fitted yet."""
    account = Account(
        provider="toy",
        base_url=ToyAdapter.base_url,
        credential=Credential(),
        key=None,
        key_variable="TOY_KEY",
    )
    return Plan(request=asked, adapter=ToyAdapter(), spec=model, account=account)


@pytest.fixture
def refusal() -> UnsupportedRequest:
    """What a user is told of two wrong fields, with an able model installed."""
    able = spec(name="able", durations=(12,), settings={"seed": Setting()})
    with pytest.raises(UnsupportedRequest) as caught:
        plan(request(duration=12, seed=0)).fitted("error", [("toy/able", able)])
    return caught.value


def test_a_plan_that_fits_is_left_as_it_is() -> None:
    fits = plan(request())
    assert fits.fitted("error", []) == fits


def test_a_plan_that_does_not_fit_is_refused_by_every_field(refusal: UnsupportedRequest) -> None:
    assert [finding.field for finding in refusal.findings] == ["duration", "seed"]


def test_a_refusal_says_which_model_and_provider_refuse(refusal: UnsupportedRequest) -> None:
    assert (refusal.model, refusal.provider) == ("toy/plain", "toy")


def test_a_refusal_names_the_nearest_model_that_can(refusal: UnsupportedRequest) -> None:
    assert (refusal.nearest, "toy/able" in refusal.message) == ("toy/able", True)


def test_a_refusals_message_applies_each_field_and_its_limit(refusal: UnsupportedRequest) -> None:
    assert "duration: 12 seconds were asked for; the model makes 4, 5, 6, 10" in refusal.message


def test_a_refusal_can_be_read_by_a_machine(refusal: UnsupportedRequest) -> None:
    facts = json.loads(json.dumps(refusal.facts()))
    assert facts["findings"][0] == {
        "field": "duration",
        "asked": "12 seconds",
        "limit": "4, 5, 6, 10 seconds",
        "message": "12 seconds were asked for; the model makes 4, 5, 6, 10 seconds",
    }


def test_without_an_able_model_the_refusal_says_so() -> None:
    with pytest.raises(UnsupportedRequest, match="No installed model takes the whole request"):
        plan(request(duration=12)).fitted("error", [("toy/plain", SPEC)])


def test_nothing_is_left_out_unless_the_caller_allows_it() -> None:
    with pytest.raises(UnsupportedRequest, match="the model has no setting for seed"):
        plan(request(seed=0)).fitted("error", [])


def test_a_plan_remembers_what_was_left_out_of_it() -> None:
    fitted = plan(request(seed=0, audio=False)).fitted("drop", [])
    assert [each.field for each in fitted.adjustments] == ["audio", "seed"]


def test_a_plan_that_fits_leaves_nothing_out_even_when_allowed() -> None:
    fits = plan(request(seed=0), spec(settings={"seed": Setting()}))
    assert fits.fitted("drop", []) == fits


def test_leaving_out_does_not_make_an_impossible_request_possible() -> None:
    with pytest.raises(UnsupportedRequest) as caught:
        plan(request(duration=12, seed=0)).fitted("drop", [])
    assert [finding.field for finding in caught.value.findings] == ["duration"]


def test_an_image_video_never_becomes_a_text_video_at_a_model_of_images() -> None:
    model = spec(images=limit(0), frames=frozenset(Frames), takes_text_only=False)
    with pytest.raises(UnsupportedRequest):
        plan(request(reference_images=[URL]), model).fitted("drop", [])


@pytest.mark.parametrize("fields", [AUDIO, VIDEO, {"first_frame": URL}], ids=repr)
def test_media_are_never_left_out_since_it_would_be_another_video(fields: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedRequest):
        plan(request(**fields), spec()).fitted("drop", [])


# A model's own data


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"durations": ()}, "durations"),
        ({"durations": (5, 4)}, "durations"),
        ({"durations": (5, 5)}, "durations"),
        ({"aspect_ratios": ()}, "aspect_ratios"),
        ({"resolutions": ()}, "resolutions"),
        ({"settings": {"sead": Setting()}}, "sead"),
        ({"settings": {"duration": Setting()}}, "duration"),
        ({"frames": frozenset({Frames.FIRST})}, "frames"),
    ],
)
def test_a_model_with_impossible_data_is_refused_by_name(
    changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=rf"plain: .*{said}"):
        spec(**changes)


@pytest.mark.parametrize(
    ("changes", "modes"),
    [
        ({}, {Mode.TEXT}),
        ({"images": ANY}, {Mode.TEXT, Mode.REFERENCES}),
        ({"audios": limit(3)}, {Mode.TEXT, Mode.REFERENCES}),
        ({"images": limit(0), "frames": frozenset(Frames)}, {Mode.TEXT, Mode.FRAMES}),
        (
            {"images": ANY, "frames": frozenset(Frames), "takes_text_only": False},
            {Mode.FRAMES, Mode.REFERENCES},
        ),
        ({"videos": limit(None, minimum=1), "takes_text_only": False}, {Mode.REFERENCES}),
    ],
)
def test_a_models_modes_follow_from_its_media(changes: dict[str, Any], modes: set[Mode]) -> None:
    assert spec(**changes).modes == modes


FULL = replace(
    RULED,
    prompt_maximum=100,
    media_maximum=9,
    makes_sound=True,
    settings={"seed": Setting(minimum=0, maximum=99), "audio": Setting(fixed=False)},
    vendor_defaults={"duration": 5, "audio": True, "nested": {"a": (1, 2)}},
    prompt_references={"image": "[Image {n}]"},
    result_retention=timedelta(days=7),
    unknown=("sizes of media",),
)


@pytest.mark.parametrize("model", [SPEC, FULL, ONE_RESOLUTION], ids=["plain", "full", "fixed"])
def test_a_models_facts_are_json(model: ModelSpec) -> None:
    facts = model.facts()
    assert json.loads(json.dumps(facts)) == facts


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("durations", [4, 5, 6, 10]),
        ("checked", "2026-01-02"),
        ("result_retention", 604800.0),
        ("frames", ["first", "first and last", "last"]),
        ("modes", ["frames", "references", "text"]),
        ("media_maximum", 9),
        ("unknown", ["sizes of media"]),
        (
            "billing",
            {
                "unit": "second",
                "name": "plain-{resolution}",
                "counts": "output",
                "rates": [],
            },
        ),
    ],
)
def test_a_models_facts_lose_nothing(name: str, value: object) -> None:
    assert FULL.facts()[name] == value


def test_a_fixed_value_that_is_false_stays_one_in_the_facts() -> None:
    assert FULL.facts()["settings"]["audio"]["fixed"] is False


def test_a_fact_that_nobody_publishes_is_null_and_not_zero() -> None:
    facts = SPEC.facts()
    names = ("prompt_maximum", "media_maximum", "makes_sound", "result_retention", "images")
    assert [facts[name] for name in names] == [None] * len(names)
