"""What goes in: whose files, the shape of a frame, what media really are, texts and keys."""

from __future__ import annotations

import base64
import contextlib
from pathlib import Path
from typing import Any

from pictures import drawn, picture, sound, written
from PIL import Image
from polyreel import AsyncClient, Client, VideoRequest
from polyreel.request import build_request

from .kind import Caller, Kind, Surroundings

_INLINE = "modellix/seedance-2.0-fast-i2v"
_UPLOADS = "jimmy/seedance2.0-std"
_LONGEST = 600


def _attempt(
    around: Surroundings, frame: str, model: str = _UPLOADS, *arguments: str, **options: bool
) -> str:
    """Make a video from a first frame as the caller does, and return what came of it."""
    target = around.folder / "video.mp4"

    def asked() -> VideoRequest:
        return build_request({"prompt": "A paper boat", "first_frame": frame})

    if around.caller == "command line":
        usual = ["generate", "-p", "A paper boat", "-o", str(target), "-m", model, "--yes"]
        came = around.command(*usual, "--first-frame", frame, *arguments)
    elif around.caller == "blocking":
        came = around.client(
            lambda client: client.generate(asked(), target, model, timeout=20, **options)  # type: ignore[arg-type]
        )
    else:

        async def run(client: AsyncClient) -> None:
            await client.generate(asked(), target, model, timeout=20, **options)  # type: ignore[arg-type]

        came = around.async_client(run)
    return came.replace("exit 0", "the video").replace("done", "the video")


def _refused(around: Surroundings, came: str, *said: str) -> str:
    """Check that nothing was sent or saved, and that one short message names what is wrong."""
    assert around.tasks == 0
    assert not any(each.calls for each in around.sandbox.stand_ins.values())
    with Client() as client:
        assert client.history.jobs() == []
    message = around.printed[-1]
    assert all(each in message for each in said), message
    assert len(message) < _LONGEST, message
    return f"{came}, nothing sent"


def _data_url(data: bytes, mime_type: str = "image/png") -> str:
    return f"data:{mime_type};base64,{base64.b64encode(data).decode()}"


def local_file(around: Surroundings) -> str:
    (around.folder / "secret.png").write_bytes(picture())
    came = set()
    for name in ("secret.png", "nothing.png"):
        if around.caller == "command line":
            around.patch.setenv("POLYREEL_CONFIG", str(around.folder / "service.toml"))
            Path("service.toml").write_text("local_files = false\n", encoding="utf-8")
            attempt = _attempt(around, name)
        else:
            attempt = _attempt_with_client(around, name, local_files=False)
        came.add(_refused(around, attempt, "first_frame", "local_files"))
    messages = {each.splitlines()[-1] for each in around.printed}
    assert len(messages) == 1, messages  # nor does it say which of them exists
    return came.pop()


def link_out_of_folder(around: Surroundings) -> str:
    inside = around.folder / "uploads"
    inside.mkdir()
    (around.folder / "secret.png").write_bytes(picture())
    (inside / "link.png").symlink_to(around.folder / "secret.png")
    came = _attempt_with_client(around, "uploads/link.png", local_files=inside)
    return _refused(around, came, "first_frame", "one folder")


def portrait(around: Surroundings) -> str:
    turned = written(drawn(width=64, height=36), "JPEG", exif=_turned())
    (around.folder / "portrait.jpg").write_bytes(turned)
    came = _attempt(around, "portrait.jpg", _INLINE)
    assert around.tasks == 1
    calls = [call for call in around.sandbox.stand_ins["modellix"].calls if call.method == "POST"]
    assert '"9:16"' in str(calls[-1].body).replace("'", '"')
    with Client() as client:
        (adjusted,) = client.history.jobs()[0].adjustments
    assert (adjusted.field, adjusted.sent, adjusted.action) == ("aspect_ratio", "9:16", "chosen")
    return f"{came}, in 9:16"


def _turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def _attempt_with_client(around: Surroundings, frame: str, **options: Any) -> str:
    """Try as `_attempt`, by a client with options of its own."""
    request = build_request({"prompt": "A paper boat", "first_frame": frame})
    target = around.folder / "video.mp4"
    if around.caller == "blocking":
        return around.client(lambda client: client.generate(request, target, _UPLOADS), **options)
    return around.async_client(lambda client: client.generate(request, target, _UPLOADS), **options)


def text_as_image(around: Surroundings) -> str:
    came = _attempt(around, _data_url(b"only a text\n" * 30))
    return _refused(around, came, "first_frame", "text", "PNG, JPEG or WebP")


