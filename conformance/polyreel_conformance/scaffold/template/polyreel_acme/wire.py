"""The answers of Acme Films, as far as they are read. More is tolerated: no new key breaks it."""

from pydantic import BaseModel


class Created(BaseModel):  # the answer to a create
    id: str | None = None  # FILL IN: the key of the task's id, in the create's example answer


class Task(BaseModel):  # the answer to a look at a task
    status: str  # FILL IN: the key of the status word, in the status call's example answer
    video: str | None = None  # FILL IN: the key of the film's URL, in a finished task
    error: str | None = None  # FILL IN: the key of the reason, in a failed task
