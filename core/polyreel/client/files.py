"""Video files on this disk: check that one can be saved, and move it to its name."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from ..errors import DownloadError, UsageError


def move_file(source: Path, target: Path, size: int | None = None) -> None:
    """Move a finished file to its name; an existing file is replaced.

    The bytes are on the disk before the name is: the journal says next that the file is saved.

    Args:
        source: The file.
        target: Its new path.
        size: Bytes that it must have; None for any.

    Raises:
        DownloadError: When the system refuses, or another process changed the file; it stays
            where it is.
    """
    try:
        with source.open("rb+") as file:
            os.fsync(file.fileno())
            found = os.fstat(file.fileno()).st_size
        if size is not None and found != size:
            raise DownloadError(
                f"{source.name} has {found} bytes instead of {size}: another process wrote to it"
            )
        source.replace(target)
        _remove_trial(target)
    except OSError as error:
        raise DownloadError(f"can't write {target}: {error.strerror}") from None


def check_writable(target: Path) -> None:
    """Check, before anything is paid, that a video can be saved there.

    Raises:
        UsageError: When the folder is missing or not writable, or the target is a folder.
    """
    folder = target.parent
    try:
        if target.is_dir():
            raise UsageError(f"{target} is a folder; name a file, e.g. {target / 'video.mp4'}")
        if not folder.is_dir():
            raise UsageError(f"the folder {folder} does not exist; create it first")
    except OSError as error:
        raise UsageError(f"{target} is not a valid file name: {error.strerror}") from None
    try:
        # Only a trial shows it: permissions, read-only file systems and long names all matter.
        _remove_trial(target)
        try:
            _try(_trial(target))
        except FileExistsError:  # another process is trying now, or another user's stays there
            _try(target.with_name(f".{target.name}.{secrets.token_hex(4)}.part"))
    except OSError as error:
        raise UsageError(
            f"can't write {target}: the folder {folder} is not writable, or the file name is not "
            f"allowed there ({error.strerror})"
        ) from None


def _try(trial: Path) -> None:
    trial.touch(exist_ok=False)
    trial.unlink(missing_ok=True)


def _remove_trial(target: Path) -> None:
    """Remove what a process left that was killed in the middle of its trial."""
    with contextlib.suppress(OSError):
        _trial(target).unlink(missing_ok=True)


def _trial(target: Path) -> Path:
    """Return the same name each time, so that a later process finds it; as long as a part's."""
    return target.with_name(f".{target.name}.writable.part")


def make_folder(folder: Path) -> None:
    """Create a folder for videos if it does not exist.

    Raises:
        UsageError: When the system refuses.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"can't create the folder {folder}: {error.strerror}") from None
