"""What the journal saves of a request, and the digest that identifies a request."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from ...request import Media, VideoRequest
from ...request.media import MediaFile
from ...text.addresses import without_signature
from ...text.redact import redact, redact_url

_MEDIA_FIELDS = {
    "first_frame",
    "last_frame",
    "reference_images",
    "reference_videos",
    "reference_audios",
}


def readable_request(request: VideoRequest, secrets: Iterable[str] = ()) -> dict[str, Any]:
    """Return a request's fields as JSON values that may be saved: what was set, no secrets.

    Inline media become their type and size, URLs lose their query.
    """
    secrets = tuple(secrets)
    fields: dict[str, Any] = {}
    for name in VideoRequest.model_fields:
        value = getattr(request, name)
        if value is None or value in ((), {}):
            continue
        if isinstance(value, Media):
            fields[name] = _readable_media(value)
        elif isinstance(value, tuple):
            fields[name] = [_readable_media(media) for media in value]
        else:
            fields[name] = _clean(value, secrets)
    return fields


def request_digest(request: VideoRequest, files: Mapping[str, MediaFile], asked: str) -> str:
    """Return a digest that identifies a call under an idempotency key.

    Local media count by their content, and URLs without their signature, so that a repeated
    call has the same digest.

    Args:
        request: The neutral request.
        files: The content of its local media, by field.
        asked: The target or model that the caller named.
    """
    media = {
        name: hashlib.sha256(files[name].data).hexdigest()
        if name in files
        else without_signature(each.wire_value)
        for name, _, each in request.media()
    }
    rest = request.model_dump(mode="json", exclude=_MEDIA_FIELDS)
    return digest({"request": rest, "media": media, "asked": asked})


def digest(value: object) -> str:
    """Return a digest of JSON values; equal values have equal digests."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _readable_media(media: Media) -> str:
    if media.data is not None:
        return f"{media.mime_type}, {len(media.data)} bytes"
    if media.url is not None:
        return redact_url(media.url)
    return str(media.path) if media.path is not None else redact(media.wire_value)


def _clean(value: Any, secrets: tuple[str, ...]) -> Any:
    if isinstance(value, str):
        return redact(value, secrets)
    if isinstance(value, Mapping):
        return {redact(str(name), secrets): _clean(item, secrets) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(item, secrets) for item in value]
    return value
