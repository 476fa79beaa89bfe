"""The statements about registrations, within one transaction."""

from __future__ import annotations

import sqlite3
from dataclasses import fields
from datetime import UTC, datetime, timedelta

from ..registrations import RegistrationKey, RegistrationRecord, RegistrationState

ABANDONED_AFTER = timedelta(minutes=10)
"""A registration that was begun longer ago is taken over, also where its process still runs."""

_KEY = tuple(each.name for each in fields(RegistrationKey))
_COLUMNS = ", ".join((*_KEY, "state", "vendor_id", "reason", "changed_at"))
_WHERE = " AND ".join(f"{name} = ?" for name in _KEY)


class Registrations:
    """The statements, for one process."""

    def __init__(self, connection: sqlite3.Connection, owner: str, now: datetime) -> None:
        self._connection = connection
        self._owner = owner
        self._now = now

    def take(
        self, key: RegistrationKey, call: str, expired_owners: list[str]
    ) -> RegistrationRecord | None:
        """Return a registration to work on; None while another call gives it to the provider.

        A new one is saved here, and so is one that has to be given to the provider again.

        Args:
            key: Which.
            call: This call; the row belongs to it while it is given to the provider.
            expired_owners: The processes that have ended.
        """
        row = self._row(key)
        if row is not None and row.state in (RegistrationState.WAITING, RegistrationState.APPROVED):
            return row
        if row is not None and row.state is RegistrationState.BEGUN:
            owner, other = self._connection.execute(
                f"SELECT owner, call FROM registrations WHERE {_WHERE}",  # noqa: S608  # names of ours
                _values(key),
            ).fetchone()
            is_old = row.changed_at is None or abs(self._now - row.changed_at) > ABANDONED_AFTER
            is_free = owner is None or owner in expired_owners or other == call or is_old
            if not is_free:
                return None
        self._connection.execute(
            f"INSERT OR REPLACE INTO registrations ({_COLUMNS}, owner, call) "  # noqa: S608  # names of ours
            f"VALUES ({', '.join('?' * (len(_KEY) + 6))})",
            (
                *_values(key),
                str(RegistrationState.BEGUN),
                None,
                None,
                self._now.timestamp(),
                self._owner,
                call,
            ),
        )
        return RegistrationRecord(key=key, changed_at=self._now)

    def save(self, record: RegistrationRecord) -> None:
        """Save what became of a registration; it belongs to no call any more."""
        self._connection.execute(
            f"INSERT OR REPLACE INTO registrations ({_COLUMNS}) "  # noqa: S608  # names of ours
            f"VALUES ({', '.join('?' * (len(_KEY) + 4))})",
            (
                *_values(record.key),
                str(record.state),
                record.vendor_id,
                record.reason,
                self._now.timestamp(),
            ),
        )

    def all(self, provider: str | None = None) -> list[RegistrationRecord]:
        """Return the registrations of a provider, or all; the one that changed last comes first."""
        found = self._connection.execute(
            f"SELECT {_COLUMNS} FROM registrations "  # noqa: S608  # names of ours
            "WHERE ? IS NULL OR provider = ? ORDER BY changed_at DESC",
            (provider, provider),
        )
        records = (_record(each) for each in found)
        return [each for each in records if each is not None]

    def _row(self, key: RegistrationKey) -> RegistrationRecord | None:
        found = self._connection.execute(
            f"SELECT {_COLUMNS} FROM registrations WHERE {_WHERE}",  # noqa: S608  # names of ours
            _values(key),
        ).fetchone()
        return None if found is None else _record(found)


def _values(key: RegistrationKey) -> tuple[str, ...]:
    return tuple(getattr(key, name) for name in _KEY)


def _record(row: tuple[object, ...]) -> RegistrationRecord | None:
    """Return the record of a row; None where it can't be read: then it is given anew, for free."""
    *key, state, vendor_id, reason, changed_at = row
    try:
        return RegistrationRecord(
            key=RegistrationKey(**dict(zip(_KEY, map(str, key), strict=True))),  # type: ignore[arg-type]  # texts
            state=RegistrationState(str(state)),
            vendor_id=None if vendor_id is None else str(vendor_id),
            reason=None if reason is None else str(reason),
            changed_at=datetime.fromtimestamp(float(str(changed_at)), UTC),
        )
    except (ValueError, OverflowError, OSError):
        return None
