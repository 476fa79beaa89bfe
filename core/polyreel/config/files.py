"""Files: where the config, the journal and what polyreel saves are, and how a config is read."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import platformdirs
from pydantic import ValidationError

from ..errors import ConfigError
from ..text.validation import describe_validation_error
from .sections import FILE_NAME, Config

FILE_VARIABLE = "POLYREEL_CONFIG"
HOME_VARIABLE = "POLYREEL_HOME"
JOURNAL_NAME = "journal.sqlite3"


def find_config(
    environment: Mapping[str, str] = os.environ, folder: Path | None = None
) -> Path | None:
    """Return the config file that applies, or None.

    `POLYREEL_CONFIG`, else `polyreel.toml` in the working folder, else in the user's
    config folder.

    Raises:
        ConfigError: When `POLYREEL_CONFIG` names a file that does not exist.
    """
    named = environment.get(FILE_VARIABLE)
    if named:
        path = Path(named).expanduser()
        if not path.is_file():
            raise ConfigError(f"{FILE_VARIABLE} names {path}, but there is no such file")
        return path
    for place in (folder or Path.cwd(), platformdirs.user_config_path("polyreel")):
        if (place / FILE_NAME).is_file():
            return place / FILE_NAME
    return None


def journal_file(config: Config, environment: Mapping[str, str] = os.environ) -> Path | None:
    """Return the journal's file, or None where the config switches the journal off.

    The file that the config names, else `journal.sqlite3` in the folder that `POLYREEL_HOME`
    names, else in the user's data folder.
    """
    if config.journal is False:
        return None
    if isinstance(config.journal, str):
        return Path(config.journal).expanduser().absolute()
    return data_folder(environment) / JOURNAL_NAME


def data_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder that `POLYREEL_HOME` names, else polyreel's folder in the user's data."""
    home = environment.get(HOME_VARIABLE)
    folder = Path(home).expanduser() if home else platformdirs.user_data_path("polyreel")
    return folder.absolute()


def load_config(path: Path | None) -> Config:
    """Read a config file, and take all of it; None gives the empty config.

    Raises:
        ConfigError: When the file can't be read or is not valid.
    """
    return Config() if path is None else as_config(read_table(read_file(path), path), path)


def read_file(path: Path) -> bytes:
    """Return what a config file holds.

    Raises:
        ConfigError: When it can't be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"can't read {path}: {error.strerror}") from None


def read_table(content: bytes, path: Path) -> dict[str, Any]:
    """Return the table that a config file's bytes spell.

    Raises:
        ConfigError: When they are not TOML.
    """
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from None


def as_config(table: Mapping[str, Any], path: Path) -> Config:
    """Return a file's table as a config.

    Raises:
        ConfigError: When a name or a value in it is not valid.
    """
    try:
        return Config.model_validate(table)
    except ValidationError as error:
        raise ConfigError(f"{path}: {describe_validation_error(error, Config)}") from None
