"""prepare: the free steps before the paid one: media read, inlined or uploaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..adapters import MediaToRegister, WireRequest
from ..errors import MediaUnreadable, PluginError
from ..models import Finding
from ..request import Media, VideoRequest
from ..request.conversion import Conversion
from ..request.media import MediaFile
from .effects import Program, ReadMedia
from .media_checks import conversion_for, media_findings, send_forms, to_register
from .plan import Plan

_MOST_SHOWN = 4  # findings in one message

Upload = Callable[[str, MediaFile], Program[str]]

NOTHING_REGISTERED: Mapping[str, Media] = {}


ReadAlready = dict[tuple[str, Conversion | None], MediaFile]
"""The media of one request that were read already, by field and by what images may become."""


def read_media(plan: Plan, known: ReadAlready | None = None) -> Program[dict[str, MediaFile]]:
    """Return the content of every local media, converted where the caller wants it.

    Args:
        plan: The request, the model and how media are treated.
        known: For several plans of one request: media are read once, not for each plan.

    Raises:
        MediaUnreadable: When a media may not be taken, can't be read or sent, or the provider
            can't reach a URL.
    """
    files = yield from read_content(plan, known)
    refusal = media_refusal(plan, files)
    if refusal is not None:
        raise refusal
    return files


def media_refusal(plan: Plan, files: Mapping[str, MediaFile]) -> MediaUnreadable | None:
    """Return the error for media that can't be sent to a plan's model; None where they can."""
    findings = media_findings(plan, files)
    if not findings:
        return None
    return MediaUnreadable(
        "\n".join(f"{each.field}: {each.message}" for each in findings[:_MOST_SHOWN])
    )


def media_problems(plan: Plan, known: ReadAlready | None = None) -> Program[list[Finding]]:
    """Return why the media of a request can't be sent to a plan's model.

    Args:
        plan: As in `read_media`.
        known: As in `read_media`.

    Raises:
        MediaUnreadable: When a media can't be read.
    """
    return media_findings(plan, (yield from read_content(plan, known)))


def read_content(plan: Plan, known: ReadAlready | None = None) -> Program[dict[str, MediaFile]]:
    """Return the content of every local media, as `read_media`, whether or not it can be sent."""
    known = {} if known is None else known
    files: dict[str, MediaFile] = {}
    plan.media_access.check_forms(plan.request)  # before any of them is read
    for name, kind, media in plan.request.media():
        if not media.is_local:
            continue
        conversion = conversion_for(plan, kind)
        if (name, conversion) not in known:
            known[name, conversion] = yield ReadMedia(
                name, kind, media, conversion, plan.media_access
            )
        files[name] = known[name, conversion]
    return files


def prepared(
    plan: Plan,
    files: Mapping[str, MediaFile],
    upload: Upload,
    registered: Mapping[str, Media] = NOTHING_REGISTERED,
) -> Program[VideoRequest]:
    """Return the request with every local media inlined or uploaded. Nothing here costs money.

    Args:
        plan: The request and the model.
        files: The content of the local media.
        upload: Uploads a file and returns its URL.
        registered: The media that the provider has approved, by field.
    """
    ready: dict[str, Media] = dict(registered)
    uploaded: dict[Media, Media] = {}
    forms = send_forms(plan, files)
    for name, _kind, media in plan.request.media():
        file = files.get(name)
        if file is None or name in registered:
            continue
        if forms[name] == "inline":
            ready[name] = Media(data=file.data, mime_type=file.mime_type)
            continue
        if media not in uploaded:
            _check_offers_upload(plan)
            uploaded[media] = Media(url=(yield from upload(name, file)))
        ready[name] = uploaded[media]
    return plan.request.with_media(ready)


def wire_requests(plan: Plan) -> Program[list[WireRequest]]:
    """Return the requests that submitting would send, in order, and send nothing.

    A URL that only an upload would return is shown as `https://uploaded.invalid/<file>`, and an
    asset that the provider would have to approve as `asset://registered-1`.
    """
    requests: list[WireRequest] = []

    def upload(_name: str, file: MediaFile) -> Program[str]:
        flow = plan.adapter.upload(file)
        requests.append(next(flow))
        flow.close()
        return f"https://uploaded.invalid/{file.filename}"
        yield  # makes this a program, although it needs no effect

    files = yield from read_media(plan)
    registered: dict[str, Media] = {}
    for name, kind, media in plan.request.media():
        if name in to_register(plan):
            wanted = MediaToRegister(kind=kind, url=media.url, file=files.get(name))
            first = plan.adapter.register(wanted)
            requests.append(next(first))
            first.close()
            registered[name] = Media(asset=f"registered-{len(registered) + 1}")
    request = yield from prepared(plan, files, upload, registered)
    flow = plan.adapter.submit(request, plan.spec)
    requests.append(next(flow))
    flow.close()
    return requests


def _check_offers_upload(plan: Plan) -> None:
    if plan.adapter.upload_limit is None:
        raise PluginError(
            f"the adapter of {plan.adapter.name} needs an upload but declares no upload_limit. "
            "Report it to the plugin's author."
        )
