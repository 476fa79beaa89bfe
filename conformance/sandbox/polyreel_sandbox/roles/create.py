"""The create: it makes the task, unless the contract or a fault refuses."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from ..contract import Operation
from ..exchange import Call, Reply
from ..fault_effects import REFUSED_BY, answer_to_create, refusal_with_id
from ..faults import Fault
from ..known_keys import Conflict
from ..stand_in_base import StandInBase
from ..task import Task


def answer(
    stand_in: StandInBase, operation: Operation, call: Call, parameters: Mapping[str, str]
) -> Reply:
    """Return the answer to a create."""
    try:
        body = json.loads(call.body)
    except ValueError:
        return stand_in.refusal("invalid", "the body is not JSON")
    if not isinstance(body, dict):
        return stand_in.refusal("invalid", "the body is not a JSON object")
    problem = stand_in.contract.problem(operation, body, parameters) or stand_in.asset_problem(body)
    if problem:
        return stand_in.refusal("invalid", problem)
    found = stand_in.faults_of_create()
    faults, documented = (frozenset(), None) if found is None else (found, stand_in.refuses)
    refused = _refused(stand_in, call, faults)
    if refused is not None:
        return refused
    if documented is not None and documented.is_definite:
        return Reply.of(documented.body, documented.status)
    try:
        task, is_new = _task(stand_in, operation, call, body, parameters, faults)
    except Conflict:
        key = operation.idempotency
        assert key is not None, "only a known key is refused"
        return stand_in.refusal_by(key.conflict_status, "the key is in use")
    if documented is not None:
        return Reply.of(documented.body, documented.status)
    created, path = stand_in.created(task), operation.path_to("task_id")
    for fault, status in ((Fault.REFUSAL_WITH_ID, 400), (Fault.ERROR_IN_BODY_WITH_ID, 200)):
        if fault in faults:
            refusal = stand_in.refusal("invalid", f"refused by the fault {fault}")
            return refusal_with_id(replace(refusal, status=status), created, path)
    usual = operation.success_status
    replayed = None if operation.idempotency is None else operation.idempotency.replay_status
    return answer_to_create(created, path, faults, usual if is_new else replayed or usual)


def _task(
    stand_in: StandInBase,
    operation: Operation,
    call: Call,
    body: Mapping[str, Any],
    parameters: Mapping[str, str],
    faults: Collection[Fault],
) -> tuple[Task, bool]:
    """Return the task of an accepted create, and whether this create has made it.

    Raises:
        Conflict: When the create's idempotency key is refused.
    """
    whole = {**body, **parameters}
    with stand_in.lock:
        known = stand_in.keys.task_of(operation.idempotency, call, whole)
        if known is not None:
            return known, False
        task = _made(stand_in, operation, body, parameters, faults)
        stand_in.keys.remember(operation.idempotency, call, whole, task)
        return task, True


def _made(
    stand_in: StandInBase,
    operation: Operation,
    body: Mapping[str, Any],
    parameters: Mapping[str, str],
    faults: Collection[Fault],
) -> Task:
    """Make the task of an accepted create, under the stand-in's lock."""
    contract = stand_in.contract
    schema = contract.body_schema(operation, body, parameters) or {}
    number = len(stand_in.tasks) + 1
    is_number = Fault.NUMERIC_ID in faults
    task_id = str(7_000_000 + number) if is_number else stand_in.new_task_id(number)
    task = Task(
        id=task_id,
        body={**body, **parameters},
        meaning=contract.meaning(operation, {**_defaults(schema), **body}, parameters),
        output=schema.get("x-output", {}),
        price=schema.get("x-price", {}),
        schema=schema,
        created=stand_in.now(),
    )
    stand_in.tasks[task_id] = task
    return task


def _refused(stand_in: StandInBase, call: Call, faults: Collection[Fault]) -> Reply | None:
    """Return the answer to a create that a fault refuses, or None."""
    for fault, status in REFUSED_BY.items():
        if fault in faults:
            return stand_in.refusal_by(status, f"refused by the fault {fault}")
    if Fault.CREATE_429_ONCE in faults and not stand_in.refused_once:
        stand_in.refused_once = True
        return stand_in.refusal_by(429, f"refused by the fault {Fault.CREATE_429_ONCE}")
    if Fault.ERROR_IN_BODY in faults:
        return replace(stand_in.refusal("invalid", "refused under HTTP 200"), status=200)
    if Fault.CREATE_REDIRECTS in faults:
        return Reply(status=307, headers={"location": f"{stand_in.elsewhere}{call.path}"})
    return None


def _defaults(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the vendor's defaults for the properties that a body leaves out."""
    properties = schema.get("properties", {})
    return {name: each["default"] for name, each in properties.items() if "default" in each}
