"""How a finding's place is written."""

import re

from al_codemod.finding import Finding
from al_codemod.outcome import FileOutcome

_LINE = re.compile(r"\bcell \d+, line \d+|\bline (?P<line>\d+)\b(?! of )")


def place(file: FileOutcome, finding: Finding, *, writes: bool) -> str:
    """`path:line:column`, as editors and terminals understand it, and in a notebook also as its reader counts."""
    return f"{file.path}:{line_now(file, finding.span.line, writes=writes)}:{finding.span.column}{in_cell(finding)}"


def line_now(file: FileOutcome, line: int, *, writes: bool) -> int:
    """Where a line is in the file as it is on the disk when the run is over: where its user will look for it."""
    if not writes or file.old is None or file.new is None:
        return line
    from al_codemod.report.diff import moved_line

    return moved_line(file.old, file.new, line)


def words_now(file: FileOutcome, text: str, *, writes: bool) -> str:
    """A message in which the lines that it speaks of are counted in the same way; those of other files and of cells stay."""

    def counted(found: re.Match[str]) -> str:
        return f"line {line_now(file, int(found['line']), writes=writes)}" if found["line"] else found[0]

    return _LINE.sub(counted, text)


def in_cell(finding: Finding) -> str:
    """The place in a notebook, in parentheses and after a blank; empty for all other files."""
    return "" if finding.cell is None else f" (cell {finding.cell.number}, line {finding.cell.line})"
