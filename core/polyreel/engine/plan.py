"""Plan: one request, fitted to one model at one account, ready to be submitted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from ..account import Account
from ..adapter import Adapter
from ..catalogue import Finding, ModelSpec
from ..checks import Adjustment, check, drop_unsupported, nearest_model
from ..errors import UnsupportedRequest
from ..pricing import Quote
from ..request import VideoRequest

OnUnsupported = Literal["error", "drop"]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What will be submitted, where, and what was left out of it.

    Attributes:
        request: The neutral request after any adjustment.
        adapter: The translator, with the caller's options.
        spec: The model.
        account: Where it goes.
        asked: The request as the caller gave it.
        named: The target or model as the caller named it.
        adjustments: What the caller allowed to be dropped, and was.
        quote: What it would cost by prices that are at hand; None where nobody asked.
    """

    request: VideoRequest
    adapter: Adapter
    spec: ModelSpec
    account: Account
    asked: VideoRequest | None = None
    named: str = ""
    adjustments: tuple[Adjustment, ...] = ()
    quote: Quote | None = None

    @property
    def model(self) -> str:
        """The model, written `provider/name`."""
        return f"{self.adapter.name}/{self.spec.name}"

    def fitted(
        self, on_unsupported: OnUnsupported, models: Iterable[tuple[str, ModelSpec]]
    ) -> Plan:
        """Return the plan once its request fits the model.

        Args:
            on_unsupported: `error` refuses; `drop` leaves out settings that the model lacks
                and says so in `adjustments`.
            models: Every installed model, to name one that can.

        Raises:
            UnsupportedRequest: Names each field, its limit and the nearest model that can.
        """
        plan = self
        if on_unsupported == "drop":
            request, adjustments = drop_unsupported(self.request, self.spec)
            plan = replace(self, request=request, adjustments=adjustments)
        findings = check(plan.request, plan.spec)
        if findings:
            nearest = nearest_model(plan.request, self.model, models)
            raise unsupported(self.model, findings, nearest)
        # What the model does anyway was asked for and is not sent.
        fixed = [name for name, each in plan.spec.settings.items() if each.fixed is not None]
        return replace(plan, request=plan.request.model_copy(update=dict.fromkeys(fixed)))


def unsupported(model: str, findings: list[Finding], nearest: str | None) -> UnsupportedRequest:
    """Return the refusal that names every field, its limit and a model that can."""
    lines = [f"{model} can't do this request:"]
    lines += [f"  {finding.field}: {finding.message}" for finding in findings]
    lines.append(
        f"The nearest model that can is {nearest}."
        if nearest
        else "No installed model takes the whole request; `polyreel check` shows each one's limits."
    )
    return UnsupportedRequest(
        "\n".join(lines),
        model=model,
        findings=findings,
        nearest=nearest,
        provider=model.partition("/")[0],
    )
