"""A job's record as text for the journal, and back. What must never be saved is left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from ...adapters import Estimate, JobRef, JobStatus
from ...errors import DownloadError, ResultExpired
from ...models import Adjustment
from ...text.json_text import json_text
from ..records import JobRecord, Stage
from ..timeline import MOMENTS, Timeline
from .damage import DamagedRow
from .errors import error_from_facts
from .row_shape import check_times, read_document

_STATUS = TypeAdapter(JobStatus)
_TIMELINE = TypeAdapter(Timeline)
_ADJUSTMENTS = TypeAdapter(tuple[Adjustment, ...])
_DATETIME: TypeAdapter[datetime | None] = TypeAdapter(datetime | None)
_UNREADABLE = (
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    RecursionError,
)
"""What reading a document raises where one of its values is not what it should be."""


def dump_record(record: JobRecord) -> str:
    """Return a record as JSON text, without the signed URLs of its outputs."""
    # A signed URL expires; a poll gives a new one when it is needed.
    status = None if record.status is None else replace(record.status, outputs=())
    unwatched = sorted(record.timeline.unwatched)
    return json_text(
        {
            "id": record.id,
            "model": record.model,
            "named": record.named,
            "stage": str(record.stage),
            "request": record.request,
            "idempotency_key": record.idempotency_key,
            "base_url": record.base_url,
            "ref": None if record.ref is None else record.ref.model_dump(mode="json"),
            "status": None if status is None else _STATUS.dump_python(status, mode="json"),
            "adjustments": _ADJUSTMENTS.dump_python(record.adjustments, mode="json"),
            "timeline": record.timeline.moments(),
            **({"unwatched": unwatched} if unwatched else {}),
            "target": None if record.target is None else str(record.target),
            "file": None if record.file is None else str(record.file),
            **(
                {"other_files": [str(each) for each in record.other_files]}
                if record.other_files
                else {}
            ),
            "last_frame_file": None
            if record.last_frame_file is None
            else str(record.last_frame_file),
            "expires_at": None if record.expires_at is None else record.expires_at.isoformat(),
            "error": None if record.error is None else record.error.facts(),
            "note": record.note,
            "quoted": record.quoted,
            **({} if record.estimated is None else {"estimated": record.estimated.facts()}),
            **({"reported": record.reported} if record.reported else {}),
            **({"refusals": record.refusals} if record.refusals else {}),
            **({"sent_key": record.sent_key} if record.sent_key else {}),
            **({"resends": record.resends} if record.resends else {}),
        }
    )


def read_row(job_id: str, text: object, now: datetime | None = None) -> JobRecord:
    """Return the record of a row.

    Args:
        job_id: The row's id.
        text: The row's document.
        now: As `load_record` takes it.

    Raises:
        DamagedRow: When the document is not the record of that job.
    """
    try:
        record = load_record(text, now)
    except ValueError:
        raise DamagedRow(job_id) from None
    if record.id != job_id:
        raise DamagedRow(job_id)
    return record


def load_record(text: object, now: datetime | None = None) -> JobRecord:
    """Return the record that `dump_record` wrote.

    Args:
        text: What was written.
        now: The time. A video whose retention is not over then is not gone, even if an older
            polyreel wrote so.

    Raises:
        ValueError: When the text is not a record.
    """
    try:
        return _record(read_document(text), now)
    except _UNREADABLE as error:
        raise ValueError(f"not a job's record: {type(error).__name__}") from None


def _record(row: dict[str, Any], now: datetime | None) -> JobRecord:
    expires_at = _DATETIME.validate_python(row.get("expires_at"))
    error = None if row.get("error") is None else error_from_facts(row["error"])
    if isinstance(error, ResultExpired) and now and (expires_at is None or expires_at > now):
        error = error_from_facts({**row["error"], "type": DownloadError.__name__})
    status = None if row.get("status") is None else _STATUS.validate_python(row["status"])
    timeline = replace(
        _TIMELINE.validate_python(row.get("timeline", {})),
        unwatched=frozenset(row.get("unwatched", ())),
    )
    moments = [getattr(timeline, each) for each in MOMENTS]
    check_times(expires_at, *moments, None if status is None else status.expires_at)
    return JobRecord(
        id=row["id"],
        model=row["model"],
        named=row.get("named"),
        stage=Stage(row["stage"]),
        request=row.get("request"),
        idempotency_key=row.get("idempotency_key"),
        base_url=row.get("base_url"),
        ref=None if row.get("ref") is None else JobRef.model_validate(row["ref"]),
        status=status,
        adjustments=_ADJUSTMENTS.validate_python(row.get("adjustments", ())),
        timeline=timeline,
        target=_path(row.get("target")),
        file=_path(row.get("file")),
        other_files=tuple(Path(each) for each in row.get("other_files", ())),
        last_frame_file=_path(row.get("last_frame_file")),
        expires_at=expires_at,
        error=error,
        note=row.get("note"),
        quoted=row.get("quoted"),
        estimated=None
        if row.get("estimated") is None
        else Estimate(amount=Decimal(row["estimated"]["amount"]), unit=row["estimated"]["unit"]),
        reported=row.get("reported") or {},
        refusals=row.get("refusals", 0),
        sent_key=row.get("sent_key"),
        resends=row.get("resends", 0),
    )


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)
