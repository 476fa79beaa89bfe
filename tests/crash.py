"""Kills processes in the middle of paying, and counts at the vendor what became of it.

    python tests/crash.py kill --jobs 300 --kills 50
    python tests/crash.py kill --jobs 300 --kills 50 --refuse
    python tests/crash.py kill --jobs 300 --kills 50 --resend
    python tests/crash.py same-key --rounds 200

Two processes share one journal and make the same videos at the stand-ins, over real HTTP on
loopback. The stand-ins' own count of tasks is the judge. Nothing is paid.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from crash_worker import KEY_VARIABLE, WITH_KEY
from polyreel.jobs import Stage
from polyreel.jobs.journal.sqlite import SqliteJournal
from polyreel_sandbox import (
    Call,
    Contract,
    Operation,
    Pace,
    Reply,
    Sandbox,
    StandIn,
    Task,
    installed_stand_ins,
)

MODELS = ["jimmy/seedance2.0-mini-sp", "modellix/seedance-2.0-fast-t2v"]
_HERE = Path(__file__).parent
_LONGEST_START = 10.0  # seconds that a process may need to start on a busy machine
_LATENCY = 0.15  # seconds before and after a task is made, so that kills fall in between


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of the jobs, by the vendor's count and by the journal.

    Attributes:
        jobs: How many there are.
        kills: How often a process was killed.
        twice: Jobs with more than one task. Must be empty.
        lost: Jobs that are neither on disk nor listed as unknown. Must be empty.
        videos: Jobs whose video is on disk.
        unknown: Jobs that are listed as unknown.
        unknown_and_made: How many of those have a task at the vendor.
        left_open: Jobs that `polyreel jobs wait --all` did not bring to their end. Must be
            empty.
        half_videos: Downloads that were cut and left lying. Must be none.
        seconds: How long it took.
    """

    jobs: int
    kills: int
    twice: tuple[str, ...]
    lost: tuple[str, ...]
    videos: int
    unknown: int
    unknown_and_made: int
    left_open: tuple[str, ...]
    half_videos: int
    seconds: float

    @property
    def is_right(self) -> bool:
        """Whether nothing was paid twice, lost or left behind."""
        return not (self.twice or self.lost or self.left_open or self.half_videos)

    def __str__(self) -> str:
        return (
            f"{self.jobs} jobs, {self.kills} kills, {self.seconds:.0f} s: {self.videos} videos, "
            f"{self.unknown} unknown ({self.unknown_and_made} of them made), "
            f"{len(self.twice)} paid twice, {len(self.lost)} lost, "
            f"{len(self.left_open)} left open, {self.half_videos} half videos"
        )


def refusing(kind: type[StandIn]) -> type[StandIn]:
    """Return a stand-in that refuses the first create of each prompt by HTTP 429."""

    class Refusing(kind):  # type: ignore[misc, valid-type]  # the class is handed in
        def answer_to(
            self, operation: Operation, call: Call, parameters: Mapping[str, str]
        ) -> Reply:
            if operation.role == "create" and is_first_create(self, call):
                too_many: Reply = self.refusal_by(429, "too many requests")
                return replace(too_many, headers={"retry-after-ms": "50"})
            answer: Reply = super().answer_to(operation, call, parameters)
            return answer

    return Refusing


def dropping(kind: type[StandIn]) -> type[StandIn]:
    """Return a stand-in that remembers keys, and loses the first answer of each prompt."""
    document = json.loads(json.dumps(kind.contract.document))
    for methods in document["paths"].values():
        for operation in methods.values():
            if operation["x-polyreel"]["role"] == "create":
                operation["x-polyreel"]["idempotency"] = {
                    "header": WITH_KEY.header,
                    "valid_seconds": int(WITH_KEY.valid_for.total_seconds()),
                    "source": WITH_KEY.source,
                }

    class Dropping(kind):  # type: ignore[misc, valid-type]  # the class is handed in
        contract = Contract(document)

        def answer_to(
            self, operation: Operation, call: Call, parameters: Mapping[str, str]
        ) -> Reply:
            answer: Reply = super().answer_to(operation, call, parameters)
            if operation.role == "create" and is_first_create(self, call):
                return Reply(connection_fault="dropped")
            return answer

    return Dropping


