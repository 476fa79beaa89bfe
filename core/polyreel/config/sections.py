"""Sections: what a polyreel.toml may say, and the checks of each value.

The file names targets and providers. It never holds a key, only the name of the
environment variable that holds the key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from ..adapters.account import Timeouts
from ..models.price_rules import CountedSeconds, PriceRule, TokenCount, Unit, why_not_number
from ..request.media_rules import MAXIMUM_INLINE_BYTES

Policy = Literal["cheapest", "fastest", "first_available"]
"""How one of several models is chosen. An unknown price or time is never the best one."""

FILE_NAME = "polyreel.toml"
"""The name of a config file."""
MAXIMUM_VIDEO_BYTES = 4 * 2**30
"""No model makes a video as large as this."""
MOST_RETRIES = 20
"""The largest `retry_refused`."""

# How `api_key` names the environment variable of a key.
_KEY_VARIABLE = re.compile(r"^\$(?:\{(?P<braced>[A-Za-z_]\w*)\}|(?P<plain>[A-Za-z_]\w*))$")


def key_variable(api_key: object) -> str | None:
    """Return the environment variable that an `api_key` names; None where it names none."""
    found = _KEY_VARIABLE.match(api_key) if isinstance(api_key, str) else None
    return None if found is None else found["braced"] or found["plain"]


def _exact(value: object) -> Decimal:
    """Return an amount exactly as written. A float is refused, since it is not exact."""
    if isinstance(value, float):
        raise ValueError('write the amount as text, such as "0.05", so that it is exact')
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise ValueError(_not_an_amount(value)) from None
    if why_not_number(amount) is not None:
        raise ValueError(_not_an_amount(value))
    return amount


def _not_an_amount(value: object) -> str:
    return f'{str(value)[:40]!r} is not a valid amount; use e.g. "0.05"'


Amount = Annotated[Decimal, BeforeValidator(_exact)]


def _money(text: str) -> tuple[str, Decimal]:
    """Return the currency and the amount of a text such as `1.00 USD`."""
    amount, _, currency = text.strip().partition(" ")
    if not currency.strip() or not (found := _exact(amount)):
        raise ValueError(f'{text[:40]!r} is not a valid amount of a currency; use e.g. "1.00 USD"')
    return currency.strip(), found


def _is_money(text: str) -> str:
    _money(text)
    return text


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class TimeoutsConfig(_Section):
    """`[providers.NAME.timeouts]`, in seconds. The attributes are those of `Timeouts`."""

    connect: float = Field(default=Timeouts.connect, gt=0, allow_inf_nan=False)
    read: float = Field(default=Timeouts.read, gt=0, allow_inf_nan=False)
    write: float = Field(default=Timeouts.write, gt=0, allow_inf_nan=False)
    answer: float = Field(default=Timeouts.answer, gt=0, allow_inf_nan=False)
    slowest_download: float = Field(default=Timeouts.slowest_download, ge=0, allow_inf_nan=False)
    slowest_for: float = Field(default=Timeouts.slowest_for, gt=0, allow_inf_nan=False)


class ProviderConfig(_Section):
    """`[providers.NAME]`.

    Attributes:
        api_key: `$VARIABLE`, naming the environment variable that holds the key.
        base_url: The provider's address.
        timeouts: Network timeouts in seconds.
        max_in_flight: Most jobs open at once, over every process that shares the journal.
        requests_per_minute: Most requests of any kind, over the same processes.
        retry_refused: As in `Config`, for this provider; None for what that says.
        options: The provider's own settings, for every request.
    """

    api_key: str | None = None
    base_url: str | None = None
    timeouts: TimeoutsConfig = TimeoutsConfig()
    max_in_flight: int | None = Field(default=None, ge=1)
    requests_per_minute: int | None = Field(default=None, ge=1)
    retry_refused: int | None = Field(default=None, ge=0, le=MOST_RETRIES)
    options: dict[str, Any] = Field(default_factory=dict)

    @field_validator("api_key")
    @classmethod
    def _names_a_variable(cls, value: str | None) -> str | None:
        if value is not None and not _KEY_VARIABLE.match(value):
            raise ValueError(
                "do not write a key into the file; name an environment variable: "
                'api_key = "$MY_KEY"'
            )
        return value

    @property
    def key_variable(self) -> str | None:
        """The environment variable that `api_key` names; None for the provider's usual one."""
        return key_variable(self.api_key)


class TargetConfig(_Section):
    """`[targets.NAME]`: a named choice of model, or of the best of several.

    Attributes:
        model: Written `provider/name`. Of several, the first.
        models: Several, of which `policy` chooses one for each request.
        policy: `cheapest` takes the lowest known price, `fastest` the shortest usual time,
            `first_available` the first that can do the request.
        options: The provider's own settings, for this target.
        fallbacks: Targets or models to try, in order, after a confirmed refusal or failure.
    """

    model: str = Field(min_length=1)
    models: list[str] = Field(default_factory=list)
    policy: Policy = "cheapest"
    options: dict[str, Any] = Field(default_factory=dict)
    fallbacks: list[str] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        models = value.get("models")
        if models is None:
            if "policy" in value:
                raise ValueError("`policy` chooses among `models`; give `models`, or no `policy`")
            return value
        if "model" in value:
            raise ValueError("give either `model` or `models`")
        if not isinstance(models, list) or len(models) < 2 or not all(models):
            raise ValueError("`models` must name at least two, each written provider/name")
        if value.get("options"):
            raise ValueError("`options` belong to one provider; give them with one `model`")
        return {**value, "model": models[0]}

    @property
    def candidates(self) -> tuple[str, ...]:
        """Every model that may be used."""
        return tuple(self.models) or (self.model,)


