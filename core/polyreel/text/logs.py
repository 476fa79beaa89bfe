"""polyreel's log: nothing that it says has control characters or a secret's usual forms."""

from __future__ import annotations

import logging

from ..characters import clean
from .redact import redact

_FORMATTER = logging.Formatter()


class _Safe(logging.Filter):
    """Makes each record safe to show, whatever handler a program has."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change a record where it has to be; every record is logged."""
        try:
            said = record.getMessage()
        except Exception:  # noqa: BLE001  # logging itself reports what can't be formatted
            return True
        if clean(said) != said:
            record.msg, record.args = clean(said), None
        if record.exc_info and not record.exc_text:
            # An observer or a plugin may raise anything. Handlers print this text.
            record.exc_text = redact(_FORMATTER.formatException(record.exc_info))
        return True


# A filter of a logger does not see what its children log, so each has its own.
LOGGERS = ("polyreel", "polyreel.config")
"""Every logger of polyreel."""

for _name in LOGGERS:
    logging.getLogger(_name).addFilter(_Safe())
