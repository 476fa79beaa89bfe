"""The stand-ins that the installed plugins offer."""

from __future__ import annotations

from polyreel import PluginError
from polyreel.adapters import Registry

from .stand_in import StandIn


def installed_stand_ins(registry: Registry | None = None) -> dict[str, type[StandIn]]:
    """Return the stand-ins by provider name.

    Args:
        registry: The installed plugins; None finds them.

    Raises:
        PluginError: When a plugin fails, or offers a class that is not a stand-in.
    """
    found: dict[str, type[StandIn]] = {}
    for name, kind in (registry or Registry.installed()).stand_ins().items():
        if not issubclass(kind, StandIn):
            raise PluginError(
                f"the stand-in of {name} is not a subclass of polyreel_sandbox.StandIn. "
                "Report it to the plugin's author.",
                provider=name,
            )
        found[name] = kind
    return found
