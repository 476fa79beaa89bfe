"""Cases of prices: what a rule, a request and the lengths of its videos come to.

The vendors' own are those that `sources` name; the others show what a rule has to be able to say
for vendors to come, and their figures are invented.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from polyreel.adapters import PriceRule, TokenCount

MINI = "Jimmy's Mini page, Billable seconds and Examples: an assumed price of 0.05 per second"
MODELLIX = "https://www.modellix.ai/blog/seedance-2-0-api-access/, read 2026-08-17"
SHAPE = "invented, to show the shape"
JIMMY_COINS = "Jimmy's documentation, Aug 2026: sd2-933-720p costs 0.0479 coin a second"

TOKENS = TokenCount(
    frames_per_second=Decimal(24),
    pixels_per_token=Decimal(1024),
    pixels={"720p": 1280 * 720, "480p 1:1": 480 * 480},
)


@dataclass(frozen=True)
class Case:
    """One case.

    Attributes:
        says: What it shows.
        rule: What of the rule differs from a plain one: 0.05 USD per second.
        request: What of the request differs from a plain one: 5 s, 720p, 16:9, text.
        costs: What comes out; None where it is unknown.
        certainty: How sure that is.
        videos: The lengths of the reference videos.
        source: Where the figures are from.
    """

    says: str
    costs: str | None
    rule: dict[str, Any] = field(default_factory=dict)
    request: dict[str, Any] = field(default_factory=dict)
    certainty: str = "exact"
    videos: tuple[float | None, ...] | None = None
    source: str = SHAPE


def video(count: int = 1) -> dict[str, Any]:
    return {"reference_videos": [f"https://example.com/{n}.mp4" for n in range(count)]}


FIRST = {"counts": "output and first video"}
ALL = {"counts": "output and all videos"}
LONGER = {"counts": "the longer of output and videos"}
PER_TASK = {"unit": "task", "amount": Decimal("0.4")}
PER_MILLION = {"unit": "token", "amount": Decimal("6"), "per": 1_000_000, "tokens": TOKENS}

CASES = (
    # Per task.
    Case("a task costs its price", "0.4", PER_TASK),
    Case("a task costs the same however long", "0.4", PER_TASK, {"duration": 15}),
    Case("a task costs the same in its other sizes", "0.4", PER_TASK, {"resolution": "480p"}),
    Case("a call costs its price", "0.4", {**PER_TASK, "unit": "call"}),
    Case("a task and what is added to each video", "0.45", {**PER_TASK, "extra": Decimal("0.05")}),
    # Per second, by resolution.
    Case("Mini, image to video, 5 s", "0.25", source=MINI),
    Case("the shortest video", "0.2", request={"duration": 4}),
    Case("the longest video", "0.75", request={"duration": 15}),
    Case("a rate for just this resolution", "0.25", {"resolution": "720p"}),
    Case("a rate for another resolution only", None, {"resolution": "480p"}, certainty="unknown"),
    Case(
        "fast-t2v in 480p",
        "0.345",
        {"amount": Decimal("0.0690"), "resolution": "480p"},
        {"resolution": "480p"},
        source=MODELLIX,
    ),
    Case("fast-t2v in 720p", "0.69", {"amount": Decimal("0.1380")}, source=MODELLIX),
    Case(
        "mini-t2v in 480p, 4 s",
        "0.184",
        {"amount": Decimal("0.0460"), "resolution": "480p"},
        {"resolution": "480p", "duration": 4},
        source=MODELLIX,
    ),
    Case(
        "mini-t2v in 720p, 15 s",
        "1.38",
        {"amount": Decimal("0.0920")},
        {"duration": 15},
        source=MODELLIX,
    ),
    Case(
        "2.0-t2v, of which a range is published",
        "4.485",
        {"amount": Decimal("0.8970"), "is_upper_bound": True},
        certainty="upper bound",
        source=MODELLIX,
    ),
    Case(
        "a vendor's credit",
        "0.2395",
        {"amount": Decimal("0.0479"), "currency": "JimiCoin"},
        source=JIMMY_COINS,
    ),
    # The first reference video.
    Case(
        "Mini video, 8 s and a reference of 3 s",
        "0.55",
        FIRST,
        {"duration": 8, **video()},
        videos=(3.0,),
        source=MINI,
    ),
    Case(
        "only the first of two counts",
        "0.55",
        FIRST,
        {"duration": 8, **video(2)},
        videos=(3.0, 9.0),
        source=MINI,
    ),
    Case("half a second is rounded up", "0.4", FIRST, video(), videos=(2.5,), source=MINI),
    Case("less than half is rounded down", "0.35", FIRST, video(), videos=(2.49,), source=MINI),
    Case(
        "a first one that can't be read is left out",
        "0.25",
        FIRST,
        video(2),
        videos=(None, 9.0),
        source=MINI,
    ),
    Case("without a reference only the video counts", "0.25", FIRST, source=MINI),
    Case("a length that nobody read", None, FIRST, video(), certainty="unknown", source=MINI),
    # All of them, and the longer.
    Case("all of them count", "0.85", ALL, video(2), videos=(3.0, 9.0)),
    Case("one of them can't be read", "0.7", ALL, video(2), videos=(None, 9.0)),
    Case("the references are longer", "0.6", LONGER, video(2), videos=(3.0, 9.0)),
    Case("the video is longer", "0.25", LONGER, video(), videos=(3.0,)),
    Case("whose seconds count is on no page", None, {"counts": None}, video(), certainty="unknown"),
    Case("whose seconds count matters not without videos", "0.25", {"counts": None}),
    # Tokens.
    Case("tokens from pixels, frames and seconds", "0.648", PER_MILLION, certainty="estimate"),
    Case(
        "twice the seconds, twice the tokens",
        "1.296",
        PER_MILLION,
        {"duration": 10},
        certainty="estimate",
    ),
    Case(
        "pixels that depend on the shape, too",
        "0.162",
        PER_MILLION,
        {"resolution": "480p", "aspect_ratio": "1:1"},
        certainty="estimate",
    ),
    Case(
        "pixels that nobody publishes",
        None,
        PER_MILLION,
        {"resolution": "1080p"},
        certainty="unknown",
    ),
    Case(
        "how videos become tokens is not known",
        None,
        {**PER_MILLION, "tokens": None},
        certainty="unknown",
    ),
    # Minimum, rounding, multiplier, extras.
    Case("fewest units", "0.5", {"minimum_units": Decimal(10)}),
    Case("fewest units that are passed", "0.75", {"minimum_units": Decimal(10)}, {"duration": 15}),
    Case("units are rounded up to a multiple", "0.3", {"rounded_up_to": Decimal(6)}),
    Case(
        "a multiple that fits is left alone", "0.3", {"rounded_up_to": Decimal(6)}, {"duration": 6}
    ),
    Case(
        "twice the price with a video",
        "0.5",
        {"multiplier_with_video": Decimal(2)},
        video(),
        videos=(3.0,),
    ),
    Case("no video, no multiplier", "0.25", {"multiplier_with_video": Decimal(2)}),
    Case("least amount", "1", {"minimum": Decimal(1)}),
    Case("least amount that is passed", "1.5", {"minimum": Decimal(1), "amount": Decimal("0.3")}),
    Case(
        "all at once",
        "1.35",
        {
            **FIRST,
            "multiplier_with_video": Decimal(2),
            "extra": Decimal("0.25"),
            "rounded_up_to": Decimal(11),
        },
        {"duration": 8, **video()},
        videos=(3.0,),
    ),
    # Conditions.
    Case("a price with sound, and sound was asked for", "0.25", {"audio": True}, {"audio": True}),
    Case(
        "a price without sound, and sound was asked for",
        None,
        {"audio": False},
        {"audio": True},
        certainty="unknown",
    ),
    Case("it depends on audio, which is not set", None, {"audio": True}, certainty="unknown"),
    Case("a price with a video only", None, {"video_input": True}, certainty="unknown"),
    Case(
        "a price with a video, and one goes in",
        "0.25",
        {"video_input": True},
        video(),
        videos=(3.0,),
    ),
    # Sources.
    Case(
        "what the journal saw is an estimate",
        "0.25",
        {"origin": "observed", "seen": 3},
        certainty="estimate",
    ),
    Case("what the user set is exact", "0.25", {"origin": "config"}),
    Case("free is a price that somebody has to publish", "0", {"amount": Decimal(0)}),
)


def rule_of(case: Case) -> PriceRule:
    """Return a case's rule."""
    plain: dict[str, Any] = {
        "unit": "second",
        "amount": Decimal("0.05"),
        "currency": "USD",
        "counts": "output",
        "source": case.source,
    }
    return PriceRule(**{**plain, **case.rule})
