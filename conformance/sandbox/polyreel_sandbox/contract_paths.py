"""The operations of a contract, and which of them a call is for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, cast
from urllib.parse import unquote

from .contract_keywords import Place, Role
from .contract_parameters import Parameter, parameters_of
from .create_facts import DocumentedKey, DocumentedRefusal, key_of, refusals_of

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
"""The keys of a path item that are operations; `parameters` and `summary` are not."""

_PARAMETER = re.compile(r"\{(\+?)([^{}]+)\}")

Resolved = Callable[[Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One documented call.

    Attributes:
        id: Its operationId; without one its method and path.
        method: In upper case.
        path: The template, e.g. `/videos/{taskId}`. `{+model}` also matches slashes.
        role: Its purpose; None when the contract gives it none, and then nothing is checked of it.
        document: The operation's part of the contract.
        parameters: Its parameters, with those of its path.
    """

    id: str
    method: str
    path: str
    role: Role | None
    document: Mapping[str, Any] = field(repr=False)
    parameters: tuple[Parameter, ...] = field(default=(), repr=False)

    @property
    def facts(self) -> Mapping[str, Any]:
        """Its `x-polyreel`; empty when it has none."""
        return cast("Mapping[str, Any]", self.document.get("x-polyreel", {}))

    @property
    def call(self) -> str:
        """The method and the path, for people."""
        return f"{self.method} {self.path}"

    def path_to(self, what: Place) -> tuple[str, ...]:
        """Return the path to a value in an answer; empty when the contract does not give it."""
        path = self.facts.get(what)
        return tuple(str(path).split(".")) if path else ()

    @property
    def needed(self) -> tuple[tuple[str, ...], ...]:
        """The paths to what decides besides the status; a path leaves out positions in lists."""
        return tuple(tuple(path.split(".")) for path in self.facts.get("needed", ()))

    @property
    def models(self) -> tuple[str, ...]:
        """The models that `x-polyreel` names for it; empty when it names none."""
        return tuple(self.facts.get("models", ()))

    @property
    def smallest_gap(self) -> float | None:
        """The documented smallest time between two polls, in seconds; None for none."""
        return self.facts.get("smallest_gap")

    @property
    def refusals(self) -> tuple[DocumentedRefusal, ...]:
        """The refusals of a create that the vendor documents."""
        return refusals_of(self.facts)

    @property
    def idempotency(self) -> DocumentedKey | None:
        """The idempotency key of a create; None where the vendor documents none."""
        return key_of(self.facts)

    @property
    def index(self) -> str | None:
        """The query parameter of `content` with the position of a video, from 0; None for none."""
        return self.facts.get("index")

    @property
    def documented_statuses(self) -> tuple[str, ...]:
        """The HTTP statuses that the contract documents, such as `200` and `404`."""
        return tuple(self.document.get("responses", ()))

    @property
    def success_status(self) -> int:
        """The HTTP status of a success: the first documented 2xx, else 200."""
        successes = (int(each) for each in self.documented_statuses if re.fullmatch(r"2\d\d", each))
        return next(successes, 200)

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """Return the path's parameters if a call is for this operation, else None."""
        found = self._pattern.fullmatch(path) if method == self.method else None
        if found is None:
            return None
        names = [name for _, name in _PARAMETER.findall(self.path)]
        values = dict(zip(names, map(unquote, found.groups()), strict=True))
        for each in self.parameters:
            if each.place == "path" and not _is_documented(values.get(each.name), each.schema):
                return None
        return values

    @property
    def breadth(self) -> tuple[int, int, int, str]:
        """How much its path matches; of two operations for a call the smaller one is meant."""
        signs = [sign for sign, _ in _PARAMETER.findall(self.path)]
        literal = len(_PARAMETER.sub("", self.path))
        return signs.count("+"), len(signs), -literal, self.path

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        parts = _PARAMETER.split(self.path)  # literal, sign, name, literal, …
        wild = {"": "([^/]+)", "+": "(.+)"}
        text = "".join(
            re.escape(part) if n % 3 == 0 else wild[part] if n % 3 == 1 else ""
            for n, part in enumerate(parts)
        )
        return re.compile(text)


def operations_in(document: Mapping[str, Any], resolved: Resolved) -> Iterator[Operation]:
    """Yield every operation of a contract, in its order."""
    for path, item in document["paths"].items():
        whole = resolved(item)
        for method, operation in whole.items():
            if method in METHODS:
                yield Operation(
                    id=operation.get("operationId", f"{method.upper()} {path}"),
                    method=method.upper(),
                    path=path,
                    role=operation.get("x-polyreel", {}).get("role"),
                    document=operation,
                    parameters=parameters_of(whole, operation, resolved),
                )


def _is_documented(value: str | None, schema: Mapping[str, Any]) -> bool:
    values = schema.get("enum", [schema["const"]] if "const" in schema else [value])
    return value is None or value in [each if each is None else str(each) for each in values]
