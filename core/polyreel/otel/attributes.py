"""Attributes: what of a job is reported. Nothing that a prompt, a key or a person could be in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from math import isfinite
from urllib.parse import urlsplit

from ..records import JobRecord
from . import conventions as names
from .endings import Ending

Attributes = dict[str, str | int | float]

_CODE = re.compile(r"[\w.:-]{1,64}")
"""What a provider's code for an error looks like; anything else may be a sentence."""
_PORTS = {"https": 443, "http": 80}


def model_attributes(job: JobRecord) -> Attributes:
    """Return what jobs are told apart by: few values, fit for metrics, too."""
    provider, _, model = job.model.partition("/")
    return {
        names.OPERATION_NAME: names.GENERATE_CONTENT,
        names.PROVIDER_NAME: provider,
        names.REQUEST_MODEL: model,
    }


def error_attributes(ending: Ending) -> Attributes:
    """Return an ending's type of error, where it is one."""
    return {} if ending.error_type is None else {names.ERROR_TYPE: ending.error_type}


def span_attributes(job: JobRecord, ending: Ending) -> Attributes:
    """Return everything that is reported of one job."""
    return {
        **model_attributes(job),
        names.OUTPUT_TYPE: names.VIDEO,
        names.JOB_ID: job.id,
        names.JOB_STAGE: str(job.stage),
        names.OUTCOME: str(ending.outcome),
        **({} if job.state is None else {names.JOB_STATE: str(job.state)}),
        **({} if job.named is None else {names.TARGET: job.named}),
        **_server(job),
        **_request(job),
        **_quote(job),
        **_charge(job),
        **error_attributes(ending),
        **_error_details(job, ending),
    }


def finite(value: object) -> float | None:
    """Return an amount as a float, or None where it is none."""
    try:
        number = float(Decimal(str(value)))
    except (InvalidOperation, OverflowError):
        return None
    return number if isfinite(number) else None


def _server(job: JobRecord) -> Attributes:
    """Return the host and port; never the path or the user part of an address."""
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
    """Return the settings that say how large a film is; by name, so that no text slips in."""
    # What is kept is JSON that anybody may have written; another kind is left out.
    kept: Mapping[str, object] = job.request or {}
    found: Attributes = {}
    for attribute, field in (
        (names.RESOLUTION, "resolution"),
        (names.ASPECT_RATIO, "aspect_ratio"),
    ):
        text = kept.get(field)
        if isinstance(text, str):
            found[attribute] = text
    for attribute, field in ((names.DURATION, "duration"), (names.REQUEST_SEED, "seed")):
        number = kept.get(field)
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


def _charge(job: JobRecord) -> Attributes:
    charge = None if job.status is None else job.status.charge
    amount = None if charge is None else finite(charge.amount)
    if charge is None or amount is None:
        return {}
    return {names.CHARGE_AMOUNT: amount, names.CHARGE_UNIT: charge.unit}


def _error_details(job: JobRecord, ending: Ending) -> Attributes:
    if ending.error_type is None:
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
