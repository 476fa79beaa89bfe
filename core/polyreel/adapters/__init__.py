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
from .accepted import Accepted
from .account import (
    Account,
    Timeouts,
)
from .adapter import CONTRACT_VERSION, Adapter
from .answers import Answer
from .cancellation import Cancellation
from .charges import Charge, Estimate
from .declarations import Credential, PollTiming, ProviderOptions, UploadLimit
from .error_kinds import error_kind
from .finding import Found, Sought
from .hookspecs import hookimpl
from .idempotency import IdempotencyKey
from .job_status import (
    JobRef,
    JobStatus,
    Output,
    State,
)
from .refusals import Refusal
from .registration import Approval, MediaToRegister, Registration
from .registry import Registry
from .stand_in import StandIn
from .values import (
    Amount,
    Fraction,
    Moment,
    Percent,
    Pixels,
    TaskId,
    Text,
    amount_of,
    fraction_of,
    moment_of,
    percent_of,
    pixels_of,
    task_id_of,
    text_of,
)
from .wire import Flow, WireRequest, WireResponse

__all__ = [
    "CONTRACT_VERSION",
    "Accepted",
    "Account",
    "Adapter",
    "Amount",
    "Answer",
    "Approval",
    "Billing",
    "Cancellation",
    "Charge",
    "Credential",
    "Estimate",
    "Finding",
    "Flow",
    "Found",
    "Fraction",
    "Frames",
    "IdempotencyKey",
    "JobRef",
    "JobStatus",
    "MediaFile",
    "MediaLimit",
    "MediaToRegister",
    "Mode",
    "ModelSpec",
    "Moment",
    "Output",
    "Percent",
    "Pixels",
    "PollTiming",
    "PriceRule",
    "ProviderOptions",
    "Refusal",
    "Registration",
    "Registry",
    "Rule",
    "Setting",
    "Sought",
    "StandIn",
    "State",
    "TaskId",
    "Text",
    "Timeouts",
    "TokenCount",
    "Unit",
    "UploadLimit",
    "VideoRequest",
    "WireRequest",
    "WireResponse",
    "amount_of",
    "error_kind",
    "fraction_of",
    "hookimpl",
    "moment_of",
    "path_segment",
    "percent_of",
    "pixels_of",
    "render_prompt",
    "seconds",
    "task_id_of",
    "text_of",
]
