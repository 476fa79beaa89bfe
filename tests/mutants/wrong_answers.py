"""Mutants that an odd value in an optional field of an answer upsets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from polyreel.adapters import Charge, JobStatus, Output
from pydantic import BaseModel

from mutants.kiln.adapter import KilnAdapter
from mutants.mutant import mutant

_NO_VIDEO_LOST = "test_an_odd_field_hides_no_video"


class StrictCost(BaseModel):
    """The cost, as the page shows it."""

    sparks: Decimal | None = None


class StrictReason(BaseModel):
    """The reason, as the page shows it."""

    reason: str | None = None


@mutant(
    caught_by=_NO_VIDEO_LOST,
    says='with data.sparks = "", poll raised BadResponse',
    seen="both vendors' first adapters",
)
class ReadsTheCostStrictly(KilnAdapter):
    """It can't read the status of a finished job whose cost is no number."""

    def status_of(self, data: Mapping[str, Any]) -> JobStatus:
        self.read_part(StrictCost, data)
        return super().status_of(data)


@mutant(caught_by=_NO_VIDEO_LOST, says="the charge became -1 spark")
class TakesANegativeCost(KilnAdapter):
    """It takes any number for the cost, a negative one too."""

    def status_of(self, data: Mapping[str, Any]) -> JobStatus:
        try:
            amount = Decimal(str(data.get("sparks")))
        except InvalidOperation:
            return super().status_of(data)
        return replace(super().status_of(data), charge=Charge(amount=amount, unit="spark"))


@mutant(caught_by=_NO_VIDEO_LOST, says='with data.video.width = "", the video is lost')
class LosesAVideoOfOddSize(KilnAdapter):
    """It drops a video whose width is not a number."""

    def outputs(self, data: Mapping[str, Any]) -> tuple[Output, ...]:
        width = data["video"].get("width") if isinstance(data.get("video"), dict) else None
        return super().outputs(data) if width is None or isinstance(width, int) else ()


@mutant(caught_by=_NO_VIDEO_LOST, says="the progress became -0.01")
class ReportsANegativeProgress(KilnAdapter):
    """It reports any number as progress."""

    def status_of(self, data: Mapping[str, Any]) -> JobStatus:
        status, percent = super().status_of(data), data.get("percent")
        return replace(status, progress=percent / 100) if isinstance(percent, int) else status


@mutant(
    caught_by="test_an_odd_field_hides_no_failure",
    says="with data.reason = true, poll raised BadResponse",
    seen="both vendors' first adapters",
)
class ReadsAReasonStrictly(KilnAdapter):
    """It can't read the status of a failed job whose reason is not text."""

    def status_of(self, data: Mapping[str, Any]) -> JobStatus:
        self.read_part(StrictReason, data)
        return super().status_of(data)


@mutant(
    caught_by="test_an_answer_about_another_task_is_seen",
    says="the answer's video_id is another task's, and the status carries None",
)
class TakesAnyAnswer(KilnAdapter):
    """It does not say which task an answer is about."""

    def status_of(self, data: Mapping[str, Any]) -> JobStatus:
        return replace(super().status_of(data), task_id=None)
