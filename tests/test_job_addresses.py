"""A job is asked for at the address that it was submitted to, and nowhere else.

Both clients and the command line are tried in `trust_kinds/keys_and_addresses.py` too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from polyreel import Client, ConfigError, JobRef, UsageError, VideoRequest
from polyreel.adapters import Account
from polyreel.cli.app import build_app
from polyreel.client.accounts import account_for
from polyreel.config import Config
from polyreel.jobs import JobRecord
from polyreel.jobs.address import account_of_job, may_be_same
from polyreel.text.addresses import same_address
from polyreel_sandbox import Fault, Sandbox
from recorder import Recorder, recording
from toy_adapter import ToyAdapter
from typer.testing import CliRunner

STD = "jimmy/seedance2.0-std"
FAST = "modellix/seedance-2.0-fast-t2v"
REQUEST = VideoRequest(prompt="A paper boat")
EVIL = "https://evil.example"


def run(*arguments: str) -> Any:
    return CliRunner().invoke(build_app(), list(arguments))


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """Serve another address, to which nothing may be sent."""
    with recording() as served:
        yield served
    assert served.received == []


class DocumentedTwice(ToyAdapter):
    """A provider with two documented addresses."""

    base_url = "https://api.toy.example/v1"
    other_base_urls = ("https://eu.toy.example/v1/",)


def reached(submitted: str | None, configured: str, at: str | None = None) -> Account:
    """Return how a job is reached."""
    ref = JobRef(provider="toy", model="video", task_id="task-1", base_url=submitted)
    record = JobRecord(id="0123456789abcdef", model="toy/video", ref=ref)
    account = account_for(DocumentedTwice, Config(), {}, base_url=configured)
    return account_of_job(record, DocumentedTwice, account, at)


MAIN, EU, OWN = "https://api.toy.example/v1", "https://eu.toy.example/v1", "https://own.example"


@pytest.mark.parametrize(
    ("submitted", "configured", "at", "address"),
    [
        (OWN, OWN, None, OWN),
        (None, OWN, None, OWN),  # an old job, whose address nobody saved
        (f"{OWN.upper()}:443/", OWN, None, OWN),
        (MAIN, OWN, None, MAIN),
        (EU, OWN, None, EU),
        (EU, MAIN, None, EU),
        (OWN, MAIN, OWN, OWN),
        (OWN, MAIN, f"{OWN}/", OWN),
        (None, MAIN, OWN, OWN),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000", None, "http://127.0.0.1:9000"),
        ("http://127.0.0.1:9000", MAIN, "http://127.0.0.1:9000", "http://127.0.0.1:9000"),
    ],
)
def test_a_job_is_reached_where_it_was_submitted(
    submitted: str | None, configured: str, at: str | None, address: str
) -> None:
    assert reached(submitted, configured, at).base_url == address


@pytest.mark.parametrize(
    ("submitted", "configured", "at"),
    [
        (OWN, MAIN, None),
        (f"{MAIN}/other", MAIN, None),
        ("http://api.toy.example/v1", MAIN, None),
        ("https://api.toy.example:8443/v1", MAIN, None),
        ("https://user:pass@api.toy.example/v1", MAIN, None),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9001", None),
        ("http://127.0.0.1:9000", "http://localhost:9000", None),
        (OWN, OWN, MAIN),
        (MAIN, MAIN, EU),
        ("nonsense", MAIN, None),
    ],
)
def test_a_job_of_another_address_is_refused_with_both_named(
    submitted: str, configured: str, at: str | None
) -> None:
    with pytest.raises(ConfigError, match="nothing was sent") as refusal:
        reached(submitted, configured, at)
    message = refusal.value.message
    assert all(each in message for each in (at or configured, "01234567", "--at", "Client.job"))
    assert "pass@" not in message


def test_the_refusal_is_short_and_plain_whatever_a_reference_names() -> None:
    with pytest.raises(ConfigError) as refusal:
        reached(f"{EVIL}/\x1b[2J{'x' * 9999}?token=abc", MAIN)
    assert len(refusal.value.message) < 700
    assert refusal.value.message.isprintable()
    assert "token" not in refusal.value.message


@pytest.mark.parametrize("at", ["http://own.example", "own.example", f"{OWN}?a=b", "ftp://x"])
def test_an_address_that_no_provider_can_have_is_refused(at: str) -> None:
    with pytest.raises(UsageError, match="can't be used"):
        reached(OWN, MAIN, at)


def test_an_address_is_its_scheme_host_port_and_path() -> None:
    assert same_address("https://A.example/v1/", "https://a.example:443/v1")
    assert not same_address("https://a.example/v1", "https://a.example/V1")
    assert not same_address("nonsense", "nonsense")
    assert may_be_same(DocumentedTwice, MAIN, EU)
    assert not may_be_same(DocumentedTwice, MAIN, OWN)


# with clients


def test_a_reference_that_names_another_address_is_refused(recorder: Recorder) -> None:
    ref = JobRef(provider="jimmy", model="seedance2.0-std", task_id="t", base_url=recorder.url)
    with Client(api_keys={"jimmy": "sk-key"}, base_urls={"jimmy": OWN}) as client:
        for given in (ref, ref.model_dump_json(), ref.model_dump()):
            with pytest.raises(ConfigError, match="nothing was sent"):
                client.job(given)


def test_a_reference_is_not_taken_for_another_addresss_job(sandbox: Sandbox) -> None:
    with Client() as client:
        job = client.submit(REQUEST, STD)
        same = client.job(job.ref)
        elsewhere = client.job(job.ref.model_copy(update={"base_url": OWN}), at=OWN)
        assert (same.id == job.id, elsewhere.id == job.id) == (True, False)
        assert client.job(job.ref.model_copy(update={"base_url": None})).id == job.id


def submitted(client: Client) -> None:
    client.submit(REQUEST, STD, idempotency_key="order-7").wait()


def generated(client: Client) -> None:
    client.generate(REQUEST, "video.mp4", STD, idempotency_key="order-7")


@pytest.mark.parametrize("again", [submitted, generated])
def test_a_repeated_call_asks_only_where_its_job_is(
    sandbox: Sandbox, recorder: Recorder, again: Callable[[Client], None]
) -> None:
    with Client() as client:
        job = client.submit(REQUEST, STD, idempotency_key="order-7")
    with Client(base_urls={"jimmy": recorder.url}) as client:
        with pytest.raises(ConfigError, match=job.id[:8]):
            again(client)
        # The refusal leaves the job free for the next call.
        at = sandbox.base_urls["jimmy"]
        client.job(job.id, at=at).finish("video.mp4", timeout=20)
    assert len(sandbox.stand_ins["jimmy"].tasks) == 1


def test_a_fallbacks_job_is_asked_for_only_where_it_is(
    sandbox: Sandbox, recorder: Recorder
) -> None:
    config = Config.model_validate({"targets": {"a": {"model": STD, "fallbacks": [FAST]}}})
    sandbox.stand_ins["jimmy"].faults = {Fault.CREATE_402}
    with Client(config) as client:
        client.generate(REQUEST, "video.mp4", "a", idempotency_key="order-7")
    Path("video.mp4").unlink()
    with Client(config, base_urls={"modellix": recorder.url}) as client:
        for again in (
            lambda: client.generate(REQUEST, "video.mp4", "a", idempotency_key="order-7"),
            lambda: client.submit(REQUEST, "a", idempotency_key="order-7"),
        ):
            with pytest.raises(ConfigError, match="nothing was sent"):
                again()
    assert len(sandbox.stand_ins["modellix"].tasks) == 1


# on the command line


def two_jobs(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Submit a job at each provider, move Jimmy's address, and return the jobs' ids."""
    with Client() as client:
        ids = client.submit(REQUEST, STD).id, client.submit(REQUEST, FAST).id
    monkeypatch.setenv("JIMMY_BASE_URL", recorder.url)
    return ids


