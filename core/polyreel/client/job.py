"""Job and AsyncJob: an accepted job, with methods to poll, wait, download and cancel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from ..adapters import Account, Adapter, Cancellation, JobRef, JobStatus
from ..engine import LiveJob, cancel, download, finish, leased, poll, wait
from ..engine.effects import Program
from ..errors import UsageError
from ..jobs import JobRecord
from ..models import Adjustment
from .arguments import DEFAULT_TIMEOUT, AnyPath, check_timeout
from .files import check_writable
from .planner import Planner

T = TypeVar("T")


class _Runner(Protocol):
    """What a `Job` needs of its client."""

    planner: Planner

    def run_program(self, program: Program[T]) -> T: ...


class _AsyncRunner(Protocol):
    """What an `AsyncJob` needs of its client."""

    planner: Planner

    async def run_program(self, program: Program[T]) -> T: ...


class _JobView:
    """The base of both: what a job shows, and the programs that it runs."""

    def __init__(self, planner: Planner, adapter: Adapter, account: Account, live: LiveJob) -> None:
        self._context = planner.context
        self._adapter = adapter
        self._account = account
        self._live = live

    @property
    def id(self) -> str:
        """polyreel's own id of the job; `Client.job` and `polyreel jobs` take it."""
        return self.record.id

    @property
    def record(self) -> JobRecord:
        """Everything that is known about the job."""
        return self._live.record

    @property
    def ref(self) -> JobRef:
        """The reference: with its JSON any process can resume the job."""
        assert self.record.ref is not None, "a Job is made only after the provider accepted it"
        return self.record.ref

    @property
    def model(self) -> str:
        """The model, written `provider/name`."""
        return self.record.model

    @property
    def status(self) -> JobStatus | None:
        """The provider's last answer; None before the first poll."""
        return self.record.status

    @property
    def adjustments(self) -> tuple[Adjustment, ...]:
        """The settings that were dropped with the caller's consent."""
        return self.record.adjustments

    def __repr__(self) -> str:
        state = self.status.state if self.status else self.record.stage
        return f"<{type(self).__name__} {self.ref.full_model} {self.ref.task_id} {state}>"

    def _poll(self) -> Program[JobStatus]:
        return poll(self._context, self._adapter, self._account, self._live)

    def _wait(self, timeout: float | None) -> Program[JobStatus]:
        check_timeout(timeout)

        def work() -> Program[JobStatus]:
            return wait(self._context, self._adapter, self._account, self._live, timeout)

        return leased(self._context, self._live, work, enough_to_know=True, timeout=timeout)

    def _download(
        self, path: AnyPath, timeout: float | None, patience: float | None
    ) -> Program[Path]:
        check_timeout(timeout)
        check_timeout(patience)
        target = self._target(path)
        parts = self._context, self._adapter, self._account, self._live
        # Do not wait for another process that works on the job: that may take long.
        return self._leased(lambda: download(*parts, target, timeout, patience), 0.0)

    def _finish(
        self, path: AnyPath | None, timeout: float | None, patience: float | None
    ) -> Program[Path]:
        check_timeout(timeout)
        check_timeout(patience)
        target = self._target(path)
        parts = self._context, self._adapter, self._account, self._live
        return self._leased(lambda: finish(*parts, target, timeout, patience), timeout)

    def _cancel(self) -> Program[Cancellation]:
        return cancel(self._context, self._adapter, self._account, self._live)

    def _leased(self, work: Callable[[], Program[T]], timeout: float | None = None) -> Program[T]:
        return leased(self._context, self._live, work, timeout=timeout)

    def _target(self, path: AnyPath | None) -> Path:
        target = self.record.target if path is None else Path(path)
        if target is None:
            raise UsageError("no output path; pass `path=`")
        check_writable(target)
        return target


class Job(_JobView):
    """An accepted job of a `Client`."""

    def __init__(self, client: _Runner, adapter: Adapter, account: Account, live: LiveJob) -> None:
        super().__init__(client.planner, adapter, account, live)
        self._client = client

    def poll(self) -> JobStatus:
        """Poll the job once.

        Raises:
            ProviderError, TransportError: When this poll failed. The job continues.
        """
        return self._client.run_program(self._poll())

    def wait(self, timeout: float | None = DEFAULT_TIMEOUT) -> JobStatus:
        """Wait until the job succeeded. If another process polls it, use that process's results.

        Args:
            timeout: Seconds from now; None for no deadline.

        Raises:
            JobFailed, JobCanceled, JobExpired: The job ended without a video.
            WaitTimeout: The deadline passed; the job continues, and you can wait for it again.
        """
        return self._client.run_program(self._wait(timeout))

    def download(
        self,
        path: AnyPath,
        *,
        timeout: float | None = DEFAULT_TIMEOUT,
        patience: float | None = None,
    ) -> Path:
        """Save the whole video of a finished job, or nothing.

        Args:
            path: The video's file; an existing file is replaced.
            timeout: Seconds to try again; None for no deadline. A file that arrives is not
                interrupted.
            patience: As in `finish`.

        Raises:
            ResultExpired: When its server refuses the video and the provider's retention is over.
            WaitTimeout: When another process works on the job now.
            DownloadError: When the video can't be saved; downloading it again is free.
        """
        return self._client.run_program(self._download(path, timeout, patience))

    def finish(
        self,
        path: AnyPath | None = None,
        *,
        timeout: float | None = DEFAULT_TIMEOUT,
        patience: float | None = None,
    ) -> Path:
        """Wait for the job and save its video: the rest of `Client.generate`.

        Args:
            path: The video's file; None for the one that the job was started with.
            timeout: Seconds to wait for the job to end, and for its server to offer the video;
                None for no deadline.
            patience: Most seconds of them to wait for a video that its server refuses (HTTP 403,
                404); None for all.

        Raises:
            As `wait` and `download`.
        """
        return self._client.run_program(self._finish(path, timeout, patience))

    def cancel(self) -> Cancellation:
        """Ask the provider to cancel the job, and return the real result.

        Raises:
            ProviderError, TransportError: When the request failed.
        """
        return self._client.run_program(self._cancel())


class AsyncJob(_JobView):
    """An accepted job of an `AsyncClient`."""

    def __init__(
        self, client: _AsyncRunner, adapter: Adapter, account: Account, live: LiveJob
    ) -> None:
        super().__init__(client.planner, adapter, account, live)
        self._client = client

    async def poll(self) -> JobStatus:
        """Poll the job once, as `Job.poll`."""
        return await self._client.run_program(self._poll())

    async def wait(self, timeout: float | None = DEFAULT_TIMEOUT) -> JobStatus:
        """Wait until the job succeeded, as `Job.wait`."""
        return await self._client.run_program(self._wait(timeout))

    async def download(
        self,
        path: AnyPath,
        *,
        timeout: float | None = DEFAULT_TIMEOUT,
        patience: float | None = None,
    ) -> Path:
        """Save the video of a finished job, as `Job.download`."""
        return await self._client.run_program(self._download(path, timeout, patience))

    async def finish(
        self,
        path: AnyPath | None = None,
        *,
        timeout: float | None = DEFAULT_TIMEOUT,
        patience: float | None = None,
    ) -> Path:
        """Wait for the job and save its video, as `Job.finish`."""
        return await self._client.run_program(self._finish(path, timeout, patience))

    async def cancel(self) -> Cancellation:
        """Ask the provider to cancel the job, as `Job.cancel`."""
        return await self._client.run_program(self._cancel())
