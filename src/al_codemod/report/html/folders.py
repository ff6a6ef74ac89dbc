"""How far each folder is: what is done, what wants a look, and what is left to do by hand."""

import os
from collections.abc import Iterable
from dataclasses import dataclass

from al_codemod.finding import Applicability, Finding
from al_codemod.outcome import RunOutcome, is_open


@dataclass(slots=True)
class Folder:
    """The numbers of one folder, without those below it."""

    name: str
    done: int = 0
    review: int = 0
    manual: int = 0
    failed: int = 0

    @property
    def total(self) -> int:
        return self.done + self.review + self.manual + self.failed


def state(finding: Finding) -> str:
    """What a finding is for the reader: `done`, `review`, `manual` or `suppressed`."""
    if finding.suppressed:
        return "suppressed"
    if finding.applicability is Applicability.MANUAL or is_open(finding):
        return "manual"
    return "review" if finding.applicability is Applicability.REVIEW else "done"


def folder_of(path: str) -> str:
    """The folder that a file is counted in."""
    return os.path.dirname(path).replace(os.sep, "/") or "."


def folders(outcome: RunOutcome) -> list[Folder]:
    """Every folder with something in it, in the order of their names."""
    found: dict[str, Folder] = {}
    for file in outcome.files:
        folder = found.setdefault(name := folder_of(file.path), Folder(name))
        folder.failed += file.error is not None
        _count(folder, file.findings)
    return [found[name] for name in sorted(found) if found[name].total]


def _count(folder: Folder, findings: Iterable[Finding]) -> None:
    for finding in findings:
        match state(finding):
            case "done":
                folder.done += 1
            case "review":
                folder.review += 1
            case "manual":
                folder.manual += 1
