"""Video files on this disk: check that one can be saved, and move it to its name."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import ConfigError, DownloadError, UsageError
from ..text.paths import absolute
from ..text.plain_text import NOT_TEXT, is_text, shortened

_NOT_A_FILE = "a pipe, a device or a folder, which a video would replace"


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
        if target.exists() and not target.is_file():
            raise DownloadError(f"can't write {target}: it is {_NOT_A_FILE}")
        source.replace(target)
        _remove_trial(target)
    except OSError as error:
        raise DownloadError(f"can't write {target}: {error.strerror}") from None


def check_writable(target: Path) -> None:
    """Check, before anything is paid, that a video can be saved there.

    Raises:
        UsageError: When the folder is missing or not writable, or the target is not a file.
    """
    folder = target.parent
    whole = str(absolute(target, "the output file"))
    if "\x00" in whole or not is_text(whole):
        raise UsageError(
            f"the output file {shortened(whole, 200)} can't be used: "
            f"{'its name has a NUL character' if chr(0) in whole else NOT_TEXT}; choose "
            "another name or folder"
        )
    try:
        if target.is_dir():
            raise UsageError(f"{target} is a folder; name a file, e.g. {target / 'video.mp4'}")
        if not folder.is_dir():
            raise UsageError(f"the folder {folder} does not exist; create it first")
        if target.exists() and not target.is_file():
            raise UsageError(f"{target} is {_NOT_A_FILE}; name a file")
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


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Give a folder that is deleted afterwards.

    Raises:
        ConfigError: When the system has none that can be written.
    """
    try:
        folder = tempfile.TemporaryDirectory(prefix="polyreel-", ignore_cleanup_errors=True)
    except OSError as error:
        raise ConfigError(
            f"there is no folder for temporary files ({error.strerror}). Set TMPDIR to a folder "
            "that can be written"
        ) from None
    with folder as name:
        yield Path(name)


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
