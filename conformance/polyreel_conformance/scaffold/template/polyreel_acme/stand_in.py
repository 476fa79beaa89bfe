"""The stand-in of Acme Videos: it answers as the pages show; `contract.json` does the rest."""

from collections.abc import Mapping
from typing import Any

from polyreel_sandbox import Contract, Progress, RefusalKind, Reply, StandIn, Task

# FILL IN: the vendor's word for each of the sandbox's; "expired" is as failed where it has no word
WORDS = {
    "queued": "queued",  # not begun yet
    "running": "running",  # progress.fraction says how far, from 0.0 to 0.99
    "succeeded": "succeeded",  # only now with the video: self.video_url(task)
    "failed": "failed",  # with a reason
    "canceled": "failed",
    "cancelled": "failed",  # the other spelling, where the vendor has both
    "expired": "failed",
    "unknown": "on-no-page",  # any word that is on no page of the vendor
}


class AcmeStandIn(StandIn):
    provider = "acme"
    contract = Contract.load("polyreel_acme")

    def created(self, task: Task) -> Mapping[str, Any]:
        raise NotImplementedError(
            "FILL IN: the answer to a create, as on its page, with task.id for the id"
        )

    def status(self, task: Task, progress: Progress) -> Mapping[str, Any]:
        word = WORDS[progress.word]
        raise NotImplementedError(
            f"FILL IN: the answer to a poll for {word!r}, key by key as on its page"
        )

    def refusal(self, kind: RefusalKind, message: str) -> Reply:
        # The kinds are "no key", "invalid", "not found" and "too many"; `USUAL_STATUS` has the
        # HTTP status of each. Other statuses and codes of the page go into `refusal_by`.
        raise NotImplementedError(
            "FILL IN: an error, as on its page: Reply.of({… message …}, USUAL_STATUS[kind])"
        )
