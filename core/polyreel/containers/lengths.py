"""How long a video is, against how long it says that it is."""

from __future__ import annotations

SLACK = 0.25
"""Seconds by which a whole video may be shorter than it says: a last frame may have no length."""

MOST_OF_IT = 0.9
"""The share of its announced length that a file must have whose bytes are all there."""


def missing_seconds(there: float, announced: float | None, frame: float, share: float = 1.0) -> str:
    """Return that a part of a video is missing, in words; empty where it is not.

    Args:
        there: The seconds that are there.
        announced: The seconds that it says; None where it does not say it.
        frame: How long one frame lasts, in seconds.
        share: The share of the announced length that must be there.
    """
    if announced is None or there >= announced * share - max(SLACK, 1.5 * frame):
        return ""
    return f"only {there:.1f} of {announced:.1f} seconds are there"
