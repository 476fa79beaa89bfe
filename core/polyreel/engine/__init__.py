"""The engine: what polyreel does with a request, as programs without any I/O."""

from .context import EngineContext, LiveJob
from .fetch import fetch
from .generate import Attempt, Film, generate
from .plan import Plan
from .submit import prepare, submit, wire_requests
from .wait import look, wait

__all__ = [
    "Attempt",
    "EngineContext",
    "Film",
    "LiveJob",
    "Plan",
    "fetch",
    "generate",
    "look",
    "prepare",
    "submit",
    "wait",
    "wire_requests",
]
