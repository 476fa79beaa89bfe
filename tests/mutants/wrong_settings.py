"""Mutants that drop, change or make up a setting."""

from __future__ import annotations

import random
from typing import Any

from polyreel import ModelSpec, VideoRequest

from mutants.kiln.adapter import KilnAdapter
from mutants.mutant import mutant


@mutant(caught_by="test_falsy_values_arrive[kiln-grand]", says="seed=0 does not reach the wire")
class DropsTheSeedZero(KilnAdapter):
    """A seed of 0 is taken for no seed."""

    def body(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        body = super().body(request, model)
        if not request.seed:
            body.pop("seed", None)
        return body


@mutant(
    caught_by="test_falsy_values_arrive[kiln-grand]", says="audio=False does not reach the wire"
)
class DropsTheWishForSilence(KilnAdapter):
    """`audio=False` is taken for a setting that was left alone."""

    def body(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        body = super().body(request, model)
        if not request.audio:
            body.pop("sound", None)
        return body


@mutant(caught_by="test_falsy_values_arrive[kiln-petite]", says="watermark=False")
class DropsTheWishForNoWatermark(KilnAdapter):
    """`watermark=False` is dropped, and the vendor's default is a watermark."""

    def body(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        body = super().body(request, model)
        if not request.watermark:
            body.pop("stamp", None)
        return body


@mutant(caught_by="test_falsy_values_arrive[kiln-grand]", says="audio=False became 'false'")
class SendsYesAndNoAsText(KilnAdapter):
    """True and false are sent as the texts `true` and `false`."""

    def body(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        body = super().body(request, model)
        return {
            name: str(value).lower() if isinstance(value, bool) else value
            for name, value in body.items()
        }


@mutant(
    caught_by="test_the_meaning_survives[kiln-grand]",
    says="aspect_ratio: asked '16:9', the wire says '1:1'",
    seen="the default is 1:1 at Modellix and 16:9 at Jimmy",
)
class SendsTheVendorsDefaultShape(KilnAdapter):
    """The vendor's default shape is sent, whatever was asked."""

    def body(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        return {**super().body(request, model), "shape": model.vendor_defaults["aspect_ratio"]}


@mutant(
    caught_by="test_defaults_are_explicit[kiln-grand]",
    says="left to the vendor's default: duration",
)
class LeavesTheUsualLengthOut(KilnAdapter):
    """The length is not sent when it is polyreel's default."""

    def body(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        body = super().body(request, model)
        if request.duration == VideoRequest.model_fields["duration"].default:
            del body["seconds"]
        return body


@mutant(
    caught_by="test_defaults_are_explicit[kiln-grand]",
    says="left to the vendor's default: resolution",
)
class LeavesTheSizeOut(KilnAdapter):
    """The resolution is never sent."""

    def body(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        body = super().body(request, model)
        body.pop("size", None)
        return body


@mutant(
    caught_by="test_what_the_model_takes_meets_the_contract[kiln-petite]",
    says="the contract does not have, or ignores: ['size']",
)
class SendsASizeThatTheModelDoesNotHave(KilnAdapter):
    """The resolution is sent to a model that has no such setting."""

    def body(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        return {"size": "HD", **super().body(request, model)}


@mutant(caught_by="test_the_meaning_survives[kiln-grand]", says="duration: asked 4")
class RoundsTheLengthToFive(KilnAdapter):
    """A length is rounded to the nearest 5 seconds."""

    def body(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        rounded = max(5, 5 * round(request.duration / 5))
        return {**super().body(request, model), "seconds": rounded}


@mutant(
    caught_by="test_what_was_not_asked_is_not_sent[kiln-grand]",
    says="sent without being asked: seed",
)
class MakesASeedUp(KilnAdapter):
    """A seed of its own is sent where none was asked for."""

    def body(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        return {"seed": random.randrange(2**31), **super().body(request, model)}


@mutant(caught_by="test_every_model_is_told_apart[kiln-petite]", says="kiln-grand")
class NamesTheFirstModelAlways(KilnAdapter):
    """The first model's name is sent for each of them."""

    def body(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        return {**super().body(request, model), "model": self.models[0].name}
