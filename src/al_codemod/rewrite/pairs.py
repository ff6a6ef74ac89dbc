"""Which LibCST node says what a stdlib `ast` node says: one step down both trees at once.

Both trees are made from the same text, so their children correspond one to one. Going down both side by side needs no
positions, and so no care for byte offsets, form feeds or line endings, and costs nothing for the parts nobody asks for.
"""

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
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


def links(node: ast.AST, tree: Any) -> Iterator[Link]:
    """The children of `node` next to those of `tree`, the LibCST node for `node`, whatever the order."""
    kind = type(node)
    for ours, theirs in _PLAIN.get(kind, ()):
        child = getattr(node, ours)
        if child is not None:
            yield Link(child, getattr(tree, theirs))
    special = _SPECIAL.get(kind)
    if special is not None:
        yield from special(node, tree)


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


def _each(ours: Iterable[ast.AST | None], theirs: Iterable[cst.CSTNode], wrapper: str = "") -> Iterator[Link]:
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


def _suite(body: Sequence[ast.stmt], tree: Any, via: tuple[cst.CSTNode, ...] = ()) -> Iterator[Link]:
    """The statements of a module, block or one-line suite."""
    found: list[tuple[cst.CSTNode, tuple[cst.CSTNode, ...]]] = []
    for line in tree.body:
        if isinstance(line, cst.SimpleStatementLine):
            found.extend((small, (*via, tree, line)) for small in line.body)
        else:
            found.append((line, (*via, tree)))
    if len(found) != len(body):
        raise RewriteError(f"the two trees disagree: {len(body)} and {len(found)} statements")
    for node, (small, path) in zip(body, found, strict=True):
        yield Link(node, small, path)


def _module(node: ast.Module, tree: cst.Module) -> Iterator[Link]:
    for link in _suite(node.body, tree):
        yield Link(link.node, link.tree, link.via[1:])


def _blocks(node: Any, tree: Any) -> Iterator[Link]:
    """The suites that a compound statement may have, `elif` among them."""
    yield from _suite(node.body, tree.body)
    orelse = getattr(tree, "orelse", None)
    if isinstance(orelse, cst.If):
        yield Link(node.orelse[0], orelse)
    elif orelse is not None:
        yield from _suite(node.orelse, orelse.body, (orelse,))
    final = getattr(tree, "finalbody", None)
    if final is not None:
        yield from _suite(node.finalbody, final.body, (final,))


def _annotation(node: ast.expr | None, tree: cst.Annotation | None) -> Iterator[Link]:
    if node is not None and tree is not None:
        yield Link(node, tree.annotation, (tree,))


def _delete(node: ast.Delete, tree: cst.Del) -> Iterator[Link]:
    target = tree.target
    if isinstance(target, cst.Tuple) and not target.lpar:
        for link in _each(node.targets, target.elements, "value"):
            yield Link(link.node, link.tree, (target, *link.via))
    else:
        yield Link(node.targets[0], target)


def _raise(node: ast.Raise, tree: cst.Raise) -> Iterator[Link]:
    if node.cause is not None and tree.cause is not None:
        yield Link(node.cause, tree.cause.item, (tree.cause,))


def _ann_assign(node: ast.AnnAssign, tree: cst.AnnAssign) -> Iterator[Link]:
    yield from _annotation(node.annotation, tree.annotation)


def _assign(node: ast.Assign, tree: cst.Assign) -> Iterator[Link]:
    yield from _each(node.targets, tree.targets, "target")


def _with(node: ast.With | ast.AsyncWith, tree: cst.With) -> Iterator[Link]:
    for item, ours in zip(node.items, tree.items, strict=True):
        yield Link(item.context_expr, ours.item, (ours,))
        if item.optional_vars is not None and ours.asname is not None:
            yield Link(item.optional_vars, ours.asname.name, (ours, ours.asname))
    yield from _blocks(node, tree)


def _try(node: ast.Try, tree: cst.Try | cst.TryStar) -> Iterator[Link]:
    yield from _each(node.handlers, tree.handlers)
    yield from _blocks(node, tree)


def _definition(node: Any, tree: cst.FunctionDef | cst.ClassDef) -> Iterator[Link]:
    yield from _each(node.decorator_list, tree.decorators, "decorator")
    yield from _blocks(node, tree)


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, tree: cst.FunctionDef) -> Iterator[Link]:
    yield from _definition(node, tree)
    yield from _annotation(node.returns, tree.returns)
    yield Link(node.args, tree.params)


def _class(node: ast.ClassDef, tree: cst.ClassDef) -> Iterator[Link]:
    yield from _definition(node, tree)
    yield from _arguments(node, [*tree.bases, *tree.keywords])


def _arguments(node: ast.Call | ast.ClassDef, args: Sequence[cst.Arg]) -> Iterator[Link]:
    for ours, arg in call_arguments(node, args):
        if isinstance(ours, ast.Starred):
            yield Link(ours, arg)
        elif isinstance(ours, ast.keyword):
            yield Link(ours.value, arg.value, (arg,))
        else:
            yield Link(ours, arg.value, (arg,))


def _parameters(node: ast.arguments, tree: cst.Parameters) -> Iterator[Link]:
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


def _parameter(node: ast.arg, tree: cst.Param) -> Iterator[Link]:
    yield from _annotation(node.annotation, tree.annotation)


