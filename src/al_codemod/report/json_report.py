"""A run as one JSON object."""

import json
from dataclasses import asdict
from typing import Any

from al_codemod.finding import Finding
from al_codemod.outcome import FileOutcome, RunOutcome


def render_json(outcome: RunOutcome, *, diff: bool = False, with_statistics: bool = False) -> str:
    """The run, its files in the order of their paths; two runs over the same input give the same text."""
    document: dict[str, Any] = {
        "files": [_file(file, diff=diff) for file in outcome.files],
        "summary": asdict(outcome.summary),
    }
    if with_statistics:
        from al_codemod.report.statistics import statistics

        document["statistics"] = [asdict(count) for count in statistics(outcome)]
    return json.dumps(document, indent=2) + "\n"


def _file(file: FileOutcome, *, diff: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "path": file.path,
        "changed": file.changed,
        "error": file.error,
        "findings": [_finding(finding) for finding in file.findings],
    }
    if file.note is not None:
        entry["note"] = file.note
    if diff and file.changed:
        from al_codemod.report.diff import diff_of

        entry["diff"] = diff_of(file).decode("utf-8", errors="replace")
        if file.cells is not None:
            entry["cells"] = file.cells.decode("utf-8", errors="replace")
    return entry


def _finding(finding: Finding) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "code": finding.code,
        "message": finding.message,
        "applicability": finding.applicability.value,
        "fixed": finding.fixed,
        "line": finding.span.line,
        "column": finding.span.column,
        "end_line": finding.span.end_line,
        "end_column": finding.span.end_column,
        "instead": finding.instead,
        "suppressed": finding.suppressed,
    }
    if finding.cell is not None:
        entry["cell"] = asdict(finding.cell)
    return entry
