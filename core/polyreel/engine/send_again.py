"""Sending a paid request again after a sure refusal, where the caller asked for it.

The journal's row alone decides: the job goes back to its intent, by the process that sent it
and by no other, before the next request may leave. A process that ends meanwhile leaves a
rejected job: the provider refused, so no task exists.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from ..errors import PolyreelError, ProviderError
from ..jobs import Stage
from .context import EngineContext, LiveJob
from .definite_refusals import may_pass
from .effects import Program, Sleep
from .flows import pause
from .plan import Plan
from .submit_outcome import PaidRequest

log = logging.getLogger("polyreel")


@dataclass(frozen=True, kw_only=True)
class SendAgain:
    """How often a create may be sent again, and until when.

    Attributes:
        most: How often, after the first time.
        until: The moment of the monotonic clock after which nothing is sent again; None for no
            deadline.
    """

    most: int = 0
    until: float | None = None

    @classmethod
    def of(
        cls, context: EngineContext, plan: Plan, most: int | None, within: float | None
    ) -> SendAgain:
        """Return it for one call.

        Args:
            context: Gives the time.
            plan: Its account says how often, where the call does not.
            most: How often, as the call says.
            within: Seconds from now; None for no deadline.
        """
        return cls(
            most=plan.account.retry_refused if most is None else most,
            until=None if within is None else context.clock.monotonic() + within,
        )

    def left(self, context: EngineContext) -> float | None:
        """Return the seconds until the deadline; None without one."""
        return None if self.until is None else self.until - context.clock.monotonic()

    def pause_after(
        self,
        context: EngineContext,
        plan: Plan,
        outcome: PolyreelError,
        paid: PaidRequest,
        refusals: int,
    ) -> float | None:
        """Return how many seconds to pause before the next send; None to send nothing again.

        Args:
            context: Gives the time and the jitter.
            plan: Its adapter says which refusals may pass.
            outcome: What the answer means: only a refusal is followed by another send.
            paid: The request and its answer.
            refusals: How often the job was refused before.
        """
        if refusals >= self.most or not _may_pass(plan, outcome, paid):
            return None
        seconds = pause(context, refusals + 1, outcome.retry_after)
        left = self.left(context)
        return seconds if left is None or seconds < left else None


def _may_pass(plan: Plan, outcome: PolyreelError, paid: PaidRequest) -> bool:
    """Return whether the provider surely refused, in a way that may pass."""
    answer = paid.answer
    if answer is None or paid.followed_by_free or not isinstance(outcome, ProviderError):
        return False
    return may_pass(plan.adapter, answer, outcome)


def back_to_intent(live: LiveJob, outcome: PolyreelError) -> Program[bool]:
    """Make a refused job an intent again; return False where this process may not."""
    refused = live.record
    took_place = yield from live.persist(
        Stage.INTENT,
        refusals=refused.refusals + 1,
        error=outcome,
        # The request that makes the task is still to leave.
        timeline=replace(refused.timeline, submitted_at=None),
    )
    if not took_place:
        live.record = refused
    return took_place


def wait_to_send_again(plan: Plan, live: LiveJob, seconds: float) -> Program[None]:
    """Wait before a refused request is sent again; an interrupt leaves the job rejected."""
    refusal = live.record.error
    log.warning(
        "%s: refused; the request is sent again in %.0f s. %s", plan.model, seconds, refusal
    )
    try:
        yield Sleep(seconds)
    except GeneratorExit:
        raise  # the driver has stopped, so no effect can be performed
    except BaseException:
        yield from live.persist(Stage.REJECTED, error=refusal)
        raise
