"""Media in all: how many a request may have together, besides the limits of each kind."""

from __future__ import annotations

from polyreel.adapters import ModelSpec
from polyreel.request.media import MediaKind

from .samples import KINDS, Fields

_FRAMES = ("first_frame", "last_frame")


def media_in(fields: Fields) -> int:
    """Return how many media the fields of a request have."""
    frames = sum(fields.get(name) is not None for name in _FRAMES)
    return frames + sum(len(fields.get(f"reference_{kind}s") or ()) for kind in KINDS)


def is_within_total(fields: Fields, model: ModelSpec) -> bool:
    """Whether a request has no more media in all than a model takes."""
    return model.media_maximum is None or media_in(fields) <= model.media_maximum


def most_of(kind: MediaKind, model: ModelSpec, fields: Fields, otherwise: int) -> int:
    """Return how many references of a kind a request can have beside its other media.

    Args:
        kind: The kind.
        model: The model.
        fields: The fields of the request; its references of the kind do not count.
        otherwise: The number where the model's data has none.
    """
    limit = model.limit(kind)
    most = otherwise if limit is None or limit.maximum is None else limit.maximum
    if model.media_maximum is None:
        return most
    others = media_in({**fields, f"reference_{kind}s": ()})
    return max(0, min(most, model.media_maximum - others))


def within_total(fields: Fields, model: ModelSpec) -> Fields:
    """Return the fields with the last references left out until the model takes their number."""
    found = dict(fields)
    while not is_within_total(found, model):
        lists = [f"reference_{kind}s" for kind in KINDS if found.get(f"reference_{kind}s")]
        if not lists:
            break
        longest = max(lists, key=lambda name: len(found[name]))
        found[longest] = found[longest][:-1]
        if not found[longest]:
            del found[longest]
    return found
