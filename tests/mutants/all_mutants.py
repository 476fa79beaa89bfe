"""Every mutant, in the order of the table in conformance/README.md."""

from __future__ import annotations

from mutants import (  # noqa: F401  # each module adds its own to MUTANTS
    wrong_answers,
    wrong_charges,
    wrong_doubt,
    wrong_first_adapters,
    wrong_headers,
    wrong_limits,
    wrong_media,
    wrong_memory,
    wrong_money,
    wrong_prices,
    wrong_prompts,
    wrong_refusals,
    wrong_registrations,
    wrong_results,
    wrong_settings,
    wrong_side_effects,
    wrong_states,
    wrong_task_ids,
)
from mutants.mutant import MUTANTS

__all__ = ["MUTANTS"]
