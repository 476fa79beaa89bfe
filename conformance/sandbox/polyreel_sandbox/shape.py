"""The pixels of a stand-in's video.

The vendors here do not publish their pixel sizes, so this is the sandbox's own convention: the
number of lines is the shorter side, and both sides are even.
"""

from __future__ import annotations

_LINES = {"2k": 1440, "4k": 2160, "8k": 4320}


def frame_size(resolution: str, aspect_ratio: str) -> tuple[int, int]:
    """Return width and height in pixels, e.g. 1280 and 720 for `720p` and `16:9`.

    Args:
        resolution: Such as `480p` or `4k`.
        aspect_ratio: Such as `9:16`; any other text counts as `16:9`.

    Raises:
        ValueError: When the resolution is the vendor's own word.
    """
    digits = resolution.removesuffix("p")
    if resolution not in _LINES and not (digits.isdecimal() and int(digits)):
        raise ValueError(
            f"{resolution[:40]!r} is not a resolution such as 720p or 4k; give the property that "
            'carries it `x-neutral` with words, such as {"HD": "720p"}'
        )
    lines = _LINES.get(resolution) or int(digits)
    try:
        across, down = (int(part) for part in aspect_ratio.split(":"))
    except ValueError:
        across, down = 16, 9
    if min(across, down) < 1:
        across, down = 16, 9
    shorter = min(across, down)
    return _even(lines * across / shorter), _even(lines * down / shorter)


def _even(length: float) -> int:
    return 2 * round(length / 2)
