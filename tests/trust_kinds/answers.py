"""Kind 12: odd values in the answers to polls. Only the status and the address are needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from polyreel import Client
from polyreel.adapters import State
from polyreel.jobs import JobRecord
from polyreel_conformance.tools.odd_answers import Place, put
from polyreel_sandbox import Pace, StandIn

from .kind import Kind, Surroundings

MODELS = {"jimmy": "jimmy/seedance2.0-std", "modellix": "modellix/seedance-2.0-fast-t2v"}
Change = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Cell:
    """One odd value in a vendor's answer to a poll.

    Attributes:
        vendor: The vendor.
        place: Where the value is in the answer.
        value: The value; for `resources` an entry before the others.
        fails: Whether it is the answer for a task that failed.
    """

    vendor: str
    place: Place
    value: Any
    fails: bool = False

    def __str__(self) -> str:
        where = ".".join(str(step) for step in self.place)
        return f"{self.vendor}: {where} = {str(self.value)[:30]!r}{' (failed)' * self.fails}"

    def change(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Return the vendor's usual answer with the odd value in it."""
        status = answer["data"]["status"]
        if status not in (("failed",) if self.fails else ("completed", "success")):
            return answer
        value = self.value
        if self.place[-1] == "resources":
            value = [value, *answer["data"]["result"]["resources"]]
        changed: dict[str, Any] = put(answer, self.place, value)
        return changed


NOT_A_COST: tuple[Any, ...] = (
    "free",
    "",
    float("nan"),
    float("inf"),
    {"amount": 1},
    -1,
    10**20,
    True,
)
NO_MESSAGE: tuple[Any, ...] = ({"text": "ok"}, ["ok"])
NOT_A_CODE: tuple[Any, ...] = (None, "", " ", "ok", True, 0.0, [0], {"code": 0})
NOT_A_TIME: tuple[Any, ...] = ("soon", "1787000000000", 1787000000.5, 10**20, [1])
NO_ENTRY: tuple[Any, ...] = (None, 7, "none", [])
NO_WIDTH: tuple[Any, ...] = ("1280px", 0, [1280])
NO_REASON: tuple[Any, ...] = (["a"], {"a": 1}, 7)
FIRST: Place = ("data", "result", "resources", 0)
CELLS = (
    *(Cell("jimmy", ("data", "cost"), value) for value in NOT_A_COST),
    *(Cell("jimmy", ("data", "progress"), value) for value in ("100%", "done", float("nan"))),
    *(Cell("jimmy", ("msg",), value) for value in NO_MESSAGE),
    *(Cell("jimmy", ("data", "error_message"), value) for value in NO_MESSAGE),
    *(Cell(vendor, ("code",), value) for vendor in MODELS for value in (*NOT_A_CODE, " 0 ")),
    *(Cell("jimmy", ("data", name), [7]) for name in ("model", "created_at", "url", "reason")),
    *(Cell("jimmy", ("data", "error_message"), value, fails=True) for value in NO_REASON),
    *(Cell("modellix", ("data", "billing", "amount"), value) for value in NOT_A_COST),
    *(Cell("modellix", ("data", "billing"), value) for value in ("free", [0.24])),
    *(Cell("modellix", ("message",), value) for value in NO_MESSAGE),
    *(Cell("modellix", ("data", "result_expires_at"), value) for value in NOT_A_TIME),
    *(Cell("modellix", (*FIRST, "width"), value) for value in NO_WIDTH),
    *(Cell("modellix", (*FIRST, "type"), value) for value in (None, 7)),
    *(Cell("modellix", FIRST[:-1], value) for value in NO_ENTRY),
    *(Cell("modellix", ("data", "error"), value, fails=True) for value in NO_REASON),
)


def answering(around: Surroundings, vendor: str, change: Change) -> StandIn:
    """Change every answer of a vendor to a poll; its tasks end at once."""
    stand_in = around.sandbox.stand_ins[vendor]
    usual = type(stand_in).status

    def status(task: Any, progress: Any) -> Mapping[str, Any]:
        return change(dict(usual(stand_in, task, progress)))

    around.patch.setattr(stand_in, "status", status)
    around.patch.setattr(stand_in, "pace", Pace(queued=0.0, running=0.0))
    return stand_in


