"""What runs in the processes that crash.py kills. Not a test by itself."""

from __future__ import annotations

import collections
import json
import os
import random
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
from polyreel import AsyncClient, Client, PolyreelError, SubmitUnknown, VideoRequest
from polyreel.adapters import IdempotencyKey, PollTiming, Registry
from polyreel.engine.effects import Effect, Persist, Send

QUICK = PollTiming(first=0.1, gap=0.1, floor=0.02)
AT_ONCE = 12
KEY_VARIABLE = "CRASH_WITH_KEY"
"""Set where the vendors remember idempotency keys."""

WITH_KEY = IdempotencyKey(
    header="Idempotency-Key",
    valid_for=timedelta(days=1),
    source="https://keys.example/docs",
)
RETRIES = 2
"""How often a create is sent again after a sure refusal; vendors refuse only where asked to."""


def request_of(number: int) -> VideoRequest:
    """Return the request of a job; its prompt tells at the vendor which job a task is of."""
    return VideoRequest(prompt=f"job {number}", duration=4, resolution="480p")


def key_of(number: int) -> str:
    """Return the idempotency key of a job."""
    return f"job-{number}"


async def generate_all(folder: Path, models: list[str], count: int) -> None:
    """Make every video, in an order of this process's own, whatever others have done of it."""
    numbers = list(range(count))
    random.shuffle(numbers)
    left = iter(numbers)

    async def work(client: AsyncClient) -> None:
        for number in left:
            request, model = request_of(number), models[number % len(models)]
            video = folder / f"{number}.mp4"
            try:
                await client.generate(
                    request, video, model, idempotency_key=key_of(number), retry_refused=RETRIES
                )
            except SubmitUnknown:
                pass  # written down, and never sent again
            except PolyreelError as error:
                print(f"job {number}: {type(error).__name__}: {error}", file=sys.stderr)

    async with AsyncClient(poll_timing=QUICK) as client, anyio.create_task_group() as group:
        for _ in range(AT_ONCE):
            group.start_soon(work, client)


def submit_on_command(model: str) -> None:
    """Submit job after job, each when its number is read, and tell the task of each."""
    with Client(poll_timing=QUICK) as client:
        print("ready", flush=True)
        for line in sys.stdin:
            number = int(line)
            job = client.submit(request_of(number), model, idempotency_key=key_of(number))
            print(json.dumps([number, job.ref.task_id]), flush=True)


class Doomed(Client):
    """A client whose process is killed at one exact point of a job's life.

    Attributes:
        point: An effect's name or a stage that is kept, with `before ` or `after `; with ` 2` at
            its end, the second time.
        times: How often each point was reached.
    """

    point = ""

    times: collections.Counter[str]

    def reach(self, point: str) -> None:
        """Die, if this is the point."""
        self.times[point] += 1
        if self.point in (point if self.times[point] == 1 else "", f"{point} {self.times[point]}"):
            os.kill(os.getpid(), signal.SIGKILL)

    def perform(self, effect: Effect) -> Any:
        name = type(effect).__name__
        if isinstance(effect, Persist):
            name = str(effect.record.stage)
        elif isinstance(effect, Send):
            name = "paying" if effect.request.spends else "look"
        self.reach(f"before {name}")
        result = super().perform(effect)
        self.reach(f"after {name}")
        return result


def kill_after_trial() -> None:
    """Kill this process once it has made the file that shows whether a video can be saved."""
    touch = Path.touch

    def last_touch(path: Path, *arguments: Any, **options: Any) -> None:
        touch(path, *arguments, **options)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(Path, "touch", last_touch)  # noqa: B010  # mypy knows no other way


def generate_once(video: Path, model: str, point: str) -> None:
    """Make one video, or be killed on the way; tell how it ended."""
    if point == "after trial":
        kill_after_trial()
    with Doomed(poll_timing=QUICK) as client:
        client.point, client.times = point, collections.Counter()
        try:
            client.generate(
                request_of(0), video, model, idempotency_key=key_of(0), retry_refused=RETRIES
            )
        except PolyreelError as error:
            print(type(error).__name__)
        else:
            print("video")


def declare_keys() -> None:
    """Let the adapters of this process declare a key, which their real vendors do not have."""
    for installed in Registry.installed().adapters.values():
        installed.adapter.idempotency = WITH_KEY


if __name__ == "__main__":
    if KEY_VARIABLE in os.environ:
        declare_keys()
    if sys.argv[1] == "once":
        generate_once(Path(sys.argv[2]), sys.argv[3], sys.argv[4])
    elif sys.argv[1] == "generate":
        anyio.run(generate_all, Path(sys.argv[2]), sys.argv[3].split(","), int(sys.argv[4]))
    else:
        submit_on_command(sys.argv[2])
