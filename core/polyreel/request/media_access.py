"""Which media of a request a client may take: local files, and assets of the provider's account.

A service that takes requests from others must not read its own files for them.
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from ..errors import MediaUnreadable
from ..text import paths
from .media import expanded
from .video_request import VideoRequest

_INSTEAD = "Give an https URL, or the content itself (data:image/png;base64,…)"
_PATH_ONLY = getattr(os, "O_PATH", os.O_RDONLY)  # enters a folder that may not be listed
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_FOLDER = _PATH_ONLY | getattr(os, "O_DIRECTORY", 0) | _NO_LINK
_FILE = os.O_RDONLY | _NO_LINK | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, kw_only=True)
class MediaAccess:
    """What a client takes from a request, whoever wrote it. A call can't change it.

    Attributes:
        local_files: Whether paths of local files are taken.
        folder: The only folder whose files are read, after links; None for every folder.
        assets: Whether assets of the provider's account (`asset://…`) are taken.
    """

    local_files: bool = True
    folder: Path | None = None
    assets: bool = True

    @classmethod
    def of(cls, local_files: bool | str | os.PathLike[str], *, assets: bool) -> Self:
        """Return the access that a client's options or the config describe.

        Args:
            local_files: True for every file, False for none, or the folder to stay in.
            assets: As in `MediaAccess`.
        """
        if isinstance(local_files, bool):
            return cls(local_files=local_files, assets=assets)
        where = "`local_files`"
        folder = paths.absolute(paths.expanded(os.fspath(local_files), where), where)
        return cls(folder=Path(os.path.abspath(folder)), assets=assets)  # noqa: PTH100  # as paths

    def check(self, request: VideoRequest) -> None:
        """Check every media of a request. The media themselves are not read.

        Raises:
            MediaUnreadable: For the first media that is not taken. Whether its file exists makes
                no difference.
        """
        self.check_forms(request)
        for name, _, media in request.media():
            if media.path is not None and self.folder is not None:
                self._parts(name, self.folder, media.path)

    def check_forms(self, request: VideoRequest) -> None:
        """Check every media of a request by its form alone, as `check`; the disk is not used."""
        for name, _, media in request.media():
            if media.path is not None and not self.local_files:
                raise _no_files(name)
            if media.asset is not None and not self.assets:
                raise MediaUnreadable(
                    f"{name}: assets of the provider's account are switched off here (assets). "
                    f"{_INSTEAD}"
                )

    def open(self, field_name: str, path: Path) -> BinaryIO:
        """Open a local file that the client may read.

        With a folder, what is opened is inside it even where a link is changed at that moment.

        Raises:
            MediaUnreadable: When the client may not read it.
            OSError: When the system refuses.
        """
        if not self.local_files:
            raise _no_files(field_name)
        if self.folder is None:
            return expanded(path).open("rb")
        parts = self._parts(field_name, self.folder, path)
        descriptor = _open_beneath(field_name, os.path.realpath(self.folder), parts)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError(errno.EINVAL, "Not a regular file")
            return os.fdopen(descriptor, "rb")
        except BaseException:
            os.close(descriptor)
            raise

    def _parts(self, field_name: str, folder: Path, path: Path) -> tuple[str, ...]:
        """Return the way from the folder to a file, without links; the file need not exist.

        A path that leads elsewhere by its letters is refused before the disk is used: what a link
        outside the folder points to is not to be found out either. So `~` is not expanded.
        """
        real_folder = os.path.realpath(folder)
        try:
            written = Path(os.path.abspath(path))  # noqa: PTH100  # takes `..` away, links or not
            if any(written.is_relative_to(each) for each in (folder, real_folder)):
                return Path(os.path.realpath(written)).relative_to(real_folder).parts
        except (OSError, ValueError):
            pass  # it leads elsewhere, or in a circle
        raise _outside(field_name)


ANY_MEDIA = MediaAccess()
"""Every form of media, from every folder."""


def _no_files(field_name: str) -> MediaUnreadable:
    return MediaUnreadable(
        f"{field_name}: local files are switched off here (local_files). {_INSTEAD}"
    )


def _outside(field_name: str) -> MediaUnreadable:
    return MediaUnreadable(
        f"{field_name}: only files in one folder are read here (local_files), and this path is "
        f"not in it. {_INSTEAD}"
    )


def _open_beneath(field_name: str, folder: str, parts: tuple[str, ...]) -> int:
    """Open a file by its way from a folder, without following any link."""
    if not parts:
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if os.open not in os.supports_dir_fd or not _NO_LINK:
        return _open_and_compare(field_name, folder, parts)
    inside = os.open(folder, _FOLDER)
    try:
        for part in parts[:-1]:
            inner = os.open(part, _FOLDER, dir_fd=inside)
            os.close(inside)
            inside = inner
        return os.open(parts[-1], _FILE, dir_fd=inside)
    except OSError as error:
        if error.errno == errno.ELOOP:  # it has become a link since it was looked up
            raise _outside(field_name) from None
        raise
    finally:
        os.close(inside)


def _open_and_compare(field_name: str, folder: str, parts: tuple[str, ...]) -> int:
    """Open a file where the system can't refuse links, and check afterwards what was opened."""
    path = Path(folder, *parts)
    descriptor = os.open(path, _FILE)
    real = Path(os.path.realpath(path))
    if real != path or not os.path.samestat(os.fstat(descriptor), real.stat()):
        os.close(descriptor)
        raise _outside(field_name)
    return descriptor
