"""The one pass over the LibCST tree in which everything that is edited changes."""

import ast
from collections.abc import Sequence
from typing import cast

import libcst as cst

from al_codemod.rewrite.calls import CallChange, change_call
from al_codemod.rewrite.edits import Template
from al_codemod.rewrite.errors import RewriteError
from al_codemod.rewrite.fstrings import fit_fstring
from al_codemod.rewrite.locate import Places
from al_codemod.rewrite.plan import Plan
from al_codemod.rewrite.precedence import is_bracketed, needs_parentheses, parenthesize
from al_codemod.rewrite.suites import Statement, SuiteBuilder, else_block, one_line_suite
from al_codemod.rewrite.templates import Held, breaks_line, fill_expression, keep_parentheses


class Transformer(cst.CSTTransformer):
    """Applies a plan. It visits only the way to the nodes that the plan is about."""

    def __init__(self, plan: Plan, places: Places) -> None:
        super().__init__()
        self.places = places
        self.path = places.path
        self.top = plan.top

        def by_tree(key: int) -> int:
            return id(places.nodes[key])

        self.replacements: dict[int, tuple[int, list[Template]]] = {
            by_tree(key): (key, new) for key, new in plan.replacements.items()
        }
        self.calls: dict[int, CallChange] = {by_tree(key): change for key, change in plan.calls.items()}
        self.statements = {by_tree(key): change for key, change in plan.statements.items()}
        self.holes = {by_tree(key) for key in plan.holes}
        self.finished: dict[int, Held] = {}
        self.busy: set[int] = set()

    def on_visit(self, node: cst.CSTNode) -> bool:
        return id(node) in self.path

    def on_leave(self, original: cst.CSTNode, updated: cst.CSTNode) -> cst.CSTNode:  # type: ignore[override]
        key = id(original)
        if key in self.calls:
            updated = change_call(cast(cst.Call, original), cast(cst.Call, updated), self.calls[key], self.fetch)
        if key in self.replacements:
            return self.replaced(original, updated)
        if key in self.holes:
            self.finished[key] = cast(Held, updated)
        if key not in self.path:
            return updated
        match original:
            case cst.Module() | cst.IndentedBlock():
                return self.suite(original, cast(cst.Module | cst.IndentedBlock, updated))
            case cst.SimpleStatementSuite():
                if any(id(small) in self.statements for small in original.body):
                    return one_line_suite(original, cast(cst.SimpleStatementSuite, updated), self.statements, self.fetch)
            case cst.If(orelse=cst.If() as chained) if id(chained) in self.statements:
                nested = cast(cst.If, cast(cst.If, updated).orelse)
                change = self.statements[id(chained)]
                return updated.with_changes(orelse=else_block(nested, change, self.fetch))
            case cst.Subscript():
                return self.subscript(original, cast(cst.Subscript, updated))
            case cst.FormattedString():
                return fit_fstring(original, cast(cst.FormattedString, updated))
            case _:
                pass
        return updated

    # Expressions

    def fetch(self, node: ast.expr) -> Held:
        """What is to stand in the hole of `node`."""
        tree = self.places.of(node)
        key = id(tree)
        if key not in self.finished:
            if key in self.busy:
                raise RewriteError(f"line {node.lineno}: an edit contains itself")
            self.busy.add(key)
            owner = self.places.parents[key] if isinstance(tree, cst.SubscriptElement) else tree
            owner.visit(self)
            self.busy.discard(key)
        return self.finished[key]

    def replaced(self, original: cst.CSTNode, updated: cst.CSTNode) -> cst.CSTNode:
        """The new node for one that is replaced, and what it needs to stand in its place."""
        key = id(original)
        own, templates = self.replacements[key]
        result: Held = cast(Held, updated)
        parent = self.places.parents[key]
        bracketed = self.bracketed(original)
        for template in templates:
            inner = result
            if any(id(hole) == own for hole in template.holes.values()):
                before = result
                result = fill_expression(
                    template, lambda node, before=before: before if id(node) == own else self.fetch(node), bracketed=bracketed
                )
            else:
                result = fill_expression(template, self.fetch, bracketed=bracketed)
                if isinstance(inner, cst.BaseExpression):
                    result = keep_parentheses(inner, result)
        if key in self.holes:
            self.finished[key] = result
        return self.fitted(result, parent, original)

    def fitted(self, new: Held, parent: cst.CSTNode, original: cst.CSTNode) -> cst.CSTNode:
        if isinstance(original, cst.Arg | cst.StarredElement):
            return _unstarred(original, cast(cst.BaseExpression, new))
        expression = cast(cst.BaseExpression, new)
        if needs_parentheses(expression, parent, original):
            return parenthesize(expression)
        if not self.bracketed(original) and breaks_line(expression):
            return parenthesize(expression)
        return expression

    def bracketed(self, node: cst.CSTNode) -> bool:
        """Whether line breaks are free where `node` stands."""
        step: cst.CSTNode | None = node
        while step is not None and not isinstance(step, cst.BaseStatement | cst.BaseSmallStatement):
            if is_bracketed(step):
                return True
            step = self.places.parents.get(id(step))
        return False

    def subscript(self, original: cst.Subscript, updated: cst.Subscript) -> cst.Subscript:
        """A subscript such as `a[1, 2]`, whose tuple is a node to the stdlib tree only."""
        key = id(original.slice[0])
        if key in self.holes and isinstance(self.finished.get(key), cst.SubscriptElement):
            self.finished[key] = tuple(updated.slice)
        return updated

    # Statements

    def suite(self, original: cst.Module | cst.IndentedBlock, updated: cst.Module | cst.IndentedBlock) -> cst.CSTNode:
        is_module = isinstance(original, cst.Module)
        lines: Sequence[cst.CSTNode] = original.body
        if not (is_module and self.top) and not any(map(self.is_changed, lines)):
            return updated
        fresh = not (isinstance(original, cst.Module) and original.header)
        builder = SuiteBuilder(self.statements, self.fetch, fresh)
        if is_module:
            builder.insert(self.top)
        builder.extend(lines, cast(Sequence[Statement], updated.body))
        return builder.finish(updated)

    def is_changed(self, line: cst.CSTNode) -> bool:
        if isinstance(line, cst.SimpleStatementLine):
            return any(id(small) in self.statements for small in line.body)
        return id(line) in self.statements


def _unstarred(original: cst.Arg | cst.StarredElement, new: cst.BaseExpression) -> cst.CSTNode:
    """A `*argument` that is replaced as a whole loses its star."""
    if isinstance(original, cst.Arg):
        return original.with_changes(star="", whitespace_after_star=cst.SimpleWhitespace(""), value=new)
    return cst.Element(new, comma=original.comma)
