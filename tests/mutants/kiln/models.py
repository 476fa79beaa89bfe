"""What Kiln's two models can do. Together they give every law of the kit something to check."""

from __future__ import annotations

from datetime import date, timedelta

from polyreel.adapters import Billing, Frames, MediaLimit, ModelSpec, Rule, Setting, seconds
from polyreel.request import MediaKind

_SPELLING: dict[MediaKind, str] = {
    "image": "<picture {n}>",
    "video": "<clip {n}>",
    "audio": "<tone {n}>",
}

GRAND = ModelSpec(
    name="kiln-grand",
    durations=seconds(4, 15),
    aspect_ratios=("16:9", "9:16", "1:1", "auto"),
    resolutions=("480p", "720p", "1080p"),
    prompt_maximum=2000,
    frames=frozenset(Frames),
    images=MediaLimit(forms=frozenset({"url", "upload"}), maximum=6),
    videos=MediaLimit(forms=frozenset({"url", "upload"}), maximum=3),
    audios=MediaLimit(forms=frozenset({"url", "asset"}), maximum=2),
    rules=frozenset({Rule.AUDIO_NEEDS_COMPANION, Rule.VIDEO_NOT_WITH_FRAMES}),
    settings={
        "audio": Setting(),
        "seed": Setting(minimum=0, maximum=4294967295),
        "camera_fixed": Setting(),
        "return_last_frame": Setting(),
        "expires_after": Setting(minimum=3600, maximum=259200),
        "negative_prompt": Setting(maximum=500),
    },
    makes_sound=True,
    vendor_defaults={
        "duration": 5,
        "aspect_ratio": "1:1",
        "resolution": "480p",
        "audio": True,
        "camera_fixed": False,
        "return_last_frame": False,
    },
    prompt_references=_SPELLING,
    billing=Billing(unit="second", name="grand-{resolution}", counts="output and all videos"),
    result_retention=timedelta(days=1),
    source="https://kiln.example/docs/grand",
    checked=date(2026, 9, 1),
)

PETITE = ModelSpec(
    name="kiln-petite",
    durations=(5, 10),
    aspect_ratios=("16:9", "9:16"),
    resolutions=("720p",),
    sends_resolution=False,
    takes_text_only=False,
    frames=frozenset({Frames.FIRST}),
    images=MediaLimit(forms=frozenset({"url", "inline"}), maximum=2),
    settings={"seed": Setting(), "watermark": Setting(), "audio": Setting(fixed=False)},
    makes_sound=False,
    vendor_defaults={"duration": 5, "aspect_ratio": "16:9", "watermark": True},
    prompt_references=_SPELLING,
    billing=Billing(unit="task", name="petite"),
    result_retention=timedelta(days=1),
    source="https://kiln.example/docs/petite",
    checked=date(2026, 9, 1),
)

MODELS: tuple[ModelSpec, ...] = (GRAND, PETITE)
