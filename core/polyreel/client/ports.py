"""Ports: what performs which effect, in one table for both drivers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import anyio
import anyio.to_thread

from ..engine.effects import (
    CheckFile,
    Claim,
    ClosePart,
    Download,
    Effect,
    FindPart,
    MoveFile,
    Notify,
    OpenJob,
    PauseRequests,
    Persist,
    Port,
    ReadJobs,
    ReadMedia,
    Release,
    SaveRegistration,
    Send,
    Sleep,
    TakeRegistration,
    TakeTurn,
)
from ..jobs import JobRecord
from ..request.local_media import read_media
from ..transport import AsyncTransport, SyncTransport
from ..transport.parts import close_part, find_part
from .files import move_file
from .journal_port import JournalPort
from .whole_files import check_file


@dataclass(frozen=True, kw_only=True)
class Ports:
    """What performs effects. An asynchronous client awaits the first two.

    Attributes:
        network: Sends requests and downloads files.
        sleep: Waits for some seconds.
        journal: Returns the journal; opens it at the first call.
        notify: Reports a change of a job to observers.
    """

    network: SyncTransport | AsyncTransport
    sleep: Callable[[float], Any]
    journal: Callable[[], JournalPort]
    notify: Callable[[JobRecord], None]


_PERFORM: Mapping[type[Effect], Callable[[Ports, Any], Any]] = {
    Send: lambda ports, effect: ports.network.send(effect.account, effect.request, effect.within),
    CheckFile: lambda _, effect: check_file(
        effect.path, effect.kind, with_digest=effect.with_digest
    ),
    Download: lambda ports, effect: ports.network.download(effect),
    Sleep: lambda ports, effect: ports.sleep(effect.seconds),
    ReadMedia: lambda _, effect: read_media(
        effect.field_name, effect.kind, effect.media, effect.conversion, effect.access
    ),
    FindPart: lambda _, effect: find_part(effect.path, effect.job_id),
    ClosePart: lambda _, effect: close_part(effect.path, keep=effect.keep),
    MoveFile: lambda _, effect: move_file(effect.source, effect.target, effect.size),
    OpenJob: lambda ports, effect: ports.journal().open_job(effect.intent),
    ReadJobs: lambda ports, effect: ports.journal().jobs(
        effect.provider, effect.stages, effect.task_id
    ),
    Persist: lambda ports, effect: ports.journal().persist(effect.record, effect.body_digest),
    Claim: lambda ports, effect: ports.journal().claim(effect.job_id),
    Release: lambda ports, effect: ports.journal().release(effect.job_id),
    TakeTurn: lambda ports, effect: ports.journal().take_turn(effect.account),
    PauseRequests: lambda ports, effect: ports.journal().pause_requests(
        effect.account, effect.seconds
    ),
    TakeRegistration: lambda ports, effect: ports.journal().take_registration(
        effect.key, effect.call
    ),
    SaveRegistration: lambda ports, effect: ports.journal().save_registration(effect.record),
    Notify: lambda ports, effect: ports.notify(effect.record),
}


def perform(ports: Ports, effect: Effect) -> Any:
    """Perform an effect, blocking, and return its result or raise its error."""
    return _PERFORM[type(effect)](ports, effect)


async def perform_async(ports: Ports, effect: Effect) -> Any:
    """Perform an effect without blocking the event loop."""
    if effect.port in (Port.NETWORK, Port.CLOCK):
        return await perform(ports, effect)
    if effect.port is Port.OBSERVERS:  # observers run in the task that works on the job
        return perform(ports, effect)
    # Work on the disk is finished once it has started, also if the task is canceled meanwhile.
    with anyio.CancelScope(shield=True):
        return await anyio.to_thread.run_sync(perform, ports, effect)
