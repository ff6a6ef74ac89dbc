"""Put statements into suites, take them out and wrap them.

Where comments and blank lines go:
- an inserted statement stands directly before or after its anchor. Before it, it takes over the blank lines and
  comments above the anchor: these introduce the step that it has become a part of. A function or class keeps its own
  comments and gets the same blank lines again. A comment always goes directly above;
- what replaces a statement takes over the lines above it and the comment behind it;
- the comments above a deleted statement stay, the one behind it goes; blank lines do not pile up.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar, cast

import libcst as cst

from al_codemod.rewrite.edits import Template
from al_codemod.rewrite.templates import Fetch, fill_header, fill_lines

Statement: TypeAlias = cst.SimpleStatementLine | cst.BaseCompoundStatement
Small: TypeAlias = cst.BaseSmallStatement
Suite = TypeVar("Suite", cst.Module, cst.IndentedBlock)

_DEFINITIONS = (cst.FunctionDef, cst.ClassDef)


@dataclass(slots=True)
class StatementChange:
    """All that is wanted of one statement and around it."""

    before: list[Template] = field(default_factory=list)
    after: list[Template] = field(default_factory=list)
    replacement: tuple[Template, ...] | None = None
    wraps: list[Template] = field(default_factory=list)
    rewrite: Callable[[Small], Small | None] | None = None
    """Changes the statement itself, or deletes it by answering None."""


Changes: TypeAlias = Mapping[int, StatementChange]
"""What to do to which LibCST statement, by its `id` before any edit."""


class SuiteBuilder:
    """Writes the statements of a suite anew, one after the other."""

    def __init__(self, changes: Changes, fetch: Fetch, fresh: bool, spacing: int = 1) -> None:
        """`fresh`: nothing stands above the first statement. `spacing`: the blank lines around functions."""
        self.spacing = [_BLANK] * spacing
        self.changes = changes
        self.fetch = fetch
        self.body: list[Statement] = []
        self.waiting: list[cst.EmptyLine] = []
        self.fresh = fresh
        self.trim = False

    # Lines

    def extend(self, originals: Iterable[cst.CSTNode], updated: Iterable[cst.CSTNode]) -> None:
        """Write the statements of a suite, each with the changes that are wanted of it."""
        for original, new in zip(originals, updated, strict=True):
            statement = cast("Statement", new)
            if isinstance(original, cst.SimpleStatementLine):
                self.line(original.body, cast("cst.SimpleStatementLine", statement))
            else:
                change = self.changes.get(id(original))
                if change is None:
                    self.add(statement)
                else:
                    self.place(statement, change)

    def line(self, originals: Sequence[Small], line: cst.SimpleStatementLine) -> None:
        """Write a line of simple statements, in several lines where a change needs that."""
        changes = [self.changes.get(id(original)) for original in originals]
        if not any(changes):
            self.add(line)
        elif len(changes) == 1 and changes[0] is not None:
            self.place(line, changes[0])
        else:
            self.pieces(line, changes)

    def pieces(self, line: cst.SimpleStatementLine, changes: Sequence[StatementChange | None]) -> None:
        """Write `a; b; c` with changes to some of them."""
        self.queue(line.leading_lines)
        run: list[Small] = []

        def flush(last: bool) -> None:
            if run:
                if not last:
                    run[-1] = run[-1].with_changes(semicolon=cst.MaybeSentinel.DEFAULT)
                end = line.trailing_whitespace if last else cst.TrailingWhitespace()
                self.add(cst.SimpleStatementLine([*run], trailing_whitespace=end))
                run.clear()

        for index, (small, change) in enumerate(zip(line.body, changes, strict=True)):
            last = index == len(changes) - 1
            if change is None:
                run.append(small)
                continue
            if change.before:
                flush(last=False)
                self.insert(change.before)
            alone = small if last else small.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)
            core = self.core(cst.SimpleStatementLine([alone]), change)
            one_line = all(isinstance(new, cst.SimpleStatementLine) and not new.leading_lines for new in core)
            if one_line and len(core) <= 1:
                run.extend(new for statement in core for new in cast("cst.SimpleStatementLine", statement).body)
            else:
                flush(last=False)
                self.add_all(_with_trailing(core, line.trailing_whitespace) if last else core)
            if change.after:
                flush(last)
                self.insert(change.after)
        if run and len(run) < len(line.body):
            run[-1] = run[-1].with_changes(semicolon=line.body[-1].semicolon)
        flush(last=True)

    def place(self, statement: Statement, change: StatementChange) -> None:
        """Write one statement that has a line or a block of its own, and what goes around it."""
        leading = list(statement.leading_lines)
        own: list[cst.EmptyLine] = []
        core = self.core(statement.with_changes(leading_lines=()), change)
        introduces = any(not line.text.startswith("#") for line in change.before)
        if introduces and isinstance(statement, _DEFINITIONS) and core:
            blanks = _leading_blanks(leading)
            own, leading = [*(blanks or self.spacing), *leading[len(blanks) :]], blanks
        if not core and not change.before:
            self.trim = not self.body and self.fresh and not any(line.comment is None for line in leading[:1])
        self.queue(leading)
        self.insert(change.before)
        self.queue(own)
        if isinstance(statement, cst.SimpleStatementLine) and core and core[-1] is not statement:
            core = _with_trailing(core, statement.trailing_whitespace)
        self.add_all(core)
        if change.after and isinstance(statement, _DEFINITIONS) and core:
            self.queue(_leading_blanks(own or leading) or self.spacing)
        self.insert(change.after)

    def core(self, statement: Statement, change: StatementChange) -> list[Statement]:
        """What becomes of the statement itself."""
        result: list[Statement] = [statement]
        if change.replacement is not None:
            result = self.statements(change.replacement)
            if len(result) == 1:
                result = [_same_semicolon(statement, result[0])]
        elif change.rewrite is not None and isinstance(statement, cst.SimpleStatementLine):
            new = change.rewrite(statement.body[0])
            result = [] if new is None else [statement.with_changes(body=[new])]
        for header in reversed(change.wraps if result else ()):
            block = cst.IndentedBlock(result)
            result = [fill_header(header, self.fetch).with_changes(body=block)]
        return result

    def statements(self, lines: Iterable[Template]) -> list[Statement]:
        """Templates as statements; lines of comments go above the statement that follows."""
        inner = SuiteBuilder({}, self.fetch, fresh=False)
        inner.insert(lines)
        if inner.waiting and inner.body:
            # A comment at the end has no statement to go above: it stays in this place as the next one's.
            self.queue(inner.waiting)
        return inner.body

    # Writing

    def insert(self, lines: Iterable[Template]) -> None:
        """Write new statements."""
        for template in lines:
            module = fill_lines(template, self.fetch)
            self.queue(module.header)
            for statement in module.body:
                self.add(statement)
            self.queue(module.footer)

    def queue(self, lines: Iterable[cst.EmptyLine]) -> None:
        """Let blank lines and comments wait for the next statement."""
        self.waiting = _joined(self.waiting, list(lines))

    def add_all(self, statements: Iterable[Statement]) -> None:
        """Write several statements."""
        for statement in statements:
            self.add(statement)

    def add(self, statement: Statement) -> None:
        """Write a statement, below the lines that wait for it."""
        if self.waiting or self.trim:
            lines = _joined(self.waiting, list(statement.leading_lines))
            if self.trim and not self.body:
                lines = lines[len(_leading_blanks(lines)) :]
            statement = statement.with_changes(leading_lines=lines)
            self.waiting, self.trim = [], False
        self.body.append(statement)

    def finish(self, suite: Suite) -> Suite:
        """`suite` with what was written as its body."""
        body = list(self.body)
        if not body and not isinstance(suite, cst.Module):
            self.add(_PASS)
            body = self.body
        footer = suite.footer
        if any(line.comment for line in self.waiting):
            footer = _joined(self.waiting, list(footer))
        return suite.with_changes(body=body, footer=footer)


def one_line_suite(
    suite: cst.SimpleStatementSuite, updated: cst.SimpleStatementSuite, changes: Changes, fetch: Fetch
) -> cst.BaseSuite:
    """The suite of `if x: a`, which becomes a block when more than one line is needed."""
    builder = SuiteBuilder(changes, fetch, fresh=True)
    builder.line(suite.body, cst.SimpleStatementLine(updated.body, trailing_whitespace=updated.trailing_whitespace))
    is_empty = not builder.body
    block = builder.finish(cst.IndentedBlock(()))
    only = block.body[0] if len(block.body) == 1 and not block.footer else None
    if isinstance(only, cst.SimpleStatementLine) and not only.leading_lines:
        end = updated.trailing_whitespace if is_empty else only.trailing_whitespace
        return updated.with_changes(body=only.body, trailing_whitespace=end)
    return block


def else_block(chained: cst.If, change: StatementChange, fetch: Fetch) -> cst.Else:
    """An `elif` that needs statements around it, as an `if` within `else`."""
    builder = SuiteBuilder({}, fetch, fresh=True)
    builder.place(chained.with_changes(leading_lines=()), change)
    block = builder.finish(cst.IndentedBlock(()))
    return cst.Else(block, leading_lines=chained.leading_lines)


_BLANK = cst.EmptyLine(indent=False)
_PASS = cst.SimpleStatementLine([cst.Pass()])


def _joined(above: list[cst.EmptyLine], below: list[cst.EmptyLine]) -> list[cst.EmptyLine]:
    """Lines that come to stand next to each other; blank ones do not add up."""
    if any(line.comment for line in above):
        return [*above, *below]
    blanks = _leading_blanks(below)
    return below if len(blanks) >= len(above) else [*above, *below[len(blanks) :]]


def _leading_blanks(lines: Sequence[cst.EmptyLine]) -> list[cst.EmptyLine]:
    count = next((index for index, line in enumerate(lines) if line.comment), len(lines))
    return list(lines[:count])


def _with_trailing(statements: Sequence[Statement], end: cst.TrailingWhitespace) -> list[Statement]:
    """Statements with the comment of the one that they replace behind the last line."""
    *others, last = statements
    if isinstance(last, cst.SimpleStatementLine):
        if last.trailing_whitespace.comment is not None:
            return [*statements]
        return [*others, last.with_changes(trailing_whitespace=end)]
    if end.comment is None:
        return [*statements]
    if isinstance(last.body, cst.IndentedBlock):
        inner = _with_trailing(cast("Sequence[Statement]", last.body.body), end)
        return [*others, last.with_changes(body=last.body.with_changes(body=inner))]
    return [*others, last.with_changes(body=last.body.with_changes(trailing_whitespace=end))]


def _same_semicolon(old: Statement, new: Statement) -> Statement:
    """A `;` at the end of a notebook line hides its output, so it stays."""
    if not isinstance(old, cst.SimpleStatementLine) or not isinstance(new, cst.SimpleStatementLine):
        return new
    semicolon = old.body[-1].semicolon
    if not isinstance(semicolon, cst.Semicolon):
        return new
    return new.with_changes(body=[*new.body[:-1], new.body[-1].with_changes(semicolon=semicolon)])
