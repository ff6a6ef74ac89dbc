"""Writes that are put together first, `job = ds.to_zarr(..., compute=False)`, and computed by a later statement."""

import ast
from typing import Final

from al_codemod.rules.base import Context
from al_codemod.rules.collecting import suite
from al_codemod.semantics.scopes import FUNCTIONS
from al_codemod.surface.fanouts import GATHERS
from al_codemod.surface.kinds import Effect

QUIET: Final = frozenset({Effect.NONE, Effect.OPEN, Effect.CALL})


def computed_by(context: Context, call: ast.Call) -> ast.Expr | None:
    """The statement that does nothing but compute what a call puts together, where the call could as well stand there."""
    program = context.program
    made = program.parents.get(call)
    match made:
        case ast.Assign(targets=[ast.Name(id=name) as target]):
            pass
        case _:
            return None
    scope = program.scope(target)
    loads = [n for n in context.loads(name) if program.scope(n).owner(name) is scope.owner(name)]
    if scope.owner(name) is not scope or scope.bindings.get(name) != 1 or len(loads) != 1:
        return None
    statement = program.statement(loads[0])
    if not isinstance(statement, ast.Expr) or not _computes(context, statement.value, loads[0]):
        return None
    between = _between(context, made, statement)
    if between is None or any(_matters(context, call, s) for s in between):
        return None
    return statement


def _computes(context: Context, value: ast.expr, job: ast.Name) -> bool:
    match value:
        case ast.Call(func=ast.Attribute(value=owner, attr="compute"), args=[], keywords=[]):
            return owner is job
        case ast.Call(func=function, args=[first], keywords=[]):
            return first is job and any(v.name in GATHERS for v in context.program.of(function))
    return False


def _between(context: Context, first: ast.stmt, last: ast.stmt) -> list[ast.AST] | None:
    """What runs between two statements of which the second may be inside of `with` statements."""
    program = context.program
    found: list[ast.AST] = []
    inner: ast.stmt = last
    while inner not in suite(program, first):
        around = program.parents[inner]
        if not isinstance(around, ast.With):
            return None
        found += [*around.items, *around.body[: around.body.index(inner)]]
        inner = around
    here = suite(program, first)
    if here.index(inner) < here.index(first):
        return None
    return [*here[here.index(first) + 1 : here.index(inner)], *found]


def _matters(context: Context, call: ast.Call, between: ast.AST) -> bool:
    """Whether a call may not be made only after something, which touches a repo, or what the call is given."""
    used = {n.id for n in ast.walk(call) if isinstance(n, ast.Name)}
    events = context.program.events_at
    for node in ast.walk(between):
        if isinstance(node, ast.Name) and node.id in used:
            return True
        if isinstance(node, (*FUNCTIONS, ast.Return, ast.Raise, ast.Yield, ast.YieldFrom, ast.Await)):
            return True
        if any(e.effect not in QUIET or (e.effect is Effect.CALL and e.callees) for e in events.get(node, ())):
            return True
    return False
