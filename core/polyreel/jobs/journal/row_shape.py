"""What a job's document must look like, so that nobody who works with the job meets anything else.

A disk, an editor or another program may have changed a row. What is not of its type here would
end in a traceback anywhere else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator

_DEEPEST = 100
"""Most levels of a document. Python itself gives up at about a thousand, anywhere."""


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class _Answer(_Strict):
    status: int | None = None
    headers: dict[str, str] | None = None
    body: str | None = None


def _amount(value: str) -> str:
    try:
        if not Decimal(value).is_finite():
            raise ValueError("an amount is finite")
    except InvalidOperation:
        raise ValueError("not an amount") from None
    return value


class _Quoted(_Strict):
    amount: str | None
    currency: str | None
    certainty: str | None = None

    @field_validator("amount")
    @classmethod
    def _is_amount(cls, value: str | None) -> str | None:
        return None if value is None else _amount(value)


class _Estimated(_Strict):
    amount: str
    unit: str

    @field_validator("amount")
    @classmethod
    def _is_amount(cls, value: str) -> str:
        return _amount(value)


class _Error(_Strict):
    type: str
    message: str = ""
    provider: str | None = None
    http_status: int | None = None
    vendor_code: str | None = None
    request_id: str | None = None
    retry_after: float | None = None
    job_id: str | None = None
    sent: bool = True
    candidate: str | None = None
    answer: _Answer | None = None


class _Document(_Strict):
    id: str
    model: str
    stage: str
    named: str | None = None
    request: dict[str, Any] | None = None
    idempotency_key: str | None = None
    base_url: str | None = None
    target: str | None = None
    file: str | None = None
    other_files: list[str] = []
    last_frame_file: str | None = None
    error: _Error | None = None
    note: str | None = None
    quoted: _Quoted | None = None
    estimated: _Estimated | None = None
    reported: dict[str, str] | None = None
    refusals: int = 0
    sent_key: str | None = None
    resends: int = 0
    unwatched: list[str] = []


def read_document(text: object) -> dict[str, Any]:
    """Return the document of a job.

    Raises:
        ValueError: When the text is not the document of a job.
        RecursionError: When it is nested too deeply.
    """
    if not isinstance(text, str):
        raise ValueError("it is not a text")
    text.encode()  # bytes that were not UTF-8 are surrogates here
    document: Any = json.loads(text)
    # Most documents have few brackets, so that their levels need not be counted.
    if text.count("{") + text.count("[") > _DEEPEST:
        _check_depth(document)
    _Document.model_validate(document)
    return dict(document)


def check_times(*times: datetime | None) -> None:
    """Check that times can be compared with others.

    Raises:
        ValueError: When one has no zone.
    """
    if any(each is not None and each.tzinfo is None for each in times):
        raise ValueError("a time has no zone")


def _check_depth(value: object) -> None:
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            inner
            for each in level
            if isinstance(each, Mapping | list)
            for inner in (each.values() if isinstance(each, Mapping) else each)
        ]
        if not level:
            return
    raise ValueError("it is nested too deeply")
