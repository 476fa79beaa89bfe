"""Local media is looked at before anything is paid: paths, bytes and data URLs alike."""

from __future__ import annotations

import base64
import contextlib
import io
import struct
import zlib
from pathlib import Path
from typing import Literal, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import drawn, picture, sound, written
from PIL import Image
from polyreel import MediaUnreadable, UsageError
from polyreel.request import (
    Media,
    MediaKind,
    VideoRequest,
    build_request,
    read_request_file,
)
from polyreel.request.conversion import Conversion
from polyreel.request.local_media import read_media
from polyreel.request.media_types import types_of
from polyreel.request.pictures import read_picture, why_not_whole
from polyreel_sandbox.video import VideoCard, render_video
from pydantic import ValidationError

CARD = VideoCard(
    provider="toy",
    model="toy",
    prompt="A boat",
    seconds=1,
    width=64,
    height=64,
    frames_per_second=2,
    sound=True,
)
Form = Literal["path", "bytes", "data URL"]
FORMS: tuple[Form, ...] = ("path", "bytes", "data URL")
PNG = picture()
LONGEST = 600


def media_in(form: Form, folder: Path, data: bytes, mime_type: str = "image/png") -> Media:
    """Return a media in one of the three local forms."""
    if form == "path":
        path = folder / "kite.png"
        path.write_bytes(data)
        return Media(path=path)
    if form == "bytes":
        return Media(data=data, mime_type=mime_type)
    text = base64.b64encode(data).decode()
    return Media.model_validate(f"data:{mime_type};base64,{text}")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"this is a text\n" * 20, "text"),
        (b"%PDF-1.4\n" + bytes(40), "pdf"),
        (b"\x00\x01\x02" * 30, "not a known media type"),
        (b"\x00\x00\x00\x18ftypmp42" + bytes(40), "video/mp4"),
    ],
    ids=["text", "PDF", "unknown", "video"],
)
def test_what_only_claims_to_be_an_image_is_refused(
    tmp_path: Path, form: Form, content: bytes, said: str
) -> None:
    with pytest.raises(MediaUnreadable, match=r"^first_frame: ") as caught:
        read_media("first_frame", "image", media_in(form, tmp_path, content))
    assert said in str(caught.value)
    assert "takes images such as PNG" in str(caught.value)


@pytest.mark.parametrize("form", FORMS)
def test_the_content_wins_over_the_label(tmp_path: Path, form: Form) -> None:
    read = read_media("first_frame", "image", media_in(form, tmp_path, picture("WEBP")))
    assert read.mime_type == "image/webp"


def test_a_path_with_a_label_is_looked_at_too(tmp_path: Path) -> None:
    path = tmp_path / "kite.png"
    path.write_text("only a text")
    with pytest.raises(MediaUnreadable, match="labelled image/png, but it is text"):
        read_media("first_frame", "image", Media(path=path, mime_type="image/png"))


