"""Proxies, certificates and folders that can't be used, and an interrupt at the start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from polyreel import AsyncClient, Client

from .kind import MODEL, Kind, Surroundings

NOBODY_LISTENS = "http://127.0.0.1:9"
PASSWORD = "proxy-pw-51c0"


def _refused(around: Surroundings, *words: str) -> str:
    """Make a video, which must be refused before anything is opened or sent."""
    came = around.generate()
    said = " ".join(around.printed)
    for each in words:
        assert each in said, said
    assert PASSWORD not in said
    assert "Traceback" not in said
    with pytest.MonkeyPatch.context() as mended:
        for name in ("ALL_PROXY", "SSL_CERT_FILE"):
            mended.delenv(name, raising=False)
        with Client() as client:
            assert client.history.jobs() == []
    assert around.tasks == 0
    return f"{came}, nothing was sent"


def _unusable_proxy(around: Surroundings) -> str:
    around.patch.setenv("ALL_PROXY", f"ftp://me:{PASSWORD}@proxy.example:3128")
    return _refused(around, "ALL_PROXY", "ftp://")


def _missing_certificates(around: Surroundings) -> str:
    around.patch.setenv("SSL_CERT_FILE", "/nonexistent/certificates.pem")
    return _refused(around, "SSL_CERT_FILE", "/nonexistent/certificates.pem")


def _proxy_and_this_machine(around: Surroundings) -> str:
    """The stand-ins are on this machine; nobody listens where the proxy is said to be."""
    around.patch.setenv("ALL_PROXY", NOBODY_LISTENS)
    around.patch.setenv("HTTP_PROXY", NOBODY_LISTENS)
    around.patch.setenv("NO_PROXY", "fe80::/10,10.0.0.0/8")
    came = around.generate()
    assert around.tasks == 1
    return came


def _no_network_needed(around: Surroundings) -> str:
    """No connection is even prepared, so nothing of the network can stand against it."""
    around.patch.setenv("ALL_PROXY", f"ftp://me:{PASSWORD}@proxy.example:3128")
    for name in ("Client", "AsyncClient", "HTTPTransport", "AsyncHTTPTransport"):
        around.patch.setattr(httpx, name, None)

    def use(client: Client) -> None:
        client.quote("A paper boat", [MODEL])
        client.wire("A paper boat", MODEL)
        client.history.jobs()

    async def use_async(client: AsyncClient) -> None:
        await client.quote("A paper boat", [MODEL])
        await client.wire("A paper boat", MODEL)
        client.history.jobs()

    if around.caller == "command line":
        Path("request.json").write_text('{"prompt": "A paper boat"}')
        quote = ("quote", "request.json", "-m", MODEL)
        wire = ("wire", "request.json", "-m", MODEL)
        commands: list[tuple[str, ...]] = [quote, wire, ("jobs",), ("stats",), ("spend",)]
        codes = {around.command(*each) for each in [*commands, ("models",)]}
        assert len(codes) == 1, codes
        return codes.pop()
    return around.client(use) if around.caller == "blocking" else around.async_client(use_async)


def _read_only_home(around: Surroundings) -> str:
    around.patch.setenv("POLYREEL_HOME", "/dev/null/polyreel")
    if around.caller == "command line":
        came = around.command("prices", "refresh", "-p", "jimmy")
    elif around.caller == "blocking":
        came = around.client(lambda client: client.refresh_prices("jimmy"))
    else:
        came = around.async_client(lambda client: client.refresh_prices("jimmy"))
    assert "can't save the prices in /dev/null/polyreel" in " ".join(around.printed)
    return came


def _unreadable_config_folder(around: Surroundings) -> str:
    around.patch.setenv("XDG_CONFIG_HOME", f"/{'x' * 300}")  # nobody can look into it, root neither
    came = around.generate()
    assert "name the config file with POLYREEL_CONFIG" in " ".join(around.printed)
    assert around.tasks == 0
    return f"{came}, nothing was sent"


def _interrupted_start(around: Surroundings) -> str:
    """A module that is imported early interrupts its own process, as Ctrl-C would then."""
    (around.folder / "typer.py").write_text(
        "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nfor _ in range(1000):\n    pass\n"
    )
    ran: Any = subprocess.run(
        [sys.executable, "-m", "polyreel", "jobs"],
        env={**os.environ, "PYTHONPATH": str(around.folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert (ran.stdout, ran.stderr) == ("", "")
    return f"exit {ran.returncode}, no traceback"


KINDS: tuple[Kind, ...] = (
    Kind(9, "a proxy whose scheme is not known", _unusable_proxy),
    Kind(9, "a file of certificates that is missing", _missing_certificates),
    Kind(
        9,
        "a proxy, and IPv6 ranges in `NO_PROXY`; the vendor is on this machine",
        _proxy_and_this_machine,
    ),
    Kind(9, "a broken proxy, and calls that need no network", _no_network_needed),
    Kind(9, "a home that can't be written, and prices to save", _read_only_home),
    Kind(9, "a config folder that can't be read", _unreadable_config_folder),
    Kind(11, "Ctrl-C while modules are imported", _interrupted_start, ("command line",)),
)
