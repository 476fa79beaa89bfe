"""The engine: what polyreel does with a request, as programs without any I/O."""

from .cancel import cancel
from .context import EngineContext, LiveJob, new_id
from .download import download
from .finish import finish
from .generate import Attempt, VideoResult, generate
from .lease import leased
from .plan import Plan
from .prepare import wire_requests
from .submit import SubmitOptions, submit, submit_and_release
from .wait import poll, wait

__all__ = [
    "Attempt",
    "EngineContext",
    "LiveJob",
    "Plan",
    "SubmitOptions",
    "VideoResult",
    "cancel",
    "download",
    "finish",
    "generate",
    "leased",
    "new_id",
    "poll",
    "submit",
    "submit_and_release",
    "wait",
    "wire_requests",
]
