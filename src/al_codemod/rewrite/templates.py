"""Templates: parsed once with a placeholder for each hole, then filled with (already edited) LibCST nodes."""

import ast
from collections.abc import Callable, Sequence
from functools import lru_cache
from string import Formatter
from typing import cast

import libcst as cst

from al_codemod.rewrite.edits import Template
from al_codemod.rewrite.errors import RewriteError
from al_codemod.rewrite.fstrings import fit_fstring, source_of
from al_codemod.rewrite.precedence import is_bracketed, needs_parentheses, parenthesize

Held = cst.BaseExpression | cst.Arg | cst.BaseElement | cst.BaseSlice | tuple[cst.SubscriptElement, ...]
"""What a hole can be filled with: an expression, or the odd things that are expressions to the stdlib tree only."""

Fetch = Callable[[ast.expr], Held]
"""Answers with the LibCST node for a node of the original tree, with every edit inside it applied."""

_PREFIX = "_al_codemod_hole_"


def fill_expression(template: Template, fetch: Fetch, *, bracketed: bool = False) -> cst.BaseExpression:
    """The expression that a template says. `bracketed` tells that line breaks are free where it will stand."""
    parsed = _parse_expression(_source(template.text))
    if _PREFIX not in _source(template.text):
        return parsed
    filler = _Filler(template, fetch, bracketed)
    return filler.root(parsed)


def fill_lines(template: Template, fetch: Fetch) -> cst.Module:
    """The statements that a template says, as a module: comment lines are in its header and footer."""
    parsed = _parse_module(_source(template.text))
    if _PREFIX not in _source(template.text):
        return parsed
    return parsed.visit(_Filler(template, fetch, bracketed=False))


def fill_header(template: Template, fetch: Fetch) -> cst.BaseCompoundStatement:
    """The compound statement that a template such as `if {x}:` opens; its suite is a placeholder."""
    parsed = _parse_module(_source(template.text.rstrip()) + "\n    pass\n")
    filled = parsed.visit(_Filler(template, fetch, bracketed=False))
    statement = filled.body[0] if len(filled.body) == 1 else None
    if not isinstance(statement, cst.BaseCompoundStatement):
        raise RewriteError(f"not the header of a compound statement: {template.text!r}")
    return statement


@lru_cache(maxsize=1024)
def _source(text: str) -> str:
    """Template text with a placeholder name for each hole, and single braces."""
    parts: list[str] = []
    for literal, name, _, _ in Formatter().parse(text):
        parts.append(literal)
        if name is not None:
            parts.append(_PREFIX + name)
    return "".join(parts)


@lru_cache(maxsize=1024)
def _parse_expression(source: str) -> cst.BaseExpression:
    try:
        return cst.parse_expression(source)
    except cst.ParserSyntaxError as error:
        raise RewriteError(f"a template is no expression: {source!r}") from error


@lru_cache(maxsize=1024)
def _parse_module(source: str) -> cst.Module:
    try:
        return cst.parse_module(source if source.endswith("\n") else source + "\n")
    except cst.ParserSyntaxError as error:
        raise RewriteError(f"a template is no statement: {source!r}") from error


