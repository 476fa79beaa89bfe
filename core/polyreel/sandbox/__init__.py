"""The sandbox: vendors' local doubles, for tests, trials and `polyreel demo`.

Needs the extra `polyreel[sandbox]`. Nothing in the library itself imports this package.
"""

from .contract import Contract, Operation
from .faults import Fault
from .film import FilmCard, Picture
from .picture import draw_picture
from .server import Sandbox
from .shape import frame_size
from .stand_in import Call, Pace, Progress, RefusalKind, Reply, StandIn, Task

__all__ = [
    "Call",
    "Contract",
    "Fault",
    "FilmCard",
    "Operation",
    "Pace",
    "Picture",
    "Progress",
    "RefusalKind",
    "Reply",
    "Sandbox",
    "StandIn",
    "Task",
    "draw_picture",
    "frame_size",
]
