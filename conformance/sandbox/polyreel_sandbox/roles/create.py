"""The create: it makes the task, unless the contract or a fault refuses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..contract import Operation
from ..exchange import Call, Reply
from ..fault_effects import REFUSED_BY, answer_to_create, refusal_with_id
from ..faults import Fault
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
    problem = stand_in.contract.problem(operation, body, parameters)
    if problem:
        return stand_in.refusal("invalid", problem)
    refused = _refused(stand_in, call)
    if refused is not None:
        return refused
    task = _made(stand_in, operation, body, parameters)
    created, path = stand_in.created(task), operation.path_to("task_id")
    for fault, status in ((Fault.REFUSAL_WITH_ID, 400), (Fault.ERROR_IN_BODY_WITH_ID, 200)):
        if fault in stand_in.faults:
            refusal = stand_in.refusal("invalid", f"refused by the fault {fault}")
            return refusal_with_id(replace(refusal, status=status), created, path)
    return answer_to_create(created, path, stand_in.faults, operation.success_status)


def _made(
    stand_in: StandInBase,
    operation: Operation,
    body: Mapping[str, Any],
    parameters: Mapping[str, str],
) -> Task:
    """Make the task of an accepted create."""
    contract = stand_in.contract
    schema = contract.body_schema(operation, body, parameters) or {}
    with stand_in.lock:
        number = len(stand_in.tasks) + 1
        is_number = Fault.NUMERIC_ID in stand_in.faults
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


def _refused(stand_in: StandInBase, call: Call) -> Reply | None:
    """Return the answer to a create that a fault refuses, or None."""
    faults = stand_in.faults
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
