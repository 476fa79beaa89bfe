"""What a comparison prints: a table of its runs, figures over several, and how to go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..comparison import Comparison, Row
from ..delivered import misses, notes
from ..errors import UsageError
from ..files import check_writable
from ..report import Ending, check_page_can_be_made, report_facts, write_csv, write_page
from ..report.endings import how_it_ended
from ..report.figures import SPANS, Figures, Spread, charged_text, figures_of
from .output import (
    print_json,
    print_side_by_side,
    print_table,
    say,
    say_error,
    seconds_text,
    yes_no,
)


def check_report_files(csv: Path | None, html: Path | None, films: Sequence[Path]) -> None:
    """Make sure, before anything is paid, that the asked files can be written.

    Raises:
        UsageError: When one can't, or would take another's place, or jinja2 is missing.
    """
    if html is not None:
        check_page_can_be_made()
    taken = {film.resolve() for film in films}
    for each in (csv, html):
        if each is None:
            continue
        check_writable(each)
        if each.resolve() in taken:
            raise UsageError(f"{each} is named for two files; give each its own")
        taken.add(each.resolve())


def write_report_files(facts: Mapping[str, Any], csv: Path | None, html: Path | None) -> bool:
    """Write the asked files, and return whether all were. One that fails is told of.

    The comparison is paid for by now, so a full disk must not hide what it came to.
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
    """Print what came of each run, asked against delivered."""
    if as_json:
        print_json(report_facts(result))
        return
    several = len(result.rows) > len(result.names)
    print_side_by_side("model", [(row.name, _facts(row, result, several)) for row in result.rows])
    if several:
        print_figures(figures_of(result))
    told: set[str] = set()
    for row in result.rows:
        _say_how_it_ended(row, result, several, told)
        for adjustment in row.record.adjustments:
            _say_once(f"{row.model}: left out {adjustment.field} ({adjustment.reason})", told)


def print_figures(figures: Sequence[Figures]) -> None:
    """Print the figures of each model over its runs."""
    print_table(
        ["over all runs", "runs", "films", *SPANS.values(), "charged"],
        [
            [
                each.name,
                each.runs,
                each.films,
                *(_spread(each.seconds[span]) for span in SPANS),
                _charged(each),
            ]
            for each in figures
        ],
    )


def _say_how_it_ended(row: Row, result: Comparison, several: bool, told: set[str]) -> None:
    if row.error is None:
        return
    ended = how_it_ended(row, result.jobs_are_kept)
    which = f"{row.name}, run {row.run}" if several else row.name
    if ended.ending is Ending.UNABLE:  # for one reason in every run
        if row.error.message not in told:
            told.add(row.error.message)
            say_error(row.error, False)
        return
    # The command stands in the table, and is said once with every unfinished job.
    say(f"{which}: {ended.ending}. {ended.meaning}")
    say_error(row.error, False)


def _say_once(text: str, told: set[str]) -> None:
    if text not in told:
        told.add(text)
        say(text)


def _facts(row: Row, result: Comparison, several: bool) -> dict[str, object]:
    """Return what a person wants to see of one run, in the order of a table."""
    timeline, seen = row.record.timeline, row.delivered
    made = row.error is None
    facts: dict[str, object] = {
        "run": row.run,
        "job": row.record.short_id,
        "result": "done" if row.error is None else type(row.error).__name__,
        "film": None if seen is None else f"{seen.width}×{seen.height}, {seen.seconds:.1f} s",
        "sound": yes_no(None if seen is None else seen.has_sound) if made else None,
        "not as asked": _differences(row) if made else None,
        "accepted in": seconds_text(timeline.seconds_to_accept),
        "queued": seconds_text(timeline.seconds_queued),
        "generating": seconds_text(timeline.seconds_generating),
        "fetched in": seconds_text(timeline.seconds_to_fetch),
        "in all": seconds_text(timeline.seconds_in_all),
        "quoted": row.quoted or "unknown",
        "charged": charged_text(row),
        "file": row.record.file,
        "to go on": how_it_ended(row, result.jobs_are_kept).command,
    }
    if not several:
        del facts["run"], facts["job"]  # they tell runs of one model apart
    return facts


def _differences(row: Row) -> str:
    """Return what is not as asked, the misses first."""
    if not row.deliveries:
        return "unknown"
    found = [f"{each.field} {each.delivered} for {each.asked}" for each in misses(row.deliveries)]
    found += [f"note: {each.field} {each.delivered}" for each in notes(row.deliveries)]
    return "; ".join(found) or "nothing"


def _spread(spread: Spread | None) -> str:
    if spread is None:
        return "unknown"
    if spread.count == 1:
        return f"{spread.median:.1f} s"
    return f"{spread.minimum:.1f} / {spread.median:.1f} / {spread.maximum:.1f} s"


def _charged(figures: Figures) -> str | None:
    if not figures.charged:
        return "unknown" if figures.charges_unknown else None
    texts = [f"{sum(each.amounts)} {each.unit}" for each in figures.charged]
    if figures.charges_unknown:
        texts.append(f"{figures.charges_unknown} unknown")
    return ", ".join(texts)
