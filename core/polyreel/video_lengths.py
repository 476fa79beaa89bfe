"""How long a request's reference videos are, since some models bill their seconds, too."""

from __future__ import annotations

import io

from .film_facts import probe
from .media import Media, expanded
from .request import VideoRequest


def reference_video_seconds(request: VideoRequest) -> tuple[float | None, ...] | None:
    """Return the length of each reference video, in order; None where one could not be read.

    Only files that are here are read, and nothing is fetched. A file that is no video counts as
    None within the tuple: a provider can't read its length either.
    """
    lengths: list[float | None] = []
    for media in request.reference_videos:
        if not media.is_local:
            return None
        try:
            lengths.append(_seconds(media))
        except ImportError:
            return None  # without PyAV nobody reads them
        except ValueError:
            lengths.append(None)
    return tuple(lengths)


def _seconds(media: Media) -> float:
    if media.data is not None:
        return probe(io.BytesIO(media.data)).seconds
    assert media.path is not None, "only local media are read"
    return probe(expanded(media.path)).seconds
