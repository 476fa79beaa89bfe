"""A real browser without a window, driven over a pipe by Chromium's own protocol."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import selectors
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# Chromium reads commands from descriptor 3 and answers on 4. No port is opened.
_ON_3_AND_4 = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); "
    "os.execv(sys.argv[3], sys.argv[3:])"
)
_OPTIONS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--no-sandbox",  # containers allow none, and only the test's own page is opened
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--mute-audio",
    "--hide-scrollbars",
    "--autoplay-policy=user-gesture-required",
)
PATIENCE = 30.0


def find_browser() -> str:
    """Return the browser's program; without one, skip here and fail where nobody watches."""
    for name in (os.environ.get("CHROMIUM"), *_NAMES):
        found = shutil.which(name) if name else None
        if found:
            return found
    reason = "no Chromium was found: install it, or name its program in CHROMIUM"
    if os.environ.get("CI") and not os.environ.get("WITHOUT_BROWSER"):  # which .ci/run tells of
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass
class Tab:
    """A page in the browser, and what it did.

    Attributes:
        requests: The addresses that it asked for.
        complaints: What stood in its console as an error or warning, and what was thrown.
    """

    call: Callable[..., dict[str, Any]]
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, address: str, *, width: int, height: int = 900, dark: bool = False) -> None:
        """Open a page at a width and wait until it is there."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 500,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.call("Page.navigate", url=address)
        self.wait_for("document.readyState === 'complete' && location.href !== 'about:blank'")

    def ask(self, expression: str) -> Any:
        """Return what an expression comes to in the page, as a click by a person would run it."""
        answer = self.call(
            "Runtime.evaluate",
            expression=expression,
            returnByValue=True,
            awaitPromise=True,
            userGesture=True,
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait_for(self, expression: str) -> Any:
        """Return what an expression comes to once it is true."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            value = self.ask(expression)
            if value:
                return value
            time.sleep(0.05)
        raise AssertionError(f"never true: {expression}")

    def picture(self, path: Path) -> None:
        """Keep a picture of the whole page."""
        taken = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(taken["data"]))

    def saw(self, method: str, said: dict[str, Any]) -> None:
        """Take note of an event."""
        if method == "Network.requestWillBeSent":
            self.requests.append(said["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(said["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and said["type"] in ("error", "warning"):
            self.complaints.append(json.dumps(said["args"]))
        elif method == "Log.entryAdded" and said["entry"]["level"] in ("error", "warning"):
            self.complaints.append(said["entry"]["text"])


class Browser:
    """A running browser."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands, self._answers = commands, answers
        self._waiting = selectors.DefaultSelector()
        self._waiting.register(answers, selectors.EVENT_READ)
        self._unread = b""
        self._number = 0
        self._tabs: dict[str, Tab] = {}

    def tab(self) -> Tab:
        """Return a new page."""
        target = self._call(None, "Target.createTarget", url="about:blank")["targetId"]
        session = self._call(None, "Target.attachToTarget", targetId=target, flatten=True)
        name = session["sessionId"]
        tab = Tab(lambda method, **parameters: self._call(name, method, **parameters))
        self._tabs[name] = tab
        for domain in ("Page", "Runtime", "Log", "Network"):
            tab.call(f"{domain}.enable")
        return tab

    def close(self) -> None:
        """Ask the browser to end."""
        with contextlib.suppress(OSError, AssertionError):
            self._call(None, "Browser.close")

    def _call(self, session: str | None, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        number = self._number
        message = {"id": number, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while True:
            said = self._next()
            if said.get("id") == number:
                assert "error" not in said, f"{method}: {said['error']}"
                result: dict[str, Any] = said["result"]
                return result
            tab = self._tabs.get(said.get("sessionId", ""))
            if tab is not None and "method" in said:
                tab.saw(said["method"], said["params"])

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._unread:
            assert self._waiting.select(PATIENCE), "the browser says nothing"
            read = os.read(self._answers, 1 << 20)
            assert read, "the browser is gone"
            self._unread += read
        message, _, self._unread = self._unread.partition(b"\0")
        read_message: dict[str, Any] = json.loads(message)
        return read_message


@contextlib.contextmanager
def open_browser(program: str) -> Iterator[Browser]:
    """Run a browser with a profile of its own, and end it."""
    its_commands, commands = os.pipe()
    answers, its_answers = os.pipe()
    theirs = [fcntl.fcntl(each, fcntl.F_DUPFD, 10) for each in (its_commands, its_answers)]
    for each in (its_commands, its_answers):
        os.close(each)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        start = [sys.executable, "-c", _ON_3_AND_4, *map(str, theirs), program, *_OPTIONS]
        process = subprocess.Popen(
            [*start, f"--user-data-dir={profile}", "about:blank"],
            pass_fds=theirs,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for each in theirs:
            os.close(each)
        try:
            browser = Browser(commands, answers)
            yield browser
            browser.close()
            process.wait(timeout=PATIENCE)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            for each in (commands, answers):
                os.close(each)
