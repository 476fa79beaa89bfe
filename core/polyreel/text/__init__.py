"""What every room needs for safe messages: addresses, redaction, and the wording of errors."""

from . import logs  # every room that logs imports something of this one

__all__ = ["logs"]
