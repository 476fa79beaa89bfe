"""Documented examples: exchanges as a vendor's pages show them, as JSON files.

Each file holds one example with its `source` and one of five kinds:

- `request`: `model`, `options`, the neutral `request`, and the `sent` method, path and
  body as documented; `sent_explicitly` lists what polyreel sends besides because the page
  leaves it to a default, with that default;
- `created`: an `answer` to a create and the `task_id` in it;
- `status`: an `answer` to a poll and what it `gives`;
- `error`: an `http_status`, an `answer`, and the `error` and `vendor_code` it becomes;
- `price`: a worked example of what is billed: `model`, `request`, the `reference_video_seconds`
  where videos go in, and the `billing_name`, `units`, `rate` and `cost` that the page works out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from polyreel import errors
from polyreel.request import did_you_mean

KindOfExample = Literal["request", "created", "status", "error", "price"]
KINDS_OF_EXAMPLES: tuple[KindOfExample, ...] = get_args(KindOfExample)


@dataclass(frozen=True)
class Example:
    """One documented exchange.

    Attributes:
        name: The file's name without its suffix.
        kind: Which of the five.
        source: Where the vendor shows it.
        content: The file.
    """

    name: str
    kind: KindOfExample
    source: str
    content: dict[str, Any]


def load_examples(folder: Path) -> list[Example]:
    """Return the examples in a folder.

    Raises:
        ValueError: When a file is not JSON, or lacks its kind or source.
    """
    examples: list[Example] = []
    for path in sorted(folder.glob("*.json")):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{path.name} is not JSON: {error}") from None
        if content.get("kind") not in KINDS_OF_EXAMPLES:
            raise ValueError(f"{path.name}: kind must be one of {', '.join(KINDS_OF_EXAMPLES)}")
        if not content.get("source"):
            raise ValueError(f"{path.name}: say where the vendor shows this (source)")
        problem = _problem(content)
        if problem is not None:
            raise ValueError(f"{path.name}: {problem}")
        examples.append(Example(path.stem, content["kind"], content["source"], content))
    return examples


_NEEDED: Mapping[KindOfExample, tuple[str, ...]] = {
    "request": ("model", "request", "sent"),
    "created": ("model", "answer", "task_id"),
    "status": ("answer", "gives"),
    "error": ("http_status", "answer", "error", "vendor_code"),
    "price": ("model", "request", "billing_name", "units", "rate", "cost"),
}
GIVES = (
    *("state", "raw_state", "is_documented", "progress", "video_url", "last_frame_url", "outputs"),
    *("failure", "failure_code", "charge", "expires_at"),
)
"""What a status can be said to give."""


def _problem(content: dict[str, Any]) -> str | None:
    """Return what an example lacks, or None."""
    kind: KindOfExample = content["kind"]
    missing = [name for name in _NEEDED[kind] if name not in content]
    if missing:
        return f"an example of the kind {kind} needs {', '.join(missing)}"
    if kind == "error" and content["error"] not in errors.__all__:
        return f"error {did_you_mean(str(content['error']), errors.__all__)}"
    if kind == "status":
        strangers = [name for name in content["gives"] if name not in GIVES]
        if strangers:
            return f"gives: {did_you_mean(strangers[0], GIVES)}"
        if "state" not in content["gives"]:
            return "gives: say at least the state"
    return None
