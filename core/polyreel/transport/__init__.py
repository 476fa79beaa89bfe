"""The only HTTP: requests with credentials, and downloads."""

from .certificates import Certificates, choose_certificates
from .http import (
    AsyncTransport,
    SyncTransport,
)
from .network_settings import NetworkSettings, read_network_settings
from .proxies import Proxies, Proxy, read_proxies

__all__ = [
    "AsyncTransport",
    "Certificates",
    "NetworkSettings",
    "Proxies",
    "Proxy",
    "SyncTransport",
    "choose_certificates",
    "read_network_settings",
    "read_proxies",
]