def is_first_create(stand_in: StandIn, call: Call) -> bool:
    """Return whether a create is the first with its prompt."""
    prompt = str(json.loads(call.body)["prompt"])
    with stand_in.lock:
        known: set[str] = stand_in.__dict__.setdefault("prompts", set())
        is_first = prompt not in known
        known.add(prompt)
    return is_first


def slowed(kind: type[StandIn]) -> type[StandIn]:
    """Return a stand-in that takes its time before and after it makes a task."""

    class Slow(kind):  # type: ignore[misc, valid-type]  # the class is handed in
        def handle(self, call: Call) -> Reply:
            if call.method == "POST":
                time.sleep(random.uniform(0, _LATENCY))
            answer: Reply = super().handle(call)
            return answer

        def created(self, task: Task) -> Mapping[str, object]:
            time.sleep(random.uniform(0, _LATENCY))
            answer: Mapping[str, object] = super().created(task)
            return answer

    return Slow


def surroundings(sandbox: Sandbox, home: Path) -> dict[str, str]:
    """Return the environment of a process that works at the sandbox."""
    urls = sandbox.base_urls
    own = {f"{name.upper()}_BASE_URL": url for name, url in urls.items()}
    keys = {f"{name.upper()}_API_KEY": f"sk-{name}-crash-test" for name in urls}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("POLYREEL_")}
    return {**kept, **own, **keys, "POLYREEL_HOME": str(home)}


def kill_at_random(
    jobs: int,
    kills: int,
    seed: int,
    folder: Path,
    *,
    refuses: bool = False,
    resends: bool = False,
) -> Outcome:
    """Make videos in two processes that are killed again and again, and see what became of them.

    Args:
        jobs: How many videos.
        kills: How often a process is killed.
        seed: For the times of the kills.
        folder: For the videos and the journal.
        refuses: Whether the vendors refuse the first create of each job by HTTP 429, and the
            processes send it again.
        resends: Whether the vendors remember keys and lose their first answer about each job, so
            that the processes send it once more.
    """
    chance = random.Random(seed)
    start = time.monotonic()
    kinds = installed_stand_ins()
    if refuses:
        kinds = {name: refusing(kind) for name, kind in kinds.items()}
    if resends:
        kinds = {name: dropping(kind) for name, kind in kinds.items()}
    stand_ins = {name: slowed(kind) for name, kind in kinds.items()}
    home = folder / "home"
    pace = Pace(queued=0.1, running=0.6)
    with Sandbox(stand_ins, pace=pace, frames_per_second=1) as sandbox:
        environment = {**surroundings(sandbox, home), **({KEY_VARIABLE: "1"} if resends else {})}
        command = [sys.executable, str(_HERE / "crash_worker.py"), "generate", str(folder)]
        command += [",".join(MODELS), str(jobs)]
        workers: list[subprocess.Popen[bytes] | None] = [None, None]
        killed = 0
        while killed < kills:
            for index, worker in enumerate(workers):
                if worker is None or worker.poll() is not None:
                    workers[index] = subprocess.Popen(command, env=environment, cwd=folder)
            _wait_for_calls(sandbox)
            time.sleep(chance.uniform(0, 1.0))
            victim = workers[chance.randrange(2)]
            if victim is not None and victim.poll() is None:
                victim.send_signal(signal.SIGKILL)
                victim.wait()
                killed += 1
        for worker in workers:
            if worker is not None:
                worker.kill()
                worker.wait()
        # Whatever was accepted is downloaded; what was never begun is begun after that.
        wait = [sys.executable, "-c", "from polyreel.cli import main; main()"]
        wait += ["jobs", "wait", "--all", "--json"]
        subprocess.run(
            wait, env=environment, cwd=folder, check=False, timeout=600, capture_output=True
        )
        left_open = _left_open(home)
        subprocess.run(command, env=environment, cwd=folder, check=True, timeout=600)
        made = collections.Counter(
            str(task.body["prompt"])
            for stand_in in sandbox.stand_ins.values()
            for task in stand_in.tasks.values()
        )
    return _outcome(jobs, killed, made, folder, left_open, time.monotonic() - start)


