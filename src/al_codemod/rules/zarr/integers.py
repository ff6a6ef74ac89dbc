"""Which expressions are sure to be whole numbers, as literals, loops, annotations and calls tell."""

import ast
from typing import Final

from al_codemod.rules.base import Context
from al_codemod.rules.zarr.looped import loops, part_of, taken
from al_codemod.rules.zarr.support import constant
from al_codemod.semantics.arguments import all_parameters
from al_codemod.semantics.callbacks import passed_for

_GIVES: Final = frozenset({"int", "len", "hash", "ord", "id"})
"""Functions that give whole numbers."""
_KEEPS: Final = frozenset({"sorted", "list", "tuple", "set", "frozenset", "reversed"})
"""Functions whose result has the elements of their argument."""
_WHOLE: Final = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod)
_MEMBERS: Final = frozenset({"year", "month", "day", "hour", "minute", "second"})
"""What dates are asked for."""
_DEEP: Final = 6
"""How far names are followed."""


def is_integer(context: Context, node: ast.expr | None, depth: int = _DEEP) -> bool:
    """Whether an expression is sure to be a whole number."""
    if node is None or not depth:
        return False
    value = constant(node)
    if isinstance(value, int):
        return not isinstance(value, bool)
    match node:
        case ast.Name():
            return _is_integer_name(context, node, depth - 1)
        case ast.Call(func=ast.Name(id=name) as function):
            return name in _GIVES and context.program.is_builtin(function)
        case ast.BinOp():
            sides = (node.left, node.right)
            return isinstance(node.op, _WHOLE) and all(is_integer(context, side, depth - 1) for side in sides)
        case ast.IfExp():
            return all(is_integer(context, side, depth - 1) for side in (node.body, node.orelse))
        case ast.Attribute(attr=attr):
            return attr in _MEMBERS and isinstance(node.value, ast.Name | ast.Call)
    return False


def _is_integer_name(context: Context, name: ast.Name, depth: int) -> bool:
    owner = context.program.scope(name).owner(name.id)
    if owner is None:
        return False
    value = context.assigned(name)
    if value is not None:
        return is_integer(context, value, depth)
    function = owner.node
    parameters = all_parameters(function) if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) else []
    parameter = next((p for p in parameters if p.arg == name.id), None)
    if parameter is not None:
        is_kept = owner.bindings.get(name.id) == 1
        return is_kept and (_says_int(parameter.annotation) or _is_passed(context, function, name.id, depth))
    found = [part for loop in loops(context, name) if (part := part_of(loop.target, loop.iter, name.id)) is not None]
    is_bound_so = bool(found) and owner.bindings.get(name.id) == len(found)
    return is_bound_so and all(gives_integers(context, source, path, depth) for source, path in found)


def _says_int(annotation: ast.expr | None) -> bool:
    return isinstance(annotation, ast.Name) and annotation.id == "int"


def _is_passed(context: Context, function: ast.AST, name: str, depth: int) -> bool:
    """Whether all calls that are seen pass a whole number for a parameter, and there are some."""
    calls = context.program.inference.calling.calls.get(function, ())
    values = passed_for(context.program.inference, function, name)
    return bool(values) and len(values) == len(calls) and all(is_integer(context, v, depth) for v in values)


def gives_integers(context: Context, source: ast.expr, path: tuple[int, ...] = (), depth: int = _DEEP) -> bool:
    """Whether all that a loop gets from an expression, or a part of each of these, is a whole number."""
    if not depth:
        return False
    if isinstance(source, ast.Name):
        value = context.assigned(source)
        return value is not None and gives_integers(context, value, path, depth - 1)
    match source:
        case ast.List(elts=elts) | ast.Tuple(elts=elts) | ast.Set(elts=elts):
            parts = [taken(element, path) for element in elts]
            return bool(parts) and all(is_integer(context, part, depth - 1) for part in parts)
        case ast.Dict(keys=keys):
            return not path and bool(keys) and all(is_integer(context, key, depth - 1) for key in keys)
        case ast.ListComp(elt=elt) | ast.SetComp(elt=elt) | ast.GeneratorExp(elt=elt):
            return is_integer(context, taken(elt, path), depth - 1)
        case ast.DictComp(key=key):
            return not path and is_integer(context, key, depth - 1)
        case ast.Call():
            return _call_gives(context, source, path, depth - 1)
    return False


def _call_gives(context: Context, call: ast.Call, path: tuple[int, ...], depth: int) -> bool:
    match call.func:
        case ast.Name(id="range"):
            return not path
        case ast.Name(id="enumerate") if path and call.args:
            return path == (0,) or (path[0] == 1 and gives_integers(context, call.args[0], path[1:], depth))
        case ast.Name(id="zip") if path and path[0] < len(call.args):
            return gives_integers(context, call.args[path[0]], path[1:], depth)
        case ast.Name(id=name) if name in _KEEPS and call.args:
            return gives_integers(context, call.args[0], path, depth)
        case ast.Attribute(attr="keys", value=owner):
            return gives_integers(context, owner, path, depth)
        case ast.Attribute(attr="items" | "values" as attr, value=owner):
            value = (context.assigned(owner) if isinstance(owner, ast.Name) else None) or owner
            if attr == "items" and path == (0,):
                return gives_integers(context, value, (), depth)
            is_value = path == (1,) if attr == "items" else not path
            if isinstance(value, ast.Dict) and is_value:
                return bool(value.values) and all(is_integer(context, v, depth) for v in value.values)
    return False
