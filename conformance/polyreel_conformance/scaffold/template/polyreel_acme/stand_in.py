"""The stand-in of Acme Videos: it answers as the pages show; `contract.json` does the rest."""

from collections.abc import Mapping
from typing import Any

from polyreel_sandbox import Contract, Progress, RefusalKind, Reply, StandIn, Task


class AcmeStandIn(StandIn):
    provider = "acme"
    contract = Contract.load("polyreel_acme")

    def created(self, task: Task) -> Mapping[str, Any]:
        raise NotImplementedError(
            "FILL IN: the answer to a create, as on its page, with task.id for the id"
        )

    def status(self, task: Task, progress: Progress) -> Mapping[str, Any]:
        # Translate the neutral `progress.word` into the vendor's word. When the vendor has no word
        # for it, e.g. for "expired", answer as failed. For "unknown" use a word that is on no page.
        raise NotImplementedError(
            "FILL IN: the answer to a poll, by progress.word; self.video_url(task) once succeeded"
        )

    def refusal(self, kind: RefusalKind, message: str) -> Reply:
        raise NotImplementedError(
            "FILL IN: an error, as on its page: Reply.of({… message …}, USUAL_STATUS[kind])"
        )
