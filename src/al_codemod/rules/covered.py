"""Which parts of a program other rules have dealt with already, by an edit or by a finding."""

import ast
from collections.abc import Iterable, Iterator

from al_codemod.rewrite.edits import (
    ChangeCall,
    Edit,
    InsertStatements,
    ReplaceExpression,
    ReplaceStatement,
    Template,
    WrapStatement,
)
from al_codemod.rules.base import Draft
from al_codemod.semantics.arguments import value_of


def templates(edit: Edit) -> Iterator[Template]:
    """All new source text of an edit."""
    match edit:
        case ReplaceExpression():
            yield edit.new
        case ChangeCall():
            yield from edit.first
            yield from (value for _, value in (*edit.replace, *edit.add, *edit.insert))
            if edit.function is not None:
                yield edit.function
        case InsertStatements() | ReplaceStatement():
            yield from edit.lines
        case WrapStatement():
            yield edit.header


def replaced(edit: Edit) -> Iterator[tuple[ast.AST, tuple[ast.AST, ...]]]:
    """The nodes whose source is taken out, each with the parts of it that are put in again."""
    match edit:
        case ReplaceExpression():
            yield edit.node, tuple(edit.new.holes.values())
        case ReplaceStatement():
            yield edit.node, tuple(hole for line in edit.lines for hole in line.holes.values())
        case ChangeCall():
            again = tuple(hole for template in templates(edit) for hole in template.holes.values())
            yield from ((argument, again) for argument in edit.drop)
            for argument, new in edit.replace:
                old = value_of(argument)
                yield old, tuple(new.holes.values())
            if edit.function is not None:
                yield edit.node.func, tuple(edit.function.holes.values())


def taken_out(edits: Iterable[Edit]) -> set[ast.AST]:
    """Every node whose source is gone when the edits are made."""
    edits = list(edits)
    kept = {hole for edit in edits for template in templates(edit) for hole in template.holes.values()}
    gone: set[ast.AST] = set()
    for edit in edits:
        for root, holes in replaced(edit):
            if root not in holes:
                _collect(root, kept - {root}, gone)
    return gone


def _collect(node: ast.AST, kept: set[ast.expr], gone: set[ast.AST]) -> None:
    if node in kept:
        return
    gone.add(node)
    for child in ast.iter_child_nodes(node):
        _collect(child, kept, gone)


def dealt_with(drafts: Iterable[Draft]) -> set[ast.AST]:
    """The nodes that a draft is about: what it takes out, and the receivers along the chain that it is shown at."""
    drafts = list(drafts)
    nodes = taken_out(edit for draft in drafts for edit in draft.edits)
    for draft in drafts:
        node: ast.AST | None = draft.node
        while node is not None:
            nodes.add(node)
            node = _receiver(node)
    return nodes


def _receiver(node: ast.AST) -> ast.AST | None:
    match node:
        case ast.Call():
            return node.func
        case ast.Attribute() | ast.Subscript() | ast.Await() | ast.Expr():
            return node.value
    return None
