"""The parts of Modellix's answers that the adapter reads. Other keys are ignored.

Sources: the model's schema at
https://www.modellix.ai/models/bytedance/seedance-2.0-fast-i2v/api_schema, the result page
https://docs.modellix.ai/api/get-task-result, the official plugin's result schema
(github.com/Modellix/modellix-plugin) and the official command line
(github.com/Modellix/modellix-cli) for what it accepts.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, StrictInt, ValidationError


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Envelope(_Answer):
    """The envelope of every answer: code 0 is success; any other code is the HTTP status."""

    code: int | str | None = None
    message: str | None = None

    @classmethod
    def of(cls, body: dict[str, Any]) -> Envelope:
        """Return the envelope of a body; an empty one when the body has none."""
        try:
            return cls.model_validate(body)
        except ValidationError:
            return cls()

    @property
    def is_success(self) -> bool:
        """Whether the body's own code says success."""
        return str(self.code) == "0"


class CreatedTask(_Answer):
    """`data` of a create. `model_id` and `get_result` are documented, but not needed."""

    task_id: StrictInt | str | None = None  # documented as text


class Resource(_Answer):
    """One file of a result; without a URL it is ignored."""

    url: str | None = None
    type: str = "video"
    width: int | None = None
    height: int | None = None


class TaskResult(_Answer):
    """`data.result` of a task."""

    resources: list[Resource | str] = Field(default_factory=list)


class Billing(_Answer):
    """`data.billing` of a task. The amount's unit is not documented; USD is assumed."""

    amount: Decimal | None = None


class QueriedTask(_Answer):
    """`data` of a poll. Its `duration` is the time of the work in milliseconds, not the video's."""

    status: str
    result: TaskResult | None = None
    resources: list[Resource | str] = Field(default_factory=list)
    result_expires_at: int | None = None
    billing: Billing | None = None
    error: dict[str, Any] | str | None = None
    message: str | None = None

    @property
    def files(self) -> list[Resource]:
        """Every file, from either place in the answer; a plain string is a video's URL."""
        found = (self.result.resources if self.result is not None else []) or self.resources
        return [each if isinstance(each, Resource) else Resource(url=each) for each in found]


class UploadedFile(_Answer):
    """`data` of an upload."""

    url: str
