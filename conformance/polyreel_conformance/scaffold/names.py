"""The name of a new provider, and every name that is made from it."""

from __future__ import annotations

import importlib.util
import keyword
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

from polyreel import UsageError
from polyreel.adapters.registry import PROVIDER_NAME

# A title is written between quotes in Python, JSON and TOML.
_TITLE = re.compile(r"[^\x00-\x1f\x7f\"\\]+")

# The names in the template, which is a vendor named Acme Videos.
_TEMPLATE_NAME = re.compile(r"Acme Videos|Acme|ACME|(?<=_)acme|acme")


@dataclass(frozen=True)
class Names:
    """The names of a provider.

    Attributes:
        provider: As in `provider/model`.
        title: The vendor's name for people.
    """

    provider: str
    title: str

    @classmethod
    def of(cls, provider: str, title: str | None, installed: Collection[str]) -> Self:
        """Return the names of a new provider.

        Raises:
            UsageError: When the name or the title is not valid.
        """
        problem = _problem(provider, installed)
        if problem:
            raise UsageError(f"{provider!r} is not a valid provider name: {problem}")
        names = cls(provider, title or provider.replace("-", " ").title())
        if not names.title.strip() or not _TITLE.fullmatch(names.title):
            raise UsageError(
                f"{names.title!r} is not a valid title: use one line, without quotation marks and "
                "backslashes"
            )
        return names

    @property
    def identifier(self) -> str:
        """The name as part of a module's name."""
        return self.provider.replace("-", "_")

    @property
    def class_prefix(self) -> str:
        """The name as the beginning of a class's name."""
        return "".join(part.capitalize() for part in self.provider.split("-"))

    @property
    def folder(self) -> str:
        """The name of the distribution and of its folder."""
        return f"polyreel-{self.provider}"

    def written_into(self, template: str) -> str:
        """Return a text or a path of the template with these names."""
        return _TEMPLATE_NAME.sub(self._name_for, template)

    def _name_for(self, found: re.Match[str]) -> str:
        match found.group():
            case "Acme Videos":
                return self.title
            case "Acme":
                return self.class_prefix
            case "ACME":
                return self.identifier.upper()
        is_in_a_module = found.string[: found.start()].endswith("_")
        return self.identifier if is_in_a_module else self.provider


def _problem(provider: str, installed: Collection[str]) -> str | None:
    if not PROVIDER_NAME.fullmatch(provider):
        return "use a lower-case letter first, then lower-case letters, digits and hyphens"
    if provider.endswith("-") or "--" in provider:
        return "put a hyphen only between two letters or digits"
    if keyword.iskeyword(provider):
        return "it is a keyword of Python; choose another"
    if provider in installed:
        return "a provider with this name is installed; choose another"
    module = f"polyreel_{provider.replace('-', '_')}"
    if importlib.util.find_spec(module) is not None:
        return f"a package {module} is installed; choose another"
    return None
