"""The film that a stand-in gives: a real MP4 that shows what request arrived.

card says what is shown and where · still paints what stands, with text and image ·
motion paints what moves · encode writes the file.
"""

from .card import FilmCard, Picture
from .encode import render_film

__all__ = ["FilmCard", "Picture", "render_film"]
