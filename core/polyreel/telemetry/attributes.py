"""Attributes: what is reported of a job. None of them can have a prompt, a key or a name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from math import isfinite
from urllib.parse import urlsplit

from ..adapters import Charge
from ..characters import clean_line
from ..errors import JobCanceled, JobExpired, JobFailed, SubmitUnknown
from ..jobs import JobOutcome, JobRecord
from . import conventions as names

Attributes = dict[str, str | int | float]

_CODE = re.compile(r"[\w.:-]{1,64}")
"""The form of a provider's error code; any other text may be a sentence."""
# The provider ended the job, so the error's class is known, also if the record has no error.
_ERROR_TYPES = {
    JobOutcome.FAILED: JobFailed.__name__,
    JobOutcome.CANCELED: JobCanceled.__name__,
    JobOutcome.EXPIRED: JobExpired.__name__,
}
OTHER_ERROR = "_OTHER"
"""The convention's value for an error whose type is unknown."""
_PORTS = {"https": 443, "http": 80}


def model_attributes(job: JobRecord) -> Attributes:
    """Return the attributes of the model. They have few values, so metrics can use them too."""
    provider, _, model = job.model.partition("/")
    return {
        names.OPERATION_NAME: names.GENERATE_CONTENT,
        names.PROVIDER_NAME: provider,
        names.REQUEST_MODEL: model,
    }


def error_type(job: JobRecord, outcome: JobOutcome) -> str | None:
    """Return the name of the error's class; None where the video is on disk."""
    if outcome is JobOutcome.SUCCEEDED:
        return None
    if outcome in _ERROR_TYPES:
        return _ERROR_TYPES[outcome]
    if job.error is not None:
        return type(job.error).__name__
    return SubmitUnknown.__name__ if outcome is JobOutcome.UNKNOWN else OTHER_ERROR


def error_attributes(job: JobRecord, outcome: JobOutcome) -> Attributes:
    """Return the type of a job's error, if it has one."""
    found = error_type(job, outcome)
    return {} if found is None else {names.ERROR_TYPE: found}


def span_attributes(job: JobRecord, outcome: JobOutcome) -> Attributes:
    """Return all attributes of a job; no text has control characters."""
    found = {
        **model_attributes(job),
        names.OUTPUT_TYPE: names.VIDEO,
        names.JOB_ID: job.id,
        names.JOB_STAGE: str(job.stage),
        names.OUTCOME: str(outcome.without_reason),
        **({} if job.state is None else {names.JOB_STATE: str(job.state)}),
        **({} if job.named is None else {names.TARGET: job.named}),
        **server_attributes(job),
        **_request(job),
        **_quote(job),
        **_estimate(job),
        **_charge(job),
        **error_attributes(job, outcome),
        **_error_details(job, outcome),
    }
    return {name: clean_line(v) if isinstance(v, str) else v for name, v in found.items()}


def finite(value: object) -> float | None:
    """Return an amount as a float; None where it is not a finite number."""
    try:
        number = float(Decimal(str(value)))
    except (InvalidOperation, OverflowError):
        return None
    return number if isfinite(number) else None


def server_attributes(job: JobRecord) -> Attributes:
    """Return the host and port, never the path or the user part of an address."""
    address = (job.ref.base_url if job.ref else None) or job.base_url
    if address is None:
        return {}
    parts = urlsplit(address)
    if parts.hostname is None:
        return {}
    port = parts.port or _PORTS.get(parts.scheme)
    return {
        names.SERVER_ADDRESS: parts.hostname,
        **({} if port is None else {names.SERVER_PORT: port}),
    }


def _request(job: JobRecord) -> Attributes:
    """Return the settings that say how large a video is. Other fields are never reported."""
    # The journal's JSON may hold anything; a value of another type is left out.
    request: Mapping[str, object] = job.request or {}
    found: Attributes = {}
    for attribute, field in (
        (names.RESOLUTION, "resolution"),
        (names.ASPECT_RATIO, "aspect_ratio"),
    ):
        text = request.get(field)
        if isinstance(text, str):
            found[attribute] = text
    for attribute, field in ((names.DURATION, "duration"), (names.REQUEST_SEED, "seed")):
        number = request.get(field)
        if isinstance(number, int) and not isinstance(number, bool):
            found[attribute] = number
    return found


def _quote(job: JobRecord) -> Attributes:
    quoted: Mapping[str, object] = job.quoted or {}
    found: Attributes = {}
    for attribute, field in (
        (names.QUOTE_CERTAINTY, "certainty"),
        (names.QUOTE_CURRENCY, "currency"),
    ):
        text = quoted.get(field)
        if isinstance(text, str):
            found[attribute] = text
    amount = finite(quoted.get("amount"))
    return found if amount is None else {**found, names.QUOTE_AMOUNT: amount}


def _estimate(job: JobRecord) -> Attributes:
    amount = None if job.estimated is None else finite(job.estimated.amount)
    if job.estimated is None or amount is None:
        return {}
    return {names.ESTIMATE_AMOUNT: amount, names.ESTIMATE_UNIT: job.estimated.unit}


def _charge(job: JobRecord) -> Attributes:
    charge = None if job.status is None else job.status.charge
    amount = None if charge is None else finite(charge.amount)
    if charge is None or amount is None:
        return {}
    return {names.CHARGE_AMOUNT: amount, **charge_attributes(charge)}


def charge_attributes(charge: Charge) -> Attributes:
    """Return the unit of a charge, and that it is derived where it is."""
    is_derived = charge.derived_from is not None
    return {names.CHARGE_UNIT: charge.unit, **({names.CHARGE_DERIVED: True} if is_derived else {})}


def _error_details(job: JobRecord, outcome: JobOutcome) -> Attributes:
    if outcome is JobOutcome.SUCCEEDED:
        return {}
    found: Attributes = {}
    code = None if job.status is None else job.status.failure_code
    if job.error is not None:
        code = job.error.vendor_code or code
        if job.error.http_status is not None:
            found[names.HTTP_STATUS] = job.error.http_status
    if code and _CODE.fullmatch(code):
        found[names.VENDOR_CODE] = code
    return found
