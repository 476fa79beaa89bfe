"""Fits text into a box, with Pillow's built-in font, which is always available."""

from __future__ import annotations

import functools
import re
import unicodedata
from bisect import bisect_right

from PIL import Image, ImageDraw, ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

# Pillow's built-in font has few characters beyond ASCII. These have an obvious replacement.
_PLAIN = str.maketrans({"×": "x", "—": "-", "–": "-", "−": "-", "’": "'", "→": ">"})

# CJK text has no spaces: a line may break after every character.
_PIECE = re.compile(r"\n|[^\S\n]+|[\u2e80-\uffef]|[^\s\u2e80-\uffef]+")

_LONGEST_LINE = 1_000  # characters; limits the search, since no line is this long


@functools.lru_cache(maxsize=64)
def font_of(size: int) -> Font:
    """Return the built-in font at `size` pixels."""
    return ImageFont.load_default(size)


def clean(text: str) -> str:
    """Return the text without characters that can't be drawn; line breaks stay."""
    text = text.translate(_PLAIN)
    return "".join(_clean_character(c) for c in text)


def _clean_character(character: str) -> str:
    if character.isascii():
        return character if character.isprintable() or character == "\n" else " "
    # A letter with an accent becomes its base letter: the font has no accents.
    parts = unicodedata.normalize("NFKD", character)
    base = "".join(part for part in parts if not unicodedata.combining(part))
    if base.isascii() and base.isprintable():
        return base
    return character if character.isprintable() else " "


def missing(text: str) -> int:
    """Return how many characters the font can't draw; it shows an empty box for each."""
    box = _ink("\uffff")
    return sum(not character.isascii() and _ink(character) == box for character in clean(text))


@functools.lru_cache(maxsize=4096)
def _ink(character: str) -> bytes:
    image = Image.new("L", (40, 40))
    ImageDraw.Draw(image).text((4, 4), character, 255, font_of(20))
    return image.tobytes()


def clip(text: str, font: Font, width: float) -> str:
    """Return the text in one line of at most `width` pixels, with … at the end when it is cut."""
    line = " ".join(clean(text[:_LONGEST_LINE]).split())
    if font.getlength(line) <= width:
        return line
    return _cut(line, font, width)


def wrap(text: str, font: Font, width: float, most: int) -> tuple[list[str], bool]:
    """Break clean text into lines of at most `width` pixels.

    Returns:
        The first `most` lines, and whether they contain the whole text.
    """
    lines: list[str] = []
    line = ""
    for found in _PIECE.finditer(text):
        piece = found[0]
        if piece == "\n":
            lines.append(line)
            line = ""
        elif piece.isspace():
            line += " " if line else ""
        elif font.getlength(line + piece) <= width:
            line += piece
        else:
            if line:
                lines.append(line.rstrip())
            while font.getlength(piece[:_LONGEST_LINE]) > width and len(lines) <= most:
                cut = max(1, _fitting(piece, font, width))
                lines.append(piece[:cut])
                piece = piece[cut:]
            line = piece
        if len(lines) > most:
            return lines[:most], False
    lines.append(line.rstrip())
    return lines[:most], len(lines) <= most


def fit(
    text: str, sizes: tuple[int, ...], width: float, height: float
) -> tuple[list[str], Font, int]:
    """Return text in the largest size that fits into `width` x `height` pixels.

    Args:
        text: Any text.
        sizes: Font sizes to try, in pixels, the largest first.
        width: Of the box.
        height: Of the box.

    Returns:
        The lines, the font, and the distance from line to line in pixels. At the smallest size
        the last line ends with … when some text does not fit.
    """
    text = clean(text).strip()
    for size in sizes:
        font, step = font_of(size), round(size * 1.36)
        lines, whole = wrap(text, font, width, max(1, int(height / step)))
        if whole:
            return lines, font, step
        if size == sizes[-1]:
            return [*lines[:-1], _cut(lines[-1], font, width)], font, step
    raise ValueError("no font size to try")


def _cut(line: str, font: Font, width: float) -> str:
    """Return the line cut to `width` pixels, with … at its end; cut between words if possible."""
    count = _fitting(line, font, width - font.getlength("…"))
    begin, space, _ = line[:count].rpartition(" ")
    whole = count >= len(line) or line[count] == " " or not space or len(begin) < count / 2
    return (line[:count] if whole else begin).rstrip(" .,;:") + "…"


def _fitting(text: str, font: Font, width: float) -> int:
    """Return how many characters from the start fit into `width` pixels."""
    lengths = range(1, min(len(text), _LONGEST_LINE) + 1)
    return bisect_right(lengths, width, key=lambda count: font.getlength(text[:count]))
