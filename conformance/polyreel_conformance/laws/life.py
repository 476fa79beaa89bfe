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
from ..tools.mount import ManualClock
from ..tools.saved import wrong_files
from .support import LONGEST_WAIT, UnderTest, given_image, picture, takes_files, with_changes


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

        with self.mounted(clock=clock, key=KEY) as stand_in:
            video = self.generate(
                request, model, tmp_path / "video.mp4", clock, is_async, on_change=note
            )
            assert len(stand_in.tasks) == 1, f"{len(stand_in.tasks)} tasks were made, not one"
            self.check_answers(stand_in, model)
            problem = wrong_files(tmp_path, stand_in)
            assert problem is None, problem
        wanted = [State.QUEUED, State.RUNNING, State.SUCCEEDED]
        assert seen == wanted, (
            f"the job was {' → '.join(seen)}, and the stand-in's task {' → '.join(wanted)}; "
            "correct `states`, or `status` of the stand-in"
        )
        facts = probe(video.file)
        shape = request.aspect_ratio if request.aspect_ratio != "auto" else "16:9"
        size, wanted_size = (facts.width, facts.height), frame_size(request.resolution, shape)
        assert size == wanted_size, (
            f"the video has {size} pixels, and {wanted_size} were requested ({request.resolution}, "
            f"{shape}); correct `submit`, `x-neutral` or `x-output` of the contract"
        )
        assert round(facts.seconds) == request.duration, (
            f"the video has {facts.seconds} s, and {request.duration} s were requested; "
            "`submit`, or the `x-neutral` of its length"
        )
        if model.makes_sound is not None:
            assert facts.has_sound is model.makes_sound, (
                f"the model's makes_sound is {model.makes_sound}, and the stand-in's video has "
                f"{'sound' if facts.has_sound else 'no sound'}; correct it, or the contract's "
                '`x-output`, such as {"sound": true}'
            )

    def test_another_process_can_finish_a_job(self, tmp_path: Path) -> None:
        """Another process can finish a job with nothing but the JSON of its handle.

        When it fails: put what `poll` needs besides the task id into the job's `details`.
        """
        model = self.adapter.models[0]
        clock = ManualClock()
        with self.mounted(clock=clock) as stand_in:
            with self.client(clock=clock) as client:
                handle = client.submit(
                    simplest_request(model), self.full_name(model)
                ).ref.model_dump_json()
            assert JobRef.model_validate_json(handle).model_dump_json() == handle, (
                "the job's JSON is another one after it was read; put only text into `details`"
            )
            with self.client(clock=clock) as other:
                job = other.job(handle)
                job.wait(timeout=self.seconds(LONGEST_WAIT))
                job.download(tmp_path / "video.mp4")
            assert len(stand_in.tasks) == 1, f"{len(stand_in.tasks)} tasks were made, not one"
        assert probe(tmp_path / "video.mp4").seconds > 0, "the video of the other process is empty"

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
        request = with_changes(simplest_request(model), **given_image(model, image))
        clock = ManualClock()
        with self.mounted(clock=clock) as stand_in:
            self.generate(request, model, tmp_path / "video.mp4", clock, False)
            (task,) = stand_in.tasks.values()
            arrived = [each.data for each in stand_in.video_card(task).pictures]
            assert picture() in arrived, (
                "the image at the vendor is another one, or none: send its `wire_value`, and give "
                "the property that carries it its `x-neutral`"
            )
