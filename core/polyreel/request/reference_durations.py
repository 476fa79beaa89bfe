"""The durations of a request's reference videos: some models also bill those seconds."""

from __future__ import annotations

import io

from .media import Media
from .media_access import ANY_MEDIA, MediaAccess
from .video_facts import probe
from .video_request import VideoRequest


def reference_durations(
    request: VideoRequest, access: MediaAccess = ANY_MEDIA
) -> tuple[float | None, ...] | None:
    """Return the duration of each reference video, in order.

    Only local files are read; nothing is downloaded. A file that is not a video counts as None
    within the tuple: a provider can't read its duration either. Return None instead of a tuple
    where a duration can't be read here: a video is not local, or PyAV is not installed.

    Args:
        request: The request.
        access: Which files may be read.

    Raises:
        MediaUnreadable: When a file may not be read.
    """
    durations: list[float | None] = []
    for index, media in enumerate(request.reference_videos):
        if not media.is_local:
            return None
        try:
            durations.append(_seconds(f"reference_videos[{index}]", media, access))
        except ImportError:
            return None
        except (ValueError, OSError):
            durations.append(None)
    return tuple(durations)


def _seconds(field_name: str, media: Media, access: MediaAccess) -> float:
    if media.data is not None:
        return probe(io.BytesIO(media.data)).seconds
    assert media.path is not None, "only local media are read"
    with access.open(field_name, media.path) as file:
        return probe(file).seconds
