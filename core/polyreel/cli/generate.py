"""generate: one video, paid with consent, resumable after an interrupt."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from ..client import Client
from ..client.arguments import check_idempotency_key, check_retry_refused, check_timeout
from ..client.files import check_writable
from ..client.media_reading import check_media_of
from ..engine import Plan, VideoResult
from ..engine.plan import OnUnsupported
from ..errors import UsageError
from ..jobs import History, JobRecord, Stage
from ..jobs.journal.requests import readable_request
from . import options
from .consent import ask
from .exit_codes import INTERRUPTED, UNKNOWN
from .job_facts import describe_estimate, price_difference
from .options import load_request, parse_provider_options
from .output import AsJson, command, end_without_output, print_json, print_line, say
from .progress import JobProgress, check_no_unfinished_job, warn_of_expiry
from .request_options import with_request_fields

OutFile = Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="The video's file.")]
OneModel = Annotated[
    str | None, typer.Option("-m", "--model", metavar="MODEL", help="provider/name.")
]
Target = Annotated[
    str | None, typer.Option("-t", "--target", metavar="TARGET", help="A target of polyreel.toml.")
]
IdempotencyKey = Annotated[
    str | None,
    typer.Option(
        "--idempotency-key",
        metavar="KEY",
        help="Your own name for this call. Repeat the call and it continues its job and pays once.",
    ),
]


@command
@with_request_fields
def generate(
    out_file: OutFile,
    request: options.OptionalRequestArgument = None,
    model: OneModel = None,
    target: Target = None,
    idempotency_key: IdempotencyKey = None,
    timeout: options.Timeout = 1800.0,
    yes: options.Yes = False,
    drop: options.Drop = False,
    max_price: options.MaxPrice = None,
    retry_refused: options.RetryRefused = None,
    allow_unknown_price: options.AllowUnknownPrice = False,
    convert_images: options.ConvertImages = None,
    lift_bounds: options.LiftBounds = False,
    as_json: AsJson = False,
    **fields: Any,
) -> None:
    """Make one video. Shows what it will send, then asks."""
    check_timeout(timeout)
    check_idempotency_key(idempotency_key)
    check_retry_refused(retry_refused)
    check_writable(out_file)
    fields["provider_options"] = parse_provider_options(fields["provider_options"])
    if model is not None and target is not None:
        raise UsageError("use -m or -t, not both")
    name = model or target
    progress = JobProgress(quiet=as_json)
    with Client(on_change=progress.update) as client:
        asked = load_request(request, fields)
        on_unsupported: OnUnsupported = "drop" if drop else "error"
        limit = options.budget(max_price, allow_unknown_price)
        media = options.media_options(convert_images, lift_bounds)
        plan = client.plan(asked, name, on_unsupported=on_unsupported, max_price=limit, **media)
        plan.first.account.require_key()
        client.check_network()
        check_media_of(plan.first)
        check_no_unfinished_job(client.history, [out_file], idempotency_key)
        if not _continues_job(client.history, idempotency_key, plan.first, out_file, yes):
            now = client.planner.context.now()
            client.planner.pricing.check_budgets([plan.first], now)
            fallbacks = [each.model for each in plan.able[1:]]
            ask([plan.first], [out_file], yes, fallbacks=fallbacks)
        try:
            with progress:
                video = client.generate(
                    plan,
                    out_file,
                    timeout=timeout,
                    idempotency_key=idempotency_key,
                    retry_refused=retry_refused,
                )
        except KeyboardInterrupt:
            interrupted(progress.records.values())
        finally:
            progress.advise(client.history.journal.is_persistent)
            warn_of_expiry(client.history)
    try:
        _print(video, as_json)
    except OSError as error:
        kept = f"The video is saved at {video.file}; see polyreel jobs show {video.job.short_id}"
        end_without_output(error, kept)


def _continues_job(
    history: History, idempotency_key: str | None, plan: Plan, video: Path, yes: bool
) -> bool:
    """Return whether this call already has a job that may still make its video, and print that."""
    if idempotency_key is None:
        return False
    known = [
        each
        for each in history.jobs(idempotency_key=idempotency_key)
        if each.ref is not None and not each.ended_without_video
    ]
    asked = readable_request(plan.request, plan.account.secrets)
    if not known or (known[0].model == plan.model and known[0].request != asked):
        return False
    if video.exists() and known[0].file != video.absolute() and not yes:
        raise UsageError(f"{video} exists already; to replace it, run this again with --yes")
    say(f"Continues job {known[0].short_id} of {known[0].model}; no new request is sent.")
    return True


def interrupted(records: Iterable[JobRecord], *, costs: bool = True) -> NoReturn:
    """End an interrupted command: print what may have been paid, and what to do next.

    Args:
        records: The jobs of the command.
        costs: Whether they cost anything.
    """
    unknown = [each for each in records if each.stage in (Stage.SENDING, Stage.UNKNOWN)]
    if not costs:
        say("Interrupted.")
        raise typer.Exit(INTERRUPTED)
    for record in unknown:
        say(
            f"{record.model}: interrupted while the paid request was being sent. A task may "
            "exist and may be charged. Check the provider's console, then run:\n"
            f"  polyreel jobs settle {record.short_id}"
        )
    say("Interrupted. Accepted jobs continue at the provider.")
    raise typer.Exit(UNKNOWN if unknown else INTERRUPTED)


def _print(video: VideoResult, as_json: bool) -> None:
    record = video.job
    if as_json:
        tried = [{"model": each.model, "error": each.error.facts()} for each in video.attempts]
        print_json({**record.facts(), "attempts": tried})
        return
    for attempt in video.attempts:
        say(f"{attempt.model} was tried first: {attempt.error.message}")
    for adjustment in record.adjustments:
        say(f"{adjustment.action}: {adjustment.field} ({adjustment.reason})")
    if record.status is not None and record.status.charge is not None:
        say(f"charged: {record.status.charge}")
        difference = price_difference(record)
        if difference is not None:
            say(difference)
    elif record.estimated is not None:
        say(f"charged: unknown; estimated by the provider: {describe_estimate(record)}")
    if record.last_frame_file is not None:
        say(f"last frame: {record.last_frame_file}")
    for file in video.files:
        print_line(str(file))
