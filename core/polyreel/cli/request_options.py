"""Options of a command for the fields of a request, made from the fields themselves."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any, get_args, get_origin

import typer
from pydantic.fields import FieldInfo

from ..request import Media, VideoRequest
from ..request.field_types import plain_types

_PANEL = "The request's fields"
_SHORT = {"prompt": "-p"}
_MEDIA = "A file, an https URL or asset://…"


def with_request_fields(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command an option for each field of a request, passed as `fields` by name.

    The command takes `**fields`; a field that the user did not give is None.
    """
    signature = inspect.signature(command, eval_str=True)
    own = [each for each in signature.parameters.values() if each.kind is not each.VAR_KEYWORD]
    options = [_option(name, field) for name, field in VideoRequest.model_fields.items()]
    parameters = sorted(
        (each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in (*own, *options)),
        key=lambda each: each.default is not inspect.Parameter.empty,
    )
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    return command


def _option(name: str, field: FieldInfo) -> inspect.Parameter:
    """Return the parameter of one field, with its option on the command line."""
    kind, repeated = _value_kind(field.annotation)
    spelled = name.removesuffix("s") if repeated else name
    declared = f"--{spelled.replace('_', '-')}"
    if kind is bool:
        declared += f"/--no-{spelled.replace('_', '-')}"
    flags = [_SHORT[name]] if name in _SHORT else []
    metavar = "PROVIDER.NAME=VALUE" if _is_table(field.annotation) else None
    if _takes_media(field.annotation):
        metavar = "MEDIA"
    option = typer.Option(
        *flags, declared, help=_help(field, repeated), rich_help_panel=_PANEL, metavar=metavar
    )
    wanted = list[str] if repeated else kind
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[wanted | None, option],
    )


def _help(field: FieldInfo, repeated: bool) -> str:
    text = field.description or ""
    if _takes_media(field.annotation):
        text += f" {_MEDIA}"
    if repeated:
        text += "; repeatable." if text.endswith("…") else " Repeatable."
    elif not field.is_required() and field.default is not None:
        text += f" {field.default} unless given."
    return text


def _value_kind(annotation: Any) -> tuple[type, bool]:
    """Return the type of one value on the command line, and whether there may be several."""
    if get_origin(annotation) is tuple or _is_table(annotation):
        return str, True
    kinds = plain_types(annotation)
    if len(kinds) == 1 and kinds[0] in (bool, int, float):
        return kinds[0], False
    return str, False


def _is_table(annotation: Any) -> bool:
    return get_origin(annotation) is Mapping


def _takes_media(annotation: Any) -> bool:
    return annotation is Media or any(_takes_media(each) for each in get_args(annotation))