def _wait_for_calls(sandbox: Sandbox) -> None:
    """Wait until a process calls a vendor, so that a kill does not only hit its start."""
    stand_ins = sandbox.stand_ins.values()
    before = sum(len(each.calls) for each in stand_ins)
    end = time.monotonic() + _LONGEST_START
    while time.monotonic() < end and sum(len(each.calls) for each in stand_ins) == before:
        time.sleep(0.01)


def _left_open(home: Path) -> tuple[str, ...]:
    """Return the accepted jobs that `polyreel jobs wait --all` did not bring to their end."""
    journal = SqliteJournal(home / "journal.sqlite3")
    found = journal.jobs(stages={Stage.ACCEPTED, Stage.FINISHED, Stage.SENDING, Stage.INTENT})
    journal.close()
    return tuple(str((each.request or {})["prompt"]) for each in found)


def _outcome(
    jobs: int,
    kills: int,
    made: collections.Counter[str],
    folder: Path,
    left_open: tuple[str, ...],
    seconds: float,
) -> Outcome:
    journal = SqliteJournal(folder / "home" / "journal.sqlite3")
    stages = {str((each.request or {})["prompt"]): each.stage for each in journal.jobs()}
    journal.close()
    names = [f"job {number}" for number in range(jobs)]
    videos = {name for name in names if _is_video(folder / f"{name.split()[1]}.mp4")}
    unknown = {name for name in names if stages.get(name) is Stage.UNKNOWN}
    downloaded = {name for name in names if stages.get(name) is Stage.DOWNLOADED}
    return Outcome(
        jobs=jobs,
        kills=kills,
        twice=tuple(name for name, count in made.items() if count > 1),
        lost=tuple(
            name for name in names if name not in unknown and name not in videos & downloaded
        ),
        videos=len(videos),
        unknown=len(unknown),
        unknown_and_made=sum(1 for name in unknown if made[name]),
        left_open=left_open,
        half_videos=len(list(folder.glob(".*"))),
        seconds=seconds,
    )


def _is_video(path: Path) -> bool:
    return path.is_file() and path.read_bytes()[4:8] == b"ftyp"


def submit_at_once(rounds: int, folder: Path) -> tuple[int, int]:
    """Let two processes submit under the same key at the same instant, round after round.

    Returns:
        The rounds in which both were given the same task, and the tasks made in all.
    """
    with Sandbox(installed_stand_ins(), frames_per_second=1) as sandbox:
        environment = surroundings(sandbox, folder / "home")
        command = [sys.executable, str(_HERE / "crash_worker.py"), "submit", MODELS[0]]
        pair = [
            subprocess.Popen(
                command,
                env=environment,
                cwd=folder,
                text=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            for _ in range(2)
        ]
        for each in pair:
            assert each.stdout is not None
            assert each.stdout.readline() == "ready\n"
        same = 0
        for number in range(rounds):
            for each in pair:
                assert each.stdin is not None
                each.stdin.write(f"{number}\n")
                each.stdin.flush()
            answers = [json.loads(each.stdout.readline()) for each in pair if each.stdout]
            same += answers[0] == answers[1] == [number, answers[0][1]]
        for each in pair:
            each.communicate()
        return same, sum(len(stand_in.tasks) for stand_in in sandbox.stand_ins.values())


def main() -> None:
    """Run one of the two and end with 1 if anything was paid twice or lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    kill = commands.add_parser("kill")
    kill.add_argument("--jobs", type=int, default=300)
    kill.add_argument("--kills", type=int, default=50)
    kill.add_argument("--seed", type=int, default=random.randrange(10**6))
    kill.add_argument("--refuse", action="store_true")
    kill.add_argument("--resend", action="store_true")
    same_key = commands.add_parser("same-key")
    same_key.add_argument("--rounds", type=int, default=200)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        if given.command == "kill":
            outcome = kill_at_random(
                given.jobs,
                given.kills,
                given.seed,
                Path(name),
                refuses=given.refuse,
                resends=given.resend,
            )
            print(f"seed {given.seed}: {outcome}")
            sys.exit(0 if outcome.is_right else 1)
        same, tasks = submit_at_once(given.rounds, Path(name))
        print(f"{given.rounds} rounds: {same} with one task for both, {tasks} tasks in all")
        sys.exit(0 if same == tasks == given.rounds else 1)


if __name__ == "__main__":
    main()
