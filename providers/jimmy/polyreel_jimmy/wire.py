"""The parts of Jimmy's answers that the adapter reads. Other keys are ignored.

Of an `Answer` a field without a default is needed; every other one counts as unknown when it can't
be read.

Sources: the create pages (Fast I2V, STD, Mini) at https://docs.jimmyai.cn and
https://docs.jimmyai.cn/en/api-reference/common/query for the query.
"""

from __future__ import annotations

from typing import Any

from polyreel.adapters import Amount, Answer, Percent, TaskId, Text
from pydantic import BaseModel, StrictInt


class Envelope(Answer):
    """The envelope of every answer. `code` is a number on some pages and text on others."""

    code: StrictInt | str | None = None
    msg: Text | None = None

    @classmethod
    def of(cls, body: dict[str, Any]) -> Envelope:
        """Return the envelope of a body; an empty one when the body has none."""
        return cls.model_validate(body)

    @property
    def is_success(self) -> bool:
        """Whether the code is a documented success code: 0 or 20000, as a number or as text."""
        return str(self.code).strip() in ("0", "20000")

    @property
    def is_readable(self) -> bool:
        """Whether the code is a number, also as text. Any other code says nothing."""
        return str(self.code).strip().lstrip("-").isdecimal()


class CreatedTask(Answer):
    """`data` of a create."""

    task_id: StrictInt | str | None = None  # documented as text


class TaskResult(Answer):
    """`data.result` of a query."""

    video_url: str | None = None


class QueriedTask(Answer):
    """`data` of a query. The FAQ puts the URL next to the status and has two names for a reason."""

    status: str
    task_id: TaskId | None = None
    progress: Percent | None = None
    result: TaskResult | None = None
    url: str | None = None
    mediaUrl: str | None = None
    error_message: Text | None = None
    error_msg: Text | None = None
    reason: Text | None = None
    cost: Amount | None = None

    @property
    def video(self) -> str | None:
        """The video's URL: from the documented place, else by one of the FAQ's names.

        An address at any other place is not used: no page says what it is.
        """
        documented = self.result.video_url if self.result is not None else None
        return documented or self.url or self.mediaUrl

    @property
    def failure(self) -> str | None:
        """Why the task failed, by any of its names."""
        return self.error_message or self.error_msg or self.reason or None


class UploadedFile(Answer):
    """`data` of an upload."""

    url: str


class CatalogRow(BaseModel):
    """One row of `data.list` of the catalogue.

    Source: `common/model-catalog` of the documentation.
    """

    model_name: str
    price_mode: str
    unit_price: Amount


class Catalog(BaseModel):
    """`data` of the catalogue: read whole or not at all, so that no known price is dropped."""

    list: tuple[CatalogRow, ...] = ()
