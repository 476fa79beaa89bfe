"""The request on the command line: a file, and every field as an option."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import UsageError
from ..files import read_media
from ..quotes import Budget
from ..request import VideoRequest
from ..request_file import build_request, parse_request_text, read_request_file

_FIELDS = "The request's fields"

RequestArgument = Annotated[
    str,
    typer.Argument(
        metavar="REQUEST",
        help="A JSON or TOML file of VideoRequest fields, or - for standard input.",
    ),
]
OptionalRequestArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="[REQUEST]",
        help="A JSON or TOML file of VideoRequest fields, or - for standard input. "
        "Options replace its fields.",
    ),
]
Models = Annotated[
    list[str] | None,
    typer.Option("-m", "--model", metavar="MODEL", help="provider/name, or a target; repeatable."),
]
Timeout = Annotated[
    float, typer.Option("--timeout", metavar="S", help="Seconds to wait for a job to end.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Spend without asking.")]
MaxPrice = Annotated[
    str | None,
    typer.Option(
        "--max-price", metavar="PRICE", help='Refuse to spend more, e.g. "0.50 USD", in all.'
    ),
]
AllowUnknownPrice = Annotated[
    bool,
    typer.Option(
        "--allow-unknown-price", help="With --max-price: send also what has no known price."
    ),
]
Drop = Annotated[
    bool, typer.Option("--drop", help="Leave out settings that the model lacks, and say which.")
]

Prompt = Annotated[
    str | None, typer.Option("-p", "--prompt", help="What to show.", rich_help_panel=_FIELDS)
]
Duration = Annotated[
    int | None,
    typer.Option("--duration", help="Whole seconds; 5 unless given.", rich_help_panel=_FIELDS),
]
AspectRatio = Annotated[
    str | None, typer.Option("--aspect-ratio", help="16:9 unless given.", rich_help_panel=_FIELDS)
]
Resolution = Annotated[
    str | None, typer.Option("--resolution", help="720p unless given.", rich_help_panel=_FIELDS)
]
_MEDIA = "a file, an https URL or asset://…"
FirstFrame = Annotated[
    str | None,
    typer.Option("--first-frame", help=f"Image that starts it: {_MEDIA}.", rich_help_panel=_FIELDS),
]
LastFrame = Annotated[
    str | None,
    typer.Option("--last-frame", help=f"Image that ends it: {_MEDIA}.", rich_help_panel=_FIELDS),
]
ReferenceImages = Annotated[
    list[str] | None,
    typer.Option("--reference-image", help="Guiding image; repeatable.", rich_help_panel=_FIELDS),
]
ReferenceVideos = Annotated[
    list[str] | None,
    typer.Option("--reference-video", help="Guiding video; repeatable.", rich_help_panel=_FIELDS),
]
ReferenceAudios = Annotated[
    list[str] | None,
    typer.Option("--reference-audio", help="Guiding audio; repeatable.", rich_help_panel=_FIELDS),
]
Audio = Annotated[
    bool | None, typer.Option("--audio/--no-audio", help="Make sound.", rich_help_panel=_FIELDS)
]
Seed = Annotated[
    int | None, typer.Option("--seed", help="0 to 4294967295.", rich_help_panel=_FIELDS)
]
CameraFixed = Annotated[
    bool | None,
    typer.Option("--camera-fixed/--no-camera-fixed", help="Stand still.", rich_help_panel=_FIELDS),
]
Watermark = Annotated[
    bool | None,
    typer.Option("--watermark/--no-watermark", help="Allow a mark.", rich_help_panel=_FIELDS),
]
ReturnLastFrame = Annotated[
    bool | None,
    typer.Option(
        "--return-last-frame/--no-return-last-frame",
        help="Also give the last frame.",
        rich_help_panel=_FIELDS,
    ),
]
ExpiresAfter = Annotated[
    int | None,
    typer.Option("--expires-after", help="Seconds until given up.", rich_help_panel=_FIELDS),
]
NegativePrompt = Annotated[
    str | None,
    typer.Option("--negative-prompt", help="What not to show.", rich_help_panel=_FIELDS),
]
ProviderOptions = Annotated[
    list[str] | None,
    typer.Option(
        "--provider-option",
        metavar="PROVIDER.NAME=VALUE",
        help="A setting that only one provider has; repeatable.",
        rich_help_panel=_FIELDS,
    ),
]


def load_request(argument: str | None, replacements: dict[str, Any] | None = None) -> VideoRequest:
    """Return the request from a file or standard input, with fields replaced.

    Args:
        argument: A path, `-`, or None when options are all there is.
        replacements: Fields by name; None values are not given.

    Raises:
        UsageError: Says what is wrong and where.
    """
    name = argument or "the request"
    fields: dict[str, Any] = {}
    if argument == "-":
        name = "standard input"
        fields = parse_request_text(sys.stdin.read(), name)
    elif argument is not None:
        fields = read_request_file(Path(argument))
    for field, value in (replacements or {}).items():
        if value is not None and value != []:
            fields[field] = value
    if "prompt" not in fields and all(each in VideoRequest.model_fields for each in fields):
        raise UsageError(f"{name} has no prompt; give one in the request or with -p")
    return build_request(fields, name)


def check_media(request: VideoRequest) -> None:
    """Make sure, before anybody is asked to pay, that every local file can be sent.

    Raises:
        MediaUnreadable: When one can't be read, or is not what its field takes.
    """
    for name, kind, media in request.media():
        if media.is_local:
            read_media(name, kind, media)


def parse_provider_options(texts: list[str] | None) -> dict[str, dict[str, Any]] | None:
    """Return `PROVIDER.NAME=VALUE` texts as nested values; a value is JSON, else text."""
    if not texts:
        return None
    options: dict[str, dict[str, Any]] = {}
    for text in texts:
        path, separator, value = text.partition("=")
        provider, dot, name = path.partition(".")
        if not (separator and dot and provider and name):
            raise UsageError(f"--provider-option {text!r} must read PROVIDER.NAME=VALUE")
        try:
            options.setdefault(provider, {})[name] = json.loads(value)
        except ValueError:
            options.setdefault(provider, {})[name] = value
    return options


def budget(max_price: str | None, allows_unknown: bool) -> Budget | None:
    """Return the budget that the options name, or None.

    Raises:
        UsageError: When the price is none, or nothing is limited.
    """
    if max_price is None:
        if allows_unknown:
            raise UsageError(
                "--allow-unknown-price needs --max-price; without it nothing is limited"
            )
        return None
    return Budget.of(max_price, allows_unknown=allows_unknown)
