"""Laws about what an adapter says of money outside a price: estimates and charges."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from polyreel.adapters import Accepted, Estimate, WireRequest, WireResponse
from polyreel_sandbox import Word

from ..requests.corners import simplest_request
from ..tools.flows import job_of, run
from ..tools.odd_answers import ODD, Place, places_in, put
from .support import UnderTest

_BEFORE_THE_END: tuple[Word, ...] = ("queued", "running")


class Charges(UnderTest):
    """An estimate is not a charge, and nothing is charged before the end."""

    def test_nothing_is_charged_before_the_end(self) -> None:
        """The status of a job that has not ended has no charge and no billed units.

        For a user: what a job costs is known at its end; an amount before it is an estimate. When
        it fails: return `charge` and `billed_units` only with a final state, and an amount in the
        answer to the create as the `estimate` of an `Accepted`.
        """
        model = self.adapter.models[0]
        for word in _BEFORE_THE_END:
            vendor = self.vendor_at(word)
            status = run(self.adapter().poll(self.submitted(model, vendor)), vendor)
            for name, value in (("charge", status.charge), ("billed_units", status.billed_units)):
                assert value is None or status.state.is_final, (
                    f"a job that is {status.state} has the {name} {value}"
                )

    def test_an_odd_field_loses_no_job(self) -> None:
        """Whatever else an answer to a create holds, the job in it is found.

        For a user: an estimate that can't be read never loses a paid job, and is never shown as
        another one. When it fails: read the answer as an `Answer` in which only the task's id is
        required, and an amount as an `Amount`. What else the job needs, such as the address of its
        status, is named under `needed` of the create in the contract.
        """
        model = self.adapter.models[0]
        request = self.ready(simplest_request(model), model)
        answers: list[dict[str, Any]] = []
        box: list[dict[str, Any]] = []

        vendor = self.vendor()

        def answer(sent: WireRequest) -> WireResponse:
            response = vendor(sent)
            if not sent.spends:
                return response
            if box:
                return replace(response, body=json.dumps(box[-1]).encode())
            answers.append(json.loads(response.body))
            return response

        usual = run(self.adapter().submit(request, model), answer)
        for place in self.places_beside_the_job(answers[0], job_of(usual).task_id):
            for odd in ODD:
                where = f"with {'.'.join(map(str, place))} = {json.dumps(odd)}"
                box[:] = [put(answers[0], place, odd)]
                try:
                    found = run(self.adapter().submit(request, model), answer)
                except Exception as error:
                    raise AssertionError(f"{where}, submit raised {error!r}") from error
                ids = [job_of(each).task_id for each in (found, usual)]
                assert ids[0] == ids[1], f"{where}, the job is {ids[0]}, not {ids[1]}"
                estimate = estimate_of(found)
                assert estimate in (None, estimate_of(usual)) or odd == estimate.unit, (
                    f"{where}, the estimate became {estimate}"
                )

    def places_beside_the_job(self, answer: dict[str, Any], task_id: str) -> list[Place]:
        """Return the places of an answer to a create that hold nothing that is needed."""
        create = self.operation("create")
        needed = (create.path_to("task_id"), create.path_to("success_code"), *create.needed)
        found: list[Place] = []
        for place, value in places_in(answer):
            names = tuple(each for each in place if isinstance(each, str))
            if value != task_id and not any(each[: len(names)] == names for each in needed):
                found.append(place)
        return found


def estimate_of(returned: object) -> Estimate | None:
    """Return the estimate that `submit` returned with a job."""
    return returned.estimate if isinstance(returned, Accepted) else None
