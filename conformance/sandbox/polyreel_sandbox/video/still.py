"""Draws the parts of a stand-in's video that do not move."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageOps

from .card import GREY, WHITE, Box, Colour, Layout, VideoCard
from .image import backdrop, decode, glow, rounded, shade
from .text import clip, fit, font_of, missing

_CAPTION = "polyreel sandbox: a stand-in's video, not the vendor's"
_UNREADABLE: Colour = (72, 74, 82)

_Shown = list[tuple[str, Image.Image | None]]
"""Labels and images; None for an image that can't be decoded."""


def stills(card: VideoCard, layout: Layout) -> tuple[Image.Image, Image.Image]:
    """Return the card at the start and at the end of the video; the same image if both agree."""
    shown: _Shown = [(picture.label, decode(picture.data)) for picture in card.pictures]
    frames = {label.strip().lower(): image for label, image in shown}
    size = (card.width, card.height)
    first, last = frames.get("first frame"), frames.get("last frame")
    start = backdrop(first, size, layout) if first else glow(size, layout)
    _paint(start, card, layout, shown)
    if last is None:
        return start, start
    end = backdrop(last, size, layout)
    _paint(end, card, layout, shown)
    return start, end


def _paint(image: Image.Image, card: VideoCard, layout: Layout, shown: _Shown) -> None:
    left, top, right, bottom = layout.body
    gap = layout.px(20)
    _heading(image, card, layout)
    # Side by side on a wide card, one below the other on a high card.
    if card.width >= card.height * 0.95:
        column = right
        if card.settings:
            share = 0.64 if card.width > card.height * 1.2 else 0.53
            column = left + round((right - left) * share)
            _settings(image, (column + gap, top, right, bottom), card, layout)
        under = bottom
        if shown:
            under -= _thumbnails(image, (left, top, column, bottom), layout, shown, 0.36) + gap
        _prompt(image, (left, top, column, under), card, layout)
        return
    under = bottom
    if shown:
        under -= _thumbnails(image, (left, top, right, bottom), layout, shown, 0.24) + gap
    if card.settings:
        wanted = layout.px(66) + len(card.settings) * layout.px(34)
        height = min(wanted, round((under - top) * 0.45))
        _settings(image, (left, under - height, right, under), card, layout)
        under -= height + gap
    _prompt(image, (left, top, right, under), card, layout)


def _heading(image: Image.Image, card: VideoCard, layout: Layout) -> None:
    draw = ImageDraw.Draw(image)
    left, _, right, _ = layout.body
    top, room = layout.reel[1], layout.reel[0] - left - layout.px(24)
    name = font_of(layout.font(54))
    # The built-in font has only one weight; a thin outline makes it bold.
    draw.text(
        (left, top + layout.px(42)),
        clip(card.provider, name, room),
        WHITE,
        name,
        "ls",
        stroke_width=layout.px(1),
    )
    model = font_of(layout.font(30))
    accent = layout.tint(0.76, 0.85)
    draw.text((left, top + layout.px(87)), clip(card.model, model, room), accent, model, "ls")
    facts = (
        f"{card.width} x {card.height}  ·  {card.seconds} s  ·  {card.frames_per_second} fps"
        f"  ·  {'with sound' if card.sound else 'no sound'}"
    )
    small = font_of(layout.font(20))
    room = right - left
    draw.text((left, top + layout.px(123)), clip(facts, small, room), GREY, small, "ls")
    tiny, low = font_of(layout.font(18)), (layout.clock[1] + layout.clock[3]) // 2
    room = layout.clock[0] - left
    draw.text((left, low), clip(_CAPTION, tiny, room), GREY, tiny, "lm")


def _panel(image: Image.Image, box: Box, layout: Layout, title: str) -> Box:
    """Draw a panel with a title and return the box inside it."""
    left, top, right, bottom = box
    if right - left < 4 or bottom - top < 4:
        return box
    shade(image, box, layout.px(16), (6, 7, 12), 0.5)
    font, pad = font_of(layout.font(17)), layout.px(20)
    draw = ImageDraw.Draw(image)
    title = clip(title, font, right - left - 2 * pad)
    draw.text((left + pad, top + layout.px(32)), title, layout.tint(0.7, 0.6), font, "ls")
    return left + pad, top + layout.px(46), right - pad, bottom - layout.px(14)


