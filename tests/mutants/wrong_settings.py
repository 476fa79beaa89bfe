"""Mutants that drop, change or invent a setting."""

from __future__ import annotations

import random
from typing import Any

from polyreel import VideoRequest
from polyreel.adapters import ModelSpec

from mutants.kiln.adapter import KilnAdapter
from mutants.mutant import mutant


@mutant(caught_by="test_false_and_zero_are_sent[kiln-grand]", says="seed=0 is not sent")
class DropsTheSeedZero(KilnAdapter):
    """It drops a seed of 0."""

    def body(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        body = super().body(request, model)
        if not request.seed:
            body.pop("seed", None)
        return body


@mutant(caught_by="test_false_and_zero_are_sent[kiln-grand]", says="audio=False is not sent")
class DropsAudioFalse(KilnAdapter):
    """It drops `audio=False`."""

    def body(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        body = super().body(request, model)
        if not request.audio:
            body.pop("sound", None)
        return body


@mutant(caught_by="test_false_and_zero_are_sent[kiln-petite]", says="watermark=False")
class DropsWatermarkFalse(KilnAdapter):
    """It drops `watermark=False`, although the vendor's default is a watermark."""

    def body(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        body = super().body(request, model)
        if not request.watermark:
            body.pop("stamp", None)
        return body


@mutant(caught_by="test_false_and_zero_are_sent[kiln-grand]", says="audio=False became 'false'")
class SendsTrueAndFalseAsText(KilnAdapter):
    """It sends true and false as the texts `true` and `false`."""

    def body(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        body = super().body(request, model)
        return {
            name: str(value).lower() if isinstance(value, bool) else value
            for name, value in body.items()
        }


@mutant(
    caught_by="test_the_meaning_is_unchanged[kiln-grand]",
    says="aspect_ratio: requested '16:9', sent '1:1'",
    seen="the default is 1:1 at Modellix and 16:9 at Jimmy",
)
class SendsTheVendorsDefaultShape(KilnAdapter):
    """It always sends the vendor's default shape."""

    def body(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        return {**super().body(request, model), "shape": model.vendor_defaults["aspect_ratio"]}


@mutant(
    caught_by="test_defaults_are_explicit[kiln-grand]",
    says="left to the vendor's default: duration",
)
class LeavesOutTheDefaultLength(KilnAdapter):
    """It does not send the length when it is polyreel's default."""

    def body(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        body = super().body(request, model)
        if request.duration == VideoRequest.model_fields["duration"].default:
            del body["seconds"]
        return body


@mutant(
    caught_by="test_defaults_are_explicit[kiln-grand]",
    says="left to the vendor's default: resolution",
)
class LeavesOutTheSize(KilnAdapter):
    """It never sends the resolution."""

    def body(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        body = super().body(request, model)
        body.pop("size", None)
        return body


@mutant(
    caught_by="test_accepted_requests_meet_the_contract[kiln-petite]",
    says="the contract does not have, or ignores: ['size']",
)
class SendsASizeThatTheModelDoesNotHave(KilnAdapter):
    """It sends the resolution to a model without this setting."""

    def body(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        return {"size": "HD", **super().body(request, model)}


@mutant(caught_by="test_the_meaning_is_unchanged[kiln-grand]", says="duration: requested 4")
class RoundsTheLengthToFive(KilnAdapter):
    """It rounds the length to the nearest 5 seconds."""

    def body(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        rounded = max(5, 5 * round(request.duration / 5))
        return {**super().body(request, model), "seconds": rounded}


@mutant(
    caught_by="test_what_was_not_asked_is_not_sent[kiln-grand]",
    says="sent, but not requested: seed",
)
class InventsASeed(KilnAdapter):
    """It sends a seed of its own when the request has none."""

    def body(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        return {"seed": random.randrange(2**31), **super().body(request, model)}


@mutant(caught_by="test_each_model_is_sent_by_its_name[kiln-petite]", says="kiln-grand")
class AlwaysNamesTheFirstModel(KilnAdapter):
    """It sends the first model's name for every model."""

    def body(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        return {**super().body(request, model), "model": self.models[0].name}
