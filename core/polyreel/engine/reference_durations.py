"""Reading the durations of reference videos, also at URLs, when the user asks for it."""

from __future__ import annotations

from pathlib import Path

from ..adapters import Account
from ..errors import DownloadError, TransportError
from ..request import VideoRequest, probe
from ..request.media_access import ANY_MEDIA, MediaAccess
from ..request.reference_durations import reference_durations
from .effects import Download, Downloaded, Program

MAXIMUM_BYTES = 512 * 2**20
"""No vendor takes a reference video as large as this."""


def read_reference_durations(
    request: VideoRequest, account: Account, folder: Path, access: MediaAccess = ANY_MEDIA
) -> Program[tuple[float | None, ...] | None]:
    """Return the duration of each reference video; None for one that is not a video.

    Return None instead of a tuple where a video could not be downloaded or read.

    Args:
        request: The request whose reference videos are read.
        account: For its timeouts; no key is sent.
        folder: Where to save the downloaded videos meanwhile.
        access: Which local files may be read.
    """
    durations: list[float | None] = []
    for number, media in enumerate(request.reference_videos):
        if media.asset is not None:
            return None
        if media.url is None:
            alone = request.model_copy(update={"reference_videos": (media,)})
            found = reference_durations(alone, access)
            if found is None:
                return None
            durations += found
            continue
        file = folder / f"{number}.video"
        try:
            got: Downloaded = yield Download(media.url, file, account, maximum=MAXIMUM_BYTES)
        except (DownloadError, TransportError):
            return None  # the provider may reach a URL that this machine can't
        if got.status != 200 or got.trouble is not None or got.is_too_large:
            return None
        try:
            durations.append(probe(file).seconds)
        except ImportError:
            return None
        except ValueError:
            durations.append(None)
    return tuple(durations)
