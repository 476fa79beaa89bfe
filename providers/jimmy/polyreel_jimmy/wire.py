"""Jimmy's answers, as far as they are read. More is tolerated.

Sources: the create pages (Fast I2V, STD, Mini) at https://docs.jimmyai.cn and
https://docs.jimmyai.cn/en/api-reference/common/query for the query.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Envelope(_Answer):
    """What every answer is wrapped in. `code` is a number on some pages, text on others."""

    code: int | str | None = None
    msg: str | None = None

    @classmethod
    def of(cls, body: dict[str, Any]) -> Envelope:
        """Return the envelope of a body, empty when it has none."""
        try:
            return cls.model_validate(body)
        except ValidationError:
            return cls()

    @property
    def is_success(self) -> bool:
        """Both documented spellings of success: 0 and 20000, as number or text."""
        return str(self.code) in ("0", "20000")


class CreatedTask(_Answer):
    """`data` of a create."""

    task_id: str | None = None


class TaskResult(_Answer):
    """`data.result` of a query. The FAQ calls the URL by two other names."""

    video_url: str | None = None
    url: str | None = None
    mediaUrl: str | None = None

    @property
    def film(self) -> str | None:
        """The film's URL, by whichever name."""
        return self.video_url or self.url or self.mediaUrl


class QueriedTask(TaskResult):
    """`data` of a query. The FAQ has the URL beside the status, and two names for a reason."""

    status: str
    progress: float | None = None
    result: TaskResult | None = None
    error_message: str | None = None
    error_msg: str | None = None
    reason: str | None = None
    cost: Decimal | None = None

    @property
    def any_film(self) -> str | None:
        """The film's URL, in the documented place before the FAQ's."""
        return (self.result.film if self.result is not None else None) or self.film

    @property
    def failure(self) -> str | None:
        """Why the task failed, by whichever name."""
        return self.error_message or self.error_msg or self.reason or None


class UploadedFile(_Answer):
    """`data` of an upload."""

    url: str


class CatalogRow(_Answer):
    """One row of `data.list` of the catalogue.

    Source: `common/model-catalog` of the documentation.
    """

    model_name: str
    price_mode: str
    unit_price: Decimal = Field(ge=0)


class Catalog(_Answer):
    """`data` of the catalogue."""

    list: tuple[CatalogRow, ...] = ()