@pytest.mark.parametrize(
    ("spelled", "usual"),
    [
        ("image/jpg", "image/jpeg"),
        ("image/JPEG", "image/jpeg"),
        ("image/pjpeg; charset=binary", "image/jpeg"),
        ("audio/x-m4a", "audio/mp4"),
        ("audio/mp3", "audio/mpeg"),
    ],
)
def test_a_type_is_read_in_every_usual_spelling(spelled: str, usual: str) -> None:
    assert Media(data=b"a", mime_type=spelled).mime_type == usual
    text = f"data:{spelled.replace(' ', '')};base64,YQ=="
    assert Media.model_validate(text).mime_type == usual


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "\n".join(text[at : at + 76] for at in range(0, len(text), 76)),
        lambda text: text.replace("A", "A\r\n ") + "\n",
        lambda text: text.rstrip("="),
        lambda text: text.replace("+", "-").replace("/", "_"),
        lambda text: text.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D"),
    ],
    ids=["lines", "spaces", "no padding", "the alphabet of URLs", "escaped"],
)
def test_base64_is_read_as_it_is_commonly_written(change: object) -> None:
    data = bytes(range(256)) * 3 + b"!"
    text = change(base64.b64encode(data).decode())  # type: ignore[operator]
    assert Media.model_validate(f"data:image/png;base64,{text}").data == data


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
@pytest.mark.parametrize("size", [64, 400])
def test_a_picture_that_is_cut_is_refused_and_a_whole_one_is_not(kind: str, size: int) -> None:
    data = written(Image.effect_noise((size, size), 80).convert("RGB"), kind)
    (mime_type,) = set(types_of(data)[:1])
    assert why_not_whole(data, mime_type) is None
    assert why_not_whole(data + b"\x00\x00", mime_type) is None
    for length in (len(data) // 4, len(data) // 2, len(data) * 9 // 10, len(data) - 2):
        assert why_not_whole(data[:length], mime_type) is not None


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("form", FORMS)
def test_half_a_picture_is_refused_in_every_form(tmp_path: Path, kind: str, form: Form) -> None:
    data = picture(kind)
    with pytest.raises(MediaUnreadable, match=r"first_frame: .* is not a whole image/"):
        read_media("first_frame", "image", media_in(form, tmp_path, data[: len(data) // 2]))


def test_the_thumbnail_within_a_cut_photo_does_not_make_it_whole() -> None:
    image = drawn(width=400, height=300)
    exif = image.getexif()
    exif[0x010E] = "has an end: \xff\xd9"
    data = written(image, "JPEG", exif=exif.tobytes() + picture("JPEG"))
    assert why_not_whole(data, "image/jpeg") is None
    assert why_not_whole(data[:-400], "image/jpeg") is not None


def test_a_damaged_picture_is_found_where_it_can_be_decoded() -> None:
    data = bytearray(written(Image.effect_noise((64, 64), 80), "PNG"))
    middle = len(data) // 2
    data[middle : middle + 40] = bytes(40)
    assert why_not_whole(bytes(data), "image/png") is not None


def test_without_pillow_the_end_of_a_picture_is_still_looked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "PIL", None)
    assert why_not_whole(PNG, "image/png") is None
    assert why_not_whole(PNG[:-12], "image/png") == "it is cut: its end (IEND) is missing"
    with pytest.raises(MediaUnreadable, match=r"install polyreel\[media\]"):
        read_media(
            "first_frame",
            "image",
            Media(data=picture("AVIF"), mime_type="image/avif"),
            Conversion(accepts=frozenset({"image/png"}), maximum_bytes=10**6),
        )


def test_a_picture_says_how_it_is_shown() -> None:
    image = drawn(width=80, height=40)
    exif = image.getexif()
    exif[0x0112] = 6
    turned = read_picture(written(image, "JPEG", exif=exif), "image/jpeg")
    assert (turned.width, turned.height, turned.peculiar) == (40, 80, ("turned by EXIF",))
    assert read_picture(picture("JPEG", "CMYK"), "image/jpeg").is_cmyk
    assert read_picture(picture("PNG", "P"), "image/png").peculiar == ("a palette",)
    assert read_picture(picture("PNG", "I;16"), "image/png").peculiar == ("16 bits a colour",)


ALL = frozenset({"image/png", "image/jpeg", "image/webp"})


def converted(
    data: bytes, accepts: frozenset[str] = ALL, maximum: int = 10**7
) -> tuple[str, bytes]:
    (mime_type,) = types_of(data)[:1]
    file = read_media(
        "first_frame",
        "image",
        Media(data=data, mime_type=mime_type),
        Conversion(accepts=accepts, maximum_bytes=maximum),
    )
    return file.mime_type, file.data


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (picture("HEIF"), "image/jpeg"),
        (picture("AVIF"), "image/jpeg"),
        (picture("TIFF"), "image/png"),
        (picture("BMP"), "image/png"),
        (picture("GIF"), "image/png"),
        (picture("JPEG", "CMYK"), "image/jpeg"),
        (picture("TIFF", "CMYK"), "image/png"),
        (picture("PNG", "P"), "image/png"),
        (picture("PNG", "I;16"), "image/png"),
        (picture("PNG", "1"), "image/png"),
        (picture("PNG", "RGB"), "image/png"),
        (picture("JPEG", "RGB"), "image/jpeg"),
        (picture("WEBP", "RGB"), "image/webp"),
    ],
)
def test_what_a_vendor_does_not_take_becomes_what_it_takes(data: bytes, expected: str) -> None:
    mime_type, changed = converted(data)
    assert mime_type == expected
    assert converted(data) == (mime_type, changed)
    with Image.open(io.BytesIO(changed)) as image:
        assert image.size == (64, 48)
        assert image.mode in ("RGB", "RGBA", "L")
    assert not read_picture(changed, mime_type).peculiar or mime_type == "image/webp"


def test_a_picture_that_is_taken_as_it_is_stays_as_it_is() -> None:
    assert converted(PNG) == ("image/png", PNG)
    assert converted(picture("JPEG")) == ("image/jpeg", picture("JPEG"))


@pytest.mark.parametrize("kind", ["HEIF", "AVIF", "TIFF", "JPEG"])
def test_a_converted_picture_has_the_colours_of_the_first(kind: str) -> None:
    _, changed = converted(picture(kind, "CMYK" if kind == "JPEG" else "RGB"))
    with Image.open(io.BytesIO(changed)) as image:
        left, right = (image.convert("RGB").getpixel((x, 20)) for x in (10, 50))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    for found, wanted in zip((*left, *right), (200, 30, 20, 20, 40, 190), strict=True):
        assert abs(found - wanted) < 12


def test_sixteen_bits_are_scaled_and_not_cut_off() -> None:
    _, changed = converted(written(Image.new("I;16", (64, 48), 128 * 257), "PNG"))
    with Image.open(io.BytesIO(changed)) as image:
        assert image.mode == "L"
        assert image.getpixel((5, 5)) == 128


def test_a_turned_picture_is_stored_as_it_is_shown() -> None:
    image = drawn(width=80, height=40)
    exif = image.getexif()
    exif[0x0112] = 6
    mime_type, changed = converted(written(image, "JPEG", exif=exif))
    shown = read_picture(changed, mime_type)
    assert (shown.width, shown.height, shown.peculiar) == (40, 80, ())


def test_a_transparent_picture_keeps_its_transparency_or_becomes_white() -> None:
    image = drawn("RGBA")
    image.putalpha(0)
    mime_type, changed = converted(written(image, "TIFF"))
    assert mime_type == "image/png"
    with Image.open(io.BytesIO(changed)) as kept:
        assert kept.mode == "RGBA"
    _, flat = converted(written(image, "TIFF"), frozenset({"image/jpeg"}))
    with Image.open(io.BytesIO(flat)) as white:
        pixel = white.getpixel((5, 5))
    assert isinstance(pixel, tuple)
    assert min(pixel) > 250


def test_the_first_of_several_frames_is_taken() -> None:
    first, second = drawn(), drawn("L").convert("RGB")
    data = written(first, "PNG", save_all=True, append_images=[second], duration=100)
    assert read_picture(data, "image/png").peculiar == ("several frames",)
    mime_type, changed = converted(data)
    assert read_picture(changed, mime_type).peculiar == ()


def test_a_large_png_becomes_a_jpeg() -> None:
    noise = written(Image.effect_noise((200, 200), 90).convert("RGB"), "TIFF")
    assert converted(noise)[0] == "image/png"
    assert converted(noise, maximum=10_000)[0] == "image/jpeg"


@pytest.mark.parametrize("data", [picture("HEIF"), picture("AVIF"), picture("TIFF")])
def test_a_cut_picture_is_not_converted(data: bytes) -> None:
    with pytest.raises(MediaUnreadable, match=r"not a whole|cut or damaged"):
        converted(data[: len(data) * 2 // 3])


def test_a_converted_file_is_named_after_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "IMG 1.HEIC"
    path.write_bytes(picture("HEIF"))
    file = read_media(
        "first_frame", "image", Media(path=path), Conversion(accepts=ALL, maximum_bytes=10**6)
    )
    assert (file.filename, file.mime_type) == ("IMG 1.jpg", "image/jpeg")


@pytest.mark.parametrize("brand", ["isom", "mp42", "dash", "3gp4", "M4B ", "M4A ", "iso6", "qt  "])
def test_a_file_with_sound_alone_is_an_audio_whatever_its_brand(tmp_path: Path, brand: str) -> None:
    data = sound(brand)
    path = tmp_path / "voice.m4a"
    path.write_bytes(data)
    for media in (Media(path=path), Media(data=data, mime_type="audio/mp4")):
        assert read_media("reference_audios[0]", "audio", media).mime_type == "audio/mp4"
    with pytest.raises(MediaUnreadable, match="takes videos"):
        read_media("reference_videos[0]", "video", Media(path=path))


@pytest.mark.parametrize("brand", ["isom", "M4A ", "dash"])
def test_a_file_with_a_video_is_not_an_audio(tmp_path: Path, brand: str) -> None:
    data = render_video(CARD)
    data = data[:8] + brand.encode() + data[12:]
    with pytest.raises(MediaUnreadable, match="takes audios"):
        read_media("reference_audios[0]", "audio", Media(data=data, mime_type="audio/mp4"))
    assert read_media(
        "reference_videos[0]", "video", Media(data=data, mime_type="video/mp4")
    ).mime_type.startswith("video/")


@pytest.mark.parametrize(
    ("kind", "data", "mime_type"),
    [
        ("audio", b"\xff\xfb\x90\x64" + bytes(200), "audio/mpeg"),
        ("audio", b"\x07\x93unknown\x00" * 9, "audio/amr"),
        ("audio", b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(30), "audio/wav"),
        ("video", b"\x01\x02\x00unknown" * 9, "video/mp2t"),
    ],
)
def test_a_sound_or_video_without_a_known_signature_is_what_it_is_said_to_be(
    kind: MediaKind, data: bytes, mime_type: str
) -> None:
    media = Media(data=data, mime_type=mime_type)
    assert read_media(f"reference_{kind}s[0]", kind, media).mime_type == mime_type


BASE64 = base64.b64encode(written(Image.effect_noise((300, 300), 90), "PNG")).decode()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (BASE64, "write data:image/png;base64"),
        (BASE64[:200], "write data:image/png;base64"),
        (base64.b64encode(picture("JPEG")).decode(), "write data:image/jpeg;base64"),
        (base64.encodebytes(PNG).decode(), "write data:image/png;base64"),
        ("x" * 10**6, "a text of 1000000 characters is not a path"),
        ("a word " * 10**5, "is not a path"),
        (Path("y" * 5000), "a text of 5000 characters is not a path"),
        ("a\x00b", "NUL"),
        ("caf\udce9.png", "not valid Unicode"),
        ("https://x.example/a.png\n", "line break"),
        ("https://x.example/a\tb.png", "line break"),
        ("https://x.example/\udce9.png", "not valid Unicode"),
        ("asset://a\n", "line break"),
        ({"data": b"a", "mime_type": "image/" + "x" * 10**6 + "!"}, "is not an image"),
        ("x" * 10**6 + "://a", "not supported"),
    ],
)
@pytest.mark.parametrize("field", ["first_frame", "reference_images"])
def test_what_is_not_a_media_is_refused_in_few_words(value: object, said: str, field: str) -> None:
    wrong = [value] if field == "reference_images" else value
    with pytest.raises(UsageError) as caught:
        build_request({"prompt": "a boat", field: wrong})
    message = str(caught.value)
    assert said in message
    assert field in message
    assert len(message) < LONGEST
    message.encode()
    with pytest.raises(ValidationError) as raw:
        VideoRequest.model_validate({"prompt": "a boat", field: wrong})
    assert len(str(raw.value)) < LONGEST


def test_base64_in_a_request_file_is_not_taken_for_a_path(tmp_path: Path) -> None:
    path = tmp_path / "request.toml"
    path.write_text(f'prompt = "a boat"\nfirst_frame = "{BASE64}"\n')
    with pytest.raises(UsageError, match="write data:image/png;base64"):
        build_request(read_request_file(path))


@pytest.mark.parametrize("path", ["/9j/kite/boat/lighthouse/harbour/dune/tower/wave", "R0lGOD/a"])
def test_a_path_that_resembles_base64_stays_a_path(path: str) -> None:
    assert Media.model_validate(path).path == Path(path)


def test_very_many_mistakes_are_not_all_listed() -> None:
    with pytest.raises(UsageError, match="is not known") as caught:
        build_request({"prompt": "a", "x" * 10**5: 1})
    assert len(str(caught.value)) < LONGEST
    with pytest.raises(UsageError, match=r"and 4992 more$") as caught:
        build_request({"prompt": "a", "reference_images": [" "] * 5000})
    assert len(str(caught.value)) < 2000


@pytest.mark.parametrize(
    "fields",
    [
        {"prompt": "a\udcff"},
        {"prompt": "a", "negative_prompt": "\ud800"},
        {"prompt": "a", "provider_options": {"jimmy": {"style": ["x", {"y": "\udcff"}]}}},
        {"prompt": "a", "provider_options": {"jimmy": {"\udcff": 1}}},
        {"prompt": "a", "provider_options": {"\udcff": {}}},
    ],
)
def test_half_characters_are_blamed_on_their_field(fields: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="not valid Unicode") as caught:
        build_request(fields)
    assert list(fields)[-1] in str(caught.value)
    str(caught.value).encode()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "HEIF", "AVIF"])
