"""A polyreel.toml in the working folder that the user trusts."""

from __future__ import annotations

from pathlib import Path

from polyreel.config import TrustedFiles


def write_trusted(text: str, folder: Path | None = None) -> Path:
    """Write a polyreel.toml into a folder, by default the working folder, and trust it."""
    path = (folder or Path.cwd()) / "polyreel.toml"
    path.write_text(text, encoding="utf-8")
    TrustedFiles().add(path, path.read_bytes())
    return path
