"""The engine: what polyreel does with a request, as programs without any I/O."""

from .cancel import cancel
from .context import EngineContext, LiveJob, new_id
from .fetch import fetch
from .finish import finish
from .generate import Attempt, Film, generate
from .hold import held
from .plan import Plan
from .prepare import wire_requests
from .submit import Call, submit, submit_and_release
from .wait import look, wait

__all__ = [
    "Attempt",
    "Call",
    "EngineContext",
    "Film",
    "LiveJob",
    "Plan",
    "cancel",
    "fetch",
    "finish",
    "generate",
    "held",
    "look",
    "new_id",
    "submit",
    "submit_and_release",
    "wait",
    "wire_requests",
]
