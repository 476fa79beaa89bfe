"""What a job costs and how long it takes: price sources, quotes, offers, budgets, statistics."""

from .addresses import Address
from .budget import Budget
from .latency import (
    Latency,
    Usual,
    latency_by,
    usual_seconds,
)
from .offers import (
    Offer,
    choose,
)
from .quoting import (
    Certainty,
    Quote,
    QuoteLine,
    quote,
)
from .sources import PriceSources
from .spend import (
    Spending,
    spend_by,
)

__all__ = [
    "Address",
    "Budget",
    "Certainty",
    "Latency",
    "Offer",
    "PriceSources",
    "Quote",
    "QuoteLine",
    "Spending",
    "Usual",
    "choose",
    "latency_by",
    "quote",
    "spend_by",
    "usual_seconds",
]
