"""`--add-ignore`: a comment at everything that is left to do, so that a check passes until somebody comes back to it.

What belongs together is left alone together, which may bring up findings that were not there before. So the migration is
asked again until there is nothing left to put a comment on.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from al_codemod.finding import UNUSED, Finding
from al_codemod.outcome import FileOutcome, RunOutcome, summarize
from al_codemod.rules.leftovers import LEFT_OVER
from al_codemod.settings import Settings
from al_codemod.source.comments import statement_ends
from al_codemod.source.text import decode
from al_codemod.suppress import COMMENT
from al_codemod.worker import Job, migrate_bytes

_ROUNDS = 5
_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n|\Z)")


def add_ignores(outcome: RunOutcome, settings: Settings) -> RunOutcome:
    """The outcome in which no file is migrated, and those with something to do get comments instead."""
    files = [_ignored(file, settings) for file in outcome.files]
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


def _ignored(file: FileOutcome, settings: Settings) -> FileOutcome:
    if file.old is None or file.error is not None:
        return file
    data, findings = file.old, file.findings
    for _ in range(_ROUNDS):
        left = [finding for finding in findings if not finding.suppressed and finding.code != UNUSED]
        if not left:
            break
        source = decode(file.path, data)
        # An import that only the edits leave over is used again when they are not made.
        causes = [finding for finding in left if finding.code != LEFT_OVER] or left
        data = source.encode(with_comments(source.text, causes))
        again = migrate_bytes(file.path, data, Job(settings))
        if again.error is not None:
            return again
        findings = again.findings
    if data == file.old:
        return replace(file, changed=False, new=None)
    return replace(file, changed=True, new=data, findings=findings)


def _with_codes(line: str, codes: list[str]) -> str:
    """A line that ends a statement, with a comment about some codes: one of its own, or the one that is there already."""
    present = next((m for m in COMMENT.finditer(line) if m["kind"] == "ignore" and m["codes"] is not None), None)
    if present is not None:
        known = [code.strip() for code in present["codes"].split(",") if code.strip()]
        start, end = present.span("codes")
        return line[:start] + ",".join([*known, *(code for code in codes if code not in known)]) + line[end:]
    return f"{line.rstrip()}  # al-codemod: ignore[{','.join(sorted(codes))}]"
