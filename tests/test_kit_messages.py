"""What the kit says when a part of the author's code is missing or wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from misspelt_contracts import Kit
from polyreel_conformance.laws.support import body_of
from polyreel_conformance.tools.complete import what_is_missing
from polyreel_conformance.tools.sides import differences, side_by_side, sides_of_refusal
from polyreel_sandbox import Reply, frame_size
from polyreel_sandbox.meaning import Reading
from toys.gallery.adapter import COLLAGE, PORTRAIT, GalleryAdapter
from toys.gallery.stand_in import GalleryStandIn


def without(kind: type[Any], name: str) -> type[Any]:
    """Return a class like another one that lacks an attribute."""

    class Missing(type(kind)):  # type: ignore[misc]
        def __getattribute__(cls, wanted: str) -> Any:
            if wanted == name:
                raise AttributeError(wanted)
            return super().__getattribute__(wanted)

    return Missing(kind.__name__, (kind,), {})


@pytest.mark.parametrize("name", ["name", "title", "base_url", "key_variable", "models", "states"])
def test_what_an_adapter_lacks_is_said(name: str) -> None:
    kit = SimpleNamespace(
        __name__="TestAcme",
        adapter=without(GalleryAdapter, name),
        stand_in=GalleryStandIn,
        examples=Kit.examples,
    )
    said = what_is_missing(kit)  # type: ignore[arg-type]
    assert said is not None
    assert said.startswith(f"GalleryAdapter has no {name}: write ")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"adapter": None}, "Wrong.adapter is not a subclass of Adapter; write one"),
        ({"stand_in": GalleryAdapter}, "Wrong.stand_in is not a subclass of StandIn; write one"),
        ({"examples": Path("nowhere")}, "Wrong.examples: there is no folder nowhere; make it"),
        (
            {"adapter": type("A", (GalleryAdapter,), {"models": ()})},
            "A.models is empty; write a ModelSpec for each model",
        ),
        (
            {"stand_in": type("S", (GalleryStandIn,), {"contract": {}})},
            "S.contract is not a Contract; write Contract.load(…)",
        ),
    ],
)
def test_what_a_test_class_lacks_is_said_at_collection(
    changes: Mapping[str, Any], message: str
) -> None:
    kit = type("Wrong", (Kit,), dict(changes))
    with pytest.raises(pytest.Collector.CollectError, match=re.escape(message)):
        kit().pytest_generate_tests(SimpleNamespace(fixturenames=["model"]))


def test_a_correct_test_class_lacks_nothing() -> None:
    assert what_is_missing(Kit) is None
    assert what_is_missing(type("Bare", (), {})) == (
        "Bare has no adapter: write the adapter's class"
    )


def test_a_refusal_that_is_not_json_is_said() -> None:
    assert body_of(Reply.of({"why": 1}, 400)) == {"why": 1}
    with pytest.raises(AssertionError, match=r"which is not JSON; write the vendor's refusal"):
        body_of(Reply.page(400))


@pytest.mark.parametrize("resolution", ["HD", "", "p", "0p", "odd"])
def test_a_vendors_word_for_a_resolution_is_said(resolution: str) -> None:
    with pytest.raises(ValueError, match=r"is not a resolution such as 720p or 4k; give the prop"):
        frame_size(resolution, "16:9")


def test_a_shape_without_a_side_counts_as_the_usual_one() -> None:
    assert frame_size("720p", "0:1") == frame_size("720p", "16:9")


def test_values_that_do_not_fit_their_fields_are_said() -> None:
    rule = {"fields": ["resolution", "aspect_ratio"], "words": {"big": ["720p"]}}
    with pytest.raises(ValueError, match="the contract has 1 values for 'big', and 2 fields"):
        Reading(lambda schema: schema).read({"x-neutral": rule}, "big")


def test_two_sides_are_shown_in_one_line() -> None:
    contract = GalleryStandIn.contract
    assert side_by_side(PORTRAIT, contract, "duration") == (
        "\n  spec: durations = (7, 9) | contract: one of 7, 9"
    )
    said = side_by_side(PORTRAIT, contract, "prompt")
    assert said.startswith("\n  spec: prompt_maximum = 800 | contract: string, minLength 1, maxL")
    assert "is disputed" in said
    assert side_by_side(COLLAGE, contract, "seed") == (
        "\n  spec: settings['seed']: not offered | contract: nothing"
    )
    assert side_by_side(COLLAGE, contract, "reference_images[0]").startswith(
        "\n  spec: images 0 to 3, as asset, 4 media in all | contract: "
    )
    assert (
        side_by_side(COLLAGE, contract, "last_frame") == "\n  spec: no frames | contract: nothing"
    )
    assert sides_of_refusal(COLLAGE, contract, "parts: a list of 5 is too long") == (
        "\n  spec: images 0 to 3, as asset, 4 media in all | contract: parts: array, maxItems 4"
    )
    assert sides_of_refusal(COLLAGE, contract, "no such model") == ""


def test_differences_name_both_values() -> None:
    assert differences({"a": 1, "b": True}, {"a": 1, "b": 1, "c": None}, "sent") == (
        "b: page True | sent 1; c: page nothing | sent None"
    )
    assert differences({"a": [1]}, {"a": [1]}, "sent") == ""
