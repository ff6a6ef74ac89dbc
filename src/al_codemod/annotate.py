"""A comment in the code for all that is left to a person: `# TODO(al-codemod CODE): what; what to write instead`.

Each stands above the statement that it is about and is an edit like any other. One that is there already, from an
earlier run, is not put there again.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Sequence

from al_codemod.finding import UNUSED, Applicability, Finding
from al_codemod.rewrite.edits import InsertStatements, Template, Where
from al_codemod.rules.base import Context, Draft
from al_codemod.semantics.modules import Module
from al_codemod.semantics.program import Program
from al_codemod.source.comments import comments
from al_codemod.source.text import split_lines

_MARK = "# TODO(al-codemod "
_LINE = re.compile(r"\bline \d+")
_ASIDE = re.compile(r" \(line \d+\)")
_CODE = re.compile(re.escape(_MARK) + r"(\w+)\)")


def annotations(context: Context, results: Iterable[tuple[Draft, Finding]]) -> Iterator[InsertStatements]:
    """The comments that the findings of a module need."""
    wanted: dict[tuple[ast.stmt, str], str] = {}
    anchors = _Anchors(context.program, context.source)
    for draft, finding in results:
        if finding.applicability is Applicability.MANUAL and not finding.suppressed and finding.code != UNUSED:
            wanted[anchors.of(draft.node), _comment(draft, finding)] = finding.code
    if not wanted:
        return
    present = _Present(context.source.text, anchors.lines)
    for (anchor, text), code in sorted(wanted.items(), key=lambda item: (_first_line(item[0][0]), item[0][1])):
        if not present.take(_first_line(anchor), text, code):
            line = text.replace("{", "{{").replace("}", "}}")
            yield InsertStatements(anchor, Where.BEFORE, (Template(line),))


def _comment(draft: Draft, finding: Finding) -> str:
    """The comment for a finding. It names no line by its number, which the comment itself would make wrong."""
    message = finding.message if finding.message == draft.message else f"not changed yet: {draft.message}"
    parts = [message, draft.instead] if draft.instead else [message]
    text = "; ".join(" ".join(part.split()) for part in parts)
    text = _LINE.sub("another line", _ASIDE.sub("", text))
    return f"{_MARK}{finding.code}): {text}"


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(d.lineno for d in decorators)])


class _Anchors:
    """Which statement a comment goes above."""

    def __init__(self, program: Program, source: Module) -> None:
        self.program = program
        self.source = source
        self.lines = split_lines(source.text)

    def of(self, node: ast.AST) -> ast.stmt:
        """The innermost statement around a node that a line of its own can stand above."""
        program = self.program
        around = [n for n in (node, *program.ancestors(node)) if isinstance(n, ast.stmt)]
        if not around:
            return self.source.tree.body[0]
        statement = next((s for s in around if self.starts_line(s) and not self.is_elif(s)), around[-1])
        return self.first_on_line(statement)

    def starts_line(self, statement: ast.stmt) -> bool:
        before = self.lines[statement.lineno - 1].encode()[: statement.col_offset]
        return not before.strip() or self.first_on_line(statement) is not statement

    def first_on_line(self, statement: ast.stmt) -> ast.stmt:
        """The first of several statements on one line, where that line is not the header of another."""
        parent = self.program.parents.get(statement)
        suites = (suite for _, suite in ast.iter_fields(parent) if isinstance(suite, list)) if parent else ()
        suite: Sequence[ast.stmt] = next((s for s in suites if statement in s), [statement])
        first = next(s for s in suite if s.lineno == statement.lineno or s is statement)
        before = self.lines[first.lineno - 1].encode()[: first.col_offset]
        return statement if before.strip() else first

    def is_elif(self, statement: ast.stmt) -> bool:
        """Whether a statement is the `elif` of another one."""
        word = self.lines[statement.lineno - 1].encode()[statement.col_offset :]
        return isinstance(statement, ast.If) and word.startswith(b"elif")


class _Present:
    """The comments of earlier runs. Each stands for one finding."""

    def __init__(self, text: str, lines: Sequence[str]) -> None:
        self.lines = lines
        self.found: dict[int, str] = {}
        if _MARK in text:
            alone = (c for c in comments(text) if c.alone and c.text.startswith(_MARK))
            self.found = {c.first: c.text for c in alone}

    def take(self, line: int, text: str, code: str) -> bool:
        """Whether the statement at `line` has its comment: directly above it, or further up where code has moved."""
        place = next((n for n in self._above(line) if n in self.found and self._code(n) == code), None)
        if place is None:
            before = [n for n, other in self.found.items() if n < line and other == text]
            place = max(before, default=None)
        if place is None:
            return False
        if self.found[place] == text:
            del self.found[place]
        return True

    def _above(self, line: int) -> Iterator[int]:
        """The lines of comments right above a line."""
        while line > 1 and (not self.lines[line - 2].strip() or self.lines[line - 2].lstrip().startswith("#")):
            line -= 1
            yield line

    def _code(self, line: int) -> str:
        found = _CODE.match(self.found[line])
        return found[1] if found else ""
