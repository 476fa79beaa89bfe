"""Laws about what is sent: valid, whole and unchanged in meaning."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from polyreel import ModelSpec, VideoRequest, check
from polyreel.prompt import references_in

from ..outcomes import not_declared
from ..requests.accepted import accepted_requests
from ..requests.corners import PROMPT, corner_requests, setting_corners, simplest_request
from ..requests.generating import hold
from ..requests.samples import KINDS, LOOK_ALIKES, WRITTEN_OUT, offers
from ..tools.flows import up_to_the_paid
from ..tools.meaning import asked_for, difference, said_by
from .support import UnderTest, with_changes

Law = Callable[[VideoRequest], None]


class WhatIsSent(UnderTest):
    """What is sent for a request that the model takes, model by model."""

    def test_what_the_model_takes_meets_the_contract(self, model: ModelSpec) -> None:
        """Whatever polyreel accepts for a model, the vendor's documents accept too.

        To a user: no request is paid for, or refused, because of a limit that polyreel has
        wrong. When it fails: the model's data allows too much, or `submit` writes a key that
        the contract does not have; the message names it. Look the limit up on the vendor's
        page, and mend whichever of model and contract is wrong.
        """
        contract = self.stand_in.contract

        def law(request: VideoRequest) -> None:
            assert check(request, model) == []
            paid = self.sent(request, model).paid
            found = contract.find(paid.method, paid.path)
            assert found is not None, f"the contract has no {paid.method} {paid.path}"
            operation, parameters = found
            assert operation.role == "create"
            problem = contract.problem(operation, paid.json, parameters)
            assert problem is None, f"the contract refuses the body: {problem}"
            strangers = contract.undeclared(operation, paid.json or {}, parameters)
            assert strangers == [], f"the contract does not have, or ignores: {strangers}"

        self.for_all_accepted(model, law)

    def test_the_meaning_survives(self, model: ModelSpec) -> None:
        """The body, read back by the contract's own mapping, asks for just what was asked.

        To a user: the film that is paid for is the film that was ordered, and nothing was
        dropped, swapped or added on the way. When it fails: the message shows each field as
        asked and as the wire says it; mend `submit`, or the contract's `x-neutral` where it
        names the wrong field.
        """
        contract = self.stand_in.contract

        def law(request: VideoRequest) -> None:
            asked = asked_for(request, model, contract)
            said = said_by(self.sent(request, model), contract)
            wrong = difference(asked, said)
            assert not wrong, "; ".join(wrong)

        # The corners show what is lost or swapped; generated requests add only combinations.
        self.for_all_accepted(model, law, one_in=4)

    def test_defaults_are_explicit(self, model: ModelSpec) -> None:
        """Length, shape and size are sent even when the user says nothing about them.

        To a user: the same request means the same film everywhere, since vendors' defaults
        disagree. When it fails: `submit` leaves a setting out when it has its default.
        """
        said = self.said(simplest_request(model), model)
        needed = ["duration", "aspect_ratio"] + ["resolution"] * model.sends_resolution
        missing = [name for name in needed if name not in said]
        assert not missing, f"left to the vendor's default: {', '.join(missing)}"

    def test_falsy_values_arrive(self, model: ModelSpec) -> None:
        """`seed=0` and `audio=False` reach the wire, and so does each setting's every bound.

        To a user: zero and no are answers, not silence. When it fails: map settings with
        `is not None`, never by truth.
        """
        values = {
            name: setting_corners(name, setting)
            for name, setting in model.settings.items()
            if setting.fixed is None
        }
        if not values:
            not_declared("the model declares no optional settings that are sent")
        for name, corners in values.items():
            for value in corners:
                asked = with_changes(simplest_request(model), **{name: value})
                said = self.said(asked, model)
                assert name in said, f"{name}={value!r} does not reach the wire"
                assert (type(said[name]), said[name]) == (type(value), value), (
                    f"{name}={value!r} became {said[name]!r}"
                )

    def test_what_was_not_asked_is_not_sent(self, model: ModelSpec) -> None:
        """A setting that the user leaves alone is left to the vendor, not made up.

        To a user: a random seed stays random. When it fails: `submit` writes a setting that
        is None in the request.
        """
        request = simplest_request(model)
        said = self.said(request, model)
        added = sorted(set(said) - set(asked_for(request, model, self.stand_in.contract)))
        assert not added, f"sent without being asked: {', '.join(added)}"

    def test_media_keep_their_order(self, model: ModelSpec) -> None:
        """The third image stays the third, and all of them arrive.

        To a user: prompts refer to media by position. When it fails: `submit` sorts, reverses,
        drops or merges media.
        """
        offered = [kind for kind in KINDS if offers(model.limit(kind))]
        if not offered:
            not_declared("the model declares no reference media")
        for request in corner_requests(model):
            for kind in offered:
                asked = asked_for(request, model, self.stand_in.contract)
                said, name = self.said(request, model), f"reference_{kind}s"
                wanted, came = asked.get(name, []), said.get(name, [])
                assert came == wanted, (
                    f"{len(wanted)} {kind}s went in as {_numbered(wanted, wanted)}, and came out "
                    f"as {_numbered(came, wanted)}"
                )

    def test_the_first_frame_comes_first(self, model: ModelSpec) -> None:
        """A film begins with the first frame and ends with the last, not the other way round.

        When it fails: `submit` writes one frame into the other's key, or one into both.
        """
        if not model.frames:
            not_declared("the model declares no frames")
        for request in corner_requests(model):
            if request.first_frame is None and request.last_frame is None:
                continue
            asked = asked_for(request, model, self.stand_in.contract)
            said = self.said(request, model)
            for name in ("first_frame", "last_frame"):
                assert said.get(name) == asked.get(name), (
                    f"{name}: asked {asked.get(name, 'nothing')}, "
                    f"the wire says {said.get(name, 'nothing')}"
                )

    def test_prompt_references_are_spelled_as_documented(self, model: ModelSpec) -> None:
        """`{image:2}` in a prompt becomes the vendor's own spelling of the second image.

        To a user: one prompt works at every vendor. When it fails: use
        `render_prompt(request.prompt, model.prompt_references)`, and hold the spelling in the
        model and in the contract's `x-neutral` against the vendor's page.
        """
        referring = [each for each in corner_requests(model) if references_in(each.prompt)]
        if not referring:
            not_declared("the model declares no reference media")
        for request in referring:
            came = str(self.said(request, model).get("prompt"))
            wanted = str(asked_for(request, model, self.stand_in.contract)["prompt"])
            assert came == wanted, (
                f"{_from_the_difference(came, wanted)} is sent where the contract documents "
                f"{_from_the_difference(wanted, came)}, for {request.prompt!r}"
            )

    def test_text_that_only_looks_like_a_reference_stays(self, model: ModelSpec) -> None:
        """`{image}`, `[Image 1]` and `{{image:1}}` are text, and arrive as the text they are.

        When it fails: `submit` replaces by a pattern of its own; use `render_prompt`.
        """
        for text in LOOK_ALIKES:
            prompt = f"{PROMPT} {text}"
            request = with_changes(simplest_request(model), prompt=prompt)
            came = self.said(request, model).get("prompt")
            assert came == prompt, f"{prompt!r} became {came!r}"
        written = with_changes(simplest_request(model), prompt=f"{PROMPT} {WRITTEN_OUT}")
        came, wanted = self.said(written, model).get("prompt"), f"{PROMPT} {WRITTEN_OUT[1:-1]}"
        assert came == wanted, f"{WRITTEN_OUT} is to arrive as {wanted!r}, and became {came!r}"

    def test_the_request_is_not_changed(self, model: ModelSpec) -> None:
        """Translating changes neither the request nor the model's data, and has no memory.

        To a user: one request can be sent to several vendors, again and again. When it fails:
        `submit` writes into what it was given, or keeps something between calls.
        """
        facts, bodies = model.facts(), list[Any]()
        # What is ready to be sent is what `submit` is handed, and what it could write into.
        ready = [self.ready(request, model) for request in corner_requests(model)]
        for request in (*ready, *reversed(ready)):
            before = request.model_dump()
            flow = self.adapter().submit(request, model)
            bodies.append([each.json for each in up_to_the_paid(flow, self.line())])
            assert request.model_dump() == before, "submit changed the request"
            assert model.facts() == facts, "submit changed the model's data"
        for once, again in zip(bodies, reversed(bodies), strict=True):
            assert once == again, "the same request gives another body after other requests"

    def test_every_model_is_told_apart(self, model: ModelSpec) -> None:
        """The vendor is told which model to use, in the documented place.

        When it fails: `submit` sends another model's name, or none.
        """
        paid = self.sent(simplest_request(model), model).paid
        found = self.stand_in.contract.find(paid.method, paid.path)
        assert found is not None, f"the contract has no {paid.method} {paid.path}"
        meaning = self.stand_in.contract.meaning(found[0], paid.json or {}, found[1])
        if "model" not in meaning:
            assert len(self.adapter.models) == 1, (
                "nothing in the contract carries the model (`x-neutral: model`), and there are "
                f"{len(self.adapter.models)}"
            )
            not_declared("the vendor has one model and no name for it on the wire")
        assert meaning["model"] == model.name, (
            f"the vendor is told to use {meaning['model']}, and {model.name} was asked for"
        )

    def for_all_accepted(self, model: ModelSpec, law: Law, one_in: int = 1) -> None:
        """Hold a law for each corner of what a model takes, and for generated requests."""
        hold(law, corner_requests(model), accepted_requests(model), one_in)

    def said(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        """Return what is sent for a request, read back by the contract's mapping."""
        return said_by(self.sent(request, model), self.stand_in.contract)


def _numbered(media: list[Any], given: list[Any]) -> str:
    """Return media by their places among those that were given: `1, 2, 3, 1`."""
    return ", ".join(str(given.index(each) + 1) if each in given else "?" for each in media)


def _from_the_difference(text: str, other: str) -> str:
    """Return a text from the word where it becomes unlike another, shortened."""
    pairs = enumerate(zip(text, other, strict=False))
    alike = next((place for place, (one, two) in pairs if one != two), min(len(text), len(other)))
    start = text.rfind(" ", 0, alike) + 1
    return repr(text[start : start + 24])
