"""compare: one request on several models at once, and the result of each run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Unpack

import anyio

from ..adapters import PollTiming
from ..client import AsyncClient
from ..client.arguments import DEFAULT_TIMEOUT, AnyRequest, as_request, check_timeout
from ..client.files import check_writable
from ..client.unforeseen import unforeseen
from ..engine import LiveJob, Plan, generate
from ..engine.plan import OnUnsupported
from ..errors import PolyreelError, UsageError
from ..jobs import JobRecord
from ..jobs.journal.requests import readable_request
from ..pricing.budget import Price
from ..request import MediaOptions, VideoFacts, VideoRequest, probe
from .output_check import OutputCheck, check_output


@dataclass(frozen=True, kw_only=True)
class Row:
    """The result of one run of one target.

    Attributes:
        name: The target or model as the caller named it.
        model: Written `provider/name`.
        record: The job at the end of the run.
        run: Which of the target's runs it is, from 1.
        error: Why there is no video; None where there is one.
        video_facts: What the file really is; None without a video, or where it can't be read.
        output_checks: What was asked for against what was delivered, field by field.
        quoted: The price before the run; None where it is unknown.
        poll_timing: When the job was polled; None where it was never sent.
    """

    name: str
    model: str
    record: JobRecord
    run: int = 1
    error: PolyreelError | None = None
    video_facts: VideoFacts | None = None
    output_checks: tuple[OutputCheck, ...] = ()
    quoted: str | None = None
    poll_timing: PollTiming | None = None

    @property
    def provider(self) -> str:
        """The provider's name."""
        return self.model.partition("/")[0]

    def facts(self) -> dict[str, Any]:
        """Return the row as JSON values."""
        video = self.video_facts
        return {
            **self.record.facts(),
            "name": self.name,
            "run": self.run,
            "model": self.model,
            "error": None if self.error is None else self.error.facts(),
            "video_facts": None
            if video is None
            else {
                "width": video.width,
                "height": video.height,
                "seconds": round(video.seconds, 3),
                "frames_per_second": video.frames_per_second,
                "has_sound": video.has_sound,
            },
            "output_checks": [each.facts() for each in self.output_checks],
            "quoted": self.quoted,
        }


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One request on several models.

    Attributes:
        request: The neutral request.
        rows: In the order in which the targets were named; the runs of a target are together.
        runs: How often each target ran.
        began_at: When the comparison started, in UTC.
        readable: The request as JSON values, without inline media, URL queries and keys.
        jobs_are_persisted: Whether a later process can resume the jobs by their ids.
    """

    request: VideoRequest
    rows: tuple[Row, ...]
    runs: int = 1
    began_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    readable: Mapping[str, Any] = field(default_factory=dict)
    jobs_are_persisted: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """The targets, each once, in the order in which they were named."""
        return tuple(dict.fromkeys(row.name for row in self.rows))


Plans = Mapping[str, Plan | PolyreelError]
"""The priced plan of each target, or why it can't run."""


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
    plans: Plans | None = None,
    **media: Unpack[MediaOptions],
) -> Comparison:
    """Run one request on several targets at once and save the videos. Each run is paid.

    An error in one run does not stop the others; that run's row has the error.

    Args:
        client: Resolves the targets and runs them.
        request: A `VideoRequest`, or a prompt.
        names: Targets or models; one that is named twice runs twice as often. Fallbacks are not
            used, since each row is about its own model.
        folder: The folder for the videos; it must exist.
        runs: How often each target runs. All runs start at once.
        timeout: Seconds to wait for each job.
        on_unsupported: As in `Client.submit`.
        max_price: The most that all runs together may cost, such as `2.00 USD`, or a `Budget`.
        plans: The result of `plan_comparison` for the same request and names; None calls it.
        media: As in `Client.submit`.

    Raises:
        OverBudget: When they would cost more, or a price is unknown. Nothing was sent.
        UsageError: When the folder is not writable, or `runs` is less than 1. Nothing was sent.
    """
    request = as_request(request)
    check_timeout(timeout)
    check_runs(runs)
    files = video_names(names, runs)
    for file in files:
        check_writable(folder / file)
    client.check_network()
    if plans is None:
        plans = plan_comparison(client, request, names, on_unsupported, **media)
    paid = [plan for plan in map(plans.get, names) if isinstance(plan, Plan)]
    client.planner.pricing.check(paid * runs, max_price)
    client.planner.pricing.check_budgets(paid * runs, client.planner.context.now())
    began_at = client.planner.context.now()
    rows: dict[int, Row] = {}

    async def run(index: int, name: str, number: int, target: Path) -> None:
        rows[index] = await _run(client, plans[name], name, number, target, timeout)

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
        jobs_are_persisted=client.planner.context.journal_is_persistent,
    )


