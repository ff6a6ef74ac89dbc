"""The parts of expressions and signatures in both trees, see `pairs`."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import libcst as cst

from al_codemod.rewrite.errors import RewriteError


@dataclass(frozen=True, slots=True)
class Link:
    """A child of an `ast` node, its LibCST node, and the LibCST nodes on the way from its parent's, outermost first."""

    node: ast.AST
    tree: cst.CSTNode
    via: tuple[cst.CSTNode, ...] = ()


def each(ours: Iterable[ast.AST | None], theirs: Iterable[cst.CSTNode], wrapper: str = "") -> Iterator[Link]:
    """Pair two lists; `wrapper` names the field of each LibCST element that holds the node itself."""
    ours, theirs = list(ours), list(theirs)
    if len(ours) != len(theirs):
        raise RewriteError(f"the two trees disagree: {len(ours)} and {len(theirs)} children")
    for node, tree in zip(ours, theirs, strict=True):
        if node is None:
            continue
        if wrapper:
            yield Link(node, getattr(tree, wrapper), (tree,))
        else:
            yield Link(node, tree)


def annotation(node: ast.expr | None, tree: cst.Annotation | None) -> Iterator[Link]:
    """The annotation of a parameter, a result or a variable."""
    if node is not None and tree is not None:
        yield Link(node, tree.annotation, (tree,))


def call_arguments(
    node: ast.Call | ast.ClassDef, args: Sequence[cst.Arg]
) -> Iterator[tuple[ast.expr | ast.keyword, cst.Arg]]:
    """The arguments of a call in source order, each with its LibCST node."""
    positional = iter(node.args if isinstance(node, ast.Call) else node.bases)
    keywords = iter(node.keywords)
    for arg in args:
        named = arg.keyword is not None or arg.star == "**"
        yield (next(keywords) if named else next(positional)), arg


def slice_tuple(node: ast.Subscript, tree: cst.Subscript) -> ast.Tuple | None:
    """The tuple that `a[1, 2:3]` has in the stdlib tree and has not in LibCST's."""
    if not isinstance(node.slice, ast.Tuple):
        return None
    only = tree.slice[0] if len(tree.slice) == 1 else None
    if only is None or isinstance(only.comma, cst.Comma):
        return node.slice
    # `a[(1, 2)]` has a tuple in both trees, `a[*b]` in one.
    return node.slice if isinstance(only.slice, cst.Index) and only.slice.star else None


def arguments(node: ast.Call | ast.ClassDef, args: Sequence[cst.Arg]) -> Iterator[Link]:
    """The arguments of a call or the bases of a class."""
    for ours, arg in call_arguments(node, args):
        if isinstance(ours, ast.Starred):
            yield Link(ours, arg)
        elif isinstance(ours, ast.keyword):
            yield Link(ours.value, arg.value, (arg,))
        else:
            yield Link(ours, arg.value, (arg,))


def parameters(node: ast.arguments, tree: cst.Parameters) -> Iterator[Link]:
    """The parameters of a function, and their default values."""
    plain = [*zip([*node.posonlyargs, *node.args], [*tree.posonly_params, *tree.params], strict=True)]
    for argument, param in [*plain, *zip(node.kwonlyargs, tree.kwonly_params, strict=True)]:
        yield Link(argument, param)
    for several, star in ((node.vararg, tree.star_arg), (node.kwarg, tree.star_kwarg)):
        if several is not None and isinstance(star, cst.Param):
            yield Link(several, star)
    with_default = [param for _, param in plain if param.default is not None]
    yield from (Link(d, p.default, (p,)) for d, p in zip(node.defaults, with_default, strict=True) if p.default)
    for default, param in zip(node.kw_defaults, tree.kwonly_params, strict=True):
        if default is not None and param.default is not None:
            yield Link(default, param.default, (param,))


def parameter(node: ast.arg, tree: cst.Param) -> Iterator[Link]:
    """The annotation of one parameter."""
    yield from annotation(node.annotation, tree.annotation)


def bool_op(node: ast.BoolOp, tree: cst.BooleanOperation) -> Iterator[Link]:
    """The operands of `a or b or c`: one node with three to the stdlib, two nested ones to LibCST."""
    operands: list[tuple[cst.BaseExpression, tuple[cst.CSTNode, ...]]] = []

    def flatten(part: cst.BaseExpression, via: tuple[cst.CSTNode, ...], top: bool = False) -> None:
        if (
            isinstance(part, cst.BooleanOperation)
            and type(part.operator) is type(tree.operator)
            and (top or not part.lpar)
        ):
            inner = via if top else (*via, part)
            flatten(part.left, inner)
            flatten(part.right, inner)
        else:
            operands.append((part, via))

    flatten(tree, (), top=True)
    if len(operands) != len(node.values):
        raise RewriteError("the two trees disagree on a boolean operation")
    for value, (part, via) in zip(node.values, operands, strict=True):
        yield Link(value, part, via)


