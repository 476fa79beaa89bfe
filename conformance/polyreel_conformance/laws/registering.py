"""Laws about media that the vendor has to approve before they are used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from polyreel import ContentBlocked, MediaPending, PolyreelError, VideoRequest
from polyreel.adapters import ModelSpec
from polyreel.jobs.journal.sqlite import SqliteJournal
from polyreel_sandbox import Fault, StandIn

from ..outcomes import not_declared
from ..requests.corners import simplest_request
from ..tools.flows import KEY
from ..tools.mount import ManualClock, mounted
from .support import UnderTest, picture, with_changes

PATIENCE = 60.0
"""Seconds on the kit's own clock that a caller waits for an approval."""


class Registering(UnderTest):
    """Register, wait for approval, pay once."""

    def test_a_media_is_approved_before_it_is_paid_for(self, tmp_path: Path) -> None:
        """A file is registered and approved first; then one request is paid, with the asset.

        When it fails: yield only free requests in `register`, return the vendor's id, and read
        `approved` only from the vendor's word for it in `registration`.
        """
        model, request = self.registering(tmp_path)
        clock = ManualClock()
        with mounted(self.stand_in, clock=clock, key=KEY) as stand_in:
            self.generate(request, model, tmp_path / "video.mp4", clock, False)
            (task,) = stand_in.tasks.values()
            (arrived,) = stand_in.video_card(task).pictures
            assert arrived.data == picture(), "the image at the vendor is another one"
            assert len(self.calls(stand_in, "register")) == 1
            assert len([call for call in stand_in.calls if self.is_create(call)]) == 1

    def test_a_refused_media_is_reported_and_nothing_is_paid(self, tmp_path: Path) -> None:
        """A media that the vendor refuses ends the call, with the vendor's reason and no create.

        When it fails: return `Approval.REFUSED` with the vendor's words as the `reason`.
        """
        model, request = self.registering(tmp_path)
        clock = ManualClock()
        with mounted(self.stand_in, clock=clock, key=KEY, faults=[Fault.MEDIA_REFUSED]) as stand_in:
            error = self.registration_error(request, model, tmp_path, clock)
            assert not stand_in.tasks, "a task was paid for with a refused media"
            assert isinstance(error, ContentBlocked), (
                f"the caller gets {type(error).__name__}, not ContentBlocked: {error}"
            )
            (asset,) = stand_in.assets.values()
            words = str(stand_in.asset_status(asset, "refused"))
            reason = str(error).partition(": ")[2].partition(": ")[2].partition(". Nothing")[0]
            assert reason != "no reason given", "the vendor's reason is lost"
            assert reason in words, f"the reason is not the vendor's: {reason!r}"

    def test_a_media_that_waits_is_taken_up_by_the_next_call(self, tmp_path: Path) -> None:
        """At the deadline nothing is paid; the next call goes on and registers nothing again.

        When it fails: read a status that is not an approval as `Approval.WAITING`.
        """
        model, request = self.registering(tmp_path)
        clock, journal = ManualClock(), SqliteJournal(None)
        with mounted(self.stand_in, clock=clock, key=KEY, faults=[Fault.MEDIA_WAITS]) as stand_in:
            error = self.registration_error(request, model, tmp_path, clock, journal=journal)
            assert not stand_in.tasks, "a task was paid for before the media was approved"
            assert isinstance(error, MediaPending), (
                f"the caller gets {type(error).__name__}, not MediaPending: {error}"
            )
            stand_in.faults.clear()
            self.generate(request, model, tmp_path / "video.mp4", clock, False, journal=journal)
            assert len(self.calls(stand_in, "register")) == 1, "it was registered again"
            assert len(stand_in.tasks) == 1
        journal.close()

    def test_an_approved_media_is_remembered_and_asked_for_again(self, tmp_path: Path) -> None:
        """A second job with the same media registers nothing; the vendor is only asked again.

        When it fails: ask for the asset that `vendor_id` names in `registration`.
        """
        model, request = self.registering(tmp_path)
        clock, journal = ManualClock(), SqliteJournal(None)
        with mounted(self.stand_in, clock=clock, key=KEY) as stand_in:
            for name in ("first.mp4", "second.mp4"):
                before = len(self.calls(stand_in, "registration"))
                self.generate(request, model, tmp_path / name, clock, True, journal=journal)
            assert len(self.calls(stand_in, "register")) == 1, "it was registered again"
            assert len(self.calls(stand_in, "registration")) > before, "it was not asked for"
        journal.close()

    @pytest.mark.parametrize(
        "fault", [Fault.FIVE_BAD_POLLS, Fault.POLL_DROPPED, Fault.POLL_NOT_JSON, Fault.POLL_429]
    )
    def test_a_failed_look_ends_no_registration(self, fault: Fault, tmp_path: Path) -> None:
        """A bad answer about an asset is no refusal: it is asked for again.

        When it fails: raise an error for an answer that is not a status, as in `poll`.
        """
        model, request = self.registering(tmp_path)
        clock = ManualClock()
        with mounted(self.stand_in, clock=clock, key=KEY, faults=[fault]) as stand_in:
            self.generate(request, model, tmp_path / "video.mp4", clock, False)
            assert len(self.calls(stand_in, "register")) == 1, "it was registered again"
            assert len(stand_in.tasks) == 1

    def registering(self, folder: Path) -> tuple[ModelSpec, VideoRequest]:
        """Return a model whose images have to be registered, and a request with a file."""
        model = next((each for each in self.adapter.models if _registers(each)), None)
        if model is None:
            not_declared("no model's images have to be registered")
        image = folder / "image" / "image.png"
        image.parent.mkdir()
        image.write_bytes(picture())
        is_frame = model.images is not None and model.images.maximum == 0
        media: dict[str, Any] = (
            {"first_frame": image}
            if is_frame
            else {"first_frame": None, "reference_images": [image]}
        )
        return model, with_changes(simplest_request(model), **media)

    def registration_error(
        self,
        request: VideoRequest,
        model: ModelSpec,
        folder: Path,
        clock: ManualClock,
        **more: Any,
    ) -> PolyreelError:
        """Return the error of a call that must not give a video."""
        try:
            self.generate(
                request, model, folder / "none.mp4", clock, False, timeout=PATIENCE, **more
            )
        except PolyreelError as error:
            return error
        raise AssertionError("the caller gets the video")

    def calls(self, stand_in: StandIn, role: str) -> list[object]:
        """Return the calls of a role."""
        found = [(call, stand_in.contract.find(call.method, call.path)) for call in stand_in.calls]
        return [call for call, each in found if each is not None and each[0].role == role]


def _registers(model: ModelSpec) -> bool:
    """Return whether a file becomes a registered asset, and is neither inlined nor uploaded."""
    forms = frozenset[str]() if model.images is None else model.images.forms
    return "register" in forms and not forms & {"inline", "upload"}
