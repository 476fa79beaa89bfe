"""Mutants with a wrong header or query, or that poll too often."""

from __future__ import annotations

from dataclasses import replace

from polyreel.adapters import PollTiming
from toys.gallery.adapter import COLLAGE, PORTRAIT, VERSION, GalleryAdapter

from mutants.mutant import mutant

_LAW = "test_headers_and_query_meet_the_contract[collage]"
_OF = "toys.gallery"


@mutant(
    caught_by=_LAW,
    says="POST /make/collage: the header X-Gallery-Version is required and was not sent",
    seen="an adapter for a vendor with a required version header was green without it",
    of=_OF,
)
class NeverSendsTheVersion(GalleryAdapter):
    """It never sends the version header that the vendor requires."""

    def headers(self) -> dict[str, str]:
        return {}


@mutant(caught_by=_LAW, says="the header X-Gallery-Version: '2026-01-05' was expected", of=_OF)
class SendsAnotherVersion(GalleryAdapter):
    """It sends a version that the vendor does not document."""

    def headers(self) -> dict[str, str]:
        return dict.fromkeys(VERSION, "2025-01-01")


@mutant(
    caught_by=_LAW,
    says="the header X-Gallery-Beta is sent, and the contract does not have it",
    of=_OF,
)
class SendsAnUndocumentedHeader(GalleryAdapter):
    """It sends a header of the vendor that no page has."""

    def headers(self) -> dict[str, str]:
        return {**VERSION, "X-Gallery-Beta": "1"}


@mutant(
    caught_by=_LAW,
    says="GET /works/{id}: the query parameter verbose is sent, and the contract does not have it",
    of=_OF,
)
class SendsAnUndocumentedQuery(GalleryAdapter):
    """It sends a query parameter that no page has."""

    def query(self) -> dict[str, str]:
        return {"detail": "full", "verbose": "1"}


@mutant(
    caught_by=_LAW,
    says="GET /works/{id}: the query parameter detail is required and was not sent",
    of=_OF,
)
class LeavesOutTheQuery(GalleryAdapter):
    """It leaves out a query parameter that the vendor requires."""

    def query(self) -> dict[str, str]:
        return {}


@mutant(
    caught_by="test_polls_keep_the_documented_gap",
    says="poll_timing.floor is shorter than the documented time between two polls",
    of=_OF,
)
class PollsTooOften(GalleryAdapter):
    """It polls every second; the vendor allows one poll in 30 seconds."""

    poll_timing = replace(GalleryAdapter.poll_timing, floor=PollTiming().floor)


@mutant(
    caught_by="test_accepted_requests_meet_the_contract[collage]",
    says="parts: a list of 5 is too long",
    of=_OF,
)
class KnowsNoTotalOfMedia(GalleryAdapter):
    """Its data lacks the limit of media in all."""

    models = (PORTRAIT, replace(COLLAGE, media_maximum=None))
