"""The parts of Modellix's answers that the adapter reads. Other keys are ignored.

A field without a default is needed; every other one counts as unknown when it can't be read.

Sources: the model's schema at
https://www.modellix.ai/models/bytedance/seedance-2.0-fast-i2v/api_schema, the result page
https://docs.modellix.ai/api/get-task-result, the official plugin's result schema
(github.com/Modellix/modellix-plugin) and the official command line
(github.com/Modellix/modellix-cli) for what it accepts.
"""

from __future__ import annotations

from typing import Any

from polyreel.adapters import Amount, Answer, Moment, Pixels, TaskId, Text, text_of
from pydantic import Field, StrictInt


class Envelope(Answer):
    """The envelope of every answer: code 0 is success; any other code is the HTTP status."""

    code: StrictInt | str | None = None
    message: Text | None = None

    @classmethod
    def of(cls, body: dict[str, Any]) -> Envelope:
        """Return the envelope of a body; an empty one when the body has none."""
        return cls.model_validate(body)

    @property
    def is_success(self) -> bool:
        """Whether the body's own code says success."""
        return str(self.code).strip() == "0"

    @property
    def is_readable(self) -> bool:
        """Whether the code is a number, also as text. Any other code says nothing."""
        return str(self.code).strip().lstrip("-").isdecimal()


class CreatedTask(Answer):
    """`data` of a create. `model_id` and `get_result` are documented, but not needed."""

    task_id: StrictInt | str | None = None  # documented as text


class Resource(Answer):
    """One file of a result; without a URL it is ignored."""

    url: str | None = None
    type: str | None = None
    width: Pixels | None = None
    height: Pixels | None = None


class TaskResult(Answer):
    """`data.result` of a task."""

    resources: list[Resource | str] = Field(default_factory=list)


class Billing(Answer):
    """`data.billing` of a task. The amount's unit is not documented; USD is assumed."""

    amount: Amount | None = None


class QueriedTask(Answer):
    """`data` of a poll. Its `duration` is the time of the work in milliseconds, not the video's."""

    status: str
    task_id: TaskId | None = None
    result: TaskResult | None = None
    resources: list[Resource | str] = Field(default_factory=list)
    result_expires_at: Moment | None = None
    billing: Billing | None = None
    error: Any = None
    message: Text | None = None

    @property
    def files(self) -> list[Resource]:
        """Every file with a URL, from the documented place and then from the official clients'."""
        documented = self.result.resources if self.result is not None else []
        every = [*documented, *self.resources]
        files = [
            each if isinstance(each, Resource) else Resource(url=each)
            for each in every
            if isinstance(each, Resource) or "://" in each
        ]
        return [each for each in files if each.url]

    @property
    def video(self) -> Resource | None:
        """The first file of the type `video`; else the first without a type, as plain text is."""
        videos = [each for each in self.files if each.type == "video"]
        return next(iter(videos or [each for each in self.files if each.type is None]), None)

    @property
    def error_text(self) -> str | None:
        """The reason in `error`, which is text on some pages and an object on others."""
        if not isinstance(self.error, dict):
            return text_of(self.error or None)
        names = ("message", "detail", "code")
        return next((text_of(self.error[name]) for name in names if self.error.get(name)), None)


class UploadedFile(Answer):
    """`data` of an upload."""

    url: str