def loose_base64(around: Surroundings) -> str:
    encoded = base64.encodebytes(picture("JPEG")).decode().rstrip("=\n")
    came = _attempt(around, f"data:image/jpg;base64,{encoded}")
    assert around.tasks == 1
    return came


def base64_as_path(around: Surroundings) -> str:
    noise = written(Image.effect_noise((300, 300), 90), "PNG")
    came = _attempt(around, base64.b64encode(noise).decode())
    return _refused(around, came, "first_frame", "data:image/png;base64")


def half_a_picture(around: Surroundings) -> str:
    data = picture()
    (around.folder / "half.png").write_bytes(data[: len(data) // 2])
    came = _attempt(around, "half.png", _INLINE)
    return _refused(around, came, "first_frame", "is cut")


def large_inline(around: Surroundings) -> str:
    data = picture() + bytes(11 * 2**20)
    (around.folder / "large.png").write_bytes(data)
    came = _attempt(around, "large.png", _INLINE)
    uploads = [call for call in around.sandbox.stand_ins["modellix"].calls if "files" in call.path]
    assert len(uploads) == 1
    assert around.tasks == 1
    return f"{came}, after a free upload"


def one_pixel(around: Surroundings) -> str:
    (around.folder / "dot.png").write_bytes(picture(width=1, height=1))
    refused = _refused(
        around, _attempt(around, "dot.png", _INLINE), "1×1", "polyreel's own bound, no page"
    )
    lifted = _attempt(around, "dot.png", _INLINE, "--lift-bounds", lift_bounds=True)
    assert around.tasks == 1
    return f"{refused}; lifted for the call: {lifted}"


def foreign_picture(around: Surroundings) -> str:
    (around.folder / "photo.heic").write_bytes(picture("HEIF"))
    refused = _refused(around, _attempt(around, "photo.heic", _INLINE), "--convert-images")
    converted = _attempt(around, "photo.heic", _INLINE, "--convert-images", convert_images=True)
    assert around.tasks == 1
    return f"{refused}; with `convert_images`: {converted}"


def not_utf8(around: Surroundings) -> str:
    with contextlib.suppress(OSError):  # some systems have no such names
        Path("caf\udce9.png").write_bytes(picture())
    came = _attempt(around, "caf\udce9.png")
    return _refused(around, came, "first_frame", "not valid Unicode")


def sound_alone(around: Surroundings) -> str:
    Path("voice.m4a").write_bytes(sound("isom"))
    came = around.generate(
        arguments=("--reference-audio", "voice.m4a"), reference_audios=["voice.m4a"]
    )
    assert around.tasks == 1
    return came


def line_break(around: Surroundings) -> str:
    came = _attempt(around, "https://media.example/kite.png\n")
    return _refused(around, came, "first_frame", "line break")


def key_in_quotes(around: Surroundings) -> str:
    around.patch.setenv("JIMMY_API_KEY", '\ufeff"Bearer sk-jimmy-key"\n')
    came = around.generate()
    assert around.tasks == 1
    calls = around.sandbox.stand_ins["jimmy"].calls
    with_key = [call for call in calls if "jimmy-key" in " ".join(call.headers.values())]
    assert with_key
    for call in with_key:
        keys = [value for value in call.headers.values() if "jimmy-key" in value]
        assert keys in (["sk-jimmy-key"], ["Bearer sk-jimmy-key"])
    return came


_CLIENTS: tuple[Caller, ...] = ("blocking", "async")

KINDS = (
    Kind(6, "a caller's path, where `local_files` is false", local_file),
    Kind(6, "a link that leads out of the folder of `local_files`", link_out_of_folder, _CLIENTS),
    Kind(21, "a photo that EXIF turns upright, and no shape is given", portrait),
    Kind(22, "a text that is labelled `image/png`", text_as_image),
    Kind(22, "`image/jpg`, base64 in lines and without padding", loose_base64),
    Kind(22, "bare base64 where a path belongs", base64_as_path),
    Kind(23, "half a PNG", half_a_picture),
    Kind(23, "an image of 11 MiB where inline and upload are offered", large_inline),
    Kind(23, "an image of one pixel", one_pixel),
    Kind(23, "a HEIC photo where PNG, JPEG and WebP are taken", foreign_picture),
    Kind(24, "an M4A file of the brand `isom`", sound_alone),
    Kind(24, "a file name that is not UTF-8", not_utf8),
    Kind(24, "a URL with a line break at its end", line_break),
    Kind(24, "a key with quotes, `Bearer` and a line break around it", key_in_quotes),
)
