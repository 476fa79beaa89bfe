"""The list of prices."""

from __future__ import annotations

from collections.abc import Mapping

from ..contract import Operation
from ..exchange import Call, Reply
from ..stand_in_base import StandInBase


def answer(
    stand_in: StandInBase, _operation: Operation, _call: Call, _parameters: Mapping[str, str]
) -> Reply:
    """Return the vendor's list of prices."""
    return Reply.of(stand_in.price_list())
