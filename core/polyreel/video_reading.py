"""Reading how long reference videos are, those at URLs too: only when the user asks for it."""

from __future__ import annotations

from pathlib import Path

from .account import Account
from .errors import FetchError, TransportError
from .film_facts import probe
from .program import Download, Downloaded, Program
from .request import VideoRequest
from .video_lengths import reference_video_seconds

MAXIMUM_BYTES = 512 * 2**20
"""No vendor takes a reference video as large."""


def reading_lengths(
    request: VideoRequest, account: Account, folder: Path
) -> Program[tuple[float | None, ...] | None]:
    """Return the length of each reference video; None for one that is no video.

    None in all where one could not be got: then nobody here knows.

    Args:
        request: Whose videos are read.
        account: For its timeouts; no key is sent.
        folder: Where what is fetched lies meanwhile.
    """
    lengths: list[float | None] = []
    for number, media in enumerate(request.reference_videos):
        if media.asset is not None:
            return None
        if media.url is None:
            alone = request.model_copy(update={"reference_videos": (media,)})
            found = reference_video_seconds(alone)
            if found is None:
                return None
            lengths += found
            continue
        file = folder / f"{number}.video"
        try:
            got: Downloaded = yield Download(media.url, file, account, maximum=MAXIMUM_BYTES)
        except (FetchError, TransportError):
            return None  # a provider may reach what can't be reached from here
        if got.status != 200 or got.trouble is not None or got.is_too_large:
            return None
        try:
            lengths.append(probe(file).seconds)
        except ImportError:
            return None
        except ValueError:
            lengths.append(None)
    return tuple(lengths)
