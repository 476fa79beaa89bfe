"""The kit's own commands: `python -m polyreel_conformance contract NAME`."""

from __future__ import annotations

from typing import Annotated

import typer
from polyreel import UsageError
from polyreel.cli.output import AsJson, command, print_json
from polyreel.text.suggestions import did_you_mean
from polyreel_sandbox import installed_stand_ins

from .contract_page import contract_page
from .scaffold.command import new_provider

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="What the author of a provider asks the conformance kit.",
)
app.command()(new_provider)


@app.command()
@command
def contract(
    name: Annotated[str, typer.Argument(help="The provider's name, as in NAME/model.")],
    as_json: AsJson = False,
) -> None:
    """Print a provider's contract as the kit has read it: calls, models, states, prices."""
    stand_ins = installed_stand_ins()
    if name not in stand_ins:
        raise UsageError(f"provider {did_you_mean(name, stand_ins)}")
    found = stand_ins[name].contract
    if as_json:
        print_json(found.document)
        return
    typer.echo(contract_page(name, found), nl=False)


if __name__ == "__main__":
    app(prog_name="python -m polyreel_conformance")
