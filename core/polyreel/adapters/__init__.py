"""What the author of a provider uses, and how plugins are found."""

from ..models.price_rules import (
    PriceRule,
    TokenCount,
    Unit,
)
from ..models.spec import (
    Billing,
    Finding,
    Frames,
    MediaLimit,
    ModelSpec,
    Rule,
    Setting,
    seconds,
)
from ..request.media import MediaFile
from ..request.prompt import render_prompt
from ..request.video_request import (
    Mode,
    VideoRequest,
)
from ..text.addresses import path_segment
from .account import (
    Account,
    Timeouts,
)
from .adapter import (
    CONTRACT_VERSION,
    Adapter,
    Credential,
    PollTiming,
    ProviderOptions,
    UploadLimit,
    error_kind,
)
from .hookspecs import hookimpl
from .job_status import (
    Cancellation,
    Charge,
    JobRef,
    JobStatus,
    Output,
    State,
)
from .registry import Registry
from .stand_in import StandIn
from .wire import Flow, WireRequest, WireResponse

__all__ = [
    "CONTRACT_VERSION",
    "Account",
    "Adapter",
    "Billing",
    "Cancellation",
    "Charge",
    "Credential",
    "Finding",
    "Flow",
    "Frames",
    "JobRef",
    "JobStatus",
    "MediaFile",
    "MediaLimit",
    "Mode",
    "ModelSpec",
    "Output",
    "PollTiming",
    "PriceRule",
    "ProviderOptions",
    "Registry",
    "Rule",
    "Setting",
    "StandIn",
    "State",
    "Timeouts",
    "TokenCount",
    "Unit",
    "UploadLimit",
    "VideoRequest",
    "WireRequest",
    "WireResponse",
    "error_kind",
    "hookimpl",
    "path_segment",
    "render_prompt",
    "seconds",
]
