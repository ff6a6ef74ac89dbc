"""What reports for code hosts list: results with a level, a sentence, a relative path and a lasting fingerprint."""

import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from al_codemod.finding import Applicability, Finding
from al_codemod.outcome import RunOutcome, needs_a_look
from al_codemod.report.place import in_cell

Level = Literal["error", "warning", "note"]

FAILED = "AL000"
"""In place of a code, for a file that could not be migrated."""

LEVELS: dict[Applicability, Level] = {
    Applicability.MANUAL: "error",
    Applicability.REVIEW: "warning",
    Applicability.SAFE: "note",
}


@dataclass(frozen=True, slots=True)
class Result:
    """A finding as a code host shows it, or a file's error when `finding` is `None`."""

    path: str
    code: str
    level: Level
    message: str
    fingerprint: str
    line: int
    column: int
    finding: Finding | None = None


def results(outcome: RunOutcome, *, with_suppressed: bool = False) -> Iterator[Result]:
    """Everything that a check is about; after a run that wrote, what a person has yet to see.

    A fingerprint stays when lines move: it is made of the path, the code, the text of the line and a running number.
    """
    for file in outcome.files:
        path = relative(file.path)
        if file.error is not None:
            line, column, reason = file.problem
            yield Result(path, FAILED, "error", reason, _hash(path, FAILED), line, column)
        lines = (file.old or b"").splitlines()
        seen: Counter[str] = Counter()
        for finding in file.findings:
            hidden = finding.suppressed and not with_suppressed
            if hidden or (outcome.writes and not finding.suppressed and not needs_a_look(finding)):
                continue
            text = _line_of(lines, finding)
            seen[key := f"{finding.code}:{text}"] += 1
            fingerprint = _hash(path, key, str(seen[key]))
            message, span = sentence(finding, writes=outcome.writes), finding.span
            level = LEVELS[finding.applicability]
            yield Result(path, finding.code, level, message, fingerprint, span.line, span.column, finding)


def sentence(finding: Finding, *, writes: bool) -> str:
    """The message, with what to do about it."""
    message = finding.message + in_cell(finding)
    if finding.instead and not finding.fixed:
        return f"{message}; instead: {finding.instead}"
    return f"{message} (al-codemod does it)" if finding.fixed and not writes else message


def relative(path: str) -> str:
    """The path from the current directory, with slashes; code hosts know no others."""
    with suppress(ValueError):  # on another drive
        path = os.path.relpath(path)
    return path.replace(os.sep, "/")


def _line_of(lines: Sequence[bytes], finding: Finding) -> str:
    line = finding.span.line
    return lines[line - 1].strip().decode("utf-8", errors="replace") if line <= len(lines) else ""


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", errors="surrogateescape")).hexdigest()[:32]
