"""Plan: one request, fitted to one model at one account, ready to submit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from ..adapters import Account, Adapter
from ..errors import UnsupportedRequest
from ..jobs.spend_limit import SpendLimit
from ..models import Adjustment, Finding, ModelSpec, check, nearest_model
from ..models.checks import drop_unsupported
from ..pricing import Quote
from ..request import VideoRequest
from ..request.media_access import ANY_MEDIA, MediaAccess
from ..request.media_rules import MediaRules

OnUnsupported = Literal["error", "drop"]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to submit, where, and what was dropped from it.

    Attributes:
        request: The neutral request after any adjustment.
        adapter: The adapter, with the caller's options.
        spec: The model.
        account: The account to submit to.
        asked: The request as the caller gave it.
        named: The target or model as the caller named it.
        adjustments: What was dropped from the request, with the caller's permission, and the
            shape that was chosen for a frame.
        quote: The price from the known price sources; None where it was not asked for.
        media_rules: How local media are treated.
        media_access: Which media the client takes.
        limits: What the jobs of a day or month may cost together, with this plan's price.
    """

    request: VideoRequest
    adapter: Adapter
    spec: ModelSpec
    account: Account
    asked: VideoRequest | None = None
    named: str = ""
    adjustments: tuple[Adjustment, ...] = ()
    quote: Quote | None = None
    media_rules: MediaRules = field(default_factory=MediaRules)
    media_access: MediaAccess = ANY_MEDIA
    limits: tuple[SpendLimit, ...] = ()

    @property
    def model(self) -> str:
        """The model, written `provider/name`."""
        return f"{self.adapter.name}/{self.spec.name}"

    @property
    def priced_request(self) -> VideoRequest:
        """The request to price: a fixed setting is not sent, but affects the price."""
        dropped = {each.field for each in self.adjustments}
        if self.asked is None or self.request.audio is not None or "audio" in dropped:
            return self.request
        return self.request.model_copy(update={"audio": self.asked.audio})

    def for_one_job(self) -> Plan:
        """Return the same plan with an adapter of its own, since an adapter lives for one job."""
        return replace(self, adapter=type(self.adapter)(self.adapter.options))

    def fitted(
        self, on_unsupported: OnUnsupported, models: Iterable[tuple[str, ModelSpec]]
    ) -> Plan:
        """Return the plan once its request fits the model.

        Args:
            on_unsupported: `error` refuses; `drop` leaves out settings that the model lacks
                and says so in `adjustments`.
            models: Every installed model, to suggest one that can.

        Raises:
            UnsupportedRequest: Names each field, its limit and the nearest model that can.
        """
        plan = self
        if on_unsupported == "drop":
            request, adjustments = drop_unsupported(self.request, self.spec)
            plan = replace(self, request=request, adjustments=(*self.adjustments, *adjustments))
        findings = check(plan.request, plan.spec)
        if findings:
            # Another model may choose another shape for the same frame.
            usual = (self.asked or self.request).aspect_ratio
            unshaped = plan.request.model_copy(update={"aspect_ratio": usual})
            nearest = nearest_model(unshaped, self.model, models)
            raise unsupported(self.model, findings, nearest)
        # The request asks for what the model always does; it is not sent.
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
