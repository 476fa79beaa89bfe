"""Whether a file that was downloaded counts as whole."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path

from ..adapters import JobRef
from ..containers import Wholeness
from .effects import Checked, CheckFile, Downloaded, FileKind, Program

log = logging.getLogger("polyreel")


@dataclass
class WholeCheck:
    """Checks the attempts to download one file.

    A file that does not say where it ends, or has bytes after its end, counts when its announced
    length arrived, or when two attempts gave the same bytes. Then the log has a warning.

    Attributes:
        ref: The job.
        kind: What the file must be.
    """

    ref: JobRef
    kind: FileKind
    _seen: set[str] = field(default_factory=set)

    def problem(self, path: Path, got: Downloaded) -> Program[str]:
        """Return why a complete download does not count; empty where it does."""
        length_met = got.expected is not None and got.size == got.expected
        try:
            checked: Checked = yield CheckFile(path, self.kind, with_digest=not length_met)
        except OSError as error:
            return f"can't read {path}: {error.strerror}"
        verdict = checked.verdict
        if verdict.wholeness is Wholeness.WHOLE:
            return ""
        if verdict.wholeness is not Wholeness.OPEN_ENDED:
            return f"the file {verdict.reason}"
        if length_met:
            why = "all bytes that its server announced arrived"
        elif checked.digest in self._seen:
            why = "two downloads gave the same bytes"
        else:
            self._seen |= {checked.digest} if checked.digest else set()
            return f"the file {verdict.reason}, and its server announced no length"
        log.warning(
            "the %s of task %s of %s %s; it counts as whole, since %s",
            self.kind,
            self.ref.task_id,
            self.ref.full_model,
            verdict.reason,
            why,
        )
        return ""
