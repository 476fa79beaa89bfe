"""Whether local media can be sent to a model, and how: inline, or uploaded first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from ..models import Finding
from ..request import Media, MediaKind
from ..request.conversion import Conversion
from ..request.media import MediaFile
from ..request.media_rules import INLINE_IMAGES, MAXIMUM_INLINE_TOTAL, SMALLEST_SIDE
from ..request.media_types import usual_type
from ..request.pictures import DECODED
from ..text.addresses import origin, why_not_public
from ..text.plain_text import shortened
from .plan import Plan

SendForm = Literal["inline", "upload"]

_OWN = "polyreel's own bound, no page publishes one"
_LIFT = "lift_bounds=True (--lift-bounds) sends it all the same"
_CONVERT = "convert_images=True (--convert-images) turns it into one that it takes"


def conversion_for(plan: Plan, kind: MediaKind) -> Conversion | None:
    """Return what an image of a plan may become; None where nothing is converted."""
    if kind != "image" or not plan.media_rules.convert_images:
        return None
    if plan.adapter.media_form(kind, plan.spec) == "inline":
        return Conversion(
            accepts=INLINE_IMAGES, maximum_bytes=plan.media_rules.maximum_inline_bytes
        )
    limit = plan.adapter.upload_limit
    if limit is None:
        return None
    return Conversion(accepts=_types(limit.mime_types), maximum_bytes=limit.maximum_bytes)


def to_register(plan: Plan) -> list[str]:
    """Return the fields whose media the provider has to approve first."""
    found: list[str] = []
    for name, kind, media in plan.request.media():
        limit = plan.spec.limit(kind)
        if limit is None or "register" not in limit.forms or media.asset is not None:
            continue
        others = {"inline", "upload"} if media.is_local else {"url"}
        if not limit.forms & others:
            found.append(name)
    return found


def send_forms(plan: Plan, files: Mapping[str, MediaFile]) -> dict[str, SendForm]:
    """Return how each local media is sent.

    What is beyond the bounds of inline media is uploaded, where the model takes both forms.
    """
    forms: dict[str, SendForm] = {}
    total = 0
    registered = to_register(plan)
    for name, kind, _ in plan.request.media():
        file = files.get(name)
        if file is None:
            continue
        if name in registered:  # its bounds are those of an upload
            forms[name] = "upload"
            continue
        form: SendForm = plan.adapter.media_form(kind, plan.spec)
        if form == "inline":
            beyond = any(_inline_findings(plan, name, kind, file, total))
            if beyond and _takes_upload(plan, name, kind, file):
                form = "upload"
            else:
                total += len(file.data)
        forms[name] = form
    return forms


def media_findings(plan: Plan, files: Mapping[str, MediaFile]) -> list[Finding]:
    """Return why media can't be sent to a plan's model; empty where all can."""
    findings: list[Finding] = []
    forms = send_forms(plan, files)
    total = 0
    for name, kind, media in plan.request.media():
        findings += _reach_findings(plan, name, media)
        file = files.get(name)
        if file is None:
            continue
        if forms[name] == "upload":
            findings += _upload_findings(plan, name, file)
        else:
            findings += _inline_findings(plan, name, kind, file, total)
            total += len(file.data)
        findings += _picture_findings(plan, name, file)
    return findings


def _reach_findings(plan: Plan, name: str, media: Media) -> Iterator[Finding]:
    """Yield that a URL is not on the public internet, unless the provider is on this machine."""
    if media.url is None or plan.account.is_loopback:
        return
    reason = why_not_public(origin(media.url)[1])
    if reason is not None:
        yield Finding(
            field=name,
            asked="a URL that is not public",
            limit="a URL on the public internet",
            message=f"{plan.adapter.title} can't reach this URL: {reason}. Give the file "
            "itself, or a URL on the public internet.",
        )


def _takes_upload(plan: Plan, name: str, kind: MediaKind, file: MediaFile) -> bool:
    """Return whether the model takes an uploaded file where it also takes inline ones."""
    limit = plan.spec.limit(kind)
    if limit is None or "upload" not in limit.forms or plan.adapter.upload_limit is None:
        return False
    return not any(_upload_findings(plan, name, file))


def _inline_findings(
    plan: Plan, name: str, kind: MediaKind, file: MediaFile, total: int
) -> Iterator[Finding]:
    """Yield the bounds of inline media that a file is beyond. All of them are polyreel's own."""
    if plan.media_rules.lift_bounds:
        return
    size, maximum = len(file.data), plan.media_rules.maximum_inline_bytes
    shown = shortened(file.filename)
    if kind == "image" and file.mime_type not in INLINE_IMAGES:
        wanted = _listed(INLINE_IMAGES)
        yield Finding(
            field=name,
            asked=file.mime_type,
            limit=wanted,
            message=f"{shown} is {file.mime_type}; inline images are {wanted} ({_OWN}). "
            f"{_convert(file.mime_type)}{_LIFT}",
        )
    if size > maximum:
        yield Finding(
            field=name,
            asked=f"{size} bytes",
            limit=f"{maximum} bytes inline",
            message=f"{shown} has {size} bytes; inline media have up to {maximum} ({_OWN}). "
            f"Make it smaller or give a URL; {_LIFT}",
        )
    elif total + size > MAXIMUM_INLINE_TOTAL:
        yield Finding(
            field=name,
            asked=f"{total + size} bytes inline in all",
            limit=f"{MAXIMUM_INLINE_TOTAL} bytes inline in all",
            message=f"with {shown}, {total + size} bytes are inline; one request has up to "
            f"{MAXIMUM_INLINE_TOTAL} ({_OWN}). Make the media smaller or give URLs; {_LIFT}",
        )


