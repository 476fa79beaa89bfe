"""The upload: a file, stored for free before the create."""

from __future__ import annotations

from collections.abc import Mapping

from ..contract import Operation
from ..exchange import Call, Reply
from ..stand_in_base import StandInBase
from ..uploads import multipart_file


def answer(
    stand_in: StandInBase, _operation: Operation, call: Call, _parameters: Mapping[str, str]
) -> Reply:
    """Return the answer to an upload."""
    part = multipart_file(call)
    if part is None:
        return stand_in.refusal("invalid", "the multipart field 'file' is missing")
    filename, mime_type, data = part
    url = stand_in.add_upload(filename, data)
    return Reply.of(stand_in.uploaded(filename, mime_type, data, url))
