"""Mutants that do more than translate."""

from __future__ import annotations

import os
import random
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from polyreel import JobRef, VideoRequest
from polyreel.adapters import ModelSpec, WireRequest

from mutants.kiln.adapter import KilnAdapter
from mutants.mutant import mutant

_WATCHED = "test_an_adapter_only_translates[kiln-grand]"
_KEYS = "test_an_adapter_never_writes_a_key[kiln-grand]"


@mutant(caught_by=_WATCHED, says="a sleep")
class Sleeps(KilnAdapter):
    """It sleeps before a poll, and blocks the event loop."""

    def ask_status(self, job: JobRef) -> WireRequest:
        time.sleep(0.001)
        return super().ask_status(job)


@mutant(caught_by=_WATCHED, says="the clock")
class ReadsTheClock(KilnAdapter):
    """It reads the clock."""

    def ask_status(self, job: JobRef) -> WireRequest:
        return replace(super().ask_status(job), query={"now": str(time.time())})


@mutant(caught_by=_WATCHED, says="the environment")
class ReadsTheEnvironment(KilnAdapter):
    """It reads a setting from the environment."""

    def body(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        avoided = os.environ.get("KILN_AVOID")
        return {**super().body(request, model), **({"avoid": avoided} if avoided else {})}


@mutant(caught_by=_WATCHED, says="random numbers")
class UsesARandomNumber(KilnAdapter):
    """It puts a random number into each request, so that no two requests are the same."""

    def create(self, request: VideoRequest, model: ModelSpec) -> WireRequest:
        mark = f"{random.getrandbits(64):x}"
        return replace(super().create(request, model), headers={"X-Mark": mark})


@mutant(caught_by=_WATCHED, says="files")
class OpensAFile(KilnAdapter):
    """It reads a file during a flow."""

    def body(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        Path(__file__).read_bytes()
        return super().body(request, model)


@mutant(caught_by=_KEYS, says="the key is in POST /videos")
class PutsTheKeyIntoTheBody(KilnAdapter):
    """It finds the key in the environment and sends it in the body."""

    def body(self, request: VideoRequest, model: ModelSpec) -> dict[str, Any]:
        return {**super().body(request, model), "user": os.environ.get(self.key_variable, "")}


@mutant(caught_by=_KEYS, says="writes the header of a credential")
class WritesACredentialsHeader(KilnAdapter):
    """It writes an `Authorization` header, which only the transport may do."""

    def ask_status(self, job: JobRef) -> WireRequest:
        return replace(super().ask_status(job), headers={"Authorization": "Bearer none"})


@mutant(
    caught_by="test_name_address_and_key_match_the_contract",
    says="contract_version: write",
    writes_version=False,
)
class InheritsItsContractVersion(KilnAdapter):
    """It inherits `contract_version` from its base class."""
