"""demo: one request at every stand-in, without a key and without a vendor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from polyreel.adapters.declarations import PollTiming
from polyreel.adapters.registry import Registry
from polyreel.cli.compare import comparison_code, run
from polyreel.cli.comparison_output import print_comparison, write_report_files
from polyreel.cli.output import AsJson, command, say
from polyreel.cli.progress import JobProgress
from polyreel.client.async_client import AsyncClient
from polyreel.client.files import make_folder
from polyreel.comparing.report.facts import report_facts
from polyreel.comparing.report.writing import check_page_can_be_made
from polyreel.config import Config
from polyreel.errors import UsageError
from polyreel.jobs.journal.sqlite import SqliteJournal
from polyreel.models.checks import check
from polyreel.request.video_request import VideoRequest

from ..installed import installed_stand_ins
from ..picture import draw_picture
from ..server import Sandbox
from ..task import Pace

_PROMPT = (
    "A paper boat leaves the bay of {image:1} and lands on the shore of {image:2}, "
    "evening light, slow dolly in"
)
PAGE = "comparison.html"
_PICTURES = {"bay.png": "bay", "shore.png": "shore"}


@command
def demo(
    out_folder: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="The folder for the videos.")
    ] = Path("polyreel-demo"),
    as_json: AsJson = False,
) -> None:
    """Make a video of one request at every vendor's stand-in. Free."""
    registry = Registry.installed()
    stand_ins = installed_stand_ins(registry)
    if not stand_ins:
        raise UsageError(
            "no installed provider has a stand-in. Install one, e.g. pip install polyreel-jimmy"
        )
    make_folder(out_folder)
    for name, text in _PICTURES.items():
        (out_folder / name).write_bytes(draw_picture(text, 768, 768))
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
        + ", over HTTP on this machine. This costs nothing."
    )
    progress = JobProgress(quiet=as_json, advises=False)
    with Sandbox(stand_ins, pace=Pace(queued=0.8, running=2.5)) as sandbox:
        client = AsyncClient(
            Config(),
            environment={},  # it reaches this machine only, whatever proxies there are
            api_keys=dict.fromkeys(stand_ins, "sandbox"),
            base_urls=sandbox.base_urls,
            registry=registry,
            on_change=progress.update,
            poll_timing=PollTiming(first=0.3, gap=0.3, floor=0.1),
            journal=SqliteJournal(None),  # these jobs end when the sandbox closes
        )
        result = run(client, request, names, out_folder, 120.0, progress)
    print_comparison(result, as_json)
    write_report_files(report_facts(result), None, _page(out_folder))
    if not as_json:
        say(f"The videos are in {out_folder}. To use your own key: polyreel generate --help")
    raise typer.Exit(comparison_code(result))


def _page(out_folder: Path) -> Path | None:
    """Return the path of the page, or None when the packages for it are not installed."""
    try:
        check_page_can_be_made()
    except UsageError:
        return None
    return out_folder / PAGE
