"""trust: which config files of working folders count whole."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ..config import FILE_NAME, Config, TrustedFiles
from ..config.files import as_config, read_file, read_table
from ..config.trust import Trust, place
from ..errors import ConfigError, UsageError
from .output import AsJson, command, print_json, print_table, say


@command
def trust(
    path: Annotated[
        Path | None,
        typer.Argument(
            metavar="[PATH]", help="A polyreel.toml, or its folder. Default: the working folder."
        ),
    ] = None,
    shows_list: Annotated[bool, typer.Option("--list", help="List the trusted files.")] = False,
    remove: Annotated[
        Path | None, typer.Option("--remove", metavar="PATH", help="Trust a file no longer.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Trust a polyreel.toml as it is now: then its addresses, keys and prices count too.

    Of a file that is not trusted, only the choice of models counts. Read it before you trust it.
    """
    if (path is not None) + shows_list + (remove is not None) > 1:
        raise UsageError("give a file to trust, --list or --remove, one of them only")
    trusted = TrustedFiles()
    if shows_list:
        _print_list(trusted, as_json)
    elif remove is not None:
        _remove(trusted, _file(remove), as_json)
    else:
        _trust(trusted, _file(path or Path()), as_json)


def _file(path: Path) -> Path:
    return path / FILE_NAME if path.is_dir() else path


def _trust(trusted: TrustedFiles, path: Path, as_json: bool) -> None:
    content = read_file(path)
    config = as_config(read_table(content, path), path)
    trusted.add(path, content)
    facts = {"file": str(place(path)), "keys": _keys(config), "addresses": _addresses(config)}
    if as_json:
        print_json(facts)
        return
    say(f"Trusted as it is now: {place(path)}")
    for name, address in _addresses(config).items():
        say(f"  {name} is reached at {address}")
    for name, variable in _keys(config).items():
        say(f"  {name} gets the key in {variable}")


def _remove(trusted: TrustedFiles, path: Path, as_json: bool) -> None:
    was_trusted = trusted.remove(path)
    if as_json:
        print_json({"file": str(place(path)), "was_trusted": was_trusted})
    else:
        say(f"{'No longer trusted' if was_trusted else 'Was not trusted'}: {place(path)}")


def _print_list(trusted: TrustedFiles, as_json: bool) -> None:
    rows: list[dict[str, Any]] = [
        {"file": str(path), "state": _state(trusted, path)} for path in trusted.paths()
    ]
    if as_json:
        print_json(rows)
    elif rows:
        print_table(("file", "state"), [list(row.values()) for row in rows])
    else:
        say("No file is trusted.")


def _state(trusted: TrustedFiles, path: Path) -> str:
    try:
        found = trusted.check(path, read_file(path))
    except ConfigError:
        return "can't be read" if path.exists() else "not there"
    return "trusted" if found is Trust.TRUSTED else "changed, not trusted"


def _addresses(config: Config) -> dict[str, str]:
    sections = config.providers.items()
    return {name: each.base_url for name, each in sections if each.base_url is not None}


def _keys(config: Config) -> dict[str, str]:
    sections = config.providers.items()
    return {name: each.api_key for name, each in sections if each.api_key is not None}
