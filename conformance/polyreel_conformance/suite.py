"""AdapterConformance: the laws that every adapter keeps.

A vendor's test file is a subclass of a few lines:

    class TestJimmy(AdapterConformance):
        adapter = JimmyAdapter
        stand_in = JimmyStandIn
        examples = examples_folder(__file__)

Each test says what it means to a user and what to change when it fails.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

import anyio
import pytest
from hypothesis import given
from polyreel import (
    Adapter,
    AsyncClient,
    AuthenticationFailed,
    Client,
    Config,
    Film,
    JobCanceled,
    JobFailed,
    JobRef,
    ModelSpec,
    NotFound,
    PolyreelError,
    RateLimited,
    Registry,
    State,
    SubmitUnknown,
    UnsupportedRequest,
    VideoRequest,
    WaitTimeout,
    check,
    errors,
    probe,
)
from polyreel.catalogue import OPTIONAL_SETTINGS
from polyreel.registry import InstalledAdapter, Plugin
from polyreel.sandbox import Call, Fault, StandIn, frame_size

from .examples import Example, load_examples
from .flows import KEY, answered, paid_request, plan_for, requests_of
from .mount import ManualClock, mounted
from .requests import accepted_requests, refused_requests

_FALSY: dict[str, Any] = {
    "audio": False,
    "seed": 0,
    "camera_fixed": False,
    "watermark": False,
    "return_last_frame": False,
}
_DOUBTS = (
    Fault.ACCEPTED_THEN_DROPPED,
    Fault.CREATE_500,
    Fault.NOT_JSON,
    Fault.MISSING_ID,
)


class AdapterConformance:
    """The laws, over every model that the adapter declares.

    Attributes:
        adapter: What is tested.
        stand_in: The vendor's local double.
        examples: The folder of documented examples.
    """

    adapter: ClassVar[type[Adapter]]
    stand_in: ClassVar[type[StandIn]]
    examples: ClassVar[Path]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run each law for each model, or for each documented example of its kind."""
        if "model" in metafunc.fixturenames:
            models = self.adapter.models
            metafunc.parametrize("model", models, ids=[spec.name for spec in models])
        for kind in ("request", "created", "status", "error"):
            name = f"{kind}_example"
            if name in metafunc.fixturenames:
                found = [each for each in load_examples(self.examples) if each.kind == kind]
                metafunc.parametrize(name, found, ids=[each.name for each in found])
        if "is_async" in metafunc.fixturenames:
            metafunc.parametrize("is_async", [False, True], ids=["blocking", "async"])
        if "doubt" in metafunc.fixturenames:
            metafunc.parametrize("doubt", _DOUBTS, ids=[str(each) for each in _DOUBTS])

    # What is sent

    def test_what_the_model_takes_meets_the_contract(self, model: ModelSpec) -> None:
        """A request that `check` accepts is one that the vendor's documents accept.

        When it fails: the model's data allows too much, or `submit` writes a field that
        the contract does not have. The message names the field.
        """
        contract = self.stand_in.contract

        @given(request=accepted_requests(model))
        def law(request: VideoRequest) -> None:
            assert check(request, model) == []
            paid = paid_request(plan_for(self.adapter, model, request))
            found = contract.find(paid.method, paid.path)
            assert found is not None, f"the contract has no {paid.method} {paid.path}"
            operation, parameters = found
            assert operation.role == "create"
            assert contract.problem(operation, paid.json, parameters) is None
            assert contract.undeclared(operation, paid.json or {}, parameters) == []

        law()

    def test_what_lies_beyond_is_refused_with_its_field(self, model: ModelSpec) -> None:
        """A request beyond a limit is refused before it is sent, and the field is named.

        When it fails: the model's data lacks a limit that the generator knows of.
        """

        @given(refused=refused_requests(model))
        def law(refused: tuple[VideoRequest, str]) -> None:
            request, field = refused
            assert field in [finding.field for finding in check(request, model)]
            with pytest.raises(UnsupportedRequest) as refusal:
                plan_for(self.adapter, model, request).fitted("error", [])
            assert field in refusal.value.message

        law()

    def test_a_refused_request_never_reaches_the_vendor(self, model: ModelSpec) -> None:
        """Nothing at all is sent for a request that the model can't do."""
        request = simplest_request(model).model_copy(update={"duration": model.durations[-1] + 1})
        with mounted(self.stand_in, clock=ManualClock()) as stand_in, self._client() as client:
            with pytest.raises(UnsupportedRequest):
                client.submit(request, self._full_name(model))
            assert stand_in.calls == []

    def test_what_is_asked_is_sent_explicitly(self, model: ModelSpec) -> None:
        """Length, shape and size are always sent, since vendors' defaults disagree.

        When it fails: `submit` leaves out a setting when it has the vendor's default.
        """
        request = simplest_request(model)
        before = json.dumps(paid_request(plan_for(self.adapter, model, request)).json)
        changes: dict[str, Any] = {
            "duration": model.durations[-1],
            "aspect_ratio": model.aspect_ratios[-1],
        }
        if model.sends_resolution:
            changes["resolution"] = model.resolutions[-1]
        for name, value in changes.items():
            if getattr(request, name) == value:
                continue
            other = request.model_copy(update={name: value})
            after = json.dumps(paid_request(plan_for(self.adapter, model, other)).json)
            assert after != before, f"{name} does not reach the wire"

    @pytest.mark.parametrize("name", OPTIONAL_SETTINGS)
    def test_a_setting_is_sent_or_refused(self, model: ModelSpec, name: str) -> None:
        """`seed=0` and `audio=False` reach the wire where the model has them, and are
        refused where it has not. Nothing is dropped in silence.

        When it fails: map settings with `is not None`, never by truth.
        """
        values: dict[str, Any] = {**_FALSY, "expires_after": 3600, "negative_prompt": "rain"}
        value = values[name]
        plain = simplest_request(model)
        asked = plain.model_copy(update={name: value})
        if name not in model.settings:
            assert [finding.field for finding in check(asked, model)] == [name]
            return
        if model.settings[name].fixed is not None:
            pytest.skip(f"{name} is fixed at {model.settings[name].fixed}, so it is never sent")
        without = paid_request(plan_for(self.adapter, model, plain)).json or {}
        with_it = paid_request(plan_for(self.adapter, model, asked)).json or {}
        added = {key: with_it[key] for key in with_it if with_it[key] != without.get(key)}
        assert list(added.values()) == [value], f"{name}={value!r} became {added}"

    def test_media_keep_their_order(self, model: ModelSpec) -> None:
        """The third image stays the third: prompts refer to media by position."""
        limit = model.images
        if limit is None or "url" not in limit.forms or limit.maximum == 0:
            pytest.skip("the model takes no reference images by URL")
        count = min(limit.maximum or 4, 4)
        urls = [f"https://example.com/{n}.png" for n in (3, 1, 2, 4)[:count]]
        request = _with(simplest_request(model), first_frame=None, reference_images=urls)
        body = json.dumps(paid_request(plan_for(self.adapter, model, request)).json)
        assert [body.index(url) for url in urls] == sorted(body.index(url) for url in urls)

    def test_no_key_is_in_what_an_adapter_writes(self, model: ModelSpec) -> None:
        """Credentials are the transport's business; an adapter never sees one."""
        for request in requests_of(plan_for(self.adapter, model, simplest_request(model))):
            assert KEY not in repr(request)
            assert not {name.lower() for name in request.headers} & {"authorization", "x-api-key"}

    # Documented examples

    def test_documented_request(self, request_example: Example) -> None:
        """The vendor's own example is what polyreel sends, key for key."""
        content = request_example.content
        spec = self._spec(content["model"])
        request = VideoRequest.model_validate(content["request"])
        assert check(request, spec) == []
        plan = plan_for(self.adapter, spec, request, content.get("options"))
        paid = paid_request(plan)
        assert (paid.method, paid.path) == (content["sent"]["method"], content["sent"]["path"])
        explicit = content.get("sent_explicitly", {})
        assert not set(explicit) & set(content["sent"]["body"]), "a key is on the page already"
        assert paid.json == {**content["sent"]["body"], **explicit}

    def test_documented_answer_to_a_create(self, created_example: Example) -> None:
        """The vendor's own answer gives the task id."""
        content = created_example.content
        spec = self._spec(content["model"])
        flow = self.adapter().submit(simplest_request(spec), spec)
        ref = answered(flow, 200, json.dumps(content["answer"]).encode())
        assert ref.task_id == content["task_id"]
        assert (ref.provider, ref.model) == (self.adapter.name, spec.name)

    def test_documented_answer_to_a_poll(self, status_example: Example) -> None:
        """The vendor's own status gives the state, and what else it tells."""
        content = status_example.content
        ref = self._ref(content.get("details"))
        body = json.dumps(content["answer"]).encode()
        status = answered(self.adapter().poll(ref), 200, body)
        assert status == answered(self.adapter().poll(ref), 200, body), "the same answer differs"
        seen = {
            **status.facts(),
            "is_documented": status.is_documented,
            "video_url": status.video.url if status.video else None,
            "last_frame_url": status.last_frame.url if status.last_frame else None,
        }
        expected = content["gives"]
        assert {name: seen[name] for name in expected} == expected

    def test_documented_error(self, error_example: Example) -> None:
        """The vendor's own refusal becomes the right error, with its code kept."""
        content = error_example.content
        kind = getattr(errors, content["error"])
        spec = self.adapter.models[0]
        body = json.dumps(content["answer"]).encode()
        for flow in (
            self.adapter().submit(simplest_request(spec), spec),
            self.adapter().poll(self._ref()),
        ):
            with pytest.raises(PolyreelError) as raised:
                answered(flow, content["http_status"], body)
            assert type(raised.value) is kind
            assert raised.value.vendor_code == content["vendor_code"]
            assert raised.value.http_status == content["http_status"]

    # The life of a job

    def test_a_job_lives_from_submit_to_film(
        self, model: ModelSpec, is_async: bool, tmp_path: Path
    ) -> None:
        """Submit, wait and fetch end in the film that was asked for, with one task made."""
        request = simplest_request(model)
        clock = ManualClock()
        seen: list[State] = []

        def note(record: Any) -> None:
            if record.status is not None and record.status.state not in seen:
                seen.append(record.status.state)

        with mounted(self.stand_in, clock=clock, key=KEY) as stand_in:
            film = self._generate(
                request, model, tmp_path / "film.mp4", clock, is_async, on_change=note
            )
            assert len(stand_in.tasks) == 1
            self._check_answers(stand_in)
        assert seen == [State.QUEUED, State.RUNNING, State.SUCCEEDED]
        facts = probe(film.file)
        shape = request.aspect_ratio if request.aspect_ratio != "auto" else "16:9"
        assert (facts.width, facts.height) == frame_size(request.resolution, shape)
        assert round(facts.seconds) == request.duration
        if model.makes_sound is not None:
            assert facts.has_sound is model.makes_sound
        assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"], "a part was left behind"

    def test_a_job_can_be_taken_up_elsewhere(self, tmp_path: Path) -> None:
        """A handle's JSON is all that another process needs to finish the job."""
        model = self.adapter.models[0]
        clock = ManualClock()
        with mounted(self.stand_in, clock=clock) as stand_in:
            with self._client(clock=clock) as client:
                handle = client.submit(
                    simplest_request(model), self._full_name(model)
                ).ref.model_dump_json()
            assert JobRef.model_validate_json(handle).model_dump_json() == handle
            with self._client(clock=clock) as other:
                job = other.job(handle)
                job.wait()
                job.fetch(tmp_path / "film.mp4")
            assert len(stand_in.tasks) == 1
        assert probe(tmp_path / "film.mp4").seconds > 0

    def test_a_local_image_reaches_the_vendor(self, tmp_path: Path) -> None:
        """A file is inlined or uploaded first; the upload is free and the job is one."""
        model = next((each for each in self.adapter.models if _takes_files(each)), None)
        if model is None:
            pytest.skip("no model of this provider takes local images")
        image = tmp_path / "image.png"
        image.write_bytes(_png())
        request = _with(simplest_request(model), first_frame=None, reference_images=[image])
        clock = ManualClock()
        with mounted(self.stand_in, clock=clock) as stand_in:
            self._generate(request, model, tmp_path / "film.mp4", clock, False)
            (task,) = stand_in.tasks.values()
            (picture,) = stand_in.film_card(task).pictures
            assert picture.data == _png()

    # Trouble

    def test_a_doubtful_submit_is_never_repeated(self, doubt: Fault, is_async: bool) -> None:
        """Whatever becomes of the answer, one call makes at most one paid task, and the
        caller is told that the outcome is unknown."""
        model = self.adapter.models[0]
        clock = ManualClock()
        with mounted(self.stand_in, clock=clock, faults=[doubt]) as stand_in:
            with pytest.raises(SubmitUnknown) as raised:
                self._submit(simplest_request(model), model, clock, is_async)
            assert len(stand_in.tasks) == 1
            assert len([call for call in stand_in.calls if self._is_create(call)]) == 1
        assert raised.value.provider == self.adapter.name
        assert KEY not in str(raised.value)

    def test_a_definite_refusal_is_told_apart(self, is_async: bool) -> None:
        """A 429 on the paid request means that no task exists; it is not repeated either."""
        model = self.adapter.models[0]
        clock = ManualClock()
        with mounted(self.stand_in, clock=clock, faults=[Fault.CREATE_429]) as stand_in:
            with pytest.raises(RateLimited):
                self._submit(simplest_request(model), model, clock, is_async)
            assert len(stand_in.tasks) == 0
            assert len(stand_in.calls) == 1

    def test_a_wrong_key_is_said_so(self) -> None:
        """A key that the vendor does not accept is named as the trouble, and not shown."""
        model = self.adapter.models[0]
        with mounted(self.stand_in, clock=ManualClock(), key="another") as stand_in:
            with pytest.raises(AuthenticationFailed) as raised:
                self._submit(simplest_request(model), model, ManualClock(), False)
            assert not stand_in.tasks
        assert KEY not in str(raised.value)

    def test_one_bad_poll_ends_nothing(self, is_async: bool, tmp_path: Path) -> None:
        """A gateway's error page instead of a status is looked past."""
        model = self.adapter.models[0]
        clock = ManualClock()
        with mounted(self.stand_in, clock=clock, faults=[Fault.BAD_POLL]) as stand_in:
            self._generate(simplest_request(model), model, tmp_path / "f.mp4", clock, is_async)
            assert len(stand_in.tasks) == 1

    def test_an_undocumented_word_keeps_the_job_running(self, tmp_path: Path) -> None:
        """A status that nobody documents is neither the end nor a failure."""
        model = self.adapter.models[0]
        clock = ManualClock()
        with mounted(self.stand_in, clock=clock, faults=[Fault.UNKNOWN_WORD]):
            film = self._generate(simplest_request(model), model, tmp_path / "f.mp4", clock, False)
        assert film.status.state is State.SUCCEEDED
        state, is_documented = self.adapter().state("a word that nobody has")
        assert (state, is_documented) == (State.RUNNING, False)

    @pytest.mark.parametrize(
        ("fault", "error"), [(Fault.FAILED, JobFailed), (Fault.CANCELED, JobCanceled)]
    )
    def test_the_end_of_a_job_is_told(
        self, fault: Fault, error: type[PolyreelError], is_async: bool, tmp_path: Path
    ) -> None:
        """A job that failed and one that was canceled are two things, and carry the job."""
        model = self.adapter.models[0]
        clock = ManualClock()
        with mounted(self.stand_in, clock=clock, faults=[fault]), pytest.raises(error) as raised:
            self._generate(simplest_request(model), model, tmp_path / "f.mp4", clock, is_async)
        assert raised.value.job is not None

    def test_a_deadline_hands_back_the_job(self, is_async: bool, tmp_path: Path) -> None:
        """A local timeout is no failure: the error carries a job that can be waited for."""
        model = self.adapter.models[0]
        clock = ManualClock()
        with mounted(self.stand_in, clock=clock) as stand_in:
            with pytest.raises(WaitTimeout) as raised:
                self._generate(
                    simplest_request(model), model, tmp_path / "f.mp4", clock, is_async, timeout=20
                )
            assert raised.value.job is not None
            with self._client(clock=clock) as client:
                assert client.job(raised.value.job).wait().state is State.SUCCEEDED
            assert len(stand_in.tasks) == 1

    def test_a_forgotten_task_is_said_so(self) -> None:
        """A task that the vendor does not know is an error, not an endless wait."""
        clock = ManualClock()
        with (
            mounted(self.stand_in, clock=clock),
            self._client(clock=clock) as client,
            pytest.raises(NotFound) as raised,
        ):
            client.job(self._ref()).wait()
        assert raised.value.job is not None

    # What the tests are made of

    def _spec(self, name: str) -> ModelSpec:
        return next(spec for spec in self.adapter.models if spec.name == name)

    def _full_name(self, model: ModelSpec) -> str:
        return f"{self.adapter.name}/{model.name}"

    def _ref(self, details: dict[str, str] | None = None) -> JobRef:
        model = self.adapter.models[0]
        return self.adapter().job("task-of-nobody", model, **(details or {}))

    def _is_create(self, call: Call) -> bool:
        found = self.stand_in.contract.find(call.method, call.path)
        return found is not None and found[0].role == "create"

    def _check_answers(self, stand_in: StandIn) -> None:
        """Hold the stand-in's own answers against the contract's."""
        task = next(iter(stand_in.tasks.values()))
        for operation in self.stand_in.contract.operations:
            if operation.role == "create":
                answer = stand_in.created(task)
                assert self.stand_in.contract.answer_problem(operation, answer) is None

    def _options(self, clock: ManualClock | None) -> dict[str, Any]:
        registry = Registry([])
        registry.adapters[self.adapter.name] = InstalledAdapter(
            self.adapter, Plugin(self.adapter.name, "under test")
        )
        return {
            "config": Config(),
            "api_keys": {self.adapter.name: KEY},
            "environment": {},
            "registry": registry,
            "clock": clock or ManualClock(),
        }

    def _client(self, clock: ManualClock | None = None) -> Client:
        return Client(**self._options(clock))

    def _generate(
        self,
        request: VideoRequest,
        model: ModelSpec,
        path: Path,
        clock: ManualClock,
        is_async: bool,
        timeout: float = 1800,
        **more: Any,
    ) -> Film:
        name = self._full_name(model)
        options = {**self._options(clock), **more}
        if not is_async:
            with Client(**options) as client:
                return client.generate(request, path, name, timeout=timeout)

        async def run() -> Film:
            async with AsyncClient(**options) as client:
                return await client.generate(request, path, name, timeout=timeout)

        return anyio.run(run)

    def _submit(
        self, request: VideoRequest, model: ModelSpec, clock: ManualClock, is_async: bool
    ) -> JobRef:
        name = self._full_name(model)
        if not is_async:
            with self._client(clock) as client:
                return client.submit(request, name).ref

        async def run() -> JobRef:
            async with AsyncClient(**self._options(clock)) as client:
                return (await client.submit(request, name)).ref

        return anyio.run(run)


