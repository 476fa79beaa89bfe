"""What runs in the processes that crash.py kills. Not a test by itself."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import anyio
from polyreel import (
    AsyncClient,
    Client,
    PollTiming,
    PolyreelError,
    SubmitUnknown,
    VideoRequest,
)

QUICK = PollTiming(first=0.1, gap=0.1, floor=0.02)
AT_ONCE = 12


def request_of(number: int) -> VideoRequest:
    """Return the request of a job; its prompt tells at the vendor which job a task is of."""
    return VideoRequest(prompt=f"job {number}", duration=4, resolution="480p")


def key_of(number: int) -> str:
    """Return the idempotency key of a job."""
    return f"job-{number}"


async def generate_all(folder: Path, models: list[str], count: int) -> None:
    """Make every film, in an order of this process's own, whatever others have done of it."""
    numbers = list(range(count))
    random.shuffle(numbers)
    left = iter(numbers)

    async def work(client: AsyncClient) -> None:
        for number in left:
            request, model = request_of(number), models[number % len(models)]
            film = folder / f"{number}.mp4"
            try:
                await client.generate(request, film, model, idempotency_key=key_of(number))
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


if __name__ == "__main__":
    if sys.argv[1] == "generate":
        anyio.run(generate_all, Path(sys.argv[2]), sys.argv[3].split(","), int(sys.argv[4]))
    else:
        submit_on_command(sys.argv[2])
