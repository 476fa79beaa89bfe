"""Found: the config that applies where no file was named, and what of it was ignored.

The file in the working folder may have come with somebody else's work. Until the user trusts it,
only the choice of models in it counts: no address, no key, no file and no price.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from .files import FILE_VARIABLE, as_config, find_config, read_file, read_table
from .sections import FILE_NAME, Config, key_variable
from .trust import Trust, TrustedFiles, place

COUNTED = frozenset({"default"})
"""The values of an untrusted file that count, besides those of its targets."""
COUNTED_OF_TARGETS = frozenset({"model", "models", "policy", "fallbacks"})
"""The values of an untrusted file's targets that count."""

_MOST_NAMES = 6
_LONGEST_NAME = 40


@dataclass(frozen=True)
class FoundConfig:
    """A config, and what was ignored of its file.

    Attributes:
        config: What counts.
        path: Its file; None where there is none.
        ignored: The names of the ignored settings, such as `providers`, safe to show.
        has_changed: Whether the file was trusted with another content.
    """

    config: Config
    path: Path | None = None
    ignored: tuple[str, ...] = ()
    has_changed: bool = False

    @property
    def notice(self) -> str | None:
        """What was ignored, and what to do, in one line; None where nothing was."""
        if not self.ignored:
            return None
        return (
            f"{self._why_untrusted}; ignored in it: {self._names}. If you want these settings, "
            "read the file and run: polyreel trust"
        )

    @property
    def why_no_key(self) -> str | None:
        """Why no key may be sent, and what to do; None where keys may be sent."""
        if not self.ignored:
            return None
        return (
            f"{self._why_untrusted}, so no key is sent and nothing is paid. Ignored in it: "
            f"{self._names}. If you want these settings, read the file and run: polyreel trust. "
            "If not, work in another folder"
        )

    @property
    def _why_untrusted(self) -> str:
        why = "has changed since it was trusted" if self.has_changed else "is not trusted"
        return f"{_shown(str(self.path), 200)} {why}"

    @property
    def _names(self) -> str:
        more = len(self.ignored) - _MOST_NAMES
        names = ", ".join(self.ignored[:_MOST_NAMES])
        return f"{names} and {more} more" if more > 0 else names


def usual_config(environment: Mapping[str, str] = os.environ) -> FoundConfig:
    """Return the config that applies where the caller names none.

    A file that `POLYREEL_CONFIG` names, the one in the user's config folder, and a trusted one
    count whole. The file is read once, so what is checked is what is used.

    Raises:
        ConfigError: When the file can't be read, or what counts of it is not valid.
    """
    read = _read(environment)
    if read is None:
        return FoundConfig(Config())
    path, table, trust = read
    if trust is Trust.TRUSTED:
        return FoundConfig(as_config(table, path), path)
    counted, ignored = _what_counts(table)
    return FoundConfig(as_config(counted, path), path, ignored, trust is Trust.CHANGED)


def key_variables(environment: Mapping[str, str] = os.environ) -> set[str]:
    """Return the variables that the config names for keys, also where the rest is not valid.

    A file that is not trusted names none.

    Raises:
        ConfigError: When the file can't be read, or is not TOML.
    """
    read = _read(environment)
    if read is None or read[2] is not Trust.TRUSTED:
        return set()
    sections = read[1].get("providers")
    named = [
        key_variable(each.get("api_key"))
        for each in (sections.values() if isinstance(sections, dict) else ())
        if isinstance(each, dict)
    ]
    return {each for each in named if each is not None}


def _read(environment: Mapping[str, str]) -> tuple[Path, dict[str, Any], Trust] | None:
    """Return the file that applies, its table, and whether it is trusted; None without one."""
    path = find_config(environment)
    if path is None:
        return None
    content = read_file(path)
    trust = Trust.TRUSTED
    if not environment.get(FILE_VARIABLE) and not _is_the_users_own(path):
        trust = TrustedFiles(environment).check(path, content)
    return path, read_table(content, path), trust


def _is_the_users_own(path: Path) -> bool:
    return place(path) == place(platformdirs.user_config_path("polyreel") / FILE_NAME)


def _what_counts(table: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return what counts of an untrusted file, and the names of the rest."""
    counted: dict[str, Any] = {}
    ignored: list[str] = []
    for name, value in table.items():
        if name == "targets" and isinstance(value, dict):
            counted[name] = {each: _of_target(each, value[each], ignored) for each in value}
        elif name in COUNTED or name == "targets":
            counted[name] = value
        elif not _says_nothing(value):
            ignored.append(_shown(name))
    return counted, tuple(ignored)


def _of_target(name: str, target: Any, ignored: list[str]) -> Any:
    if not isinstance(target, dict):
        return target  # not valid, and refused as such
    ignored += [
        f"targets.{_shown(name)}.{_shown(key)}"
        for key, value in target.items()
        if key not in COUNTED_OF_TARGETS and not _says_nothing(value)
    ]
    return {key: value for key, value in target.items() if key in COUNTED_OF_TARGETS}


def _says_nothing(value: Any) -> bool:
    """Return whether a setting is an empty table or list, or a table of such."""
    if isinstance(value, dict):
        return all(_says_nothing(each) for each in value.values())
    return isinstance(value, list) and not value


def _shown(text: str, longest: int = _LONGEST_NAME) -> str:
    """Return a file's own words on one line, without what could steer a terminal."""
    plain = "".join(each if each.isprintable() else "?" for each in text)
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"
