"""What each of Modellix's Seedance 2.0 models can do.

`seedance-2.0-fast-i2v` follows its published schema. Its siblings follow that schema with the
documented differences; `unknown` says when a sibling's own schema was not seen.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from polyreel.adapters import Billing, Frames, MediaLimit, ModelSpec, PriceRule, Setting, seconds

_SCHEMA = "https://www.modellix.ai/models/bytedance/{slug}/api_schema"
_CHECKED = date(2026, 8, 20)
_SIBLINGS = (
    "differences from seedance-2.0-fast-i2v: github.com/Modellix/modellix-skill, REFERENCE.md"
)

_IMAGES = MediaLimit(forms=frozenset({"url", "inline", "upload"}), maximum=9)
_AUDIOS = MediaLimit(forms=frozenset({"url"}), maximum=3)

_SKILL = "https://github.com/Modellix/modellix-skill/blob/main/references/REFERENCE.md"

_I2V_ONLY = (
    "the schema does not require an image; polyreel requires one for this model",
    "no page forbids a last frame alone, or audio with frames; Modellix may refuse them",
    "how an image is cropped to the ratio is not published",
)
_MEDIA_ONLY = (
    "size, pixels, format and length of media are not published",
    "whether base64 is plain or a data URL is not published; polyreel sends a data URL",
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
    # Documented for images and audio; a reference to a video is in plain words.
    prompt_references={"image": "[Image {n}]", "audio": "[Audio {n}]"},
    billing=Billing(unit="second", name="bytedance/seedance-2.0-fast-i2v"),
    result_retention=timedelta(days=7),
    source=_SCHEMA.format(slug="seedance-2.0-fast-i2v"),
    checked=_CHECKED,
    unknown=(
        *_MEDIA_ONLY,
        *_I2V_ONLY,
        "the place of the last frame in the answer is not documented; an image among the "
        "resources is used",
        "the status of a task that expired (expires_after) is not documented",
        "the unit of billing.amount is not documented; polyreel assumes USD",
    ),
)


def _sibling(
    slug: str, base: ModelSpec, *unknown: str, without: tuple[str, ...] = (), **changes: object
) -> ModelSpec:
    """Return a sibling: the base with the documented differences and its own unknown facts."""
    not_seen = (
        f"this model's own schema ({_SCHEMA.format(slug=slug)}) was not seen; polyreel assumes "
        "seedance-2.0-fast-i2v's values, except for the differences in the reference"
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
    "whether it has settings besides length, ratio and resolution, and whether videos have "
    "sound, is not published; polyreel refuses such settings"
)


def _mini(spec: ModelSpec) -> ModelSpec:
    """Return a mini model, without settings, since no schema of a mini model is published."""
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
    "4k is in this model's price range, but in no list of resolutions; polyreel does not offer it",
    resolutions=("480p", "720p", "1080p"),
)

MINI_I2V = _mini(_sibling("seedance-2.0-mini-i2v", FAST_I2V))

_RANGE = "480p to 4k is documented as a range; polyreel assumes 720p and 1080p between them"
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
    """Return a published price; references are not billed."""
    return PriceRule(
        unit="second",
        amount=Decimal(amount),
        currency="USD",
        resolution=resolution,
        is_upper_bound=is_upper_bound,
        source=_PRICES,
        read=_PRICES_READ,
    )


# Published as a range from the lowest to the highest tier, so only the upper bound of a
# resolution's price is known.
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
    "video_urls, images and audio are documented; frames are not, so polyreel refuses them",
    without=_I2V_ONLY,
    frames=frozenset(),
    videos=MediaLimit(forms=frozenset({"url"}), maximum=3, minimum=1),
    resolutions=("480p", "720p", "1080p"),
)

FAST_V2V = _sibling("seedance-2.0-fast-v2v", V2V, resolutions=("480p", "720p"))
MINI_V2V = _mini(_sibling("seedance-2.0-mini-v2v", FAST_V2V))

MODELS = (FAST_I2V, I2V, MINI_I2V, T2V, FAST_T2V, MINI_T2V, V2V, FAST_V2V, MINI_V2V)
