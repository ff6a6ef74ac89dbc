"""What a document is made of: parts, each a piece of Python, and how several of them are one module.

Parts are never joined for parsing: what is wrong with one of them, or left open at its end, must not leak into the
next. Each is parsed by itself, and its nodes are moved to the lines that it has in the joined text.
"""

import ast
import re
import warnings
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from al_codemod.finding import Cell, Finding, Span
from al_codemod.semantics.modules import Module

Loop: TypeAlias = tuple[int, int]
"""The first and the last line of what something like `%timeit` runs again and again."""

_LINE = re.compile(r"\bline (\d+)\b(?! of )")


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file, and in a cell of it: lines and columns from 1, in characters."""

    line: int
    column: int
    cell: Cell | None = None


@dataclass(frozen=True, slots=True)
class Below:
    """Locates what starts at a line of a file (from 0), so many columns to the right."""

    first: int
    columns: int

    def __call__(self, line: int, column: int) -> Place:
        return Place(self.first + line + 1, self.columns + column + 1)


@dataclass(slots=True, eq=False)
class Command:
    """A shell command in a document, without what marks it as one; `new` is what it is to become.

    `line` is its first line in the part, `column` the place in that line.
    """

    text: str
    line: int
    column: int
    new: str | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """Text at a line of a part (from 0) that is left alone, and why; `hidden` where the document does not show it."""

    text: str
    why: str
    line: int = 0
    hidden: bool = False


@dataclass(slots=True, eq=False)
class Part:
    """A piece of Python in a document.

    `text` is what the analysis sees. `restore` gives the document's own text for a new Python text; it raises
    `ValueError` where that has none. `locate` tells where a line and a column (in characters, both from 0) of the
    document's own text are in the file, and `shifts` by how much the columns of a line differ from it.
    """

    text: str
    locate: Callable[[int, int], Place]
    restore: Callable[[str], str]
    shifts: dict[int, int] = field(default_factory=dict)
    commands: list[Command] = field(default_factory=list)
    loops: list[Loop] = field(default_factory=list)
    is_python: bool = True
    """Whether there is Python at all: a cell of shell commands has none."""
    left: list[Left] = field(default_factory=list)
    """What in it cannot be migrated."""
    is_session: bool = False
    """Whether it was typed behind prompts."""
    context: bool = False
    """Whether it only tells what names mean, and is not to be changed here."""
    problem: SyntaxError | None = None
    first: int = 0
    """The line in the joined text before the first one of this part."""
    nodes: list[ast.stmt] = field(default_factory=list)

    def place(self, line: int, column: int) -> Place:
        """Where a place in `text` (line from 1, column from 0, in characters) is in the file."""
        return self.locate(line - 1, column + self.shifts.get(line - 1, 0))

    def parse(self) -> None:
        """Find the nodes of the part, or the problem that it has."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self.nodes = ast.parse(self.text).body
        except SyntaxError as error:
            self.problem = error
        except (ValueError, RecursionError, MemoryError) as error:
            self.problem = SyntaxError(str(error) or "nests too deep to be analysed")


@dataclass(eq=False, slots=True)
class Joined(Module):
    """The parts that share their names, as one module: its joined text, and its tree with positions in that."""

    parts: list[Part] = field(default_factory=list)
    """Those whose Python is in the text."""
    others: list[Part] = field(default_factory=list)
    """Those that have none, or none that parses."""

    def part_of(self, line: int) -> Part:
        """The part that a line of the joined text is in."""
        return self.parts[max(bisect_right(self.parts, line - 1, key=lambda part: part.first) - 1, 0)]

    def place(self, line: int, column: int) -> Place:
        """Where a place in the joined text (both from 1) is in the file."""
        part = self.part_of(line)
        return part.place(line - part.first, column - 1)

    def span(self, span: Span) -> Span:
        start, end = self.place(span.line, span.column), self.place(span.end_line, span.end_column)
        return Span(start.line, start.column, end.line, end.column)

    def line_name(self, line: int) -> str:
        place = self.place(line, 1)
        return f"line {place.line}" if place.cell is None else f"cell {place.cell.number}, line {place.cell.line}"

    def with_places(self, text: str) -> str:
        """A message in which lines of the joined text are called as people call them."""
        return _LINE.sub(lambda found: self.line_name(int(found[1])), text)

    def is_fixed(self, line: int) -> bool:
        return self.part_of(line).context

    def located(self, finding: Finding) -> Finding | None:
        if self.is_fixed(finding.span.line):
            return None
        return replace(
            finding,
            span=self.span(finding.span),
            message=self.with_places(finding.message),
            instead=self.with_places(finding.instead),
            cell=self.place(finding.span.line, finding.span.column).cell,
        )


def join(parts: Iterable[Part], path: str = "", *, editable: bool = True) -> Joined:
    """The module of several parts, without those that do not parse."""
    texts: list[str] = []
    body: list[ast.stmt] = []
    used: list[Part] = []
    others: list[Part] = []
    line = 0
    for part in parts:
        if part.is_python:
            part.parse()
        if not part.is_python or part.problem is not None:
            others.append(part)
            continue
        part.first = line
        for node in part.nodes:
            ast.increment_lineno(node, line)
        body += _looped(part)
        text = part.text if part.text.endswith(("\n", "\r")) else part.text + "\n"
        # A blank line between parts, so that the imports of two of them are two groups.
        texts += [text, "\n"]
        line += _line_count(text) + 1
        used.append(part)
    return Joined("".join(texts), ast.Module(body, type_ignores=[]), path, editable, used, others)


def _line_count(text: str) -> int:
    return text.replace("\r\n", "\n").replace("\r", "\n").count("\n")


def _looped(part: Part) -> list[ast.stmt]:
    """The statements of a part, with loops around those that run again and again."""
    body: Sequence[ast.stmt] = part.nodes
    for first, last in part.loops:
        start, end = part.first + first + 1, part.first + last + 1
        inside = [s for s in body if start <= s.lineno <= end]
        if inside:
            at = body.index(inside[0])
            loop = ast.For(target=ast.Name("_", ast.Store()), iter=ast.Name("_", ast.Load()), body=inside, orelse=[])
            for node in (loop, loop.target, loop.iter):
                ast.copy_location(node, inside[0])
            loop.end_lineno, loop.end_col_offset = inside[-1].end_lineno, inside[-1].end_col_offset
            body = [*body[:at], loop, *body[at + len(inside) :]]
    return list(body)
