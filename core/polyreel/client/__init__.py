"""The clients: they resolve names to plans and run programs, blocking or on the event loop."""

from .async_client import AsyncClient
from .client import Client
from .job import (
    AsyncJob,
    Job,
)
from .priced_plan import PricedPlan

__all__ = [
    "AsyncClient",
    "AsyncJob",
    "Client",
    "Job",
    "PricedPlan",
]
