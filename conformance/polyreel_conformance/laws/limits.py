"""Laws about limits: a request beyond a limit is refused unsent, one within it is accepted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from polyreel import UnsupportedRequest, VideoRequest
from polyreel.adapters import ModelSpec
from polyreel.models import check
from polyreel.request.media import MediaKind
from polyreel.request.video_request import OPTIONAL_SETTINGS
from pydantic import ValidationError

from ..outcomes import not_declared
from ..requests.accepted import filled
from ..requests.corners import PROMPT, simplest_request, with_companion
from ..requests.generating import check_law
from ..requests.refused import Refused, refused_corners, refused_requests, steps_beyond
from ..requests.samples import KINDS, Fields, forms_of, media_of, offers, without_media
from ..tools.flows import plan_for, sent_for
from ..tools.meaning import asked_for, difference, said_by
from ..tools.mount import ManualClock
from ..tools.sides import side_by_side
from .support import UnderTest, with_changes

MOST_DURATIONS = 200
"""A range with fewer values is tried in full; a longer one only at its ends."""


class Limits(UnderTest):
    """What a model accepts and refuses, compared with the contract in both directions."""

    def test_requests_beyond_a_limit_are_refused(self, model: ModelSpec) -> None:
        """A request beyond a limit is refused before it is sent, and the error names the field.

        For a user: a mistake costs nothing, and the error says where it is. When it fails: add
        the missing limit to the model's data.
        """

        def law(refused: Refused) -> None:
            request, field = refused
            found = [finding.field for finding in check(request, model)]
            assert field in found, f"{field} is beyond the model's limit, but was accepted"
            with pytest.raises(UnsupportedRequest) as refusal:
                plan_for(self.adapter, model, request).fitted("error", [])
            assert field in refusal.value.message, (
                f"the refusal does not name {field}: {refusal.value.message}"
            )

        check_law(law, refused_corners(model), refused_requests(model))

    def test_documented_values_are_accepted(self, model: ModelSpec) -> None:
        """The model accepts every value that the contract documents.

        For a user: a wrong limit in polyreel does not block anything that the vendor sells.
        When it fails: the model's data allows too little; correct the limit.
        """
        schemas = self.stand_in.contract.model_schemas(model.name)
        assert schemas, f"no create of the contract has a schema for {model.name}"
        plain = simplest_request(model)
        values = [each for schema in schemas for each in documented_values(self, schema, model)]
        for name, value in values:
            try:
                request = VideoRequest.model_validate(_with(plain, name, value, model))
            except ValidationError:
                continue  # no request can have it, e.g. a seed of -1
            findings = [each for each in check(request, model) if _is_about(each, name)]
            assert not findings, (
                f"{name}={_short(value)} is documented, but refused: {findings[0].message}"
                f"{side_by_side(model, self.stand_in.contract, name)}"
            )

    def test_media_refused_here_are_refused_by_the_contract(self, model: ModelSpec) -> None:
        """When polyreel refuses media for a model, the vendor's documents refuse them too.

        For a user: every image, frame and form that the vendor accepts can be used. When it
        fails: the model's data allows too little, or a limit of the page is missing in the
        contract.
        """
        contract = self.stand_in.contract
        plain = simplest_request(model)
        given_fields = {name: getattr(plain, name) for name in plain.model_fields_set}
        for step in steps_beyond(model):
            # Most pages say nothing about combinations of media, so the model's data may be
            # stricter.
            if not step.has_media or not step.change or step.is_combination:
                continue
            request = step.taken_from(given_fields)
            try:
                sent = sent_for(plan_for(self.adapter, model, request), self.vendor())
                found = contract.find(sent.paid.method, sent.paid.path)
                body, parameters = sent.paid.json or {}, found[1] if found else {}
                is_said = not difference(
                    asked_for(request, model, contract), said_by(sent, contract)
                )
            except Exception:  # noqa: BLE001  # no body can ask for it, so it is refused
                continue
            if found is None:
                continue
            is_taken = (
                contract.problem(found[0], body, parameters) is None
                and contract.undeclared(found[0], body, parameters) == []
            )
            if is_taken and step.field.endswith("]"):
                # A form: a contract that accepts nonsense in its place says nothing about forms.
                nonsense = json.loads(_INLINE.sub('"nonsense"', json.dumps(body)))
                is_taken = contract.problem(found[0], nonsense, parameters) is not None
            assert not (is_taken and is_said), (
                f"the contract accepts {_described(step.change)}, but the model's data refuses "
                f"{step.field}{side_by_side(model, contract, step.field)}"
            )

    def test_what_is_not_declared_is_refused(self, model: ModelSpec) -> None:
        """What a model does not declare is refused before it is sent. It is never dropped silently.

        This covers every law that is skipped as not declared. When it fails: `check` accepted a
        setting, a kind of media or a use of frames that the model's data does not declare.
        """
        undeclared: set[str] = {name for name in OPTIONAL_SETTINGS if name not in model.settings}
        undeclared |= {f"reference_{kind}s" for kind in KINDS if not offers(model.limit(kind))}
        if not model.frames:
            undeclared |= {"first_frame", "last_frame"}
        steps = [step for step in steps_beyond(model) if step.field in undeclared]
        assert {step.field for step in steps} == undeclared, "the kit tries not every field"
        if not undeclared:
            not_declared("the model declares every field, so there is nothing to refuse")
        plain = simplest_request(model)
        given_fields = {name: getattr(plain, name) for name in plain.model_fields_set}
        with self.mounted(clock=ManualClock()) as stand_in, self.client() as client:
            for step in steps:
                with pytest.raises(UnsupportedRequest) as refusal:
                    client.submit(step.taken_from(given_fields), self.full_name(model))
                named = [each.field for each in refusal.value.findings]
                assert step.field in named, f"the refusal names {named}, and not {step.field}"
            assert stand_in.calls == [], "a refused request was sent"

    def test_a_refused_request_never_reaches_the_vendor(self, model: ModelSpec) -> None:
        """Nothing is sent for a request that the model can't do.

        When it fails: something is sent before the request is checked.
        """
        request = with_changes(simplest_request(model), duration=model.durations[-1] + 1)
        with self.mounted(clock=ManualClock()) as stand_in, self.client() as client:
            with pytest.raises(UnsupportedRequest):
                client.submit(request, self.full_name(model))
            assert stand_in.calls == [], "a refused request was sent"


def documented_values(
    kit: UnderTest, schema: Mapping[str, Any], model: ModelSpec
) -> Iterator[tuple[str, Any]]:
    """Yield each neutral field with each value that a contract has, or with those at its ends."""
    contract = kit.stand_in.contract
    for part, rule in contract.neutral_properties(schema):
        if part.get("x-ignored"):
            continue
        words = rule.get("words", {})
        if "fields" in rule:
            for values in words.values():
                yield from zip(rule["fields"], values, strict=True)
            continue
        name = rule["field"]
        if name == "prompt" and "maxLength" in part:
            yield name, filled(PROMPT, model, part["maxLength"])
        elif name.startswith("reference_") and "maxItems" in part:
            yield name, _media(name, model, part["maxItems"])
        elif name.endswith("_frame"):
            # Most vendors refuse frames beside references, so they are tried where none is needed.
            if not any(limit.minimum for limit in map(model.limit, KINDS) if limit is not None):
                form = "url" if model.images is None else forms_of(model.images)[-1]
                yield name, media_of("image", form, 1)
        elif name not in ("model", "prompt"):
            for value in _values(part):
                yield name, words.get(value, value) if isinstance(value, str) else value


def _values(part: Mapping[str, Any]) -> list[Any]:
    if "enum" in part:
        return [int(each) if str(each).isdigit() else each for each in part["enum"]]
    if part.get("type") == "boolean":
        return [False, True]
    low, high = part.get("minimum"), part.get("maximum")
    if part.get("type") == "integer" and low is not None and high is not None:
        return list(range(low, high + 1)) if high - low < MOST_DURATIONS else [low, high]
    return []


def _media(name: str, model: ModelSpec, count: int) -> list[Any]:
    kind: MediaKind = next(kind for kind in KINDS if kind in name)
    limit = model.limit(kind)
    form = "url" if limit is None else forms_of(limit)[-1]
    return [media_of(kind, form, number) for number in range(1, count + 1)]


_INLINE = re.compile(r'"(?:https://|asset://|data:)[^"]*"')


def _described(change: Fields) -> str:
    """Return the fields that a step sets, for people."""
    return ", ".join(
        f"{len(value)} {name}" if isinstance(value, list) else name
        for name, value in change.items()
    )


def _with(plain: VideoRequest, name: str, value: Any, model: ModelSpec) -> Fields:
    fields = {each: getattr(plain, each) for each in plain.model_fields_set}
    if name == "reference_audios":
        return {**with_companion(fields, model), name: value}
    is_media = name.startswith("reference_") or name.endswith("_frame")
    return {**(without_media(fields) if is_media else fields), name: value}


def _is_about(finding: Any, name: str) -> bool:
    found: str = finding.field
    return found == name or found.startswith(f"{name}[")


def _short(value: Any) -> str:
    if isinstance(value, list):
        return f"{len(value)} of them"
    if isinstance(value, dict):
        return "an image"
    is_long = isinstance(value, str) and len(value) > 60
    return f"{len(value)} characters" if is_long else repr(value)
