"""Laws about what is sent: valid, complete and with the meaning of the request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from polyreel import VideoRequest
from polyreel.adapters import ModelSpec
from polyreel.models import check
from polyreel.request.prompt import references_in

from ..outcomes import not_declared
from ..requests.accepted import accepted_requests
from ..requests.corners import PROMPT, corner_requests, setting_corners, simplest_request
from ..requests.generating import check_law
from ..requests.samples import KINDS, SIMILAR_TEXTS, WRITTEN_OUT, offers
from ..tools.flows import up_to_the_paid
from ..tools.meaning import asked_for, difference, said_by
from ..tools.sides import sides_of_refusal
from .support import UnderTest, with_changes

Law = Callable[[VideoRequest], None]


class WhatIsSent(UnderTest):
    """What is sent for a request that the model accepts, model by model."""

    def test_accepted_requests_meet_the_contract(self, model: ModelSpec) -> None:
        """When polyreel accepts a request for a model, the vendor's documents accept it too.

        For a user: no request fails at the vendor because of a wrong limit in polyreel. When it
        fails: the model's data allows too much, or `submit` writes a key that the contract does
        not have; the message names it. Check the limit on the vendor's page, and correct the
        model or the contract.
        """
        contract = self.stand_in.contract

        def law(request: VideoRequest) -> None:
            refused = [each.message for each in check(request, model)]
            assert not refused, f"the kit's own request is refused: {refused[0]}"
            paid = self.sent(request, model).paid
            found = contract.find(paid.method, paid.path)
            assert found is not None, f"the contract has no {paid.method} {paid.path}"
            operation, parameters = found
            assert operation.role == "create", (
                f"the paid request is {operation.call}; give it the role create in the contract"
            )
            problem = contract.problem(operation, paid.json, parameters)
            sides = sides_of_refusal(model, contract, problem) if problem else ""
            assert problem is None, f"the contract refuses the body: {problem}{sides}"
            unknown = contract.undeclared(operation, paid.json or {}, parameters)
            assert unknown == [], f"the contract does not have, or ignores: {unknown}"

        self.for_all_accepted(model, law)

    def test_the_meaning_is_unchanged(self, model: ModelSpec) -> None:
        """The body, read back by the contract's own mapping, asks for exactly the request.

        For a user: the paid video is the requested video; no field is dropped, swapped or
        added. When it fails: the message shows each field in the request and on the wire.
        Correct `submit`, or the contract's `x-neutral` when it names the wrong field.
        """
        contract = self.stand_in.contract

        def law(request: VideoRequest) -> None:
            asked = asked_for(request, model, contract)
            said = said_by(self.sent(request, model), contract)
            wrong = difference(asked, said)
            assert not wrong, "; ".join(wrong)

        # The corners already find what is lost or swapped; generated requests add combinations.
        self.for_all_accepted(model, law, one_in=4)

    def test_defaults_are_explicit(self, model: ModelSpec) -> None:
        """Length, shape and size are sent even when the user does not set them.

        For a user: the same request means the same video everywhere, although vendors' defaults
        differ. When it fails: `submit` leaves out a setting that has its default value.
        """
        said = self.said(simplest_request(model), model)
        needed = ["duration", "aspect_ratio"] + ["resolution"] * model.sends_resolution
        missing = [name for name in needed if name not in said]
        assert not missing, f"left to the vendor's default: {', '.join(missing)}"

    def test_false_and_zero_are_sent(self, model: ModelSpec) -> None:
        """`seed=0` and `audio=False` are sent, and so are the bounds of each setting.

        For a user: 0 and False are values, not missing settings. When it fails: map settings
        with `is not None`, never by truth.
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
                assert name in said, f"{name}={value!r} is not sent"
                assert (type(said[name]), said[name]) == (type(value), value), (
                    f"{name}={value!r} became {said[name]!r}"
                )

    def test_what_was_not_asked_is_not_sent(self, model: ModelSpec) -> None:
        """A setting that the user does not set is not sent.

        For a user: a random seed stays random. When it fails: `submit` writes a setting that
        is None in the request.
        """
        request = simplest_request(model)
        said = self.said(request, model)
        added = sorted(set(said) - set(asked_for(request, model, self.stand_in.contract)))
        assert not added, f"sent, but not requested: {', '.join(added)}"

    def test_media_keep_their_order(self, model: ModelSpec) -> None:
        """All media are sent, in the order of the request.

        For a user: a prompt refers to media by position. When it fails: `submit` sorts,
        reverses, drops or merges media.
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
                    f"{len(wanted)} {kind}s of the request, {_numbered(wanted, wanted)}, are sent "
                    f"as {_numbered(came, wanted)}"
                )

    def test_frames_are_not_swapped(self, model: ModelSpec) -> None:
        """The first frame is sent as the first frame and the last as the last.

        When it fails: `submit` writes a frame into the wrong key.
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
                    f"{name}: requested {asked.get(name, 'nothing')}, "
                    f"sent {said.get(name, 'nothing')}"
                )

    def test_prompt_references_are_spelled_as_documented(self, model: ModelSpec) -> None:
        """`{image:2}` in a prompt becomes the vendor's own spelling for the second image.

        For a user: one prompt works at every vendor. When it fails: use
        `render_prompt(request.prompt, model.prompt_references)`, and compare the spelling in
        the model and in the contract's `x-neutral` with the vendor's page.
        """
        referring = [each for each in corner_requests(model) if references_in(each.prompt)]
        if not referring:
            not_declared("the model declares no reference media")
        for request in referring:
            came = str(self.said(request, model).get("prompt"))
            wanted = str(asked_for(request, model, self.stand_in.contract)["prompt"])
            assert came == wanted, (
                f"{_from_the_difference(came, wanted)} is sent, but the contract documents "
                f"{_from_the_difference(wanted, came)}, for {request.prompt!r}"
            )

    def test_text_like_a_reference_is_unchanged(self, model: ModelSpec) -> None:
        """`{image}` and `[Image 1]` are plain text and stay unchanged; so does `{{image:1}}`.

        `{{image:1}}` is the way to write `{image:1}` as plain text. When it fails: `submit`
        replaces text by a pattern of its own; use `render_prompt`.
        """
        for text in SIMILAR_TEXTS:
            prompt = f"{PROMPT} {text}"
            request = with_changes(simplest_request(model), prompt=prompt)
            came = self.said(request, model).get("prompt")
            assert came == prompt, f"{prompt!r} became {came!r}"
        written = with_changes(simplest_request(model), prompt=f"{PROMPT} {WRITTEN_OUT}")
        came, wanted = self.said(written, model).get("prompt"), f"{PROMPT} {WRITTEN_OUT[1:-1]}"
        assert came == wanted, f"{WRITTEN_OUT} must become {wanted!r}, and became {came!r}"

    def test_the_request_is_not_changed(self, model: ModelSpec) -> None:
        """`submit` changes neither the request nor the model's data, and has no memory.

        For a user: they can send one request several times and to several vendors. When it
        fails: `submit` writes into its arguments, or keeps something between calls.
        """
        facts, bodies = model.facts(), list[Any]()
        # `submit` gets the prepared request, so it could change that one.
        ready = [self.ready(request, model) for request in corner_requests(model)]
        for request in (*ready, *reversed(ready)):
            before = request.model_dump()
            flow = self.adapter().submit(request, model)
            bodies.append([each.json for each in up_to_the_paid(flow, self.vendor())])
            assert request.model_dump() == before, "submit changed the request"
            assert model.facts() == facts, "submit changed the model's data"
        for once, again in zip(bodies, reversed(bodies), strict=True):
            assert once == again, "the same request gives another body after other requests"

    def test_each_model_is_sent_by_its_name(self, model: ModelSpec) -> None:
        """The body or the path names the requested model, in the documented place.

        When it fails: `submit` sends another model's name, or none.
        """
        paid = self.sent(simplest_request(model), model).paid
        found = self.stand_in.contract.find(paid.method, paid.path)
        assert found is not None, f"the contract has no {paid.method} {paid.path}"
        meaning = self.stand_in.contract.meaning(found[0], paid.json or {}, found[1])
        if "model" not in meaning:
            assert len(self.adapter.models) == 1, (
                "no property of the contract carries the model (`x-neutral: model`), although "
                f"there are {len(self.adapter.models)} models"
            )
            not_declared("the vendor has one model, whose name is not sent")
        assert meaning["model"] == model.name, (
            f"{meaning['model']} is sent, but {model.name} was requested"
        )

    def for_all_accepted(self, model: ModelSpec, law: Law, one_in: int = 1) -> None:
        """Check a law with each corner request of a model, and with generated requests."""
        check_law(law, corner_requests(model), accepted_requests(model), one_in)

    def said(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        """Return what is sent for a request, read back by the contract's mapping."""
        return said_by(self.sent(request, model), self.stand_in.contract)


def _numbered(media: list[Any], given: list[Any]) -> str:
    """Return the position that each media has in the request: `1, 2, 3, 1`."""
    return ", ".join(str(given.index(each) + 1) if each in given else "?" for each in media)


def _from_the_difference(text: str, other: str) -> str:
    """Return a text from the first word that differs from another text, shortened."""
    pairs = enumerate(zip(text, other, strict=False))
    alike = next((place for place, (one, two) in pairs if one != two), min(len(text), len(other)))
    start = text.rfind(" ", 0, alike) + 1
    return repr(text[start : start + 24])
