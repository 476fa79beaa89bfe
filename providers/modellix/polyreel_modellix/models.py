"""What each of Modellix's Seedance 2.0 models can do.

`seedance-2.0-fast-i2v` is its published schema. The siblings are that schema with the
documented differences; where a sibling's own schema was not seen, `unknown` says so.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from polyreel import Billing, Frames, MediaLimit, ModelSpec, PriceRule, Setting, seconds

_SCHEMA = "https://www.modellix.ai/models/bytedance/{slug}/api_schema"
_CHECKED = date(2026, 8, 20)
_SIBLINGS = (
    "differences from seedance-2.0-fast-i2v: github.com/Modellix/modellix-skill, REFERENCE.md"
)

_IMAGES = MediaLimit(forms=frozenset({"url", "inline", "upload"}), maximum=9)
_AUDIOS = MediaLimit(forms=frozenset({"url"}), maximum=3)

_SKILL = "https://github.com/Modellix/modellix-skill/blob/main/references/REFERENCE.md"

_I2V_ONLY = (
    "the schema requires no image; an image-to-video model without one is refused here",
    "a last frame alone, and audio with frames, are not forbidden and are left to Modellix",
    "how an image is cropped to the ratio is not published",
)
_MEDIA_ONLY = (
    "size, pixels, format and length of media are not published",
    "whether Base64 is bare or a data URL is not said; a data URL is sent",
)

FAST_I2V = ModelSpec(
    name="seedance-2.0-fast-i2v",
    durations=seconds(4, 15),
    aspect_ratios=("21:9", "16:9", "4:3", "1:1", "3:4", "9:16"),
    resolutions=("480p", "720p"),
    prompt_maximum=10000,
    takes_text_only=False,
    frames=frozenset(Frames),
    images=_IMAGES,
    audios=_AUDIOS,
    settings={
        "audio": Setting(),
        "seed": Setting(minimum=0, maximum=4294967295),
        "camera_fixed": Setting(),
        "return_last_frame": Setting(),
        "expires_after": Setting(minimum=3600, maximum=259200),
    },
    makes_sound=True,
    vendor_defaults={
        "duration": 5,
        "aspect_ratio": "1:1",
        "resolution": "720p",
        "audio": True,
        "camera_fixed": False,
        "return_last_frame": False,
        "expires_after": 172800,
    },
    # Documented for images and audio; a video is written in plain words.
    prompt_references={"image": "[Image {n}]", "audio": "[Audio {n}]"},
    billing=Billing(unit="second", name="bytedance/seedance-2.0-fast-i2v"),
    result_retention=timedelta(days=7),
    source=_SCHEMA.format(slug="seedance-2.0-fast-i2v"),
    checked=_CHECKED,
    unknown=(
        *_MEDIA_ONLY,
        *_I2V_ONLY,
        "where the last frame appears in the answer is not documented; an image among the "
        "resources is taken for it",
        "the status of a task that lapsed (expires_after) is not documented",
        "the unit of billing.amount is nowhere stated; it is taken to be USD",
    ),
)


def _sibling(
    slug: str, base: ModelSpec, *unknown: str, without: tuple[str, ...] = (), **changes: object
) -> ModelSpec:
    """Return a sibling: the base with the documented differences, and their own unknowns."""
    not_seen = (
        f"this model's own schema ({_SCHEMA.format(slug=slug)}) was not seen; what the reference "
        "does not list as different is taken to be as in seedance-2.0-fast-i2v"
    )
    kept = (each for each in base.unknown if each not in without and "was not seen" not in each)
    return replace(
        base,
        name=slug,
        billing=Billing(unit="second", name=f"bytedance/{slug}"),
        source=_SKILL,
        unknown=(*kept, not_seen, *unknown),
        **changes,  # type: ignore[arg-type]  # the fields of ModelSpec
    )


_MINI_UNKNOWN = (
    "whether it has settings besides length, ratio and resolution, and whether films have "
    "sound, is not published; such settings are refused here"
)


def _mini(spec: ModelSpec) -> ModelSpec:
    """Return a mini model: no schema of one is published, so nothing is said of settings."""
    return replace(
        spec,
        settings={},
        vendor_defaults={},
        makes_sound=None,
        unknown=(*spec.unknown, _MINI_UNKNOWN),
    )


I2V = _sibling(
    "seedance-2.0-i2v",
    FAST_I2V,
    "4k stands in this model's price range and in no list of resolutions; it is not offered here",
    resolutions=("480p", "720p", "1080p"),
)

MINI_I2V = _mini(_sibling("seedance-2.0-mini-i2v", FAST_I2V))

_RANGE = "480p to 4k is documented as a range; the steps between are taken to be 720p and 1080p"
T2V = _sibling(
    "seedance-2.0-t2v",
    FAST_I2V,
    _RANGE,
    without=(*_MEDIA_ONLY, *_I2V_ONLY),
    takes_text_only=True,
    frames=frozenset(),
    images=None,
    audios=None,
    resolutions=("480p", "720p", "1080p", "4k"),
)


_PRICES = "https://www.modellix.ai/blog/seedance-2-0-api-access/"
_PRICES_READ = date(2026, 8, 17)


def _priced(spec: ModelSpec, *rates: PriceRule) -> ModelSpec:
    return replace(spec, billing=replace(spec.billing, rates=rates))


def _dollars_a_second(
    amount: str, resolution: str | None = None, *, is_upper_bound: bool = False
) -> PriceRule:
    """Return a published price; inputs are not billed."""
    return PriceRule(
        unit="second",
        amount=Decimal(amount),
        currency="USD",
        resolution=resolution,
        is_upper_bound=is_upper_bound,
        source=_PRICES,
        read=_PRICES_READ,
    )


# Published as a range from the lowest to the highest tier: of a resolution only the highest is
# sure to hold.
_RANGE_OF_PRICES = _dollars_a_second("0.8970", is_upper_bound=True)

FAST_T2V = _priced(
    _sibling("seedance-2.0-fast-t2v", T2V, without=(_RANGE,), resolutions=("480p", "720p")),
    _dollars_a_second("0.0690", "480p"),
    _dollars_a_second("0.1380", "720p"),
)
MINI_T2V = _priced(
    _mini(_sibling("seedance-2.0-mini-t2v", FAST_T2V)),
    _dollars_a_second("0.0460", "480p"),
    _dollars_a_second("0.0920", "720p"),
)
I2V = _priced(I2V, _RANGE_OF_PRICES)
T2V = _priced(T2V, _RANGE_OF_PRICES)

V2V = _sibling(
    "seedance-2.0-v2v",
    FAST_I2V,
    "video_urls, images and audio are documented; frames are not, so they are refused here",
    without=_I2V_ONLY,
    frames=frozenset(),
    videos=MediaLimit(forms=frozenset({"url"}), maximum=3, minimum=1),
    resolutions=("480p", "720p", "1080p"),
)

FAST_V2V = _sibling("seedance-2.0-fast-v2v", V2V, resolutions=("480p", "720p"))
MINI_V2V = _mini(_sibling("seedance-2.0-mini-v2v", FAST_V2V))

MODELS = (FAST_I2V, I2V, MINI_I2V, T2V, FAST_T2V, MINI_T2V, V2V, FAST_V2V, MINI_V2V)
