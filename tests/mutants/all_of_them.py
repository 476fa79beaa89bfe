"""Every mutant, in the order in which the page has them."""

from __future__ import annotations

from mutants import (  # noqa: F401  # each notes its own
    wrong_doings,
    wrong_finds,
    wrong_limits,
    wrong_media,
    wrong_memory,
    wrong_money,
    wrong_prices,
    wrong_prompts,
    wrong_refusals,
    wrong_settings,
    wrong_states,
)
from mutants.mutant import MUTANTS

__all__ = ["MUTANTS"]
