"""The local double of Acme Films: it answers as the pages do; `contract.json` does the rest."""

from collections.abc import Mapping
from typing import Any

from polyreel.sandbox import Contract, Progress, RefusalKind, Reply, StandIn, Task


class AcmeStandIn(StandIn):
    provider = "acme"
    contract = Contract.load("polyreel_acme")

    def created(self, task: Task) -> Mapping[str, Any]:
        raise NotImplementedError(
            "FILL IN: the answer to a create, as on its page, with task.id for the id"
        )

    def status(self, task: Task, progress: Progress) -> Mapping[str, Any]:
        # `progress.word` is a neutral word, and this spells it. Where the vendor has no word for
        # one, as for "expired", it fails; "unknown" becomes a word that is on no page.
        raise NotImplementedError(
            "FILL IN: the answer to a look, by progress.word; self.film_url(task) once succeeded"
        )

    def refusal(self, kind: RefusalKind, message: str) -> Reply:
        raise NotImplementedError(
            "FILL IN: an error as on its page: Reply.of({… message …}, USUAL_STATUS[kind])"
        )
