"""Mutants whose data has a limit wrong, by one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from polyreel import ModelSpec, Rule, seconds

from mutants.kiln.adapter import KilnAdapter
from mutants.kiln.models import GRAND, PETITE
from mutants.mutant import mutant

_TOO_MUCH = "test_what_the_model_takes_meets_the_contract[kiln-grand]"
_TOO_LITTLE = "test_what_the_contract_takes_the_model_takes[kiln-grand]"
assert GRAND.images is not None


def _with(**changes: Any) -> tuple[ModelSpec, ...]:
    return (replace(GRAND, **changes), PETITE)


@mutant(caught_by=_TOO_MUCH, says="pictures: a list of 7 is too long")
class TakesAnImageTooMany(KilnAdapter):
    """Seven reference images are taken; the vendor takes six."""

    models = _with(images=replace(GRAND.images, maximum=7))


@mutant(caught_by=_TOO_MUCH, says="seconds: 16 is greater than the maximum of 15")
class TakesASecondTooMany(KilnAdapter):
    """Sixteen seconds are taken; the vendor makes fifteen."""

    models = _with(durations=seconds(4, 16))


@mutant(caught_by=_TOO_MUCH, says="text: a text of 2001 characters is too long")
class TakesALetterTooMany(KilnAdapter):
    """Prompts of 2001 characters are taken; the vendor takes 2000."""

    models = _with(prompt_maximum=2001)


@mutant(caught_by=_TOO_MUCH, says="lapses_after")
class HasNoBoundsOfASetting(KilnAdapter):
    """A setting's documented bounds are left out of the model's data."""

    models = _with(settings={**GRAND.settings, "expires_after": PETITE.settings["watermark"]})


@mutant(caught_by=_TOO_MUCH, says="the contract refuses the body")
class TakesVideosBesideFrames(KilnAdapter):
    """The model's data does not say that videos and frames exclude each other."""

    models = _with(rules=frozenset({Rule.AUDIO_NEEDS_COMPANION}))


@mutant(caught_by=_TOO_MUCH, says="the contract refuses the body")
class TakesAudioAlone(KilnAdapter):
    """The model's data does not say that audio needs something beside it."""

    models = _with(rules=frozenset({Rule.VIDEO_NOT_WITH_FRAMES}))


@mutant(caught_by=_TOO_LITTLE, says="reference_images=6 of them is documented and refused")
class RefusesTheLastImage(KilnAdapter):
    """Six reference images are refused, which the vendor takes."""

    models = _with(images=replace(GRAND.images, maximum=5))


@mutant(caught_by=_TOO_LITTLE, says="duration=15 is documented and refused")
class RefusesTheLastSecond(KilnAdapter):
    """Fifteen seconds are refused, which the vendor makes."""

    models = _with(durations=seconds(4, 14))


@mutant(caught_by=_TOO_LITTLE, says="prompt=2000 characters is documented and refused")
class RefusesTheLastLetter(KilnAdapter):
    """A prompt of 2000 characters is refused, which the vendor takes."""

    models = _with(prompt_maximum=1999)
