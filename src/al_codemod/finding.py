"""What a run tells its user: findings, each with a place, a reason and what to write instead."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, TypeAlias

UNUSED: Final = "AL001"
"""The code of comments that suppress nothing; every other one is about V1."""


class Applicability(StrEnum):
    """How sure the tool is of a change, in the sense that ruff and rustc give the word."""

    SAFE = "safe"
    REVIEW = "review"
    MANUAL = "manual"


class Unwanted(StrEnum):
    """Why an edit or a finding is not wanted though nothing is wrong with it."""

    COMMENT = "comment"
    """A comment in the source says so: `# al-codemod: ignore`."""
    SETTINGS = "settings"
    """Its code is not selected (`--select`, `--ignore` and the settings of these names)."""
    ANSWER = "answer"
    """Its user said no when asked (`--interactive`)."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A range of source: 1-based lines, 1-based columns in characters, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """A place in a notebook as its reader counts: cells, lines and columns from 1."""

    number: int
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One V1 or zarr 2 use and what became of it.

    `fixed` is true when the edit was made, or would be in a run that writes. A `manual` finding is never fixed;
    `instead` then says what to write by hand. One that is suppressed, by a comment or because its code is not selected,
    leaves nothing to do; one that was declined does.
    """

    span: Span
    code: str
    message: str
    applicability: Applicability
    fixed: bool = False
    instead: str = ""
    suppressed: bool = False
    unwanted: Unwanted | None = None
    cell: Cell | None = None
    """Where it is in a notebook, whose `span` is that in the file."""

    def left_alone(self, why: Unwanted) -> "Finding":
        """The same about something that is not done because it is not wanted."""
        message = f"{self.message}; declined" if why is Unwanted.ANSWER else self.message
        return replace(self, message=message, fixed=False, suppressed=why is not Unwanted.ANSWER, unwanted=why)


Declined: TypeAlias = frozenset[tuple[str, Span]]
"""Codes and spans of the findings whose edits are not to be made."""

NONE_DECLINED: Final[Declined] = frozenset()


@dataclass(frozen=True, slots=True)
class Migration:
    """What the migration of one source comes to: its new text (the old one, when nothing changed) and its findings."""

    text: str
    findings: tuple[Finding, ...] = ()


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings in the order of the source, the same in every run."""
    return tuple(sorted(findings, key=lambda found: (found.span, found.code, found.message, found.instead)))
