"""`--interactive`: one change after the other, with all that belongs to it and why, and the question whether to make it.

What belongs together is not looked up but tried: the run is analysed again without the change in question, and all that
is gone then goes with it. So the answer `n` leaves exactly what a suppression comment in its place would leave.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

import click

from al_codemod.finding import Declined, Span
from al_codemod.outcome import FileOutcome, RunOutcome
from al_codemod.report.diff import changes, colored, hunks
from al_codemod.report.rules import rule_name
from al_codemod.report.text import finding_line

HELP = """y - make this change
n - leave it as it is, with all that belongs to it
a - make this change and all that remain
q - leave this one and all that remain; what you said yes to is written
? - this help
"""

CONTEXT = 1
"""Lines around a change: with more of them, changes that have nothing to do with each other share a hunk."""


class Edit(NamedTuple):
    """A finding that is edited: the file, and what tells it from others there."""

    path: str
    code: str
    span: Span


Analyse = Callable[[Mapping[str, Declined]], RunOutcome]
"""The same run again, without the edits that are declined."""


def ask(outcome: RunOutcome, analyse: Analyse) -> RunOutcome:
    """The outcome that the answers leave of one."""
    declined: set[Edit] = set()
    decided: set[Edit] = set()
    while block := _next(outcome, decided):
        without = analyse(_by_path(declined | block))
        group = (edits(outcome) - edits(without)) | block
        _show(outcome, without, group)
        match _answer(len(decided | declined), len(edits(outcome) | declined)):
            case "y":
                decided |= group
            case "n":
                outcome, declined, decided = without, declined | block, decided | block
            case "a":
                return outcome
            case _:
                return _without_the_rest(outcome, declined, decided, analyse)
    return outcome


def _without_the_rest(outcome: RunOutcome, declined: set[Edit], decided: set[Edit], analyse: Analyse) -> RunOutcome:
    """The outcome with nothing but what was said yes to, not even an edit that takes the place of a declined one."""
    while rest := edits(outcome) - decided - declined:
        declined = declined | rest
        outcome = analyse(_by_path(declined))
    return outcome


def edits(outcome: RunOutcome) -> set[Edit]:
    """Every edit of a run."""
    return {edit for file in outcome.files for edit in _edits(file)}


def _edits(file: FileOutcome) -> list[Edit]:
    return [Edit(file.path, finding.code, finding.span) for finding in file.findings if finding.fixed]


def _next(outcome: RunOutcome, decided: set[Edit]) -> set[Edit]:
    """The first edit that is not decided, with those in the same changed lines; empty when there is none."""
    for file in outcome.files:
        open_ = [edit for edit in _edits(file) if edit not in decided]
        if open_:
            first = open_[0]
            lines = next((lines for lines in _blocks(file) if _touches(first, lines)), range(0))
            return {first, *(edit for edit in open_ if _touches(edit, lines))}
    return set()


def _blocks(file: FileOutcome) -> list[range]:
    return [] if file.old is None or file.new is None else [before for before, _ in changes(file.old, file.new)]


def _touches(edit: Edit, lines: range) -> bool:
    return edit.span.line < lines.stop and edit.span.end_line >= lines.start


def _by_path(declined: Iterable[Edit]) -> dict[str, Declined]:
    found: dict[str, set[tuple[str, Span]]] = {}
    for edit in declined:
        found.setdefault(edit.path, set()).add((edit.code, edit.span))
    return {path: frozenset(edits) for path, edits in found.items()}


def _show(outcome: RunOutcome, without: RunOutcome, group: set[Edit]) -> None:
    """The hunks that the group makes, and its findings with the rules they are from."""
    click.echo()
    left = {file.path: file for file in without.files}
    for file in outcome.files:
        for hunk in _hunks(file, left.get(file.path)):
            click.echo("".join(colored(hunk)), nl=False)
    for file in outcome.files:
        for finding in file.findings:
            if Edit(file.path, finding.code, finding.span) in group:
                click.echo(f"{finding_line(file, finding, writes=False)}  ({rule_name(finding.code)})")


def _hunks(file: FileOutcome, without: FileOutcome | None) -> Iterator[bytes]:
    """The header and those hunks of a file that are not the same without the group."""
    if file.old is None or file.new is None:
        return
    rest = [] if without is None or without.new is None else hunks(file.path, file.old, without.new, CONTEXT)[1]
    same = {(hunk.start, hunk.body) for hunk in rest}
    header, found = hunks(file.path, file.old, file.new, CONTEXT)
    mine = [hunk for hunk in found if (hunk.start, hunk.body) not in same]
    if mine:
        yield header
        yield from (hunk.head + hunk.body for hunk in mine)


def _answer(done: int, total: int) -> str:
    """One of y, n, a and q; the end of the input is a q."""
    while True:
        click.echo(click.style(f"({done}/{total}) Make this change [y,n,a,q,?]? ", bold=True), nl=False)
        line = sys.stdin.readline()
        answer = line.strip().lower()[:1] if line else "q"
        if not line:
            click.echo()
        if answer in ("y", "n", "a", "q"):
            return answer
        click.echo(HELP, nl=False)
