"""The page of a comparison: it stands alone, tells the same as the JSON, and shows no secret."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hatchling.builders.wheel import WheelBuilder
from polyreel import JobFailed, SubmitUnknown, UnsupportedRequest, VideoRequest
from polyreel.adapters import Charge, JobRef, JobStatus, Output, PollTiming, State
from polyreel.comparing.comparison import Comparison, Row
from polyreel.comparing.output_check import check_output
from polyreel.comparing.report.chart import dot_chart, scale
from polyreel.comparing.report.facts import report_facts
from polyreel.comparing.report.writing import write_page
from polyreel.jobs.journal.requests import readable_request
from polyreel.jobs.records import JobRecord, Stage
from polyreel.jobs.timeline import Timeline
from polyreel.models.checks import Adjustment
from polyreel.models.spec import Finding
from polyreel.request import VideoFacts

KEY = "sk-0123456789abcdef0123"
SIGNATURE = "Signature=5ad05ad05ad0"
INLINE = base64.b64encode(b"\x89PNG" + bytes(range(256)) * 4).decode()
SENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ROOT = Path(__file__).parents[1]


class Page(HTMLParser):
    """Reads a page, holds that its elements are closed in order, and keeps what is looked for."""

    VOID = frozenset({"meta", "link", "input", "br"})
    RULERS = "axis"

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.shown: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.shown += [value or "" for name, value in attrs if name in ("aria-label", "title")]
        if tag not in self.VOID:
            self.open.append((tag, dict(attrs).get("class") or ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        around = {tag for tag, _ in self.open}
        is_ruler = any(self.RULERS in classes.split() for _, classes in self.open)
        if not around & {"style", "script"} and not is_ruler:
            self.shown.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.shown).split())


def comparison(folder: Path) -> Comparison:
    """Return a comparison with one of everything."""
    request = VideoRequest.model_validate(
        {
            "prompt": "</script><b>A boat</b> of {image:1} & {image:2} \u2028 {image:3}",
            "reference_images": [
                f"https://cdn.example/bay.png?{SIGNATURE}",
                f"data:image/png;base64,{INLINE}",
                "/home/somebody/shore.png",
            ],
            "resolution": "1080p",
            "seed": 7,
        }
    )
    rows = [_video(folder, request, run, 3.5 + run, run * 2) for run in (1, 2, 3)]
    rows[2] = replace(rows[2], quoted=None)
    failed = JobFailed("toy: <i>blocked</i> by the content policy", provider="toy")
    rows += [
        Row(
            name="toy/b",
            model="toy/b",
            record=replace(_record("b" * 32, "toy/b"), status=_status(State.FAILED)),
            error=failed,
            run=1,
        ),
        Row(
            name="toy/b",
            model="toy/b",
            run=2,
            record=replace(
                _record("c" * 32, "toy/b"),
                stage=Stage.UNKNOWN,
                ref=None,
                timeline=Timeline(submitted_at=SENT),
            ),
            error=SubmitUnknown("toy/b: the paid request left, and its outcome is unknown"),
        ),
    ]
    finding = Finding(
        field="duration", asked="5 seconds", limit="8 seconds", message="5 were asked"
    )
    rows += [
        Row(
            name="toy/c",
            model="toy/c",
            run=run,
            record=JobRecord(id="d" * 32, model="toy/c"),
            error=UnsupportedRequest(
                "toy/c can't do it", model="toy/c", findings=[finding], nearest="toy/a"
            ),
        )
        for run in (1, 2)
    ]
    return Comparison(
        request=request,
        rows=tuple(rows),
        runs=3,
        began_at=SENT,
        readable=readable_request(request, [KEY]),
    )


def _record(identity: str, model: str) -> JobRecord:
    return JobRecord(
        id=identity,
        model=model,
        stage=Stage.FINISHED,
        ref=JobRef(provider="toy", model=model.partition("/")[2], task_id="task-1"),
        timeline=Timeline(
            submitted_at=SENT,
            accepted_at=SENT + timedelta(seconds=0.25),
            finished_at=SENT + timedelta(seconds=9.75),
        ),
    )


def _status(state: State, charge: Charge | None = None) -> JobStatus:
    output = Output(url=f"https://cdn.example/video.mp4?{SIGNATURE}")
    return JobStatus(state=state, raw_state=str(state), outputs=(output,), charge=charge)


def _video(folder: Path, request: VideoRequest, run: int, seconds: float, generating: float) -> Row:
    file = folder / f"toy video #{run}.mp4"
    file.write_bytes(b"video" * run)
    running = SENT + timedelta(seconds=seconds)
    finished = running + timedelta(seconds=generating)
    seen = VideoFacts(1920, 1088, 5.0, 24.0, run != 2)
    record = replace(
        _record(f"{run:032x}", "toy/a"),
        stage=Stage.DOWNLOADED,
        file=file,
        status=_status(State.SUCCEEDED, Charge(amount=Decimal("0.35") * run, unit="USD")),
        adjustments=(
            Adjustment(field="seed", asked="7", sent="nothing", reason="the model has no seed"),
        ),
        timeline=Timeline(
            submitted_at=SENT,
            accepted_at=SENT + timedelta(seconds=0.125),
            running_at=running,
            finished_at=finished,
            downloading_at=finished,
            downloaded_at=finished + timedelta(seconds=1.5),
        ),
    )
    return Row(
        name="cheap",
        model="toy/a",
        run=run,
        record=record,
        video_facts=seen,
        output_checks=check_output(request, seen, makes_sound=True),
        quoted="0.35 USD",
        poll_timing=PollTiming(first=4.0, gap=2.5),
    )


@pytest.fixture
def reported(tmp_path: Path) -> tuple[dict[str, Any], str]:
    """Return the facts of a comparison with everything in it, and its page."""
    facts = report_facts(comparison(tmp_path))
    write_page(facts, tmp_path / "page.html")
    return facts, (tmp_path / "page.html").read_text(encoding="utf-8")


def test_every_number_on_the_page_is_in_the_json(reported: tuple[dict[str, Any], str]) -> None:
    facts, page = reported
    known: set[str] = set()
    _collect(json.loads(json.dumps(facts)), known)
    shown = set(_NUMBER.findall(Page(page).text))
    assert len(shown) > 25
    assert shown - known == set()


_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)*")


def _collect(value: Any, known: set[str]) -> None:
    """Take every number of some JSON, also as it is rounded for people."""
    if isinstance(value, dict):
        for key, each in value.items():
            _collect(key, known)
            _collect(each, known)
    elif isinstance(value, list):
        for each in value:
            _collect(each, known)
        known.add(str(len(value)))
    elif isinstance(value, str):
        known.update(re.findall(r"\d+(?:\.\d+)*", value))
    elif isinstance(value, (int, float)):
        known.update({str(value), f"{value:.1f}", f"{value:.2f}", f"{value:g}"})


def test_the_page_says_what_came_of_every_run(reported: tuple[dict[str, Any], str]) -> None:
    text = Page(reported[1]).text
    for said in (
        "<i>blocked</i> by the content policy",
        "toy/b run 2 : unknown.",
        "It was not sent again",
        "polyreel jobs settle cccccccc",
        "0.35 USD",
        "2.10 USD",
        "8 seconds",
        "toy/a",
        "the model has no seed",
        "1920×1088",
        "1088 lines for 1080",
        "sound: asked yes (the model's default), delivered no",
        "the first poll after 4.0 s, then one about every 2.5 s",
        "2026-01-02 03:04:05 UTC",
    ):
        assert said in text, said


def test_the_page_shows_no_price_where_nobody_said_one(
    reported: tuple[dict[str, Any], str],
) -> None:
    chart = reported[1].partition("Charged in USD")[2].partition("</figure>")[0]
    assert '<span class="name">toy/b</span><span class="none">unknown</span>' in chart
    assert "toy/c" not in chart


def test_the_page_asks_nobody_for_anything(reported: tuple[dict[str, Any], str]) -> None:
    page = Page(reported[1])
    sources = [
        (tag, name, value)
        for tag, attributes in page.elements
        for name, value in attributes.items()
        if name in ("src", "href", "srcset", "poster", "action", "data", "xlink:href")
    ]
    assert {(tag, name) for tag, name, _ in sources} == {("link", "href"), ("video", "src")}
    assert all((value or "").startswith("data:") for _, _, value in sources)
    assert "url(" not in reported[1]
    assert "@import" not in reported[1]
    assert not {"iframe", "object", "embed", "form", "base"} & {tag for tag, _ in page.elements}


def test_the_browser_is_reported_to_load_and_run_nothing_else(
    reported: tuple[dict[str, Any], str],
) -> None:
    page = Page(reported[1])
    policy = _policy(page)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["media-src"] == "data:"
    for element in ("style", "script"):
        (written,) = re.findall(rf"<{element}>(.*?)</{element}>", reported[1], re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(written.encode()).digest()).decode()
        assert rules[f"{element}-src"] == f"'sha256-{digest}'"
    names = {name for _, attributes in page.elements for name in attributes}
    assert "style" not in names
    assert not {name for name in names if name.startswith("on")}


def _policy(page: Page) -> str:
    (policy,) = [
        attributes["content"] or ""
        for tag, attributes in page.elements
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    return policy


def test_whatever_a_prompt_applies_the_page_stays_a_page(
    reported: tuple[dict[str, Any], str],
) -> None:
    assert "</script><b>A boat</b>" in Page(reported[1]).text
    assert "<b>A boat" not in reported[1]
    assert "<i>blocked" not in reported[1]


def test_no_secret_and_no_media_of_the_request_is_in_any_output(
    reported: tuple[dict[str, Any], str],
) -> None:
    for output in (reported[1], json.dumps(reported[0])):
        for secret in (KEY, SIGNATURE, INLINE[:80]):
            assert secret not in output
    assert "/home/somebody" not in reported[1]
    text = Page(reported[1]).text
    assert "shore.png" in text
    assert "https://cdn.example/bay.png?[signed]" in text


def test_tables_charts_and_videos_can_be_read_without_eyes(
    reported: tuple[dict[str, Any], str],
) -> None:
    page = Page(reported[1])
    assert {attributes.get("scope") for tag, attributes in page.elements if tag == "th"} == {
        "col",
        "row",
    }
    svgs = [attributes for tag, attributes in page.elements if tag == "svg"]
    images = [each for each in svgs if each.get("role") == "img"]
    assert images
    assert all(each.get("aria-label") for each in images)
    videos = [attributes for tag, attributes in page.elements if tag == "video"]
    assert [each["aria-label"] for each in videos] == [
        f"Video of cheap, run {n}" for n in (1, 2, 3)
    ]
    assert all("controls" in each for each in videos)
    marks = {each["id"] for _, each in page.elements if each.get("id")}
    named = {each["aria-labelledby"] for _, each in page.elements if each.get("aria-labelledby")}
    assert named <= marks


def test_large_videos_lie_beside_the_page_and_it_says_so(tmp_path: Path) -> None:
    videos = tmp_path / "videos"
    videos.mkdir()
    facts = report_facts(comparison(videos))
    write_page(facts, tmp_path / "page.html", embed_limit=10)
    written = (tmp_path / "page.html").read_text(encoding="utf-8")
    page = Page(written)
    sources = [attributes["src"] for tag, attributes in page.elements if tag == "video"]
    assert sources == [f"videos/toy%20video%20%23{run}.mp4" for run in (1, 2, 3)]
    assert "keep the folder together" in page.text
    assert "media-src 'self';" in _policy(page)


def test_a_video_that_is_gone_leaves_the_rest_of_the_page(tmp_path: Path) -> None:
    found = comparison(tmp_path)
    (tmp_path / "toy video #2.mp4").unlink()
    write_page(report_facts(found), tmp_path / "page.html")
    page = Page((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert len([tag for tag, _ in page.elements if tag == "video"]) == 2


def test_a_page_without_any_video_is_a_page(tmp_path: Path) -> None:
    found = comparison(tmp_path)
    found = replace(found, rows=found.rows[3:], jobs_are_persisted=False)
    write_page(report_facts(found), tmp_path / "page.html")
    page = Page((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert not {"video", "script"} & {tag for tag, _ in page.elements}
    assert "No journal is in use" in page.text
    assert "polyreel jobs" not in page.text


@pytest.mark.parametrize(
    ("maximum", "last"), [(0, 1), (0.012, 0.015), (3, 3), (4.9, 6), (100, 100), (101, 150)]
)
def test_a_scale_ends_at_a_round_number(maximum: float, last: float) -> None:
    assert scale(maximum)[0] == 0
    assert scale(maximum)[-1] == pytest.approx(last)
    assert len(scale(maximum)) <= 6


def test_a_chart_has_a_dot_for_each_run_and_the_median() -> None:
    chart = dot_chart("In all", "seconds", {"a": [(1, 2.0), (2, 6.0), (3, 3.0)], "b": []})
    assert chart is not None
    first, second = chart.strips
    assert [(dot.run, dot.place) for dot in first.dots] == [(1, 33.333), (2, 100.0), (3, 50.0)]
    assert (first.median, second.dots, second.median) == (50.0, (), None)
    assert dot_chart("In all", "seconds", {"a": []}) is None


def test_the_wheel_applies_what_the_page_is_made_of(tmp_path: Path) -> None:
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    leased = set(zipfile.ZipFile(wheel).namelist())
    folder = ROOT / "core" / "polyreel" / "comparing" / "report" / "page"
    parts = {f"polyreel/comparing/report/page/{path.name}" for path in folder.iterdir()}
    assert len(parts) == 3
    assert parts <= leased
