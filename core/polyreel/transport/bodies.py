"""Body: an API's answer as it arrives, decoded up to a size."""

from __future__ import annotations

import zlib

from ..errors import BadResponse

MAXIMUM_ANSWER_BYTES = 16 * 2**20
"""An API's answer is a few kilobytes; a larger one is an error."""

ACCEPTED_CODING = "gzip"
"""The only coding that is asked for and read; a few bytes of it may decode to very many."""

_GZIP = 16 + zlib.MAX_WBITS


class Body:
    """An answer's body, up to a size."""

    def __init__(self, coding: str) -> None:
        """Start to read.

        Args:
            coding: The answer's `Content-Encoding`; empty for none.

        Raises:
            BadResponse: When it is another coding than the one that was asked for.
        """
        name = coding.strip().lower()
        if name not in ("", "identity", "gzip", "x-gzip"):
            raise BadResponse(
                f"the answer is encoded as {name[:40]!r}, and only gzip was asked for. "
                f"{BadResponse.advice}."
            )
        self._decoder = zlib.decompressobj(_GZIP) if name.endswith("gzip") else None
        self._chunks: list[bytes] = []
        self._size = 0
        self._has_begun = False

    def add(self, chunk: bytes) -> None:
        """Take some bytes as they arrived.

        Raises:
            BadResponse: When the answer is too large, or can't be decoded.
        """
        self._has_begun = True
        if self._decoder is None:
            self._keep(chunk)
            return
        try:
            while chunk and not self._decoder.eof:
                # One byte more than may come, so that too much is seen and never unpacked.
                room = MAXIMUM_ANSWER_BYTES - self._size + 1
                self._keep(self._decoder.decompress(chunk, room))
                chunk = self._decoder.unconsumed_tail
        except zlib.error:
            raise BadResponse(
                f"the answer can't be decoded as gzip. {BadResponse.advice}."
            ) from None

    def content(self) -> bytes:
        """Return the whole answer.

        Raises:
            BadResponse: When a compressed answer ends early.
        """
        if self._decoder is not None and self._has_begun and not self._decoder.eof:
            raise BadResponse(f"the compressed answer ends early. {BadResponse.advice}.")
        return b"".join(self._chunks)

    def _keep(self, decoded: bytes) -> None:
        self._size += len(decoded)
        if self._size > MAXIMUM_ANSWER_BYTES:
            raise BadResponse(
                f"the answer is larger than {MAXIMUM_ANSWER_BYTES} bytes. {BadResponse.advice}."
            )
        self._chunks.append(decoded)
