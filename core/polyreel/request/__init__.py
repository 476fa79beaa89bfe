"""What is asked for: the request, its media and references, and reading them from files."""

from .media import (
    Media,
    MediaKind,
)
from .media_rules import MediaOptions, MediaRules
from .prompt import render_prompt
from .request_file import (
    build_request,
    read_request_file,
)
from .video_facts import VideoFacts, probe
from .video_request import (
    Mode,
    VideoRequest,
)

__all__ = [
    "Media",
    "MediaKind",
    "MediaOptions",
    "MediaRules",
    "Mode",
    "VideoFacts",
    "VideoRequest",
    "build_request",
    "probe",
    "read_request_file",
    "render_prompt",
]
