"""Reads the file from an upload."""

from __future__ import annotations

import email.parser
import email.policy

from .exchange import Call


def multipart_file(call: Call) -> tuple[str, str, bytes] | None:
    """Return the name, MIME type and bytes of the multipart field `file`, or None."""
    head = f"Content-Type: {call.headers.get('content-type', '')}\r\n\r\n".encode()
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + call.body)
    if not message.is_multipart():
        return None
    for part in message.iter_parts():
        if part.get_param("name", header="content-disposition") == "file":
            data = part.get_payload(decode=True)
            if isinstance(data, bytes):
                return part.get_filename() or "file", part.get_content_type(), data
    return None
