"""What the journal costs: jobs led through their whole life, as ratios taken in one run.

    python tests/benchmarks/journal.py

A life is six steps: intent, sending, accepted, finished, downloaded, and the claim before the
wait. Each is on disk before the next begins. Nothing else is done in between.
"""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from polyreel import JobRef
from polyreel.engine.context import new_id
from polyreel.jobs import JobRecord, Stage
from polyreel.jobs.journal.interface import Intent
from polyreel.jobs.journal.sqlite import SqliteJournal

LIVES = 400
ROUNDS = 5
REF = JobRef(provider="toy", model="video", task_id="t")


def live_once(journal: SqliteJournal) -> None:
    """Lead one job through its life."""
    record = JobRecord(id=new_id(), model="toy/video", request={"prompt": "A kite " * 20})
    journal.open_job(Intent(record=record, digest="d", place="toy"))
    for stage in (Stage.SENDING, Stage.ACCEPTED, Stage.FINISHED, Stage.DOWNLOADED):
        ref = None if stage is Stage.SENDING else REF.model_copy(update={"task_id": record.id})
        record = replace(record, stage=stage, ref=ref)
        assert journal.move(record)
        if stage is Stage.ACCEPTED:
            journal.claim(record.id)


def seconds_of(journal: SqliteJournal, threads: int) -> float:
    """Return how long all lives take, spread over threads."""

    def work() -> None:
        for _ in range(LIVES // threads):
            live_once(journal)

    live_once(journal)  # opens the file
    workers = [threading.Thread(target=work) for _ in range(threads)]
    start = time.perf_counter()
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    return time.perf_counter() - start


def main() -> None:
    """Print milliseconds a life, and ratios to the first line."""
    with tempfile.TemporaryDirectory() as folder:
        paths: list[tuple[str, Callable[[int], Path | None], int]] = [
            ("in memory, 1 thread", lambda number: None, 1),
            ("a file, 1 thread", lambda number: Path(folder) / f"one-{number}.sqlite3", 1),
            ("a file, 50 threads", lambda number: Path(folder) / f"many-{number}.sqlite3", 50),
        ]
        times: dict[str, list[float]] = {name: [] for name, _, _ in paths}
        for number in range(ROUNDS):
            for name, path, threads in paths:
                journal = SqliteJournal(path(number))
                times[name].append(seconds_of(journal, threads))
                journal.close()
    medians = {name: statistics.median(values) * 1000 / LIVES for name, values in times.items()}
    base = next(iter(medians.values()))
    print("| journal | ms a life | ratio |")
    print("|---|---|---|")
    for name, milliseconds in medians.items():
        print(f"| {name} | {milliseconds:.2f} | {milliseconds / base:.2f} |")


if __name__ == "__main__":
    main()
