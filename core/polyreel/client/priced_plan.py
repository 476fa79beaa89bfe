"""PricedPlan: what one call will do, fitted and priced."""

from __future__ import annotations

from dataclasses import dataclass

from ..engine import Plan
from ..errors import UnsupportedRequest


@dataclass(frozen=True)
class PricedPlan:
    """What one call will do: a target's model, then its fallbacks, each fitted and priced.

    Attributes:
        choices: In the order in which they are tried. For a fallback that can't do the request
            it has the error.
    """

    choices: tuple[Plan | UnsupportedRequest, ...]

    @property
    def able(self) -> tuple[Plan, ...]:
        """The plans that can be submitted; there is at least one."""
        return tuple(each for each in self.choices if isinstance(each, Plan))

    def for_one_call(self) -> PricedPlan:
        """Return the same plan for one more call: it can be given to several."""
        return PricedPlan(
            tuple(each.for_one_job() if isinstance(each, Plan) else each for each in self.choices)
        )

    @property
    def first(self) -> Plan:
        """The plan that is submitted first."""
        return self.able[0]
