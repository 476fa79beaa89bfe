"""compare: one request on several models at once, and what came of each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio

from .client import AsyncClient
from .desk import DEFAULT_TIMEOUT, AnyRequest, as_request, check_timeout
from .engine import LiveJob, generate
from .engine.plan import OnUnsupported
from .errors import PolyreelError
from .files import check_writable
from .film_facts import FilmFacts, probe
from .records import JobRecord
from .request import VideoRequest


@dataclass(frozen=True, kw_only=True)
class Row:
    """What came of the request at one target.

    Attributes:
        name: The target or model as the caller named it.
        model: Written `provider/name`.
        record: The job, as far as it came.
        error: Why there is no film; None where there is one.
        delivered: What the file really is; None without a film, or without PyAV to look.
    """

    name: str
    model: str
    record: JobRecord
    error: PolyreelError | None = None
    delivered: FilmFacts | None = None

    def facts(self) -> dict[str, Any]:
        """Return the row as JSON values."""
        delivered = self.delivered
        return {
            **self.record.facts(),
            "name": self.name,
            "model": self.model,
            "error": None if self.error is None else self.error.facts(),
            "delivered": None
            if delivered is None
            else {
                "width": delivered.width,
                "height": delivered.height,
                "seconds": round(delivered.seconds, 3),
                "frames_per_second": delivered.frames_per_second,
                "has_sound": delivered.has_sound,
            },
        }


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One request on several models.

    Attributes:
        request: The neutral request.
        rows: In the order in which the targets were named.
    """

    request: VideoRequest
    rows: tuple[Row, ...]


async def compare(
    client: AsyncClient,
    request: AnyRequest,
    names: Sequence[str],
    folder: Path,
    *,
    timeout: float | None = DEFAULT_TIMEOUT,
    on_unsupported: OnUnsupported = "error",
) -> Comparison:
    """Run one request on several targets at once and keep the films. Each run is paid.

    An error at one target stops none of the others; it stands in that target's row.

    Args:
        client: Where the targets are resolved and run.
        request: A `VideoRequest`, or a prompt.
        names: Targets or models; one named twice runs twice. Fallbacks are not used,
            since each row is about its own model.
        folder: Where the films are kept; it must exist.
        timeout: Seconds to wait for each job.
        on_unsupported: As in `Client.submit`.

    Raises:
        UsageError: When the folder can't be written to. Nothing was sent.
    """
    request = as_request(request)
    check_timeout(timeout)
    files = film_names(names)
    for file in files:
        check_writable(folder / file)
    rows: dict[int, Row] = {}

    async def run(index: int, name: str, target: Path) -> None:
        rows[index] = await _run(client, request, name, target, timeout, on_unsupported)

    async with anyio.create_task_group() as group:
        for index, (name, file) in enumerate(zip(names, files, strict=True)):
            group.start_soon(run, index, name, folder / file)
    return Comparison(request=request, rows=tuple(rows[index] for index in sorted(rows)))


async def _run(
    client: AsyncClient,
    request: VideoRequest,
    name: str,
    target: Path,
    timeout: float | None,
    on_unsupported: OnUnsupported,
) -> Row:
    live = LiveJob()
    model = name
    try:
        model = client.desk.target(name).model
        plan = client.desk.plan(request, name, on_unsupported)
        film = await client.run_program(
            generate(client.desk.context, [plan], live, target, timeout)
        )
    except PolyreelError as error:
        return Row(name=name, model=model, record=live.record, error=error)
    return Row(name=name, model=model, record=film.job, delivered=_delivered(film.file))


def _delivered(file: Path) -> FilmFacts | None:
    try:
        return probe(file)
    except (ImportError, ValueError):
        return None  # without PyAV, or with a codec it can't read, the film is still there


def film_names(names: Sequence[str]) -> list[str]:
    """Return the name of each target's film, in order; no two are alike."""
    files: list[str] = []
    for name in names:
        stem = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "film"
        same = sum(1 for file in files if re.fullmatch(re.escape(stem) + r"(-\d+)?\.mp4", file))
        files.append(f"{stem}-{same + 1}.mp4" if same else f"{stem}.mp4")
    return files
