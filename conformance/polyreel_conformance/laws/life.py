"""Laws about the life of a job."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from polyreel import JobRef
from polyreel.adapters import ModelSpec, State
from polyreel.request import probe
from polyreel_sandbox import frame_size

from ..outcomes import not_declared
from ..requests.corners import simplest_request
from ..tools.flows import KEY
from ..tools.mount import ManualClock, mounted
from .matrix import videos_of
from .support import UnderTest, picture, takes_files, with_changes


class LifeOfAJob(UnderTest):
    """Submit, wait, download, resume."""

    def test_a_job_runs_from_submit_to_video(
        self, model: ModelSpec, is_async: bool, tmp_path: Path
    ) -> None:
        """Submit, wait and download give the requested video, with one task at the vendor.

        For a user: the whole job works, blocking and async. When it fails: the message says at
        which step. Use `polyreel sandbox` to run the steps by hand.
        """
        request = simplest_request(model)
        clock = ManualClock()
        seen: list[State] = []

        def note(record: Any) -> None:
            if record.status is not None and record.status.state not in seen:
                seen.append(record.status.state)

        with mounted(self.stand_in, clock=clock, key=KEY) as stand_in:
            video = self.generate(
                request, model, tmp_path / "video.mp4", clock, is_async, on_change=note
            )
            assert len(stand_in.tasks) == 1
            self.check_answers(stand_in)
            videos = videos_of(stand_in, "video.mp4")
        assert seen == [State.QUEUED, State.RUNNING, State.SUCCEEDED]
        facts = probe(video.file)
        shape = request.aspect_ratio if request.aspect_ratio != "auto" else "16:9"
        assert (facts.width, facts.height) == frame_size(request.resolution, shape)
        assert round(facts.seconds) == request.duration
        if model.makes_sound is not None:
            assert facts.has_sound is model.makes_sound
        found = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
        assert found == videos, f"the folder has {sorted(found)}, and not {sorted(videos)}"

    def test_another_process_can_finish_a_job(self, tmp_path: Path) -> None:
        """Another process can finish a job with nothing but the JSON of its handle.

        When it fails: put what `poll` needs besides the task id into the job's `details`.
        """
        model = self.adapter.models[0]
        clock = ManualClock()
        with mounted(self.stand_in, clock=clock) as stand_in:
            with self.client(clock=clock) as client:
                handle = client.submit(
                    simplest_request(model), self.full_name(model)
                ).ref.model_dump_json()
            assert JobRef.model_validate_json(handle).model_dump_json() == handle
            with self.client(clock=clock) as other:
                job = other.job(handle)
                job.wait()
                job.download(tmp_path / "video.mp4")
            assert len(stand_in.tasks) == 1
        assert probe(tmp_path / "video.mp4").seconds > 0

    def test_a_local_image_reaches_the_vendor(self, tmp_path: Path) -> None:
        """A local file is inlined or uploaded first. The upload is free and makes no second job.

        When it fails: return the URL that the vendor gave from `upload`, or declare how the
        model takes local files (`forms`).
        """
        model = next((each for each in self.adapter.models if takes_files(each)), None)
        if model is None:
            not_declared("no model of this provider takes local images")
        image = tmp_path / "image.png"
        image.write_bytes(picture())
        request = with_changes(simplest_request(model), first_frame=None, reference_images=[image])
        clock = ManualClock()
        with mounted(self.stand_in, clock=clock) as stand_in:
            self.generate(request, model, tmp_path / "video.mp4", clock, False)
            (task,) = stand_in.tasks.values()
            (arrived,) = stand_in.video_card(task).pictures
            assert arrived.data == picture(), "the image at the vendor is another one"
