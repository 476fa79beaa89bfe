"""The folder of a new provider: the template, a complete vendor named Acme, with other names."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from polyreel import UsageError

from .names import Names


def write_folder(names: Names, into: Path) -> list[Path]:
    """Write the folder of a new provider and return its files.

    Args:
        names: The names of the provider.
        into: The folder in which to write it.

    Raises:
        UsageError: When it exists and is not empty, or can't be written.
    """
    folder = into / names.folder
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UsageError(f"{folder} already exists; move it away, or choose another --into")
        written: list[Path] = []
        for place, text in _template(files(__package__ or "") / "template"):
            path = folder / names.written_into(place)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(names.written_into(text), encoding="utf-8")
            written.append(path)
    except OSError as error:
        raise UsageError(f"can't write {folder}: {error.strerror}") from None
    return written


def _template(folder: Traversable, above: str = "") -> Iterator[tuple[str, str]]:
    """Yield the path and the text of each file of the template."""
    for each in sorted(folder.iterdir(), key=lambda entry: entry.name):
        place = above + each.name
        if each.is_dir() and each.name != "__pycache__":
            yield from _template(each, f"{place}/")
        elif each.is_file():
            yield place, each.read_text(encoding="utf-8")
