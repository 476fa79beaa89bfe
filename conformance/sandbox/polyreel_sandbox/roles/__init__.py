"""What a stand-in answers, by the role of the contract's operation: one module for each role."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..contract import Operation
from ..contract_keywords import Role
from ..exchange import Call, Reply
from ..stand_in_base import StandInBase
from . import content, create, find, poll, prices, register, result, upload

Answer = Callable[[StandInBase, Operation, Call, Mapping[str, str]], Reply]
"""Returns the answer to a call, with the parameters of its path."""

ANSWERS: Mapping[Role, Answer] = {
    "create": create.answer,
    "poll": poll.answer,
    "result": result.answer,
    "content": content.answer,
    "upload": upload.answer,
    "prices": prices.answer,
    "find": find.answer,
    "register": register.answer,
    "registration": register.status,
}
