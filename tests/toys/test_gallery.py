"""Gallery under the whole kit: frames only, media in all, two endpoints, rare polls."""

from __future__ import annotations

from pathlib import Path

from polyreel_conformance import AdapterConformance

from toys.gallery.adapter import GalleryAdapter
from toys.gallery.stand_in import GalleryStandIn


class TestGallery(AdapterConformance):
    adapter = GalleryAdapter
    stand_in = GalleryStandIn
    examples = Path(__file__).parent / "gallery" / "examples"
