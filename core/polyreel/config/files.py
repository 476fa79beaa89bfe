"""Files: where the config, the journal and what polyreel saves are, and how a config is read."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import platformdirs
from pydantic import ValidationError

from ..errors import ConfigError
from ..text.paths import absolute, expanded, is_file, is_unknown_home
from ..text.plain_files import read_plain_file
from ..text.validation import describe_validation_error
from .sections import FILE_NAME, Config

FILE_VARIABLE = "POLYREEL_CONFIG"
HOME_VARIABLE = "POLYREEL_HOME"
"""Names the folder of the journal, of saved prices and of the list of trusted files."""
MOST_BYTES = 2**20
MOST_LEVELS = 32
_PARTS = re.compile(rb"[^.\s#][ \t]*\.[ \t]*[^.\s]")
_MOST_PARTS = 200
_TOO_DEEP = "has too many tables in each other, so it is not a config"
JOURNAL_NAME = "journal.sqlite3"


def find_config(
    environment: Mapping[str, str] = os.environ, folder: Path | None = None
) -> Path | None:
    """Return the config file that applies, or None.

    `POLYREEL_CONFIG`, else `polyreel.toml` in the working folder, else in the user's
    config folder.

    Raises:
        ConfigError: When `POLYREEL_CONFIG` names a file that does not exist, or a folder can't
            be read: settings that can't be seen are not taken for missing.
    """
    named = environment.get(FILE_VARIABLE)
    if named:
        path = expanded(named, FILE_VARIABLE)
        if not is_file(path, f"Name another file with {FILE_VARIABLE}"):
            raise ConfigError(f"{FILE_VARIABLE} names {path}, but there is no such file")
        return path
    way_out = f"Make the folder readable, or name the config file with {FILE_VARIABLE}"
    for place in (folder or Path(), platformdirs.user_config_path("polyreel")):
        if not is_unknown_home(place) and is_file(place / FILE_NAME, way_out):
            return absolute(place / FILE_NAME, "the config")
    return None


def journal_file(config: Config, environment: Mapping[str, str] = os.environ) -> Path | None:
    """Return the journal's file, or None where the config switches the journal off.

    The file that the config names, else `journal.sqlite3` in the folder that `POLYREEL_HOME`
    names, else in the user's data folder.
    """
    if config.journal is False:
        return None
    if isinstance(config.journal, str):
        where = "`journal` in polyreel.toml"
        return absolute(expanded(config.journal, where), where)
    return data_folder(environment) / JOURNAL_NAME


def data_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder that `POLYREEL_HOME` names, else polyreel's folder in the user's data.

    Raises:
        ConfigError: When the user's home is not known, or the working folder is gone.
    """
    home = environment.get(HOME_VARIABLE)
    folder = platformdirs.user_data_path("polyreel")
    if home:
        folder = expanded(home, HOME_VARIABLE)
    elif is_unknown_home(folder):
        raise ConfigError(
            "the user's home folder is not known, so there is no place for the journal. Set "
            f"{HOME_VARIABLE} to a folder that stays, or HOME"
        )
    return absolute(folder, HOME_VARIABLE)


def load_config(path: Path | None) -> Config:
    """Read a config file, and take all of it; None gives the empty config.

    Raises:
        ConfigError: When the file can't be read or is not valid.
    """
    return Config() if path is None else as_config(read_table(read_file(path), path), path)


def read_file(path: Path) -> bytes:
    """Return what a config file holds.

    Raises:
        ConfigError: When it can't be read, or is too large.
    """
    try:
        content = read_plain_file(path, MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error  # a NUL in the path
        raise ConfigError(f"can't read {path}: {reason}") from None
    if len(content) > MOST_BYTES:
        raise ConfigError(f"{path} is larger than {MOST_BYTES} bytes, so it is not a config")
    return content


def read_table(content: bytes, path: Path) -> dict[str, Any]:
    """Return the table that a config file's bytes spell.

    Raises:
        ConfigError: When they are not TOML.
    """
    # The time that a name of many parts takes grows with the square of their number.
    if any(len(_PARTS.findall(line)) > _MOST_PARTS for line in content.splitlines()):
        raise ConfigError(f"{path} {_TOO_DEEP}")
    try:
        table = tomllib.loads(content.decode("utf-8-sig"))
    except ValueError as error:  # also numbers of too many digits, and dates that are none
        raise ConfigError(f"{path} is not valid TOML: {error}") from None
    except RecursionError:
        raise ConfigError(f"{path} {_TOO_DEEP}") from None
    if _depth(table) > MOST_LEVELS:
        raise ConfigError(f"{path} {_TOO_DEEP}")
    return table


def _depth(value: Any) -> int:
    """Return how many tables and lists are in each other, up to one more than allowed."""
    level, depth = [value], 0
    while level and depth <= MOST_LEVELS:
        inner = [list(each.values()) if isinstance(each, dict) else each for each in level]
        level = [each for group in inner for each in group if isinstance(each, (dict, list))]
        depth += 1
    return depth


def as_config(table: Mapping[str, Any], path: Path) -> Config:
    """Return a file's table as a config.

    Raises:
        ConfigError: When a name or a value in it is not valid.
    """
    try:
        return Config.model_validate(table)
    except ValidationError as error:
        raise ConfigError(f"{path}: {describe_validation_error(error, Config)}") from None
