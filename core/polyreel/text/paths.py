"""Paths from variables and the config: what the system says of them becomes one clear error."""

from __future__ import annotations

import stat
from pathlib import Path

from ..errors import ConfigError


def expanded(text: str, named_by: str) -> Path:
    """Return a path with `~` replaced by the home folder.

    Args:
        text: The path.
        named_by: The variable or the key of the config that names it, for the message.

    Raises:
        ConfigError: When that home is not known.
    """
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise ConfigError(
            f"{named_by} names {text}, and the home folder that ~ stands for is not known. Write "
            "the whole path"
        ) from None


def absolute(path: Path, named_by: str) -> Path:
    """Return a path from the root, also of one from the working folder.

    Raises:
        ConfigError: When the working folder is gone, or can't be read.
    """
    try:
        return path.absolute()
    except OSError as error:
        raise ConfigError(
            f"{named_by} names {path}, a path from the working folder, which can't be used "
            f"({error.strerror}). Change to another folder, or write the whole path"
        ) from None


def is_file(path: Path, way_out: str) -> bool:
    """Return whether there is a file; that a folder on the way is missing means no.

    Args:
        path: The file.
        way_out: What to do when that can't be known, as a sentence without its full stop.

    Raises:
        ConfigError: When it can't be known, such as without permission for the folder.
    """
    try:
        mode = path.stat().st_mode  # Path.is_file says no to some errors, and raises others
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise ConfigError(f"can't look for {path}: {error.strerror}. {way_out}") from None
    return stat.S_ISREG(mode)


def is_unknown_home(path: Path) -> bool:
    """Return whether a folder in the user's home could not be named: the home is not known."""
    return path.parts[:1] == ("~",)


def resolved(path: Path) -> Path:
    """Return a path without links; as it is where they lead in a circle or can't be followed.

    Raises:
        OSError: When the path is one from the working folder, which is gone.
    """
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):  # a RuntimeError is a circle, before Python 3.13
        return path.absolute()
