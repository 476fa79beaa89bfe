"""Reading a plan's local media without any network, before a user is asked to pay."""

from __future__ import annotations

from typing import Any

from ..engine import Plan
from ..engine.effects import Effect, ReadMedia
from ..engine.prepare import ReadAlready, media_problems, read_media
from ..models import Finding
from ..request.local_media import read_media as read_file
from .drivers import drive


class _DiskOnly:
    """Performs the one effect of these programs."""

    def perform(self, effect: Effect) -> Any:
        assert isinstance(effect, ReadMedia), "nothing else is needed to read media"
        return read_file(
            effect.field_name, effect.kind, effect.media, effect.conversion, effect.access
        )


def check_media_of(plan: Plan, known: ReadAlready | None = None) -> None:
    """Check that every media of a plan can be sent.

    Args:
        plan: The request, the model and how media are treated.
        known: For several plans of one request: media are read once, not for each plan.

    Raises:
        MediaUnreadable: Names the field, what is wrong and what to do.
    """
    drive(read_media(plan, known), _DiskOnly())


def media_findings_of(plan: Plan, known: ReadAlready | None = None) -> list[Finding]:
    """Return why a plan's media can't be sent to its model; empty where they can.

    Args:
        plan: As in `check_media_of`.
        known: As in `check_media_of`.

    Raises:
        MediaUnreadable: When a media can't be read.
    """
    return drive(media_problems(plan, known), _DiskOnly())
