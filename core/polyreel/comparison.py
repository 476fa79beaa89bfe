"""compare: one request on several models at once, and what came of each."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio

from .adapter import PollTiming
from .client import AsyncClient
from .delivered import Delivery, compare_with_asked
from .desk import DEFAULT_TIMEOUT, AnyRequest, as_request, check_timeout
from .engine import LiveJob, Plan, generate
from .engine.plan import OnUnsupported
from .errors import PolyreelError, UsageError
from .files import check_writable
from .film_facts import FilmFacts, probe
from .journal.requests import readable_request
from .quotes import Price
from .records import JobRecord
from .request import VideoRequest


@dataclass(frozen=True, kw_only=True)
class Row:
    """What came of the request at one target, in one of its runs.

    Attributes:
        name: The target or model as the caller named it.
        model: Written `provider/name`.
        record: The job, as far as it came.
        run: Which of the target's runs it is, from 1.
        error: Why there is no film; None where there is one.
        delivered: What the file really is; None without a film, or without PyAV to look.
        deliveries: What was asked for against what was delivered, field by field.
        quoted: The price that was told before the run; None where nobody knew it.
        poll_timing: When the job was looked at; None where it was never sent.
    """

    name: str
    model: str
    record: JobRecord
    run: int = 1
    error: PolyreelError | None = None
    delivered: FilmFacts | None = None
    deliveries: tuple[Delivery, ...] = ()
    quoted: str | None = None
    poll_timing: PollTiming | None = None

    @property
    def provider(self) -> str:
        """The provider's name."""
        return self.model.partition("/")[0]

    def facts(self) -> dict[str, Any]:
        """Return the row as JSON values."""
        delivered = self.delivered
        return {
            **self.record.facts(),
            "name": self.name,
            "run": self.run,
            "model": self.model,
            "error": None if self.error is None else self.error.facts(),
            "delivered": None
            if delivered is None
            else {
                "width": delivered.width,
                "height": delivered.height,
                "seconds": round(delivered.seconds, 3),
                "frames_per_second": delivered.frames_per_second,
                "has_sound": delivered.has_sound,
            },
            "asked_and_delivered": [each.facts() for each in self.deliveries],
            "quoted": self.quoted,
        }


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One request on several models.

    Attributes:
        request: The neutral request.
        rows: In the order in which the targets were named, each target's runs together.
        runs: How often each target ran.
        began_at: When it began, in UTC.
        readable: The request as JSON values, without inline media, URL queries and keys.
        jobs_are_kept: Whether a later process can take the jobs up by their ids.
    """

    request: VideoRequest
    rows: tuple[Row, ...]
    runs: int = 1
    began_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    readable: Mapping[str, Any] = field(default_factory=dict)
    jobs_are_kept: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """The targets, each once, in the order in which they were named."""
        return tuple(dict.fromkeys(row.name for row in self.rows))


async def compare(
    client: AsyncClient,
    request: AnyRequest,
    names: Sequence[str],
    folder: Path,
    *,
    runs: int = 1,
    timeout: float | None = DEFAULT_TIMEOUT,
    on_unsupported: OnUnsupported = "error",
    max_price: Price | None = None,
) -> Comparison:
    """Run one request on several targets at once and keep the films. Each run is paid.

    An error in one run stops none of the others; it stands in that run's row.

    Args:
        client: Where the targets are resolved and run.
        request: A `VideoRequest`, or a prompt.
        names: Targets or models; one named twice runs twice as often. Fallbacks are not
            used, since each row is about its own model.
        folder: Where the films are kept; it must exist.
        runs: How often each target runs. All runs begin at once.
        timeout: Seconds to wait for each job.
        on_unsupported: As in `Client.submit`.
        max_price: The most that all runs together may cost, such as `2.00 USD`, or a `Budget`.

    Raises:
        OverBudget: When they would cost more, or a price is unknown. Nothing was sent.
        UsageError: When the folder can't be written to, or the runs are no number of runs.
            Nothing was sent.
    """
    request = as_request(request)
    check_timeout(timeout)
    check_runs(runs)
    files = film_names(names, runs)
    for file in files:
        check_writable(folder / file)
    if max_price is not None:
        client.desk.check_all(_plans(client, request, names, on_unsupported) * runs, max_price)
    began_at = client.desk.context.now()
    rows: dict[int, Row] = {}

    async def run(index: int, name: str, number: int, target: Path) -> None:
        rows[index] = await _run(client, request, name, number, target, timeout, on_unsupported)

    async with anyio.create_task_group() as group:
        for index, ((name, number), file) in enumerate(
            zip(numbered(names, runs), files, strict=True)
        ):
            group.start_soon(run, index, name, number, folder / file)
    return Comparison(
        request=request,
        rows=tuple(rows[index] for index in sorted(rows)),
        runs=runs,
        began_at=began_at,
        readable=readable_request(request, _secrets(client, names)),
        jobs_are_kept=client.desk.context.keeps_jobs,
    )


async def _run(
    client: AsyncClient,
    request: VideoRequest,
    name: str,
    number: int,
    target: Path,
    timeout: float | None,
    on_unsupported: OnUnsupported,
) -> Row:
    live = LiveJob()
    model = name
    timing: PollTiming | None = None
    quoted: str | None = None
    try:
        model = client.desk.target(name).model
        plan = client.desk.priced(client.desk.plan(request, name, on_unsupported))
        timing = client.desk.context.poll_timing or plan.adapter.poll_timing
        quoted = _quoted(plan)
        film = await client.run_program(
            generate(client.desk.context, [plan], live, target, timeout)
        )
    except PolyreelError as error:
        return Row(
            name=name,
            model=model,
            run=number,
            record=live.record,
            error=error,
            quoted=quoted,
            poll_timing=timing,
        )
    seen = _delivered(film.file)
    return Row(
        name=name,
        model=model,
        run=number,
        record=film.job,
        delivered=seen,
        deliveries=() if seen is None else _deliveries(plan, film.job, seen),
        quoted=quoted,
        poll_timing=timing,
    )


def _plans(
    client: AsyncClient, request: VideoRequest, names: Sequence[str], on_unsupported: OnUnsupported
) -> list[Plan]:
    """Return the plans that will be paid for; what is refused has a row that says so."""
    found: list[Plan] = []
    for name in names:
        with contextlib.suppress(PolyreelError):
            found.append(client.desk.plan(request, name, on_unsupported))
    return found


def _quoted(plan: Plan) -> str | None:
    """Return the price that was known before the run, and how sure it was."""
    quote = plan.quote
    return None if quote is None or quote.amount is None else str(quote)


def _deliveries(plan: Plan, record: JobRecord, seen: FilmFacts) -> tuple[Delivery, ...]:
    return compare_with_asked(
        plan.asked or plan.request,
        seen,
        makes_sound=plan.spec.makes_sound,
        left_out=[each.field for each in record.adjustments],
    )


def _delivered(file: Path) -> FilmFacts | None:
    try:
        return probe(file)
    except (ImportError, ValueError):
        return None  # without PyAV, or with a codec it can't read, the film is still there


def _secrets(client: AsyncClient, names: Sequence[str]) -> list[str]:
    """Return the keys of every provider that is asked, none of which may be shown."""
    found: list[str] = []
    for name in names:
        try:
            adapter, _ = client.desk.registry.model(client.desk.target(name).model)
            found += client.desk.account(adapter).secrets
        except PolyreelError:
            continue  # it was not asked either
    return found


def check_runs(runs: int) -> None:
    """Refuse what is no number of runs, before anything is paid.

    Raises:
        UsageError: When it is less than one.
    """
    if runs < 1:
        raise UsageError(f"{runs} runs make no sense; give 1 or more")


def numbered(names: Sequence[str], runs: int = 1) -> list[tuple[str, int]]:
    """Return every run in order: the target's name and which of its runs it is."""
    every: list[tuple[str, int]] = []
    for name in names:
        begun = sum(1 for each, _ in every if each == name)
        every += [(name, begun + number) for number in range(1, runs + 1)]
    return every


def film_names(names: Sequence[str], runs: int = 1) -> list[str]:
    """Return the name of each run's film, in order; no two are alike.

    Args:
        names: Targets or models, as they are to run.
        runs: How often each runs; with several the films are numbered from 1.
    """
    files: list[str] = []
    taken: set[str] = set()
    for name, _ in numbered(names, runs):
        stem = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "film"
        number = 1
        file = f"{stem}-1.mp4" if runs > 1 else f"{stem}.mp4"
        while file.lower() in taken:  # some systems keep Film.mp4 and film.mp4 as one file
            number += 1
            file = f"{stem}-{number}.mp4"
        taken.add(file.lower())
        files.append(file)
    return files