@given(st.data())
@settings(max_examples=30, deadline=None)
@pytest.mark.filterwarnings("ignore")  # of decoders, at damaged data
def test_damaged_media_is_read_or_refused_and_nothing_else(
    kind: str, chosen: st.DataObject
) -> None:
    whole = picture(kind)
    at = chosen.draw(st.integers(0, len(whole) - 1))
    length = chosen.draw(st.integers(0, 40))
    data = whole[:at] + chosen.draw(st.binary(max_size=40)) + whole[at + length :]
    media = Media(data=data or b"\x00", mime_type="image/png")
    for conversion in (None, Conversion(accepts=frozenset({"image/png"}), maximum_bytes=1)):
        with contextlib.suppress(MediaUnreadable):
            read_media("first_frame", "image", media, conversion)


@given(st.binary(max_size=300), st.sampled_from(["isom", "heic", "M4A ", "qt  "]))
@settings(max_examples=100, deadline=None)
def test_any_boxes_are_read_or_refused(content: bytes, brand: str) -> None:
    data = b"\x00\x00\x00\x10ftyp" + brand.encode() + bytes(4) + content
    for kind in get_args(MediaKind):
        with contextlib.suppress(MediaUnreadable):
            read_media("first_frame", kind, Media(data=data, mime_type="image/heic"))


def test_an_image_of_too_many_pixels_is_not_converted() -> None:
    """A small file may hold so many that they take more memory than a machine has."""
    data = written(Image.new("L", (7_100, 7_100)), "TIFF", compression="tiff_deflate")
    assert len(data) < 200_000
    with pytest.raises(MediaUnreadable, match="more than 50 million pixels, too many"):
        converted(data)


@pytest.mark.parametrize("size", [(33, 50_000_000), (65_535, 65_535), (9_000, 9_000)])
def test_a_png_whose_header_says_more_than_is_there_is_refused(size: tuple[int, int]) -> None:
    real = written(Image.new("1", (64, 64)), "PNG")
    header = real[12:16] + struct.pack(">II", *size) + real[24:29]
    data = real[:12] + header + struct.pack(">I", zlib.crc32(header)) + real[33:]
    with pytest.raises(MediaUnreadable, match=r"can't be read|more than \d+ bytes can hold"):
        read_media("first_frame", "image", Media(data=data, mime_type="image/png"))
