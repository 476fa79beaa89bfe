"""prepare: the free steps before the paid one: media read, inlined or uploaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..adapters import WireRequest
from ..errors import MediaUnreadable, PluginError
from ..request import Media, VideoRequest
from ..request.media import MediaFile
from ..text.addresses import origin, why_not_public
from .effects import Program, ReadMedia
from .plan import Plan

Upload = Callable[[str, MediaFile], Program[str]]


def read_media(plan: Plan) -> Program[dict[str, MediaFile]]:
    """Return the content of every local media; refuse a URL that the provider can't reach."""
    files: dict[str, MediaFile] = {}
    for name, kind, media in plan.request.media():
        if media.is_local:
            files[name] = yield ReadMedia(name, kind, media)
        else:
            _check_reachable(plan, name, media)
    return files


def prepared(plan: Plan, files: Mapping[str, MediaFile], upload: Upload) -> Program[VideoRequest]:
    """Return the request with every local media inlined or uploaded. Nothing here costs money."""
    ready: dict[str, Media] = {}
    uploaded: dict[Media, Media] = {}
    for name, kind, media in plan.request.media():
        file = files.get(name)
        if file is None:
            continue
        if plan.adapter.media_form(kind, plan.spec) == "inline":
            ready[name] = Media(data=file.data, mime_type=file.mime_type)
            continue
        if media not in uploaded:
            _check_upload(plan, name, file)
            uploaded[media] = Media(url=(yield from upload(name, file)))
        ready[name] = uploaded[media]
    return plan.request.with_media(ready)


def wire_requests(plan: Plan) -> Program[list[WireRequest]]:
    """Return the requests that submitting would send, in order, and send nothing.

    A URL that only an upload would return is shown as `https://uploaded.invalid/<file>`.
    """
    requests: list[WireRequest] = []

    def upload(_name: str, file: MediaFile) -> Program[str]:
        flow = plan.adapter.upload(file)
        requests.append(next(flow))
        flow.close()
        return f"https://uploaded.invalid/{file.filename}"
        yield  # makes this a program, although it needs no effect

    files = yield from read_media(plan)
    request = yield from prepared(plan, files, upload)
    flow = plan.adapter.submit(request, plan.spec)
    requests.append(next(flow))
    flow.close()
    return requests


def _check_reachable(plan: Plan, name: str, media: Media) -> None:
    """Refuse a URL that is not on the public internet, unless the provider is on this machine."""
    if media.url is None or plan.account.is_loopback:
        return
    reason = why_not_public(origin(media.url)[1])
    if reason is not None:
        raise MediaUnreadable(
            f"{name}: {plan.adapter.title} can't reach this URL: {reason}. Give the file "
            "itself, or a URL on the public internet."
        )


def _check_upload(plan: Plan, name: str, file: MediaFile) -> None:
    limit = plan.adapter.upload_limit
    if limit is None:
        raise PluginError(
            f"the adapter of {plan.adapter.name} needs an upload but declares no upload_limit. "
            "Report it to the plugin's author."
        )
    if file.mime_type not in limit.mime_types:
        raise MediaUnreadable(
            f"{name}: {plan.adapter.title} does not take {file.mime_type} uploads. "
            f"It takes {', '.join(sorted(limit.mime_types))}."
        )
    if len(file.data) > limit.maximum_bytes:
        raise MediaUnreadable(
            f"{name}: {file.filename} has {len(file.data)} bytes; {plan.adapter.title} takes "
            f"uploads of up to {limit.maximum_bytes} bytes. Make it smaller or give a URL."
        )
