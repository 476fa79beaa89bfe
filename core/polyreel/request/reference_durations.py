"""The durations of a request's reference videos: some models also bill those seconds."""

from __future__ import annotations

import io

from .media import Media, expanded
from .video_facts import probe
from .video_request import VideoRequest


def reference_durations(request: VideoRequest) -> tuple[float | None, ...] | None:
    """Return the duration of each reference video, in order.

    Only local files are read; nothing is downloaded. A file that is not a video counts as None
    within the tuple: a provider can't read its duration either. Return None instead of a tuple
    where a duration can't be read here: a video is not local, or PyAV is not installed.
    """
    durations: list[float | None] = []
    for media in request.reference_videos:
        if not media.is_local:
            return None
        try:
            durations.append(_seconds(media))
        except ImportError:
            return None
        except ValueError:
            durations.append(None)
    return tuple(durations)


def _seconds(media: Media) -> float:
    if media.data is not None:
        return probe(io.BytesIO(media.data)).seconds
    assert media.path is not None, "only local media are read"
    return probe(expanded(media.path)).seconds
