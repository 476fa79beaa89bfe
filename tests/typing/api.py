"""How polyreel's public names are used. Type checkers read this file; nothing runs it.

mypy and basedpyright check it in strict mode as a user's script: a public name that has become
`Any`, an argument that is no longer taken and a result of another type are errors here.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Literal, assert_type

from polyreel import (
    AsyncClient,
    AsyncJob,
    AuthenticationFailed,
    BadResponse,
    Budget,
    Client,
    Config,
    ConfigError,
    ContentBlocked,
    DownloadError,
    IdempotencyConflict,
    InsufficientBalance,
    InvalidRequest,
    Job,
    JobCanceled,
    JobError,
    JobExpired,
    JobFailed,
    JobRef,
    JournalError,
    Media,
    MediaUnreadable,
    MissingKey,
    NotFound,
    OverBudget,
    PluginError,
    PolyreelError,
    ProviderError,
    ProviderUnavailable,
    Quote,
    RateLimited,
    ResultExpired,
    SubmitUnknown,
    TransportError,
    UnknownModel,
    UnsupportedRequest,
    UsageError,
    VideoRequest,
    VideoResult,
    WaitTimeout,
    compare,
    hookimpl,
)
from polyreel.adapters import Adapter, Cancellation, JobStatus, WireRequest
from polyreel.comparing import Comparison
from polyreel.jobs import JobRecord
from polyreel.models import Finding
from polyreel.pricing import Certainty, Offer

# requests

plain = VideoRequest(prompt="A kite")
assert_type(plain, VideoRequest)
assert_type(plain.duration, int)
assert_type(plain.seed, int | None)
assert_type(plain.reference_images, tuple[Media, ...])
full = VideoRequest(
    prompt="The boat of {image:1} leaves the harbour",
    duration=6,
    aspect_ratio="9:16",
    resolution="1080p",
    reference_images=["boat.png", Path("sail.png"), Media(asset="sail-1")],
    reference_videos=("clip.mp4",),
    reference_audios=[Media(data=b"RIFF", mime_type="audio/wav"), "https://example.com/a.mp3"],
    audio=False,
    seed=0,
    camera_fixed=True,
    watermark=False,
    return_last_frame=True,
    expires_after=86400,
    negative_prompt="rain",
    provider_options={"modellix": {"async_suffix": True}},
)
framed = VideoRequest(prompt="A kite", first_frame="kite.png", last_frame=Path("end.png"))
assert_type(framed.first_frame, Media | None)

# settings

assert_type(Config(), Config)
budget = Budget(amount=Decimal("0.50"), currency="USD")
assert_type(budget, Budget)
assert_type(Budget(amount=Decimal(1), currency="USD", allows_unknown=True).amount, Decimal)


def noted(record: JobRecord) -> None:
    """Observe every change of a job."""
    assert_type(record.id, str)


def blocking(config: Config) -> None:
    """Use the blocking client."""
    with Client(
        config,
        api_keys={"jimmy": "a key"},
        base_urls={"jimmy": "https://example.com"},
        on_change=noted,
        journal=Path("jobs.sqlite3"),
    ) as client:
        assert_type(client, Client)
        video = client.generate(
            full,
            "boat.mp4",
            model="jimmy/seedance2.0-std",
            timeout=600.0,
            on_unsupported="drop",
            idempotency_key="order-7",
            max_price=budget,
        )
        assert_type(video, VideoResult)
        assert_type(video.file, Path)
        assert_type(video.job, JobRecord)
        assert_type(video.status, JobStatus)

        job = client.submit("A kite", "draft", max_price="0.50 USD")
        assert_type(job, Job)
        assert_type(job.ref, JobRef)
        assert_type(job.status, JobStatus | None)
        assert_type(job.poll(), JobStatus)
        assert_type(job.wait(timeout=None), JobStatus)
        assert_type(job.download("kite.mp4"), Path)
        assert_type(job.finish(), Path)
        assert_type(job.cancel(), Cancellation)

        saved = job.ref.model_dump_json()
        assert_type(client.job(saved), Job)
        assert_type(client.job(job.id, target=Path("kite.mp4")), Job)
        assert_type(JobRef.model_validate_json(saved), JobRef)

        plan = client.plan(plain, "draft", max_price=Budget.of("1 USD"))
        assert_type(plan.first.quote, Quote | None)
        assert_type(client.generate(plan, "kite.mp4"), VideoResult)
        assert_type(client.submit(plain, "draft", convert_images=True, lift_bounds=True), Job)

        offers = client.quote(plain, ["jimmy/seedance2.0-std", "draft"], read_urls=True)
        assert_type(offers, list[Offer])
        assert_type(offers[0].quote, Quote | None)
        assert_type(client.wire(plain, "draft"), list[WireRequest])
        assert_type(client.refresh_prices("jimmy"), int)
    with Client(journal=None), Client("polyreel.toml"):
        pass


async def asynchronous() -> None:
    """Use the client for event loops."""
    async with AsyncClient(journal=None) as client:
        assert_type(client, AsyncClient)
        assert_type(await client.generate("A kite", Path("kite.mp4"), "draft"), VideoResult)
        job = await client.submit(plain)
        assert_type(job, AsyncJob)
        assert_type(await job.poll(), JobStatus)
        assert_type(await job.wait(), JobStatus)
        assert_type(await job.download("kite.mp4"), Path)
        assert_type(await job.finish("kite.mp4", timeout=1), Path)
        assert_type(await job.cancel(), Cancellation)
        assert_type(client.job(job.ref, at="https://api.example"), AsyncJob)
        assert_type(await client.quote("A kite", ("draft",)), list[Offer])
        assert_type(await client.wire("A kite"), list[WireRequest])
        assert_type(await client.refresh_prices("jimmy"), int)
        compared = await compare(client, plain, ["draft", "final"], Path("out"), runs=2)
        assert_type(compared, Comparison)


def quoted(quote: Quote) -> None:
    """Read a quote."""
    assert_type(quote.amount, Decimal | None)
    assert_type(quote.currency, str | None)
    assert_type(quote.certainty, Certainty)


# errors


def what_to_do(client: Client) -> str:
    """Handle every kind of error; each has its job, where there is one."""
    try:
        client.generate("A kite", "kite.mp4")
    except SubmitUnknown as unknown:
        assert_type(unknown.job_id, str | None)
        return unknown.message
    except WaitTimeout as late:
        assert_type(late.job, JobRef | None)
        return str(client.job(late).finish())
    except (JobFailed, JobCanceled, JobExpired) as ended:
        assert_type(ended, JobFailed | JobCanceled | JobExpired)
        error: JobError = ended
        return error.message
    except UnsupportedRequest as refused:
        assert_type(refused.findings, tuple[Finding, ...])
        assert_type(refused.nearest, str | None)
        return refused.model
    except RateLimited as limited:
        assert_type(limited.retry_after, float | None)
        return limited.advice
    except TransportError as failed:
        assert_type(failed.sent, bool)
        return failed.message
    except ResultExpired as gone:
        download: DownloadError = gone
        return download.message
    except PolyreelError as other:
        assert_type(other.provider, str | None)
        assert_type(other.http_status, int | None)
        return other.message
    return "done"


usage: Sequence[type[UsageError]] = (
    ConfigError,
    IdempotencyConflict,
    JournalError,
    MediaUnreadable,
    MissingKey,
    OverBudget,
    PluginError,
    UnknownModel,
    UnsupportedRequest,
)
refusals: Sequence[type[ProviderError]] = (
    AuthenticationFailed,
    BadResponse,
    ContentBlocked,
    InsufficientBalance,
    InvalidRequest,
    NotFound,
    ProviderUnavailable,
    RateLimited,
)

# plugins


@hookimpl
def polyreel_job_changed(job: JobRecord) -> None:
    """Observe jobs as a plugin."""
    assert_type(job.model, str)


@hookimpl
def polyreel_adapters() -> list[type[Adapter]]:
    """Offer adapters as a plugin."""
    return []


assert_type(polyreel_adapters(), list[type[Adapter]])
policy: Literal["error", "drop"] = "drop"
