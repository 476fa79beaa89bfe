"""Acme Videos for polyreel. Each hook imports what it returns only when it is called."""

import polyreel


@polyreel.hookimpl
def polyreel_adapters() -> list[type]:
    from .adapter import AcmeAdapter

    return [AcmeAdapter]


@polyreel.hookimpl
def polyreel_stand_ins() -> list[type]:
    from .stand_in import AcmeStandIn

    return [AcmeStandIn]
