"""Output files that a video must not replace, and keys that only the config knows."""

from __future__ import annotations

import os

from polyreel import Client
from trusted import write_trusted

from .kind import MODEL, Caller, Kind, Surroundings

_COMMANDS: tuple[Caller, ...] = ("command line",)


def _pipe_as_target(around: Surroundings) -> str:
    os.mkfifo(around.folder / "video.mp4")
    came = around.generate()
    assert around.tasks == 0
    assert "is a pipe, a device" in " ".join(around.printed)
    with Client() as client:
        assert client.history.jobs() == []
    return f"{came}, nothing was sent"


def _key_of_the_config(around: Surroundings) -> str:
    around.patch.setenv("THE_OTHER", "plain-words-as-a-key")
    write_trusted('[providers.jimmy]\napi_key = "$THE_OTHER"\n')
    came = around.command("jobs", "show", "plain-words-as-a-key")
    assert "plain-words" not in " ".join(around.printed)
    return f"{came}, the key is not shown"


def _deep_config(around: Surroundings) -> str:
    (around.folder / "polyreel.toml").write_text("a = " + "[" * 5000)
    came = around.generate()
    assert around.tasks == 0
    assert "is not a config" in " ".join(around.printed)
    return f"{came}, nothing was sent"


def _pipe_as_prices(around: Surroundings) -> str:
    home = around.folder.parent / "polyreel-home"
    home.mkdir()
    os.mkfifo(home / "prices.json")
    came = around.generate()
    assert around.tasks == 1
    return came


def _deep_prices(around: Surroundings) -> str:
    home = around.folder.parent / "polyreel-home"
    home.mkdir()
    (home / "prices.json").write_text("[" * 100_000)
    came = around.generate()
    assert around.tasks == 1
    return came


def _link_in_a_circle(around: Surroundings) -> str:
    target = around.folder / "video.mp4"
    target.symlink_to("video.mp4")
    came = around.generate()
    assert around.tasks == 1
    assert target.is_file()
    assert not target.is_symlink()
    return came


def _key_of_a_broken_config(around: Surroundings) -> str:
    around.patch.setenv("THE_OTHER", "plain-words-as-a-key")
    write_trusted('[providers.jimmy]\napi_key = "$THE_OTHER"\nunknown = 1\n')
    came = around.command("plain-words-as-a-key")
    assert "plain-words" not in " ".join(around.printed)
    return f"{came}, the key is not shown"


def _price_beyond_numbers(around: Surroundings) -> str:
    write_trusted(
        f'[[prices]]\nmodel = "{MODEL}"\nunit = "task"\namount = "9e999999"\ncurrency = "USD"\n'
    )
    came = around.generate()
    assert around.tasks == 0
    assert "is not a valid amount" in " ".join(around.printed)
    return f"{came}, nothing was sent"


KINDS = (
    Kind(1, "a `polyreel.toml` of 5,000 lists in each other", _deep_config),
    Kind(3, "a pipe in place of the saved `prices.json`", _pipe_as_prices),
    Kind(3, "a saved `prices.json` of 100,000 lists in each other", _deep_prices),
    Kind(3, "a price of 9e999999 in the config", _price_beyond_numbers),
    Kind(
        4,
        "a key as an argument, whose variable only the config names",
        _key_of_the_config,
        _COMMANDS,
    ),
    Kind(
        4,
        "a key as an argument, whose variable a config that is not valid names",
        _key_of_a_broken_config,
        _COMMANDS,
    ),
    Kind(12, "the output file is a pipe", _pipe_as_target),
    Kind(12, "the output file is a link to itself", _link_in_a_circle),
)
