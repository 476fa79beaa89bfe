"""Whether an image is whole: every cut is found, whatever the format."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from polyreel.containers import Wholeness, whole_image

FORMATS = ("PNG", "JPEG", "progressive JPEG", "WEBP", "GIF", "BMP", "AVIF")
every_format = pytest.mark.parametrize("name", FORMATS)


def encoded(name: str) -> bytes:
    """Return an image of a format."""
    *more, kind = name.split()
    buffer = io.BytesIO()
    image = Image.effect_noise((60, 40), 60).convert("RGB")
    image.save(buffer, kind, **({"progressive": True} if more else {}))
    return buffer.getvalue()


@every_format
def test_an_image_is_whole(name: str) -> None:
    assert whole_image(encoded(name)).wholeness is Wholeness.WHOLE


@every_format
def test_no_part_of_an_image_is_whole(name: str) -> None:
    data = encoded(name)
    found = {whole_image(data[:end]).wholeness for end in range(len(data))}
    assert found <= {Wholeness.CUT, Wholeness.SOMETHING_ELSE}


@every_format
def test_bytes_after_an_image_are_noticed(name: str) -> None:
    found = whole_image(encoded(name) + bytes(9))
    assert found.wholeness is Wholeness.OPEN_ENDED
    assert found.reason == "has 9 bytes after its end"


def test_an_image_that_does_not_say_where_it_ends_is_open_ended() -> None:
    assert whole_image(b"II*\0" + bytes(40)).wholeness is Wholeness.OPEN_ENDED


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html>", "an HTML page"),
        (b'{"error": 1}', "JSON"),
        (b"\0\0\0\x18ftypmp42" + bytes(40), "an MP4 file"),
        (bytes(40), "of no known format"),
    ],
)
def test_what_is_not_an_image_is_named(data: bytes, what: str) -> None:
    found = whole_image(data)
    assert found.wholeness is Wholeness.SOMETHING_ELSE
    assert found.reason == f"is not an image: it is {what}"


STARTS = (
    b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"BM", b"RIFF\x20\0\0\0WEBP",
    b"\0\0\0\x18ftypavif",
)  # fmt: skip


@given(st.sampled_from(STARTS), st.binary(max_size=300))
def test_no_bytes_break_the_check(start: bytes, rest: bytes) -> None:
    assert isinstance(whole_image(start + rest).wholeness, Wholeness)
