"""Laws about limits: what lies beyond is refused before it is sent, and what lies within is not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from polyreel import ModelSpec, UnsupportedRequest, VideoRequest, check
from polyreel.catalogue import OPTIONAL_SETTINGS
from polyreel.media import MediaKind
from pydantic import ValidationError

from ..outcomes import not_declared
from ..requests.accepted import filled
from ..requests.corners import PROMPT, simplest_request, with_companion
from ..requests.generating import hold
from ..requests.refused import Refused, refused_corners, refused_requests, steps_beyond
from ..requests.samples import KINDS, Fields, forms_of, media_of, offers, without_media
from ..tools.flows import plan_for, sent_for
from ..tools.meaning import asked_for, difference, said_by
from ..tools.mount import ManualClock, mounted
from .support import UnderTest, with_changes

MOST_DURATIONS = 200
"""Whole ranges of seconds are tried; a contract that has more is tried at its ends."""


class Limits(UnderTest):
    """What a model takes and what it does not, held against the contract from both sides."""

    def test_what_lies_beyond_is_refused_with_its_field(self, model: ModelSpec) -> None:
        """A request beyond a limit is refused before it is sent, and the field is named.

        To a user: a mistake costs nothing and says where it is. When it fails: the model's
        data lacks a limit that the generator knows of.
        """

        def law(refused: Refused) -> None:
            request, field = refused
            found = [finding.field for finding in check(request, model)]
            assert field in found, f"{field} lies beyond the model, and is taken"
            with pytest.raises(UnsupportedRequest) as refusal:
                plan_for(self.adapter, model, request).fitted("error", [])
            assert field in refusal.value.message

        hold(law, refused_corners(model), refused_requests(model))

    def test_what_the_contract_takes_the_model_takes(self, model: ModelSpec) -> None:
        """Every value that the contract documents for the model can be asked for.

        To a user: nothing that the vendor sells is held back by a limit that polyreel has
        wrong. When it fails: the model's data allows too little, by one or by many.
        """
        schema = self.stand_in.contract.model_schema(model.name)
        assert schema is not None, f"the contract has no schema for {model.name}"
        plain = simplest_request(model)
        for name, value in documented_values(self, schema, model):
            try:
                request = VideoRequest.model_validate(_with(plain, name, value, model))
            except ValidationError:
                continue  # not in the vocabulary of any vendor, as a seed of -1 is
            findings = [each.message for each in check(request, model) if _is_about(each, name)]
            assert not findings, f"{name}={_short(value)} is documented and refused: {findings[0]}"

    def test_what_the_model_refuses_the_contract_refuses(self, model: ModelSpec) -> None:
        """Media that polyreel refuses for a model, the vendor's documents refuse, too.

        To a user: no image, frame or form is held back that the vendor takes. When it fails:
        the model's data allows too little, or the contract leaves out a limit that the page has.
        """
        contract = self.stand_in.contract
        plain = simplest_request(model)
        given_fields = {name: getattr(plain, name) for name in plain.model_fields_set}
        for step in steps_beyond(model):
            # Of media together most pages say nothing, and a model's data may be careful.
            if not step.has_media or not step.change or step.is_combination:
                continue
            request = step.taken_from(given_fields)
            try:
                sent = sent_for(plan_for(self.adapter, model, request), self.line())
                found = contract.find(sent.paid.method, sent.paid.path)
                body, parameters = sent.paid.json or {}, found[1] if found else {}
                is_said = not difference(
                    asked_for(request, model, contract), said_by(sent, contract)
                )
            except Exception:  # noqa: BLE001  # what can't be said in a body is refused enough
                continue
            if found is None:
                continue
            is_taken = (
                contract.problem(found[0], body, parameters) is None
                and contract.undeclared(found[0], body, parameters) == []
            )
            if is_taken and step.field.endswith("]"):
                # A form: a contract that takes nonsense in its place says nothing of forms.
                nonsense = json.loads(_INLINE.sub('"nonsense"', json.dumps(body)))
                is_taken = contract.problem(found[0], nonsense, parameters) is not None
            assert not (is_taken and is_said), (
                f"the contract takes {', '.join(sorted(step.change))} as in {_shown(step.change)}, "
                f"and the model's data refuses {step.field}"
            )

    def test_what_is_not_declared_is_refused(self, model: ModelSpec) -> None:
        """What a model does not declare is refused before the wire, never dropped in silence.

        The mirror of every law that is skipped as not declared. When it fails: a setting, a
        kind of media or a use of frames got past `check` although the model's data lacks it.
        """
        undeclared: set[str] = {name for name in OPTIONAL_SETTINGS if name not in model.settings}
        undeclared |= {f"reference_{kind}s" for kind in KINDS if not offers(model.limit(kind))}
        if not model.frames:
            undeclared |= {"first_frame", "last_frame"}
        steps = [step for step in steps_beyond(model) if step.field in undeclared]
        assert {step.field for step in steps} == undeclared, "a field is not tried"
        if not undeclared:
            not_declared("the model declares everything, so nothing is left to refuse")
        plain = simplest_request(model)
        given_fields = {name: getattr(plain, name) for name in plain.model_fields_set}
        with mounted(self.stand_in, clock=ManualClock()) as stand_in, self.client() as client:
            for step in steps:
                with pytest.raises(UnsupportedRequest) as refusal:
                    client.submit(step.taken_from(given_fields), self.full_name(model))
                assert step.field in [each.field for each in refusal.value.findings]
            assert stand_in.calls == [], "something was sent"

    def test_a_refused_request_never_reaches_the_vendor(self, model: ModelSpec) -> None:
        """Nothing at all is sent for a request that the model can't do.

        When it fails: something is sent before the request is checked.
        """
        request = with_changes(simplest_request(model), duration=model.durations[-1] + 1)
        with mounted(self.stand_in, clock=ManualClock()) as stand_in, self.client() as client:
            with pytest.raises(UnsupportedRequest):
                client.submit(request, self.full_name(model))
            assert stand_in.calls == []


def documented_values(
    kit: UnderTest, schema: Mapping[str, Any], model: ModelSpec
) -> Iterator[tuple[str, Any]]:
    """Yield each neutral field with every value, or the values at the ends, that a contract has."""
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
        elif name not in ("model", "prompt") and not name.endswith("_frame"):
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


def _shown(change: Fields) -> str:
    """Return what a step beyond gives, for people."""
    return ", ".join(
        f"{len(value)} {name}" if isinstance(value, list) else name
        for name, value in change.items()
    )


def _with(plain: VideoRequest, name: str, value: Any, model: ModelSpec) -> Fields:
    fields = {each: getattr(plain, each) for each in plain.model_fields_set}
    if name == "reference_audios":
        return {**with_companion(fields, model), name: value}
    return {**(without_media(fields) if name.startswith("reference_") else fields), name: value}


def _is_about(finding: Any, name: str) -> bool:
    found: str = finding.field
    return found == name or found.startswith(f"{name}[")


def _short(value: Any) -> str:
    if isinstance(value, list):
        return f"{len(value)} of them"
    is_long = isinstance(value, str) and len(value) > 60
    return f"{len(value)} characters" if is_long else repr(value)
