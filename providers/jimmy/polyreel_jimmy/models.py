"""What 23 of Jimmy's models can do behind `POST /api/open-api/v1/seedance/videos`.

When Jimmy's texts contradict each other, the route's own page wins over the shared OpenAPI text,
and a later page over an earlier one. The models refuse what a page forbids. What no page mentions
is sent to Jimmy and listed under `unknown`. Jimmy has more models, on this path and on others,
which are not described here.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from polyreel.adapters import Billing, Frames, MediaLimit, ModelSpec, Rule, seconds

_DOCS = "https://docs.jimmyai.cn/en/api-reference/seedance"
_CHECKED = date(2026, 8, 16)
_KEPT = timedelta(days=3)  # "about 3 days" on every route's page

_THREE_RATIOS = ("16:9", "9:16", "1:1")
_SIX_RATIOS = ("21:9", "16:9", "4:3", "1:1", "3:4", "9:16")

_ANY_FRAMES = frozenset(Frames)
_BOTH_FRAMES = frozenset({Frames.BOTH})

_NO_SOUND_FACT = "whether videos have sound is not published"
_NO_IMAGE_COUNT = "the maximum number of images is not published, so none is enforced"
_NO_VIDEO_LIMIT = "the maximum number and length of reference videos are not published"
_VIDEO_SECONDS = "whether the seconds of reference videos are billed is not published"
_MEDIA_SIZES = "size, pixels, format and length of media are not published for this route"
_UPLOADED_URL = "the URL of an uploaded file is documented for Mini only, not for this route"
_NO_BILLING_NAME = "the billing name is not published"
_RATIOS_BY_EXAMPLE = "the page names 16:9, 9:16 and 1:1 only as examples; polyreel offers no others"
_VIDEO_AND_FRAMES = "no page has reference videos together with frames; polyreel refuses them"
_FIRST_ALONE = "the page shows only a first frame alone; Jimmy may refuse a last frame alone"
_FRAME_ALONE = "no page forbids a single frame; Jimmy may refuse it"


def _public(maximum: int | None, minimum: int = 0) -> MediaLimit:
    """Return a limit for public https URLs and local files, which are uploaded to Jimmy first."""
    return MediaLimit(forms=frozenset({"url", "upload"}), maximum=maximum, minimum=minimum)


def _public_or_asset(maximum: int | None) -> MediaLimit:
    return MediaLimit(forms=frozenset({"url", "upload", "asset"}), maximum=maximum)


def _audited(maximum: int | None) -> MediaLimit:
    """Return a limit for assets that passed Jimmy's audit; a plain URL fails on the Full route."""
    return MediaLimit(forms=frozenset({"asset"}), maximum=maximum)


FAST_I2V = ModelSpec(
    name="seedance2.0-fast-i2v",
    durations=seconds(1, 15),
    aspect_ratios=_THREE_RATIOS,
    resolutions=("720p",),
    sends_resolution=False,  # the field is ignored; the video is always 720p
    prompt_maximum=5000,
    takes_text_only=False,
    frames=_ANY_FRAMES,
    images=_public(9),
    vendor_defaults={"duration": 5, "aspect_ratio": "16:9"},
    billing=Billing(unit="task", name="seedance2.0-fast-i2v"),
    result_retention=_KEPT,
    source=f"{_DOCS}/md/fast-i2v",
    checked=_CHECKED,
    unknown=(
        _NO_SOUND_FACT,
        _MEDIA_SIZES,
        _UPLOADED_URL,
        _FRAME_ALONE,
        "no page says that an image is required; polyreel requires one for this model",
    ),
)

STD = ModelSpec(
    name="seedance2.0-std",
    durations=seconds(4, 15),
    aspect_ratios=_SIX_RATIOS,
    resolutions=("720p",),
    sends_resolution=False,
    frames=_ANY_FRAMES,
    images=_public(9),
    videos=_public(None),
    audios=_public(3),
    rules=frozenset({Rule.AUDIO_NOT_WITH_FRAMES, Rule.VIDEO_NOT_WITH_FRAMES}),
    vendor_defaults={"duration": 5, "aspect_ratio": "16:9"},
    billing=Billing(unit="task"),
    result_retention=_KEPT,
    source=f"{_DOCS}/md/std",
    checked=_CHECKED,
    unknown=(
        _NO_SOUND_FACT,
        _MEDIA_SIZES,
        _UPLOADED_URL,
        _NO_BILLING_NAME,
        _NO_VIDEO_LIMIT,
        _VIDEO_AND_FRAMES,
        "the maximum length of a prompt is not published for this route",
        "no page forbids audio without other media; Jimmy may refuse it",
    ),
)

