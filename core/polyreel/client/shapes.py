"""Shapes: a plan whose request gives no shape takes that of its first frame."""

from __future__ import annotations

from dataclasses import replace

from ..engine import Plan
from ..models.shapes import shape_of_frames
from ..request import Media
from ..request.local_media import open_media
from ..request.media_access import MediaAccess
from ..request.pictures import displayed_size


def shaped(plan: Plan) -> Plan:
    """Return a plan in the model's shape that is nearest to its first frame, and say so in it.

    Only where the request gives no `aspect_ratio`, and the frame is a file or bytes; of a file the
    head is read. A last frame decides where it is alone. What was asked for (`Plan.asked`), and so
    the digest of the call, stays as it is.
    """
    request = plan.request
    frames = [
        (name, media) for name, _, media in request.media() if name in ("first_frame", "last_frame")
    ]
    if "aspect_ratio" in request.model_fields_set or not frames or not frames[0][1].is_local:
        return plan
    sizes = [
        (name, _size(name, media, plan.media_access)) for name, media in frames if media.is_local
    ]
    chosen = shape_of_frames(sizes, plan.spec.aspect_ratios, request.aspect_ratio)
    if chosen is None:
        return plan
    return replace(
        plan,
        request=request.model_copy(update={"aspect_ratio": chosen.sent}),
        adjustments=(*plan.adjustments, chosen),
    )


def _size(name: str, media: Media, access: MediaAccess) -> tuple[int, int] | None:
    file = open_media(name, media, access)
    if file is None:
        return None
    with file:
        return displayed_size(file)
