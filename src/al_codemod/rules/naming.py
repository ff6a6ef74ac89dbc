"""Names: what a name or dotted expression stands for, where it is sure to stand for an import and nothing else."""

import ast

from al_codemod.rules.base import Context
from al_codemod.semantics.scopes import Scope
from al_codemod.semantics.values import Location
from al_codemod.surface.kinds import Kind
from al_codemod.surface.names import CANONICAL


def dotted(context: Context, node: ast.AST, scope: Scope | None = None) -> str:
    """The canonical dotted name of what `node` refers to, `""` where it is no import, or may be something else too.

    Unlike the values of expressions, this covers annotations too, which are not evaluated in the order of the program.
    """
    match node:
        case ast.Name():
            return of_name(context, node.id, scope or context.program.scope(node))
        case ast.Attribute():
            base = dotted(context, node.value, scope)
            name = f"{base}.{node.attr}"
            return CANONICAL.get(name, name) if base else ""
    return ""


def of_name(context: Context, name: str, scope: Scope) -> str:
    """What a name stands for in `scope`."""
    owner = scope.owner(name)
    if owner is None:
        return ""
    values = context.program.inference.outer.get(Location(owner, name), frozenset())
    names = {v.name for v in values if v.kind is Kind.NAME}
    return names.pop() if len(names) == 1 and len(values) == 1 else ""