def test_wait_all_names_the_job_that_is_elsewhere_and_finishes_the_others(
    sandbox: Sandbox, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere, usual = two_jobs(recorder, monkeypatch)
    done = run("jobs", "wait", "--all", "--json")
    by_id = {each["id"]: each for each in json.loads(done.stdout)}
    assert done.exit_code == 2
    assert by_id[elsewhere]["error"]["type"] == "ConfigError"
    assert by_id[usual]["stage"] == "downloaded"
    assert f"job {elsewhere[:8]} of {STD} was submitted to" in " ".join(done.stderr.split())


def test_wait_all_with_an_address_finishes_them_all(
    sandbox: Sandbox, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_jobs(recorder, monkeypatch)
    done = run("jobs", "wait", "--all", "--at", sandbox.base_urls["jimmy"])
    assert (done.exit_code, len(done.stdout.splitlines())) == (0, 2)


@pytest.mark.parametrize("command", ["wait", "download", "cancel"])
def test_a_named_job_is_asked_for_at_the_address_that_is_given(
    sandbox: Sandbox, recorder: Recorder, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    elsewhere, _ = two_jobs(recorder, monkeypatch)
    if command == "download":
        run("jobs", "wait", elsewhere, "--at", sandbox.base_urls["jimmy"])
    assert run("jobs", command, elsewhere).exit_code == 2
    assert run("jobs", command, elsewhere, "--at", EVIL).exit_code == 2
    done = run("jobs", command, elsewhere, "--at", sandbox.base_urls["jimmy"])
    assert done.exit_code == (3 if command == "cancel" else 0)  # Jimmy can't cancel


def test_settle_checks_a_task_id_only_where_the_job_was_submitted(
    sandbox: Sandbox, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    jimmy = sandbox.stand_ins["jimmy"]
    jimmy.faults = {Fault.ACCEPTED_THEN_DROPPED}
    run("generate", "-p", "A paper boat", "-o", "video.mp4", "-m", STD, "--yes")
    jimmy.faults = set()
    (task_id,) = jimmy.tasks
    (job,) = json.loads(run("jobs", "--json").stdout)
    monkeypatch.setenv("JIMMY_BASE_URL", recorder.url)
    settle = ("jobs", "settle", job["id"], "--task-id", task_id)
    refused = run(*settle)
    assert (refused.exit_code, "nothing was sent" in refused.stderr) == (2, True)
    assert run(*settle, "--at", sandbox.base_urls["jimmy"]).exit_code == 0
