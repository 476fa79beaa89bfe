"""Which addresses of outputs are those of the contract's operation that serves videos."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from polyreel.adapters import Output
from polyreel.text.addresses import result_address
from polyreel_sandbox import Contract, Operation


def needs_key(operation: Operation) -> bool:
    """Return whether an operation demands the key: in OpenAPI an empty `security` does not."""
    return bool(operation.document.get("security") != [])


def content_for(contract: Contract, output: Output) -> Operation | None:
    """Return the operation with the role `content` that serves an output, or None."""
    found = _found(contract, output)
    return None if found is None else found[0]


def is_documented_address(
    contract: Contract, output: Output, task_id: str, answers: Sequence[Any]
) -> bool:
    """Return whether an output has an address that an answer names, or that of its content."""
    if json.dumps(output.url) in json.dumps(answers):
        return True
    found = _found(contract, output)
    return found is not None and task_id in found[1].values()


def _found(contract: Contract, output: Output) -> tuple[Operation, dict[str, str]] | None:
    url = result_address(contract.server, output.url, output.relative_to)
    server = contract.server.rstrip("/")
    if not url.startswith(f"{server}/"):
        return None
    found = contract.find("GET", url.removeprefix(server).partition("?")[0])
    return found if found is not None and found[0].role == "content" else None