def newest_job() -> JobRecord:
    """Return the job that was made last."""
    with Client() as client:
        return client.history.jobs(limit=1)[0]


def comes_home(*cells: Cell) -> Callable[[Surroundings], str]:
    """Return what makes a video at each cell, and checks that its charge is no invention."""

    def run(around: Surroundings) -> str:
        ends: set[str] = set()
        for number, cell in enumerate(cells, 1):
            answering(around, cell.vendor, cell.change)
            ends.add(around.generate(model=MODELS[cell.vendor]))
            job = newest_job()
            assert around.tasks == number, str(cell)
            assert job.state is State.SUCCEEDED, str(cell)
            is_cost = cell.place[-1] in ("cost", "amount")
            assert job.status is not None
            assert not is_cost or job.status.charge is None, str(cell)
        (end,) = ends
        return end

    return run


def without_address(around: Surroundings) -> str:
    """Put the address where no page has it; then where it is documented."""

    def elsewhere(answer: dict[str, Any]) -> dict[str, Any]:
        data = dict(answer["data"])
        result = data.pop("result", {})
        return {**answer, "data": {**data, "output": result, "video_url": result.get("video_url")}}

    answering(around, "jimmy", elsewhere)
    came = around.generate()
    job = newest_job()
    assert job.is_open
    assert "The job stays open" in " ".join("".join(around.printed).split())
    answering(around, "jimmy", lambda answer: answer)
    with Client() as client:
        client.job(job.id).finish(around.folder / "later.mp4")
    assert (around.folder / "later.mp4").is_file()
    assert around.tasks == 1
    return f"{came}, the job is open; the video once its address comes"


def unreadable_address(around: Surroundings) -> str:
    """Give an address that no system can be asked for; then the usual one."""
    label = "x" * 80
    for url in (
        f"https://{label}.example/v.mp4",
        "https://xn--a.example/v",
        "https://v.example/\ud800",
    ):
        changed = Cell("jimmy", ("data", "result", "video_url"), url).change
        answering(around, "jimmy", changed)
        came = around.generate()
        assert newest_job().is_open, url
        assert len(around.printed[-1]) < 2500, around.printed[-1]
    answering(around, "jimmy", lambda answer: answer)
    assert around.command("jobs", "wait", "--all") == "exit 0"
    return f"{came}, the jobs are open; the videos once their addresses can be read"


def failed(around: Surroundings) -> str:
    """Let a task fail with a reason that is not text."""
    change = Cell("modellix", ("data", "error"), ["blocked", 7], fails=True).change

    def as_failed(answer: dict[str, Any]) -> dict[str, Any]:
        return change(put(answer, ("data", "status"), "failed"))

    answering(around, "modellix", as_failed)
    came = around.generate(model=MODELS["modellix"])
    assert '["blocked", 7]' in "".join(around.printed)
    assert not newest_job().is_open
    return f"{came}, with the reason as JSON"


KINDS = (
    Kind(
        12,
        "a cost of `free`, of NaN or below zero",
        comes_home(
            Cell("jimmy", ("data", "cost"), "free"),
            Cell("modellix", ("data", "billing", "amount"), float("nan")),
            Cell("jimmy", ("data", "cost"), -1),
        ),
    ),
    Kind(
        12,
        "a message that is an object, a progress that is no number, a null among the files",
        comes_home(
            Cell("jimmy", ("msg",), {"text": "ok"}),
            Cell("jimmy", ("data", "progress"), "done"),
            Cell("modellix", FIRST[:-1], None),
        ),
    ),
    Kind(
        12,
        "a task id of `0`, of blanks or a list, and a code that is missing or blank",
        comes_home(
            Cell("jimmy", ("data", "task_id"), 0),
            Cell("modellix", ("data", "task_id"), " "),
            Cell("jimmy", ("data", "task_id"), ["T"]),
            Cell("modellix", ("code",), None),
            Cell("jimmy", ("code",), ""),
        ),
    ),
    Kind(12, "a video's address that no system can be asked for", unreadable_address),
    Kind(12, "a failed task whose reason is a list", failed),
    Kind(12, "the video's address where no page has it", without_address),
)
