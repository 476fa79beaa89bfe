"""The Python programs that the pages show, ready to be type-checked and run.

A block is a program when it imports only what is installed, uses only names that it defines and
has no `...` in place of code. Every Python block of README.md has to be one.
"""

from __future__ import annotations

import ast
import builtins
import re
import textwrap
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = (
    "README.md",
    "core/README.md",
    "providers/README.md",
    "providers/jimmy/README.md",
    "providers/modellix/README.md",
    "conformance/README.md",
    "conformance/sandbox/README.md",
)

_BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A Python block of a page.

    Attributes:
        page: The page, from the repository's folder.
        number: Which of the page's Python blocks it is, from 1.
        code: The code.
    """

    page: str
    number: int
    code: str

    @property
    def name(self) -> str:
        """A name for a file or a test."""
        stem = re.sub(r"\W", "_", self.page.removesuffix(".md"))
        return f"{stem}_{self.number}"

    def missing(self) -> set[str]:
        """Return the names, modules and code that it needs and that are not there."""
        tree = ast.parse(self.code)
        return _unknown_names(tree) | _absent_modules(tree) | _gaps(tree)


def blocks(page: str) -> list[Block]:
    """Return the Python blocks of a page."""
    found = _BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))
    return [Block(page, number, code) for number, code in enumerate(map(textwrap.dedent, found), 1)]


def programs() -> list[Block]:
    """Return every block of every page that is a program."""
    return [each for page in PAGES for each in blocks(page) if not each.missing()]


def _unknown_names(tree: ast.Module) -> set[str]:
    used: set[str] = set()
    known = set(dir(builtins)) | {"__file__", "__name__"}
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                used.add(name)
            case (
                ast.Name(id=name)
                | ast.ClassDef(name=name)
                | ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.arg(arg=name)
                | ast.ExceptHandler(name=str(name))
            ):
                known.add(name)
            case ast.alias():
                known.add((node.asname or node.name).partition(".")[0])
    return used - known


def _absent_modules(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                found |= {each.name for each in node.names}
            case ast.ImportFrom(module=str(module), level=0):
                found.add(module)
    # Only the first part: a module that a package lacks is an error for the type checkers.
    return {each for each in found if find_spec(each.partition(".")[0]) is None}


def _gaps(tree: ast.Module) -> set[str]:
    """Return `...` where it stands in place of code."""
    statements = (node.value for node in ast.walk(tree) if isinstance(node, ast.Expr))
    return {"..." for each in statements if isinstance(each, ast.Constant) and each.value is ...}
