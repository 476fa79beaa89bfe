"""Serves a file as a web server does: the whole file, or the requested range."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping

from .exchange import Reply

_ONE_RANGE = re.compile(r"bytes=(?P<first>\d*)-(?P<last>\d*)")


def serve_file(data: bytes, content_type: str, headers: Mapping[str, str]) -> Reply:
    """Return the answer to a GET of a file, with its `ETag`.

    `Range` works for one range, and only when `If-Range` is absent or names this file. For several
    ranges, or for a `Range` that is not valid, the answer is the whole file.

    Args:
        data: The file.
        content_type: Its MIME type.
        headers: The headers of the call, with lower-case names.
    """
    tag = f'"{zlib.crc32(data):08x}"'
    usual = {"accept-ranges": "bytes", "etag": tag}
    whole = Reply(body=data, content_type=content_type, headers=usual)
    asked = _ONE_RANGE.fullmatch(headers.get("range", "").strip())
    if asked is None or not (asked["first"] or asked["last"]):
        return whole
    if headers.get("if-range", tag).strip() != tag:
        return whole
    if asked["first"]:
        first, end = int(asked["first"]), int(asked["last"] or len(data) - 1) + 1
        if asked["last"] and end <= first:
            return whole  # it ends before it begins, so it is not a valid range
    else:
        first, end = max(0, len(data) - int(asked["last"])), len(data)
    end = min(end, len(data))
    if first >= len(data):
        nothing = {**usual, "content-range": f"bytes */{len(data)}"}
        return Reply(status=416, content_type="text/plain", headers=nothing)
    part = {**usual, "content-range": f"bytes {first}-{end - 1}/{len(data)}"}
    return Reply(status=206, body=data[first:end], content_type=content_type, headers=part)
