"""Toy Films: an invented vendor. Pixels, text seconds, a key header, status at a returned URL."""

from collections.abc import Iterable

import polyreel
from polyreel import Adapter


@polyreel.hookimpl
def polyreel_adapters() -> Iterable[type[Adapter]]:
    from .adapter import ToyAdapter

    return [ToyAdapter]


@polyreel.hookimpl
def polyreel_stand_ins() -> Iterable[type]:
    from .stand_in import ToyStandIn

    return [ToyStandIn]
