"""StandIn: a local double of a vendor, driven by the vendor's contract.

Calls and answers are values, so that one stand-in serves both a test's mocked transport and the
sandbox's real HTTP. It refuses what the vendor's documents refuse, counts the tasks that it makes,
and gives real videos. It is a tool for tests and trials. It does not show how a vendor behaves
beyond its documents.
"""

from __future__ import annotations

from collections.abc import Mapping

from .contract import Operation
from .exchange import Call, Reply
from .faults import Fault
from .files import serve_video
from .picture import draw_picture
from .ranges import serve_file
from .roles import ANSWERS
from .stand_in_base import StandInBase


class StandIn(StandInBase):
    """A local double of a vendor. A subclass writes the vendor's answers.

    Its attributes and the methods to write are those of `StandInBase`.
    """

    def handle(self, call: Call) -> Reply:
        """Answer one call."""
        with self.lock:
            self.calls.append(call)
        try:
            return self._answer(call)
        except Exception as error:
            self.failures.append(error)
            raise

    def answer_to(self, operation: Operation, call: Call, parameters: Mapping[str, str]) -> Reply:
        """Return the answer to a documented call with a valid key, by the operation's role."""
        role = operation.role
        answer = None if role is None else ANSWERS.get(role)
        if answer is None or role is None:
            return self.refusal(
                "not found",
                f"the stand-in does not answer {operation.call}: the contract gives it no role",
            )
        # A poll counts for each task; other calls are counted together.
        self.asked[role] += 1
        instead = None if role == "poll" else self.passing_fault(role, self.asked[role])
        return instead or answer(self, operation, call, parameters)

    def handle_elsewhere(self, call: Call) -> Reply:
        """Answer one call at the other origin, which has only videos."""
        with self.lock:
            self.calls_elsewhere.append(call)
        if call.method == "GET" and call.path.startswith("/stand-in/"):
            return self._give_file(call)
        return Reply.page(404)

    def drops_unread(self, method: str, path: str) -> bool:
        """Whether to close a call's connection before the call is read. Ask once for each call."""
        found = self.contract.find(method, path) if Fault.DROPPED_UNREAD in self.faults else None
        if found is None or found[0].role != "create":
            return False
        if self.faults_of_create(counts=False) is None:
            return False
        self.faults_of_create()
        with self.lock:
            self.dropped_unread += 1
        return True

    def _answer(self, call: Call) -> Reply:
        if call.method == "GET" and call.path.startswith("/stand-in/"):
            return self._give_file(call)
        found = self.contract.find(call.method, call.path)
        if found is None:
            return self.refusal("not found", f"no such route: {call.method} {call.path}")
        operation, parameters = found
        # In OpenAPI an empty `security` means that a call needs no key.
        if operation.document.get("security") != [] and not self.has_valid_key(call):
            return self.refusal("no key", "the key is missing or wrong")
        problems = self.contract.call_problems(operation, call.headers, call.query)
        if problems:
            return self.refusal("invalid", problems[0])
        return self.answer_to(operation, call, parameters)

    def _give_file(self, call: Call) -> Reply:
        name, _, suffix = call.path.removeprefix("/stand-in/").rpartition(".")
        task = self.tasks.get(name)
        if task is None:
            return Reply(status=404, body=b"no such file", content_type="text/plain")
        if suffix == "png":
            return serve_file(draw_picture(task.id, 320, 180), "image/png", call.headers)
        index = int(call.query.get("index", "0"))
        return serve_video(self, task, index, dict(call.headers))
