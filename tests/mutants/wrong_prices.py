"""Mutants that count what is billed wrongly."""

from __future__ import annotations

from dataclasses import replace

from polyreel import Billing

from mutants.kiln.adapter import KilnAdapter
from mutants.kiln.models import GRAND, PETITE
from mutants.mutant import mutant


@mutant(
    caught_by="test_documented_price[price-petite]",
    says="10 units are billed, and the page has 1",
    seen="Jimmy's page and its official skill disagree on this",
)
class BillsPerSecondInsteadOfPerFilm(KilnAdapter):
    """A model that is billed by the film is said to be billed by the second."""

    models = (GRAND, replace(PETITE, billing=Billing(unit="second", name="petite")))


@mutant(
    caught_by="test_documented_price[price-grand-clips]",
    says="8 units are billed, and the page has 15",
    seen="Jimmy, which bills a reference video's seconds, too",
)
class ForgetsTheReferenceSeconds(KilnAdapter):
    """The seconds of reference videos are billed, and not counted."""

    models = (replace(GRAND, billing=Billing(unit="second", name="grand-{resolution}")), PETITE)
