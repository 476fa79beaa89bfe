"""What is known of a job: its record, stages, timeline and outcome, and the history of jobs."""

from .history import History
from .journal.interface import Journal
from .outcome import JobOutcome, outcome_of
from .records import JobRecord, Stage
from .timeline import Timeline

__all__ = [
    "History",
    "JobOutcome",
    "JobRecord",
    "Journal",
    "Stage",
    "Timeline",
    "outcome_of",
]
