"""What a job costs: counted as its model bills, priced by the best source there is.

counting says how many units a film is, quoting what they cost, sources where the prices come
from. A price that is not known is unknown, with how to set one; never a guess, never zero.
"""

from .counting import billed_units
from .quoting import Certainty, Quote, QuoteLine, quote

__all__ = ["Certainty", "Quote", "QuoteLine", "billed_units", "quote"]
