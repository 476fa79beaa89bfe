"""Findings: what `doctor` sees, one thing after the other; what is broken stops none of them."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, requires, version
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from ..adapters import Registry
from ..client.accounts import account_for
from ..config import (
    HOME_VARIABLE,
    Config,
    journal_file,
    usual_config,
)
from ..errors import PolyreelError
from ..jobs.journal.inspection import inspect_journal
from ..text.redact import redact_message
from ..transport import choose_certificates, read_proxies

# Of a requirement, as a distribution declares it: `av>=14; python_version < "3.14" and extra == …`
_NAME = re.compile(r"[\w.-]+")
_LOWEST = re.compile(r">=\s*([\d.]+)")
_EXTRA = re.compile(r"extra\s*==\s*['\"]([\w-]+)")
_PYTHON = re.compile(r"python_version\s*(<|>=)\s*['\"](\d+)\.(\d+)")
# A shorter one would be hidden in every word that happens to have its letters.
_SHORTEST_SECRET = 6


class State(StrEnum):
    """How a finding is meant."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """One thing that was seen.

    Attributes:
        area: What it belongs to: `python`, `package`, `plugin`, `provider`, …
        name: Which one.
        state: `problem` would stop a command, `note` may matter to one.
        details: What was seen and, for a problem, the way out. Nothing secret.
    """

    area: str
    name: str
    state: State
    details: str


class _Around(NamedTuple):
    """What the findings are about."""

    environment: Mapping[str, str]
    registry: Registry
    config: Config


def every_finding(environment: Mapping[str, str]) -> list[Finding]:
    """Return everything that was seen. Sends nothing, and creates no file.

    Args:
        environment: The environment variables.
    """
    registry = Registry.installed(environment)
    found = [*_versions(), *_plugins(registry)]
    config_finding, config = _config(environment)
    around = _Around(environment, registry, config)
    found += [*_providers(around), config_finding]
    parts = (_journal, _proxies, _certificates)
    found += [finding for part in parts for finding in _seen(part, around)]
    secrets = _secrets(around)
    return [
        Finding(each.area, each.name, each.state, redact_message(each.details, secrets))
        for each in found
    ]


def _seen(part: Callable[[_Around], Iterator[Finding]], around: _Around) -> Iterator[Finding]:
    area = part.__name__.strip("_")
    try:
        yield from part(around)
    except PolyreelError as error:
        yield Finding(area, "", State.PROBLEM, error.message)


def _versions() -> Iterator[Finding]:
    where = f"{platform.python_version()} ({platform.system()}), {sys.executable}"
    yield Finding("python", "", State.OK, where)
    yield Finding("package", "polyreel", State.OK, version("polyreel"))
    for text in requires("polyreel") or ():
        what, _, when = text.partition(";")
        name = _NAME.match(what)
        if name is not None and _is_for_this_python(when):
            lowest, extra = _LOWEST.search(what), _EXTRA.search(when)
            yield _package(name[0], lowest and lowest[1], extra and extra[1])


def _package(name: str, lowest: str | None, extra: str | None) -> Finding:
    """Return whether a package is there, and new enough."""
    area = "package" if extra is None else f"extra {extra}"
    try:
        installed = version(name)
    except PackageNotFoundError:
        if extra is None:
            missing = f"not installed; run: pip install --upgrade {name}"
            return Finding(area, name, State.PROBLEM, missing)
        way = f"not installed; to have it: pip install 'polyreel[{extra}]'"
        return Finding(area, name, State.OK, way)
    if lowest is not None and _numbers(installed) < _numbers(lowest):
        old = f"{installed}, but polyreel needs {lowest} or later: pip install --upgrade {name}"
        return Finding(area, name, State.PROBLEM, old)
    return Finding(area, name, State.OK, installed)


def _is_for_this_python(when: str) -> bool:
    found = _PYTHON.search(when)
    if found is None:
        return True
    is_older = sys.version_info < (int(found[2]), int(found[3]))
    return is_older if found[1] == "<" else not is_older


def _numbers(text: str) -> list[int]:
    """Return the numbers of a version, without the zeros at its end."""
    numbers = [int(each) for each in re.findall(r"\d+", text.partition("+")[0])[:3]]
    while numbers and not numbers[-1]:
        numbers.pop()
    return numbers


def _plugins(registry: Registry) -> Iterator[Finding]:
    working = {each.plugin for each in registry.adapters.values()}
    for plugin in sorted(working, key=lambda each: each.name):
        yield Finding("plugin", plugin.name, State.OK, plugin.distribution)
    for broken in registry.broken:
        yield Finding("plugin", broken.plugin.name, State.PROBLEM, broken.reason)
    for name in registry.left_out:
        yield Finding("plugin", name, State.NOTE, "left out by POLYREEL_PLUGINS")
    if not registry.adapters:
        none = "no provider can be used. Install one, e.g.: pip install polyreel-jimmy"
        yield Finding("plugin", "", State.PROBLEM, none)


def _providers(around: _Around) -> Iterator[Finding]:
    for name, installed in around.registry.adapters.items():
        try:
            account = account_for(installed.adapter, around.config, around.environment)
        except PolyreelError as error:
            yield Finding("provider", name, State.PROBLEM, error.message)
            continue
        is_set = account.key is not None
        key = f"{account.key_variable} is {'set' if is_set else 'not set'}"
        state = State.OK if is_set else State.NOTE
        yield Finding("provider", name, state, f"{key}; {account.base_url}")


def _config(environment: Mapping[str, str]) -> tuple[Finding, Config]:
    """Return what was seen of the config, and the config; an empty one where it is broken."""
    try:
        found = usual_config(environment)
    except PolyreelError as error:
        return Finding("config", "", State.PROBLEM, error.message), Config()
    if found.notice is not None:
        return Finding("config", "", State.NOTE, found.notice), found.config
    none = "no file; `polyreel init` writes one"
    where = none if found.path is None else str(found.path)
    return Finding("config", "", State.OK, where), found.config


def _journal(around: _Around) -> Iterator[Finding]:
    path = journal_file(around.config, around.environment)
    if path is None:
        off = "switched off in the config: a job is lost when its process ends"
        yield Finding("journal", "", State.NOTE, off)
        return
    seen = inspect_journal(path)
    if seen.problem is not None:
        way_out = f"{HOME_VARIABLE} can name another folder"
        yield Finding("journal", "", State.PROBLEM, f"{path}: {seen.problem}. {way_out}")
    elif not seen.exists:
        yield Finding("journal", "", State.OK, f"{path}: not there yet, the first job creates it")
    else:
        jobs = f"{path}: {seen.jobs} jobs, {seen.unsettled} without a known end"
        yield Finding("journal", "", State.OK, jobs)


def _proxies(around: _Around) -> Iterator[Finding]:
    proxies = read_proxies(around.config.proxy, around.environment)
    for scheme, proxy in proxies.by_scheme.items():
        which = "every request" if scheme == "all" else f"{scheme}:// requests"
        yield Finding("proxies", which, State.OK, f"{proxy.shown}, from {proxy.named_by}")
    if not proxies.by_scheme:
        yield Finding("proxies", "", State.OK, "none")
        return
    excepted = proxies.exceptions
    without = "every host" if excepted.every else len(excepted.rules)
    direct = f"exceptions: {without}; this machine is always reached directly"
    yield Finding("proxies", excepted.named_by, State.OK, direct)
    if excepted.unread:
        unread = f"entries that mean no host or network, and are not used: {excepted.unread}"
        yield Finding("proxies", excepted.named_by, State.NOTE, unread)


def _certificates(around: _Around) -> Iterator[Finding]:
    config = around.config
    chosen = choose_certificates(config.ca_bundle, config.certificates, around.environment)
    chosen.check()
    where = ", ".join(str(each) for each in chosen.paths)
    details = {
        "bundled": "those of the package certifi",
        "system": "those of the operating system",
    }.get(chosen.kind, f"{where}, from {chosen.named_by}")
    yield Finding("certificates", "", State.OK, details)


def _secrets(around: _Around) -> list[str]:
    """Return every key and every proxy's password that the environment holds."""
    variables = {each.adapter.key_variable for each in around.registry.adapters.values()}
    variables |= {each.key_variable or "" for each in around.config.providers.values()}
    found = [around.environment.get(name, "").strip() for name in variables]
    for name, value in around.environment.items():
        if name.lower().endswith("_proxy") and "@" in value:
            try:
                password = urlsplit(value if "://" in value else f"http://{value}").password
            except ValueError:
                password = None
            found += [password or "", unquote(password or "")]
    return [each for each in found if len(each) >= _SHORTEST_SECRET]
