"""Modellix's answers, as far as they are read. More is tolerated.

Sources: the model's schema at
https://www.modellix.ai/models/bytedance/seedance-2.0-fast-i2v/api_schema, the result page
https://docs.modellix.ai/api/get-task-result, the official plugin's result schema
(github.com/Modellix/modellix-plugin) and the official command line
(github.com/Modellix/modellix-cli) for what it tolerates.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Envelope(_Answer):
    """What every answer is wrapped in: code 0 is success, else the HTTP status."""

    code: int | str | None = None
    message: str | None = None

    @classmethod
    def of(cls, body: dict[str, Any]) -> Envelope:
        """Return the envelope of a body, empty when it has none."""
        try:
            return cls.model_validate(body)
        except ValidationError:
            return cls()

    @property
    def is_success(self) -> bool:
        """Whether the body's own code says success."""
        return str(self.code) == "0"


class CreatedTask(_Answer):
    """`data` of a create. `model_id` and `get_result` are documented and not needed."""

    task_id: str | None = None


class Resource(_Answer):
    """One file of a result; without a URL it is none."""

    url: str | None = None
    type: str = "video"
    width: int | None = None
    height: int | None = None


class TaskResult(_Answer):
    """`data.result` of a task."""

    resources: list[Resource | str] = Field(default_factory=list)


class Billing(_Answer):
    """`data.billing` of a task; the amount's unit, USD, is inferred and nowhere stated."""

    amount: Decimal | None = None


class QueriedTask(_Answer):
    """`data` of a look at a task. Its `duration` is the work's in milliseconds, not the film's."""

    status: str
    result: TaskResult | None = None
    resources: list[Resource | str] = Field(default_factory=list)
    result_expires_at: int | None = None
    billing: Billing | None = None
    error: dict[str, Any] | str | None = None
    message: str | None = None

    @property
    def files(self) -> list[Resource]:
        """Every file, wherever the answer holds it; a bare string is a video's URL."""
        found = (self.result.resources if self.result is not None else []) or self.resources
        return [each if isinstance(each, Resource) else Resource(url=each) for each in found]


class UploadedFile(_Answer):
    """`data` of an upload."""

    url: str
