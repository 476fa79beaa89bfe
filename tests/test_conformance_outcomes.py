"""A test of the kit has one of four outcomes, and an author can't hide a failed law."""

from __future__ import annotations

import subprocess
import sys

import pytest
from kit_runs import KitRuns
from polyreel_conformance import AdapterConformance, KnownGap

pytest_plugins = ["pytester"]


@pytest.fixture
def kit(pytester: pytest.Pytester, pytestconfig: pytest.Config) -> KitRuns:
    return KitRuns(pytester, pytestconfig.getoption("--conformance-examples"))


def test_a_law_passes_or_fails_or_is_not_declared(kit: KitRuns) -> None:
    kit.write()
    run = kit.run("-rs")
    run.assert_outcomes(passed=1, failed=2, skipped=1)
    run.stdout.fnmatch_lines(["SKIPPED*the toy has no strings"])


@pytest.mark.parametrize(
    ("body", "decorated", "said"),
    [
        ("@pytest.fixture(autouse=True)\ndef tired(self): pytest.skip('too tired')", "", "tired"),
        ("", "@pytest.mark.skip(reason='too tired')", "skipped: too tired"),
        ("", "@pytest.mark.skipif(True, reason='too tired')", "skipped: too tired"),
        ("pytestmark = pytest.mark.xfail(reason='tired', strict=True)", "", "expected failure"),
        ("", "@pytest.mark.xfail(reason='too tired', strict=False)", "expected failure: too tired"),
        ("@pytest.fixture(autouse=True)\ndef tired(self): pytest.xfail('tired')", "", "tired"),
        (
            "@pytest.fixture(autouse=True)\ndef tired(self): pytest.importorskip('no_such_module')",
            "",
            "no_such_module",
        ),
        (
            "@pytest.fixture(autouse=True)\ndef tired(self): not_declared('too tired')",
            "",
            "skipped: too tired",
        ),
    ],
    ids=[
        "a skip in a fixture",
        "a skip mark",
        "a conditional skip mark",
        "a strict expected failure",
        "an expected failure that may pass",
        "an expected failure in a fixture",
        "a missing module",
        "not_declared by the author",
    ],
)
def test_a_law_can_neither_be_skipped_nor_expected_to_fail(
    kit: KitRuns, body: str, decorated: str, said: str
) -> None:
    kit.write(body, decorated=decorated)
    run = kit.run(only="toy_is_kept")
    run.assert_outcomes(failed=1)
    run.stdout.fnmatch_lines(
        [f"this test of the kit was *{said}*add the test to `known_gaps` with a reason and a link*"]
    )


def test_an_expected_failure_hides_no_broken_law(kit: KitRuns) -> None:
    kit.write(decorated="@pytest.mark.xfail(reason='too tired')")
    kit.run(only="toy_is_broken").assert_outcomes(failed=2)


def test_an_author_can_skip_and_expect_failures_of_their_own_tests(kit: KitRuns) -> None:
    kit.write(
        "def test_own_skipped(self): pytest.skip('today')\n"
        "@pytest.mark.xfail(reason='known', strict=True)\n"
        "def test_own_expected(self): assert False\n"
        "def test_own_passes(self): pass\n"
    )
    kit.run(only="test_own").assert_outcomes(passed=1, skipped=1, xfailed=1)


def test_a_known_gap_is_expected_to_fail_in_all_its_cases(kit: KitRuns) -> None:
    kit.write("known_gaps = {'test_toy_is_broken': GAP}")
    run = kit.run("-rx", only="toy_is_broken")
    run.assert_outcomes(xfailed=2)
    run.stdout.fnmatch_lines(["XFAIL*glue is on its way (https://example.com/issues/1)*"])


def test_a_known_gap_may_name_one_case(kit: KitRuns) -> None:
    kit.write("known_gaps = {'test_toy_is_broken[async]': GAP}")
    kit.run(only="toy_is_broken").assert_outcomes(xfailed=1, failed=1)


@pytest.mark.parametrize("key", ["test_toy_is_kept", "test_toy_is_kept[toy-1]"])
def test_a_known_gap_that_passes_fails_until_it_is_removed(kit: KitRuns, key: str) -> None:
    kit.write(f"known_gaps = {{'{key}': GAP}}")
    run = kit.run(only="toy_is_kept")
    run.assert_outcomes(failed=1)
    run.stdout.fnmatch_lines(["this known gap passes now: remove it*glue is on its way*"])


