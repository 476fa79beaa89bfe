"""What an adapter declares besides its models: how the key is sent, when to poll, own settings."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

REQUEST_ID_HEADERS = (
    "x-request-id",
    "request-id",
    "x-amzn-requestid",
    "x-amz-request-id",
    "x-ms-request-id",
    "apim-request-id",
    "x-acs-request-id",
    "x-tt-logid",
    "x-correlation-id",
    "x-trace-id",
    "cf-ray",
)
"""The headers in which vendors and their gateways give their own id of a request, the best first.
A gateway's id is the last: it helps where the vendor gives none."""


class ProviderOptions(BaseModel):
    """The settings that only one provider has. Subclass it; unknown names are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


@dataclass(frozen=True, kw_only=True)
class Credential:
    """How a provider expects the key. Only the transport attaches it.

    Attributes:
        header: The header's name.
        template: The header's value, in which `{key}` is the key.
    """

    header: str = "Authorization"
    template: str = "Bearer {key}"


@dataclass(frozen=True, kw_only=True)
class UploadLimit:
    """What a provider's upload endpoint takes.

    Attributes:
        maximum_bytes: Largest file.
        mime_types: Accepted types.
        source: The page that says so.
    """

    maximum_bytes: int
    mime_types: frozenset[str]
    source: str


@dataclass(frozen=True, kw_only=True)
class PollTiming:
    """When to poll a provider's jobs, in seconds.

    Attributes:
        first: From the submit to the first poll.
        gap: Between polls.
        floor: The shortest time between polls in every case.
    """

    first: float = 10.0
    gap: float = 8.0
    floor: float = 1.0
