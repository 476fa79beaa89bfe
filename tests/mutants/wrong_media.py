"""Mutants that drop, mix up or change media."""

from __future__ import annotations

from typing import Any

from polyreel import Flow, MediaFile, VideoRequest
from polyreel.media import MediaKind

from mutants.kiln.adapter import KilnAdapter
from mutants.mutant import mutant

_ORDER = "test_media_keep_their_order[kiln-grand]"


@mutant(caught_by="test_the_first_frame_comes_first[kiln-grand]", says="first_frame: asked")
class SwapsTheFrames(KilnAdapter):
    """The first frame is sent as the last, and the last as the first."""

    def media(self, request: VideoRequest) -> dict[str, Any]:
        media = super().media(request)
        return {**media, "first": media["last"], "last": media["first"]}


@mutant(caught_by="test_the_first_frame_comes_first[kiln-grand]", says="last_frame: asked")
class ForgetsTheLastFrameBesideAFirst(KilnAdapter):
    """Where both frames are given only the first is sent."""

    def media(self, request: VideoRequest) -> dict[str, Any]:
        media = super().media(request)
        return {**media, "last": None} if media["first"] else media


@mutant(caught_by=_ORDER, says="6 images went in")
class DropsTheLastImage(KilnAdapter):
    """The last of several reference images is not sent."""

    def references(self, request: VideoRequest, kind: MediaKind) -> list[str]:
        found = super().references(request, kind)
        return found[:-1] if kind == "image" and len(found) > 1 else found


@mutant(caught_by=_ORDER, says="6 images went in")
class ReversesTheImages(KilnAdapter):
    """The reference images are sent in the reverse order."""

    def references(self, request: VideoRequest, kind: MediaKind) -> list[str]:
        found = super().references(request, kind)
        return found[::-1] if kind == "image" else found


@mutant(caught_by=_ORDER, says="6 images went in")
class SortsTheImages(KilnAdapter):
    """The reference images are sorted by their addresses."""

    def references(self, request: VideoRequest, kind: MediaKind) -> list[str]:
        found = super().references(request, kind)
        return sorted(found) if kind == "image" else found


@mutant(caught_by=_ORDER, says="6 images went in")
class MergesEqualImages(KilnAdapter):
    """An image that is given twice is sent once, so that later ones move up."""

    def references(self, request: VideoRequest, kind: MediaKind) -> list[str]:
        found = super().references(request, kind)
        return list(dict.fromkeys(found)) if kind == "image" else found


@mutant(caught_by=_ORDER, says="3 videos went in")
class SendsOneVideoOnly(KilnAdapter):
    """Of several reference videos only the first is sent."""

    def references(self, request: VideoRequest, kind: MediaKind) -> list[str]:
        found = super().references(request, kind)
        return found[:1] if kind == "video" else found


@mutant(caught_by="test_a_local_image_reaches_the_vendor", says="arrive")
class InventsTheUploadsAddress(KilnAdapter):
    """The URL of an uploaded file is built from its name, not taken from the answer."""

    def upload(self, file: MediaFile) -> Flow[str]:
        yield from super().upload(file)
        return f"{self.base_url}/files/{file.filename}"
