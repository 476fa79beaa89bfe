"""polyreel: one video request, many AI-video vendors.

    from polyreel import Client

    with Client() as client:
        film = client.generate("A lighthouse at dusk", "film.mp4", model="jimmy/seedance2.0-std")

Names are loaded when they are first used, so that importing this package stays light.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .account import Account as Account
    from .account import Timeouts as Timeouts
    from .adapter import CONTRACT_VERSION as CONTRACT_VERSION
    from .adapter import Adapter as Adapter
    from .adapter import Credential as Credential
    from .adapter import PollTiming as PollTiming
    from .adapter import ProviderOptions as ProviderOptions
    from .adapter import UploadLimit as UploadLimit
    from .adapter import error_kind as error_kind
    from .archive import Archive as Archive
    from .catalogue import Billing as Billing
    from .catalogue import Finding as Finding
    from .catalogue import Frames as Frames
    from .catalogue import MediaLimit as MediaLimit
    from .catalogue import ModelSpec as ModelSpec
    from .catalogue import Rule as Rule
    from .catalogue import Setting as Setting
    from .catalogue import seconds as seconds
    from .checks import Adjustment as Adjustment
    from .checks import check as check
    from .checks import nearest_model as nearest_model
    from .client import AsyncClient as AsyncClient
    from .client import Client as Client
    from .clock import Clock as Clock
    from .clock import SystemClock as SystemClock
    from .comparison import Comparison as Comparison
    from .comparison import compare as compare
    from .config import Config as Config
    from .config import load_config as load_config
    from .engine import Attempt as Attempt
    from .engine import Film as Film
    from .errors import AuthenticationFailed as AuthenticationFailed
    from .errors import BadResponse as BadResponse
    from .errors import ConfigError as ConfigError
    from .errors import ContentBlocked as ContentBlocked
    from .errors import FetchError as FetchError
    from .errors import IdempotencyConflict as IdempotencyConflict
    from .errors import InsufficientBalance as InsufficientBalance
    from .errors import InvalidRequest as InvalidRequest
    from .errors import JobCanceled as JobCanceled
    from .errors import JobError as JobError
    from .errors import JobExpired as JobExpired
    from .errors import JobFailed as JobFailed
    from .errors import JournalError as JournalError
    from .errors import MediaUnreadable as MediaUnreadable
    from .errors import MissingKey as MissingKey
    from .errors import NotFound as NotFound
    from .errors import OverBudget as OverBudget
    from .errors import PluginError as PluginError
    from .errors import PolyreelError as PolyreelError
    from .errors import ProviderError as ProviderError
    from .errors import ProviderUnavailable as ProviderUnavailable
    from .errors import RateLimited as RateLimited
    from .errors import ResultExpired as ResultExpired
    from .errors import SubmitUnknown as SubmitUnknown
    from .errors import TransportError as TransportError
    from .errors import UnknownModel as UnknownModel
    from .errors import UnsupportedRequest as UnsupportedRequest
    from .errors import UsageError as UsageError
    from .errors import WaitTimeout as WaitTimeout
    from .film_facts import FilmFacts as FilmFacts
    from .film_facts import probe as probe
    from .handles import AsyncJob as AsyncJob
    from .handles import Job as Job
    from .hookspecs import hookimpl as hookimpl
    from .jobs import Cancellation as Cancellation
    from .jobs import Charge as Charge
    from .jobs import JobRef as JobRef
    from .jobs import JobStatus as JobStatus
    from .jobs import Output as Output
    from .jobs import State as State
    from .journal import Journal as Journal
    from .journal.sqlite import SqliteJournal as SqliteJournal
    from .latency import Latency as Latency
    from .latency import Usual as Usual
    from .latency import latency_by as latency_by
    from .latency import usual_seconds as usual_seconds
    from .media import Media as Media
    from .price_book import PriceBook as PriceBook
    from .price_rules import PriceRule as PriceRule
    from .price_rules import TokenCount as TokenCount
    from .price_rules import Unit as Unit
    from .pricing import Certainty as Certainty
    from .pricing import Quote as Quote
    from .pricing import QuoteLine as QuoteLine
    from .pricing import quote as quote
    from .prompt import render_prompt as render_prompt
    from .quotes import Budget as Budget
    from .quotes import Offer as Offer
    from .quotes import choose as choose
    from .records import JobRecord as JobRecord
    from .records import Stage as Stage
    from .records import Timeline as Timeline
    from .registry import Registry as Registry
    from .request import Mode as Mode
    from .request import VideoRequest as VideoRequest
    from .spend import Spending as Spending
    from .spend import spend_by as spend_by
    from .urls import path_segment as path_segment
    from .wire import Flow as Flow
    from .wire import MediaFile as MediaFile
    from .wire import WireRequest as WireRequest
    from .wire import WireResponse as WireResponse

_HOMES = {
    "account": "Account Timeouts",
    "adapter": "CONTRACT_VERSION Adapter Credential PollTiming ProviderOptions UploadLimit "
    "error_kind",
    "catalogue": "Billing Finding Frames MediaLimit ModelSpec Rule Setting seconds",
    "checks": "Adjustment check nearest_model",
    "archive": "Archive",
    "client": "AsyncClient Client",
    "handles": "AsyncJob Job",
    "clock": "Clock SystemClock",
    "comparison": "Comparison compare",
    "config": "Config load_config",
    "engine": "Attempt Film",
    "errors": "AuthenticationFailed BadResponse ConfigError ContentBlocked FetchError "
    "IdempotencyConflict InsufficientBalance InvalidRequest JobCanceled JobError "
    "JobExpired JobFailed JournalError MediaUnreadable MissingKey NotFound OverBudget "
    "PluginError "
    "PolyreelError ProviderError ProviderUnavailable RateLimited ResultExpired "
    "SubmitUnknown TransportError UnknownModel UnsupportedRequest UsageError WaitTimeout",
    "hookspecs": "hookimpl",
    "jobs": "Cancellation Charge JobRef JobStatus Output State",
    "journal": "Journal",
    "journal.sqlite": "SqliteJournal",
    "latency": "Latency Usual latency_by usual_seconds",
    "media": "Media",
    "film_facts": "FilmFacts probe",
    "price_book": "PriceBook",
    "price_rules": "PriceRule TokenCount Unit",
    "pricing": "Certainty Quote QuoteLine quote",
    "prompt": "render_prompt",
    "quotes": "Budget Offer choose",
    "records": "JobRecord Stage Timeline",
    "registry": "Registry",
    "request": "Mode VideoRequest",
    "spend": "Spending spend_by",
    "urls": "path_segment",
    "wire": "Flow MediaFile WireRequest WireResponse",
}
_HOME = {name: module for module, names in _HOMES.items() for name in names.split()}

__all__ = sorted(_HOME)  # pyright: ignore[reportUnsupportedDunderAll]  # one table, not two


def __getattr__(name: str) -> Any:
    """Load a public name from its module, once."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
