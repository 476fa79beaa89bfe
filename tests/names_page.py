"""core/NAMES.md and the table of rooms in core/README.md, written from the code's own docstrings.

`python tests/names_page.py --write` brings both pages up to date.
"""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from importlib import import_module
from pathlib import Path

from page_table import PageTable

ROOT = Path(__file__).parents[1]
CORE = ROOT / "core"
ROOTS = (CORE, ROOT / "conformance", ROOT / "conformance" / "sandbox")
PUBLIC = (
    "polyreel",
    "polyreel.adapters",
    "polyreel.jobs",
    "polyreel.pricing",
    "polyreel.models",
    "polyreel.request",
    "polyreel.containers",
    "polyreel.engine",
    "polyreel.client",
    "polyreel.comparing",
    "polyreel.comparing.report",
    "polyreel.telemetry",
    "polyreel.config",
    "polyreel.clock",
)
"""What names are imported from, in the order of the page."""
WITHOUT_A_LIST = {
    "polyreel.clock": ("Clock", "SystemClock"),
}
"""The public names of single modules, which have no `__all__`."""


def public_names(module: str) -> tuple[str, ...]:
    """Return the names that a user may import from a module."""
    return WITHOUT_A_LIST.get(module) or tuple(sorted(import_module(module).__all__))


def names() -> str:
    """Return the list of all public names: a table for each module, a row a name."""
    parts = []
    for module in PUBLIC:
        rows = [f"| `{name}` | {_cell(describe(module, name))} |" for name in public_names(module)]
        heading = f"## {module}\n\n{first_sentence(_docstring(module))}"
        parts.append("\n".join([heading, "", "| name | meaning |", "|---|---|", *rows]) + "\n")
    return "\n" + "\n".join(parts) + "\n"


def rooms() -> str:
    """Return the table of the core's rooms and single modules, a row each, as arrows run."""
    rows = []
    for name in (name for layer in layers() for name in layer.split(" | ")):
        path = _path(f"polyreel.{name}")
        shown = f"{name}/" if path.stem == "__init__" else path.name
        rows.append(f"| `{shown}` | {_cell(first_sentence(_docstring(f'polyreel.{name}')))} |")
    return "\n".join(["| room | purpose |", "|---|---|", *rows]) + "\n"


def layers() -> list[str]:
    """Return the core's layers, which the import contracts hold: each may use those below it."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    found: list[str] = next(each for each in contracts if each.get("exhaustive"))["layers"]
    return found


def describe(module: str, name: str) -> str:
    """Return the first sentence of a name's docstring, wherever the name is defined."""
    found = _described(module, name)
    assert found, f"{module}.{name} has no docstring; write one where it is defined"
    return first_sentence(found)


def first_sentence(text: str) -> str:
    """Return the first sentence of a docstring, on one line."""
    paragraph = " ".join(text.partition("\n\n")[0].split())
    return re.split(r"(?<=[.?!])\s+(?=[A-Z`])", paragraph, maxsplit=1)[0]


def _described(module: str, name: str) -> str | None:
    body = [
        each
        for statement in _tree(module).body
        for each in (statement.body if isinstance(statement, ast.If) else [statement])
    ]
    for statement, following in zip(body, [*body[1:], None], strict=True):
        match statement:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                if statement.name == name:
                    return ast.get_docstring(statement)
            case (
                ast.Assign(targets=[ast.Name(id=target)])
                | ast.AnnAssign(target=ast.Name(id=target))
            ):
                if target == name:
                    return _text(following)
            case ast.ImportFrom():
                for alias in statement.names:
                    if (alias.asname or alias.name) == name:
                        return _described(_source(module, statement), alias.name)
    return None


def _text(statement: ast.stmt | None) -> str | None:
    """Return the string that a statement consists of, which documents the name before it."""
    match statement:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return text
    return None


def _source(module: str, statement: ast.ImportFrom) -> str:
    """Return the module that a statement imports from."""
    if not statement.level:
        return statement.module or ""
    package = module.split(".")
    if _path(module).name not in ("__init__.py", "__init__.pyi"):
        package.pop()
    package = package[: len(package) - statement.level + 1]
    return ".".join([*package, *([statement.module] if statement.module else [])])


def _docstring(module: str) -> str:
    path = _path(module).with_suffix(".py")  # a stub's docstring is for those who read the stub
    found = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert found, f"{path.relative_to(ROOT)} has no docstring; say in a line what it is for"
    return found


@cache
def _tree(module: str) -> ast.Module:
    return ast.parse(_path(module).read_text(encoding="utf-8"))


def _path(module: str) -> Path:
    """Return the file of a module; the stub where names are listed in one."""
    places = [root.joinpath(*module.split(".")) for root in ROOTS]
    candidates = [
        path
        for place in places
        for path in (place / "__init__.pyi", place / "__init__.py", place.with_suffix(".py"))
    ]
    return next(each for each in candidates if each.is_file())


def _cell(text: str) -> str:
    return text.replace("|", "&#124;")


NAMES = PageTable(page=CORE / "NAMES.md", name="names", script="names_page.py", table=names)
ROOMS = PageTable(page=CORE / "README.md", name="rooms", script="names_page.py", table=rooms)

if __name__ == "__main__":
    NAMES.main()
    ROOMS.main()
