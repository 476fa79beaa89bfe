"""Laws about results behind the key: they are saved, and the key goes nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from polyreel import PolyreelError
from polyreel.adapters import State
from polyreel_sandbox import Call, Operation, Reply, StandIn

from ..outcomes import not_declared
from ..requests.corners import simplest_request
from ..tools.content import content_for, needs_key
from ..tools.flows import KEY, job_of, run
from ..tools.mount import ManualClock
from ..tools.saved import wrong_files
from .support import UnderTest


class KeyedResults(UnderTest):
    """Videos that the vendor serves only with the key."""

    def test_a_result_says_whether_it_needs_the_key(self) -> None:
        """An output says `needs_key=True` where the contract serves it with the key, and not else.

        For a user: without it a finished and paid video ends in HTTP 401, and with it the key
        goes to a public file. When it fails: write `Output(url=…, needs_key=True)` for an address
        of the operation with the role `content`, or correct the contract.
        """
        vendor = self.vendor_at("succeeded")
        model = self.adapter.models[0]
        job = job_of(run(self.submit_flow(model), vendor))
        status = run(self.adapter().poll(job), vendor)
        assert status.state is State.SUCCEEDED, f"a task that succeeded was read as {status.state}"
        for output in status.videos:
            content = content_for(self.stand_in.contract, output)
            wanted = content is not None and needs_key(content)
            shown = "the video" if content is None else f"{content.method} {content.path}"
            assert output.needs_key is wanted, (
                f"{shown} is served only with the key, but its output does not say needs_key=True"
                if wanted
                else f"{shown} is public by the contract, but its output says needs_key=True"
            )

    def test_a_result_behind_the_key_is_saved(self, is_async: bool, tmp_path: Path) -> None:
        """Every video behind the key is saved; public files and other origins get no key.

        When it fails: as above. The address in an answer may be a whole one or a path; for a path
        that the adapter builds write `relative_to="address"`.
        """
        content = self.content()
        with self.mounted(clock=(clock := ManualClock()), key=KEY) as stand_in:
            self.save(tmp_path, clock, is_async)
            problem = wrong_files(tmp_path, stand_in)
            assert problem is None, problem
            asked = [call for call in stand_in.calls if self.is_of(content, call)]
            assert len(asked) == stand_in.videos_per_task, (
                f"{content.method} {content.path} was called {len(asked)} times for "
                f"{stand_in.videos_per_task} videos"
            )
            for call in stand_in.calls:
                role = self.stand_in.contract.find(call.method, call.path)
                has_key = self.stand_in.contract.key_in(call.headers) is not None
                wanted = role is not None and needs_key(role[0])
                assert has_key is wanted, (
                    f"{call.method} {call.path} was called {'with' if has_key else 'without'} key"
                )

    def test_the_key_follows_no_redirect(self, is_async: bool, tmp_path: Path) -> None:
        """When the vendor redirects to another origin, the video comes from there without the key.

        For a user: the key stays at the vendor. When it fails: only the core sends the key; the
        adapter must not write the header of a credential.
        """
        content = self.content()

        def answer_to(
            stand_in: StandIn, operation: Operation, call: Call, parameters: Mapping[str, str]
        ) -> Reply:
            if operation.role != "content":
                return self.stand_in.answer_to(stand_in, operation, call, parameters)
            task = stand_in.task_named(parameters)
            assert task is not None
            index = call.query.get(content.index or "", "0")
            moved = f"{stand_in.elsewhere}/stand-in/{task.id}.mp4?index={index}"
            return Reply(status=302, headers={"location": moved})

        kind: type[StandIn] = type(
            self.stand_in.__name__, (self.stand_in,), {"answer_to": answer_to}
        )
        with self.mounted(kind, clock=(clock := ManualClock()), key=KEY) as stand_in:
            self.save(tmp_path, clock, is_async)
            assert stand_in.calls_elsewhere, "the redirect was not followed"
            for call in stand_in.calls_elsewhere:
                assert KEY not in repr(call), f"the key went to {call.path} at another origin"
            problem = wrong_files(tmp_path, stand_in)
            assert problem is None, problem

    def content(self) -> Operation:
        """Return the contract's operation that serves a video with the key."""
        content = self.stand_in.contract.operation("content")
        if content is None or not needs_key(content):
            not_declared("the vendor serves no video behind the key")
        return content

    def is_of(self, operation: Operation, call: Call) -> bool:
        """Return whether a call is of an operation."""
        found = self.stand_in.contract.find(call.method, call.path)
        return found is not None and found[0].id == operation.id

    def save(self, folder: Path, clock: ManualClock, is_async: bool, **more: Any) -> None:
        """Make a video, which must be saved."""
        model = self.adapter.models[0]
        try:
            self.generate(
                simplest_request(model), model, folder / "video.mp4", clock, is_async, **more
            )
        except (PolyreelError, AssertionError) as error:  # the latter of a call to nowhere
            raise AssertionError(f"the paid video was not saved: {error}") from error
