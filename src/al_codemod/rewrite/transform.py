"""The one pass over the LibCST tree in which everything that is edited changes."""

import ast
from collections.abc import Container, Sequence
from typing import cast

import libcst as cst

from al_codemod.rewrite.calls import CallChange, change_call
from al_codemod.rewrite.edits import Template
from al_codemod.rewrite.errors import RewriteError
from al_codemod.rewrite.fstrings import fit_fstring
from al_codemod.rewrite.locate import Places
from al_codemod.rewrite.parameters import with_parameters
from al_codemod.rewrite.plan import Plan
from al_codemod.rewrite.precedence import is_bracketed, needs_parentheses, parenthesize
from al_codemod.rewrite.suites import Suite, SuiteBuilder, else_block, one_line_suite
from al_codemod.rewrite.templates import Held, breaks_line, fill_expression, keep_parentheses


class Transformer(cst.CSTTransformer):
    """Applies a plan. It visits only the way to the nodes that the plan is about."""

    def __init__(self, plan: Plan, places: Places, tight: Container[int]) -> None:
        """`tight` has the `id`s of replaced `ast` nodes that stand right behind or before a word, as in `return[1]`."""
        super().__init__()
        self.tight = tight
        self.places = places
        self.path = places.path
        self.top = plan.top

        def by_tree(key: int) -> int:
            return id(places.nodes[key])

        self.replacements: dict[int, tuple[int, Sequence[Template]]] = {
            by_tree(key): (key, new) for key, new in plan.replacements.items()
        }
        self.calls: dict[int, CallChange] = {by_tree(key): change for key, change in plan.calls.items()}
        self.parameters = {by_tree(key): added for key, added in plan.parameters.items()}
        self.statements = {by_tree(key): change for key, change in plan.statements.items()}
        self.holes = {by_tree(key) for key in plan.holes}
        self.hoists = {by_tree(key): name for key, name in plan.hoists.items()}
        # Where nothing that is edited runs over several lines, no line break can end up outside of brackets.
        self.flat = all(n.lineno == n.end_lineno for n in plan.nodes.values() if isinstance(n, ast.expr))
        self.finished: dict[int, Held] = {}
        self.busy: set[int] = set()

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Go down only where something is edited."""
        return id(node) in self.path

    def on_leave(  # type: ignore[override]
        self, original: cst.CSTNode, updated: cst.CSTNode
    ) -> cst.CSTNode | cst.FlattenSentinel[cst.CSTNode]:
        """Make the edits of one node; those below it are made."""
        key = id(original)
        if key in self.parameters:
            return cst.FlattenSentinel(with_parameters(cast("cst.Param", updated), self.parameters[key]))
        if key in self.path:
            updated = self.rebuilt(original, updated)
        if isinstance(original, cst.SubscriptElement):
            # It stands for the tuple in `a[1, 2]`, which the subscript takes care of.
            return updated
        if key in self.calls:
            updated = change_call(cast("cst.Call", original), cast("cst.Call", updated), self.calls[key], self.fetch)
        if key in self.replacements:
            updated = self.fitted(self.replaced(original, cast("Held", updated)), original)
        elif key in self.holes:
            self.finished[key] = cast("Held", updated)
        if key in self.hoists:
            return keep_parentheses(cast("cst.BaseExpression", original), cst.Name(self.hoists[key]))
        return updated

    def rebuilt(self, original: cst.CSTNode, updated: cst.CSTNode) -> cst.CSTNode:
        """A node in which something was edited, with what that asks of the node itself."""
        result: cst.CSTNode = updated
        match original:
            case cst.Module():
                result = self.module(original, self.suite(original, cast("cst.Module", updated)))
            case cst.IndentedBlock():
                result = self.suite(original, cast("cst.IndentedBlock", updated))
            case cst.SimpleStatementSuite() if any(id(small) in self.statements for small in original.body):
                result = one_line_suite(
                    original, cast("cst.SimpleStatementSuite", updated), self.statements, self.fetch
                )
            case cst.If(orelse=cst.If() as chained) if id(chained) in self.statements:
                nested = cast("cst.If", cast("cst.If", updated).orelse)
                result = updated.with_changes(orelse=else_block(nested, self.statements[id(chained)], self.fetch))
            case cst.Subscript():
                result = self.subscript(original, cast("cst.Subscript", updated))
            case cst.FormattedString():
                result = fit_fstring(original, cast("cst.FormattedString", updated))
            case _:
                pass
        return result

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

    def replaced(self, original: cst.CSTNode, updated: Held) -> Held:
        """What is put in place of a node, not yet fitted into that place."""
        own, templates = self.replacements[id(original)]
        bracketed = self.bracketed(original)
        result = updated
        for template in templates:
            if _is_itself(template, own):
                continue
            old = result

            def fetch(node: ast.expr, old: Held = old) -> Held:
                return old if id(node) == own else self.fetch(node)

            result = fill_expression(template, fetch, bracketed=bracketed)
            around_itself = any(id(hole) == own for hole in template.holes.values())
            if isinstance(old, cst.BaseExpression) and not around_itself:
                result = keep_parentheses(old, result)
        if id(original) in self.holes:
            self.finished[id(original)] = result
        return result

    def fitted(self, new: Held, original: cst.CSTNode) -> cst.CSTNode:
        """`new` with the parentheses that it needs where `original` was."""
        expression = cast("cst.BaseExpression", new)
        if isinstance(original, cst.Arg | cst.StarredElement):
            return _unstarred(original, expression)
        own, _ = self.replacements[id(original)]
        if needs_parentheses(expression, self.places.parents[id(original)], original):
            return parenthesize(expression)
        if own in self.tight and not expression.lpar:
            return parenthesize(expression)
        if not self.bracketed(original) and breaks_line(expression):
            return parenthesize(expression)
        return expression

    def bracketed(self, node: cst.CSTNode) -> bool:
        """Whether line breaks are free where `node` stands, or there are none."""
        if self.flat:
            return True
        step: cst.CSTNode | None = node
        while step is not None and not isinstance(step, cst.BaseStatement | cst.BaseSmallStatement):
            if is_bracketed(step):
                return True
            step = self.places.parents.get(id(step))
        return False

    def subscript(self, original: cst.Subscript, updated: cst.Subscript) -> cst.Subscript:
        """A subscript such as `a[1, 2]`, whose tuple is a node to the stdlib tree only."""
        first = original.slice[0]
        if id(first) in self.replacements:
            new = self.replaced(first, tuple(updated.slice))
            if not isinstance(new, tuple):
                new = (cst.SubscriptElement(cst.Index(cast("cst.BaseExpression", new))),)
            return updated.with_changes(slice=new)
        if id(first) in self.holes:
            self.finished[id(first)] = tuple(updated.slice)
        return updated

    # Statements

    def suite(self, original: Suite, updated: Suite) -> Suite:
        """A suite with what is inserted into it and taken out of it."""
        is_module = isinstance(original, cst.Module)
        lines: Sequence[cst.CSTNode] = original.body
        if not (is_module and self.top) and not any(map(self.is_changed, lines)):
            return updated
        fresh = not (isinstance(original, cst.Module) and original.header)
        builder = SuiteBuilder(self.statements, self.fetch, fresh, spacing=2 if is_module else 1)
        if is_module:
            builder.insert(self.top)
        builder.extend(lines, updated.body)
        return builder.finish(updated)

    def module(self, original: cst.Module, updated: cst.Module) -> cst.Module:
        """LibCST keeps the state of the last line end, and writes one into a module that has nothing else."""
        if _is_empty(original) or _is_empty(updated):
            return updated.with_changes(has_trailing_newline=not _is_empty(updated))
        return updated

    def is_changed(self, line: cst.CSTNode) -> bool:
        """Whether a line of a suite is to change as a statement."""
        if isinstance(line, cst.SimpleStatementLine):
            return any(id(small) in self.statements for small in line.body)
        return id(line) in self.statements


def _unstarred(original: cst.Arg | cst.StarredElement, new: cst.BaseExpression) -> cst.CSTNode:
    """A `*argument` that is replaced as a whole loses its star."""
    if isinstance(original, cst.Arg):
        return original.with_changes(star="", whitespace_after_star=cst.SimpleWhitespace(""), value=new)
    return cst.Element(new, comma=original.comma)


def _is_itself(template: Template, own: int) -> bool:
    """Whether a template puts back what it replaces, and nothing with it."""
    return any(template.text == f"{{{name}}}" and id(hole) == own for name, hole in template.holes.items())


def _is_empty(module: cst.Module) -> bool:
    return not (module.body or module.header or module.footer)
