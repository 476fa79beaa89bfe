"""Job and AsyncJob: an accepted job in the hands of a client."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from .account import Account
from .adapter import Adapter
from .checks import Adjustment
from .desk import DEFAULT_TIMEOUT, Desk, check_timeout
from .engine import LiveJob, cancel, fetch, finish, held, look, wait
from .errors import UsageError
from .files import check_writable
from .jobs import Cancellation, JobRef, JobStatus
from .program import Program
from .records import JobRecord

T = TypeVar("T")
AnyPath = str | os.PathLike[str]


class _Runner(Protocol):
    """What a blocking job needs of its client."""

    desk: Desk

    def run_program(self, program: Program[T]) -> T: ...


class _AsyncRunner(Protocol):
    """What an asynchronous job needs of its client."""

    desk: Desk

    async def run_program(self, program: Program[T]) -> T: ...


class _JobView:
    """What a job of either client shows, and the programs that it runs."""

    def __init__(self, desk: Desk, adapter: Adapter, account: Account, live: LiveJob) -> None:
        self._context = desk.context
        self._adapter = adapter
        self._account = account
        self._live = live

    @property
    def id(self) -> str:
        """polyreel's own id of the job; `Client.job` and `polyreel jobs` understand it."""
        return self.record.id

    @property
    def record(self) -> JobRecord:
        """Everything known of the job."""
        return self._live.record

    @property
    def ref(self) -> JobRef:
        """The handle: JSON with which any process can take the job up again."""
        assert self.record.ref is not None, "a job is made when the provider has accepted it"
        return self.record.ref

    @property
    def model(self) -> str:
        """The model, written `provider/name`."""
        return self.record.model

    @property
    def status(self) -> JobStatus | None:
        """What the provider said last; None before the first look."""
        return self.record.status

    @property
    def adjustments(self) -> tuple[Adjustment, ...]:
        """What the caller allowed to be dropped, and was."""
        return self.record.adjustments

    def __repr__(self) -> str:
        state = self.status.state if self.status else self.record.stage
        return f"<{type(self).__name__} {self.ref.full_model} {self.ref.task_id} {state}>"

    def _look(self) -> Program[JobStatus]:
        return look(self._context, self._adapter, self._account, self._live)

    def _wait(self, timeout: float | None) -> Program[JobStatus]:
        check_timeout(timeout)

        def work() -> Program[JobStatus]:
            return wait(self._context, self._adapter, self._account, self._live, timeout)

        return held(self._context, self._live, work, enough_to_know=True, timeout=timeout)

    def _fetch(self, path: AnyPath) -> Program[Path]:
        target = self._target(path)
        # Another process that works on the job is not waited for: it may be at it for long.
        return self._held(
            lambda: fetch(self._context, self._adapter, self._account, self._live, target), 0.0
        )

    def _finish(self, path: AnyPath | None, timeout: float | None) -> Program[Path]:
        check_timeout(timeout)
        target = self._target(path)
        return self._held(
            lambda: finish(
                self._context, self._adapter, self._account, self._live, target, timeout
            ),
            timeout,
        )

    def _cancel(self) -> Program[Cancellation]:
        return cancel(self._context, self._adapter, self._account, self._live)

    def _held(self, work: Callable[[], Program[T]], timeout: float | None = None) -> Program[T]:
        return held(self._context, self._live, work, timeout=timeout)

    def _target(self, path: AnyPath | None) -> Path:
        target = self.record.target if path is None else Path(path)
        if target is None:
            raise UsageError("nobody said where this job's film goes; give a path")
        check_writable(target)
        return target


class Job(_JobView):
    """An accepted job of a `Client`."""

    def __init__(self, client: _Runner, adapter: Adapter, account: Account, live: LiveJob) -> None:
        super().__init__(client.desk, adapter, account, live)
        self._client = client

    def poll(self) -> JobStatus:
        """Ask once for the status.

        Raises:
            ProviderError, TransportError: When this look failed. The job goes on.
        """
        return self._client.run_program(self._look())

    def wait(self, timeout: float | None = DEFAULT_TIMEOUT) -> JobStatus:
        """Wait until the job succeeded. Another process that works on it is followed.

        Args:
            timeout: Seconds from now; None for no deadline.

        Raises:
            JobFailed, JobCanceled, JobExpired: How else it ended.
            WaitTimeout: The deadline passed; the job goes on and can be waited for again.
        """
        return self._client.run_program(self._wait(timeout))

    def fetch(self, path: AnyPath) -> Path:
        """Save the film of a finished job, whole or not at all.

        Raises:
            ResultExpired: When its provider no longer offers it.
            WaitTimeout: When another process works on the job just now.
            FetchError: When it can't be saved; fetching again is free.
        """
        return self._client.run_program(self._fetch(path))

    def finish(
        self, path: AnyPath | None = None, *, timeout: float | None = DEFAULT_TIMEOUT
    ) -> Path:
        """Wait for the job and save its film: what is left of `Client.generate`.

        Args:
            path: The film's file; None for the one that the job was begun with.
            timeout: Seconds to wait for the job to end; None for no deadline.

        Raises:
            As `wait` and `fetch`.
        """
        return self._client.run_program(self._finish(path, timeout))

    def cancel(self) -> Cancellation:
        """Ask the provider to stop the job, and return what it truly came to.

        Raises:
            ProviderError, TransportError: When the provider could not be asked.
        """
        return self._client.run_program(self._cancel())


class AsyncJob(_JobView):
    """An accepted job of an `AsyncClient`."""

    def __init__(
        self, client: _AsyncRunner, adapter: Adapter, account: Account, live: LiveJob
    ) -> None:
        super().__init__(client.desk, adapter, account, live)
        self._client = client

    async def poll(self) -> JobStatus:
        """Ask once for the status, as `Job.poll`."""
        return await self._client.run_program(self._look())

    async def wait(self, timeout: float | None = DEFAULT_TIMEOUT) -> JobStatus:
        """Wait until the job succeeded, as `Job.wait`."""
        return await self._client.run_program(self._wait(timeout))

    async def fetch(self, path: AnyPath) -> Path:
        """Save the film of a finished job, as `Job.fetch`."""
        return await self._client.run_program(self._fetch(path))

    async def finish(
        self, path: AnyPath | None = None, *, timeout: float | None = DEFAULT_TIMEOUT
    ) -> Path:
        """Wait for the job and save its film, as `Job.finish`."""
        return await self._client.run_program(self._finish(path, timeout))

    async def cancel(self) -> Cancellation:
        """Ask the provider to stop the job, as `Job.cancel`."""
        return await self._client.run_program(self._cancel())
