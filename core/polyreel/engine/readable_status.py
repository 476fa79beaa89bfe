"""readable: a status of which every value makes sense; what makes none is unknown and named.

An adapter may return anything. A progress, size, price or time that makes no sense must neither
end a wait nor reach the journal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from ..adapters import (
    Account,
    Charge,
    JobStatus,
    Output,
    amount_of,
    fraction_of,
    moment_of,
    pixels_of,
    task_id_of,
    text_of,
)
from ..text.redact import redact_message

T = TypeVar("T")


def readable(status: JobStatus, account: Account) -> JobStatus:
    """Return a status whose values all make sense, and whose texts are safe to show.

    Args:
        status: As the adapter returned it.
        account: Its secrets are removed from texts: a provider may echo anything in them.
    """
    reading = _Reading([each for each in status.unread if isinstance(each, str)])

    def shown(text: object) -> str | None:
        return redact_message(text, account.secrets) if isinstance(text, str) and text else None

    has_ended = status.state.is_final
    charge, billed_units = (status.charge, status.billed_units) if has_ended else (None, None)
    return replace(
        status,
        raw_state=shown(text_of(status.raw_state)) or "",
        progress=reading.value("progress", status.progress, fraction_of),
        outputs=tuple(reading.outputs(status.outputs)),
        failure=shown(reading.value("failure", status.failure, text_of)),
        failure_code=shown(reading.value("failure_code", status.failure_code, text_of)),
        task_id=reading.value("task_id", status.task_id, task_id_of),
        # What is charged is known only at the end; before it, any amount is an estimate at most.
        charge=_with_unit(reading.value("charge", charge, _charge_of), shown),
        billed_units=reading.value("billed_units", billed_units, amount_of),
        expires_at=reading.value("expires_at", status.expires_at, _zoned_moment_of),
        unread=tuple(shown(each) or "" for each in dict.fromkeys(reading.unread)),
    )


@dataclass
class _Reading:
    """Reads values, and notes the names of those that can't be read."""

    unread: list[str] = field(default_factory=list)

    def value(self, name: str, value: object, read: Callable[[object], T | None]) -> T | None:
        found = None if value is None else read(value)
        if found is None and value is not None:
            self.unread.append(name)
        return found

    def outputs(self, outputs: object) -> Iterator[Output]:
        for each in outputs if isinstance(outputs, (tuple, list)) else ():
            if not isinstance(each, Output) or not isinstance(each.url, str) or not each.url:
                self.unread.append("outputs")
                continue
            yield replace(
                each,
                width=self.value("width", each.width, pixels_of),
                height=self.value("height", each.height, pixels_of),
                needs_key=each.needs_key is True,
                relative_to="address" if each.relative_to == "address" else "origin",
            )


def _charge_of(charge: object) -> Charge | None:
    """Return a charge whose amount and unit can be read; only polyreel derives one."""
    amount = amount_of(charge.amount) if isinstance(charge, Charge) else None
    unit = text_of(charge.unit) if isinstance(charge, Charge) else None
    return Charge(amount=amount, unit=unit) if amount is not None and unit else None


def _with_unit(charge: Charge | None, shown: Callable[[object], str | None]) -> Charge | None:
    """Return a charge whose unit is safe to show."""
    return None if charge is None else replace(charge, unit=shown(charge.unit) or "unknown")


def _zoned_moment_of(at: object) -> datetime | None:
    """Return a time; None where it has no zone, since it may be anybody's."""
    return moment_of(at.isoformat()) if isinstance(at, datetime) and at.tzinfo else None
