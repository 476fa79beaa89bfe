"""compare: the same request on several models at once, films kept, one table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import anyio
import typer

from ..client import AsyncClient
from ..comparison import Comparison, Row, film_names
from ..comparison import compare as run_comparison
from ..desk import check_timeout
from ..engine import Plan
from ..engine.plan import OnUnsupported
from ..errors import PolyreelError, UsageError
from ..files import make_folder
from ..request import VideoRequest
from . import options
from .consent import ask
from .exit_codes import DONE, exit_code, gravest
from .generate import interrupted
from .options import check_media, load_request
from .output import (
    AsJson,
    command,
    print_json,
    print_side_by_side,
    say,
    say_error,
    seconds_text,
    yes_no,
)
from .progress import JobProgress, check_nothing_unfinished

OutFolder = Annotated[
    Path, typer.Option("-o", "--out", metavar="DIR", help="Where the films are kept.")
]


@command
def compare(
    request: options.RequestArgument,
    model: options.Models = None,
    out_folder: OutFolder = Path("polyreel-compare"),
    timeout: options.Timeout = 1800.0,
    yes: options.Yes = False,
    drop: options.Drop = False,
    as_json: AsJson = False,
) -> None:
    """Run one request on several models at once. Shows what it will send and asks first."""
    asked = load_request(request)
    check_media(asked)
    names = model or []
    if not names:
        raise UsageError("name the models to compare, each with -m provider/name")
    progress = JobProgress(quiet=as_json)
    client = AsyncClient(on_change=progress.saw)
    on_unsupported: OnUnsupported = "drop" if drop else "error"
    plans: list[Plan] = []
    refusals: list[PolyreelError] = []
    for name in names:
        try:
            plan = client.desk.plan(asked, name, on_unsupported)
            plan.account.require_key()
            plans.append(plan)
        except PolyreelError as error:
            refusals.append(error)
    if not plans:
        for refusal in refusals[1:]:
            say_error(refusal, False)
        raise refusals[0]
    for refusal in refusals:
        say(f"Will not run: {refusal.message}")
    check_timeout(timeout)
    make_folder(out_folder)
    films = [out_folder / name for name in film_names(names)]
    check_nothing_unfinished(client.archive, films)
    ask(plans, films, yes)
    result = run(client, asked, names, out_folder, timeout, on_unsupported, progress)
    print_comparison(result, as_json)
    for plan in plans:
        timing = plan.adapter.poll_timing
        say(
            f"{plan.adapter.name}: times are as coarse as the looks at its jobs, the first "
            f"after {timing.first:g} s and then about every {timing.gap:g} s."
        )
    raise typer.Exit(comparison_code(result))


def run(
    client: AsyncClient,
    request: VideoRequest,
    names: list[str],
    folder: Path,
    timeout: float,
    on_unsupported: OnUnsupported,
    progress: JobProgress,
) -> Comparison:
    """Run a comparison with live progress; an interrupt leaves resumable jobs and says how."""

    async def work() -> Comparison:
        async with client:
            return await run_comparison(
                client, request, names, folder, timeout=timeout, on_unsupported=on_unsupported
            )

    try:
        with progress:
            return anyio.run(work)
    except KeyboardInterrupt:
        interrupted(progress.records.values(), costs=progress.advises)
    finally:
        progress.advise(client.archive.journal.is_lasting)


def print_comparison(result: Comparison, as_json: bool) -> None:
    """Print what came of each model, asked against delivered."""
    if as_json:
        print_json(
            {
                "request": {
                    "duration": result.request.duration,
                    "aspect_ratio": result.request.aspect_ratio,
                    "resolution": result.request.resolution,
                },
                "rows": [row.facts() for row in result.rows],
            }
        )
        return
    print_side_by_side("model", [(row.name, _facts(row)) for row in result.rows])
    for row in result.rows:
        if row.error is not None:
            say_error(row.error, False)
        for adjustment in row.record.adjustments:
            say(f"{row.model}: left out {adjustment.field} ({adjustment.reason})")


def comparison_code(result: Comparison) -> int:
    """Return the exit code of a comparison: the gravest of its rows."""
    return gravest(DONE if row.error is None else exit_code(row.error) for row in result.rows)


def _facts(row: Row) -> dict[str, object]:
    """Return what a person wants to see of one model, in the order of a table."""
    timeline, status, seen = row.record.timeline, row.record.status, row.delivered
    charge = None if status is None else status.charge
    made = row.error is None
    return {
        "result": "done" if made else type(row.error).__name__,
        "film": None if seen is None else f"{seen.width}×{seen.height}, {seen.seconds:.1f} s",
        "sound": yes_no(None if seen is None else seen.has_sound) if made else None,
        "accepted in": seconds_text(timeline.seconds_to_accept),
        "queued": seconds_text(timeline.seconds_queued),
        "generating": seconds_text(timeline.seconds_generating),
        "fetched in": seconds_text(timeline.seconds_to_fetch),
        "in all": seconds_text(timeline.seconds_in_all),
        "charged": ("unknown" if charge is None else str(charge)) if made else None,
        "file": row.record.file,
    }
