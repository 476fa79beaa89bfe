"""The output of a comparison: a table of its runs, figures over several runs, next steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..client.files import check_writable
from ..comparing import Comparison
from ..comparing.comparison import Row
from ..comparing.output_check import misses, notes
from ..comparing.report.as_csv import write_csv
from ..comparing.report.facts import report_facts
from ..comparing.report.figures import Figures, MedianSpread, charged_text, figures_of
from ..comparing.report.summary import summary_of
from ..comparing.report.writing import check_page_can_be_made, write_page
from ..errors import UsageError
from ..jobs import JobOutcome
from ..jobs.timeline import SPANS
from ..text.paths import resolved
from .job_facts import and_more
from .output import (
    print_json,
    print_side_by_side,
    print_table,
    say,
    say_error,
    seconds_text,
    yes_no,
)


def check_report_files(csv: Path | None, html: Path | None, videos: Sequence[Path]) -> None:
    """Check, before anything is paid, that the report's files can be written.

    Raises:
        UsageError: When one is not writable or named twice, or jinja2 is missing.
    """
    if html is not None:
        check_page_can_be_made()
    taken = {resolved(video) for video in videos}
    for each in (csv, html):
        if each is None:
            continue
        check_writable(each)
        if resolved(each) in taken:
            raise UsageError(f"{each} is named for two files; use a different name for each")
        taken.add(resolved(each))


def write_report_files(facts: Mapping[str, Any], csv: Path | None, html: Path | None) -> bool:
    """Write the report's files, and return whether all were written. A failure is reported.

    The comparison is already paid, so a full disk must not hide its results.
    """
    written = True
    for path, write in ((csv, write_csv), (html, write_page)):
        if path is None:
            continue
        try:
            write(facts, path)
            say(f"Written: {path}")
        except UsageError as error:
            say_error(error, False)
            written = False
    return written


def print_comparison(result: Comparison, as_json: bool) -> None:
    """Print the result of each run, with its output checks."""
    if as_json:
        print_json(report_facts(result))
        return
    several = len(result.rows) > len(result.names)
    print_side_by_side("model", [(row.name, _facts(row, result, several)) for row in result.rows])
    if several:
        print_figures(figures_of(result))
    reported: set[str] = set()
    for row in result.rows:
        _say_summary_of(row, result, several, reported)
        for adjustment in row.record.adjustments:
            what = f"{adjustment.action} {adjustment.field} ({adjustment.reason})"
            _say_once(f"{row.model}: {what}", reported)


def print_figures(figures: Sequence[Figures]) -> None:
    """Print the figures of each model over its runs."""
    print_table(
        ["over all runs", "runs", "videos", *(span.title for span in SPANS), "charged"],
        [
            [
                each.name,
                each.runs,
                each.videos,
                *(_spread(each.seconds[span.name]) for span in SPANS),
                _charged(each),
            ]
            for each in figures
        ],
    )


def _say_summary_of(row: Row, result: Comparison, several: bool, reported: set[str]) -> None:
    if row.error is None:
        return
    summary = summary_of(row, result.jobs_are_persisted)
    which = f"{row.name}, run {row.run}" if several else row.name
    if summary.outcome is JobOutcome.UNABLE:  # the reason is the same in every run
        if row.error.message not in reported:
            reported.add(row.error.message)
            say_error(row.error, False)
        return
    # The table has the command, and every unfinished job is printed with it once.
    say(f"{which}: {summary.outcome}. {summary.meaning}")
    say_error(row.error, False)


def _say_once(text: str, reported: set[str]) -> None:
    if text not in reported:
        reported.add(text)
        say(text)


def _facts(row: Row, result: Comparison, several: bool) -> dict[str, object]:
    """Return the values of one run's row in the table, in order."""
    timeline, video = row.record.timeline, row.video_facts
    made = row.error is None
    facts: dict[str, object] = {
        "run": row.run,
        "job": row.record.short_id,
        "result": "done" if row.error is None else type(row.error).__name__,
        "video": None if video is None else f"{video.width}×{video.height}, {video.seconds:.1f} s",
        "sound": yes_no(None if video is None else video.has_sound) if made else None,
        "not as asked": _differences(row) if made else None,
        **{span.title: seconds_text(timeline.seconds(span.name)) for span in SPANS},
        "quoted": row.quoted or "unknown",
        "charged": charged_text(row),
        "file": None if row.record.file is None else f"{row.record.file}{and_more(row.record)}",
        "next step": summary_of(row, result.jobs_are_persisted).command,
    }
    if not several:
        del facts["run"], facts["job"]  # needed only for several runs of one model
    return facts


def _differences(row: Row) -> str:
    """Return the fields that are not as asked, the misses first."""
    checks = row.output_checks
    if not checks:
        return "unknown"
    found = [f"{each.field} {each.actual} for {each.asked}" for each in misses(checks)]
    found += [f"note: {each.field} {each.actual}" for each in notes(checks)]
    return "; ".join(found) or "nothing"


def _spread(spread: MedianSpread | None) -> str:
    if spread is None:
        return "unknown"
    if spread.count == 1:
        return f"{spread.median:.1f} s"
    return f"{spread.minimum:.1f} / {spread.median:.1f} / {spread.maximum:.1f} s"


def _charged(figures: Figures) -> str | None:
    if not figures.charged:
        return "unknown" if figures.charges_unknown else None
    texts = [
        f"{sum(each.amounts)} {each.unit}" + (f" ({each.derived} derived)" if each.derived else "")
        for each in figures.charged
    ]
    if figures.charges_unknown:
        texts.append(f"{figures.charges_unknown} unknown")
    return ", ".join(texts)
