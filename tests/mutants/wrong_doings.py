"""Mutants that do more than translate."""

from __future__ import annotations

import os
import random
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from polyreel import JobRef, ModelSpec, VideoRequest, WireRequest

from mutants.kiln.adapter import KilnAdapter
from mutants.mutant import mutant

_WATCHED = "test_an_adapter_only_translates[kiln-grand]"
_KEYS = "test_no_key_is_in_what_an_adapter_writes[kiln-grand]"


@mutant(caught_by=_WATCHED, says="a sleep")
class Sleeps(KilnAdapter):
    """It waits before a look, and with it everybody else in the event loop."""

    def look(self, job: JobRef) -> WireRequest:
        time.sleep(0.001)
        return super().look(job)


@mutant(caught_by=_WATCHED, says="the clock")
class ReadsTheClock(KilnAdapter):
    """It asks what time it is."""

    def look(self, job: JobRef) -> WireRequest:
        return replace(super().look(job), query={"now": str(time.time())})


@mutant(caught_by=_WATCHED, says="the environment")
class ReadsTheEnvironment(KilnAdapter):
    """It takes a setting from the environment."""

    def body(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        avoided = os.environ.get("KILN_AVOID")
        return {**super().body(request, model), **({"avoid": avoided} if avoided else {})}


@mutant(caught_by=_WATCHED, says="random numbers")
class RollsDice(KilnAdapter):
    """It makes a number up, so that the same request is never sent again."""

    def create(self, request: VideoRequest, model: ModelSpec) -> WireRequest:
        mark = f"{random.getrandbits(64):x}"
        return replace(super().create(request, model), headers={"X-Mark": mark})


@mutant(caught_by=_WATCHED, says="files")
class OpensAFile(KilnAdapter):
    """It reads a file in the middle of a flow."""

    def body(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        Path(__file__).read_bytes()
        return super().body(request, model)


@mutant(caught_by=_KEYS, says="the key is in POST /films")
class PutsTheKeyIntoTheBody(KilnAdapter):
    """It finds the key in the environment and sends it in the body."""

    def body(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        return {**super().body(request, model), "user": os.environ.get(self.key_variable, "")}


@mutant(caught_by=_KEYS, says="a credential's header is written")
class WritesACredentialsHeader(KilnAdapter):
    """It writes an `Authorization` header, which is the transport's to write."""

    def look(self, job: JobRef) -> WireRequest:
        return replace(super().look(job), headers={"Authorization": "Bearer none"})
