"""The parts of Acme Videos' answers that the adapter reads. Other keys are ignored."""

from pydantic import BaseModel


class Created(BaseModel):  # the answer to a create
    id: str | None = None  # FILL IN: the key of the task's id, in the create's example answer


class Task(BaseModel):  # the answer to a poll
    status: str  # FILL IN: the key of the status word, in the status call's example answer
    video: str | None = None  # FILL IN: the key of the video's URL, in a finished task
    error: str | None = None  # FILL IN: the key of the reason, in a failed task
