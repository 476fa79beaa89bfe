"""Toy Films for polyreel. What the hooks offer is imported when it is asked for."""

import polyreel


@polyreel.hookimpl
def polyreel_adapters() -> list[type]:
    from .adapter import ToyAdapter

    return [ToyAdapter]


@polyreel.hookimpl
def polyreel_stand_ins() -> list[type]:
    from .stand_in import ToyStandIn

    return [ToyStandIn]
