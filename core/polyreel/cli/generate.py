"""generate: one film, paid for with consent, resumable when it is cut short."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from ..archive import Archive
from ..client import Client
from ..desk import check_timeout
from ..engine import Film, Plan
from ..engine.plan import OnUnsupported
from ..errors import UsageError
from ..files import check_writable
from ..journal.requests import readable_request
from ..records import JobRecord, Stage
from . import options
from .consent import ask
from .exit_codes import INTERRUPTED, UNKNOWN
from .job_facts import price_difference
from .options import check_media, load_request, parse_provider_options
from .output import AsJson, command, print_json, print_line, say
from .progress import JobProgress, check_nothing_unfinished, warn_of_expiry

OutFile = Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="Where the film goes.")]
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
        help="Your own name for this call: repeated, it goes on with its job and pays once.",
    ),
]


@command
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
    allow_unknown_price: options.AllowUnknownPrice = False,
    prompt: options.Prompt = None,
    duration: options.Duration = None,
    aspect_ratio: options.AspectRatio = None,
    resolution: options.Resolution = None,
    first_frame: options.FirstFrame = None,
    last_frame: options.LastFrame = None,
    reference_images: options.ReferenceImages = None,
    reference_videos: options.ReferenceVideos = None,
    reference_audios: options.ReferenceAudios = None,
    audio: options.Audio = None,
    seed: options.Seed = None,
    camera_fixed: options.CameraFixed = None,
    watermark: options.Watermark = None,
    return_last_frame: options.ReturnLastFrame = None,
    expires_after: options.ExpiresAfter = None,
    negative_prompt: options.NegativePrompt = None,
    provider_options: options.ProviderOptions = None,
    as_json: AsJson = False,
) -> None:
    """Make one film. Shows what it will send and asks first."""
    check_timeout(timeout)
    check_writable(out_file)
    fields: dict[str, Any] = {
        "prompt": prompt,
        "duration": duration,
        "aspect_ratio": aspect_ratio,
        "resolution": resolution,
        "first_frame": first_frame,
        "last_frame": last_frame,
        "reference_images": reference_images,
        "reference_videos": reference_videos,
        "reference_audios": reference_audios,
        "audio": audio,
        "seed": seed,
        "camera_fixed": camera_fixed,
        "watermark": watermark,
        "return_last_frame": return_last_frame,
        "expires_after": expires_after,
        "negative_prompt": negative_prompt,
        "provider_options": parse_provider_options(provider_options),
    }
    if model is not None and target is not None:
        raise UsageError("give -m or -t, not both")
    name = model or target
    progress = JobProgress(quiet=as_json)
    with Client(on_change=progress.saw) as client:
        asked = load_request(request, fields)
        check_media(asked)
        on_unsupported: OnUnsupported = "drop" if drop else "error"
        plans = client.desk.plans(asked, name, on_unsupported)
        able = [plan for plan in plans if isinstance(plan, Plan)]
        able[0].account.require_key()
        limit = options.budget(max_price, allow_unknown_price)
        able = [each for each in client.desk.priced_within(able, limit) if isinstance(each, Plan)]
        check_nothing_unfinished(client.archive, [out_file], idempotency_key)
        if not _goes_on(client.archive, idempotency_key, able[0], out_file, yes):
            ask(able[:1], [out_file], yes, fallbacks=[plan.model for plan in able[1:]])
        try:
            with progress:
                film = client.generate(
                    asked,
                    out_file,
                    name,
                    timeout=timeout,
                    on_unsupported=on_unsupported,
                    idempotency_key=idempotency_key,
                    max_price=limit,
                )
        except KeyboardInterrupt:
            interrupted(progress.records.values())
        finally:
            progress.advise(client.archive.journal.is_lasting)
            warn_of_expiry(client.archive)
    _print(film, as_json)


def _goes_on(
    archive: Archive, idempotency_key: str | None, plan: Plan, film: Path, yes: bool
) -> bool:
    """Say so and tell whether this very call has a job already that may still bring its film."""
    if idempotency_key is None:
        return False
    known = [
        each
        for each in archive.jobs(idempotency_key=idempotency_key)
        if each.ref is not None and not each.ended_without_film
    ]
    asked = readable_request(plan.request, plan.account.secrets)
    if not known or (known[0].model == plan.model and known[0].request != asked):
        return False
    if film.exists() and known[0].file != film.absolute() and not yes:
        raise UsageError(f"{film} is there already; repeat it with --yes to replace it")
    say(f"Goes on with job {known[0].short_id} of {known[0].model}; nothing is sent anew.")
    return True


def interrupted(records: Iterable[JobRecord], *, costs: bool = True) -> NoReturn:
    """End an interrupted command: say what may have been paid, and how to go on.

    Args:
        records: Its jobs.
        costs: Whether they cost anything.
    """
    unknown = [each for each in records if each.stage in (Stage.SENDING, Stage.UNKNOWN)]
    if not costs:
        say("Interrupted.")
        raise typer.Exit(INTERRUPTED)
    for record in unknown:
        say(
            f"{record.model}: interrupted while the paid request was on its way. A task may "
            "exist and may be charged. Look in the provider's console, then:\n"
            f"  polyreel jobs settle {record.short_id}"
        )
    say("Interrupted. Jobs that were accepted go on at the provider.")
    raise typer.Exit(UNKNOWN if unknown else INTERRUPTED)


def _print(film: Film, as_json: bool) -> None:
    record = film.job
    if as_json:
        tried = [{"model": each.model, "error": each.error.facts()} for each in film.attempts]
        print_json({**record.facts(), "attempts": tried})
        return
    for attempt in film.attempts:
        say(f"{attempt.model} was tried first: {attempt.error.message}")
    for adjustment in record.adjustments:
        say(f"left out: {adjustment.field} ({adjustment.reason})")
    if record.status is not None and record.status.charge is not None:
        say(f"charged: {record.status.charge}")
        difference = price_difference(record)
        if difference is not None:
            say(difference)
    if record.last_frame_file is not None:
        say(f"last frame: {record.last_frame_file}")
    print_line(str(film.file))
