"""The keywords that a contract uses besides OpenAPI's own, and a check of them.

Without the check a misspelt keyword would be ignored silently.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args

from polyreel.adapters.job_status import State
from polyreel.adapters.registration import Approval
from polyreel.request.video_request import VideoRequest
from polyreel.text.suggestions import did_you_mean

from .create_facts import create_problems

Role = Literal[
    "create", "poll", "upload", "prices", "find", "register", "registration", "result", "content"
]
"""The purpose of an operation."""
Place = Literal["task_id", "status", "success_code", "error_code", "asset_id", "approval"]
"""What a path under `x-polyreel` leads to in an answer."""

KEYWORDS = (
    *("x-polyreel", "x-neutral", "x-vendor-only", "x-ignored", "x-output"),
    *("x-price", "x-by-path-parameter", "x-disputed"),
)
_FIELDS = ("model", *(name for name in VideoRequest.model_fields if name != "provider_options"))
_NEUTRAL = ("field", "fields", "words", "references")
_PLACE_OF = {
    "create": "task_id",
    "poll": "status",
    "register": "asset_id",
    "registration": "approval",
}
_APPROVALS = tuple(each.value for each in Approval)
_STATES = tuple(state.value for state in State)


def keyword_problems(document: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with each keyword of ours, with its place in the document."""
    return [*_walk(document, ())]


def _walk(value: Any, place: tuple[str, ...]) -> Iterator[str]:
    if isinstance(value, list):
        for number, each in enumerate(value):
            yield from _walk(each, (*place, str(number)))
    if not isinstance(value, Mapping):
        return
    for name, inside in value.items():
        where = "/".join((*place, name))
        # The names below `properties` are the vendor's own.
        is_ours = name.startswith("x-") and place[-1:] != ("properties",)
        if is_ours and name not in KEYWORDS:
            yield f"{where}: {did_you_mean(name, KEYWORDS)}"
        elif name == "x-polyreel":
            yield from (f"{where}: {problem}" for problem in _about_operation(inside))
        elif name == "x-neutral":
            yield from (f"{where}: {problem}" for problem in _about_meaning(inside))
        else:
            yield from _walk(inside, (*place, name))


def _about_operation(facts: Mapping[str, Any]) -> Iterator[str]:
    known = ("role", "needed", "models", "smallest_gap", "source", "refusals", "idempotency")
    known = (*known, "index", *get_args(Place))
    yield from (did_you_mean(name, known) for name in facts if name not in known)
    paths = facts.get("needed", [])
    if not isinstance(paths, list) or not all(isinstance(each, str) and each for each in paths):
        yield "needed is not a list of paths, such as data.files.type"
    yield from create_problems(facts)
    if "smallest_gap" in facts and not str(facts.get("source", "")).startswith("https://"):
        yield "smallest_gap needs source: the address of the page that says it"
    role = facts.get("role")
    if role not in get_args(Role):
        yield f"role {did_you_mean(str(role), get_args(Role))}"
    needed = _PLACE_OF.get(str(role))
    if needed is not None and not facts.get(needed):
        yield f"role {role} needs {needed}: the path to it in the answer, such as data.{needed}"


def _about_meaning(rule: Any) -> Iterator[str]:
    rule = {"field": rule} if isinstance(rule, str) else rule
    yield from (did_you_mean(name, _NEUTRAL) for name in rule if name not in _NEUTRAL)
    names = rule.get("fields", [rule.get("field")])
    for name, known in (("state", _STATES), ("approval", _APPROVALS)):
        if names == [name]:
            words = rule.get("words", {}).values()
            yield from (f"{name} {did_you_mean(str(s), known)}" for s in words if s not in known)
            return
    yield from (f"field {did_you_mean(str(n), _FIELDS)}" for n in names if n not in _FIELDS)
