"""Documented examples: the requests and answers on a vendor's pages, as JSON files.

Each file has one example with its `source` and one of five kinds:

- `request`: `model`, `options`, the neutral `request`, and the `sent` method, path and
  body as documented; `sent_explicitly` lists the keys that the page leaves out and polyreel
  sends, with their values;
- `created`: an `answer` to a create and the `task_id` in it;
- `status`: an `answer` to a poll and what it `gives`; `http_status` where it is not 200; where a
  poll takes several calls, `answers` has one object for each, with its `answer` and `http_status`;
- `error`: an `http_status`, an `answer`, and the `error` and `vendor_code` it becomes;
- `price`: a price that the page calculates: `model`, `request`, the `reference_durations` of
  reference videos, and the page's `billing_name`, `units`, `rate` and `cost`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from polyreel import errors
from polyreel.text.suggestions import did_you_mean

from .example_shapes import shape_problem

KindOfExample = Literal["request", "created", "status", "error", "price"]
KINDS_OF_EXAMPLES: tuple[KindOfExample, ...] = get_args(KindOfExample)


@dataclass(frozen=True)
class Example:
    """One documented request or answer.

    Attributes:
        name: The file's name without its suffix.
        kind: One of the five.
        source: The vendor's page.
        content: The file's content.
    """

    name: str
    kind: KindOfExample
    source: str
    content: dict[str, Any]

    @property
    def answers(self) -> list[tuple[int, dict[str, Any]]]:
        """The answers to the calls of a poll, in order: the HTTP status and the body of each."""
        given = self.content.get("answers", [self.content])
        return [(each.get("http_status", 200), each["answer"]) for each in given]


def load_examples(folder: Path) -> list[Example]:
    """Return the examples in a folder.

    Raises:
        ValueError: When a file is not JSON, lacks a key, or has one that is not known.
    """
    examples: list[Example] = []
    for path in sorted(folder.glob("*.json")):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{path.name} is not JSON: {error}") from None
        if not isinstance(content, dict):
            raise ValueError(f"{path.name}: write one object, with kind and source")
        if content.get("kind") not in KINDS_OF_EXAMPLES:
            raise ValueError(f"{path.name}: kind must be one of {', '.join(KINDS_OF_EXAMPLES)}")
        if not content.get("source"):
            raise ValueError(f"{path.name}: add the address of the vendor's page as `source`")
        problem = _problem(content)
        if problem is not None:
            raise ValueError(f"{path.name}: {problem}")
        examples.append(Example(path.stem, content["kind"], content["source"], content))
    return examples


_NEEDED: Mapping[KindOfExample, tuple[str, ...]] = {
    "request": ("model", "request", "sent"),
    "created": ("model", "answer", "task_id"),
    "status": ("gives",),
    "error": ("http_status", "answer", "error", "vendor_code"),
    "price": ("model", "request", "billing_name", "units", "rate", "cost"),
}
GIVES = (
    *("state", "raw_state", "is_documented", "progress", "video_url", "last_frame_url", "outputs"),
    *("failure", "failure_code", "charge", "billed_units", "expires_at"),
)
"""The facts that an example of a status can name."""


def _problem(content: dict[str, Any]) -> str | None:
    """Return what an example lacks, or None."""
    kind: KindOfExample = content["kind"]
    missing = [name for name in _NEEDED[kind] if name not in content]
    if missing:
        return f"an example of the kind {kind} must have {', '.join(missing)}"
    wrong = shape_problem(content, _NEEDED[kind])
    if wrong is not None:
        return wrong
    if kind == "error" and content["error"] not in errors.__all__:
        return f"error {did_you_mean(str(content['error']), errors.__all__)}"
    if kind == "status":
        if ("answer" in content) is ("answers" in content):
            return "an example of the kind status must have answer, or answers for several calls"
        if not all(isinstance(each, dict) and "answer" in each for each in _given(content)):
            return 'answers: write a list of objects such as {"http_status": 200, "answer": {…}}'
        unknown = [name for name in content["gives"] if name not in GIVES]
        if unknown:
            return f"gives: {did_you_mean(unknown[0], GIVES)}"
        if "state" not in content["gives"]:
            return "gives: add at least the state"
    return None


def _given(content: dict[str, Any]) -> list[Any]:
    given = content.get("answers", [content])
    return given if isinstance(given, list) and given else [None]
