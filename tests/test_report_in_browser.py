"""The demo's page in a real browser: videos play in step, nothing is loaded, nothing sticks out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from browser import Browser, Tab, find_browser, open_browser
from polyreel.comparing.report.writing import write_page
from polyreel_sandbox.commands.demo import PAGE

WIDTHS = {"wide": (1440, False), "narrow": (390, False), "dark": (1440, True)}


@dataclass(frozen=True)
class Demo:
    """What the demo left behind: its page, and what it printed for programs."""

    page: Path
    facts: dict[str, Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser(find_browser()) as opened:
        yield opened


@pytest.fixture(scope="module")
def demo(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Run the demo, once a browser was found to look at it."""
    folder = tmp_path_factory.mktemp("demo")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("POLYREEL_")}
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from polyreel.cli import main; main()",
            "demo",
            "--json",
            "-o",
            folder,
        ],
        cwd=folder,
        env={**kept, "XDG_CONFIG_HOME": str(folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert PAGE in done.stderr
    return Demo(page=folder / PAGE, facts=json.loads(done.stdout))


@pytest.fixture(params=WIDTHS)
def tab(request: pytest.FixtureRequest, browser: Browser, demo: Demo) -> Tab:
    """Open the page once more."""
    width, dark = WIDTHS[request.param]
    opened = browser.tab()
    opened.open(demo.page.as_uri(), width=width, dark=dark)
    opened.wait_for("[...document.querySelectorAll('video')].every(video => video.readyState >= 2)")
    return opened


def videos_are(tab: Tab, what: str) -> list[float]:
    """Return a property of every video."""
    found: list[float] = tab.ask(
        f"[...document.querySelectorAll('video')].map(video => video.{what})"
    )
    return found


def test_both_videos_decode_and_play_in_step(tab: Tab) -> None:
    assert videos_are(tab, "videoWidth") == [1280, 1280]
    tab.ask("document.getElementById('play').click()")
    assert tab.ask("document.getElementById('play').textContent") == "Pause all"
    tab.wait_for("[...document.querySelectorAll('video')].every(video => video.currentTime > 0.6)")
    tab.ask("document.getElementById('play').click()")
    assert videos_are(tab, "paused") == [True, True]
    first, second = videos_are(tab, "currentTime")
    assert abs(first - second) < 0.3
    tab.ask("document.getElementById('restart').click()")
    assert videos_are(tab, "currentTime") == [0, 0]


def test_the_scrubber_moves_every_video(tab: Tab) -> None:
    tab.ask(
        "(() => { const seek = document.getElementById('seek'); seek.value = '2.5'; "
        "seek.dispatchEvent(new Event('input')); })()"
    )
    assert videos_are(tab, "currentTime") == [2.5, 2.5]
    assert tab.wait_for("document.getElementById('clock').textContent") == "2.5 s"


def test_videos_that_have_ended_begin_anew(tab: Tab) -> None:
    tab.ask("document.querySelectorAll('video').forEach(video => { video.currentTime = 4.8; })")
    tab.ask("document.getElementById('play').click()")
    tab.wait_for("document.getElementById('play').textContent === 'Play all'")
    tab.ask("document.getElementById('play').click()")
    tab.wait_for("[...document.querySelectorAll('video')].every(video => video.currentTime < 2)")
    assert videos_are(tab, "paused") == [False, False]


def test_a_video_that_is_stopped_by_its_own_controls_stops_all(tab: Tab) -> None:
    tab.ask("document.getElementById('play').click()")
    tab.wait_for("document.querySelector('video').currentTime > 0.2")
    tab.ask("document.querySelector('video').pause()")
    tab.wait_for("document.getElementById('play').textContent === 'Play all'")
    assert videos_are(tab, "paused") == [True, True]


def test_only_the_chosen_video_is_heard(tab: Tab) -> None:
    choose = "sound => { sound.value = '%s'; sound.dispatchEvent(new Event('change')); }"
    for chosen, muted in (("video-2", [True, False]), ("", [True, True])):
        tab.ask(f"({choose % chosen})(document.getElementById('sound'))")
        assert videos_are(tab, "muted") == muted


def test_nothing_is_downloaded_and_nothing_is_complained_of(tab: Tab, demo: Demo) -> None:
    tab.ask("document.getElementById('play').click()")
    tab.wait_for("document.querySelector('video').currentTime > 0.2")
    downloaded = [address for address in tab.requests if not address.startswith("data:")]
    assert downloaded == [demo.page.as_uri()]
    assert tab.complaints == []


def test_nothing_sticks_out_sideways(tab: Tab) -> None:
    inner, page = tab.ask("[innerWidth, document.documentElement.scrollWidth]")
    assert page <= inner
    assert inner in (390, 1440)


def test_dark_mode_is_dark(browser: Browser, demo: Demo) -> None:
    shades = []
    for dark in (False, True):
        opened = browser.tab()
        opened.open(demo.page.as_uri(), width=800, dark=dark)
        color = opened.ask("getComputedStyle(document.body).backgroundColor")
        shades.append(sum(int(part) for part in color.strip("rgb()").split(",")[:3]))
    bright, dim = shades
    assert bright > 700
    assert dim < 150


def test_the_page_can_be_read_without_its_script(browser: Browser, demo: Demo) -> None:
    opened = browser.tab()
    opened.call("Emulation.setScriptExecutionDisabled", value=True)
    opened.open(demo.page.as_uri(), width=390)
    assert opened.ask("document.getElementById('player').hidden") is True
    assert videos_are(opened, "controls") == [True, True]
    assert videos_are(opened, "muted") == [False, False]


def test_videos_beside_the_page_play_too(browser: Browser, demo: Demo) -> None:
    page = demo.page.with_name("linked.html")
    write_page(demo.facts, page, embed_limit=0)
    opened = browser.tab()
    opened.open(page.as_uri(), width=1440)
    opened.wait_for("[...document.querySelectorAll('video')].every(video => video.readyState >= 2)")
    assert videos_are(opened, "videoWidth") == [1280, 1280]
    opened.ask("document.getElementById('play').click()")
    opened.wait_for(
        "[...document.querySelectorAll('video')].every(video => video.currentTime > 0.2)"
    )
    assert opened.complaints == []
