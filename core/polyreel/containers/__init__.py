"""Whether a video or image file is whole, by its structure, without decoding it."""

from .images import whole_image
from .verdict import Verdict, Wholeness
from .videos import whole_video

__all__ = ["Verdict", "Wholeness", "whole_image", "whole_video"]
