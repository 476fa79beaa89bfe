"""demo: the main job on the embedded sandbox, with no key and no vendor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..adapter import PollTiming
from ..checks import check
from ..client import AsyncClient
from ..config import Config
from ..errors import UsageError
from ..files import make_folder
from ..journal.sqlite import SqliteJournal
from ..registry import Registry
from ..report import check_page_can_be_made, report_facts
from ..request import VideoRequest
from .compare import comparison_code, run
from .comparison_output import print_comparison, write_report_files
from .output import AsJson, command, say
from .progress import JobProgress
from .sandbox import load_sandbox

_PROMPT = (
    "A paper boat leaves the bay of {image:1} and lands on the shore of {image:2}, "
    "evening light, slow dolly in"
)
PAGE = "comparison.html"
_PICTURES = {"bay.png": "bay", "shore.png": "shore"}


@command
def demo(
    out_folder: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="Where the films are kept.")
    ] = Path("polyreel-demo"),
    as_json: AsJson = False,
) -> None:
    """Make one request's films at every vendor's stand-in, side by side. Free."""
    sandbox_kit = load_sandbox()
    registry = Registry.installed()
    stand_ins = registry.stand_ins()
    if not stand_ins:
        raise UsageError(
            "no installed provider has a stand-in. Install one, e.g.: pip install polyreel-jimmy"
        )
    make_folder(out_folder)
    for name, text in _PICTURES.items():
        (out_folder / name).write_bytes(sandbox_kit.draw_picture(text, 768, 768))
    request = VideoRequest.model_validate(
        {"prompt": _PROMPT, "reference_images": [out_folder / name for name in _PICTURES]}
    )
    names = [
        next(
            (
                f"{provider}/{spec.name}"
                for spec in registry.adapter(provider).models
                if not check(request, spec)
            ),
            f"{provider}/{registry.adapter(provider).models[0].name}",
        )
        for provider in stand_ins
    ]
    say(
        "The same request at the stand-ins of "
        + " and ".join(registry.adapter(provider).title for provider in stand_ins)
        + ", over HTTP on this machine. Nothing is paid."
    )
    progress = JobProgress(quiet=as_json, advises=False)
    with sandbox_kit.Sandbox(stand_ins, pace=sandbox_kit.Pace(queued=0.8, running=2.5)) as sandbox:
        client = AsyncClient(
            Config(),
            api_keys=dict.fromkeys(stand_ins, "sandbox"),
            base_urls=sandbox.base_urls,
            registry=registry,
            on_change=progress.saw,
            poll_timing=PollTiming(first=0.3, gap=0.3, floor=0.1),
            journal=SqliteJournal(None),  # these jobs are over when the sandbox closes
        )
        result = run(client, request, names, out_folder, 120.0, "error", progress)
    print_comparison(result, as_json)
    write_report_files(report_facts(result), None, _page(out_folder))
    if not as_json:
        say(f"The films are in {out_folder}. With a key of your own: polyreel generate --help")
    raise typer.Exit(comparison_code(result))


def _page(out_folder: Path) -> Path | None:
    """Return where the page goes, or None without what it takes: a demo asks for nothing more."""
    try:
        check_page_can_be_made()
    except UsageError:
        return None
    return out_folder / PAGE
