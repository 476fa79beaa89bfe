"""The registration of media: the vendor takes a media, and approves it after a while."""

from __future__ import annotations

import json
from collections.abc import Mapping

from ..assets import Asset, approval, first_address
from ..contract import Operation
from ..exchange import Call, Reply
from ..stand_in_base import StandInBase


def answer(
    stand_in: StandInBase, operation: Operation, call: Call, parameters: Mapping[str, str]
) -> Reply:
    """Return the answer to a call that registers a media."""
    try:
        body = json.loads(call.body)
    except ValueError:
        return stand_in.refusal("invalid", "the body is not JSON")
    problem = stand_in.contract.problem(operation, body, parameters)
    url = first_address(body)
    if problem or url is None:
        return stand_in.refusal("invalid", problem or "the body names no media")
    with stand_in.lock:
        asset = Asset(
            id=stand_in.new_asset_id(len(stand_in.assets) + 1), url=url, created=stand_in.now()
        )
        stand_in.assets[asset.id] = asset
    return Reply.of(stand_in.registered(asset), operation.success_status)


def status(
    stand_in: StandInBase, _operation: Operation, call: Call, parameters: Mapping[str, str]
) -> Reply:
    """Return the answer to a call that asks for a registered media, by its path or its body."""
    named = [*parameters.values(), *_texts(call.body)]
    asset = next((stand_in.assets[each] for each in named if each in stand_in.assets), None)
    if asset is None:
        return stand_in.refusal("not found", "no such asset")
    asset.polls += 1
    instead = stand_in.passing_fault("poll", asset.polls)
    if instead is not None:
        return instead
    word = approval(stand_in.now() - asset.created, stand_in.pace.approving, stand_in.faults)
    return Reply.of(stand_in.asset_status(asset, word))


def _texts(body: bytes) -> list[str]:
    try:
        value = json.loads(body) if body else {}
    except ValueError:
        return []
    values = value.values() if isinstance(value, dict) else ()
    found = [one for each in values for one in (each if isinstance(each, list) else [each])]
    return [each for each in found if isinstance(each, str)]
