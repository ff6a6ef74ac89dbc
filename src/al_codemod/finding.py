"""What a run tells its user: findings, each with a place, a reason and what to write instead."""

from dataclasses import dataclass
from enum import StrEnum


class Applicability(StrEnum):
    """How sure the tool is of a change, in the sense that ruff and rustc give the word."""

    SAFE = "safe"
    REVIEW = "review"
    MANUAL = "manual"


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
    `instead` then says what to write by hand.
    """

    span: Span
    code: str
    message: str
    applicability: Applicability
    fixed: bool = False
    instead: str = ""
    suppressed: bool = False
    cell: Cell | None = None
    """Where it is in a notebook, whose `span` is that in the file."""


@dataclass(frozen=True, slots=True)
class Migration:
    """What the migration of one source comes to: its new text (the old one, when nothing changed) and its findings."""

    text: str
    findings: tuple[Finding, ...] = ()
