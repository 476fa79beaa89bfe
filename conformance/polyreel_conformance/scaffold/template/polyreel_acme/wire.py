"""The parts of Acme Videos' answers that the adapter reads. Other keys are ignored.

A field without a default is needed; every other one counts as unknown when it can't be read. For
more than text there are `Amount`, `Percent`, `Fraction`, `Moment` and `Pixels`.
"""

from polyreel.adapters import Answer, Text


class Created(Answer):  # the answer to a create
    id: str | None = None  # FILL IN: the key of the task's id, in the create's example answer


class Task(Answer):  # the answer to a poll
    status: str  # FILL IN: the key of the status word, in the status call's example answer
    video: str | None = None  # FILL IN: the key of the video's URL, in a finished task
    error: Text | None = None  # FILL IN: the key of the reason, in a failed task
