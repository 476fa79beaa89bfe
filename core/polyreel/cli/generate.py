"""generate: one film, paid for with consent, resumable when it is cut short."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from ..client import Client
from ..desk import check_timeout
from ..engine import Film, Plan
from ..engine.plan import OnUnsupported
from ..errors import UsageError
from ..files import check_writable
from ..records import JobRecord, Stage
from . import options
from .consent import ask
from .exit_codes import INTERRUPTED, UNKNOWN
from .options import check_media, load_request, parse_provider_options
from .output import AsJson, command, print_json, print_line, say
from .progress import (
    HANDLE_SUFFIX,
    JobProgress,
    check_nothing_unfinished,
    handle_path,
    resume_advice,
)

OutFile = Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="Where the film goes.")]
OneModel = Annotated[
    str | None, typer.Option("-m", "--model", metavar="MODEL", help="provider/name.")
]
Target = Annotated[
    str | None, typer.Option("-t", "--target", metavar="TARGET", help="A target of polyreel.toml.")
]
Resume = Annotated[
    Path | None,
    typer.Option("--resume", metavar="FILE", help="Take up a job again from its .job.json; free."),
]


@command
def generate(
    out_file: OutFile,
    request: options.OptionalRequestArgument = None,
    model: OneModel = None,
    target: Target = None,
    resume: Resume = None,
    timeout: options.Timeout = 1800.0,
    yes: options.Yes = False,
    drop: options.Drop = False,
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
    if resume is None or resume.resolve() != handle_path(out_file).resolve():
        check_nothing_unfinished(out_file)
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
    given = [request, model, target, *(value for value in fields.values() if value != [])]
    if resume is not None and any(value is not None for value in given):
        raise UsageError("--resume takes up a job as it is; leave the request and model out")
    progress = JobProgress(quiet=as_json)
    with Client(on_change=progress.saw) as client:
        try:
            if resume is not None:
                record = _resume(client, progress, resume, out_file, timeout)
                film = None
            else:
                if model is not None and target is not None:
                    raise UsageError("give -m or -t, not both")
                name = model or target
                asked = load_request(request, fields)
                check_media(asked)
                on_unsupported: OnUnsupported = "drop" if drop else "error"
                plans = client.desk.plans(asked, name, on_unsupported)
                able = [plan for plan in plans if isinstance(plan, Plan)]
                able[0].account.require_key()
                ask(able[:1], [out_file], yes, fallbacks=[plan.model for plan in able[1:]])
                with progress:
                    film = client.generate(
                        asked,
                        out_file,
                        name,
                        timeout=timeout,
                        on_unsupported=on_unsupported,
                    )
                record = film.job
        except KeyboardInterrupt:
            interrupted(progress.records.values())
        finally:
            progress.advise()
    _print(record, film, as_json)


def interrupted(records: Iterable[JobRecord]) -> NoReturn:
    """End an interrupted command: say what may have been paid, and how to go on."""
    unknown = False
    for record in records:
        if record.stage is Stage.SENDING:
            unknown = True
            say(
                f"{record.model}: interrupted while the paid request was on its way. A task may "
                "exist and may be charged; look in the provider's console before sending again."
            )
    say("Interrupted. Jobs that were accepted go on at the provider.")
    raise typer.Exit(UNKNOWN if unknown else INTERRUPTED)


def _resume(
    client: Client, progress: JobProgress, handle: Path, out_file: Path, timeout: float
) -> JobRecord:
    try:
        text = handle.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"can't read {handle}: {error.strerror}") from None
    job = client.job(text, target=out_file)
    try:
        with progress:
            job.wait(timeout)
            job.fetch(out_file)
    finally:
        # A job that is over has no use for its handle; any other keeps it.
        if resume_advice(job.record) is None and handle.name.endswith(HANDLE_SUFFIX):
            handle.unlink(missing_ok=True)
    return job.record


def _print(record: JobRecord, film: Film | None, as_json: bool) -> None:
    attempts = () if film is None else film.attempts
    if as_json:
        tried = [{"model": each.model, "error": each.error.facts()} for each in attempts]
        print_json({**record.facts(), "attempts": tried})
        return
    for attempt in attempts:
        say(f"{attempt.model} was tried first: {attempt.error.message}")
    for adjustment in record.adjustments:
        say(f"left out: {adjustment.field} ({adjustment.reason})")
    if record.status is not None and record.status.charge is not None:
        say(f"charged: {record.status.charge}")
    if record.last_frame_file is not None:
        say(f"last frame: {record.last_frame_file}")
    print_line(str(record.file))
