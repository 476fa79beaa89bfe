"""Live mode: the laws that make sense at the vendor itself. Off unless `--live` is given.

One of them makes a film and costs money. It takes the cheapest model, shows what that costs,
and sends nothing until the same words are given back with `--live-cost`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from polyreel import (
    Adapter,
    AuthenticationFailed,
    Client,
    Config,
    ModelSpec,
    ProviderError,
    State,
    VideoRequest,
    probe,
)
from polyreel.pricing import quote

from ..requests.corners import simplest_request
from ..requests.samples import media_of
from ..tools.flows import KEY
from .support import UnderTest, with_changes

live = pytest.mark.polyreel_live

SHAPE_TOLERANCE = 0.02
"""Vendors round to whole blocks of pixels, as 1088 for 1080."""


@dataclass(frozen=True, kw_only=True)
class LiveJob:
    """The one paid job of live mode.

    Attributes:
        model: The cheapest, as far as prices are published.
        request: Its shortest film in its lowest resolution.
        cost: What it costs by the provider's published rate, such as `0.184 USD`, or `unknown`.
    """

    model: ModelSpec
    request: VideoRequest
    cost: str


def cheapest_job(adapter: type[Adapter]) -> LiveJob:
    """Return the job that costs least, of those whose price is known; else the plainest one."""
    jobs = [_job(model) for model in adapter.models]
    possible = [job for job in jobs if job is not None]
    assert possible, "every model needs media that only a public address can give"
    return min(possible, key=_rank)


def _job(model: ModelSpec) -> LiveJob | None:
    request = with_changes(
        simplest_request(model),
        duration=model.durations[0],
        resolution=min(model.resolutions, key=_lines),
    )
    if request.reference_videos:
        return None
    if request.reference_images:
        # An invented address can't be fetched by a real vendor; bytes travel along.
        if model.images is None or not model.images.forms & {"inline", "upload"}:
            return None
        request = with_changes(request, reference_images=[media_of("image", "inline", 1)])
    cost = str(quote(request, model, model.name, model.billing.rates))
    return LiveJob(model=model, request=request, cost=cost)


def _rank(job: LiveJob) -> tuple[bool, Decimal, bool, int]:
    known = job.cost != "unknown"
    amount = Decimal(job.cost.split(" ")[-2]) if known else Decimal(0)
    return (not known, amount, bool(job.request.reference_images), job.request.duration)


def _lines(resolution: str) -> int:
    number = int(resolution[:-1])
    return number * 1000 if resolution.endswith("k") else number


class Live(UnderTest):
    """At the vendor itself, with the key from the environment."""

    @live
    def test_live_a_wrong_key_is_refused(self) -> None:
        """The vendor's own refusal of a key is told as what it is. Costs nothing.

        When it fails: the refusal that came is in the message; add it to the contract and the
        examples, and map it.
        """
        job = cheapest_job(self.adapter)
        with (
            self.live_client(api_keys={self.adapter.name: KEY}, journal=None) as client,
            pytest.raises(AuthenticationFailed) as raised,
        ):
            client.submit(job.request, self.full_name(job.model))
        assert KEY not in str(raised.value)

    @live
    def test_live_a_forgotten_task_is_an_error(self) -> None:
        """A look at a task that is not there ends in the vendor's refusal. Costs nothing.

        When it fails: the vendor answers such a look in a way that `poll` takes for a status.
        """
        with self.live_client(journal=None) as client, pytest.raises(ProviderError):
            client.job(self.unknown_ref()).wait(timeout=30)

    @live
    def test_live_a_job_lives_from_submit_to_film(
        self, request: pytest.FixtureRequest, tmp_path: Path
    ) -> None:
        """A film is made, paid for once, taken up from its handle, and is what was asked for.

        Costs what `--live-cost` confirmed. The job is in the usual journal, so that `polyreel
        jobs` can bring it home should this process end. When it fails: the message says what
        the vendor did that its pages do not say.
        """
        job = cheapest_job(self.adapter)
        name = self.full_name(job.model)
        confirmed = request.config.getoption("--live-cost")
        if confirmed != job.cost:
            pytest.fail(
                f"this makes one film of {job.request.duration} s in {job.request.resolution} with "
                f"{name}; its cost is {job.cost}. Nothing was sent. To pay that, give "
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
            taken_up = other.job(handle)
            status = taken_up.wait(timeout=request.config.getoption("--live-timeout"))
            assert status.state is State.SUCCEEDED
            film = taken_up.fetch(tmp_path / "film.mp4")
        documented = {*self.stand_in.contract.state_words(), *self.adapter.states}
        strangers = sorted({word for word in words if word.strip().lower() not in documented})
        assert not strangers, f"words for a state that are documented nowhere: {strangers}"
        self.check_film(job, film)

    def check_film(self, job: LiveJob, path: Path) -> None:
        """Hold the film against what was asked."""
        facts = probe(path)
        assert round(facts.seconds) == job.request.duration, f"{facts.seconds} s came"
        across, down = (int(part) for part in job.request.aspect_ratio.split(":"))
        shape = facts.width / facts.height
        assert abs(shape / (across / down) - 1) <= SHAPE_TOLERANCE, (
            f"{job.request.aspect_ratio} was asked, {facts.width}x{facts.height} came"
        )
        if job.model.makes_sound is not None:
            assert facts.has_sound is job.model.makes_sound, "sound is not as the model declares"

    def live_client(self, **more: Any) -> Client:
        """Return a client at the vendor itself, with the key from the environment."""
        registry = self.client_options(None)["registry"]
        if "api_keys" not in more and not os.environ.get(self.adapter.key_variable):
            pytest.fail(f"live mode needs the key in {self.adapter.key_variable}", pytrace=False)
        return Client(Config(), registry=registry, **more)
