"""Mutants that are wrong about media which the vendor has to approve."""

from __future__ import annotations

from polyreel.adapters import (
    Approval,
    Flow,
    MediaToRegister,
    Registration,
    WireRequest,
    WireResponse,
)
from toys.harbor.adapter import HarborAdapter

from .mutant import mutant

HARBOR = "toys.harbor"


@mutant(
    of=HARBOR,
    caught_by="test_a_media_that_waits_is_taken_up_by_the_next_call",
    says="not MediaPending",
)
class ReadsAReviewAsAnApproval(HarborAdapter):
    """It reads a media that the vendor still reviews as approved."""

    def approval(self, word: str) -> Approval:
        found = super().approval(word)
        return Approval.APPROVED if found is Approval.WAITING else found


@mutant(
    of=HARBOR,
    caught_by="test_a_refused_media_is_reported_and_nothing_is_paid",
    says="not ContentBlocked",
)
class WaitsForARefusedMedia(HarborAdapter):
    """It reads a media that the vendor refused as one that waits."""

    def approval(self, word: str) -> Approval:
        found = super().approval(word)
        return Approval.WAITING if found is Approval.REFUSED else found


@mutant(
    of=HARBOR,
    caught_by="test_a_refused_media_is_reported_and_nothing_is_paid",
    says="reason is lost",
)
class LosesTheReasonOfARefusal(HarborAdapter):
    """It loses the vendor's reason for refusing a media."""

    def registration_in(self, response: WireResponse) -> Registration:
        found = super().registration_in(response)
        return Registration(vendor_id=found.vendor_id, approval=found.approval)


@mutant(
    of=HARBOR,
    caught_by="test_a_failed_look_ends_no_registration",
    says="registered again",
)
class TakesABadAnswerForAMissingAsset(HarborAdapter):
    """It takes every bad answer about an asset for one that is gone, and registers it again."""

    def registration(self, vendor_id: str) -> Flow[Registration]:
        response = yield WireRequest(method="GET", path=f"/assets/{vendor_id}")
        if not response.ok:
            return Registration(vendor_id=vendor_id, approval=Approval.GONE)
        return self.registration_in(response)


@mutant(
    of=HARBOR,
    caught_by="test_a_media_is_approved_before_it_is_paid_for",
    says="marks a free request as paid",
)
class MarksARegistrationAsPaid(HarborAdapter):
    """It marks the request that registers a media as the paid one."""

    def register(self, media: MediaToRegister) -> Flow[Registration]:
        url = media.url
        if media.file is not None:
            url = yield from self.upload(media.file)
        response = yield WireRequest(
            method="POST", path="/assets", json={"source": url}, spends=True
        )
        return self.registration_in(response)
