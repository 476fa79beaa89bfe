"""The journal: every change of a job on disk, saved before anything acts on it.

`interface` says what a journal must do and `sqlite` does it in one file: `transactions`
decides, `table` holds the statements, `writer` makes many small writes one commit, `rows`
turns records into text and back, and `schema` migrates older files.
"""

from .interface import MAY_FOLLOW, OVER, Claimed, Intent, Journal, Opened, Opening

__all__ = ["MAY_FOLLOW", "OVER", "Claimed", "Intent", "Journal", "Opened", "Opening"]
