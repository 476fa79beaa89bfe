"""One request on several models: the runs, the output checks and the report."""

from .comparison import (
    Comparison,
    compare,
)

__all__ = [
    "Comparison",
    "compare",
]
