"""Jobs whose outcome is unknown, at providers where a task can be found again."""

from __future__ import annotations

from ..client import Client
from ..client.settling import find
from ..engine.find import may_be_found
from ..errors import PolyreelError
from ..jobs import JobRecord, Stage
from ..jobs.address import address_of
from ..text.addresses import same_address
from .output import say


def can_be_found(client: Client, record: JobRecord) -> bool:
    """Return whether the provider of an unknown job lets its task be found again."""
    installed = client.registry.adapters.get(record.provider)
    return installed is not None and may_be_found(installed.adapter, record)


def find_tasks(at: str | None = None) -> None:
    """Settle every unknown job by its task, where that can be found, and report each.

    An error of one job leaves it unknown and does not stop the others.

    Args:
        at: An address that the caller names, for the jobs that were submitted there.

    Raises:
        ConfigError: When no key may be sent, since the config is not trusted.
    """
    with Client() as client:
        unknown = client.history.jobs(stages={Stage.UNKNOWN})
        sought = [each for each in unknown if can_be_found(client, each)]
        if sought:
            client.planner.require_trust()
        for record in sought:
            submitted = address_of(record)
            is_there = at is not None and submitted is not None and same_address(submitted, at)
            try:
                client.run_program(find(client.planner, record, at if is_there else None))
            except PolyreelError as error:
                say(error.message)
            else:
                say(f"{record.model}: job {record.short_id}: its task was found again.")
