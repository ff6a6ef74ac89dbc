"""All edits of one file, sorted by the node that they are about; edits that agree are united, others conflict."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from al_codemod.rewrite.calls import CallChange
from al_codemod.rewrite.edits import (
    AddImport,
    AddParameter,
    ChangeCall,
    Edit,
    ExtendImport,
    Hoist,
    InsertStatements,
    RemoveImport,
    ReplaceExpression,
    ReplaceStatement,
    Template,
    Where,
    WrapStatement,
)
from al_codemod.rewrite.errors import ConflictError
from al_codemod.rewrite.import_bindings import Use, guarded_imports
from al_codemod.rewrite.import_names import ImportChange
from al_codemod.rewrite.imports import place_imports
from al_codemod.rewrite.suites import StatementChange


@dataclass(slots=True)
class Plan:
    """What is to happen to which node of the stdlib tree, by its `id`."""

    replacements: dict[int, list[Template]] = field(default_factory=dict)
    hoists: dict[int, str] = field(default_factory=dict)
    calls: dict[int, CallChange] = field(default_factory=dict)
    parameters: dict[int, list[AddParameter]] = field(default_factory=dict)
    statements: dict[int, StatementChange] = field(default_factory=dict)
    top: list[Template] = field(default_factory=list)
    nodes: dict[int, ast.AST] = field(default_factory=dict)
    """Every node that is edited or is in a hole."""
    holes: set[int] = field(default_factory=set)
    imports: dict[int, ImportChange] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.nodes or self.top)

    def replace(self, node: ast.expr, new: Template) -> None:
        """Take in a new expression for `node`. Several nest when each has `node` itself in a hole."""
        wanted = self.replacements.setdefault(self.want(node), [])
        if new in wanted:
            return
        if wanted and not any(hole is node for hole in new.holes.values()):
            raise ConflictError(f"line {node.lineno}: two edits replace the same expression")
        wanted.append(new)
        self._want_holes([new])

    def call(self, edit: ChangeCall) -> None:
        """Take in a change of a call."""
        change = self.calls.setdefault(self.want(edit.node), CallChange(edit.node))
        change.merge(edit)
        if edit.function is not None:
            self.replace(edit.node.func, edit.function)
        for argument, value in edit.replace:
            self.replace(argument.value if isinstance(argument, ast.keyword | ast.Starred) else argument, value)
        self._want_holes([*edit.first, *(value for _, value in (*edit.add, *edit.insert))])

    def statement(self, node: ast.stmt) -> StatementChange:
        """The change of a statement, to be added to."""
        return self.statements.setdefault(self.want(node), StatementChange())

    def insert(self, edit: InsertStatements) -> None:
        """Take in statements around an anchor."""
        change = self.statement(edit.anchor)
        (change.before if edit.where is Where.BEFORE else change.after).extend(edit.lines)
        self._want_holes(edit.lines)

    def replace_statement(self, edit: ReplaceStatement) -> None:
        """Take in new statements for one."""
        change = self.statement(edit.node)
        if change.replacement is not None and change.replacement != edit.lines:
            raise ConflictError(f"line {edit.node.lineno}: two edits replace the same statement")
        change.replacement = edit.lines
        self._want_holes(edit.lines)

    def wrap(self, edit: WrapStatement) -> None:
        """Take in a header to put a statement under; the first one is the outermost."""
        change = self.statement(edit.node)
        if edit.header not in change.wraps:
            change.wraps.append(edit.header)
        self._want_holes([edit.header])

    def import_change(self, node: ast.Import | ast.ImportFrom) -> ImportChange:
        """The change of an import statement, to be added to."""
        change = self.imports.setdefault(self.want(node), ImportChange(node))
        self.statement(node).rewrite = change
        return change

    def want(self, node: ast.AST) -> int:
        """Take in a node that is edited, or in a hole; its key in the tables."""
        self.nodes[id(node)] = node
        return id(node)

    def _want_holes(self, templates: Iterable[Template]) -> None:
        for template in templates:
            for hole in template.holes.values():
                self.holes.add(self.want(hole))


def make_plan(tree: ast.Module, edits: Sequence[Edit]) -> Plan:
    """Sort the edits of a file by node, and find the places for its imports."""
    edits, top = resolve_imports(tree, edits)
    plan = Plan(top=top)
    guarded = guarded_imports(tree) if any(isinstance(edit, RemoveImport) for edit in edits) else set()
    for edit in edits:
        match edit:
            case ReplaceExpression():
                plan.replace(edit.node, edit.new)
            case Hoist():
                plan.hoists[plan.want(edit.node)] = edit.name
            case ChangeCall():
                plan.call(edit)
            case AddParameter():
                plan.parameters.setdefault(plan.want(edit.after), []).append(edit)
            case InsertStatements():
                plan.insert(edit)
            case ReplaceStatement():
                plan.replace_statement(edit)
            case WrapStatement():
                plan.wrap(edit)
            case ExtendImport():
                plan.import_change(edit.node).add.append((edit.member, edit.name))
            case RemoveImport():
                if id(edit.node) not in guarded:
                    plan.import_change(edit.node).drop.add(id(edit.alias))
            case AddImport():
                raise AssertionError("resolve_imports leaves none")
    return plan


def resolve_imports(tree: ast.Module, edits: Sequence[Edit]) -> tuple[list[Edit], list[Template]]:
    """Edits without an `AddImport`: each has a place, or stands in the lines for the top of a module without statements."""
    resolved: list[Edit] = [edit for edit in edits if not isinstance(edit, AddImport)]
    additions = [edit for edit in edits if isinstance(edit, AddImport)]
    top: list[Template] = []
    if not additions:
        return resolved, top
    guarded = guarded_imports(tree)
    removals = [edit for edit in edits if isinstance(edit, RemoveImport) and id(edit.node) not in guarded]
    for placed in place_imports(tree, additions, removals, list(_uses(edits))):
        if placed.into is not None:
            resolved.append(ExtendImport(placed.into, placed.addition.member, placed.addition.name))
        elif placed.anchor is not None:
            resolved.append(InsertStatements(placed.anchor, placed.where, placed.lines))
        else:
            top.extend(placed.lines)
    return resolved, top


def _uses(edits: Iterable[Edit]) -> Iterator[Use]:
    """New source text, and the node at which it will stand."""
    for edit in edits:
        match edit:
            case ReplaceExpression():
                yield edit.node, edit.new.text
            case ChangeCall():
                named = [value for _, value in (*edit.replace, *edit.add, *edit.insert)]
                for template in (*edit.first, *named, *([edit.function] if edit.function else [])):
                    yield edit.node, template.text
            case InsertStatements():
                yield from ((edit.anchor, line.text) for line in edit.lines)
            case ReplaceStatement():
                yield from ((edit.node, line.text) for line in edit.lines)
            case WrapStatement():
                yield edit.node, edit.header.text
            case _:
                pass
