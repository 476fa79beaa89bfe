"""The name of a new provider, and every other name that follows from it."""

from __future__ import annotations

import importlib.util
import keyword
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

from polyreel import UsageError
from polyreel.registry import PROVIDER_NAME

# A title stands between quotes in Python, JSON and TOML alike.
_TITLE = re.compile(r"[^\x00-\x1f\x7f\"\\]+")

# What stands for a name in the template, which is a vendor named Acme Films.
_STANDS_FOR_A_NAME = re.compile(r"Acme Films|Acme|ACME|(?<=_)acme|acme")


@dataclass(frozen=True)
class Names:
    """What a provider is called, where.

    Attributes:
        provider: As in `provider/model`.
        title: For people.
    """

    provider: str
    title: str

    @classmethod
    def of(cls, provider: str, title: str | None, installed: Collection[str]) -> Self:
        """Return the names of a new provider.

        Raises:
            UsageError: When it can't be called so.
        """
        problem = _problem(provider, installed)
        if problem:
            raise UsageError(f"{provider!r} can't name a provider: {problem}")
        names = cls(provider, title or provider.replace("-", " ").title())
        if not names.title.strip() or not _TITLE.fullmatch(names.title):
            raise UsageError(
                f"{names.title!r} is no title: one line, without quotation marks and backslashes"
            )
        return names

    @property
    def identifier(self) -> str:
        """As part of a module's name."""
        return self.provider.replace("-", "_")

    @property
    def class_prefix(self) -> str:
        """As the beginning of a class's name."""
        return "".join(part.capitalize() for part in self.provider.split("-"))

    @property
    def folder(self) -> str:
        """As a distribution, and its folder."""
        return f"polyreel-{self.provider}"

    def written_into(self, template: str) -> str:
        """Return a text of the template, or one of its paths, with these names."""
        return _STANDS_FOR_A_NAME.sub(self._name_for, template)

    def _name_for(self, found: re.Match[str]) -> str:
        match found.group():
            case "Acme Films":
                return self.title
            case "Acme":
                return self.class_prefix
            case "ACME":
                return self.identifier.upper()
        is_in_a_module = found.string[: found.start()].endswith("_")
        return self.identifier if is_in_a_module else self.provider


def _problem(provider: str, installed: Collection[str]) -> str | None:
    if not PROVIDER_NAME.fullmatch(provider):
        return "a lower-case letter first, then lower-case letters, digits and hyphens"
    if provider.endswith("-") or "--" in provider:
        return "a hyphen stands between two others"
    if keyword.iskeyword(provider):
        return "it is a word of Python's own"
    if provider in installed:
        return "a provider of this name is installed"
    module = f"polyreel_{provider.replace('-', '_')}"
    if importlib.util.find_spec(module) is not None:
        return f"a package {module} is installed"
    return None
