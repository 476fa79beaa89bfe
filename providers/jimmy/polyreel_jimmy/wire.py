"""The parts of Jimmy's answers that the adapter reads. Other keys are ignored.

Sources: the create pages (Fast I2V, STD, Mini) at https://docs.jimmyai.cn and
https://docs.jimmyai.cn/en/api-reference/common/query for the query.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, StrictInt, ValidationError


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Envelope(_Answer):
    """The envelope of every answer. `code` is a number on some pages and text on others."""

    code: int | str | None = None
    msg: str | None = None

    @classmethod
    def of(cls, body: dict[str, Any]) -> Envelope:
        """Return the envelope of a body; an empty one when the body has none."""
        try:
            return cls.model_validate(body)
        except ValidationError:
            return cls()

    @property
    def is_success(self) -> bool:
        """Whether the code is a documented success code: 0 or 20000, as a number or as text."""
        return str(self.code) in ("0", "20000")


class CreatedTask(_Answer):
    """`data` of a create."""

    task_id: StrictInt | str | None = None  # documented as text


class TaskResult(_Answer):
    """`data.result` of a query. The FAQ has two other names for the URL."""

    video_url: str | None = None
    url: str | None = None
    mediaUrl: str | None = None

    @property
    def video(self) -> str | None:
        """The video's URL, by any of its names."""
        return self.video_url or self.url or self.mediaUrl


class QueriedTask(TaskResult):
    """`data` of a query. The FAQ puts the URL next to the status and has two names for a reason."""

    status: str
    progress: float | None = None
    result: TaskResult | None = None
    error_message: str | None = None
    error_msg: str | None = None
    reason: str | None = None
    cost: Decimal | None = None

    @property
    def any_video(self) -> str | None:
        """The video's URL: from the documented place, else from the FAQ's place."""
        return (self.result.video if self.result is not None else None) or self.video

    @property
    def failure(self) -> str | None:
        """Why the task failed, by any of its names."""
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
