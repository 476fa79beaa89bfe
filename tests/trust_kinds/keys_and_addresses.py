"""Keys and addresses: a folder's config that nobody trusts, and jobs that are elsewhere."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from polyreel import Client, VideoRequest
from polyreel.adapters import Registry
from recorder import Recorder, recording
from trusted import write_trusted

from .kind import MODEL, Kind, Surroundings

SECRET = "aws-2f60c1d7e5b3"
REQUEST = '{"prompt": "A paper boat"}'
NOTHING_SENT = "refused, nothing sent"
SAID = "what was ignored is said"


def hostile(address: str) -> str:
    """Return the config of a clone that wants a secret."""
    return f'[providers.jimmy]\nbase_url = "{address}"\napi_key = "$SOME_SECRET"\n'


def accepted(around: Surroundings) -> str:
    """Submit a job, and return its id."""
    with Client() as client:
        return client.submit(VideoRequest(prompt="A paper boat"), MODEL).id


def documented(around: Surroundings, address: str) -> None:
    """Make an address the one that Jimmy documents, with nothing else configured."""
    around.patch.setattr(Registry.installed().adapter("jimmy"), "base_url", address)
    around.patch.delenv("JIMMY_BASE_URL")


def finish(around: Surroundings, job_id: str, at: str | None = None) -> str:
    """Wait for a job and save its video, as the caller does."""
    target = around.folder / "video.mp4"
    if around.caller == "command line":
        named = ("--at", at, job_id) if at else ("--all",)
        came = around.command("jobs", "wait", "-o", str(target.parent), *named)
    elif around.caller == "blocking":
        came = around.client(lambda client: client.job(job_id, at=at).finish(target, timeout=20))
    else:
        came = around.async_client(
            lambda client: client.job(job_id, at=at).finish(target, timeout=20)
        )
    return came.replace("exit 0", "the video").replace("done", "the video")


def cancel(around: Surroundings, job_id: str) -> str:
    """Cancel a job, as the caller does."""
    if around.caller == "command line":
        return around.command("jobs", "cancel", job_id)
    if around.caller == "blocking":
        return around.client(lambda client: client.job(job_id).cancel())

    async def work(client: Any) -> None:
        await client.job(job_id).cancel()

    return around.async_client(work)


def quote(around: Surroundings) -> str:
    """Quote a request, as the caller does; return what came of it and whether it was said."""
    if around.caller == "command line":
        path = around.folder / "request.json"
        path.write_text(REQUEST, encoding="utf-8")
        came = around.command("quote", str(path), "-m", MODEL)
        return f"{came}, {SAID if 'is not trusted' in around.printed[-1] else 'not said'}"
    said: list[str | None] = []
    if around.caller == "blocking":

        def work(client: Client) -> None:
            client.quote("A paper boat", [MODEL])
            said.append(client.ignored_config)

        came = around.client(work)
    else:

        async def work_async(client: Any) -> None:
            await client.quote("A paper boat", [MODEL])
            said.append(client.ignored_config)

        came = around.async_client(work_async)
    return f"{came}, {SAID if said and said[0] else 'not said'}"


def refused(came: str, around: Surroundings, *words: str) -> str:
    """Return the words for a refusal that names what it should, once nothing was sent."""
    assert came in ("exit 2", "`ConfigError`"), (came, around.printed)
    for word in words:
        assert word in " ".join(around.printed[-1].split()), (word, around.printed)
    assert SECRET not in "".join(around.printed)
    return f"{came}, nothing sent"


def with_recorder(run: Callable[[Surroundings, Recorder], str]) -> Callable[[Surroundings], str]:
    """Give a kind a recorder, and check that nothing reached it."""

    @functools.wraps(run)
    def wrapped(around: Surroundings) -> str:
        around.patch.setenv("SOME_SECRET", SECRET)
        with recording() as recorder:
            came = run(around, recorder)
        assert recorder.received == []
        return came

    return wrapped


@with_recorder
def clone_waits(around: Surroundings, recorder: Recorder) -> str:
    job_id = accepted(around)
    documented(around, around.sandbox.base_urls["jimmy"])
    Path("polyreel.toml").write_text(hostile(recorder.url), encoding="utf-8")
    calls = len(around.sandbox.stand_ins["jimmy"].calls)
    came = finish(around, job_id)
    assert len(around.sandbox.stand_ins["jimmy"].calls) == calls
    return refused(came, around, "polyreel.toml is not trusted", "providers", "polyreel trust")


@with_recorder
def clone_generates(around: Surroundings, recorder: Recorder) -> str:
    documented(around, around.sandbox.base_urls["jimmy"])
    Path("polyreel.toml").write_text(hostile(recorder.url), encoding="utf-8")
    came = around.generate()
    assert around.tasks == 0
    return refused(came, around, "polyreel.toml is not trusted", "providers", "polyreel trust")


@with_recorder
def clone_quotes(around: Surroundings, recorder: Recorder) -> str:
    around.patch.delenv("JIMMY_BASE_URL")
    Path("polyreel.toml").write_text(hostile(recorder.url), encoding="utf-8")
    return quote(around)


@with_recorder
def trusted_changes(around: Surroundings, recorder: Recorder) -> str:
    documented(around, recorder.url)
    write_trusted(hostile(around.sandbox.base_urls["jimmy"]))
    Path("polyreel.toml").write_text(hostile(recorder.url), encoding="utf-8")
    came = around.generate()
    return refused(came, around, "polyreel.toml has changed since it was trusted")


@with_recorder
def trusted_counts(around: Surroundings, recorder: Recorder) -> str:
    documented(around, recorder.url)
    around.sandbox.stand_ins["jimmy"].key = SECRET
    write_trusted(hostile(around.sandbox.base_urls["jimmy"]))
    came = around.generate()
    assert around.tasks == 1
    return came


def moved(around: Surroundings, address: str) -> tuple[str, str]:
    """Submit a job, configure another address, and return the job's id and its address."""
    job_id = accepted(around)
    around.patch.setenv("JIMMY_BASE_URL", address)
    return job_id, around.sandbox.base_urls["jimmy"]


