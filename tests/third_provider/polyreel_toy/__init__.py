"""Toy Videos for polyreel. Each hook imports what it returns only when it is called."""

import polyreel


@polyreel.hookimpl
def polyreel_adapters() -> list[type]:
    from .adapter import ToyAdapter

    return [ToyAdapter]


@polyreel.hookimpl
def polyreel_stand_ins() -> list[type]:
    from .stand_in import ToyStandIn

    return [ToyStandIn]
