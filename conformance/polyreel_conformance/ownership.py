"""What belongs to the kit: its classes, its tests, and names that a subclass must not replace."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

_KIT = __name__.partition(".")[0]


def is_of_the_kit(module: str) -> bool:
    """Whether a module is one of the kit's."""
    return module == _KIT or module.startswith(f"{_KIT}.")


def law_of(item: pytest.Item) -> str | None:
    """Return the name of the kit's test that a collected test runs, or None if it is another's."""
    if not isinstance(item, pytest.Function) or item.cls is None:
        return None
    owner = _owner(item.cls, item.originalname)
    return item.originalname if owner and is_of_the_kit(owner.__module__) else None


def case_of(item: pytest.Item) -> str:
    """Return what stands in brackets after a test's name; nothing where it runs once."""
    return item.name.partition("[")[2].removesuffix("]")


def settable_names(cls: type) -> set[str]:
    """Return the attributes that a subclass is meant to set: the kit's class variables."""
    return {
        name
        for each in _kit_classes(cls)
        for name, annotation in inspect.get_annotations(each).items()
        # Most are strings, since the modules postpone their annotations.
        if str(annotation).startswith(("ClassVar", "typing.ClassVar"))
    }


def refuse_replacements(cls: type) -> None:
    """Hold that a class leaves the kit's own tests and helpers as they are.

    Raises:
        TypeError: When the class, or one before the kit's in its bases, replaces some.
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
            f"{cls.__name__} may add tests to the kit's but not replace or remove any: "
            f"{', '.join(replaced)}. Where the adapter does not keep a law yet, write it down in "
            "`known_gaps` with a reason and a link; give a test or helper of your own another "
            f"name. What may be set is: {', '.join(sorted(settable_names(cls)))}."
        )


def _kit_classes(cls: type) -> list[type[Any]]:
    return [each for each in cls.__mro__ if is_of_the_kit(each.__module__)]


def _owner(cls: type, name: str) -> type[Any] | None:
    return next((each for each in cls.__mro__ if name in vars(each)), None)
