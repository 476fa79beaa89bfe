"""Kind 4: words from elsewhere that a terminal would obey, or that repeat a key."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from hostile import CONTROLS, KEY, WORDS, assert_safe, hostile
from polyreel import Client
from polyreel_sandbox import Fault

from .answers import MODELS, answering, newest_job
from .kind import Kind, Surroundings


def words_of(vendor: str, fault: Fault | None) -> Callable[[Surroundings], str]:
    """Return what has a vendor write hostile words everywhere, and checks what is shown."""

    def run(around: Surroundings) -> str:
        around.patch.setenv(f"{vendor.upper()}_API_KEY", KEY)
        stand_in = answering(around, vendor, hostile)
        stand_in.faults = set() if fault is None else {fault}
        usual = type(stand_in).refusal

        def refusal(kind: Any, message: str) -> Any:
            return usual(stand_in, kind, message + WORDS)

        around.patch.setattr(stand_in, "refusal", refusal)
        came = around.generate(model=MODELS[vendor])
        job = newest_job()
        assert around.tasks == (0 if fault is Fault.CREATE_429 else 1)
        assert_safe(json.dumps(_texts(job.facts()), ensure_ascii=False))
        around.command("jobs", "show", job.id)
        assert_safe("".join(around.printed), allowed="\t")
        return came

    return run


def names(around: Surroundings) -> str:
    """Give the prompt, the file and the idempotency key control characters."""
    key, file = f"k{CONTROLS}", around.folder / f"v{CONTROLS}.mp4"
    prompt = f"A boat{CONTROLS}"
    options: dict[str, Any] = {"idempotency_key": key}
    if around.caller == "command line":
        usual = ["generate", "-p", prompt, "-o", str(file), "-m", MODELS["jimmy"], "--yes"]
        came = around.command(*usual, "--idempotency-key", key)
    elif around.caller == "blocking":
        came = around.client(lambda each: each.generate(prompt, file, MODELS["jimmy"], **options))
    else:
        came = around.async_client(
            lambda each: each.generate(prompt, file, MODELS["jimmy"], **options)
        )
    assert came in ("exit 0", "done"), around.printed
    with Client() as client:
        (job,) = client.history.jobs(idempotency_key=key)
    assert job.file == file
    assert file.is_file()
    around.command("jobs", "show", job.id)
    assert_safe("".join(around.printed), allowed="\t")
    return "the video, under the exact name"


def _texts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a record that are for reading."""
    return {name: facts[name] for name in ("request", "status", "error", "note")}


KINDS = (
    Kind(
        4,
        "control characters, the key and a signed URL in every word of a finished video",
        words_of("jimmy", None),
    ),
    Kind(4, "the same in a failed task's reason", words_of("modellix", Fault.FAILED)),
    Kind(4, "the same in a refusal", words_of("jimmy", Fault.CREATE_429)),
    Kind(4, "control characters in the prompt, the file's name and the idempotency key", names),
)
