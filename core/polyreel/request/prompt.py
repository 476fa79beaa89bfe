"""References inside a prompt: `{image:1}` stands for the first reference image."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

from .media import MediaKind

PLAIN_WORDS: Mapping[MediaKind, str] = {
    "image": "image {n}",
    "video": "video {n}",
    "audio": "audio {n}",
}
"""How a reference is written where the vendor does not document a spelling."""

# Doubled braces write the token as plain text, so they are matched first.
_TOKEN = re.compile(
    r"\{\{(?P<literal>(?:image|video|audio):[1-9]\d*)\}\}|\{(?P<kind>image|video|audio):(?P<n>[1-9]\d*)\}"
)


def references_in(prompt: str) -> list[tuple[MediaKind, int]]:
    """Return the kind and position (from 1) of every reference in a prompt, in order."""
    return [
        (cast("MediaKind", found["kind"]), int(found["n"]))
        for found in _TOKEN.finditer(prompt)
        if found["kind"]
    ]


def render_prompt(prompt: str, spelling: Mapping[MediaKind, str] = PLAIN_WORDS) -> str:
    """Return the prompt with each reference in a vendor's spelling.

    Args:
        prompt: The neutral prompt.
        spelling: Per kind, a template in which `{n}` is the position, e.g. `[Image {n}]`.
            A kind that is missing is written in plain words.
    """

    def spell(found: re.Match[str]) -> str:
        if found["literal"]:
            return "{" + found["literal"] + "}"
        kind = cast("MediaKind", found["kind"])
        return spelling.get(kind, PLAIN_WORDS[kind]).replace("{n}", found["n"])

    return _TOKEN.sub(spell, prompt)
