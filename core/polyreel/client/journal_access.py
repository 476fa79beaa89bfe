"""JournalAccess: the journal of a client, opened when it is first used."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Mapping
from pathlib import Path

from ..adapters import Registry
from ..clock import Clock
from ..config import Config, journal_file
from ..errors import ConfigError, JournalError
from ..forks import renew_in_children
from ..jobs import History, JobRecord, Journal
from ..jobs.spend_limit import SpendLimit, Spent, without_journal
from ..pricing.addresses import Address, places_of
from .arguments import AnyJournal, UsualJournal
from .journal_port import JournalPort

log = logging.getLogger("polyreel")

MOST_RECORDS = 200
"""The newest jobs of a model that show its charges and times; older ones may mislead."""

RECORDS_CACHED_FOR = 60.0
"""Seconds until they are read again: many submits in a row read them once."""


class JournalAccess:
    """Opens and closes the journal that the caller or the config names."""

    def __init__(
        self,
        journal: AnyJournal,
        config: Config,
        environment: Mapping[str, str],
        registry: Registry,
        clock: Clock,
    ) -> None:
        self._asked = journal
        self._config = config
        self._environment = environment
        self._registry = registry
        self._clock = clock
        self._port: JournalPort | None = None
        self.renew_after_fork()
        renew_in_children(self)
        self._recent: dict[tuple[str, Address], tuple[float, list[JobRecord]]] = {}

    def renew_after_fork(self) -> None:
        """Start with a lock that no thread of a parent has taken. The journal renews itself."""
        self._opening = threading.Lock()

    @property
    def is_persistent(self) -> bool:
        """Whether jobs outlive this process. Opens nothing."""
        if isinstance(self._asked, UsualJournal):
            return self._config.journal is not False
        if self._asked is None or isinstance(self._asked, (str, os.PathLike)):
            return self._asked is not None
        return self._asked.is_persistent

    def port(self) -> JournalPort:
        """Return what performs the journal's effects; opens the journal."""
        with self._opening:
            if self._port is None:
                self._port = JournalPort(self._open())
            return self._port

    @property
    def history(self) -> History:
        """The jobs in the journal."""
        return History(self.port().journal, self._registry)

    def recent(self, model: str, address: Address) -> list[JobRecord]:
        """Return the newest jobs of a model at an address; none where either is not known.

        A journal error does not stop a quote.
        """
        if not self.is_persistent:
            return []
        now = self._clock.monotonic()
        installed = self._registry.adapters.get(model.partition("/")[0])
        if installed is None or address.url is None:
            return []
        at, found = self._recent.get((model, address), (float("-inf"), []))
        if now - at < RECORDS_CACHED_FOR:
            return found
        try:
            found = [
                each
                for each in self.port().journal.jobs(
                    model=model,
                    places=places_of(installed.adapter, address.url),
                    limit=MOST_RECORDS,
                )
                if Address.of_job(each, self._registry) == address
            ]
        except (JournalError, ConfigError) as error:
            log.error("%s", error)
            found = []
        self._recent[model, address] = (now, found)
        return found

    def spent(self, limit: SpendLimit) -> Spent:
        """Return what the jobs of a budget cost so far.

        Raises:
            JournalError: When the journal can't be read, or none is in use.
        """
        if not self.is_persistent:
            raise without_journal(limit)
        return self.port().journal.spent(limit)

    def close(self) -> None:
        """Close the journal, unless the caller passed it."""
        with self._opening:
            port, self._port = self._port, None
        if port is not None and port.journal is not self._asked:
            port.journal.close()

    def _open(self) -> Journal:
        from ..jobs.journal.sqlite import SqliteJournal  # SQLite is loaded when first used

        asked = self._asked
        if asked is None or isinstance(asked, (str, os.PathLike)):
            path = None if asked is None else Path(asked)
        elif isinstance(asked, UsualJournal):
            path = journal_file(self._config, self._environment)
        else:
            return asked
        if path is None:
            log.warning(
                "no journal is in use: a job that this process does not finish is lost unless you "
                "save its reference, and another process may pay for the same job again"
            )
        return SqliteJournal(path, now=self._clock.now, monotonic=self._clock.monotonic)
