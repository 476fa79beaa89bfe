"""The kit catches every mistake, names it, and finds nothing wrong with a correct adapter."""

from __future__ import annotations

import mutant_table
import pytest
from mutants import running
from mutants.all_mutants import MUTANTS
from polyreel_conformance import AdapterConformance

NOT_DECLARED: dict[str, str] = {
    "test_a_requested_last_frame_is_offered[kiln-petite]": "the model offers no last frame",
    "test_polls_keep_the_documented_gap": (
        "the contract documents no smallest time between two polls"
    ),
    "test_prices_are_read_from_the_vendors_list": (
        "the adapter does not offer the vendor's list of prices"
    ),
    **dict.fromkeys(
        (
            f"{law}[{way}]"
            for law in ("test_a_result_behind_the_key_is_saved", "test_the_key_follows_no_redirect")
            for way in ("blocking", "async")
        ),
        "the vendor serves no video behind the key",
    ),
}
"""The laws that are not declared by Kiln, or by the model of Kiln in brackets."""


@pytest.mark.slow
def test_the_correct_adapter_passes_every_law() -> None:
    found = running.outcomes(["kiln/suite.py"], "--conformance-examples", "10")
    wrong = {each.test: each.message for each in found if each.result in ("failure", "error")}
    assert wrong == {}
    skipped = {
        each.test: each.message.partition(": ")[2] for each in found if each.result == "skipped"
    }
    assert skipped == NOT_DECLARED
    passed = {each.test for each in found if each.result == "passed"}
    of_kiln = {each.caught_by for each in MUTANTS if each.of == "mutants.kiln"}
    assert of_kiln <= passed, "Kiln does not pass a mutant's test"


@pytest.mark.slow
@pytest.mark.docs
def test_every_mutant_is_caught_and_reported_in_plain_words() -> None:
    said = mutant_table.messages(0)
    assert mutant_table.missed(seeds=1) == []
    unclear = {
        each.name: message
        for each, message in said.items()
        if message is not None and each.says not in message.partition("\n")[0]
    }
    assert unclear == {}
    page = mutant_table.current()
    assert page == mutant_table.table(), "run: python tests/mutant_table.py --write"


def test_a_mutant_that_is_not_caught_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutant_table, "messages", lambda seed: {MUTANTS[0]: None})
    monkeypatch.setattr("sys.argv", ["mutant_table.py", "--seeds", "2"])
    with pytest.raises(SystemExit, match=f"{MUTANTS[0].name}: .* with seed 1"):
        mutant_table.main()


def test_each_mutant_is_a_subclass_of_one_correct_adapter_and_names_a_law() -> None:
    assert len(MUTANTS) >= 36
    assert len({each.name for each in MUTANTS}) == len(MUTANTS)
    for each in MUTANTS:
        (correct,) = each.adapter.__bases__
        assert correct.__module__ == f"{each.of}.adapter", each.name
        assert each.wrong.endswith("."), each.name
        assert hasattr(AdapterConformance, each.law), each.name