def test_a_known_gap_excuses_no_skip(kit: KitRuns) -> None:
    kit.write(
        "known_gaps = {'test_toy_is_broken': GAP}\n"
        "@pytest.fixture(autouse=True)\n"
        "def tired(self): pytest.skip('too tired')"
    )
    kit.run(only="toy_is_broken").assert_outcomes(failed=2)


def test_a_known_gap_of_a_law_that_is_not_declared_is_not_declared(kit: KitRuns) -> None:
    kit.write("known_gaps = {'test_toy_has_no_strings': GAP}")
    kit.run(only="toy_has_no_strings").assert_outcomes(skipped=1)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("test_toy_is_borken", "Did you mean 'test_toy_is_broken'?"),
        ("test_toy_is_broken[asinc]", "Did you mean 'test_toy_is_broken[[]async]'?"),
        ("test_own", "the kit has no such test here"),
    ],
    ids=["a misspelt test", "a misspelt case", "a test of the author's own"],
)
def test_a_known_gap_that_names_no_law_is_an_error_even_when_one_test_runs(
    kit: KitRuns, key: str, said: str
) -> None:
    kit.write(f"known_gaps = {{'{key}': GAP}}\ndef test_own(self): pass")
    run = kit.run("test_toy.py::TestToy::test_toy_is_kept", only="")
    run.assert_outcomes(errors=1)
    run.stdout.fnmatch_lines([f"known_gaps of TestToy names *{said}*"])


def test_a_known_gap_needs_a_reason_and_a_link(kit: KitRuns) -> None:
    kit.write("known_gaps = {'test_toy_is_broken': 'some day'}")
    run = kit.run()
    run.assert_outcomes(errors=1)
    run.stdout.fnmatch_lines(["*needs a KnownGap(reason=*"])
    for reason, link in ((" ", "https://example.com"), ("why", "#1"), ("why", "javascript://x")):
        with pytest.raises(ValueError, match="a reason and a link"):
            KnownGap(reason=reason, link=link)


class _Before:
    def test_create_fault(self) -> None: ...


class _Middle(AdapterConformance):
    """Between the kit and an author's class."""


@pytest.mark.parametrize(
    ("bases", "attributes", "named"),
    [
        ((AdapterConformance,), {"test_create_fault": lambda self: None}, "Acme.test_create_fault"),
        ((AdapterConformance,), {"test_create_fault": None}, "Acme.test_create_fault"),
        ((_Before, AdapterConformance), {}, "_Before.test_create_fault"),
        ((_Middle,), {"test_create_fault": None}, "Acme.test_create_fault"),
        ((AdapterConformance,), {"check_error": print}, "Acme.check_error"),
        ((AdapterConformance,), {"pytest_generate_tests": print}, "Acme.pytest_generate_tests"),
    ],
    ids=["replaced", "removed", "by a mixin", "further down", "a helper", "its cases"],
)
def test_a_law_can_not_be_replaced_or_removed(
    bases: tuple[type, ...], attributes: dict[str, object], named: str
) -> None:
    with pytest.raises(TypeError) as raised:
        type("Acme", bases, attributes)
    assert named in str(raised.value)
    assert "add the test to `known_gaps`" in str(raised.value)
    assert "another name" in str(raised.value)


def test_a_law_that_is_removed_later_is_an_error(kit: KitRuns) -> None:
    kit.write()
    with (kit.pytester.path / "test_toy.py").open("a", encoding="utf-8") as file:
        file.write("\nTestToy.test_toy_is_broken = None\n")
    run = kit.run()
    run.assert_outcomes(errors=1)
    run.stdout.fnmatch_lines(["*TestToy.test_toy_is_broken*"])


def test_a_subclass_sets_the_attributes_and_adds_its_own_tests() -> None:
    attributes: dict[str, object] = dict.fromkeys(("adapter", "stand_in", "examples", "known_gaps"))
    added = {"test_ours": lambda self: None, "setup_method": lambda self: None}
    type("Acme", (AdapterConformance, _Before), {**attributes, **added})


def test_an_outside_author_sees_what_a_failed_law_compared(kit: KitRuns) -> None:
    kit.write("adapter = Nameless", before="class Nameless(ToyAdapter): title = ' '")
    run = kit.run(only="name_address_and_key", separate=True)
    run.assert_outcomes(failed=1)
    run.stdout.fnmatch_lines(["E *where '' = <built-in method strip of str object*"])


def test_pytest_starts_quickly_where_the_kit_is_installed() -> None:
    code = "import polyreel_conformance.plugin, sys; print('\\n'.join(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    heavy = {"polyreel", "jinja2", "respx", "httpx", "jsonschema", "pydantic"}
    assert not set(run.stdout.split()) & heavy
