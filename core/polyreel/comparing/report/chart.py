"""Charts that the template draws: a dot for each run, and a line at the median.

Places are in per cent, not in pixels: so a chart is as wide as its page, and nothing is stretched.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import TypeVar

Number = float | Decimal
"""Seconds are floats; amounts of money stay exact."""

N = TypeVar("N", float, Decimal)

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_INTERVALS = 4


@dataclass(frozen=True)
class Tick:
    """A line of the scale."""

    place: float
    text: str


@dataclass(frozen=True)
class Dot:
    """A run's value."""

    place: float
    run: int
    value: Number


@dataclass(frozen=True)
class Strip:
    """One model's line of a chart.

    Attributes:
        name: The model as it was named.
        dots: The values of its runs, in order.
        median: The place of the median; None where there is no value.
        middle: The median itself.
    """

    name: str
    dots: tuple[Dot, ...]
    median: float | None
    middle: Number | None


@dataclass(frozen=True)
class Chart:
    """A chart.

    Attributes:
        title: What the chart shows.
        unit: The unit of its numbers.
        ticks: The scale, from zero.
        strips: One for each model.
    """

    title: str
    unit: str
    ticks: tuple[Tick, ...]
    strips: tuple[Strip, ...]


def dot_chart(title: str, unit: str, values: Mapping[str, Sequence[tuple[int, N]]]) -> Chart | None:
    """Return a chart of values, or None where there are none.

    Args:
        title: What the chart shows.
        unit: The unit of its numbers.
        values: By model: runs and their values.
    """
    every = [value for pairs in values.values() for _, value in pairs]
    if not every:
        return None
    ticks = scale(float(max(every)))
    end = ticks[-1]
    strips: list[Strip] = []
    for name, pairs in values.items():
        middle = median([value for _, value in pairs]) if pairs else None
        strips.append(
            Strip(
                name=name,
                dots=tuple(Dot(place(value, end), run, value) for run, value in pairs),
                median=None if middle is None else place(middle, end),
                middle=middle,
            )
        )
    return Chart(
        title=title,
        unit=unit,
        ticks=tuple(Tick(place(each, end), f"{each:g}") for each in ticks),
        strips=tuple(strips),
    )


def scale(maximum: float) -> list[float]:
    """Return round numbers from zero to the first one that is not less than a maximum."""
    if maximum <= 0:
        return [0.0, 1.0]
    rough = maximum / _INTERVALS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(each * power for each in STEPS if each * power >= rough * (1 - 1e-9))
    count = math.ceil(maximum / step - 1e-9)
    return [round(number * step, 12) for number in range(count + 1)]


def place(value: Number, end: float) -> float:
    """Return the place of a value on a scale with this end, in per cent."""
    return round(100 * float(value) / end, 3)
