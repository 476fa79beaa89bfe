"""The video that a stand-in gives: a real MP4 that shows the request.

card: what the video shows, and where · still, text, image: draw the parts that do not move ·
motion: draws the parts that move · encode: writes the file.
"""

from .card import Picture, VideoCard
from .encode import render_video

__all__ = ["Picture", "VideoCard", "render_video"]