class _Filler(cst.CSTTransformer):
    """Puts nodes where the placeholders are, in parentheses where they need them."""

    def __init__(self, template: Template, fetch: Fetch, bracketed: bool) -> None:
        super().__init__()
        self.holes = template.holes
        self.fetch = fetch
        self.bracketed = bracketed
        self.stack: list[cst.CSTNode] = []

    def root(self, parsed: cst.BaseExpression) -> cst.BaseExpression:
        filled = parsed.visit(self)
        if not isinstance(filled, cst.BaseExpression):
            raise RewriteError("a hole holds what is no expression by itself")
        return filled

    def on_visit(self, node: cst.CSTNode) -> bool:
        self.stack.append(node)
        return True

    def on_leave(self, original: cst.CSTNode, updated: cst.CSTNode) -> cst.CSTNode:  # type: ignore[override]
        self.stack.pop()
        if isinstance(original, cst.Name) and original.value.startswith(_PREFIX):
            return self.held(original)
        if isinstance(original, cst.Arg) and not original.star and not original.keyword:
            return self.argument(original, updated)
        if isinstance(original, cst.Subscript):
            return self.subscript(original, updated)
        if isinstance(original, cst.FormattedString):
            return fit_fstring(original, cast("cst.FormattedString", updated))
        return updated

    def hole(self, node: cst.CSTNode | None) -> Held | None:
        if not isinstance(node, cst.Name) or not node.value.startswith(_PREFIX):
            return None
        name = node.value.removeprefix(_PREFIX)
        if name not in self.holes:
            raise RewriteError(f"a template names the hole {name!r} and does not say what is in it")
        return self.fetch(self.holes[name])

    def held(self, original: cst.Name) -> cst.BaseExpression:
        held = self.hole(original)
        if isinstance(held, tuple) and not (self.stack and isinstance(self.stack[-1], cst.Index)):
            held = _as_tuple(held)
        if not isinstance(held, cst.BaseExpression):
            if not self.stack or not isinstance(self.stack[-1], cst.Arg | cst.Index):
                raise RewriteError("a hole holds what is no expression by itself")
            # The parent node puts it in, see `argument` and `subscript`.
            return original
        if original.lpar:
            # Parentheses that the template itself has.
            return _within(original, held)
        parent = self.stack[-1] if self.stack else None
        if parent is not None and needs_parentheses(held, parent, original):
            return parenthesize(held)
        free = self.bracketed or any(map(is_bracketed, self.stack))
        return held if free or not breaks_line(held) else parenthesize(held)

    def argument(self, original: cst.Arg, updated: cst.CSTNode) -> cst.CSTNode:
        held = self.hole(original.value)
        if isinstance(held, cst.Arg):
            return original.with_changes(star=held.star, value=held.value)
        if isinstance(held, cst.StarredElement):
            return original.with_changes(star="*", value=held.value)
        return updated

    def subscript(self, original: cst.Subscript, updated: cst.CSTNode) -> cst.CSTNode:
        only = original.slice[0].slice
        held = self.hole(only.value) if len(original.slice) == 1 and isinstance(only, cst.Index) else None
        if isinstance(held, tuple):
            return updated.with_changes(slice=held)
        if isinstance(held, cst.BaseSlice):
            return updated.with_changes(slice=[cst.SubscriptElement(held)])
        return updated


def keep_parentheses(old: cst.BaseExpression, new: cst.BaseExpression) -> cst.BaseExpression:
    """`new` within the parentheses that are around `old`."""
    return _within(old, new) if old.lpar else new


def _within(outer: cst.BaseExpression, inner: cst.BaseExpression) -> cst.BaseExpression:
    """`inner` in the parentheses of `outer`; its own ones go, unless a line break or a comment is in them."""
    if all(isinstance(paren.whitespace_after, cst.SimpleWhitespace) for paren in inner.lpar) and all(
        isinstance(paren.whitespace_before, cst.SimpleWhitespace) for paren in inner.rpar
    ):
        return inner.with_changes(lpar=outer.lpar, rpar=outer.rpar)
    return inner.with_changes(lpar=[*outer.lpar, *inner.lpar], rpar=[*inner.rpar, *outer.rpar])


def breaks_line(expression: cst.BaseExpression) -> bool:
    """Whether an expression has line breaks that only brackets around it make possible."""
    code = source_of(expression)
    if "\n" not in code and "\r" not in code:
        return False
    try:
        return len(ast.parse(f"x = {code}").body) > 1
    except SyntaxError:
        return True


def _as_tuple(elements: Sequence[cst.SubscriptElement]) -> cst.Tuple:
    """The tuple `(1, 2)` from the inside of `a[1, 2]`."""
    items: list[cst.BaseElement] = []
    for element in elements:
        if not isinstance(element.slice, cst.Index):
            raise RewriteError("a slice is no expression by itself")
        kind = cst.StarredElement if element.slice.star else cst.Element
        items.append(kind(element.slice.value, comma=element.comma))
    return cst.Tuple(items)
