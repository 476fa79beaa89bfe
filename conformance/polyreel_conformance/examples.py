"""Documented examples: exchanges as a vendor's pages show them, as JSON files.

Each file holds one example with its `source` and one of four kinds:

- `request`: `model`, `options`, the neutral `request`, and the `sent` method, path and
  body as documented; `sent_explicitly` lists what polyreel sends besides because the page
  leaves it to a default, with that default;
- `created`: an `answer` to a create and the `task_id` in it;
- `status`: an `answer` to a poll and what it `gives`;
- `error`: an `http_status`, an `answer`, and the `error` and `vendor_code` it becomes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True)
class Example:
    """One documented exchange.

    Attributes:
        name: The file's name without its suffix.
        kind: Which of the four.
        source: Where the vendor shows it.
        content: The file.
    """

    name: str
    kind: Literal["request", "created", "status", "error"]
    source: str
    content: dict[str, Any]


def load_examples(folder: Path) -> list[Example]:
    """Return the examples in a folder.

    Raises:
        ValueError: When a file lacks its kind or source, or the folder holds none.
    """
    examples: list[Example] = []
    for path in sorted(folder.glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        if content.get("kind") not in ("request", "created", "status", "error"):
            raise ValueError(f"{path.name}: kind must be request, created, status or error")
        if not content.get("source"):
            raise ValueError(f"{path.name}: say where the vendor shows this (source)")
        examples.append(Example(path.stem, content["kind"], content["source"], content))
    if not examples:
        raise ValueError(f"{folder} holds no documented examples")
    return examples
