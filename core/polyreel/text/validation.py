"""Validation errors as sentences that a person can act on, without the values."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ValidationError

from .plain_text import NOT_TEXT, shortened
from .suggestions import did_you_mean

_MOST = 8  # sentences in one message

_PLAIN = {
    "missing": "missing",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "string_type": "must be text",
    "string_unicode": f"can't be sent: {NOT_TEXT}",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must be a table of names and values",
    "mapping_type": "must be a table of names and values",
    "model_type": "must be a table of names and values",
    "float_type": "must be a number",
}


def describe_validation_error(error: ValidationError, model: type[BaseModel]) -> str:
    """Return what is wrong, field by field; a mistyped name gets the closest known one.

    Of very many findings only the first are described.

    Args:
        error: pydantic's error.
        model: The model that was validated; its field names are suggested for typos.
    """
    found = error.errors(include_url=False, include_context=False, include_input=False)
    sentences = [_sentence(each["loc"], each["type"], each["msg"], model) for each in found[:_MOST]]
    if len(found) > _MOST:
        sentences.append(f"and {len(found) - _MOST} more")
    return "; ".join(sentences)


def _sentence(
    location: tuple[int | str, ...], kind: str, message: str, model: type[BaseModel]
) -> str:
    where = ".".join(shortened(str(part)) for part in location)
    if kind == "extra_forbidden":
        return did_you_mean(where, _names_at(location, model))
    problem = _PLAIN.get(kind, message.removeprefix("Value error, "))
    return f"{where}: {problem}" if where else problem


def _names_at(location: tuple[int | str, ...], model: type[BaseModel]) -> Iterable[str]:
    """Return the known names at a location, each with the same path before it."""
    known: type[BaseModel] = model
    for part in location[:-1]:
        field = known.model_fields.get(str(part))
        inner = _model_within(field.annotation) if field is not None else None
        known = inner or known
    prefix = ".".join(str(part) for part in location[:-1])
    return [f"{prefix}.{name}" if prefix else name for name in known.model_fields]


def _model_within(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _model_within(argument)
        if found is not None:
            return found
    return None
