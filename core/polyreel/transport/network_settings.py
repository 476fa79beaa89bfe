"""NetworkSettings: what the config and the environment say of proxies and certificates."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..config import Config
from .certificates import Certificates, choose_certificates
from .proxies import Proxies, read_proxies

log = logging.getLogger("polyreel")


@dataclass(frozen=True)
class NetworkSettings:
    """How the network is reached.

    Attributes:
        proxies: Which proxy a request goes through.
        certificates: What servers are checked against.
    """

    proxies: Proxies = field(default_factory=Proxies)
    certificates: Certificates = field(default_factory=Certificates)


def read_network_settings(
    config: Config | None = None, environment: Mapping[str, str] = os.environ
) -> NetworkSettings:
    """Return how the network is reached, checked before anything is sent.

    The config's `proxy`, `ca_bundle` and `certificates` come before the variables that every
    program reads: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`, `SSL_CERT_FILE` and
    `SSL_CERT_DIR`.

    Args:
        config: The user's config; None for an empty one.
        environment: The environment variables.

    Raises:
        ConfigError: When a proxy or the certificates can't be used. It names the variable or
            the key of the config, and the way out; it never shows a proxy's password.
    """
    config = config or Config()
    proxies = read_proxies(config.proxy, environment)
    certificates = choose_certificates(config.ca_bundle, config.certificates, environment)
    certificates.check()
    exceptions = proxies.exceptions
    if exceptions.unread and proxies.by_scheme:
        log.warning(
            "%s has %d entries that mean no host, address or network; they are not used",
            exceptions.named_by,
            exceptions.unread,
        )
    return NetworkSettings(proxies, certificates)
