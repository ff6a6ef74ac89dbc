"""What a run says to a person: the findings that need one, and one honest line at the end."""

from collections.abc import Iterator

import click

from al_codemod.finding import Applicability, Finding
from al_codemod.outcome import FileOutcome, RunOutcome, Summary

_COLORS = {Applicability.SAFE: "green", Applicability.REVIEW: "yellow", Applicability.MANUAL: "red"}


def finding_lines(outcome: RunOutcome, *, verbose: bool) -> Iterator[str]:
    """The findings, file by file: all that a person should look at, and with `verbose` the safe edits as well."""
    for file in outcome.files:
        for finding in sorted(file.findings, key=lambda finding: finding.span):
            if verbose or _needs_a_look(finding):
                yield from _finding(file, finding)


def error_lines(outcome: RunOutcome) -> Iterator[str]:
    """What is wrong with files, in the form `path:line:col: reason`."""
    return (file.error for file in outcome.files if file.error is not None)


def note_lines(outcome: RunOutcome) -> Iterator[str]:
    """The files in which nothing was looked at, and why."""
    return (f"{file.path}: left alone: {file.note}" for file in outcome.files if file.note is not None)


def change_lines(outcome: RunOutcome) -> Iterator[str]:
    """The files that changed, or would."""
    verb = "migrated" if outcome.writes else "would migrate"
    return (f"{verb} {file.path}" for file in outcome.files if file.changed)


def closing_line(outcome: RunOutcome) -> str:
    """One line with every number that matters, and never an all-clear that the numbers do not bear out."""
    summary = outcome.summary
    scanned = f"{_count(summary.files_scanned, 'file')} scanned"
    if not summary.files_scanned and not summary.failed:
        return "no Python files found: nothing was looked at"
    if not summary.files_with_v1:
        found = "no use of Arraylake V1 found"
        return f"{scanned}{_failed(summary)}, {found} in the others" if summary.failed else f"{scanned}, {found}"
    would = "" if outcome.writes else " to make"
    parts = [
        scanned,
        f"{summary.files_with_v1} with Arraylake V1",
        f"{_count(summary.edits, 'edit')}{would} in {_count(summary.files_changed, 'file')}",
        f"{summary.review} to review",
        f"{summary.manual} to do by hand",
    ]
    if summary.suppressed:
        parts.append(f"{summary.suppressed} suppressed")
    return ", ".join(parts) + _failed(summary)


def _failed(summary: Summary) -> str:
    return f", {_count(summary.failed, 'file')} failed (see the errors)" if summary.failed else ", 0 failed"


def _needs_a_look(finding: Finding) -> bool:
    return not finding.suppressed and (not finding.fixed or finding.applicability is not Applicability.SAFE)


def _finding(file: FileOutcome, finding: Finding) -> Iterator[str]:
    place = f"{file.path}:{finding.span.line}:{finding.span.column}"
    if finding.cell is not None:
        place += f" (cell {finding.cell.number}, line {finding.cell.line})"
    label = click.style(f"[{finding.applicability.value}]", fg=_COLORS[finding.applicability])
    state = " (suppressed)" if finding.suppressed else ""
    yield f"{place} {click.style(finding.code, bold=True)} {label} {finding.message}{state}"
    if finding.instead and not finding.fixed:
        first, *rest = finding.instead.splitlines()
        yield f"    instead: {first}"
        yield from (f"             {line}" for line in rest)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
