"""JournalPort: performs the journal's effects, and decides which journal errors stop a job.

Before a job is paid, a journal error stops it. Afterwards the error is only logged: the job
continues, and its reference is logged, since it is saved nowhere else.
"""

from __future__ import annotations

import logging

from ..adapters import Account
from ..errors import JournalError
from ..jobs import JobRecord, Journal, Stage
from ..jobs.journal.interface import Claimed, Intent, Opened
from ..jobs.registrations import RegistrationKey, RegistrationRecord

log = logging.getLogger("polyreel")


class JournalPort:
    """Performs the journal's effects, blocking.

    Attributes:
        journal: Where jobs are saved.
    """

    def __init__(self, journal: Journal) -> None:
        self.journal = journal

    def open_job(self, intent: Intent) -> Opened:
        """Persist an intent.

        Raises:
            JournalError: When the journal fails. Nothing was sent.
        """
        try:
            return self.journal.open_job(intent)
        except JournalError as error:
            raise JournalError(f"{error.message} Nothing was sent.") from None

    def jobs(
        self, provider: str, stages: frozenset[Stage] | None, task_id: str | None
    ) -> list[JobRecord]:
        """Return the jobs of a provider that match every argument.

        Raises:
            JournalError: When the journal can't be read.
        """
        return self.journal.jobs(provider=provider, stages=stages, task_id=task_id)

    def persist(self, record: JobRecord, body_digest: str | None) -> bool:
        """Persist a job as it now is, and return whether it was persisted.

        Raises:
            JournalError: When the journal fails and nothing is paid yet.
        """
        try:
            return self.journal.move(record, body_digest=body_digest)
        except JournalError as error:
            if record.stage is Stage.SENDING:
                raise JournalError(f"{error.message} Nothing was sent.") from None
            _warn(record, error)
            return False

    def claim(self, job_id: str) -> Claimed:
        """Take the lease of a job. A journal error does not stop the work."""
        try:
            return self.journal.claim(job_id)
        except JournalError as error:
            log.error("%s", error)
            return Claimed(is_ours=True)

    def release(self, job_id: str) -> None:
        """Release the lease of a job."""
        try:
            self.journal.release(job_id)
        except JournalError as error:
            log.error("%s", error)

    def take_turn(self, account: Account) -> float:
        """Take the next free moment for a request, and return the seconds until then."""
        try:
            return self.journal.take_turn(account.place, account.requests_per_minute)
        except JournalError as error:
            _warn_of_limits(account, error)
            return 0.0

    def pause_requests(self, account: Account, seconds: float) -> None:
        """Pause the requests of all processes to an account for some seconds."""
        try:
            self.journal.pause_requests(account.place, seconds)
        except JournalError as error:
            _warn_of_limits(account, error)

    def take_registration(self, key: RegistrationKey, call: str) -> RegistrationRecord | None:
        """Take up the registration of a media; None while another call has it.

        Raises:
            JournalError: When the journal fails. Nothing was sent.
        """
        try:
            return self.journal.take_registration(key, call)
        except JournalError as error:
            raise JournalError(f"{error.message} Nothing was sent.") from None

    def save_registration(self, record: RegistrationRecord) -> None:
        """Save a registration. One that can't be saved is given to the provider again, for free."""
        try:
            self.journal.save_registration(record)
        except JournalError as error:
            log.error("%s: a registration could not be saved: %s", record.key.provider, error)


def _warn_of_limits(account: Account, error: JournalError) -> None:
    log.error("the limits of %s do not apply: %s", account.place, error)


def _warn(record: JobRecord, error: JournalError) -> None:
    """Log what the journal could not persist."""
    if record.ref is None:
        log.error("%s: its stage %s could not be persisted: %s", record.model, record.stage, error)
        return
    log.error(
        "%s: PAID, and the journal could not be written (%s). The job continues; save its "
        "reference: %s",
        record.model,
        error,
        record.ref.model_dump_json(),
    )
