"""Which expressions are dask arrays."""

import ast
from collections.abc import Iterator

from al_codemod.rules.base import Context
from al_codemod.semantics.scopes import FUNCTIONS
from al_codemod.surface.kinds import Kind


def is_made_by_dask(context: Context, node: ast.expr | None, seen: frozenset[ast.AST] = frozenset()) -> bool:
    """Whether an expression is a dask array, as its making tells."""
    if node is None or node in seen:
        return False
    seen |= {node}
    if any(v.kind is Kind.NAME and v.name.startswith("dask.array.") for v in context.program.of(node)):
        return True
    match node:
        case ast.Call():
            functions = [f for v in context.program.of(node.func) if v.kind is Kind.FUNCTION and (f := v.node)]
            returned = [r.value for f in functions for r in _returns(f)]
            if returned and not isinstance(node.func, ast.Attribute | ast.Subscript):
                return all(is_made_by_dask(context, r, seen) for r in returned)
            return is_made_by_dask(context, node.func, seen)
        case ast.Attribute(value=inner) | ast.Subscript(value=inner):
            return is_made_by_dask(context, inner, seen)
        case ast.BinOp(left=inner) | ast.UnaryOp(operand=inner):
            return is_made_by_dask(context, inner, seen)
        case ast.Name():
            bound = context.assigned(node) or _passed(context, node)
            return is_made_by_dask(context, bound, seen)
    return False


def _returns(function: ast.AST) -> Iterator[ast.Return]:
    """The `return` statements of a function, without those of functions in it."""
    for node in ast.iter_child_nodes(function):
        if isinstance(node, ast.Return):
            yield node
        elif not isinstance(node, (*FUNCTIONS, ast.Lambda, ast.ClassDef)):
            yield from _returns(node)


def _passed(context: Context, name: ast.Name) -> ast.expr | None:
    """What a parameter that is bound nowhere else gets from the only call of its function."""
    scope = context.program.scope(name).owner(name.id)
    calling = context.program.inference.calling
    if scope is None or not isinstance(scope.node, FUNCTIONS) or scope.bindings.get(name.id) != 1:
        return None
    calls = calling.calls.get(scope.node, [])
    if len(calls) != 1 or scope.node in context.program.escaping_functions:
        return None
    return next((value for at, value in calling.bound(scope.node, calls[0]) if at.name == name.id), None)
