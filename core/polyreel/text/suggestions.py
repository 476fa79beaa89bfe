"""Suggestions for an unknown name: the closest known one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from .plain_text import shortened

_LONGEST = 200  # comparing longer names takes long, and no known name is as long


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a sentence that says that a name is unknown and suggests the closest known one."""
    names = list(known)
    close = difflib.get_close_matches(name[:_LONGEST], names, n=1, cutoff=0.6)
    hint = f"use one of {', '.join(sorted(names))}" if names else "there are none"
    if close:
        hint = f"did you mean {close[0]!r}?"
    return f"{shortened(name)!r} is not known; {hint}"


def nearest_name(name: str, models: Iterable[str]) -> str:
    """Return a sentence for an unknown model name.

    A model with exactly that name at some provider is preferred to one with a similar name.
    """
    known = list(models)
    same = [each for each in known if each.partition("/")[2] == name]
    provided = [each for each in known if each.partition("/")[0] == name]
    if same:
        return f"{name!r} is not known; did you mean {same[0]!r}?"
    if provided:
        return f"{name!r} is a provider, not a model; use e.g. {provided[0]!r}"
    return did_you_mean(name, known)
