"""Acme Films for polyreel. What the hooks offer is imported when it is asked for."""

import polyreel


@polyreel.hookimpl
def polyreel_adapters() -> list[type]:
    from .adapter import AcmeAdapter

    return [AcmeAdapter]


@polyreel.hookimpl
def polyreel_stand_ins() -> list[type]:
    from .stand_in import AcmeStandIn

    return [AcmeStandIn]