MINI = ModelSpec(
    name="seedance2.0-mini",
    durations=seconds(4, 15),
    aspect_ratios=_THREE_RATIOS,
    resolutions=("480p", "720p", "1080p"),
    frames=_ANY_FRAMES,
    images=_public(None),
    audios=_public(None),
    rules=frozenset({Rule.AUDIO_NEEDS_COMPANION}),
    vendor_defaults={"duration": 5, "resolution": "720p"},
    billing=Billing(unit="second", name="seedance2.0-mini-{resolution}"),
    result_retention=_KEPT,
    source=f"{_DOCS}/mini/create",
    checked=_CHECKED,
    unknown=(
        _NO_SOUND_FACT,
        _MEDIA_SIZES,
        _NO_IMAGE_COUNT,
        _RATIOS_BY_EXAMPLE,
        _FIRST_ALONE,
        "the shape of a video whose request has no ratio is not published",
    ),
)

MINI_VIDEO = replace(
    MINI,
    name="seedance2.0-mini-video",
    takes_text_only=False,
    frames=frozenset(),
    videos=_public(None, minimum=1),
    rules=frozenset({Rule.AUDIO_NEEDS_COMPANION}),
    billing=Billing(
        unit="second", name="seedance2.0-mini-{resolution}-video", counts="output and first video"
    ),
    unknown=(
        *(each for each in MINI.unknown if each != _FIRST_ALONE),
        _NO_VIDEO_LIMIT,
        "the billed seconds are the video's and, rounded, the first reference video's; only the "
        "video's when that length can't be read",
        "no page says that a reference video is required; polyreel requires one, since without "
        "one seedance2.0-mini is the model to use",
        "the page's table has frames for both Mini models, but shows none together with a "
        "reference video; polyreel refuses them, and seedance2.0-mini accepts them",
    ),
)

MINI_SP = replace(
    MINI,
    name="seedance2.0-mini-sp",
    resolutions=("480p", "720p"),
    videos=_public(None),
    rules=frozenset({Rule.AUDIO_NEEDS_COMPANION, Rule.VIDEO_NOT_WITH_FRAMES}),
    billing=Billing(unit="task", name="seedance2.0-mini-sp-{resolution}"),
    source=f"{_DOCS}/mini-sp/create",
    unknown=(
        *(each for each in MINI.unknown if each != _FIRST_ALONE),
        _FRAME_ALONE,
        _NO_VIDEO_LIMIT,
        _VIDEO_AND_FRAMES,
        "the official skill says that billing is per second; the page says per task",
    ),
)

MD = ModelSpec(
    name="seedance2.0-md",
    durations=seconds(4, 15),
    aspect_ratios=_THREE_RATIOS,
    resolutions=("720p",),
    sends_resolution=False,
    prompt_maximum=5000,
    frames=_BOTH_FRAMES,
    images=_public(4),
    videos=_public(3),
    rules=frozenset({Rule.VIDEO_NOT_WITH_FRAMES}),
    vendor_defaults={"duration": 5},
    billing=Billing(unit="task"),
    result_retention=_KEPT,
    source=f"{_DOCS}/md/create",
    checked=_CHECKED,
    unknown=(
        _NO_SOUND_FACT,
        _UPLOADED_URL,
        _NO_BILLING_NAME,
        _VIDEO_AND_FRAMES,
        "an earlier page has 1 to 15 seconds; the newer page has 4 to 15",
        "only Jimmy checks the reference videos' total length (at most 15 s, on the newer page "
        "from 4 s), size (200 MB), pixels (720 to 2160) and frame rate (24 to 60), and refuses "
        "GIF images",
        "the newest OpenAPI text allows one reference audio; the pages allow none",
    ),
)

FAST_MD = replace(
    MD,
    name="seedance2.0-fast-md",
    unknown=(
        *MD.unknown,
        "the newest OpenAPI text has only 10 and 15 seconds; the page has 4 to 15",
    ),
)

