"""`--add-ignore`: a comment at everything that is left to do, so that a check passes until somebody comes back to it.

What belongs together is left alone together, which may bring up findings that were not there before. So the run is analysed
again, with all that was found so far declined, until nothing new comes up; then all comments are put in at once.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from al_codemod.documents.document import is_document
from al_codemod.finding import UNUSED, Declined, Finding, Span, Unwanted
from al_codemod.outcome import FileOutcome, RunOutcome, summarize
from al_codemod.rules.leftovers import LEFT_OVER
from al_codemod.source.comments import statement_ends
from al_codemod.source.text import decode
from al_codemod.suppress import COMMENT

_ROUNDS = 10
_SOURCES = (".py", ".pyi")
_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n|\Z)")


def add_ignores(outcome: RunOutcome, analyse: Callable[[Mapping[str, Declined]], RunOutcome]) -> RunOutcome:
    """The outcome in which no file is migrated, and those with something to do get comments instead.

    `analyse` is the same run again, without the edits that are declined. Only in Python files is there room for comments.
    """
    declined: dict[str, set[tuple[str, Span]]] = {}
    for _ in range(_ROUNDS):
        found = {file.path: _left(file, declined.get(file.path, set())) for file in outcome.files}
        if not any(found.values()):
            break
        for path, left in found.items():
            declined.setdefault(path, set()).update((finding.code, finding.span) for finding in left)
        outcome = analyse({path: frozenset(edits) for path, edits in declined.items()})
    files = [_with_comments(file, declined.get(file.path, set())) for file in outcome.files]
    return summarize(files, outcome.summary.files_scanned, writes=outcome.writes)


def with_comments(text: str, findings: Iterable[Finding]) -> str:
    """The source with a comment on the statement of each finding; `text` has to parse."""
    ends = statement_ends(text)
    wanted: dict[int, list[str]] = {}
    for finding in findings:
        codes = wanted.setdefault(ends.get(finding.span.line, 0), [])
        if finding.code not in codes:
            codes.append(finding.code)
    lines = [(found[1], found[2]) for found in _LINE.finditer(text)]
    for number, codes in wanted.items():
        if number:
            line, end = lines[number - 1]
            lines[number - 1] = (_with_codes(line, codes), end)
    return "".join(line + end for line, end in lines)


def _left(file: FileOutcome, declined: set[tuple[str, Span]]) -> list[Finding]:
    """What is still to be declined of a file."""
    left = [f for f in file.findings if _is_active(f) and (f.code, f.span) not in declined]
    # An import that only the edits leave over is used again when they are not made.
    return [finding for finding in left if finding.code != LEFT_OVER] or left


def _is_active(finding: Finding) -> bool:
    return not finding.suppressed and finding.code != UNUSED


def _with_comments(file: FileOutcome, declined: set[tuple[str, Span]]) -> FileOutcome:
    """The file as it was, with comments at what was declined of it."""
    findings = [replace(finding, fixed=False) for finding in file.findings]
    if file.old is None or not declined or not file.path.endswith(_SOURCES) or is_document(file.path, file.old):
        return replace(file, changed=False, new=None, diff=None, cells=None, findings=tuple(findings))
    source = decode(file.path, file.old)
    new = source.encode(with_comments(source.text, [f for f in findings if (f.code, f.span) in declined]))
    hushed = tuple(
        replace(f, suppressed=True, unwanted=Unwanted.COMMENT) if (f.code, f.span) in declined else f for f in findings
    )
    return replace(file, changed=True, new=new, findings=hushed)


def _with_codes(line: str, codes: list[str]) -> str:
    """A line that ends a statement, with a comment about some codes: one of its own, or the one that is there already."""
    present = next((m for m in COMMENT.finditer(line) if m["kind"] == "ignore" and m["codes"] is not None), None)
    if present is not None:
        known = [code.strip() for code in present["codes"].split(",") if code.strip()]
        start, end = present.span("codes")
        return line[:start] + ",".join([*known, *(code for code in codes if code not in known)]) + line[end:]
    return f"{line.rstrip()}  # al-codemod: ignore[{','.join(sorted(codes))}]"
