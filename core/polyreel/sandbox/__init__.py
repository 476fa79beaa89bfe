"""The sandbox: vendors' local doubles, for tests, trials and `polyreel demo`.

Needs the extra `polyreel[sandbox]`. Nothing in the library itself imports this package.
"""

from .contract import Contract, Operation
from .exchange import Call, Reply, Trouble
from .faults import Fault, Phase
from .film import FilmCard, Picture
from .keywords import Place, Role
from .picture import draw_picture
from .server import Sandbox
from .shape import frame_size
from .spoil import RETRY_AFTER_SECONDS
from .stand_in import USUAL_STATUS, RefusalKind, StandIn
from .task import Pace, Progress, Task, Word

__all__ = [
    "RETRY_AFTER_SECONDS",
    "USUAL_STATUS",
    "Call",
    "Contract",
    "Fault",
    "FilmCard",
    "Operation",
    "Pace",
    "Phase",
    "Picture",
    "Place",
    "Progress",
    "RefusalKind",
    "Reply",
    "Role",
    "Sandbox",
    "StandIn",
    "Task",
    "Trouble",
    "Word",
    "draw_picture",
    "frame_size",
]
