"""What a field of a request holds, read from its annotation."""

from __future__ import annotations

import types
from typing import Annotated, Any, Union, get_args, get_origin


def plain_types(annotation: Any) -> list[Any]:
    """Return the plain types of an annotation, without `None` and pydantic's strictness."""
    if get_origin(annotation) is Annotated:
        return plain_types(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return [kind for each in get_args(annotation) for kind in plain_types(each)]
    return [] if annotation is type(None) else [annotation]
