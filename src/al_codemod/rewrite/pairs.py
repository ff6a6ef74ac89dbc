"""Which LibCST node says what a stdlib `ast` node says: one step down both trees at once.

Both trees are made from the same text, so their children correspond one to one. Going down both side by side needs no
positions, and so no care for byte offsets, form feeds or line endings, and costs nothing for the parts nobody asks for.
"""

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import libcst as cst

from al_codemod.rewrite.errors import RewriteError
from al_codemod.rewrite.pair_expressions import (
    Link,
    annotation,
    arguments,
    bool_op,
    compare,
    comprehension,
    dict_,
    each,
    elements,
    parameter,
    parameters,
    starred,
    string,
    subscript,
    yield_from,
)


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


def _delete(node: ast.Delete, tree: cst.Del) -> Iterator[Link]:
    target = tree.target
    if isinstance(target, cst.Tuple) and not target.lpar:
        for link in each(node.targets, target.elements, "value"):
            yield Link(link.node, link.tree, (target, *link.via))
    else:
        yield Link(node.targets[0], target)


def _raise(node: ast.Raise, tree: cst.Raise) -> Iterator[Link]:
    if node.cause is not None and tree.cause is not None:
        yield Link(node.cause, tree.cause.item, (tree.cause,))


def _ann_assign(node: ast.AnnAssign, tree: cst.AnnAssign) -> Iterator[Link]:
    yield from annotation(node.annotation, tree.annotation)


def _assign(node: ast.Assign, tree: cst.Assign) -> Iterator[Link]:
    yield from each(node.targets, tree.targets, "target")


def _with(node: ast.With | ast.AsyncWith, tree: cst.With) -> Iterator[Link]:
    for item, ours in zip(node.items, tree.items, strict=True):
        yield Link(item.context_expr, ours.item, (ours,))
        if item.optional_vars is not None and ours.asname is not None:
            yield Link(item.optional_vars, ours.asname.name, (ours, ours.asname))
    yield from _blocks(node, tree)


def _try(node: ast.Try, tree: cst.Try | cst.TryStar) -> Iterator[Link]:
    yield from each(node.handlers, tree.handlers)
    yield from _blocks(node, tree)


def _definition(node: Any, tree: cst.FunctionDef | cst.ClassDef) -> Iterator[Link]:
    yield from each(node.decorator_list, tree.decorators, "decorator")
    yield from _blocks(node, tree)


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, tree: cst.FunctionDef) -> Iterator[Link]:
    yield from _definition(node, tree)
    yield from annotation(node.returns, tree.returns)
    yield Link(node.args, tree.params)


def _class(node: ast.ClassDef, tree: cst.ClassDef) -> Iterator[Link]:
    yield from _definition(node, tree)
    yield from arguments(node, [*tree.bases, *tree.keywords])


def _match(node: ast.Match, tree: cst.Match) -> Iterator[Link]:
    yield from each(node.cases, tree.cases)


def _class_pattern(node: ast.MatchClass, tree: cst.MatchClass) -> Iterator[Link]:
    yield from each(node.patterns, tree.patterns, "value")
    yield from each(node.kwd_patterns, tree.kwds, "pattern")


def _sequence_pattern(node: ast.MatchSequence, tree: cst.MatchList | cst.MatchTuple) -> Iterator[Link]:
    for ours, theirs in zip(node.patterns, tree.patterns, strict=True):
        if isinstance(theirs, cst.MatchSequenceElement):
            yield Link(ours, theirs.value, (theirs,))


def _mapping_pattern(node: ast.MatchMapping, tree: cst.MatchMapping) -> Iterator[Link]:
    yield from each(node.keys, tree.elements, "key")
    yield from each(node.patterns, tree.elements, "pattern")


def _choice_pattern(node: ast.MatchOr, tree: cst.MatchOr) -> Iterator[Link]:
    yield from each(node.patterns, tree.patterns, "pattern")


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
    ast.match_case: (("pattern", "pattern"), ("guard", "guard")),
    ast.MatchAs: (("pattern", "pattern"),),
    ast.MatchValue: (("value", "value"),),
    ast.MatchClass: (("cls", "cls"),),
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
    ast.arguments: parameters,
    ast.arg: parameter,
    ast.Match: _match,
    ast.match_case: _blocks,
    ast.MatchClass: _class_pattern,
    ast.MatchSequence: _sequence_pattern,
    ast.MatchMapping: _mapping_pattern,
    ast.MatchOr: _choice_pattern,
    ast.BoolOp: bool_op,
    ast.Compare: compare,
    ast.Call: lambda node, tree: arguments(node, tree.args),
    ast.Tuple: elements,
    ast.List: elements,
    ast.Set: elements,
    ast.Starred: starred,
    ast.Dict: dict_,
    ast.ListComp: comprehension,
    ast.SetComp: comprehension,
    ast.GeneratorExp: comprehension,
    ast.DictComp: comprehension,
    ast.YieldFrom: yield_from,
    ast.Subscript: subscript,
    ast.JoinedStr: string,
}
