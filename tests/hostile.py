"""What a hostile vendor, file or config could write, and what must never be shown of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote

from polyreel_sandbox import Call, Reply, StandIn

KEY = "sk-LEAK-9d3b1f0a77c2e4"
CONTROLS = "\x1b]0;title\x07\x1b[2J\x9b31m\x1b[5;41m\x7f\t\r\n\u202e\u2028\u2066[red]:bomb:"
"""Control characters and rich's markup, as they may be in a prompt or in the name of a file."""
WORDS = f"words{CONTROLS}Bearer {KEY} https://cdn.example/v.mp4?Signature=ECHO-11\x90q\x9c"
"""The same, with secrets: what a vendor may answer."""
SHOWN = "[red]:bomb:"
"""What is shown of both: markup and emoji codes are only text."""

_NEEDED = frozenset({"code", "status", "id", "task_id", "type", "amount", "result_expires_at"})
_OF_RICH = re.compile(r"\x1b\[(?:[0-9;]*m|\?25[lh]|2K|1A)|\r")
_CONTROL = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)


def assert_safe(
    printed: str, *, secrets: tuple[str, ...] = (KEY, "ECHO-11"), allowed: str = ""
) -> None:
    """Check that a text has no control character but the end of a line, and no secret.

    Args:
        printed: What was printed, logged or written.
        secrets: What must not be in it.
        allowed: More characters that are ours, such as the tab between a piped table's cells.
    """
    found = _CONTROL.search("".join(each for each in printed if each not in allowed))
    assert found is None, f"{found[0]!r} in {printed!r}"
    for each in secrets:
        assert each not in printed, printed


def assert_safe_in_a_terminal(printed: str) -> None:
    """Check the same of a terminal, which also gets rich's own colors and movements."""
    assert "\x1b[5;41m" not in printed, repr(printed)
    assert_safe(_OF_RICH.sub("", printed))


def hostile(value: Any, name: str = "") -> Any:
    """Return an answer with `WORDS` in every text but the addresses and what is needed."""
    if isinstance(value, Mapping):
        return {key: hostile(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [hostile(item) for item in value]
    is_free = isinstance(value, str) and name not in _NEEDED and "://" not in value
    return f"{value}{WORDS}" if is_free else value


def hostile_kind(kind: type[StandIn]) -> type[StandIn]:
    """Return a stand-in that has `WORDS` in every text, header and task id."""

    class Hostile(kind):  # type: ignore[valid-type,misc]
        def created(self, task: Any) -> Mapping[str, Any]:
            answer: Mapping[str, Any] = hostile(super().created(task))
            return answer

        def status(self, task: Any, progress: Any) -> Mapping[str, Any]:
            answer: Mapping[str, Any] = hostile(super().status(task, progress))
            return answer

        def refusal(self, kind: Any, message: str) -> Reply:
            reply: Reply = super().refusal(kind, message + WORDS)
            return reply

        def new_task_id(self, number: int) -> str:
            return f"{super().new_task_id(number)}\x1b[5;41m\u202e\x9b2J"

        def video_url(self, task: Any) -> str:
            address: str = super().video_url(task)
            return address.replace(task.id, quote(task.id))

        def handle(self, call: Call) -> Reply:
            is_file = call.path.startswith("/stand-in/")
            call = replace(call, path=unquote(call.path)) if is_file else call
            reply: Reply = super().handle(call)
            headers = {**reply.headers, "x-request-id": f"req \x9b31m Bearer {KEY}"}
            return replace(reply, headers=headers)

    return Hostile
