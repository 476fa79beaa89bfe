"""Mutants with a wrong limit in the model's data, most of them wrong by one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from polyreel.adapters import MediaLimit, ModelSpec, Rule, seconds

from mutants.kiln.adapter import KilnAdapter
from mutants.kiln.models import GRAND, PETITE
from mutants.mutant import mutant

_TOO_MUCH = "test_accepted_requests_meet_the_contract[kiln-grand]"
_TOO_LITTLE = "test_documented_values_are_accepted[kiln-grand]"


def _with(**changes: Any) -> tuple[ModelSpec, ...]:
    return (replace(GRAND, **changes), PETITE)


def _images(**changes: Any) -> MediaLimit:
    assert GRAND.images is not None
    return replace(GRAND.images, **changes)


@mutant(caught_by=_TOO_MUCH, says="pictures: a list of 7 is too long")
class AcceptsOneImageTooMany(KilnAdapter):
    """It accepts seven reference images; the vendor accepts six."""

    models = _with(images=_images(maximum=7))


@mutant(caught_by=_TOO_MUCH, says="seconds: 16 is greater than the maximum of 15")
class AcceptsOneSecondTooMany(KilnAdapter):
    """It accepts 16 seconds; the vendor accepts 15."""

    models = _with(durations=seconds(4, 16))


@mutant(caught_by=_TOO_MUCH, says="text: a text of 2001 characters is too long")
class AcceptsOneCharacterTooMany(KilnAdapter):
    """It accepts prompts of 2001 characters; the vendor accepts 2000."""

    models = _with(prompt_maximum=2001)


@mutant(caught_by=_TOO_MUCH, says="lapses_after")
class HasNoBoundsOfASetting(KilnAdapter):
    """The documented bounds of a setting are missing in the model's data."""

    models = _with(settings={**GRAND.settings, "expires_after": PETITE.settings["watermark"]})


@mutant(caught_by=_TOO_MUCH, says="the contract refuses the body")
class AcceptsVideosWithFrames(KilnAdapter):
    """The model's data does not say that videos and frames exclude each other."""

    models = _with(rules=frozenset({Rule.AUDIO_NEEDS_COMPANION}))


@mutant(caught_by=_TOO_MUCH, says="the contract refuses the body")
class AcceptsAudioAlone(KilnAdapter):
    """The model's data does not say that audio needs other media."""

    models = _with(rules=frozenset({Rule.VIDEO_NOT_WITH_FRAMES}))


@mutant(caught_by=_TOO_LITTLE, says="reference_images=6 of them is documented, but refused")
class RefusesTheLastImage(KilnAdapter):
    """It refuses six reference images; the vendor accepts six."""

    models = _with(images=_images(maximum=5))


@mutant(caught_by=_TOO_LITTLE, says="duration=15 is documented, but refused")
class RefusesTheLastSecond(KilnAdapter):
    """It refuses 15 seconds; the vendor accepts 15."""

    models = _with(durations=seconds(4, 14))


@mutant(caught_by=_TOO_LITTLE, says="prompt=2000 characters is documented, but refused")
class RefusesTheLastCharacter(KilnAdapter):
    """It refuses a prompt of 2000 characters; the vendor accepts 2000."""

    models = _with(prompt_maximum=1999)
