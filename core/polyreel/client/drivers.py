"""The two drivers: they run the effects of any program, blocking or on the event loop."""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

from ..engine.effects import Effect, Program

T = TypeVar("T")


class Performer(Protocol):
    """Performs effects, blocking."""

    def perform(self, effect: Effect) -> Any:
        """Return the effect's result or raise its error."""
        ...


class AsyncPerformer(Protocol):
    """Performs effects without blocking the event loop."""

    async def perform(self, effect: Effect) -> Any:
        """Return the effect's result or raise its error."""
        ...


def drive(program: Program[T], performer: Performer) -> T:
    """Run a program to its end, blocking, and return its value."""
    try:
        effect = next(program)
        while True:
            try:
                result = performer.perform(effect)
            except BaseException as error:  # noqa: BLE001  # a program also cleans up after an interrupt
                effect = program.throw(error)
            else:
                effect = program.send(result)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]  # a generator's value is untyped


async def drive_async(program: Program[T], performer: AsyncPerformer) -> T:
    """Run a program to its end on the event loop and return its value."""
    try:
        effect = next(program)
        while True:
            try:
                result = await performer.perform(effect)
            except BaseException as error:  # noqa: BLE001  # as above; also after a cancellation
                effect = program.throw(error)
            else:
                effect = program.send(result)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]  # a generator's value is untyped
