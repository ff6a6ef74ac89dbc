"""What a run comes to: file by file, and in numbers."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from al_codemod.finding import UNUSED, Applicability, Finding, Unwanted


class ExitCode(IntEnum):
    """The contract with scripts and CI."""

    DONE = 0
    WORK_LEFT = 1
    ERROR = 2


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of one file. `changed`: its text did change, or would in a run that writes.

    `old` holds its bytes as they were read, where there is something to say about it, and `new` those that it was or
    would be given, where it changed.
    """

    path: str
    changed: bool = False
    findings: tuple[Finding, ...] = ()
    error: str | None = None
    old: bytes | None = None
    new: bytes | None = None
    diff: bytes | None = None
    """The diff of a document, where comparing `old` and `new` line by line would take long."""
    cells: bytes | None = None
    """The diff of a notebook as a person reads it."""
    note: str | None = None
    """Why nothing in it was looked at, though nothing is wrong with it."""
    imports: frozenset[str] = frozenset()
    """The packages that manifests are about and that its code, once migrated, imports."""

    @property
    def is_worth_reporting(self) -> bool:
        """Whether there is anything to say about the file."""
        return self.changed or bool(self.findings) or self.error is not None or self.note is not None

    @property
    def problem(self) -> tuple[int, int, str]:
        """The error as line, column and reason."""
        line, column, reason = (self.error or "1:1:").removeprefix(f"{self.path}:").split(":", 2)
        return int(line), int(column), reason.strip()


@dataclass(frozen=True, slots=True)
class Summary:
    """The numbers that close a run."""

    files_scanned: int
    files_with_v1: int
    files_changed: int
    edits: int
    review: int
    manual: int
    suppressed: int
    deselected: int
    failed: int


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """A whole run: the files there is something to say about, in the order of their paths, and the numbers."""

    files: tuple[FileOutcome, ...]
    summary: Summary
    writes: bool
    """Whether the run wrote its edits (neither --check nor --diff)."""

    @property
    def exit_code(self) -> ExitCode:
        """Errors first, then work that is left, then done."""
        if self.summary.failed:
            return ExitCode.ERROR
        if any(is_open(finding) for file in self.files for finding in file.findings):
            return ExitCode.WORK_LEFT
        return ExitCode.WORK_LEFT if self.summary.files_changed and not self.writes else ExitCode.DONE


def is_open(finding: Finding) -> bool:
    """Whether the finding leaves something to do: neither edited nor suppressed."""
    return not finding.fixed and not finding.suppressed


def needs_a_look(finding: Finding) -> bool:
    """Whether a person has to see the finding: all but what was safely edited or suppressed."""
    return not finding.suppressed and (not finding.fixed or finding.applicability is not Applicability.SAFE)


def summarize(outcomes: Iterable[FileOutcome], scanned: int, *, writes: bool) -> RunOutcome:
    """Order the outcomes and count what is in them."""
    files = tuple(sorted((outcome for outcome in outcomes if outcome.is_worth_reporting), key=lambda file: file.path))
    findings = [finding for file in files for finding in file.findings]
    active = [finding for finding in findings if not finding.suppressed]
    summary = Summary(
        files_scanned=scanned,
        files_with_v1=sum(1 for file in files if file.changed or any(f.code != UNUSED for f in file.findings)),
        files_changed=sum(1 for file in files if file.changed),
        edits=sum(1 for finding in active if finding.fixed),
        review=sum(1 for finding in active if finding.applicability is Applicability.REVIEW),
        manual=sum(1 for finding in active if finding.applicability is Applicability.MANUAL),
        suppressed=sum(1 for finding in findings if finding.unwanted is Unwanted.COMMENT),
        deselected=sum(1 for finding in findings if finding.unwanted is Unwanted.SETTINGS),
        failed=sum(1 for file in files if file.error is not None),
    )
    return RunOutcome(files, summary, writes)