async def _run(
    client: AsyncClient,
    plan: Plan | PolyreelError,
    name: str,
    number: int,
    target: Path,
    timeout: float | None,
) -> Row:
    live = LiveJob()
    if isinstance(plan, PolyreelError):
        model = _model_of(client, name)
        return Row(name=name, model=model, run=number, record=live.record, error=plan)
    model = plan.model
    timing = client.planner.context.poll_timing or plan.adapter.poll_timing
    quoted = _quoted(plan)
    try:
        video = await client.run_program(
            generate(client.planner.context, [plan.for_one_job()], live, target, timeout)
        )
    except Exception as error:  # noqa: BLE001  # the other runs are paid for, too
        known = error if isinstance(error, PolyreelError) else unforeseen(error, live.record)
        return Row(
            name=name,
            model=model,
            run=number,
            record=live.record,
            error=known,
            quoted=quoted,
            poll_timing=timing,
        )
    facts = _video_facts(video.file)
    return Row(
        name=name,
        model=model,
        run=number,
        record=video.job,
        video_facts=facts,
        output_checks=() if facts is None else _output_checks(plan, video.job, facts),
        quoted=quoted,
        poll_timing=timing,
    )


def plan_comparison(
    client: AsyncClient,
    request: AnyRequest,
    names: Sequence[str],
    on_unsupported: OnUnsupported = "error",
    **media: Unpack[MediaOptions],
) -> dict[str, Plan | PolyreelError]:
    """Return the priced plan of each target, or the error because of which it can't run."""
    request = as_request(request)
    found: dict[str, Plan | PolyreelError] = {}
    for name in dict.fromkeys(names):
        try:
            plan = client.planner.plan(request, name, on_unsupported, **media)
            found[name] = client.planner.pricing.priced(plan)
        except PolyreelError as error:
            found[name] = error
    return found


def _model_of(client: AsyncClient, name: str) -> str:
    """Return the first model of a target, or the name itself where the target is unknown."""
    try:
        return client.planner.target(name).model
    except PolyreelError:
        return name


def _quoted(plan: Plan) -> str | None:
    """Return the price before the run, and how sure it was."""
    quote = plan.quote
    return None if quote is None or quote.amount is None else str(quote)


def _output_checks(plan: Plan, record: JobRecord, video: VideoFacts) -> tuple[OutputCheck, ...]:
    return check_output(
        # A shape that was chosen for a frame was sent as if it had been asked for.
        (plan.asked or plan.request).model_copy(update={"aspect_ratio": plan.request.aspect_ratio}),
        video,
        makes_sound=plan.spec.makes_sound,
        left_out=[each.field for each in record.adjustments if each.action == "left out"],
    )


def _video_facts(file: Path) -> VideoFacts | None:
    try:
        return probe(file)
    except (ImportError, ValueError):
        return None  # PyAV is missing or can't read the codec; the video exists all the same


def _secrets(client: AsyncClient, names: Sequence[str]) -> list[str]:
    """Return the keys of every provider of the comparison; none of them may be shown."""
    found: list[str] = []
    for name in names:
        try:
            adapter, _ = client.registry.model(client.planner.target(name).model)
            found += client.planner.account(adapter).secrets
        except PolyreelError:
            continue  # nothing was sent to it
    return found


def check_runs(runs: int) -> None:
    """Check the number of runs before anything is paid.

    Raises:
        UsageError: When it is less than 1.
    """
    if runs < 1:
        raise UsageError(f"runs must be 1 or more; it is {runs}")


def numbered(names: Sequence[str], runs: int = 1) -> list[tuple[str, int]]:
    """Return every run in order: the target's name and the number of its run."""
    every: list[tuple[str, int]] = []
    for name in names:
        earlier = sum(1 for each, _ in every if each == name)
        every += [(name, earlier + number) for number in range(1, runs + 1)]
    return every


def video_names(names: Sequence[str], runs: int = 1) -> list[str]:
    """Return the file name of each run's video, in order; no two are equal.

    Args:
        names: Targets or models, in the order of the runs.
        runs: How often each runs; with several runs the videos are numbered from 1.
    """
    files: list[str] = []
    taken: set[str] = set()
    for name, _ in numbered(names, runs):
        stem = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "video"
        number = 1
        file = f"{stem}-1.mp4" if runs > 1 else f"{stem}.mp4"
        while file.lower() in taken:  # on some systems Video.mp4 and video.mp4 are one file
            number += 1
            file = f"{stem}-{number}.mp4"
        taken.add(file.lower())
        files.append(file)
    return files
