"""Options that several commands share, and the request made from a file and options."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import UsageError
from ..pricing import Budget
from ..request import MediaOptions, VideoRequest, build_request, read_request_file
from ..request.request_file import parse_request_text

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
RetryRefused = Annotated[
    int | None,
    typer.Option(
        "--retry-refused",
        metavar="N",
        help="Send the request again, up to N times, after a sure refusal that may pass (HTTP "
        "429). Never after an unknown outcome.",
    ),
]
At = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="ADDRESS",
        help="The address that the jobs were submitted to, if polyreel would not ask there.",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Spend without asking.")]
MaxPrice = Annotated[
    str | None,
    typer.Option(
        "--max-price", metavar="PRICE", help='The most that all of it may cost, e.g. "0.50 USD".'
    ),
]
AllowUnknownPrice = Annotated[
    bool,
    typer.Option(
        "--allow-unknown-price", help="With --max-price: also send requests of unknown price."
    ),
]
Drop = Annotated[
    bool, typer.Option("--drop", help="Leave out settings that the model lacks, and list them.")
]

ConvertImages = Annotated[
    bool | None,
    typer.Option(
        "--convert-images/--no-convert-images",
        help="Convert images that a provider does not take (HEIC, AVIF, CMYK, …). Default: as "
        "polyreel.toml says, else no.",
    ),
]
LiftBounds = Annotated[
    bool,
    typer.Option(
        "--lift-bounds", help="Send media beyond polyreel's own bounds, which no page publishes."
    ),
]


def media_options(convert_images: bool | None, lift_bounds: bool) -> MediaOptions:
    """Return what the options of a command say about media."""
    options = MediaOptions(lift_bounds=lift_bounds)
    if convert_images is not None:
        options["convert_images"] = convert_images
    return options


def load_request(argument: str | None, replacements: dict[str, Any] | None = None) -> VideoRequest:
    """Return the request from a file or standard input, with replaced fields.

    Args:
        argument: A path, `-`, or None if the options are the whole request.
        replacements: Fields by name; None means that the field is not given.

    Raises:
        UsageError: When the file or a field is wrong.
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
        raise UsageError(f"{name} has no prompt; add one to the request, or use -p")
    return build_request(fields, name)


def parse_provider_options(texts: list[str] | None) -> dict[str, dict[str, Any]] | None:
    """Return `PROVIDER.NAME=VALUE` texts as nested values; a value is JSON, else text."""
    if not texts:
        return None
    options: dict[str, dict[str, Any]] = {}
    for text in texts:
        path, separator, value = text.partition("=")
        provider, dot, name = path.partition(".")
        if not (separator and dot and provider and name):
            raise UsageError(f"{text!r} is not a valid provider option; use PROVIDER.NAME=VALUE")
        try:
            options.setdefault(provider, {})[name] = json.loads(value)
        except ValueError:
            options.setdefault(provider, {})[name] = value
    return options


def budget(max_price: str | None, allows_unknown: bool) -> Budget | None:
    """Return the budget of the options; None without `--max-price`.

    Raises:
        UsageError: When the price is not valid, or the options contradict each other.
    """
    if max_price is None:
        if allows_unknown:
            raise UsageError(
                "--allow-unknown-price needs --max-price; without it there is no limit"
            )
        return None
    return Budget.of(max_price, allows_unknown=allows_unknown)
