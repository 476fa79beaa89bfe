"""The kit sees everything that a flow does besides translating, however it is written."""

from __future__ import annotations

import datetime
import json
import os
import random
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from time import monotonic as imported_by_name
from typing import Any

import pytest
from polyreel_conformance.tools.watch import watched
from pydantic import BaseModel


class Answer(BaseModel):
    seconds: int


def seen(work: Callable[[], Any]) -> str:
    with watched() as watch:
        watch.run(work)
    return "; ".join(watch.seen)


@pytest.mark.parametrize(
    ("work", "what"),
    [
        (time.time, "the clock (time.time)"),
        (imported_by_name, "the clock (time.monotonic)"),
        (lambda: datetime.datetime.now(datetime.UTC), "the clock (datetime.now)"),
        (lambda: datetime.date.today(), "the clock (date.today)"),
        (lambda: time.sleep(0), "a sleep (time.sleep)"),
        (lambda: os.environ.get("HOME"), "the environment"),
        (lambda: os.getenv("HOME"), "the environment"),
        (lambda: "HOME" in os.environ, "the environment"),
        (lambda: dict(os.environ), "the environment"),
        (random.random, "random numbers"),
        (lambda: random.randint(0, 9), "random numbers"),
        (uuid.uuid4, "posix.urandom"),
        (lambda: Path(__file__).read_text(encoding="utf-8"), "files"),
        (lambda: Path(__file__).exists(), "the operating system (posix.stat)"),
        (lambda: socket.socket().close(), "the network"),
        (lambda: subprocess.run([sys.executable, "-c", ""], check=True), "processes"),
    ],
)
def test_a_side_effect_is_seen(work: Callable[[], Any], what: str) -> None:
    assert what in seen(lambda: work())


@pytest.mark.parametrize(
    "work",
    [
        lambda: json.loads('{"a": 1}'),
        lambda: Answer.model_validate({"seconds": 1}),
        lambda: datetime.datetime.fromtimestamp(1, datetime.UTC),
        lambda: datetime.datetime(2026, 1, 1).isoformat(),
        lambda: "{n}".replace("{n}", "1"),
    ],
)
def test_translating_is_not_a_side_effect(work: Callable[[], Any]) -> None:
    assert seen(work) == ""


def test_a_side_effect_is_reported_with_its_place() -> None:
    assert f"in {Path(__file__).name}:" in seen(lambda: time.time())


def test_nothing_is_seen_after_the_work() -> None:
    with watched() as watch:
        watch.run(lambda: None)
        time.time()
        Path(__file__).exists()
    assert watch.seen == []
