"""Answer: a part of a vendor's answer, of which only the required fields are needed.

A vendor may write anything into the other fields. Nothing there may hide a video that was paid
for, so what can't be read is left out and named.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    PrivateAttr,
    ValidationError,
    model_validator,
)
from pydantic.functional_validators import ModelWrapValidatorHandler


class Answer(BaseModel):
    """A part of a vendor's answer. Subclass it; keys without a field are ignored.

    A required field is needed: without it the whole part can't be read. A field with a default
    has that default when its value can't be read, and so does a null where the field takes none.
    An entry of a list that can't be read is left out.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    _unread: tuple[str, ...] = PrivateAttr(())

    @property
    def unread(self) -> tuple[str, ...]:
        """The fields that could not be read, each once, such as `result.width`."""
        found = dict.fromkeys(self._unread)
        for name in type(self).model_fields:
            value = getattr(self, name)
            for part in value if isinstance(value, (list, tuple)) else (value,):
                if isinstance(part, Answer):
                    found.update(dict.fromkeys(f"{name}.{each}" for each in part.unread))
        return tuple(found)

    @model_validator(mode="wrap")
    @classmethod
    def _read_what_can_be_read(cls, value: Any, read: ModelWrapValidatorHandler[Self]) -> Self:
        """Read a part again without what can't be read, until the rest can."""
        if not isinstance(value, Mapping):
            return read(value)
        rest, unread = dict(value), dict[str, None]()
        while True:
            try:
                made = read(rest)
            except ValidationError as error:
                if not cls._leave_out(rest, error, unread):
                    raise
            else:
                made._unread = tuple(unread)
                return made

    @classmethod
    def _leave_out(
        cls, rest: dict[str, Any], error: ValidationError, unread: dict[str, None]
    ) -> bool:
        """Remove from a part what an error is about; return whether that may help."""
        entries: dict[str, set[int]] = {}
        for name, *within in (each["loc"] for each in error.errors(include_url=False)):
            if not isinstance(name, str) or name not in rest:
                return False
            value, number = rest[name], within[0] if within else None
            if isinstance(value, list) and isinstance(number, int) and number < len(value):
                entries.setdefault(name, set()).add(number)
            elif name in cls._needed():
                return False
            else:
                entries.setdefault(name, set())
        for name, odd in entries.items():
            value = rest.pop(name)
            if value is not None:
                unread[name] = None
            if odd and isinstance(value, list):
                rest[name] = [each for number, each in enumerate(value) if number not in odd]
        return bool(entries)

    @classmethod
    def _needed(cls) -> set[str]:
        """Return the names of the required fields, as the vendor writes them."""
        fields = cls.model_fields.items()
        return {field.alias or name for name, field in fields if field.is_required()}
