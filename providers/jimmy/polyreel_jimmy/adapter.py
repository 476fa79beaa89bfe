"""Jimmy AI's adapter: one endpoint for all models here; tasks are polled by id.

Sources: the create pages at https://docs.jimmyai.cn/en/api-reference/seedance, and the pages
`query`, `files-upload` and `model-catalog` below
https://docs.jimmyai.cn/en/api-reference/common.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from polyreel import (
    AuthenticationFailed,
    BadResponse,
    InvalidRequest,
    JobRef,
    ProviderError,
    ProviderUnavailable,
    VideoRequest,
)
from polyreel.adapters import (
    Adapter,
    Charge,
    Flow,
    JobStatus,
    MediaFile,
    ModelSpec,
    Output,
    PollTiming,
    PriceRule,
    State,
    Unit,
    UploadLimit,
    WireRequest,
    WireResponse,
    path_segment,
    render_prompt,
)
from pydantic import BaseModel

from .models import MODELS
from .wire import Catalog, CatalogRow, CreatedTask, Envelope, QueriedTask, UploadedFile

CREATE_PATH = "/api/open-api/v1/seedance/videos"
QUERY_PATH = "/api/open-api/v1/videos/{task_id}"
UPLOAD_PATH = "/api/open-api/v1/files/upload"
CATALOG_PATH = "/api/openapi/model/catalog"  # `openapi`; the other paths have `open-api`

Answer = TypeVar("Answer", bound=BaseModel)


class JimmyAdapter(Adapter):
    """Translates for Jimmy AI (also ViralTok: the same API at another address)."""

    contract_version = 3
    name = "jimmy"
    title = "Jimmy AI"
    base_url = "https://www.jimmyai.cn"
    # The newer pages and the official command line use it with the same paths (2026-08-03):
    # https://docs.viraltok.ai
    other_base_urls = ("https://api.viraltok.ai",)
    key_variable = "JIMMY_API_KEY"
    base_url_variable = "JIMMY_BASE_URL"
    models = MODELS
    states: ClassVar[Mapping[str, State]] = {
        "queued": State.QUEUED,
        "pending": State.QUEUED,
        "submitted": State.QUEUED,
        "processing": State.RUNNING,
        "completed": State.SUCCEEDED,
        "success": State.SUCCEEDED,  # in the FAQ only
        "failed": State.FAILED,
        # On no page; Jimmy's own command line reads them as an end.
        "canceled": State.CANCELED,
        "cancelled": State.CANCELED,
    }
    upload_limit = UploadLimit(
        maximum_bytes=100 * 10**6,
        mime_types=frozenset(
            {
                "image/jpeg",
                "image/png",
                "image/gif",
                "image/webp",
                "image/bmp",
                "image/svg+xml",
                "video/mp4",
                "video/quicktime",
                "video/x-msvideo",
                "video/webm",
                "video/x-matroska",
                "video/x-m4v",
                "video/x-flv",
                "audio/mpeg",
                "audio/wav",
                "audio/aac",
                "audio/mp4",
                "audio/x-m4a",
                "audio/flac",
                "audio/x-flac",
                "audio/ogg",
            }
        ),
        source="https://docs.jimmyai.cn/en/api-reference/common/files-upload",
    )
    offers_prices = True
    # The official skill says every 5 to 15 seconds; Jimmy's command line polls every 10 seconds.
    poll_timing = PollTiming(first=10.0, gap=8.0, floor=5.0)

    ERRORS: ClassVar[Mapping[str, type[ProviderError]]] = {
        "20001": AuthenticationFailed,
        "20002": InvalidRequest,
        "-1": ProviderUnavailable,
    }
    """The body's codes. Source: https://docs.jimmyai.cn/en/development"""

    def submit(self, request: VideoRequest, model: ModelSpec) -> Flow[JobRef]:
        body: dict[str, Any] = {
            "model": model.name,
            "prompt": render_prompt(request.prompt, model.prompt_references),
            "duration": request.duration,
            "ratio": "Adaptive" if request.aspect_ratio == "auto" else request.aspect_ratio,
        }
        if model.sends_resolution:
            body["resolution"] = request.resolution
        if request.first_frame is not None:
            body["first_image"] = request.first_frame.wire_value
        if request.last_frame is not None:
            body["last_image"] = request.last_frame.wire_value
        for name, media in (
            ("images", request.reference_images),
            ("reference_videos", request.reference_videos),
            ("reference_audios", request.reference_audios),
        ):
            if media:
                body[name] = [each.wire_value for each in media]
        response = yield WireRequest(method="POST", path=CREATE_PATH, json=body, spends=True)
        return self.job(self._data(response, CreatedTask).task_id, model)

    def poll(self, job: JobRef) -> Flow[JobStatus]:
        path = QUERY_PATH.format(task_id=path_segment(job.task_id))
        response = yield WireRequest(method="GET", path=path)
        task = self._queried(response)
        state, is_documented = self.state(task.status)
        url = task.video
        return JobStatus(
            state=state,
            raw_state=task.status,
            is_documented=is_documented,
            # A failed task reports a progress of 0, which means nothing.
            progress=task.progress,
            outputs=(Output(url=url),) if url and state is State.SUCCEEDED else (),
            failure=task.failure,
            charge=None if task.cost is None else Charge(amount=task.cost, unit="JimiCoin"),
            unread=task.unread,
            task_id=task.task_id,
        )

    def upload(self, file: MediaFile) -> Flow[str]:
        response = yield WireRequest(method="POST", path=UPLOAD_PATH, file=file)
        return self._data(response, UploadedFile).url

    def prices(self) -> Flow[Mapping[str, Sequence[PriceRule]]]:
        request = WireRequest(
            method="GET", path=CATALOG_PATH, query={"search": ""}, needs_key=False
        )
        catalog = self._data((yield request), Catalog)
        rows = {row.model_name: row for row in catalog.list}
        return {model.name: _prices_of(model, rows) for model in self.models}

    def _data(self, response: WireResponse, kind: type[Answer]) -> Answer:
        """Return `data` of an answer; HTTP status and body code must both say success."""
        body = self.read_object(response)
        envelope = Envelope.of(body)
        if not response.ok or not envelope.is_success:
            # The codes are documented and the HTTP statuses are not, so the code decides. But an
            # HTTP 404 means an unknown task, and for -1 (any server error) the HTTP status decides.
            kind_of_error = self.ERRORS.get(str(envelope.code))
            if response.status == 404 or kind_of_error is ProviderUnavailable:
                kind_of_error = kind_of_error if response.ok else None
            if kind_of_error is None and response.ok:
                kind_of_error = BadResponse  # a code that Jimmy does not document
            raise self.refuse(response, envelope.msg, code=envelope.code, kind=kind_of_error)
        return self.read_part(kind, body.get("data"))

    def _queried(self, response: WireResponse) -> QueriedTask:
        """Return `data` of a query. Beside a status only a number counts as a code."""
        body = self.read_object(response)
        data = body.get("data")
        has_status = response.ok and isinstance(data, dict) and "status" in data
        if has_status and not Envelope.of(body).is_readable:
            return self.read_part(QueriedTask, data)
        return self._data(response, QueriedTask)


UNITS: Mapping[str, Unit] = {"per_task": "task", "per_second": "second"}
"""The units of the catalogue's `price_mode`. Other modes have no price for these models."""


def _prices_of(model: ModelSpec, rows: Mapping[str, CatalogRow]) -> list[PriceRule]:
    """Return a model's prices, found by its billing names."""
    found: list[PriceRule] = []
    for resolution in model.resolutions:
        row = rows.get(model.billing.name_for(resolution) or model.name)
        if row is not None and row.price_mode in UNITS:
            found.append(
                PriceRule(
                    unit=UNITS[row.price_mode],
                    amount=row.unit_price,
                    currency="JimiCoin",
                    resolution=resolution,
                    origin="catalogue",
                    source="https://docs.jimmyai.cn/en/api-reference/common/model-catalog",
                )
            )
    return found
