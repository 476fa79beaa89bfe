"""Live mode: the laws that run at the vendor itself. Off unless `--live` is given.

One of them makes a video and costs money. It uses the cheapest model, prints the cost, and sends
nothing until you confirm that cost with `--live-cost`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from polyreel import AuthenticationFailed, Client, Config, ProviderError, VideoRequest
from polyreel.adapters import Adapter, ModelSpec, State
from polyreel.pricing.quoting import quote
from polyreel.request import probe

from ..requests.corners import simplest_request
from ..requests.samples import media_of
from ..tools.flows import KEY
from .support import UnderTest, given_image, takes_files, with_changes

live = pytest.mark.polyreel_live

SHAPE_TOLERANCE = 0.02
"""Vendors round to whole blocks of pixels, e.g. 1088 for 1080."""


@dataclass(frozen=True, kw_only=True)
class LiveJob:
    """The one paid job of live mode.

    Attributes:
        model: The cheapest one with a published price, else the simplest one.
        request: Its shortest video in its lowest resolution.
        cost: The price by the provider's published rate, e.g. `0.184 USD`, or `unknown`.
    """

    model: ModelSpec
    request: VideoRequest
    cost: str


def cheapest_job(adapter: type[Adapter]) -> LiveJob:
    """Return the job with the lowest known price; without any known price the simplest job."""
    jobs = [_job(model) for model in adapter.models]
    possible = [job for job in jobs if job is not None]
    assert possible, "every model needs media at a public address, which live mode does not have"
    return min(possible, key=_rank)


def _job(model: ModelSpec) -> LiveJob | None:
    request = with_changes(
        simplest_request(model),
        duration=model.durations[0],
        resolution=min(model.resolutions, key=_lines),
    )
    if request.reference_videos or request.reference_audios:
        return None
    if request.reference_images or request.first_frame or request.last_frame:
        # A real vendor can't download from an invented address, so the bytes are sent.
        if not takes_files(model):
            return None
        request = with_changes(request, **given_image(model, media_of("image", "inline", 1)))
    cost = str(quote(request, model, model.name, model.billing.rates))
    return LiveJob(model=model, request=request, cost=cost)


def _rank(job: LiveJob) -> tuple[bool, Decimal, bool, int]:
    known = job.cost != "unknown"
    amount = Decimal(job.cost.split(" ")[-2]) if known else Decimal(0)
    return (not known, amount, bool(list(job.request.media())), job.request.duration)


def _lines(resolution: str) -> int:
    number = int(resolution[:-1])
    return number * 1000 if resolution.endswith("k") else number


class Live(UnderTest):
    """At the vendor itself, with the key from the environment."""

    @live
    def test_live_a_wrong_key_is_refused(self) -> None:
        """The vendor's refusal of a wrong key is reported as `AuthenticationFailed`. It is free.

        When it fails: the message has the vendor's refusal. Add it to the contract and the
        examples, and map it.
        """
        job = cheapest_job(self.adapter)
        with (
            self.live_client(api_keys={self.adapter.name: KEY}, journal=None) as client,
            pytest.raises(AuthenticationFailed) as raised,
        ):
            client.submit(job.request, self.full_name(job.model))
        assert KEY not in str(raised.value), "the error shows the key"

    @live
    def test_live_a_missing_task_is_an_error(self) -> None:
        """A poll of a task that does not exist gives the vendor's refusal. It is free.

        When it fails: `poll` reads the vendor's answer as a status; raise `self.refuse(…)`.
        """
        with self.live_client(journal=None) as client, pytest.raises(ProviderError):
            client.job(self.unknown_ref()).wait(timeout=30)

    @live
    def test_live_a_job_runs_from_submit_to_video(
        self, request: pytest.FixtureRequest, tmp_path: Path
    ) -> None:
        """A job is paid once, continued from its handle, and gives the requested video.

        It costs what `--live-cost` confirmed. The job is in the usual journal: if this process
        ends early, `polyreel jobs` can finish it. When it fails: the message says what the
        vendor did that its pages do not document.
        """
        job = cheapest_job(self.adapter)
        name = self.full_name(job.model)
        confirmed = request.config.getoption("--live-cost")
        if confirmed != job.cost:
            pytest.fail(
                f"this makes one video of {job.request.duration} s in {job.request.resolution} "
                f"with {name}; the cost is {job.cost}. Nothing was sent. To pay this, add "
                f'--live-cost "{job.cost}"',
                pytrace=False,
            )
        words: list[str] = []

        def note(record: Any) -> None:
            if record.status is not None:
                words.append(record.status.raw_state)

        with self.live_client(on_change=note) as client:
            handle = client.submit(job.request, name).ref.model_dump_json()
        with self.live_client(on_change=note) as other:
            continued = other.job(handle)
            status = continued.wait(timeout=request.config.getoption("--live-timeout"))
            assert status.state is State.SUCCEEDED, f"the job ended {status.state}"
            video = continued.download(tmp_path / "video.mp4")
        documented = {*self.stand_in.contract.state_words(), *self.adapter.states}
        unknown = sorted({word for word in words if word.strip().lower() not in documented})
        assert not unknown, f"unknown status from the vendor: {', '.join(map(repr, unknown))}"
        self.check_video(job, video)

    def check_video(self, job: LiveJob, path: Path) -> None:
        """Compare the video with the request."""
        facts = probe(path)
        assert round(facts.seconds) == job.request.duration, (
            f"{job.request.duration} s were requested; the video has {facts.seconds} s"
        )
        if job.request.aspect_ratio != "auto":
            across, down = (int(part) for part in job.request.aspect_ratio.split(":"))
            shape = facts.width / facts.height
            assert abs(shape / (across / down) - 1) <= SHAPE_TOLERANCE, (
                f"{job.request.aspect_ratio} was requested; the video has "
                f"{facts.width}x{facts.height}"
            )
        if job.model.makes_sound is not None:
            assert facts.has_sound is job.model.makes_sound, (
                f"the model declares makes_sound={job.model.makes_sound}; the video has "
                f"{'sound' if facts.has_sound else 'no sound'}"
            )

    def live_client(self, **more: Any) -> Client:
        """Return a client at the vendor itself, with the key from the environment."""
        registry = self.client_options(None)["registry"]
        if "api_keys" not in more and not os.environ.get(self.adapter.key_variable):
            pytest.fail(f"live mode needs the key; set {self.adapter.key_variable}", pytrace=False)
        return Client(Config(), registry=registry, **more)
