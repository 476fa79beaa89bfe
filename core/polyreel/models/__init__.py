"""What a model can do, as data, and whether it takes a request."""

from .checks import (
    Adjustment,
    check,
    nearest_model,
)
from .price_rules import (
    PriceRule,
    TokenCount,
    Unit,
)
from .spec import (
    Billing,
    Finding,
    Frames,
    MediaLimit,
    ModelSpec,
    Rule,
    Setting,
    seconds,
)

__all__ = [
    "Adjustment",
    "Billing",
    "Finding",
    "Frames",
    "MediaLimit",
    "ModelSpec",
    "PriceRule",
    "Rule",
    "Setting",
    "TokenCount",
    "Unit",
    "check",
    "nearest_model",
    "seconds",
]
