"""Mutants that count the billed units wrongly."""

from __future__ import annotations

from dataclasses import replace

from polyreel.adapters import Billing

from mutants.kiln.adapter import KilnAdapter
from mutants.kiln.models import GRAND, PETITE
from mutants.mutant import mutant


@mutant(
    caught_by="test_documented_price[price-petite]",
    says="the model bills 10 units, the page 1",
    seen="Jimmy's page and its official skill disagree on this",
)
class BillsPerSecondInsteadOfPerVideo(KilnAdapter):
    """It says that a model is billed by the second; the vendor bills by the video."""

    models = (GRAND, replace(PETITE, billing=Billing(unit="second", name="petite")))


@mutant(
    caught_by="test_documented_price[price-grand-clips]",
    says="the model bills 8 units, the page 15",
    seen="Jimmy, which also bills a reference video's seconds",
)
class ForgetsTheReferenceSeconds(KilnAdapter):
    """It does not count the seconds of reference videos, which the vendor bills."""

    models = (replace(GRAND, billing=Billing(unit="second", name="grand-{resolution}")), PETITE)