def _match(node: ast.Match, tree: cst.Match) -> Iterator[Link]:
    yield from _each(node.cases, tree.cases)


def _bool_op(node: ast.BoolOp, tree: cst.BooleanOperation) -> Iterator[Link]:
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


def _compare(node: ast.Compare, tree: cst.Comparison) -> Iterator[Link]:
    yield from _each(node.comparators, tree.comparisons, "comparator")


def _elements(node: ast.Tuple | ast.List | ast.Set, tree: cst.CSTNode) -> Iterator[Link]:
    if not isinstance(tree, cst.Tuple | cst.List | cst.Set):
        # The inside of `a[1, 2]`: the subscript has given its elements.
        return
    for ours, element in zip(node.elts, tree.elements, strict=True):
        if isinstance(element, cst.StarredElement):
            yield Link(ours, element)
        else:
            yield Link(ours, element.value, (element,))


def _starred(node: ast.Starred, tree: cst.CSTNode) -> Iterator[Link]:
    if isinstance(tree, cst.Arg | cst.StarredElement | cst.Index):
        yield Link(node.value, tree.value)


def _dict(node: ast.Dict, tree: cst.Dict) -> Iterator[Link]:
    for key, value, element in zip(node.keys, node.values, tree.elements, strict=True):
        if key is not None and isinstance(element, cst.DictElement):
            yield Link(key, element.key, (element,))
        yield Link(value, element.value, (element,))


def _comprehension(node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, tree: Any) -> Iterator[Link]:
    via: tuple[cst.CSTNode, ...] = ()
    clause = tree.for_in
    for generator in node.generators:
        via = (*via, clause)
        yield Link(generator.target, clause.target, via)
        yield Link(generator.iter, clause.iter, via)
        for link in _each(generator.ifs, clause.ifs, "test"):
            yield Link(link.node, link.tree, (*via, *link.via))
        clause = clause.inner_for_in


def _yield_from(node: ast.YieldFrom, tree: cst.Yield) -> Iterator[Link]:
    if isinstance(tree.value, cst.From):
        yield Link(node.value, tree.value.item, (tree.value,))


def _subscript(node: ast.Subscript, tree: cst.Subscript) -> Iterator[Link]:
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


def _string(node: ast.JoinedStr, tree: cst.BaseExpression) -> Iterator[Link]:
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


_PLAIN: dict[type[ast.AST], tuple[tuple[str, str], ...]] = {
    ast.Expr: (("value", "value"),),
    ast.Assign: (("value", "value"),),
    ast.AugAssign: (("target", "target"), ("value", "value")),
    ast.AnnAssign: (("target", "target"), ("value", "value")),
    ast.Return: (("value", "value"),),
    ast.Raise: (("exc", "exc"),),
    ast.Assert: (("test", "test"), ("msg", "msg")),
    ast.If: (("test", "test"),),
    ast.While: (("test", "test"),),
    ast.For: (("target", "target"), ("iter", "iter")),
    ast.AsyncFor: (("target", "target"), ("iter", "iter")),
    ast.ExceptHandler: (("type", "type"),),
    ast.Match: (("subject", "subject"),),
    ast.match_case: (("guard", "guard"),),
    ast.NamedExpr: (("target", "target"), ("value", "value")),
    ast.BinOp: (("left", "left"), ("right", "right")),
    ast.UnaryOp: (("operand", "expression"),),
    ast.Lambda: (("args", "params"), ("body", "body")),
    ast.IfExp: (("test", "test"), ("body", "body"), ("orelse", "orelse")),
    ast.ListComp: (("elt", "elt"),),
    ast.SetComp: (("elt", "elt"),),
    ast.GeneratorExp: (("elt", "elt"),),
    ast.DictComp: (("key", "key"), ("value", "value")),
    ast.Await: (("value", "expression"),),
    ast.Yield: (("value", "value"),),
    ast.Compare: (("left", "left"),),
    ast.Call: (("func", "func"),),
    ast.Attribute: (("value", "value"),),
    ast.Subscript: (("value", "value"),),
    ast.Slice: (("lower", "lower"), ("upper", "upper"), ("step", "step")),
}

_SPECIAL: dict[type[ast.AST], Callable[[Any, Any], Iterator[Link]]] = {
    ast.Module: _module,
    ast.Assign: _assign,
    ast.AnnAssign: _ann_assign,
    ast.Delete: _delete,
    ast.Raise: _raise,
    ast.If: _blocks,
    ast.While: _blocks,
    ast.For: _blocks,
    ast.AsyncFor: _blocks,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.TryStar: _try,
    ast.ExceptHandler: _blocks,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.ClassDef: _class,
    ast.arguments: _parameters,
    ast.arg: _parameter,
    ast.Match: _match,
    ast.match_case: _blocks,
    ast.BoolOp: _bool_op,
    ast.Compare: _compare,
    ast.Call: lambda node, tree: _arguments(node, tree.args),
    ast.Tuple: _elements,
    ast.List: _elements,
    ast.Set: _elements,
    ast.Starred: _starred,
    ast.Dict: _dict,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _comprehension,
    ast.YieldFrom: _yield_from,
    ast.Subscript: _subscript,
    ast.JoinedStr: _string,
}
