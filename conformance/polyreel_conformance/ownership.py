"""What belongs to the kit: its classes, its tests, and the names that a subclass must keep."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

_KIT = __name__.partition(".")[0]


def is_of_the_kit(module: str) -> bool:
    """Whether a module is one of the kit's."""
    return module == _KIT or module.startswith(f"{_KIT}.")


def law_of(item: pytest.Item) -> str | None:
    """Return the name of the kit's test that a collected test runs; None for any other test."""
    if not isinstance(item, pytest.Function) or item.cls is None:
        return None
    owner = _owner(item.cls, item.originalname)
    return item.originalname if owner and is_of_the_kit(owner.__module__) else None


def case_of(item: pytest.Item) -> str:
    """Return the text in brackets after a test's name; empty when the test runs once."""
    return item.name.partition("[")[2].removesuffix("]")


def settable_names(cls: type) -> set[str]:
    """Return the attributes that a subclass is meant to set: the kit's class variables."""
    return {
        name
        for each in _kit_classes(cls)
        for name, annotation in inspect.get_annotations(each).items()
        # Most annotations are strings, since the modules postpone their evaluation.
        if str(annotation).startswith(("ClassVar", "typing.ClassVar"))
    }


def refuse_replacements(cls: type) -> None:
    """Check that a class does not replace the kit's own tests and helpers.

    Raises:
        TypeError: When the class, or a base class in front of the kit's, replaces one.
    """
    own = {name for each in _kit_classes(cls) for name in vars(each)}
    replaced = sorted(
        f"{owner.__name__}.{name}"
        for name in own - settable_names(cls)
        if not (name.startswith("__") and name.endswith("__"))
        and (owner := _owner(cls, name)) is not None
        and not is_of_the_kit(owner.__module__)
    )
    if replaced:
        raise TypeError(
            f"{cls.__name__} must not replace or remove a test or helper of the kit: "
            f"{', '.join(replaced)}. When the adapter does not pass a test yet, add the test to "
            "`known_gaps` with a reason and a link. When it is a test or helper of your own, give "
            f"it another name. You may set: {', '.join(sorted(settable_names(cls)))}."
        )


def _kit_classes(cls: type) -> list[type[Any]]:
    return [each for each in cls.__mro__ if is_of_the_kit(each.__module__)]


def _owner(cls: type, name: str) -> type[Any] | None:
    return next((each for each in cls.__mro__ if name in vars(each)), None)
