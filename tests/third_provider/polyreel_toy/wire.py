"""The parts of Toy Videos' answers that the adapter reads. Other keys are ignored."""

from polyreel.adapters import Answer, Fraction, Text


class Created(Answer):  # the answer to a create
    id: str | None = None
    status_url: str


class Task(Answer):  # the answer to a poll
    phase: str
    part_done: Fraction | None = None
    video: str | None = None
    problem: Text | None = None
