"""The report of a run of the kit: in the terminal, as JSON and as a page, from the same facts."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from kit_runs import KitRuns
from polyreel_conformance.outcomes import Outcome
from polyreel_conformance.report import as_html, as_text
from polyreel_conformance.report.facts import (
    AdapterReport,
    ConformanceReport,
    Law,
    Result,
    Subject,
    Versioned,
)
from polyreel_conformance.report.publishing import Publisher
from polyreel_conformance.report.recording import SUBJECT
from polyreel_conformance.report.secrets import without_secrets

pytest_plugins = ["pytester"]

KEY = "sk-toy-0123456789abcdef"
SIGNED = "https://cdn.example/video.mp4?Expires=9&Signature=" + "5ad0" * 80
MEDIA = "iVBORw0KGgo" * 100


@pytest.fixture
def kit(pytester: pytest.Pytester, pytestconfig: pytest.Config) -> KitRuns:
    return KitRuns(pytester, pytestconfig.getoption("--conformance-examples"))


def read_report(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def facts(models: int = 23) -> ConformanceReport:
    """Return a report with one result of each outcome."""
    names = tuple(f"seedance2.0-model-{n}" for n in range(1, models + 1))
    by_model = "test_what_the_model_accepts_is_what_the_documents_of_its_vendor_say"
    laws = (
        Law(name=by_model, title="It accepts `what` it must.", meaning="Read <it>.", cases=names),
        Law(name="test_fault", title="Faults.", meaning="", cases=("a", "b", "c")),
    )
    rest: dict[str, Any] = {"link": None, "seconds": 0.1}
    found = [
        Result(law=by_model, case=name, model=name, outcome=Outcome.PASSES, reason="", **rest)
        for name in names[:-1]
    ]
    undeclared = Outcome.NOT_DECLARED
    found += [
        Result(law=by_model, case=name, model=name, outcome=undeclared, reason="no images", **rest)
        for name in names[-1:]
    ]
    for case, outcome in (("a", Outcome.PASSES), ("b", Outcome.FAILS)):
        reason = "" if outcome is Outcome.PASSES else "1 <b>is</b> 2"
        found.append(
            Result(law="test_fault", case=case, model=None, outcome=outcome, reason=reason, **rest)
        )
    found.append(
        Result(
            law="test_fault",
            case="c",
            model=None,
            outcome=Outcome.KNOWN_GAP,
            reason="glue is on its way",
            link="https://example.com/issues/1",
            seconds=0.1,
        )
    )
    subject = Subject(
        test_class="test_toy.py::TestToy",
        provider="toy",
        title="Toy Videos",
        distribution=Versioned("polyreel-toy", "1.2.3"),
        contract=Versioned("Toy Videos", "2026-11"),
        models=names,
        laws=laws,
    )
    return ConformanceReport(
        kit=Versioned("polyreel-conformance", "0.1.0"),
        ran_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        seconds=7.0,
        adapters=(AdapterReport(subject=subject, results=tuple(found)),),
    )


class Page(HTMLParser):
    """Reads a page, checks that its elements are closed in order, and keeps elements and text."""

    VOID = frozenset({"meta"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data


def test_json_has_the_result_of_each_case_of_each_law(kit: KitRuns) -> None:
    kit.write("known_gaps = {'test_toy_is_broken[async]': GAP}\ndef test_own(self): pass")
    kit.run("--conformance-report", "out/report.json")
    report = read_report(kit.pytester.path / "out" / "report.json")
    (adapter,) = report["adapters"]
    assert (adapter["test_class"], adapter["provider"]) == ("test_toy.py::TestToy", "toy")
    assert (adapter["title"], adapter["models"]) == ("Toy Videos", ["toy-1"])
    assert adapter["contract"]["name"].startswith("Toy Videos")
    assert report["kit"]["name"] == "polyreel-conformance"
    assert datetime.fromisoformat(report["ran_at"]).utcoffset() is not None
    laws = {law["name"]: law for law in adapter["laws"]}
    assert laws["test_toy_is_kept"]["title"] == "What is kept stays `kept`."
    assert laws["test_toy_is_kept"]["meaning"] == "When it fails: keep <it>."
    assert "test_own" not in laws
    found = {
        (name, each["case"], each["model"]): (each["outcome"], each["reason"], each["link"])
        for name, law in laws.items()
        for each in law["results"]
    }
    broken = "AssertionError: the toy is in two pieces"
    gap = ("known gap", "glue is on its way", "https://example.com/issues/1")
    assert found.pop(("test_toy_is_broken", "blocking", None))[1].startswith(broken)
    assert found == {
        ("test_toy_is_kept", "toy-1", "toy-1"): ("passes", "", None),
        ("test_toy_is_broken", "async", None): gap,
        ("test_toy_has_no_strings", "", None): ("not declared", "the toy has no strings", None),
    }
    totals = adapter["totals"]
    assert totals["collected"] > totals["ran"] == 4
    assert [totals[each] for each in ("passes", "not declared", "known gap", "fails")] == [1] * 4


def test_a_worker_reports_the_same_as_a_single_process(kit: KitRuns) -> None:
    kit.write("known_gaps = {'test_toy_is_broken[async]': GAP}")
    reports = []
    for processes in ("0", "1"):
        kit.run("-n", processes, "--conformance-report", f"{processes}.json")
        report = read_report(kit.pytester.path / f"{processes}.json")
        for law in report["adapters"][0]["laws"]:
            for each in law["results"]:
                del each["seconds"]
        reports.append(report["adapters"])
    assert reports[0] == reports[1]


def test_a_test_whose_worker_dies_is_reported_as_failed() -> None:
    report = facts()
    publisher = Publisher([])
    carrier = _log_report("test_toy.py::TestToy::test_fault[a]", "teardown")
    carrier.user_properties.append((SUBJECT, asdict(report.adapters[0].subject)))
    publisher.pytest_runtest_logreport(carrier)
    publisher.pytest_runtest_logreport(_log_report("test_toy.py::TestToy::test_fault[b]", "???"))
    (result,) = publisher.report().adapters[0].results
    assert (result.case, result.outcome) == ("b", Outcome.FAILS)


def _log_report(node: str, when: Any) -> pytest.TestReport:
    return pytest.TestReport(
        nodeid=node, location=("", 0, ""), keywords={}, outcome="passed", longrepr=None, when=when
    )


def test_the_page_needs_no_other_file_and_has_a_word_for_each_sign(kit: KitRuns) -> None:
    kit.write("known_gaps = {'test_toy_is_broken[async]': GAP}")
    kit.run("--conformance-report", "report.html")
    page = Page((kit.pytester.path / "report.html").read_text(encoding="utf-8"))
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in page.elements}
    assert all("src" not in attributes for _, attributes in page.elements)
    links = [attributes["href"] for tag, attributes in page.elements if tag == "a"]
    assert links == ["https://example.com/issues/1"]
    assert {attributes.get("scope") for tag, attributes in page.elements if tag == "th"} == {
        "col",
        "row",
    }
    for said in ("passes", "not declared", "known gap", "fails", "glue is on its way"):
        assert said in page.text
    for said in ("When it fails: keep <it>.", "the toy is in two pieces", "the toy has no strings"):
        assert said in page.text
    assert "UTC" in page.text


def test_the_page_is_valid_html_whatever_a_message_contains() -> None:
    written = as_html.render(facts())
    assert "1 <b>is</b> 2" in Page(written).text
    assert "<b>is</b>" not in written
    assert "<code>what</code>" in written


def test_the_page_says_that_no_test_ran(kit: KitRuns) -> None:
    kit.pytester.makepyfile(test_other="def test_other(): pass")
    run = kit.run("--conformance-report", "report.html", only="")
    run.assert_outcomes(passed=1)
    run.stdout.no_fnmatch_line("*= conformance =*")
    page = Page((kit.pytester.path / "report.html").read_text(encoding="utf-8"))
    assert "No test of the kit ran." in page.text


@pytest.mark.parametrize("name", ["report.txt", "report", "examples"])
def test_a_report_that_can_not_be_written_is_an_error_before_any_test_runs(
    kit: KitRuns, name: str
) -> None:
    kit.write()
    run = kit.run("--conformance-report", name)
    assert run.ret == pytest.ExitCode.USAGE_ERROR
    run.stderr.fnmatch_lines([f"*{name} must be a file ending in .json or .html"])


def test_the_terminal_shows_laws_by_models_with_totals_and_reasons(kit: KitRuns) -> None:
    kit.write("known_gaps = {'test_toy_is_broken[async]': GAP}")
    run = kit.run()
    run.stdout.fnmatch_lines(
        [
            "*= conformance =*",
            "Toy Videos (toy*",
            "contract Toy Videos*polyreel-conformance *",
            "  1 toy-1",
            "toy is kept*✓",
            "toy is broken*1 g 1 ✗",
            "toy has no strings*1 –",
            "✓ 1 passed, – 1 not declared, g 1 known gap, ✗ 1 failed (4 of *",
            "– not declared:",
            "    1 × the toy has no strings",
            "g known gap:",
            "    1 × glue is on its way (https://example.com/issues/1)",
        ]
    )


def test_the_terminal_shows_less_with_quiet(kit: KitRuns) -> None:
    kit.write()
    run = kit.run("-q")
    run.stdout.fnmatch_lines(["Toy Videos: ✓ 1 passed, – 1 not declared, ✗ 2 failed*"])
    run.stdout.no_fnmatch_line("*toy is kept*✓*")
    kit.run("-q", "-q").stdout.no_fnmatch_line("*Toy Videos*")


@pytest.mark.parametrize("width", [80, 60, 40])
def test_many_models_fit_the_terminal(width: int) -> None:
    lines = as_text.full(facts(models=23), "utf-8", width)
    assert max(map(len, lines)) <= width
    numbers = [word for line in lines for word in line.split() if line.split()[-1].isdigit()]
    assert {str(n) for n in range(1, 24)} <= set(numbers)


def test_a_terminal_that_can_not_show_the_signs_gets_letters() -> None:
    text = "\n".join(as_text.full(facts(), "ascii", 80))
    assert text.isascii()
    assert "1 + 1 g 1 X" in text
    assert "    1 x no images" in text


def test_no_rendering_shows_a_key_a_signature_or_media(
    kit: KitRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOY_API_KEY", KEY)
    kit.write(
        "@pytest.fixture(autouse=True)\n"
        "def clumsy(self, request):\n"
        f"    if 'async' in request.node.name: assert [{KEY!r}, {SIGNED!r}] == [{MEDIA!r}]\n"
        f"    pytest.skip({f'{KEY} {SIGNED} {MEDIA}'!r})"
    )
    kit.run("--conformance-report", "report.json", "--conformance-report", "report.html")
    for name in ("report.json", "report.html"):
        text = (kit.pytester.path / name).read_text(encoding="utf-8")
        assert "this test of the kit was skipped" in text
        for secret in (KEY, KEY[-8:], "5ad0", MEDIA[:60], MEDIA[-60:]):
            assert secret not in text


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (f"'{KEY[:9]}...{KEY[-9:]}' == 'x'", "'[key]...' == 'x'"),
        (f"'{SIGNED[:11]}...{SIGNED[-12:]}' == 'x'", "'https://cdn...' == 'x'"),
        (f"'{MEDIA[:110]}...{MEDIA[-110:]}' == 'x'", "'[inline media]...' == 'x'"),
        (f"data:image/png;base64,{MEDIA[:90]}...{MEDIA[-90:]}", "data:image/png;base64,[inline"),
        (f"{bytes(range(90))!r} == b'x'", "[inline media] == b'x'"),
    ],
    ids=["half a key", "half a signed URL", "half of media", "half a data URL", "bytes"],
)
def test_a_secret_that_pytest_shortened_is_hidden_too(said: str, shown: str) -> None:
    message = without_secrets(said, [KEY])
    assert message.startswith(shown)
    for secret in (KEY[:9], KEY[-9:], "5ad0", MEDIA[:60], MEDIA[-60:], "\\x1f"):
        assert secret not in message
