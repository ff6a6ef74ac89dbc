"""Data that may be lists or numbers, which zarr 2 made arrays of."""

import ast
from typing import Final

from al_codemod.rules.base import Context
from al_codemod.rules.zarr.looped import loops, part_of, taken
from al_codemod.rules.zarr.support import constant
from al_codemod.semantics.arguments import all_parameters
from al_codemod.semantics.callbacks import passed_for


def may_be_list(context: Context, data: ast.expr) -> bool:
    """Whether data is a list or number, here or where it is passed, or nothing says what it is."""
    if not isinstance(data, ast.Name):
        return is_plain(context, data)
    passed = passed_values(context, data)
    if any(is_plain(context, part) for part in (data, *passed)):
        return True
    return not passed and (is_untold(context, data) or is_element(context, data))


def is_plain(context: Context, data: ast.expr) -> bool:
    """Whether data is a list, a tuple or a number, as it is written."""
    value = context.assigned(data) if isinstance(data, ast.Name) else data
    parts = [value.left, value.right] if isinstance(value, ast.BinOp) else [value]
    parts = [value.body, value.orelse] if isinstance(value, ast.IfExp) else parts
    if all(constant(p) is not ... or _is_builtin(context, p) for p in parts if p is not None):
        return value is not None
    return any(isinstance(p, ast.List | ast.Tuple | ast.ListComp) for p in parts) or constant(value) is not ...


_BUILTINS: Final = frozenset("list tuple range sorted sum int float round len min max abs".split())
"""What gives lists and numbers, of whatever that numpy does not answer for itself."""


def _is_builtin(context: Context, node: ast.expr) -> bool:
    if not isinstance(node, ast.Call) or not context.program.is_builtin(node.func):
        return False
    return getattr(node.func, "id", "") in _BUILTINS


def passed_values(context: Context, name: ast.Name) -> list[ast.expr]:
    """What the calls that are seen pass for a parameter."""
    return passed_for(context.program.inference, context.program.scope(name).function.node, name.id)


def is_element(context: Context, name: ast.Name) -> bool:
    """Whether a name is of a loop over things of which some are lists, or nothing says what they are."""
    elements = [part for loop in loops(context, name) if (part := part_of(loop.target, loop.iter, name.id)) is not None]
    return any(_may_give_lists(context, source, path) for source, path in elements)


def _may_give_lists(context: Context, source: ast.expr, path: tuple[int, ...]) -> bool:
    match source:
        case ast.Call(func=ast.Attribute(value=owner, attr="items")) if path == (1,):
            return _may_give_lists(context, owner, ())
        case ast.Call(func=ast.Attribute(value=owner, attr="values")):
            return _may_give_lists(context, owner, path)
        case ast.Call(func=ast.Name(id="enumerate"), args=[inner, *_]) if path[:1] == (1,):
            return _may_give_lists(context, inner, path[1:])
        case ast.Call(func=ast.Name(id="zip"), args=args) if path and path[0] < len(args):
            return _may_give_lists(context, args[path[0]], path[1:])
        case ast.Name():
            made = context.assigned(source)
            return _may_give_lists(context, made, path) if made is not None else is_untold(context, source)
        case ast.Dict(values=values) if not path:
            return any(is_plain(context, v) for v in values)
        case ast.List(elts=elts) | ast.Tuple(elts=elts):
            found = [taken(element, path) for element in elts]
            return any(part is not None and is_plain(context, part) for part in found)
    return False


def is_untold(context: Context, name: ast.Name) -> bool:
    """Whether a name is a parameter of which nothing says what it is."""
    function = context.program.scope(name).function.node
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    parameters = [*all_parameters(function), *(p for p in (function.args.vararg, function.args.kwarg) if p is not None)]
    told = [p.annotation is not None for p in parameters if p.arg == name.id]
    return told == [False] and context.program.scope(name).function.bindings.get(name.id) == 1
