"""Mutants that drop, mix up or change media."""

from __future__ import annotations

from typing import Any

from polyreel import VideoRequest
from polyreel.adapters import Flow, MediaFile
from polyreel.request.media import MediaKind

from mutants.kiln.adapter import KilnAdapter
from mutants.mutant import mutant

_ORDER = "test_media_keep_their_order[kiln-grand]"


@mutant(caught_by="test_frames_are_not_swapped[kiln-grand]", says="first_frame: requested")
class SwapsTheFrames(KilnAdapter):
    """It sends the first frame as the last, and the last as the first."""

    def media(self, request: VideoRequest) -> dict[str, Any]:
        media = super().media(request)
        return {**media, "first": media["last"], "last": media["first"]}


@mutant(caught_by="test_frames_are_not_swapped[kiln-grand]", says="last_frame: requested")
class DropsTheLastFrameAfterAFirst(KilnAdapter):
    """When a request has both frames, it sends only the first."""

    def media(self, request: VideoRequest) -> dict[str, Any]:
        media = super().media(request)
        return {**media, "last": None} if media["first"] else media


@mutant(caught_by=_ORDER, says="6 images of the request")
class DropsTheLastImage(KilnAdapter):
    """It does not send the last of several reference images."""

    def references(self, request: VideoRequest, kind: MediaKind) -> list[str]:
        found = super().references(request, kind)
        return found[:-1] if kind == "image" and len(found) > 1 else found


@mutant(caught_by=_ORDER, says="6 images of the request")
class ReversesTheImages(KilnAdapter):
    """It sends the reference images in the reverse order."""

    def references(self, request: VideoRequest, kind: MediaKind) -> list[str]:
        found = super().references(request, kind)
        return found[::-1] if kind == "image" else found


@mutant(caught_by=_ORDER, says="6 images of the request")
class SortsTheImages(KilnAdapter):
    """It sorts the reference images by their addresses."""

    def references(self, request: VideoRequest, kind: MediaKind) -> list[str]:
        found = super().references(request, kind)
        return sorted(found) if kind == "image" else found


@mutant(caught_by=_ORDER, says="6 images of the request")
class MergesEqualImages(KilnAdapter):
    """It sends an image only once when a request has it twice, so that later images move up."""

    def references(self, request: VideoRequest, kind: MediaKind) -> list[str]:
        found = super().references(request, kind)
        return list(dict.fromkeys(found)) if kind == "image" else found


@mutant(caught_by=_ORDER, says="3 videos of the request")
class SendsOnlyOneVideo(KilnAdapter):
    """It sends only the first of several reference videos."""

    def references(self, request: VideoRequest, kind: MediaKind) -> list[str]:
        found = super().references(request, kind)
        return found[:1] if kind == "video" else found


@mutant(
    caught_by="test_a_local_image_reaches_the_vendor", says="the image at the vendor is another one"
)
class InventsTheUploadsAddress(KilnAdapter):
    """It builds the URL of an uploaded file from its name, instead of reading the answer."""

    def upload(self, file: MediaFile) -> Flow[str]:
        yield from super().upload(file)
        return f"{self.base_url}/files/{file.filename}"
