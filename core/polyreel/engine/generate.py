"""generate: submit, wait and download as one, over a target and its fallbacks."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..adapters import JobStatus
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
from ..jobs import JobRecord
from ..jobs.address import account_of_job
from .context import EngineContext, LiveJob, new_id
from .effects import Program
from .finish import finish
from .lease import leased
from .plan import Plan
from .submit import SubmitOptions, submit


@dataclass(frozen=True)
class Attempt:
    """A target that was tried and produced no video.

    Attributes:
        model: Written `provider/name`.
        error: The confirmed refusal or failure.
    """

    model: str
    error: PolyreelError


@dataclass(frozen=True, kw_only=True)
class VideoResult:
    """A video on disk.

    Attributes:
        file: The path of the video; of several, the first.
        job: Everything known of the job that made it.
        attempts: The targets that were tried before and produced no video, and why.
    """

    file: Path
    job: JobRecord
    attempts: tuple[Attempt, ...] = ()

    @property
    def files(self) -> tuple[Path, ...]:
        """The path of every video that the job made, in the provider's order."""
        others = (self.file.with_name(each.name) for each in self.job.other_files)
        return (self.file, *others)

    @property
    def status(self) -> JobStatus:
        """What the provider said last."""
        assert self.job.status is not None, "a video was downloaded, so its job had a status"
        return self.job.status


def generate(
    context: EngineContext,
    plans: Sequence[Plan | UnsupportedRequest],
    live: LiveJob,
    target: Path,
    timeout: float | None,
    idempotency_key: str | None = None,
    retry_refused: int | None = None,
) -> Program[VideoResult]:
    """Make a video with the first plan that can, and save it.

    The next plan is tried only after a confirmed refusal or failure: never after a
    timeout, an unknown outcome or a failed download, since those may still cost money.

    Raises:
        PolyreelError: The last plan's error, or the first that forbids trying the next.
    """
    able = [plan for plan in plans if isinstance(plan, Plan)]
    for plan in able:
        plan.account.require_key()  # a missing key is an error before anything is paid
    attempts: list[Attempt] = [
        Attempt(plan.model, plan) for plan in plans if isinstance(plan, UnsupportedRequest)
    ]
    ended: dict[str, str] = {}  # by model, the id of the job that ended without a video
    for first_choice in able:
        if first_choice.model in ended:
            continue
        # Each plan is a job of its own, with an id of its own.
        live.record = JobRecord(id=new_id(), model=first_choice.model, target=target.absolute())
        options = SubmitOptions(
            idempotency_key=idempotency_key,
            waits_for_place=True,
            given_up=frozenset(ended.values()),
            retry_refused=retry_refused,
            within=timeout,
        )
        try:
            yield from submit(context, first_choice, live, options)
        except (ProviderError, TransportError) as error:  # confirmed: no task exists
            attempts.append(Attempt(first_choice.model, error))
            continue
        except UsageError as error:
            # Another target can't repair a mistake in the call. But the mistake must not hide
            # the answer of a target that was tried before.
            if isinstance(error, PluginError) or not _sent(attempts):
                raise
            attempts.append(Attempt(first_choice.model, error))
            continue
        plan = _plan_of(live.record, able)
        work = functools.partial(_finish, context, plan, live, target, timeout)
        try:
            file = yield from leased(context, live, work)
        except (JobFailed, JobCanceled, JobExpired) as error:  # confirmed: it ended
            ended[plan.model] = live.record.id
            attempts.append(Attempt(plan.model, error))
            continue
        return VideoResult(file=file, job=live.record, attempts=tuple(attempts))
    if not attempts:
        raise ValueError("generate needs at least one plan")
    raise _combined_error(attempts)


def _finish(
    context: EngineContext, plan: Plan, live: LiveJob, target: Path, timeout: float | None
) -> Program[Path]:
    """Wait for a job and save its video; an earlier call's job may be at another address."""
    account = account_of_job(live.record, type(plan.adapter), plan.account)
    return (yield from finish(context, plan.adapter, account, live, target, timeout))


def _plan_of(record: JobRecord, plans: Sequence[Plan]) -> Plan:
    """Return the plan of a job; under an idempotency key it may be an earlier call's job."""
    for plan in plans:
        if plan.model == record.model:
            return plan
    raise UsageError(
        f"job {record.short_id} runs at {record.model}, which this target no longer names. "
        f"Resume it with: polyreel jobs wait {record.short_id}",
        provider=record.provider,
        job=record.ref,
        job_id=record.id,
    )


def _sent(attempts: Sequence[Attempt]) -> list[Attempt]:
    """Return the attempts that sent something to a provider."""
    return [each for each in attempts if not isinstance(each.error, UsageError)]


def _combined_error(attempts: Sequence[Attempt]) -> PolyreelError:
    """Return one error for several attempts; its message names the others too.

    It is the last attempt that sent something, since "nothing was sent" would be false.
    """
    chosen = (_sent(attempts) or attempts)[-1]
    others = [each for each in attempts if each is not chosen]
    rest = "".join(f"\nAlso tried: {each.model}: {each.error.message}" for each in others)
    chosen.error.args = (chosen.error.message + rest, *chosen.error.args[1:])
    return chosen.error
