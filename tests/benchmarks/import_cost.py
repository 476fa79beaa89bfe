"""What importing costs: whole processes, in turn, as ratios to httpx and pydantic together."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ROUNDS = 15
CASES = {
    "httpx and pydantic": "import httpx, pydantic; pydantic.BaseModel; pydantic.SecretStr",
    "polyreel": "import polyreel",
    "polyreel, VideoRequest made": "import polyreel; polyreel.VideoRequest(prompt='x')",
    "polyreel, Client made": "import polyreel; polyreel.Client()",
}


def seconds(code: str) -> float:
    """Return how long a fresh interpreter takes to run some code."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - start


def main() -> None:
    """Print a table of medians and ratios."""
    empty: list[float] = []
    taken: dict[str, list[float]] = {name: [] for name in CASES}
    for number in range(ROUNDS + 1):
        bare = seconds("pass")
        for name, code in CASES.items():
            spent = seconds(code)
            if number:  # the first round only warms the file cache
                taken[name].append(spent)
        if number:
            empty.append(bare)
    floor = statistics.median(empty)
    base = statistics.median(taken["httpx and pydantic"]) - floor
    print("| import | ms beyond bare Python | ratio |\n|---|---|---|")
    for name, values in taken.items():
        beyond = statistics.median(values) - floor
        print(f"| {name} | {1000 * beyond:.0f} | {beyond / base:.2f} |")


if __name__ == "__main__":
    main()