def simplest_request(model: ModelSpec) -> VideoRequest:
    """Return the plainest request that a model takes, with neutral defaults where it can."""
    fields: dict[str, Any] = {"prompt": "A kite over the dunes"}
    defaults = VideoRequest(prompt="x")
    for name, offered in (
        ("duration", model.durations),
        ("aspect_ratio", model.aspect_ratios),
        ("resolution", model.resolutions),
    ):
        default = getattr(defaults, name)
        fields[name] = default if default in offered else offered[0]
    if model.videos is not None and model.videos.minimum:
        fields["reference_videos"] = [_plainest("video.mp4", model.videos.forms)]
    elif not model.takes_text_only and model.images is not None:
        fields["reference_images"] = [_plainest("image.png", model.images.forms)]
    return VideoRequest.model_validate(fields)


def _plainest(name: str, forms: frozenset[Any]) -> str:
    return f"https://example.com/{name}" if "url" in forms else "asset://asset-123"


def _with(request: VideoRequest, **changes: Any) -> VideoRequest:
    fields = {name: getattr(request, name) for name in VideoRequest.model_fields}
    return VideoRequest.model_validate({**fields, **changes})


def _takes_files(model: ModelSpec) -> bool:
    limit = model.images
    return limit is not None and bool(limit.forms & {"inline", "upload"}) and limit.maximum != 0


def _png() -> bytes:
    from polyreel.sandbox import draw_picture

    return draw_picture("conformance", 64, 64)


__all__ = ["AdapterConformance", "simplest_request"]
