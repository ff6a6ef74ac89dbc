"""The groups that calls name, and whether one is inside of another."""

import ast

from al_codemod.rules.base import Context
from al_codemod.semantics.arguments import argument


def literal_group(context: Context, call: ast.AST | None) -> str | None:
    """The group that a call opens or writes, where it is a literal."""
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return None
    position = 0 if call.func.attr == "to_xarray" else 99
    return context.program.refs.text_of(argument(call, position, "group"))


def overlap(one: str, other: str) -> bool:
    """Whether one group is the other, or inside of it."""
    a, b = one.strip("/") + "/", other.strip("/") + "/"
    return a.startswith(b) or b.startswith(a)
