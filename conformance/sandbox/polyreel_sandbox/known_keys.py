"""The idempotency keys that a stand-in remembers, with the task of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .create_facts import DocumentedKey
from .exchange import Call
from .task import Task


class Conflict(Exception):
    """A key is refused: it came with another body before, or its first create is not over."""


class KnownKeys:
    """What a vendor remembers by key.

    Attributes:
        refuses_all: Whether every key that is known is refused, as if its first create were
            still being worked on.
    """

    def __init__(self) -> None:
        self.refuses_all = False
        self._known: dict[str, tuple[Mapping[str, Any], Task]] = {}

    def task_of(
        self, documented: DocumentedKey | None, call: Call, body: Mapping[str, Any]
    ) -> Task | None:
        """Return the task that an earlier create with the same key made; None without one.

        Raises:
            Conflict: When the key is refused.
        """
        key = _key(documented, call)
        if key is None or key not in self._known:
            return None
        first, task = self._known[key]
        if self.refuses_all or first != body:
            raise Conflict
        return task

    def remember(
        self, documented: DocumentedKey | None, call: Call, body: Mapping[str, Any], task: Task
    ) -> None:
        """Remember the task of a create by its key, if it has one."""
        key = _key(documented, call)
        if key is not None:
            self._known[key] = (body, task)


def _key(documented: DocumentedKey | None, call: Call) -> str | None:
    return None if documented is None else call.headers.get(documented.header.lower())