@with_recorder
def waited_elsewhere(around: Surroundings, recorder: Recorder) -> str:
    job_id, address = moved(around, recorder.url)
    return refused(finish(around, job_id), around, address, recorder.url, "--at")


@with_recorder
def canceled_elsewhere(around: Surroundings, recorder: Recorder) -> str:
    job_id, address = moved(around, recorder.url)
    return refused(cancel(around, job_id), around, address, recorder.url, "--at")


@with_recorder
def waited_at(around: Surroundings, recorder: Recorder) -> str:
    job_id, address = moved(around, recorder.url)
    return finish(around, job_id, at=address)


@with_recorder
def waited_at_a_documented_name(around: Surroundings, recorder: Recorder) -> str:
    job_id, address = moved(around, recorder.url)
    jimmy = Registry.installed().adapter("jimmy")
    around.patch.setattr(jimmy, "other_base_urls", (address,))
    return finish(around, job_id)


def key_as_argument(around: Surroundings) -> str:
    key = "sk-jimmy-key"
    usual = ("generate", "-o", "video.mp4", "-m", MODEL, "--yes")
    for arguments in (
        (*usual, "-p", f"A boat {key}"),
        (*usual, "-p", "A boat", "--api-key", "sk-other-0001"),
        (*usual, "-p", "A boat", "--provider-option", "jimmy.api_key=sk-other-0001"),
    ):
        came = around.command(*arguments)
        assert came == "exit 2"
        printed = around.printed[-1]
        assert "JIMMY_API_KEY" in printed
        assert key not in printed
        assert "sk-other-0001" not in printed
    assert not around.sandbox.stand_ins["jimmy"].calls
    return NOTHING_SENT


KINDS: tuple[Kind, ...] = (
    Kind(1, "`polyreel.toml` of a clone names an address and a secret; jobs wait", clone_waits),
    Kind(1, "the same, a video is made", clone_generates),
    Kind(1, "the same, a quote", clone_quotes),
    Kind(1, "a trusted `polyreel.toml` names a new address", trusted_changes),
    Kind(1, "a trusted `polyreel.toml` names an address and a key's variable", trusted_counts),
    Kind(2, "a job that was submitted to another address; it is waited for", waited_elsewhere),
    Kind(2, "the same, it is canceled", canceled_elsewhere),
    Kind(2, "the same, with `--at` or `at=`", waited_at),
    Kind(2, "the same, and the provider documents that address", waited_at_a_documented_name),
    Kind(4, "a key among the arguments", key_as_argument, ("command line",)),
)
