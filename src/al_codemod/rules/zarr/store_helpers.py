"""Functions of `zarr.storage` that look into a store, and what the group at its root is asked in their place."""

import ast
from typing import Final

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import Edit, ReplaceExpression, ReplaceStatement, Template
from al_codemod.rules.base import Context, Draft
from al_codemod.rules.naming import dotted
from al_codemod.rules.zarr.silent_made import store_position
from al_codemod.rules.zarr.support import is_none
from al_codemod.semantics.arguments import argument
from al_codemod.surface.kinds import HANDLES

CONTAINS: Final = {"zarr.storage.contains_array": "Array", "zarr.storage.contains_group": "Group"}
HELPERS: Final = frozenset({*CONTAINS, "zarr.storage.rmdir"})
_OPENING: Final = frozenset({"zarr.group", "zarr.open_group"})


def helped(context: Context, node: ast.expr, name: str) -> Draft | None:
    """What becomes of one call of such a function; nothing where it is about the root, or no call."""
    call = context.program.parents.get(node)
    if name not in HELPERS or not isinstance(call, ast.Call) or call.func is not node:
        return None
    store, path = argument(call, 0, "store"), argument(call, 1, "path")
    if store is None or path is None or is_none(path) or len(call.args) + len(call.keywords) != 2:
        return None
    if any(v.kind in HANDLES for v in context.program.of(store)):
        return None
    statement = context.program.parents.get(call)
    if name not in CONTAINS and not isinstance(statement, ast.Expr):
        return None
    group, imports = _root(context, call, store, "r" if name in CONTAINS else "r+")
    holes = {**group.holes, "path": path}
    edit: Edit
    if isinstance(statement, ast.Expr) and name not in CONTAINS:
        edit = ReplaceStatement(statement, (Template(f"del {group.text}[{{path}}]", holes),))
    else:
        zarr, more = context.module("zarr", call)
        imports = (*imports, *more)
        edit = ReplaceExpression(
            call, Template(f"isinstance({group.text}.get({{path}}), {zarr}.{CONTAINS[name]})", holes)
        )
    short = name.rpartition(".")[2]
    return Draft(node, f"zarr 3 has no {short}: the group at the root is asked", Applicability.REVIEW, (edit, *imports))


def _root(context: Context, call: ast.Call, store: ast.expr, mode: str) -> tuple[Template, tuple[Edit, ...]]:
    """The group at the root of a store: the one that has been opened there, or a new one."""
    if isinstance(store, ast.Name):
        for statement in context.nodes(ast.Assign):
            target, value = statement.targets[0], statement.value
            if not isinstance(target, ast.Name) or context.assigned(target) is not value:
                continue
            if not isinstance(value, ast.Call) or dotted(context, value.func) not in _OPENING:
                continue
            given = argument(value, store_position(dotted(context, value.func)), "store")
            if not isinstance(given, ast.Name) or given.id != store.id or argument(value, 99, "path") is not None:
                continue
            scope = context.program.scope(call)
            if scope.owner(target.id) is context.program.scope(target) and target.lineno < call.lineno:
                if context.program.scope(given).owner(given.id) is scope.owner(store.id):
                    return Template(target.id), ()
    zarr, imports = context.module("zarr", call)
    return Template(f'{zarr}.open_group({{store}}, mode="{mode}")', {"store": store}), imports
