"""What is written for a value that has a name: a variable, an attribute of a class or of its objects, an item of a dict."""

import ast
from collections.abc import Iterator
from typing import Final

from al_codemod.rules.base import Context
from al_codemod.rules.zarr.looped import loops, part_of, taken
from al_codemod.rules.zarr.support import constant
from al_codemod.semantics.arguments import parameter_defaults
from al_codemod.semantics.callbacks import passed_for
from al_codemod.surface.kinds import Kind

_DEEP: Final = 5


def written(context: Context, node: ast.expr | None, depth: int = _DEEP) -> ast.expr | None:
    """The expression behind a name that stands for that and nothing else; the node itself where it has none."""
    found: ast.expr | None = None
    if depth:
        match node:
            case ast.Name():
                found = context.assigned(node)
            case ast.Attribute():
                found = attribute(context, node)
            case ast.Subscript(value=owner, slice=index):
                found = _item(written(context, owner, depth - 1), index)
    return written(context, found, depth - 1) if found is not None else node


def known(context: Context, node: ast.expr | None) -> object:
    """The value of a literal, also of one that has a name; `...` where there is none."""
    return constant(written(context, node))


def _item(owner: ast.expr | None, index: ast.expr) -> ast.expr | None:
    """An item of a dict that is written out."""
    key = constant(index)
    if not isinstance(owner, ast.Dict) or not isinstance(key, str):
        return None
    found = [v for k, v in zip(owner.keys, owner.values, strict=True) if k is not None and constant(k) == key]
    return found[0] if len(found) == 1 and None not in owner.keys else None


def attribute(context: Context, node: ast.Attribute) -> ast.expr | None:
    """What an attribute of a class or of its objects is set to, where that happens in one place."""
    values = attribute_values(context, node)
    return values[0] if len(values) == 1 else None


def attribute_values(context: Context, node: ast.Attribute) -> list[ast.expr | None]:
    """All that an attribute of a class or of its objects is set to, in whatever place, if no other class has one."""
    found = context.once(_attributes).get(node.attr, ())
    owners = {v.node for v in context.program.of(node.value) if v.kind in {Kind.SELF, Kind.CLASS}}
    return [value for _, value in found] if owners and owners == {owner for owner, _ in found} else []


def _attributes(context: Context) -> dict[str, list[tuple[ast.AST, ast.expr | None]]]:
    """All that is set in a class, or on something by its attribute, by name: the class, and what it is set to."""
    found: dict[str, list[tuple[ast.AST, ast.expr | None]]] = {}
    for node in context.nodes(ast.ClassDef):
        for statement in node.body:
            for target in targets(statement):
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append((node, _value(statement)))
    statements: list[ast.stmt] = [
        *context.nodes(ast.Assign),
        *context.nodes(ast.AnnAssign),
        *context.nodes(ast.AugAssign),
    ]
    for statement in statements:
        for target in targets(statement):
            for part in ast.walk(target):
                if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store):
                    value = _value(statement) if part is target else None
                    for owner in {v.node for v in context.program.of(part.value)} or {None}:
                        found.setdefault(part.attr, []).append((owner or part, value))
    return found


def targets(statement: ast.stmt) -> list[ast.expr]:
    """What an assignment binds."""
    match statement:
        case ast.Assign():
            return statement.targets
        case ast.AnnAssign() | ast.AugAssign():
            return [statement.target]
    return []


def _value(statement: ast.stmt) -> ast.expr | None:
    return statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None


def possible(context: Context, node: ast.expr | None, depth: int = _DEEP) -> list[ast.expr]:
    """What a value may be, as far as it is written somewhere: assigned, passed, by default, or gone over."""
    if node is None or not depth:
        return []
    match node:
        case ast.IfExp():
            return [v for part in (node.body, node.orelse) for v in possible(context, part, depth - 1)]
        case ast.Attribute():
            return [v for value in attribute_values(context, node) for v in possible(context, value, depth - 1)] or [
                node
            ]
        case ast.Name():
            found = [v for value in _given(context, node) for v in possible(context, value, depth - 1)]
            return found or [node]
    return [node]


def _given(context: Context, name: ast.Name) -> Iterator[ast.expr | None]:
    """What a name is bound to, in all places."""
    owner = context.program.scope(name).owner(name.id)
    yield from (v for t, v in context.assignments(name.id) if context.program.scope(t) is owner)
    for loop in loops(context, name):
        part = part_of(loop.target, loop.iter, name.id)
        source, path = part if part is not None else (None, ())
        source = context.assigned(source) if isinstance(source, ast.Name) else source
        if isinstance(source, ast.Call) and getattr(source.func, "id", "") == "enumerate" and path[:1] == (1,):
            source, path = source.args[0], path[1:]
        yield from (taken(e, path) for e in (source.elts if isinstance(source, ast.Tuple | ast.List) else ()))
    function = owner.node if owner is not None else None
    if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        yield from (default for parameter, default in parameter_defaults(function) if parameter == name.id)
        yield from passed_for(context.program.inference, function, name.id)
