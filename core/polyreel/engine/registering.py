"""register_media: media that a provider must approve are given to it, before anything is paid.

It may take minutes and may be refused. No job exists meanwhile and none is in flight; the journal
remembers each registration, so that the next call goes on from it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..adapters import Approval, MediaToRegister, Registration
from ..errors import (
    ContentBlocked,
    MediaPending,
    NotFound,
    PluginError,
    ProviderError,
)
from ..jobs import Stage
from ..jobs.registrations import (
    RegistrationKey,
    RegistrationRecord,
    RegistrationState,
    account_hash,
    content_hash,
)
from ..request import Media
from ..request.media import MediaFile
from ..text.redact import redact_message
from .context import EngineContext, LiveJob, new_id
from .effects import Program, SaveRegistration, Sleep, TakeRegistration
from .flows import WORTH_REPEATING, pause, read_flow, repeated
from .media_checks import to_register
from .paid_answer import check_task_id
from .plan import Plan

log = logging.getLogger("polyreel")

TAKEN_GAP = 1.0
"""Seconds between two looks at a registration that another call gives to the provider."""

_STATES = {
    Approval.WAITING: RegistrationState.WAITING,
    Approval.APPROVED: RegistrationState.APPROVED,
    Approval.REFUSED: RegistrationState.REFUSED,
}


@dataclass
class _Asked:
    """One media of a request, and what is known of its registration.

    Attributes:
        name: The request's field.
        media: What is given to the provider.
        row: The registration; None before the first look.
        is_asked: Whether the provider was asked in this call; an approval of an earlier one may
            be over.
        was_gone: Whether it had to be given anew already.
        failures: Failed polls in a row.
        refusals: Refused polls in a row.
        due: When to ask next, in seconds of the monotonic clock.
    """

    name: str
    media: MediaToRegister
    key: RegistrationKey
    row: RegistrationRecord | None = None
    is_asked: bool = False
    was_gone: bool = False
    failures: int = 0
    refusals: int = 0
    due: float = 0.0

    @property
    def is_ready(self) -> bool:
        return (
            self.row is not None and self.row.state is RegistrationState.APPROVED and self.is_asked
        )


def register_media(
    context: EngineContext,
    plan: Plan,
    live: LiveJob,
    files: Mapping[str, MediaFile],
    within: float | None,
) -> Program[dict[str, Media]]:
    """Return the approved media of a request, by field; empty where none must be registered.

    Args:
        context: The clock and the rest of the surroundings.
        plan: What will be submitted.
        live: The job that is to be; observers see that it uploads.
        files: The content of the local media.
        within: Seconds from now; None for no deadline.

    Raises:
        ContentBlocked: When the provider refused one; nothing was paid.
        MediaPending: When the deadline came first; nothing was paid, and the next call goes on.
        ProviderError, TransportError: When the provider could not be asked.
    """
    names = to_register(plan)
    if not names:
        return {}
    media = {name: (kind, each) for name, kind, each in plan.request.media()}
    asked = [_asked(plan, name, *media[name], files.get(name)) for name in names]
    until = None if within is None else context.clock.monotonic() + within
    yield live.change(model=plan.model, stage=Stage.UPLOADING)
    work = _Registering(context, plan, new_id(), until)
    for each in asked:
        yield from work.give(each)
    if not all(each.is_ready for each in asked):
        log.info("%s: waiting until %s approves the media", plan.model, plan.adapter.title)
    while waiting := [each for each in asked if not each.is_ready]:
        each = min(waiting, key=lambda one: one.due)
        yield from work.sleep_until(each.due, waiting)
        yield from work.ask(each)
    return {each.name: Media(asset=_vendor_id(each)) for each in asked}


@dataclass
class _Registering:
    """One call's work on its registrations.

    Attributes:
        call: This call's own name in the journal.
        until: The deadline, in seconds of the monotonic clock; None for none.
    """

    context: EngineContext
    plan: Plan
    call: str
    until: float | None

    def give(self, asked: _Asked) -> Program[None]:
        """Give a media to the provider, unless an earlier call did."""
        while True:
            asked.row = yield TakeRegistration(asked.key, self.call)
            if asked.row is not None:
                break
            yield from self.sleep_until(self._now() + TAKEN_GAP, [asked])
        if asked.row.state is not RegistrationState.BEGUN:
            return
        context, plan = self.context, self.plan
        begun = asked.row

        def send() -> Program[Registration]:
            flow = plan.adapter.register(asked.media)
            return read_flow(context, plan.account, flow, self._left())

        try:
            found = yield from repeated(context, send)
            yield from self._note(asked, found)
        except GeneratorExit:
            raise  # the driver has stopped; the row is free when this process ends
        except BaseException:
            if asked.row is begun:  # nothing is known of it: the next call begins anew
                yield SaveRegistration(replace(begun, state=RegistrationState.FAILED))
            raise

    def ask(self, asked: _Asked) -> Program[None]:
        """Ask the provider once for a registration."""
        timing = self.plan.adapter.registration_timing
        flow = self.plan.adapter.registration(_vendor_id(asked))
        try:
            found = yield from read_flow(self.context, self.plan.account, flow, self._left())
        except WORTH_REPEATING as error:
            asked.failures += 1
            asked.due = self._now() + max(
                pause(self.context, asked.failures, error.retry_after), timing.floor
            )
            log.warning("%s: %s: a status failed. %s", self.plan.model, asked.name, error)
            return
        except NotFound:
            found = Registration(vendor_id=_vendor_id(asked), approval=Approval.GONE)
        except ProviderError:
            asked.refusals += 1
            if asked.refusals > 1:
                raise
            asked.due = self._now() + timing.gap
            return
        asked.failures = asked.refusals = 0
        yield from self._note(asked, found)

    def _note(self, asked: _Asked, found: object) -> Program[None]:
        """Save what the provider says of a registration."""
        if not isinstance(found, Registration) or not isinstance(found.vendor_id, str):
            raise PluginError(
                f"the adapter of {self.plan.adapter.name} returned {type(found).__name__} instead "
                "of a Registration with the vendor's id. Nothing was paid; report it to the "
                "plugin's author."
            )
        check_task_id(found.vendor_id, self.plan.account.secrets)
        asked.is_asked = True
        timing = self.plan.adapter.registration_timing
        is_first = asked.row is None or asked.row.state is RegistrationState.BEGUN
        asked.due = self._now() + max(timing.floor, timing.first if is_first else timing.gap)
        if found.approval is Approval.GONE:
            yield from self._give_anew(asked)
            return
        reason = found.reason if isinstance(found.reason, str) else None
        said = None if not reason else redact_message(reason, self.plan.account.secrets)
        asked.row = RegistrationRecord(
            key=asked.key, state=_STATES[found.approval], vendor_id=found.vendor_id, reason=said
        )
        yield SaveRegistration(asked.row)
        if asked.row.state is RegistrationState.REFUSED:
            raise ContentBlocked(
                f"{self.plan.model}: {self.plan.adapter.title} refused {asked.name}: "
                f"{said or 'no reason given'}. Nothing was paid. Give another {asked.media.kind}.",
                provider=self.plan.adapter.name,
            )

    def _give_anew(self, asked: _Asked) -> Program[None]:
        if asked.was_gone:
            raise ContentBlocked(
                f"{self.plan.model}: {self.plan.adapter.title} does not keep {asked.name}: it was "
                "registered twice and is gone again. Nothing was paid. Try again later.",
                provider=self.plan.adapter.name,
            )
        asked.was_gone = True
        yield SaveRegistration(RegistrationRecord(key=asked.key, state=RegistrationState.FAILED))
        yield from self.give(asked)

    def sleep_until(self, moment: float, waiting: list[_Asked]) -> Program[None]:
        """Sleep until a moment.

        Raises:
            MediaPending: When the caller's deadline comes first.
        """
        seconds = moment - self._now()
        left = self._left()
        if left is not None and seconds >= left:
            yield Sleep(max(0.0, left))
            names = ", ".join(each.name for each in waiting)
            raise MediaPending(
                f"{self.plan.model}: {self.plan.adapter.title} has not approved {names} yet. "
                "Nothing was paid. The same call later goes on from here.",
                provider=self.plan.adapter.name,
            )
        if seconds > 0:
            yield Sleep(seconds)

    def _now(self) -> float:
        return self.context.clock.monotonic()

    def _left(self) -> float | None:
        return None if self.until is None else self.until - self._now()


def _asked(plan: Plan, name: str, kind: str, media: Media, file: MediaFile | None) -> _Asked:
    adapter, account = type(plan.adapter), plan.account
    address = adapter.documented_address(account.base_url)
    wanted = MediaToRegister(kind=kind, url=media.url, file=file)  # type: ignore[arg-type]  # a MediaKind
    content = content_hash(file.data if file is not None else media.url or "")
    key = RegistrationKey(
        provider=adapter.name,
        address=address,
        account=account_hash(account.require_key(), adapter.name, address),
        kind=wanted.kind,
        content=content,
    )
    return _Asked(name=name, media=wanted, key=key)


def _vendor_id(asked: _Asked) -> str:
    if asked.row is None or asked.row.vendor_id is None:
        raise PluginError(f"the registration of {asked.name} has no id of the provider")
    return asked.row.vendor_id
