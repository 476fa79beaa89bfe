"""The adapter of Acme Videos: it translates and does nothing else.

It uses no clock, file, environment or HTTP library. A flow gets its values as arguments and
yields the requests to send.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from polyreel import JobRef, VideoRequest
from polyreel.adapters import (
    Adapter,
    Credential,
    Flow,
    JobStatus,
    ModelSpec,
    Output,
    State,
    WireRequest,
    WireResponse,
    path_segment,
)

from .models import MODELS
from .wire import Created, Task


class AcmeAdapter(Adapter):
    contract_version = 3
    name = "acme"
    title = "Acme Videos"
    base_url = "https://api.acme.example/v1"  # FILL IN: the same address as in contract.json
    key_variable = "ACME_API_KEY"
    base_url_variable = "ACME_BASE_URL"
    # FILL IN: how a key is sent, from the page on authentication; "{key}" alone is the plain key
    credential = Credential(header="Authorization", template="Bearer {key}")
    models = MODELS
    # FILL IN: every name that the vendor gives to a task's id in the answer to a create
    task_id_names = ("id",)
    # FILL IN: every status word of the vendor, in lower case, and the state that it means
    states: ClassVar[Mapping[str, State]] = {
        "queued": State.QUEUED,
        "running": State.RUNNING,
        "succeeded": State.SUCCEEDED,
        "failed": State.FAILED,
    }

    def submit(self, request: VideoRequest, model: ModelSpec) -> Flow[JobRef]:
        response = yield WireRequest(
            method="POST",
            path="/videos",  # FILL IN: the create's path, below the base URL
            json=self._body(request, model),
            spends=True,  # marks the one request that costs money; it is never sent twice
        )
        created = self.read_part(Created, self._answer(response))
        return self.job(created.id, model)

    def poll(self, job: JobRef) -> Flow[JobStatus]:
        path = f"/videos/{path_segment(job.task_id)}"  # FILL IN: the status call's path
        response = yield WireRequest(method="GET", path=path)
        task = self.read_part(Task, self._answer(response))
        state, is_documented = self.state(task.status)
        return JobStatus(
            state=state,
            raw_state=task.status,
            is_documented=is_documented,
            outputs=(Output(url=task.video),) if state is State.SUCCEEDED and task.video else (),
            failure=task.error if state.is_final else None,
            unread=task.unread,  # FILL IN: task_id=…, where the answer repeats the task's id
        )

    def _body(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        """Return the body of a create.

        Always send length, shape and size, since vendors' defaults differ. Send a setting `if it
        is not None`: 0 and False are values too. Send media by their `wire_value`, and the
        prompt as `render_prompt(request.prompt, model.prompt_references)`.
        """
        raise NotImplementedError(
            "FILL IN: the create's body, key by key, as on its page and in contract.json"
        )

    def _answer(self, response: WireResponse) -> dict[str, Any]:
        """Return the body of a successful answer; begin with `self.read_object(response)`.

        Raises:
            ProviderError: When the answer is a refusal, by `response.ok` or by a code in the
                body: raise `self.refuse(response, message, code=…)`.
        """
        raise NotImplementedError(
            "FILL IN: how to recognize a refusal and read its reason, from the page on errors"
        )
