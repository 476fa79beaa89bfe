"""cancel: ask a provider to stop a job, and return the true result."""

from __future__ import annotations

from ..adapters import Account, Adapter, Cancellation, JobStatus, State
from ..errors import PluginError
from ..jobs import Stage
from .context import EngineContext, LiveJob
from .effects import Program
from .flows import read_flow, repeated


def cancel(
    context: EngineContext, adapter: Adapter, account: Account, live: LiveJob
) -> Program[Cancellation]:
    """Ask a provider to stop an accepted job.

    Returns:
        `STOPPED` only where the provider said so. After `TOO_LATE` and `NOT_OFFERED` the job
        continues and is billed.

    Raises:
        ProviderError, TransportError: When the provider could not be asked.
    """
    ref = live.record.ref
    assert ref is not None, "only accepted jobs are canceled"
    if live.record.has_ended:
        return Cancellation.TOO_LATE
    if not adapter.offers_cancel:
        return Cancellation.NOT_OFFERED
    outcome = yield from repeated(context, lambda: read_flow(context, account, adapter.cancel(ref)))
    if not isinstance(outcome, Cancellation):
        raise PluginError(
            f"the adapter of {adapter.name} returned {type(outcome).__name__} instead of a "
            "Cancellation. Report it to the plugin's author.",
            provider=adapter.name,
            job=ref,
        )
    if outcome is Cancellation.STOPPED:
        status = JobStatus(state=State.CANCELED, raw_state="canceled on request")
        timeline = live.seen(finished_at=context.now())
        yield from live.persist(Stage.FINISHED, status=status, timeline=timeline)
    return outcome