def _prompt(image: Image.Image, box: Box, card: VideoCard, layout: Layout) -> None:
    count = len(card.prompt)
    title = f"PROMPT  ·  {count:,} character{'' if count == 1 else 's'}"
    if boxes := missing(card.prompt):
        # Without this note the empty boxes would suggest damaged text.
        title += f", {boxes:,} of them not in this font"
    left, top, right, bottom = _panel(image, box, layout, title)
    sizes = tuple(layout.font(size) for size in (46, 40, 34, 29, 25, 22, 19, 17))
    lines, font, step = fit(card.prompt, sizes, right - left, bottom - top)
    draw = ImageDraw.Draw(image)
    for row, line in enumerate(lines):
        draw.text((left, top + row * step), line, WHITE, font, "la")


def _settings(image: Image.Image, box: Box, card: VideoCard, layout: Layout) -> None:
    left, top, right, bottom = _panel(image, box, layout, "SETTINGS")
    room, gap, count = right - left, layout.px(18), len(card.settings)
    # As large as possible; in one list if it fits, else in two side by side.
    for length, lists in ((21, 1), (19, 1), (17, 1), (19, 2), (17, 2), (16, 2), (15, 1)):
        font = font_of(layout.font(length))
        step = round(layout.font(length) * 1.55)
        rows = max(1, (bottom - top) // step)
        names = max(font.getlength(clip(name, font, room)) for name, _ in card.settings)
        values = max(font.getlength(clip(value, font, room)) for _, value in card.settings)
        if rows * lists >= count and (names + values + 2 * gap) * lists <= room + gap:
            break
    width = (room + gap) // lists - gap
    column = round(min(names, max(width * 0.52, width - gap - values))) + gap
    shown = card.settings if rows * lists >= count else card.settings[: rows * lists - 1]
    draw = ImageDraw.Draw(image)
    for place, (name, value) in enumerate(shown):
        x, y = left + place // rows * (width + gap), top + place % rows * step
        draw.text((x, y), clip(name, font, column - gap), GREY, font, "la")
        draw.text((x + column, y), clip(value, font, width - column), WHITE, font, "la")
    if len(shown) < count:
        x, y = left + len(shown) // rows * (width + gap), top + len(shown) % rows * step
        more = clip(f"+ {count - len(shown)} more", font, width)
        draw.text((x, y), more, layout.tint(0.7, 0.6), font, "la")


def _thumbnails(image: Image.Image, box: Box, layout: Layout, shown: _Shown, share: float) -> int:
    """Draw the pictures in a row at the bottom of `box` and return the height used, in pixels.

    They use at most the part `share` of the box's height.
    """
    left, top, right, bottom = box
    gap, label_height = layout.px(16), layout.px(28)
    most = max(1, (right - left + gap) // (layout.px(84) + gap))
    tiles = shown if len(shown) <= most else shown[: most - 1]
    ratios = [min(1.78, max(0.8, t.width / t.height)) if t else 1.33 for _, t in tiles]
    if len(tiles) < len(shown):
        ratios.append(1.0)
    room = right - left - gap * (len(ratios) - 1)
    height = max(1, round((bottom - top) * share) - label_height)
    if height * sum(ratios) * 0.75 > room:
        # Squares; otherwise high pictures would be too narrow for their labels.
        ratios = [1.0] * len(ratios)
    height = max(1, min(height, int(room / sum(ratios))))
    font, draw = font_of(layout.font(17)), ImageDraw.Draw(image)
    x, y = left, bottom - label_height - height
    for place, ratio in enumerate(ratios):
        width = max(1, int(height * ratio))
        label, picture = tiles[place] if place < len(tiles) else ("", None)
        tile = Image.new("RGB", (width, height), _UNREADABLE)
        if picture:
            tile = ImageOps.fit(picture, tile.size, Image.Resampling.LANCZOS)
        else:
            words = "unreadable" if place < len(tiles) else f"+ {len(shown) - len(tiles)}"
            inside = ImageDraw.Draw(tile)
            middle = (width / 2, height / 2)
            inside.text(middle, clip(words, font, width), WHITE, font, "mm")
        image.paste(tile, (x, y), rounded(tile.size, layout.px(10)))
        draw.text((x, bottom), clip(label, font, width), GREY, font, "ls")
        x += width + gap
    return height + label_height
