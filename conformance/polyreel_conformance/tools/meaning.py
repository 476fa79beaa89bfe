"""What a request asks for and what a body says, in the same terms, to compare them.

The first is made from the request alone. The second is read from the body by the contract's own
mapping. The adapter's code is used for neither.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from polyreel import Media, VideoRequest
from polyreel.adapters import ModelSpec, render_prompt
from polyreel.request.video_request import OPTIONAL_SETTINGS
from polyreel_sandbox import Contract

from .flows import Sent

_LISTS = ("reference_images", "reference_videos", "reference_audios")
_FRAMES = ("first_frame", "last_frame")


def asked_for(request: VideoRequest, model: ModelSpec, contract: Contract) -> dict[str, Any]:
    """Return the fields of a request that must reach the vendor, with their values."""
    found: dict[str, Any] = {
        "prompt": render_prompt(request.prompt, contract.prompt_references(model.name)),
        "duration": request.duration,
        "aspect_ratio": request.aspect_ratio,
    }
    if model.sends_resolution:
        found["resolution"] = request.resolution
    for setting in OPTIONAL_SETTINGS:
        value, offered = getattr(request, setting), model.settings.get(setting)
        if value is not None and offered is not None and offered.fixed is None:
            found[setting] = value
    for name in _FRAMES:
        media = getattr(request, name)
        if media is not None:
            found[name] = _of_media(media)
    for name in _LISTS:
        items = getattr(request, name)
        if items:
            found[name] = [_of_media(each) for each in items]
    return found


def said_by(sent: Sent, contract: Contract) -> dict[str, Any]:
    """Return what a paid request says, by the contract's mapping.

    Raises:
        AssertionError: When the contract does not have the call, or no meaning for a value.
    """
    paid = sent.paid
    found = contract.find(paid.method, paid.path)
    assert found is not None, f"the contract has no {paid.method} {paid.path}"
    try:
        meaning = contract.meaning(found[0], paid.json or {}, found[1])
    except ValueError as error:
        raise AssertionError(str(error)) from None
    said: dict[str, Any] = {}
    for name, value in meaning.items():
        if name in _LISTS:
            said[name] = [_of_wire(each, sent.uploads) for each in value]
        elif name in _FRAMES:
            said[name] = _of_wire(value, sent.uploads)
        elif name != "model":
            said[name] = value
    return said


def difference(asked: Mapping[str, Any], said: Mapping[str, Any]) -> list[str]:
    """Return each field that is sent with another value than the request has."""
    return [
        f"{name}: requested {asked.get(name, 'nothing')!r}, sent {said.get(name, 'nothing')!r}"
        for name in sorted({*asked, *said})
        if name not in asked or name not in said or not _same(asked[name], said[name])
    ]


def _same(asked: Any, said: Any) -> bool:
    # 1 and True are equal in Python and not in JSON.
    return type(asked) is type(said) and bool(asked == said)


def _of_media(media: Media) -> str:
    return _of_bytes(media.data) if media.data is not None else media.wire_value


def _of_wire(value: Any, uploads: Mapping[str, bytes | str]) -> Any:
    """Return a media of a body in the same terms: by its content when that is known."""
    if not isinstance(value, str):
        return value
    if value in uploads:
        content = uploads[value]
        return content if isinstance(content, str) else _of_bytes(content)
    encoded = value.partition(",")[2] if value.startswith("data:") else value
    try:
        data = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return value
    return _of_bytes(data)


def _of_bytes(data: bytes) -> str:
    return f"<a file of {len(data)} bytes, {sha256(data).hexdigest()[:12]}>"
