"""Account: one provider's address, key and limits for this user."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import SecretStr

from ..errors import ConfigError, MissingKey
from ..text.addresses import is_loopback, origin
from .declarations import REQUEST_ID_HEADERS, Credential


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """How long to wait for the network, in seconds.

    Attributes:
        connect: For a connection.
        read: For the next bytes of an answer.
        write: For the next bytes of a request to be taken.
        answer: For the whole of one answer of the API, however slowly it arrives. Waiting for a
            turn or for a free connection does not count; a large request has more time.
        slowest_download: The least bytes a second of a download; a slower one is begun again.
        slowest_for: The seconds over which that is measured.
    """

    connect: float = 15.0
    read: float = 90.0
    write: float = 90.0
    answer: float = 120.0
    slowest_download: float = 1024.0
    slowest_for: float = 60.0


@dataclass(frozen=True, kw_only=True)
class Account:
    """One provider's address, key and limits.

    Attributes:
        provider: The provider's name.
        base_url: The provider's address. The key is sent to this origin and to no other.
        credential: How the key is sent.
        key: The key; None where none is set.
        key_variable: The environment variable for the key.
        timeouts: Network timeouts.
        max_in_flight: Most jobs open at the provider at once, over every process that shares
            the journal; None for no limit.
        requests_per_minute: Most requests of any kind, over the same processes; None for no
            limit.
        request_id_headers: The headers of an answer that may hold the provider's own id of the
            request, in lower case, the best first.
        why_no_key: Why the key may not be used, and what to do; None where it may.
        retry_refused: How often a create is sent again after a sure refusal that may pass.
    """

    provider: str
    base_url: str
    credential: Credential
    key: SecretStr | None
    key_variable: str
    timeouts: Timeouts = field(default_factory=Timeouts)
    max_in_flight: int | None = None
    requests_per_minute: int | None = None
    request_id_headers: tuple[str, ...] = REQUEST_ID_HEADERS
    why_no_key: str | None = None
    retry_refused: int = 0

    @property
    def place(self) -> str:
        """The unit that limits apply to: the provider at its address."""
        return f"{self.provider} {self.base_url}"

    def require_key(self) -> str:
        """Return the key.

        Raises:
            ConfigError: When it may not be used, since the config is not trusted.
            MissingKey: When none is set.
        """
        if self.why_no_key is not None:
            raise ConfigError(self.why_no_key, provider=self.provider)
        if self.key is None:
            raise MissingKey(
                f"no key for {self.provider}. Set the environment variable {self.key_variable}, "
                f'or write api_key = "${self.key_variable}" with a variable of your own under '
                f"[providers.{self.provider}] in polyreel.toml",
                provider=self.provider,
            )
        return self.key.get_secret_value()

    def credential_header(self) -> tuple[str, str]:
        """Return the name and the value of the header that carries the key."""
        return self.credential.header, self.credential.template.replace("{key}", self.require_key())

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown or saved."""
        return () if self.key is None else (self.key.get_secret_value(),)

    @property
    def host(self) -> str:
        """The host of the configured address."""
        return origin(self.base_url)[1]

    @property
    def is_loopback(self) -> bool:
        """Whether the provider's address is on this machine, as a stand-in's is."""
        return is_loopback(self.host)
