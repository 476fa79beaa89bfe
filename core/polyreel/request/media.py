"""Media: an image, video or audio that goes into a request, wherever its content is."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBytes,
    StrictStr,
    field_validator,
    model_serializer,
    model_validator,
)

from ..text.addresses import why_not_given
from ..text.plain_text import NOT_TEXT, is_text, shortened
from ..text.redact import redact_url
from .inline_text import bytes_of_base64, inline_content
from .media_types import usual_type
from .pictures import Picture

MediaKind = Literal["image", "video", "audio"]
"""The kind of a media that goes into a request."""

MediaInput: TypeAlias = "Media | str | os.PathLike[str] | Mapping[str, Any]"
"""What is accepted where a `Media` is wanted."""

_MIME_TYPE = re.compile(r"(image|video|audio)/[\w.+-]+")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
_WANTED = "give an https URL, a file path, asset://… or a table with one of them"
_LONGEST_PATH = 4096


class Media(BaseModel):
    """One image, video or audio: a URL, a local file, bytes, or a provider's asset.

    A plain string is accepted wherever `Media` is expected: `https://…` is a URL,
    `asset://…` an asset in the provider's own library, `data:image/png;base64,…` inline
    bytes, and anything else the path of a local file.

    Attributes:
        url: A public https URL. Plain http is accepted for loopback hosts only.
        path: A local file. It is read when the request is sent, not before.
        data: The bytes themselves; needs `mime_type`.
        mime_type: E.g. ``image/png``; `image/jpg` means `image/jpeg`. What the content really
            is counts for more, when it is read.
        asset: The id of an asset in the provider's library, without ``asset://``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: StrictStr | None = Field(default=None, min_length=1)
    path: Path | None = None
    data: StrictBytes | None = Field(default=None, min_length=1)
    mime_type: StrictStr | None = None
    asset: StrictStr | None = Field(default=None, min_length=1)

    if TYPE_CHECKING:
        # What is accepted is more than what is stored; type checkers see it here.
        def __init__(
            self,
            *,
            url: str | None = None,
            path: str | os.PathLike[str] | None = None,
            data: bytes | None = None,
            mime_type: str | None = None,
            asset: str | None = None,
        ) -> None: ...

    @model_validator(mode="before")
    @classmethod
    def _from_plain_value(cls, value: Any) -> Any:
        if isinstance(value, os.PathLike):
            return {"path": os.fspath(value)}
        if isinstance(value, (Media, Mapping)):
            return value
        if isinstance(value, bytes):
            raise ValueError("bytes need a mime_type: give a table of data and mime_type")
        if not isinstance(value, str):
            raise ValueError(_WANTED)
        if not value.strip():
            raise ValueError(f"empty; {_WANTED}")
        scheme, separator, rest = value.partition("://")
        if separator and scheme.lower() in ("http", "https"):
            return {"url": value}
        if separator and scheme.lower() == "asset":
            return {"asset": rest}
        if value[:5].lower() == "data:":
            return _from_data_url(value)
        if separator:
            shown = f"{shortened(scheme)}://" if _SCHEME.fullmatch(scheme) else "this scheme"
            raise ValueError(f"{shown} is not supported; {_WANTED}")
        return {"path": value}

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        given = [
            name for name in ("url", "path", "data", "asset") if getattr(self, name) is not None
        ]
        if len(given) != 1:
            raise ValueError(
                "give exactly one of url, path, data (with mime_type) or asset; "
                f"got {' and '.join(given) or 'none'}"
            )
        if self.data is not None and self.mime_type is None:
            raise ValueError("bytes need a mime_type, e.g. image/png")
        if self.mime_type is not None and not _MIME_TYPE.fullmatch(self.mime_type):
            raise ValueError(
                f"{shortened(self.mime_type)!r} is not an image, video or audio type such as "
                "image/png"
            )
        if self.url is not None:
            _check_url(self.url)
        if self.path is not None:
            _check_path(self.path)
        if self.asset is not None and not self.asset.isprintable():
            raise ValueError("the asset's id has a line break or another character of control")
        return self

    @field_validator("mime_type")
    @classmethod
    def _usual_spelling(cls, mime_type: str | None) -> str | None:
        return None if mime_type is None else usual_type(mime_type)

    @model_serializer
    def _to_plain_value(self) -> str | dict[str, str]:
        if self.path is None:
            return self.wire_value
        if self.mime_type is None:
            return str(self.path)
        return {"path": str(self.path), "mime_type": self.mime_type}

    @property
    def is_local(self) -> bool:
        """Whether the content is on this machine and must be inlined or uploaded."""
        return self.path is not None or self.data is not None

    @property
    def wire_value(self) -> str:
        """The media as a provider's JSON holds it: a URL, `asset://…` or a base64 data URL.

        Raises:
            ValueError: For a path. The engine reads or uploads files before an adapter
                sees the request, so an adapter never gets one.
        """
        if self.url is not None:
            return self.url
        if self.asset is not None:
            return f"asset://{self.asset}"
        if self.data is not None:
            encoded = base64.b64encode(self.data).decode("ascii")
            return f"data:{self.mime_type};base64,{encoded}"
        raise ValueError(f"{self.path} is a local file and was not made ready for sending")

    def __repr__(self) -> str:
        # Neither a signed URL's query nor the bytes may reach a log through a repr.
        if self.url is not None:
            return f"Media(url={redact_url(self.url)!r})"
        if self.path is not None:
            return f"Media(path={str(self.path)!r})"
        if self.asset is not None:
            return f"Media(asset={self.asset!r})"
        return f"Media(data=<{len(self.data or b'')} bytes>, mime_type={self.mime_type!r})"

    __str__ = __repr__


@dataclass(frozen=True, kw_only=True)
class MediaFile:
    """The content of one local media, read and ready to upload.

    Attributes:
        filename: A name for the provider, without any folder.
        mime_type: Found from the content.
        data: The bytes.
        picture: What an image is; None for other kinds.
    """

    filename: str
    mime_type: str
    data: bytes = field(repr=False)
    picture: Picture | None = field(default=None, repr=False, compare=False)


def expanded(path: Path) -> Path:
    """Return a path with `~` replaced by the home folder; a file may also be named `~x`."""
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def _from_data_url(value: str) -> dict[str, Any]:
    header, _, payload = value.partition(",")
    mime_type = header[len("data:") :].partition(";")[0].lower()
    if not header.rstrip().lower().endswith(";base64"):
        raise ValueError("a data URL must be base64: data:image/png;base64,…")
    data = bytes_of_base64(payload)
    if data is None:
        raise ValueError("the data URL's base64 can't be decoded")
    return {"data": data, "mime_type": mime_type}


def _check_path(path: Path) -> None:
    """Refuse what can't be the path of a file: this is certain without looking at the disk."""
    text = str(path)
    inline = inline_content(text)
    if inline is not None:
        raise ValueError(
            f"this is base64 of {inline}, not a path; write data:{inline};base64,… or give bytes "
            "as a table of data and mime_type"
        )
    if len(text) > _LONGEST_PATH:
        raise ValueError(
            f"a text of {len(text)} characters is not a path; {_WANTED}. Inline media is written "
            "data:image/png;base64,…"
        )
    if "\x00" in text:
        raise ValueError("the path has a NUL character")
    if not is_text(text):
        raise ValueError(f"the path can't be used: {NOT_TEXT}; rename the file")


def _check_url(url: str) -> None:
    reason = why_not_given(url)
    if reason is not None:
        raise ValueError(f"the URL can't be used: {reason}")
