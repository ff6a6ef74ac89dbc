"""How often each code was found, and what came of it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import click

from al_codemod.finding import Applicability
from al_codemod.outcome import RunOutcome, is_open
from al_codemod.report.rules import rule_name


@dataclass(frozen=True, slots=True)
class Count:
    """One code: how many findings, how many of them edited and how many left, and how many of those by hand."""

    code: str
    name: str
    found: int
    edited: int
    left: int
    manual: int


def statistics(outcome: RunOutcome) -> list[Count]:
    """A count for every code that was found and not suppressed, the most frequent first."""
    findings = [finding for file in outcome.files for finding in file.findings if not finding.suppressed]
    found = Counter(finding.code for finding in findings)
    edited = Counter(finding.code for finding in findings if finding.fixed)
    left = Counter(finding.code for finding in findings if is_open(finding))
    manual = Counter(finding.code for finding in findings if finding.applicability is Applicability.MANUAL)
    return [
        Count(code, rule_name(code), number, edited[code], left[code], manual[code])
        for code, number in sorted(found.items(), key=lambda item: (-item[1], item[0]))
    ]


def statistics_lines(outcome: RunOutcome) -> Iterator[str]:
    """A table for people."""
    counts = statistics(outcome)
    if not counts:
        return
    edited = "edited" if outcome.writes else "to edit"
    yield ""
    yield f"{'found':>7} {edited:>8} {'left':>6}  code"
    for count in counts:
        numbers = f"{count.found:>7,} {count.edited or '-':>8} {count.left or '-':>6}"
        yield f"{numbers}  {click.style(count.code, bold=True)} {count.name}"
