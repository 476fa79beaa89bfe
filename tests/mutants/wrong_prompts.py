"""Mutants that write the references in a prompt wrongly."""

from __future__ import annotations

import re

from polyreel import VideoRequest
from polyreel.adapters import ModelSpec, render_prompt

from mutants.kiln.adapter import KilnAdapter
from mutants.mutant import mutant

_SPELLED = "test_prompt_references_are_spelled_as_documented[kiln-grand]"


@mutant(caught_by=_SPELLED, says="is sent, but the contract documents '<picture 1>")
class SpellsReferencesInPlainWords(KilnAdapter):
    """It writes references as `image 1`, although the vendor documents `<picture 1>`."""

    def text(self, request: VideoRequest, model: ModelSpec) -> str:
        return render_prompt(request.prompt)


@mutant(caught_by=_SPELLED, says="'{image:1} {image:2}")
class LeavesReferencesUnchanged(KilnAdapter):
    """It sends the prompt unchanged, with `{image:1}` in it."""

    def text(self, request: VideoRequest, model: ModelSpec) -> str:
        return request.prompt


@mutant(caught_by=_SPELLED, says="'0> <picture 1>")
class CountsReferencesFromZero(KilnAdapter):
    """It calls the first image `<picture 0>`."""

    def text(self, request: VideoRequest, model: ModelSpec) -> str:
        def one_less(found: re.Match[str]) -> str:
            return f"<{found[1]} {int(found[2]) - 1}>"

        return re.sub(r"<(\w+) (\d+)>", one_less, super().text(request, model))


@mutant(
    caught_by="test_text_like_a_reference_is_unchanged[kiln-grand]",
    says="'A kite over the dunes [Image 1]' became",
)
class RendersWhatOnlyResemblesAReference(KilnAdapter):
    """It writes `{image}` and `[Image 1]` as references, although they are plain text."""

    def text(self, request: VideoRequest, model: ModelSpec) -> str:
        loose = re.sub(r"\{image\}|\[Image 1\]", "<picture 1>", request.prompt)
        return render_prompt(loose, model.prompt_references)


@mutant(
    caught_by="test_text_like_a_reference_is_unchanged[kiln-grand]",
    says="must become",
)
class LeavesDoubledBraces(KilnAdapter):
    """It keeps the doubled braces of `{{image:1}}`, the way to write a reference as plain text."""

    def text(self, request: VideoRequest, model: ModelSpec) -> str:
        hidden = request.prompt.replace("{{", "\0\0").replace("}}", "\1\1")
        rendered = render_prompt(hidden, model.prompt_references)
        return rendered.replace("\0\0", "{{").replace("\1\1", "}}")


@mutant(caught_by="test_the_meaning_is_unchanged[kiln-grand]", says="prompt: requested")
class AddsWordsToThePrompt(KilnAdapter):
    """It adds a sentence about quality to each prompt."""

    def text(self, request: VideoRequest, model: ModelSpec) -> str:
        return f"{super().text(request, model)} High quality."
