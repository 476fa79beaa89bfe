"""Parts: the bytes of a file that have arrived, and what another process needs to go on from them.

A part is a hidden file beside its target. Its note, a second hidden file, says whose part it is
and which file of the server its bytes belong to. The note holds no URL: a URL is signed.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from pathlib import Path
from typing import Any

from ..clock import machine_started_at
from ..engine.effects import Part

_LARGEST_NOTE = 4096
_SAME_START = 2.0
"""Seconds by which two readings of a machine's start may differ."""


def begin_part(path: Path, job_id: str | None, known: Part | None) -> None:
    """Make room for a file from its first byte, and save what is known of it before the bytes.

    The old part is removed rather than emptied: a process that was frozen may still write to it.

    Args:
        path: The part.
        job_id: The job; None for a file that no other process may go on from.
        known: What the server says of the file; None where no part of it can be resumed.

    Raises:
        OSError: When the disk refuses.
    """
    path.unlink(missing_ok=True)
    note = _note(path)
    if job_id is None or known is None:
        note.unlink(missing_ok=True)
        return
    facts = {
        "job": job_id,
        "validator": known.validator,
        "tag": known.tag,
        "expected": known.expected,
        "machine_started_at": machine_started_at(),
    }
    note.write_text(json.dumps(facts), encoding="utf-8")


def find_part(path: Path, job_id: str) -> Part | None:
    """Return what an earlier process left of a file, if this one can go on from it.

    The bytes are copied to a file of this process: an earlier one that was only frozen may still
    write to its own. After a restart of the machine nothing is taken up: what was written last
    before a power loss may be missing in the middle of the part. What can't be used is removed.
    """
    try:
        part = _read(path, job_id)
        if part is not None:
            own = path.with_suffix(".copy")
            shutil.copyfile(path, own)
            own.replace(path)
            if path.stat().st_size == part.size:
                return part
    except OSError:
        pass
    close_part(path, keep=False)
    return None


def close_part(path: Path, *, keep: bool) -> None:
    """Remove a part and its note, unless it is kept and holds bytes that can be resumed."""
    with contextlib.suppress(OSError):
        if keep and _note(path).is_file() and path.stat().st_size > 0:
            return
    for each in (path, _note(path), path.with_suffix(".copy")):
        with contextlib.suppress(OSError):
            each.unlink(missing_ok=True)


def _read(path: Path, job_id: str) -> Part | None:
    note = _note(path)
    if path.is_symlink() or not path.is_file() or note.stat().st_size > _LARGEST_NOTE:
        return None
    try:
        known: Any = json.loads(note.read_text(encoding="utf-8"))
        validator, expected = str(known["validator"]), known["expected"]
        tag = None if known.get("tag") is None else str(known["tag"])
        is_ours = known["job"] == job_id
        apart = abs(float(known["machine_started_at"]) - machine_started_at())
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    size = path.stat().st_size
    is_possible = size > 0 and (expected is None or (type(expected) is int and size <= expected))
    if not (is_ours and is_possible and apart <= _SAME_START):
        return None
    return Part(size=size, validator=validator, tag=tag, expected=expected)


def _note(path: Path) -> Path:
    return path.with_suffix(".json")  # no longer than the part's name, which the system allows
