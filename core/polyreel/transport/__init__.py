"""The only HTTP: requests with credentials, and downloads."""

from .http import (
    AsyncTransport,
    SyncTransport,
)

__all__ = [
    "AsyncTransport",
    "SyncTransport",
]
