"""generate: submit, wait and fetch as one, over a target and its fallbacks."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import (
    JobCanceled,
    JobExpired,
    JobFailed,
    PluginError,
    PolyreelError,
    ProviderError,
    TransportError,
    UnsupportedRequest,
    UsageError,
)
from ..jobs import JobStatus
from ..program import Program
from ..records import JobRecord
from .context import EngineContext, LiveJob, new_id
from .finish import finish
from .hold import held
from .plan import Plan
from .submit import Call, submit


@dataclass(frozen=True)
class Attempt:
    """A target that was tried and gave no film.

    Attributes:
        model: Written `provider/name`.
        error: The confirmed refusal or failure.
    """

    model: str
    error: PolyreelError


@dataclass(frozen=True, kw_only=True)
class Film:
    """A film on disk.

    Attributes:
        file: Where it is.
        job: Everything known of the job that made it.
        attempts: The targets that were tried before and gave none, and why.
    """

    file: Path
    job: JobRecord
    attempts: tuple[Attempt, ...] = ()

    @property
    def status(self) -> JobStatus:
        """What the provider said last."""
        assert self.job.status is not None, "a film was fetched, so its job had a status"
        return self.job.status


def generate(
    context: EngineContext,
    plans: Sequence[Plan | UnsupportedRequest],
    live: LiveJob,
    target: Path,
    timeout: float | None,
    idempotency_key: str | None = None,
) -> Program[Film]:
    """Make a film with the first plan that can, and save it.

    The next plan is tried only after a confirmed refusal or failure: never after a
    timeout, an unknown outcome or a failed download, since those may still cost money.

    Raises:
        PolyreelError: The last plan's error, or the first that forbids trying the next.
    """
    able = [plan for plan in plans if isinstance(plan, Plan)]
    for plan in able:
        plan.account.require_key()  # a key that is missing is said before anything is paid
    attempts: list[Attempt] = [
        Attempt(plan.model, plan) for plan in plans if isinstance(plan, UnsupportedRequest)
    ]
    ended: dict[str, str] = {}  # the models whose jobs are over without a film, and the jobs
    for first_choice in able:
        if first_choice.model in ended:
            continue
        # Each plan is a job of its own, with an id of its own.
        live.record = JobRecord(id=new_id(), model=first_choice.model, target=target.absolute())
        call = Call(
            idempotency_key=idempotency_key,
            waits_for_place=True,
            given_up=frozenset(ended.values()),
        )
        try:
            yield from submit(context, first_choice, live, call)
        except (ProviderError, TransportError) as error:  # confirmed: no task exists
            attempts.append(Attempt(first_choice.model, error))
            continue
        except UsageError as error:
            # What the call got wrong is not mended by paying somebody else; but of a
            # fallback it must not hide what the first target said.
            if isinstance(error, PluginError) or not _was_sent(attempts):
                raise
            attempts.append(Attempt(first_choice.model, error))
            continue
        plan = _plan_of(live.record, able)
        work = functools.partial(finish, context, plan.adapter, plan.account, live, target, timeout)
        try:
            file = yield from held(context, live, work)
        except (JobFailed, JobCanceled, JobExpired) as error:  # confirmed: it ended
            ended[plan.model] = live.record.id
            attempts.append(Attempt(plan.model, error))
            continue
        return Film(file=file, job=live.record, attempts=tuple(attempts))
    if not attempts:
        raise ValueError("generate needs at least one plan")
    raise _what_came_of(attempts)


def _plan_of(record: JobRecord, plans: Sequence[Plan]) -> Plan:
    """Return the plan of the job that counts: under a key it may be an earlier call's."""
    for plan in plans:
        if plan.model == record.model:
            return plan
    raise UsageError(
        f"job {record.short_id} was begun at {record.model}, which this target no longer names. "
        f"Take it up with: polyreel jobs wait {record.short_id}",
        provider=record.provider,
        job=record.ref,
        job_id=record.id,
    )


def _was_sent(attempts: Sequence[Attempt]) -> list[Attempt]:
    return [each for each in attempts if not isinstance(each.error, UsageError)]


def _what_came_of(attempts: Sequence[Attempt]) -> PolyreelError:
    """Return the one error for several attempts; what the others met is told with it.

    An error that says that nothing was sent would be false where something was.
    """
    chosen = (_was_sent(attempts) or attempts)[-1]
    others = [each for each in attempts if each is not chosen]
    told = "".join(f"\nAlso tried: {each.model}: {each.error.message}" for each in others)
    chosen.error.args = (chosen.error.message + told, *chosen.error.args[1:])
    return chosen.error
