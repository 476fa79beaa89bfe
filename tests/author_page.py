"""The tables of names that an author of a provider needs, by task, in providers/README.md.

`python tests/author_page.py --write` writes them. A new public name gets its task in `TASKS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from names_page import describe
from page_table import PageTable

ROOT = Path(__file__).parents[1]

ROOMS = ("polyreel.adapters", "polyreel.models", "polyreel_sandbox", "polyreel_conformance")
"""Where an author imports from. Of two rooms that have a name the first one is shown."""

TASKS: Mapping[str, tuple[str, ...]] = {
    "Say what a model can do": (
        *("ModelSpec", "seconds", "Frames", "MediaLimit", "Rule", "Setting", "Mode"),
        *("check", "Finding", "nearest_model", "Adjustment"),
    ),
    "Say what it costs": ("Billing", "PriceRule", "TokenCount", "Unit", "Charge"),
    "Declare the vendor": (
        *("Adapter", "CONTRACT_VERSION", "hookimpl", "Credential", "PollTiming", "UploadLimit"),
        *("ProviderOptions", "Registry", "Account", "Timeouts"),
    ),
    "Write a flow": (
        *("Flow", "WireRequest", "WireResponse", "VideoRequest", "MediaFile", "JobRef"),
        *("JobStatus", "State", "Output", "Cancellation", "error_kind"),
        *("path_segment", "render_prompt"),
    ),
    "Read an answer": (
        *("Answer", "Text", "Amount", "Percent", "Fraction", "Moment", "Pixels", "TaskId"),
        *("text_of", "amount_of", "percent_of", "fraction_of", "moment_of", "pixels_of"),
        "task_id_of",
    ),
    "Write the stand-in": (
        *("StandIn", "Contract", "Task", "Progress", "Word", "Reply", "RefusalKind"),
        *("USUAL_STATUS", "Call", "Pace", "Fault", "Phase", "ConnectionFault"),
        *("RETRY_AFTER_SECONDS", "ContractError", "StandInError"),
    ),
    "Read the contract": ("Operation", "Role", "Place", "Parameter", "Dispute", "dispute_of"),
    "Serve it, and look at its videos": (
        *("Sandbox", "installed_stand_ins", "VideoCard", "Picture", "draw_picture", "frame_size"),
    ),
    "Test it": (
        *("AdapterConformance", "KnownGap", "examples_folder", "accepted_requests"),
        *("refused_requests", "mounted", "ManualClock"),
    ),
}
"""The names of each task, in the order in which an author meets them."""


def room_of(name: str) -> str:
    """Return where an author imports a name from.

    The stand-in's base class is the sandbox's; the core has only a protocol of that name.
    """
    rooms = ("polyreel_sandbox",) if name == "StandIn" else ROOMS
    return next(room for room in rooms if name in import_module(room).__all__)


def without_a_task() -> list[str]:
    """Return the public names of the rooms that no task lists."""
    listed = {name for names in TASKS.values() for name in names}
    public = {name for room in ROOMS for name in import_module(room).__all__}
    return sorted(public - listed)


def unknown() -> list[str]:
    """Return the names in the tasks that no room has."""
    public = {name for room in ROOMS for name in import_module(room).__all__}
    return sorted({name for names in TASKS.values() for name in names} - public)


def table() -> str:
    """Return the tables, one for each task."""
    parts = []
    for task, names in TASKS.items():
        rows = [
            f"| `{name}` | `{room_of(name)}` | {describe(room_of(name), name)} |" for name in names
        ]
        head = ["| name | import it from | meaning |", "|---|---|---|"]
        parts.append("\n".join([f"**{task}**", "", *head, *rows]) + "\n")
    return "\n" + "\n".join(parts) + "\n"


PAGE = PageTable(
    page=ROOT / "providers" / "README.md",
    name="author names",
    script="author_page.py",
    table=table,
)
current = PAGE.current

if __name__ == "__main__":
    PAGE.main()
