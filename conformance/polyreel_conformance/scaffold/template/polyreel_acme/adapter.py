"""The adapter of Acme Films: it translates, and does nothing else.

No clock, file, environment or HTTP library: what a flow needs comes in as an argument, and what
it wants done it yields.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from polyreel import (
    Adapter,
    Credential,
    Flow,
    JobRef,
    JobStatus,
    ModelSpec,
    Output,
    State,
    VideoRequest,
    WireRequest,
    WireResponse,
    path_segment,
)

from .models import MODELS
from .wire import Created, Task


class AcmeAdapter(Adapter):
    name = "acme"
    title = "Acme Films"
    base_url = "https://api.acme.example/v1"  # FILL IN: the same address as in contract.json
    key_variable = "ACME_API_KEY"
    base_url_variable = "ACME_BASE_URL"
    # FILL IN: how a key is shown, from the page on authentication; "{key}" alone is the plain key
    credential = Credential(header="Authorization", template="Bearer {key}")
    models = MODELS
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
            spends=True,  # the one request that costs money is never sent twice
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
        )

    def _body(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        """Return the body of a create.

        Length, shape and size are always sent, since vendors' defaults disagree. A setting is
        sent `if it is not None`: 0 and False are answers, too. A local image is its
        `wire_value`, and `render_prompt(request.prompt, model.prompt_references)` the prompt.
        """
        raise NotImplementedError(
            "FILL IN: the create's body, key by key as on its page and in contract.json"
        )

    def _answer(self, response: WireResponse) -> dict[str, Any]:
        """Return an answer that says yes; begin with `self.read_object(response)`.

        Raises:
            ProviderError: What `self.refuse(response, message, code=…)` makes of one that says
                no: by `response.ok`, or by a code in the body where the vendor has one.
        """
        raise NotImplementedError(
            "FILL IN: where an answer says no, and why; from the page on errors"
        )