def _upload_findings(plan: Plan, name: str, file: MediaFile) -> Iterator[Finding]:
    """Yield what the vendor publishes about uploads and a file does not keep."""
    limit = plan.adapter.upload_limit
    if limit is None:
        return  # an adapter's mistake, reported when it uploads
    shown, title = shortened(file.filename), plan.adapter.title
    if file.mime_type not in _types(limit.mime_types):
        kind = file.mime_type.partition("/")[0]
        taken = _listed(each for each in limit.mime_types if each.startswith(f"{kind}/"))
        yield Finding(
            field=name,
            asked=file.mime_type,
            limit=taken or "no file of this kind",
            message=f"{title} does not take {file.mime_type} uploads. "
            + (f"It takes {taken}" if taken else f"It takes no {kind} files")
            + (f". {_CONVERT}" if file.mime_type in DECODED and taken else ""),
        )
    if len(file.data) > limit.maximum_bytes:
        yield Finding(
            field=name,
            asked=f"{len(file.data)} bytes",
            limit=f"{limit.maximum_bytes} bytes",
            message=f"{shown} has {len(file.data)} bytes; {title} takes uploads of up to "
            f"{limit.maximum_bytes} bytes. Make it smaller or give a URL",
        )


def _picture_findings(plan: Plan, name: str, file: MediaFile) -> Iterator[Finding]:
    """Yield what is wrong with an image in whatever form it is sent. The bounds are polyreel's."""
    picture = file.picture
    if picture is None or plan.media_rules.lift_bounds:
        return
    shown = shortened(file.filename)
    if picture.is_cmyk:
        yield Finding(
            field=name,
            asked="CMYK colours",
            limit="RGB or grey",
            message=f"{shown} has the colours of print (CMYK); images are RGB or grey ({_OWN}). "
            f"{_convert(file.mime_type)}{_LIFT}",
        )
    if picture.width is None or picture.height is None:
        return
    if min(picture.width, picture.height) < SMALLEST_SIDE:
        yield Finding(
            field=name,
            asked=f"{picture.width}×{picture.height} pixels",
            limit=f"at least {SMALLEST_SIDE} pixels a side",
            message=f"{shown} has {picture.width}×{picture.height} pixels; an image has at least "
            f"{SMALLEST_SIDE} a side ({_OWN}). Give a larger one; {_LIFT}",
        )


def _convert(mime_type: str) -> str:
    """Return what converts an image of a type; nothing where polyreel can't convert it."""
    return f"{_CONVERT}; " if mime_type in DECODED else ""


def _types(mime_types: Iterable[str]) -> frozenset[str]:
    return frozenset(usual_type(each) for each in mime_types)


def _listed(mime_types: Iterable[str]) -> str:
    return ", ".join(sorted(mime_types))
