"""new-provider: the folder of a new vendor, complete except for the vendor's own facts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from polyreel.adapters import Registry
from polyreel.cli.output import AsJson, command, print_json, say

from .folder import write_folder
from .names import Names


@command
def new_provider(
    name: Annotated[str, typer.Argument(help="The provider's name, as in NAME/model.")],
    title: Annotated[
        str | None, typer.Option(help="The vendor's name for people, such as 'Acme Videos'.")
    ] = None,
    into: Annotated[
        Path, typer.Option(help="The folder in which to write polyreel-NAME.")
    ] = Path(),
    as_json: AsJson = False,
) -> None:
    """Write the folder of a new provider. Its tests say what to fill in."""
    names = Names.of(name, title, Registry.installed().adapters)
    written = write_folder(names, into)
    folder = into / names.folder
    if as_json:
        print_json(
            {"folder": str(folder.resolve()), "files": [str(path.resolve()) for path in written]}
        )
        return
    say(
        f"Wrote {folder} with {len(written)} files. Next:\n\n"
        f'    pip install -e "{folder}[test]"\n'
        f"    cd {folder}\n"
        "    pytest -k no_blank    # lists every blank: what to write, and where to find it\n"
        "    pytest                # tests the adapter\n\n"
        "Fill in the contract first, from the vendor's pages."
    )
