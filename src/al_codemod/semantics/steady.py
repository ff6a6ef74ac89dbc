"""Attributes of objects that give the same each time, as far as it is seen: set once, or opened when first asked for."""

import ast
from typing import TYPE_CHECKING

from al_codemod.semantics.classes import is_cached_property, is_property
from al_codemod.surface.kinds import Kind

if TYPE_CHECKING:
    from al_codemod.semantics.program import Program


def gives_the_same(program: "Program", node: ast.Attribute) -> bool:
    """Whether an attribute of an object of the program gives the same whenever that object is asked for it."""
    values = program.of(node.value)
    owners = [v.node for v in values if v.kind is Kind.SELF and isinstance(v.node, ast.ClassDef)]
    return bool(owners) and len(owners) == len(values) and all(_is_steady(program, o, node.attr) for o in owners)


def _is_steady(program: "Program", owner: ast.ClassDef, name: str) -> bool:
    methods = program.inference.classes.methods(owner, name)
    functions = [m.node for m in methods if isinstance(m.node, ast.FunctionDef)]
    if not functions:
        return _set_by(program, name) <= {"__init__"}
    return all(is_property(f) and _is_steady_property(program, f) for f in functions)


def _is_steady_property(program: "Program", function: ast.FunctionDef) -> bool:
    """Whether a property gives an attribute that is set once: by the constructor, or by itself while there is nothing."""
    if is_cached_property(function):
        return _set_by(program, function.name) == set()
    body = [s for s in function.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    match body:
        case [ast.Return(value=ast.Attribute(attr=name))]:
            return _set_by(program, name) <= {"__init__"}
        case [ast.If(test=test, body=inside, orelse=[]), ast.Return(value=ast.Attribute(attr=name))]:
            stored = [n for s in inside for n in ast.walk(s) if isinstance(n, ast.Attribute) and n.attr == name]
            return _asks_for_none(test, name) and bool(stored) and _set_by(program, name) <= {"__init__", function.name}
    return False


def _asks_for_none(test: ast.expr, name: str) -> bool:
    match test:
        case ast.Compare(left=ast.Attribute(attr=attr), ops=[ast.Is()], comparators=[ast.Constant(value=None)]):
            return attr == name
        case ast.UnaryOp(op=ast.Not(), operand=ast.Attribute(attr=attr)):
            return attr == name
    return False


def _set_by(program: "Program", name: str) -> set[str]:
    """The functions that set or delete an attribute of a name, of whatever object."""
    stores = [n for n in program.attributes(name) if not isinstance(n.ctx, ast.Load)]
    return {getattr(program.scope(n).function.node, "name", "") for n in stores}