def compare(node: ast.Compare, tree: cst.Comparison) -> Iterator[Link]:
    """What `a < b < c` compares with."""
    yield from each(node.comparators, tree.comparisons, "comparator")


def elements(node: ast.Tuple | ast.List | ast.Set, tree: cst.CSTNode) -> Iterator[Link]:
    """The elements of a tuple, list or set."""
    if not isinstance(tree, cst.Tuple | cst.List | cst.Set):
        # The inside of `a[1, 2]`: the subscript has given its elements.
        return
    for ours, element in zip(node.elts, tree.elements, strict=True):
        if isinstance(element, cst.StarredElement):
            yield Link(ours, element)
        else:
            yield Link(ours, element.value, (element,))


def starred(node: ast.Starred, tree: cst.CSTNode) -> Iterator[Link]:
    """What is behind a star."""
    if isinstance(tree, cst.Arg | cst.StarredElement | cst.Index):
        yield Link(node.value, tree.value)


def dict_(node: ast.Dict, tree: cst.Dict) -> Iterator[Link]:
    """Keys and values."""
    for key, value, element in zip(node.keys, node.values, tree.elements, strict=True):
        if key is not None and isinstance(element, cst.DictElement):
            yield Link(key, element.key, (element,))
        yield Link(value, element.value, (element,))


def comprehension(node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, tree: Any) -> Iterator[Link]:
    """The clauses of a comprehension."""
    via: tuple[cst.CSTNode, ...] = ()
    clause = tree.for_in
    for generator in node.generators:
        via = (*via, clause)
        yield Link(generator.target, clause.target, via)
        yield Link(generator.iter, clause.iter, via)
        for link in each(generator.ifs, clause.ifs, "test"):
            yield Link(link.node, link.tree, (*via, *link.via))
        clause = clause.inner_for_in


def yield_from(node: ast.YieldFrom, tree: cst.Yield) -> Iterator[Link]:
    """What `yield from` iterates over."""
    if isinstance(tree.value, cst.From):
        yield Link(node.value, tree.value.item, (tree.value,))


def subscript(node: ast.Subscript, tree: cst.Subscript) -> Iterator[Link]:
    """The inside of the brackets."""
    several = slice_tuple(node, tree)
    if several is not None:
        # The tuple has no node of its own: its first element stands for it.
        yield Link(several, tree.slice[0])
        parts: Sequence[ast.expr] = several.elts
    else:
        parts = [node.slice]
    for part, element in zip(parts, tree.slice, strict=True):
        inner = element.slice
        if isinstance(inner, cst.Index) and inner.star is None:
            yield Link(part, inner.value, (element, inner))
        else:
            yield Link(part, inner, (element,))


def string(node: ast.JoinedStr, tree: cst.BaseExpression) -> Iterator[Link]:
    """The expressions in a formatted string, those in format specifications among them."""
    values = iter([value for value in node.values if not isinstance(value, ast.Constant)])

    def walk(part: cst.BaseExpression, via: tuple[cst.CSTNode, ...]) -> Iterator[Link]:
        if isinstance(part, cst.ConcatenatedString):
            yield from walk(part.left, (*via, part.left))
            yield from walk(part.right, (*via, part.right))
        elif isinstance(part, cst.FormattedString):
            yield from pieces(part.parts, via)

    def pieces(parts: Iterable[cst.CSTNode], via: tuple[cst.CSTNode, ...]) -> Iterator[Link]:
        for piece in parts:
            if isinstance(piece, cst.FormattedStringExpression):
                value = next(values, None)
                if not isinstance(value, ast.FormattedValue):
                    raise RewriteError("the two trees disagree on a formatted string")
                yield Link(value.value, piece.expression, (*via, piece))
                spec = [v for v in getattr(value.format_spec, "values", ()) if not isinstance(v, ast.Constant)]
                holders = [p for p in piece.format_spec or () if isinstance(p, cst.FormattedStringExpression)]
                for inner, holder in zip(spec, holders, strict=True):
                    yield Link(inner.value, holder.expression, (*via, piece, holder))

    yield from walk(tree, ())
