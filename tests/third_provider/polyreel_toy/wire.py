"""Toy Films' answers, as far as they are read. More is tolerated: a new key breaks nothing."""

from pydantic import BaseModel


class Created(BaseModel):  # the answer to a create
    id: str | None = None
    status_url: str


class Task(BaseModel):  # the answer to a look at a task
    phase: str
    part_done: float
    film: str | None = None
    problem: str | None = None
