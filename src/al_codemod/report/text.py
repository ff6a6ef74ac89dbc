"""What a run says to a person: what needs one, what was done, what is left and where, and one honest line at the end."""

from collections.abc import Iterator

import click

from al_codemod.finding import Applicability, Finding, Unwanted
from al_codemod.outcome import FileOutcome, RunOutcome, Summary, is_open, needs_a_look
from al_codemod.report.excerpt import excerpt
from al_codemod.report.place import line_now, place, words_now

_COLORS = {Applicability.SAFE: "green", Applicability.REVIEW: "yellow", Applicability.MANUAL: "red"}
MOST_PLACES = 8
"""Files with work left that the story names; the findings above it name them all."""


def finding_lines(outcome: RunOutcome, *, verbose: bool, full: bool = True) -> Iterator[str]:
    """The findings, file by file: all that a person should look at, and with `verbose` the safe edits as well.

    What somebody has just declined is no news, so that it is shown only with `verbose` too.
    `full` adds what to write instead, and shows the code that is left to a person.
    """
    for file in outcome.files:
        for finding in sorted(file.findings, key=lambda finding: finding.span):
            if verbose or (needs_a_look(finding) and finding.unwanted is not Unwanted.ANSWER):
                yield finding_line(file, finding, writes=outcome.writes)
                if full and not finding.fixed:
                    yield from _details(file, finding, writes=outcome.writes)


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


def ignore_lines(outcome: RunOutcome) -> Iterator[str]:
    """The files that got comments in place of edits."""
    return (f"ignore comments put into {file.path}" for file in outcome.files if file.changed)


def story_lines(outcome: RunOutcome) -> Iterator[str]:
    """What was found, what was done, what is left and where, and what to do next."""
    summary = outcome.summary
    if not summary.files_with_v1:
        return
    yield ""
    yield _heading("Found", f"Arraylake V1 in {summary.files_with_v1:,} of {count(summary.files_scanned, 'file')}")
    if summary.edits:
        edits = f"{count(summary.edits, 'edit')} in {count(summary.files_changed, 'file')}"
        review = sum(1 for f in _findings(outcome) if f.fixed and f.applicability is Applicability.REVIEW)
        look = f", {review:,} of them worth a look" if review else ", all of them safe"
        yield _heading("Done" if outcome.writes else "To do", edits + look)
    left = [(file, found) for file in outcome.files if (found := [f for f in file.findings if is_open(f)])]
    if left:
        yield _heading("Left", _left([finding for _, findings in left for finding in findings], len(left)))
        for file, findings in left[:MOST_PLACES]:
            numbers = dict.fromkeys(line_now(file, f.span.line, writes=outcome.writes) for f in findings)
            lines = ", ".join(map(str, numbers))
            yield f"           {file.path}, line {lines}"
        if len(left) > MOST_PLACES:
            yield f"           and {count(len(left) - MOST_PLACES, 'file')} more"
    for heading, step in zip(("Next", ""), _next_steps(outcome), strict=False):
        yield _heading(heading, step)


def closing_line(outcome: RunOutcome) -> str:
    """One line with every number that matters, and never an all-clear that the numbers do not bear out."""
    summary = outcome.summary
    scanned = f"{count(summary.files_scanned, 'file')} scanned"
    if not summary.files_scanned and not summary.failed:
        return "no Python files and no manifests found: nothing was looked at"
    if not summary.files_with_v1:
        found = "no use of Arraylake V1 found"
        return f"{scanned}{_failed(summary)}, {found} in the others" if summary.failed else f"{scanned}, {found}"
    would = "" if outcome.writes else " to make"
    parts = [
        scanned,
        f"{summary.files_with_v1} with Arraylake V1",
        f"{count(summary.edits, 'edit')}{would} in {count(summary.files_changed, 'file')}",
        f"{summary.review} to review",
        f"{summary.manual} to do by hand",
    ]
    if summary.suppressed:
        parts.append(f"{summary.suppressed} suppressed")
    if summary.deselected:
        parts.append(f"{summary.deselected} not selected")
    return ", ".join(parts) + (_failed(summary) or ", 0 failed")


def count(number: int, noun: str) -> str:
    """`1 file`, `2,000 files`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _heading(title: str, text: str) -> str:
    return f"{click.style(f'{title:>9}', bold=True)}  {text}".rstrip()


def _findings(outcome: RunOutcome) -> Iterator[Finding]:
    return (finding for file in outcome.files for finding in file.findings)


def _left(findings: list[Finding], files: int) -> str:
    by_hand = sum(1 for finding in findings if finding.applicability is Applicability.MANUAL)
    parts = [f"{count(by_hand, 'place')} to do by hand"] if by_hand else []
    if len(findings) > by_hand:
        parts.append(f"{count(len(findings) - by_hand, 'edit')} not made")
    return f"{' and '.join(parts)}, in {count(files, 'file')}"


def _next_steps(outcome: RunOutcome) -> Iterator[str]:
    if outcome.summary.edits:
        written = "read `git diff`, then run your tests"
        yield written if outcome.writes else "commit your work, then run it without --check and --diff"
    manual = next((f for f in _findings(outcome) if is_open(f) and f.applicability is Applicability.MANUAL), None)
    if manual is not None and not outcome.summary.edits:
        yield "do it by hand, or put it off with --add-ignore"
    if manual is not None:
        yield f"`al-codemod --explain {manual.code}` says more about a code"


def _failed(summary: Summary) -> str:
    return f", {count(summary.failed, 'file')} failed (see the errors)" if summary.failed else ""


def finding_line(file: FileOutcome, finding: Finding, *, writes: bool) -> str:
    """A finding in one line."""
    label = click.style(f"[{finding.applicability.value}]", fg=_COLORS[finding.applicability])
    state = " (suppressed)" if finding.suppressed else ""
    where, message = place(file, finding, writes=writes), words_now(file, finding.message, writes=writes)
    return f"{where} {click.style(finding.code, bold=True)} {label} {message}{state}"


def _details(file: FileOutcome, finding: Finding, *, writes: bool) -> Iterator[str]:
    if finding.applicability is Applicability.MANUAL and file.old is not None:
        number = line_now(file, finding.span.line, writes=writes)
        yield from excerpt(file.path, file.old, finding.span, number)
    if finding.instead:
        first, *rest = words_now(file, finding.instead, writes=writes).splitlines()
        yield f"    instead: {first}"
        yield from (f"             {line}" for line in rest)
