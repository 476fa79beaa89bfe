"""Where a job may be asked for: at the address that it was submitted to, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

from ..adapters import Account, Adapter
from ..errors import ConfigError, UsageError
from ..text.addresses import same_address, why_not_base
from ..text.redact import redact_url
from .records import JobRecord

_LONGEST_SHOWN = 120


def address_of(record: JobRecord) -> str | None:
    """Return the address that a job was submitted to; None where nobody saved it."""
    return (record.ref.base_url if record.ref else None) or record.base_url


def account_of_job(
    record: JobRecord, adapter: type[Adapter], account: Account, at: str | None = None
) -> Account:
    """Return how to reach a job: the provider's account, at the address of the job.

    Args:
        record: The job. One without an address is at the configured one, or at `at`.
        adapter: The job's provider.
        account: How the provider is reached by the config.
        at: The job's address, where the caller names it.

    Raises:
        ConfigError: When the job was submitted elsewhere: neither to the configured address, nor
            to a documented one of the provider, nor to `at`.
        UsageError: When `at` can't be a provider's address.
    """
    submitted = address_of(record)
    if at is not None:
        reason = why_not_base(at)
        if reason is not None:
            raise UsageError(f"the address {_shown(at)} can't be used: {reason}")
        if submitted is None or same_address(submitted, at):
            return replace(account, base_url=at.rstrip("/"))
        raise _elsewhere(record, submitted, at, "was named")
    if submitted is None or same_address(submitted, account.base_url):
        return account
    for documented in (adapter.base_url, *adapter.other_base_urls):
        if same_address(submitted, documented):
            return replace(account, base_url=documented.rstrip("/"))
    raise _elsewhere(record, submitted, account.base_url, "is configured")


def may_be_same(adapter: type[Adapter], one: str | None, other: str | None) -> bool:
    """Return whether two addresses of a provider may hold the same job."""
    if one is None or other is None or same_address(one, other):
        return True
    return same_address(adapter.documented_address(one), adapter.documented_address(other))


def _elsewhere(record: JobRecord, submitted: str, other: str, why: str) -> ConfigError:
    was = _shown(submitted)
    return ConfigError(
        f"job {record.short_id} of {record.model} was submitted to {was}, but {_shown(other)} "
        f"{why}. A job is asked for only where it was submitted, so nothing was sent. If you "
        f"trust that address, name it: `polyreel jobs wait {record.short_id} --at {was}`, or at= "
        "in Client.job",
        provider=record.provider,
        job_id=record.id,  # not `job`: until the call or the config changes, it can't be resumed
    )


def _shown(url: str) -> str:
    """Return an address on one line; the one of a reference may hold anything."""
    plain = "".join(each if each.isprintable() else "?" for each in redact_url(url))
    return plain if len(plain) <= _LONGEST_SHOWN else plain[: _LONGEST_SHOWN - 1] + "…"
