"""A run as test results in the form that JUnit made common: one test a finding, and one for each file that is done."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from al_codemod.outcome import RunOutcome, is_open
from al_codemod.report.results import FAILED, Result, results
from al_codemod.report.text import count

# What XML 1.0 cannot hold, surrogates of undecodable file names among them.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class _Case:
    """A test, and the kind of element that says how it ended: `failure`, `error`, `skipped` or none."""

    file: str
    name: str
    line: int
    kind: str = ""
    type: str = ""
    message: str = ""


def render_junit(outcome: RunOutcome) -> str:
    """The XML document. What is left to do fails, and so do edits that a check finds."""
    cases = list(_cases(outcome))
    numbers = {kind: sum(case.kind == kind for case in cases) for kind in ("failure", "error", "skipped")}
    totals = f'tests="{len(cases)}" failures="{numbers["failure"]}" errors="{numbers["error"]}"'
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<testsuites name="al-codemod" {totals} time="0">',
        f'  <testsuite name="al-codemod" {totals} skipped="{numbers["skipped"]}" time="0">',
        *(line for case in cases for line in _element(case)),
        "  </testsuite>",
        "</testsuites>",
    ]
    return "\n".join(lines) + "\n"


def _cases(outcome: RunOutcome) -> Iterator[_Case]:
    failing: set[str] = set()
    for result in results(outcome, with_suppressed=True):
        case = _case(result, writes=outcome.writes)
        if case.kind in ("failure", "error"):
            failing.add(result.path)
        yield case
    done = outcome.summary.files_scanned - len(failing)
    if done > 0:
        yield _Case("", f"{count(done, 'file')} with nothing left to do", 0)


def _case(result: Result, *, writes: bool) -> _Case:
    name = f"{result.code} at {result.line}:{result.column}"
    if result.code == FAILED:
        kind = "error"
    elif result.finding is not None and result.finding.suppressed:
        kind = "skipped"
    else:
        kind = "" if result.finding is not None and writes and not is_open(result.finding) else "failure"
    return _Case(result.path, name, result.line, kind, result.code, result.message)


def _element(case: _Case) -> Iterator[str]:
    class_name = _quoted(case.file or "al-codemod")
    start = f'    <testcase classname={class_name} name={_quoted(case.name)} time="0"'
    if not case.kind:
        yield f"{start}/>"
        return
    yield f"{start}>"
    if case.kind == "skipped":
        yield f"      <skipped message={_quoted(case.message)}/>"
    else:
        text = f"{case.file}:{case.line}: {case.type} {case.message}"
        message = f"type={_quoted(case.type)} message={_quoted(case.message)}"
        yield f"      <{case.kind} {message}>{escape(_clean(text))}</{case.kind}>"
    yield "    </testcase>"


def _quoted(text: str) -> str:
    return quoteattr(_clean(text))


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