class TokensConfig(_Section):
    """`tokens` of a price: how tokens are counted. The attributes are those of `TokenCount`."""

    frames_per_second: Amount
    pixels_per_token: Amount
    pixels: dict[str, Annotated[int, Field(ge=1)]] = Field(min_length=1)

    @field_validator("frames_per_second", "pixels_per_token")
    @classmethod
    def _is_positive(cls, value: Decimal) -> Decimal:
        if not value:
            raise ValueError("must be greater than zero")
        return value


class PriceConfig(_Section):
    """`[[prices]]`: what a model costs you. Amounts are text, such as `"0.05"`, to be exact.

    Attributes are those of `PriceRule`, and `model`, written `provider/name`.
    """

    model: str = Field(pattern="^[^/]+/.+$")
    unit: Unit
    amount: Amount
    currency: str = Field(min_length=1)
    per: int = Field(default=1, ge=1)
    resolution: str | None = None
    audio: bool | None = None
    video_input: bool | None = None
    image_input: bool | None = None
    counts: CountedSeconds | None = None
    minimum_units: Amount | None = None
    rounded_up_to: Amount | None = None
    multiplier_with_video: Amount = Decimal(1)
    extra: Amount = Decimal(0)
    per_image: Amount = Decimal(0)
    per_video_second: Amount = Decimal(0)
    minimum: Amount | None = None
    tokens: TokensConfig | None = None
    is_upper_bound: bool = False
    read: date | None = None

    @model_validator(mode="after")
    def _makes_a_rule(self) -> Self:
        self.rule()  # checks the values together
        return self

    def rule(self) -> PriceRule:
        """Return it as a price rule."""
        values = {name: getattr(self, name) for name in type(self).model_fields if name != "model"}
        values["tokens"] = None if self.tokens is None else TokenCount(**self.tokens.model_dump())
        return PriceRule(**values, origin="config", source=FILE_NAME)


class BudgetConfig(_Section):
    """`[[budgets]]`: what jobs may cost together in a day or month, over every process.

    Attributes:
        amount: Such as `"20.00 USD"`.
        period: `day` or `month`, both in UTC.
        provider: The only provider whose jobs count; None for every provider.
        allows_unknown: Whether jobs of unknown cost may be sent; they count as nothing.
    """

    amount: Annotated[str, AfterValidator(_is_money)]
    period: Literal["day", "month"]
    provider: str | None = None
    allows_unknown: bool = False

    @property
    def money(self) -> tuple[str, Decimal]:
        """The currency and the amount."""
        return _money(self.amount)


class Config(_Section):
    """The config: the whole of `polyreel.toml`.

    Attributes:
        default: The target or model to use when none is named.
        targets: By name.
        providers: By name.
        journal: The journal's file; `true` for the default one, `false` for no journal.
        maximum_video_bytes: The largest video to download.
        maximum_inline_bytes: The largest media that goes inline; a larger one is uploaded or
            refused. No vendor publishes a number.
        convert_images: Whether images that a vendor does not take are converted.
        local_files: Whether requests may name files of this machine; or the folder to stay in.
        assets: Whether requests may name assets of the provider's account (`asset://…`).
        retry_refused: How often a create is sent again after a sure refusal that may pass, such
            as HTTP 429. Never after an unknown outcome.
        prices: What models cost you. They come before every other price source.
        exchange: By currency or credit, the value of one unit of it, such as `"1.00 USD"`.
            Prices in different currencies are compared only by these.
        proxy: The proxy for every request, in place of the environment's; false for none.
        ca_bundle: A file or a folder of certificates to check servers with.
        certificates: `bundled` for the package certifi's, `system` for the operating system's.
            None for those that the environment names, else the bundled ones.
        budgets: What jobs may cost together in a day or month.
    """

    default: str | None = None
    targets: dict[str, TargetConfig] = Field(default_factory=dict)
    providers: dict[str, ProviderConfig] = Field(default_factory=dict)
    journal: str | bool = True
    maximum_video_bytes: int = Field(default=MAXIMUM_VIDEO_BYTES, ge=1)
    maximum_inline_bytes: int = Field(default=MAXIMUM_INLINE_BYTES, ge=1)
    convert_images: bool = False
    local_files: bool | Annotated[str, Field(min_length=1)] = True
    assets: bool = True
    retry_refused: int = Field(default=0, ge=0, le=MOST_RETRIES)
    prices: list[PriceConfig] = Field(default_factory=list)
    exchange: dict[str, Annotated[str, AfterValidator(_is_money)]] = Field(default_factory=dict)
    proxy: str | Literal[False] | None = Field(default=None, union_mode="left_to_right")
    ca_bundle: str | None = Field(default=None, min_length=1)
    certificates: Literal["bundled", "system"] | None = None
    budgets: list[BudgetConfig] = Field(default_factory=list)

    @field_validator("proxy")
    @classmethod
    def _has_no_login(cls, value: str | Literal[False] | None) -> str | Literal[False] | None:
        if value == "":
            raise ValueError("must be the address of a proxy; false uses none")
        if value and "@" in value:
            raise ValueError(
                "do not write a user name or password into the file; use the variable HTTPS_PROXY"
            )
        return value

    @model_validator(mode="after")
    def _names_certificates_once(self) -> Self:
        if self.ca_bundle is not None and self.certificates is not None:
            raise ValueError("give either `ca_bundle` or `certificates`")
        return self

    def exchange_rates(self) -> list[tuple[str, str, Decimal]]:
        """Return each rate: the currency from, the currency to, and the factor."""
        return [(name, *_money(value)) for name, value in self.exchange.items()]
