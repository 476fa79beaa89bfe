"""Keeper: carries out what programs ask of the journal, and decides which failure matters.

Before a job is paid, a journal that fails stops it. Afterwards it may only be warned of:
the job goes on, and its id is said aloud, since nothing else knows it.
"""

from __future__ import annotations

import logging
from typing import Any

from .errors import JournalError
from .journal.interface import Claimed, Intent, Journal, Opened
from .program import Claim, HoldOff, JournalEffect, Kept, OpenJob, Release, TakeTurn
from .records import JobRecord, Stage

log = logging.getLogger("polyreel")


class Keeper:
    """Carries out the journal's effects, blocking."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal

    def perform(self, effect: JournalEffect) -> Any:
        """Return the effect's result.

        Raises:
            JournalError: When the journal fails and nothing is paid yet.
        """
        match effect:
            case OpenJob(intent):
                return self._open(intent)
            case Kept(record, body_digest):
                return self._keep(record, body_digest)
            case Claim(job_id):
                return self._claim(job_id)
            case Release(job_id):
                return self._release(job_id)
            case TakeTurn(account):
                return self._take_turn(account.place, account.requests_per_minute)
            case HoldOff(account, seconds):
                return self._hold_off(account.place, seconds)

    def _open(self, intent: Intent) -> Opened:
        try:
            return self.journal.open_job(intent)
        except JournalError as error:
            raise JournalError(f"{error.message} Nothing was sent.") from None

    def _keep(self, record: JobRecord, body_digest: str | None) -> bool:
        try:
            return self.journal.move(record, body_digest=body_digest)
        except JournalError as error:
            if record.stage is Stage.SENDING:
                raise JournalError(f"{error.message} Nothing was sent.") from None
            _warn(record, error)
            return False

    def _claim(self, job_id: str) -> Claimed:
        try:
            return self.journal.claim(job_id)
        except JournalError as error:
            log.error("%s", error)
            return Claimed(is_ours=True)

    def _release(self, job_id: str) -> None:
        try:
            self.journal.release(job_id)
        except JournalError as error:
            log.error("%s", error)

    def _take_turn(self, place: str, requests_per_minute: int | None) -> float:
        try:
            return self.journal.take_turn(place, requests_per_minute)
        except JournalError as error:
            log.error("the limits of %s are not kept: %s", place, error)
            return 0.0

    def _hold_off(self, place: str, seconds: float) -> None:
        try:
            self.journal.hold_off(place, seconds)
        except JournalError as error:
            log.error("the limits of %s are not kept: %s", place, error)


def _warn(record: JobRecord, error: JournalError) -> None:
    """Say aloud what the journal could not be told."""
    if record.ref is None:
        log.error("%s: it is %s, and that is not on disk: %s", record.model, record.stage, error)
        return
    log.error(
        "%s: PAID, and the journal could not be written (%s). The job goes on; keep its handle: %s",
        record.model,
        error,
        record.ref.model_dump_json(),
    )
