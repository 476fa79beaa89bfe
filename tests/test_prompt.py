"""A reference in a prompt reaches each vendor in its own words, and plain text stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from polyreel import VideoRequest
from polyreel.adapters import render_prompt
from polyreel.request.media import MediaKind
from polyreel.request.prompt import references_in
from pydantic import ValidationError

VENDOR: Mapping[MediaKind, str] = {"image": "[Image {n}]", "audio": "@audio{n}"}

SIMILAR_TO_A_TOKEN = [
    "{image}",
    "{image:}",
    "{image:0}",
    "{image:01}",
    "{image:-1}",
    "{image:one}",
    "{image:1.0}",
    "{image:1,2}",
    "{image 1}",
    "{ image:1 }",
    "{Image:1}",
    "{images:1}",
    "{clip:1}",
    "(image:1)",
    "image:1",
    "{image:１}",
    "{n}",
    "{}",
    "{0}",
    "%s {prompt!r} ${image}",
    '{"image": 1}',
    "}{",
    "{{}}",
    "[Image 1]",
    "\\1 \\g<0>",
]


@pytest.mark.parametrize(
    ("prompt", "found"),
    [
        ("a tower", []),
        ("{image:1}", [("image", 1)]),
        ("{video:2}", [("video", 2)]),
        ("{audio:30}", [("audio", 30)]),
        ("{image:2}, {audio:1} and {image:1}", [("image", 2), ("audio", 1), ("image", 1)]),
        ("{image:1}{image:1}", [("image", 1), ("image", 1)]),
        ("a {{image:1}} b", []),
        ("{{image:1}} {image:2}", [("image", 2)]),
    ],
)
def test_references_are_found_in_the_order_of_the_text(
    prompt: str, found: list[tuple[str, int]]
) -> None:
    assert references_in(prompt) == found


@pytest.mark.parametrize(
    ("prompt", "sent"),
    [
        ("the cat of {image:1}", "the cat of [Image 1]"),
        ("{image:1} dances to {audio:2}", "[Image 1] dances to @audio2"),
        ("{image:12}{image:3}", "[Image 12][Image 3]"),
        ("first line\n{image:1}", "first line\n[Image 1]"),
    ],
)
def test_a_reference_is_written_in_the_vendors_spelling(prompt: str, sent: str) -> None:
    assert render_prompt(prompt, VENDOR) == sent


def test_a_kind_that_the_vendor_has_no_spelling_for_is_written_in_plain_words() -> None:
    assert render_prompt("move as in {video:1}", VENDOR) == "move as in video 1"


@pytest.mark.parametrize(
    ("token", "words"),
    [("{image:1}", "image 1"), ("{video:2}", "video 2"), ("{audio:3}", "audio 3")],
)
def test_without_any_spelling_references_are_plain_words(token: str, words: str) -> None:
    assert render_prompt(f"as {token} shows") == f"as {words} shows"


@pytest.mark.parametrize(
    ("prompt", "sent"),
    [
        ("write {{image:1}} on the wall", "write {image:1} on the wall"),
        ("{{video:1}}{{audio:2}}", "{video:1}{audio:2}"),
        ("{{image:1}} and {image:1}", "{image:1} and [Image 1]"),
        ("{{{image:1}}}", "{{image:1}}"),
    ],
)
def test_doubled_braces_are_the_token_as_plain_text(prompt: str, sent: str) -> None:
    assert render_prompt(prompt, VENDOR) == sent


@pytest.mark.parametrize("prompt", SIMILAR_TO_A_TOKEN)
def test_text_that_only_polls_like_a_token_is_sent_untouched(prompt: str) -> None:
    assert render_prompt(prompt, VENDOR) == prompt


@pytest.mark.parametrize("prompt", SIMILAR_TO_A_TOKEN)
def test_text_that_only_polls_like_a_token_asks_for_no_media(prompt: str) -> None:
    assert VideoRequest(prompt=prompt).prompt == prompt


def test_a_vendors_spelling_may_apply_any_signs() -> None:
    assert render_prompt("{image:1}", {"image": r"<\1 {n}> {m}"}) == r"<\1 1> {m}"


@pytest.mark.parametrize(
    ("fields", "token", "field", "given"),
    [
        ({}, "{image:1}", "reference_images", "none given"),
        ({}, "{video:1}", "reference_videos", "none given"),
        ({}, "{audio:1}", "reference_audios", "none given"),
        ({"reference_images": ["a.png"]}, "{image:2}", "reference_images", "only 1 given"),
        ({"reference_images": ["a.png"]}, "{video:1}", "reference_videos", "none given"),
        ({"first_frame": "a.png"}, "{image:1}", "reference_images", "none given"),
    ],
)
def test_a_token_with_no_media_is_refused_with_what_is_missing(
    fields: dict[str, Any], token: str, field: str, given: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        VideoRequest.model_validate({"prompt": f"as {token} shows", **fields})
    assert f"refers to {token}, but {field} has {given}" in str(caught.value)


def test_a_refused_token_is_reported_how_to_be_plain_text() -> None:
    with pytest.raises(ValidationError, match=r"write \{\{image:1\}\} for plain text"):
        VideoRequest(prompt="{image:1}")


@pytest.mark.parametrize(
    ("prompt", "fields"),
    [
        ("{image:1}", {"reference_images": ["a.png"]}),
        ("{image:2} {image:1}", {"reference_images": ["a.png", "b.png"]}),
        ("{video:1} {audio:1}", {"reference_videos": ["a.mp4"], "reference_audios": ["a.mp3"]}),
        ("{{image:9}}", {}),
        ("no token", {"reference_images": ["a.png"]}),
    ],
)
def test_a_prompt_whose_references_are_all_there_is_kept_as_written(
    prompt: str, fields: dict[str, Any]
) -> None:
    assert VideoRequest.model_validate({"prompt": prompt, **fields}).prompt == prompt
