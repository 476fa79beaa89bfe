"""The journal: every job's life on disk, written before anyone acts on it.

`interface` says what a journal must do, `sqlite` does it in one file, `writer` makes
many small writes one commit, `rows` turns records into text and back, and `schema` brings
older files up to date.
"""

from .interface import MAY_FOLLOW, OVER, Claimed, Intent, Journal, Opened, Opening

__all__ = ["MAY_FOLLOW", "OVER", "Claimed", "Intent", "Journal", "Opened", "Opening"]