_SP_UNKNOWN = (
    _NO_SOUND_FACT,
    _MEDIA_SIZES,
    _UPLOADED_URL,
    _NO_IMAGE_COUNT,
    "billing names are published only as examples, such as sd2_sp_720p",
    "the ratios are not published for this route; polyreel offers the three of every other route",
    _FRAME_ALONE,
    _VIDEO_AND_FRAMES,
)

SP = ModelSpec(
    name="seedance2.0-sp",
    durations=seconds(4, 15),
    aspect_ratios=_THREE_RATIOS,
    resolutions=("480p", "720p", "1080p"),
    frames=_ANY_FRAMES,
    images=_public_or_asset(None),
    videos=_public_or_asset(None),
    audios=_public_or_asset(None),
    rules=frozenset({Rule.AUDIO_NEEDS_COMPANION, Rule.VIDEO_NOT_WITH_FRAMES}),
    vendor_defaults={"duration": 5, "resolution": "720p"},
    billing=Billing(unit="second", counts=None),
    result_retention=_KEPT,
    source=f"{_DOCS}/sp/create",
    checked=_CHECKED,
    unknown=(
        *_SP_UNKNOWN,
        _NO_VIDEO_LIMIT,
        _VIDEO_SECONDS,
        "for the economy routes the newest OpenAPI text and the official skill have only 720p and "
        "1080p; the page has 480p too",
    ),
)

_ABOUT_VIDEOS = (_NO_VIDEO_LIMIT, _VIDEO_SECONDS, _VIDEO_AND_FRAMES)

FAST_SP = replace(
    SP,
    name="seedance2.0-fast-sp",
    videos=None,
    rules=frozenset({Rule.AUDIO_NEEDS_COMPANION}),
    billing=Billing(unit="second"),
    unknown=(
        *(each for each in SP.unknown if each not in _ABOUT_VIDEOS),
        "only the official skill says that it accepts no reference videos",
    ),
)

OF_SP = replace(
    SP,
    name="seedance2.0-of-sp",
    vendor_defaults={"duration": 5},
    unknown=(*_SP_UNKNOWN, _NO_VIDEO_LIMIT, _VIDEO_SECONDS),
)

OF_FAST_SP = replace(
    OF_SP,
    name="seedance2.0-of-fast-sp",
    unknown=(
        *OF_SP.unknown,
        "no page says whether this route accepts reference videos; Jimmy may refuse them",
    ),
)


def _full(name: str, resolution: str, *, videos: bool) -> ModelSpec:
    """Return a model of the Full route, whose name has its resolution."""
    return ModelSpec(
        name=name,
        durations=seconds(4, 15),
        aspect_ratios=(*_SIX_RATIOS, "auto"),
        resolutions=(resolution,),
        sends_resolution=False,
        frames=_ANY_FRAMES,
        images=_audited(None),
        videos=_audited(None) if videos else None,
        audios=_audited(None),
        rules=frozenset({Rule.VIDEO_NOT_WITH_FRAMES}) if videos else frozenset(),
        vendor_defaults={"duration": 5},
        billing=Billing(unit="second", name=name, counts=None if videos else "output"),
        result_retention=_KEPT,
        source=f"{_DOCS}/create",
        checked=_CHECKED,
        unknown=(
            _NO_SOUND_FACT,
            _MEDIA_SIZES,
            _NO_IMAGE_COUNT,
            _FRAME_ALONE,
            "an earlier page has 4 to 12 seconds; the newest page has 4 to 15",
            *((_NO_VIDEO_LIMIT, _VIDEO_SECONDS, _VIDEO_AND_FRAMES) if videos else ()),
        ),
    )


FULL = tuple(
    _full(f"{family}_{resolution}", resolution, videos="video" in family)
    for family, resolutions in (
        ("sd2_mx", ("720p", "1080p", "2k", "4k")),
        ("sd2_mx_fast", ("720p", "1080p")),
        ("sd2_mx_video", ("720p", "1080p", "2k", "4k")),
        ("sd2_mx_video_fast", ("720p", "1080p")),
    )
    for resolution in resolutions
)

MODELS = (
    FAST_I2V,
    STD,
    MINI,
    MINI_VIDEO,
    MINI_SP,
    MD,
    FAST_MD,
    SP,
    FAST_SP,
    OF_SP,
    OF_FAST_SP,
    *FULL,
)
