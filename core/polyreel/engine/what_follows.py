"""What follows on a paid request that gave no task: another request, or the end."""

from __future__ import annotations

from ..errors import PolyreelError
from .context import EngineContext, LiveJob
from .effects import Program
from .flows import with_facts
from .plan import Plan
from .resend import FirstSend, outcome_of_both, pause_before_resend
from .send_again import SendAgain, back_to_intent
from .submit_outcome import PaidRequest, outcome_of_submit


def outcome_of_paid(
    context: EngineContext,
    plan: Plan,
    live: LiveJob,
    paid: PaidRequest,
    error: BaseException,
    first: FirstSend | None,
) -> PolyreelError:
    """Return what an error of a paid request means for the money, with every fact."""
    outcome = outcome_of_submit(context, plan, error, paid, live.record)
    if outcome is not error:
        with_facts(outcome, context, plan.account, paid.answer)
    if first is not None:
        outcome = outcome_of_both(context, plan, live.record, first, error, outcome, paid)
    outcome.job_id = live.record.id
    return outcome


def what_follows(
    context: EngineContext,
    plan: Plan,
    live: LiveJob,
    paid: PaidRequest,
    error: Exception,
    outcome: PolyreelError,
    again: SendAgain,
) -> Program[float | FirstSend | None]:
    """Return what follows on a request that gave no task; None for its end.

    Returns:
        The seconds to wait before it is sent again, after a refusal that may pass; or the request
        to send once more with the same key, after an unknown outcome.
    """
    seconds = again.pause_after(context, plan, outcome, paid, live.record.refusals)
    if seconds is not None and (yield from back_to_intent(live, outcome)):
        return seconds
    return (yield from pause_before_resend(context, plan, live, error, outcome, paid, again))
