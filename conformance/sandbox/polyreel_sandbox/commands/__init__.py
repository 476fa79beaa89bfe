"""The commands that the sandbox adds to polyreel's command line."""

from .demo import demo
from .sandbox import sandbox

__all__ = ["demo", "sandbox"]
