"""History: the jobs in the journal, for a user to list, find and settle."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from ..adapters import JobRef, JobStatus, Registry, State
from ..errors import ResultExpired, SubmitUnknown, UsageError
from ..text.plain_text import NOT_TEXT, is_text
from .journal.interface import Journal
from .records import JobRecord, Stage

MAY_BE_OPEN = frozenset(
    {Stage.INTENT, Stage.SENDING, Stage.UNKNOWN, Stage.ACCEPTED, Stage.FINISHED}
)


class History:
    """Lists and finds jobs, and saves what a person found out about one.

    Every method raises `JournalError` when the journal can't be read or written.
    """

    def __init__(self, journal: Journal, registry: Registry) -> None:
        self.journal = journal
        self._registry = registry

    @property
    def unreadable(self) -> frozenset[str]:
        """The ids of the jobs that were left out so far, since their rows can't be read."""
        found: frozenset[str] = getattr(self.journal, "unreadable", frozenset())
        return found

    def jobs(
        self,
        *,
        stages: Collection[Stage] | None = None,
        states: Collection[State] | None = None,
        provider: str | None = None,
        model: str | None = None,
        idempotency_key: str | None = None,
        limit: int | None = None,
    ) -> list[JobRecord]:
        """Return the jobs that match every argument, newest first.

        Jobs of processes that have ended are recovered first: a job whose paid request may have
        left becomes unknown, and one that was not sent becomes rejected.

        A job whose row can't be read is left out with a warning; `unreadable` names it.

        Args:
            stages: Only jobs in one of these stages.
            states: Only jobs in one of these states at their providers.
            provider: Only jobs at this provider.
            model: Only jobs of this model, written `provider/name`.
            idempotency_key: Only jobs with this key, the caller's own name for the call.
            limit: Most jobs; None for all.

        Raises:
            UsageError: When a text can't be written as UTF-8; no job has it.
        """
        for named, value in (
            ("provider", provider),
            ("model", model),
            ("idempotency key", idempotency_key),
        ):
            _check_text(named, value)
        self.journal.recover()
        found = self.journal.jobs(
            stages=stages,
            provider=provider,
            model=model,
            idempotency_key=idempotency_key,
            limit=limit if states is None else None,
        )
        if states is not None:
            found = [record for record in found if record.state in states][:limit]
        return found

    def find(self, job_id: str) -> JobRecord:
        """Return the job whose id begins with `job_id`.

        Raises:
            UsageError: When no job matches, or several do.
        """
        _check_text("job id", job_id)
        self.journal.recover()
        found = self.journal.jobs(id_prefix=job_id.strip().lower(), limit=2) if job_id else []
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(f"several jobs begin with {job_id!r}; give more of the id")
        raise UsageError(
            f"no job begins with {job_id!r} in {self.journal.name}; `polyreel jobs` lists them"
        )

    def open_jobs(self) -> list[JobRecord]:
        """Return the unfinished jobs: those that still have to end, be downloaded or be settled."""
        return [each for each in self.jobs(stages=MAY_BE_OPEN) if each.is_open]

    def expiring(self) -> list[JobRecord]:
        """Return the finished jobs whose videos are not downloaded and will expire."""
        finished = self.journal.jobs(stages={Stage.FINISHED})
        return [each for each in finished if each.is_unfinished and each.expires_at is not None]

    def settle(
        self, job_id: str, *, task_id: str | None = None, not_created: bool = False
    ) -> JobRecord:
        """Save what a person found out about a job whose outcome is unknown.

        Args:
            job_id: The job's id, or the beginning of it.
            task_id: The provider's id of the task, if one was created. The job can then be
                waited for and downloaded like any other.
            not_created: Whether it is certain that no task was created. The job may then be
                sent again.

        Raises:
            UsageError: When neither or both are given, or the job's outcome is known.
        """
        if (task_id is None) is not not_created:
            raise UsageError("give either `task_id` or `not_created=True`")
        record = self._unsettled(job_id)
        short = record.short_id
        if task_id is None:
            error = UsageError(f"job {short}: settled as not created", job_id=record.id)
            settled = replace(record, stage=Stage.REJECTED, error=error, note="not created")
        else:
            settled = replace(
                record,
                stage=Stage.ACCEPTED,
                ref=self.found(record.id, task_id),
                error=None,
                note=f"the task id was {_found_how(record, task_id)}",
            )
        return self._save(settled)

    def found(self, job_id: str, task_id: str) -> JobRef:
        """Return the reference of a task that was found for a job, without saving it.

        Raises:
            UsageError: When the task id is empty or not text, or the job's outcome is known.
        """
        _check_text("task id", task_id)
        record = self._unsettled(job_id)
        if not task_id.strip():
            raise UsageError("the task id is empty; give the one that the provider shows")
        adapter, spec = self._registry.model(record.model)
        ref = adapter().job(task_id.strip(), spec)
        return ref.model_copy(update={"base_url": record.base_url})

    def give_up(self, job_id: str) -> JobRecord:
        """Save that the task of an accepted job is lost at its provider.

        Raises:
            UsageError: When the job is not an accepted one.
        """
        record = self.find(job_id)
        if record.stage not in (Stage.ACCEPTED, Stage.FINISHED):
            raise UsageError(
                f"job {record.short_id} is {describe_stage(record)}; only an accepted job "
                "can be given up"
            )
        lost = JobStatus(state=State.EXPIRED, raw_state="given up")
        return self._save(
            replace(record, stage=Stage.FINISHED, status=lost, note="given up by hand")
        )

    def _unsettled(self, job_id: str) -> JobRecord:
        record = self.find(job_id)
        if record.stage is not Stage.UNKNOWN:
            raise UsageError(
                f"job {record.short_id} is {describe_stage(record)}; only a job whose outcome "
                "is unknown can be settled"
            )
        return record

    def _save(self, record: JobRecord) -> JobRecord:
        if not self.journal.move(record):
            raise UsageError(
                f"job {record.short_id} changed meanwhile; check it with: "
                f"polyreel jobs show {record.short_id}"
            )
        return record


def _found_how(record: JobRecord, task_id: str) -> str:
    named = record.error.candidate if isinstance(record.error, SubmitUnknown) else None
    return "in the answer to the paid request" if named == task_id.strip() else "found by hand"


DESCRIBED_STAGES = frozenset({"gone", *map(str, Stage), *map(str, State)})
"""Every word that `describe_stage` may return."""


def describe_stage(record: JobRecord) -> str:
    """Return a job's state or stage, in one word."""
    if isinstance(record.error, ResultExpired):
        return "gone"
    if record.stage in (Stage.ACCEPTED, Stage.FINISHED) and record.state is not None:
        return str(record.state)
    return str(record.stage)


def _check_text(named: str, value: str | None) -> None:
    if value is not None and not is_text(value):
        raise UsageError(f"the {named} can't be used: {NOT_TEXT}")
