"""Trust: which config files in working folders the user has read and trusts, by their content.

A file is trusted at its path and with its content: one that changed has to be trusted again.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from enum import Enum
from hashlib import sha256
from pathlib import Path

import platformdirs
from pydantic import TypeAdapter

from ..errors import ConfigError
from ..text.paths import absolute, resolved
from ..text.plain_files import read_plain_file
from .files import FILE_VARIABLE, HOME_VARIABLE, data_folder

LIST_NAME = "trusted.json"
_MOST_BYTES = 2**24
_HASHES: TypeAdapter[dict[str, str]] = TypeAdapter(dict[str, str])


class Trust(Enum):
    """Whether a file is trusted."""

    TRUSTED = "trusted"
    CHANGED = "changed"
    UNKNOWN = "not trusted"


class TrustedFiles:
    """The user's list of trusted config files: the SHA-256 of each, by its path.

    The list is in the folder that `POLYREEL_HOME` names, else in the user's data folder. A list
    inside the folder of a file does not count for that file, since it may have come with it; the
    user's own data folder is then used.

    Args:
        environment: The environment variables.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._own = platformdirs.user_data_path("polyreel").absolute()
        self._usual = data_folder(environment)

    def check(self, path: Path, content: bytes) -> Trust:
        """Return whether a file with this content is trusted at this path."""
        known = _read(self._list_for(path)).get(str(place(path)))
        if known is None:
            return Trust.UNKNOWN
        return Trust.TRUSTED if known == _hash(content) else Trust.CHANGED

    def add(self, path: Path, content: bytes) -> None:
        """Trust a file, as long as it has this content.

        Raises:
            ConfigError: When the list can't be saved.
        """
        listed = self._list_for(path)
        _save(listed, {**_read(listed), str(place(path)): _hash(content)})

    def remove(self, path: Path) -> bool:
        """Trust a file no longer, and return whether it was trusted.

        Raises:
            ConfigError: When the list can't be saved.
        """
        was_listed = False
        for listed in self._lists():
            files = _read(listed)
            if files.pop(str(place(path)), None) is not None:
                was_listed = True
                _save(listed, files)
        return was_listed

    def paths(self) -> list[Path]:
        """Return the path of every trusted file, also of those that changed or are gone."""
        return sorted({Path(path) for listed in self._lists() for path in _read(listed)})

    def _lists(self) -> list[Path]:
        return [each / LIST_NAME for each in dict.fromkeys((self._usual, self._own))]

    def _list_for(self, path: Path) -> Path:
        came_with_it = resolved(self._usual).is_relative_to(place(path).parent)
        return (self._own if came_with_it else self._usual) / LIST_NAME


def place(path: Path) -> Path:
    """Return where a file is, as it is listed: links in its folder are followed, its own is not.

    Raises:
        ConfigError: When the path is one from the working folder, which is gone.
    """
    whole = absolute(path, "the config file")
    return resolved(whole.parent) / whole.name


def _hash(content: bytes) -> str:
    return sha256(content).hexdigest()


def _read(listed: Path) -> dict[str, str]:
    """Return a list; one that is missing or can't be read trusts nothing."""
    try:
        return _HASHES.validate_python(json.loads(read_plain_file(listed, _MOST_BYTES)))
    except (OSError, ValueError, RecursionError):
        return {}


def _save(listed: Path, files: Mapping[str, str]) -> None:
    """Replace a list whole, readable by its owner only."""
    try:
        listed.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, name = tempfile.mkstemp(dir=listed.parent, prefix=".trusted-")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(dict(sorted(files.items())), file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(listed)
        finally:
            Path(name).unlink(missing_ok=True)  # it exists only if writing failed
    except OSError as error:
        raise ConfigError(
            f"can't save {listed}: {error.strerror}. {HOME_VARIABLE} can name another folder; a "
            f"file that {FILE_VARIABLE} names needs no trust"
        ) from None
