"""The methods that a vendor's stand-in writes, checked whenever they are called.

A wrong one is named with its place, so that its author need not read the sandbox's code.
"""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .exchange import Reply

HOOKS: Mapping[str, type | tuple[type, ...]] = {
    "created": Mapping,
    "status": Mapping,
    "result": (Mapping, Reply),
    "status_code": int,
    "content_path": str,
    "uploaded": Mapping,
    "price_list": Mapping,
    "refusal": Reply,
    "refusal_by": Reply,
}
"""What each method must return."""

_WHAT = {
    Mapping: "the answer as a dict",
    Reply: "a Reply, such as Reply.of({…}, 400)",
    (Mapping, Reply): "the answer as a dict, or a Reply for an error",
    int: "an HTTP status, such as 202",
    str: "a path below the address, such as /videos/1/content",
}


class StandInError(Exception):
    """A method of a stand-in raised an error, or returned something else than an answer."""


def check_hooks(cls: type) -> None:
    """Make each method that a class writes say what is wrong with it, whoever calls it."""
    for name, kind in HOOKS.items():
        if callable(vars(cls).get(name)):
            setattr(cls, name, _checked(cls.__name__, name, vars(cls)[name], kind))


def _checked(
    owner: str, name: str, method: Callable[..., Any], kind: type | tuple[type, ...]
) -> Callable[..., Any]:
    @functools.wraps(method)
    def called(*arguments: Any, **named: Any) -> Any:
        try:
            found = method(*arguments, **named)
        except (NotImplementedError, AssertionError, StandInError):
            raise  # it says already what to do
        except Exception as error:
            raise StandInError(
                f"{owner}.{name}{_place(error)} raised {type(error).__name__}: "
                f"{str(error)[:200]}; correct the method"
            ) from error
        if not isinstance(found, kind):
            raise StandInError(
                f"{owner}.{name} returned {type(found).__name__}; return {_WHAT[kind]}"
            )
        return found

    return called


def _place(error: Exception) -> str:
    """Return where an error was raised, for people."""
    entries = traceback.extract_tb(error.__traceback__)
    return f" ({Path(entries[-1].filename).name}:{entries[-1].lineno})" if len(entries) > 1 else ""
