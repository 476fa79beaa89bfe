"""Every error after an answer carries the vendor's own id of the request, and never a secret."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from polyreel import BadResponse, JobFailed, PluginError, PolyreelError, SubmitUnknown
from polyreel.adapters import Flow, JobRef, JobStatus, WireRequest
from polyreel.adapters.declarations import REQUEST_ID_HEADERS
from polyreel.client.accounts import account_for
from polyreel.client.drivers import drive
from polyreel.config import Config
from polyreel.engine.context import LiveJob
from polyreel.engine.download import download
from polyreel.engine.submit import submit
from polyreel.engine.wait import wait
from toy_adapter import (
    KEY,
    Script,
    ToyAdapter,
    accepted_at,
    account_at,
    answer,
    context_at,
    plan_for,
)

ID = "req-7f3a"


class NamesItsOwn(ToyAdapter):
    """The toy, with a header that only it uses."""

    contract_version = 3
    request_id_headers: ClassVar[tuple[str, ...]] = ("x-toy-request-id",)


class Broken(ToyAdapter):
    """The toy, whose adapter can't read any status."""

    contract_version = 3

    def poll(self, job: JobRef) -> Flow[JobStatus]:
        yield WireRequest(method="GET", path=f"/videos/{job.task_id}")
        raise RuntimeError("oops")


def submit_error(status: int, body: object, header: str = "x-request-id", **more: Any) -> Any:
    script = Script(answer(status, body, **{header.replace("-", "_"): ID}))
    with pytest.raises(PolyreelError) as raised:
        drive(submit(context_at(script.clock), plan_for(**more), LiveJob()), script)
    return raised.value


def wait_error(body: object, adapter: ToyAdapter | None = None, *, status: int = 200) -> Any:
    script = Script(then=answer(status, body, x_request_id=ID))
    live = accepted_at(script.clock)
    program = wait(
        context_at(script.clock), adapter or ToyAdapter(), account_at(), live, timeout=60
    )
    with pytest.raises(PolyreelError) as raised:
        drive(program, script)
    return raised.value


@pytest.mark.parametrize("header", REQUEST_ID_HEADERS)
def test_a_refusal_carries_the_id_whatever_its_header(header: str) -> None:
    assert submit_error(400, {"error": "no"}, header).request_id == ID


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (500, {"error": "oops"}, SubmitUnknown),
        (200, {"other": 1}, SubmitUnknown),
        (200, b"<html>", SubmitUnknown),
        (400, b"<html>", PolyreelError),
    ],
)
def test_an_answer_that_leaves_the_outcome_unknown_gives_its_id(
    status: int, body: object, kind: type[PolyreelError]
) -> None:
    error = submit_error(status, body)
    assert isinstance(error, kind)
    assert error.request_id == ID
    assert error.facts()["request_id"] == ID


@pytest.mark.parametrize("word", ["failed", "canceled", "expired"])
def test_a_job_that_ended_gives_the_id_of_the_poll(word: str) -> None:
    error = wait_error({"status": word, "reason": "blocked"})
    assert (error.request_id, error.job is not None) == (ID, True)


def test_a_failed_job_of_the_toy_is_the_same_error_as_before() -> None:
    assert isinstance(wait_error({"status": "failed"}), JobFailed)


def test_a_poll_that_is_refused_or_can_not_be_read_gives_its_id() -> None:
    assert wait_error({"error": "no"}, status=401).request_id == ID
    broken = wait_error({"status": "done"}, Broken())
    assert (type(broken), broken.request_id) == (PluginError, ID)


def test_a_success_without_a_video_gives_its_id(tmp_path: Any) -> None:
    script = Script(then=answer(200, {"status": "done"}, x_request_id=ID))
    live = accepted_at(script.clock)
    program = download(
        context_at(script.clock), ToyAdapter(), account_at(), live, tmp_path / "1.mp4", 0.0
    )
    with pytest.raises(BadResponse) as raised:
        drive(program, script)
    assert raised.value.request_id == ID


def test_an_id_is_redacted_and_short() -> None:
    script = Script(answer(400, {"error": "no"}, x_request_id=f"{KEY} {'x' * 3000}"))
    with pytest.raises(PolyreelError) as raised:
        drive(submit(context_at(script.clock), plan_for(), LiveJob()), script)
    found = raised.value.request_id
    assert found is not None
    assert KEY not in found
    assert len(found) < 1000


def test_an_adapter_names_headers_of_its_own() -> None:
    account = account_for(NamesItsOwn, Config(), {"TOY_API_KEY": KEY})
    adapter = NamesItsOwn()
    own = submit_error(400, {"error": "no"}, "x-toy-request-id", adapter=adapter, account=account)
    assert own.request_id == ID
    other = submit_error(400, {"error": "no"}, adapter=adapter, account=account)
    assert other.request_id is None


def test_no_answer_gives_no_id() -> None:
    error = submit_error(400, {"error": "no"}, "x-nothing")
    assert error.request_id is None
    assert "request_id" not in error.facts()
