"""Edits: what is to change, said about the nodes of the stdlib tree, without a word on how.

Source text in an edit is a template: `{name}` stands for the source of `holes[name]`, a node of the original tree, with
every edit inside that node applied to it. A literal brace is doubled, as in `str.format`.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Template:
    """Source text with holes for nodes of the original tree."""

    text: str
    holes: Mapping[str, ast.expr] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class ReplaceExpression:
    """Put another expression where `node` is. Parentheses around `node` stay; needed ones are added."""

    node: ast.expr
    new: Template


@dataclass(frozen=True, slots=True, eq=False)
class Catch(ReplaceExpression):
    """Put exceptions, `(a, b)`, where those are that a handler names. Several such edits of one handler are made as one."""


@dataclass(frozen=True, slots=True, eq=False)
class Hoist:
    """Put a name where `node` is. A hole for `node` in a statement that is inserted before holds `node` itself."""

    node: ast.expr
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class ChangeCall:
    """Change a call in place, leaving every argument that is not named here as it is written.

    `function` replaces what is called. `drop` are arguments (elements of `node.args` or `node.keywords`) to remove, `rename`
    gives an argument another keyword (a positional argument becomes a keyword one), `replace` gives an argument another
    value, `first` are positional arguments to put in front, `insert` such to put behind another one, `add` keyword
    arguments to put at the end (before `**kwargs` is not required).
    """

    node: ast.Call
    function: Template | None = None
    first: tuple[Template, ...] = ()
    drop: tuple[ast.expr | ast.keyword, ...] = ()
    rename: tuple[tuple[ast.expr | ast.keyword, str], ...] = ()
    replace: tuple[tuple[ast.expr | ast.keyword, Template], ...] = ()
    add: tuple[tuple[str, Template], ...] = ()
    insert: tuple[tuple[ast.expr, Template], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the call stays as it is."""
        changes = (self.first, self.drop, self.rename, self.replace, self.add, self.insert)
        return self.function is None and not any(changes)


@dataclass(frozen=True, slots=True, eq=False)
class AddParameter:
    """Put a parameter behind another one of a function, or in its place."""

    after: ast.arg
    name: str
    annotation: str = ""
    default: str = ""
    in_place: bool = False


class Where(StrEnum):
    """The side of a statement on which others are put."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True, eq=False)
class InsertStatements:
    """Put statements, one source line each, before or after a statement of the same suite. Nested lines are indented."""

    anchor: ast.stmt
    where: Where
    lines: tuple[Template, ...]


@dataclass(frozen=True, slots=True)
class Declare:
    """`global` or `nonlocal` (`keyword`) for a name, at the start of the function whose statement `anchor` is."""

    anchor: ast.stmt
    where: Where
    keyword: str
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class ReplaceStatement:
    """Put statements in place of one; none deletes it (`pass` stays where the suite would be empty). Comments stay."""

    node: ast.stmt
    lines: tuple[Template, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class WrapStatement:
    """Put a statement, with all that is edited in it, into the suite of a compound statement such as `if x:`."""

    node: ast.stmt
    header: Template


@dataclass(frozen=True, slots=True, eq=False)
class AddImport:
    """Bind a name: `import module as name`, or `from module import member as name`. Nothing happens where it is bound so."""

    module: str
    member: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class ExtendImport:
    """Bind a name in an import statement that is there: what becomes of an `AddImport` whose place is known."""

    node: ast.ImportFrom
    member: str
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class RemoveImport:
    """Take one name out of an import statement, and the statement when no name is left in it."""

    node: ast.Import | ast.ImportFrom
    alias: ast.alias


Edit: TypeAlias = (
    ReplaceExpression
    | Hoist
    | ChangeCall
    | AddParameter
    | InsertStatements
    | Declare
    | ReplaceStatement
    | WrapStatement
    | AddImport
    | ExtendImport
    | RemoveImport
)
