"""One kind of trouble around a payment, and the three callers that meet it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import anyio
import pytest
from polyreel import AsyncClient, Client, PolyreelError, VideoRequest
from polyreel.adapters import Registry
from polyreel.cli.app import build_app
from polyreel_sandbox import Pace, Sandbox, installed_stand_ins
from quick import QUICK
from quiet_machine import NETWORK_VARIABLES, OWN_VARIABLES
from typer.testing import CliRunner

Caller = Literal["command line", "blocking", "async"]
CALLERS: tuple[Caller, ...] = get_args(Caller)
MODEL = "jimmy/seedance2.0-std"


@dataclass
class Surroundings:
    """A folder of its own, and both vendors' stand-ins on loopback.

    Attributes:
        caller: Who tries it.
        sandbox: The stand-ins; `sandbox.stand_ins["jimmy"]` has faults, calls and tasks.
        folder: The working folder.
        patch: Undone afterwards: environment, attributes, working folder.
        printed: Everything that the command line printed.
    """

    caller: Caller
    sandbox: Sandbox
    folder: Path
    patch: pytest.MonkeyPatch
    printed: list[str] = field(default_factory=list)

    @property
    def tasks(self) -> int:
        """How many tasks the stand-ins made."""
        return sum(len(each.tasks) for each in self.sandbox.stand_ins.values())

    def command(self, *arguments: str) -> str:
        """Run a command in this process; return `exit N`."""
        ran = CliRunner().invoke(build_app(), list(arguments))
        if ran.exception is not None and not isinstance(ran.exception, SystemExit):
            raise ran.exception
        self.printed.append(ran.output)
        return f"exit {ran.exit_code}"

    def client(self, use: Callable[[Client], Any], **options: Any) -> str:
        """Use a blocking client; return `done`, or the error's name."""
        try:
            with Client(**options) as client:
                use(client)
        except PolyreelError as error:
            self.printed.append(str(error))
            return f"`{type(error).__name__}`"
        return "done"

    def async_client(self, use: Callable[[AsyncClient], Any], **options: Any) -> str:
        """Use an async client; return `done`, or the error's name."""

        async def run() -> None:
            async with AsyncClient(**options) as client:
                await use(client)

        try:
            anyio.run(run)
        except PolyreelError as error:
            self.printed.append(str(error))
            return f"`{type(error).__name__}`"
        return "done"

    def generate(
        self,
        *,
        model: str = MODEL,
        timeout: float = 20,
        arguments: tuple[str, ...] = (),
        **more: Any,
    ) -> str:
        """Make one video as the caller does, and return what came of it.

        Args:
            model: The model.
            timeout: Seconds to wait for the job.
            arguments: More arguments, for the command line only.
            more: More fields of the request, for both clients only.
        """
        target = self.folder / "video.mp4"
        request = VideoRequest(**{"prompt": "A paper boat", **more})
        options: dict[str, Any] = {"timeout": timeout}
        if self.caller == "command line":
            usual = ["generate", "-p", "A paper boat", "-o", str(target), "-m", model, "--yes"]
            came = self.command(*usual, "--timeout", str(timeout), *arguments)
        elif self.caller == "blocking":
            came = self.client(lambda client: client.generate(request, target, model, **options))
        else:
            came = self.async_client(
                lambda client: client.generate(request, target, model, **options)
            )
        return came.replace("exit 0", "the video").replace("done", "the video")


@dataclass(frozen=True)
class Kind:
    """One kind of trouble.

    Attributes:
        number: What it is listed by.
        tried: What is tried, in a few words.
        run: Tries it as `surroundings.caller`, asserts what must hold, and returns what came of
            it in a few words, the same on every run and machine.
        callers: Who can try it; the others' cells stay empty.
    """

    number: int
    tried: str
    run: Callable[[Surroundings], str]
    callers: tuple[Caller, ...] = CALLERS


@contextmanager
def surroundings(caller: Caller, folder: Path) -> Iterator[Surroundings]:
    """Give a folder, an environment and stand-ins of their own."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(OWN_VARIABLES) or name.lower() in NETWORK_VARIABLES:
                patch.delenv(name)
        patch.setenv("XDG_CONFIG_HOME", str(folder / "no-user-config"))
        patch.setenv("POLYREEL_HOME", str(folder / "polyreel-home"))
        patch.setenv("XDG_DATA_HOME", str(folder / "no-user-data"))
        work = folder / "work"
        work.mkdir()
        patch.chdir(work)
        registry = Registry.installed()
        for installed in registry.adapters.values():
            patch.setattr(installed.adapter, "poll_timing", QUICK)
        with Sandbox(
            installed_stand_ins(registry), pace=Pace(queued=0.02, running=0.05), frames_per_second=2
        ) as served:
            for name, url in served.base_urls.items():
                patch.setenv(f"{name.upper()}_BASE_URL", url)
                patch.setenv(f"{name.upper()}_API_KEY", f"sk-{name}-key")
            yield Surroundings(caller, served, work, patch)
