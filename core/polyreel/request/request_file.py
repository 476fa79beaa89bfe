"""Request files: a `VideoRequest` as JSON or TOML."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..errors import UsageError
from ..text.validation import describe_validation_error
from .inline_text import inline_content
from .media import expanded
from .video_request import VideoRequest

_ONE = ("first_frame", "last_frame")
_SEVERAL = ("reference_images", "reference_videos", "reference_audios")


def read_request_file(path: Path) -> dict[str, Any]:
    """Return the fields in a request file. Relative paths of media start at the file's folder.

    Raises:
        UsageError: When the file can't be read or is neither JSON nor TOML.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"can't read the request {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"the request {path} is not text; give JSON or TOML") from None
    return _with_paths_from(path.parent, parse_request_text(text, str(path)))


def parse_request_text(text: str, name: str) -> dict[str, Any]:
    """Return the fields in a request's text, JSON when it begins with a brace, else TOML.

    Args:
        name: The text's name, for messages.

    Raises:
        UsageError: When it is neither, or holds no fields.
    """
    is_json = text.lstrip().startswith("{") or name.endswith(".json")
    try:
        value: Any = json.loads(text) if is_json else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f"{name} is not valid {'JSON' if is_json else 'TOML'}: {error}. "
            "A request is a JSON or TOML file of VideoRequest's fields"
        ) from None
    if not isinstance(value, dict):
        raise UsageError(f"{name} must hold the request's fields, as one object")
    return value


def build_request(fields: Mapping[str, Any], name: str = "the request") -> VideoRequest:
    """Return the request that the fields describe.

    Raises:
        UsageError: Names each wrong field and the problem; a typo gets the closest known name.
    """
    try:
        return VideoRequest.model_validate(dict(fields))
    except ValidationError as error:
        raise UsageError(f"{name}: {describe_validation_error(error, VideoRequest)}") from None


def _with_paths_from(folder: Path, fields: dict[str, Any]) -> dict[str, Any]:
    result = dict(fields)
    for name in _ONE:
        if name in result:
            result[name] = _path_from(folder, result[name])
    for name in _SEVERAL:
        if isinstance(result.get(name), list):
            result[name] = [_path_from(folder, each) for each in result[name]]
    return result


def _path_from(folder: Path, value: Any) -> Any:
    """Return a relative path as a path in a folder; everything else as it is."""
    if isinstance(value, dict) and isinstance(value.get("path"), str):
        return {**value, "path": _path_from(folder, value["path"])}
    if not isinstance(value, str) or not value.strip():
        return value
    if "://" in value or value[:5].lower() == "data:" or inline_content(value) is not None:
        return value
    return str(folder / expanded(Path(value)))
