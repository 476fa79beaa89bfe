"""The parts of Toy Videos' answers that the adapter reads. Other keys are ignored."""

from pydantic import BaseModel


class Created(BaseModel):  # the answer to a create
    id: str | None = None
    status_url: str


class Task(BaseModel):  # the answer to a poll
    phase: str
    part_done: float
    video: str | None = None
    problem: str | None = None
