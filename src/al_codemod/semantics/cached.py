"""Repos that cached properties open: attributes of an object that are made when they are first asked for."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.classes import is_cached_property, is_property
from al_codemod.semantics.flow import Graph
from al_codemod.semantics.values import NOTHING, Location, Origin
from al_codemod.surface.kinds import HANDLES, Effect

if TYPE_CHECKING:
    from al_codemod.semantics.infer import Inference
    from al_codemod.semantics.places import Place
    from al_codemod.semantics.program import Program

CHANGES: Final = frozenset(
    {Effect.WRITE, Effect.COMMIT, Effect.CHECKOUT, Effect.NEW_BRANCH, Effect.RENEW, Effect.DISCARD}
)


def cached_handles(program: "Program", place: "Place") -> Iterator[ast.FunctionDef]:
    """The cached properties that give groups, arrays, stores or datasets of a place, whatever session it is on by then."""
    for graph in program.graphs:
        node = graph.scope.node
        if isinstance(node, ast.FunctionDef) and is_cached_property(node):
            values = program.inference.returns.get(node, NOTHING)
            if any(v.kind in HANDLES and program.place_of(v) is place for v in values):
                yield node


def cached_repos(
    inference: "Inference", graphs: Iterable[Graph], parents: Mapping[ast.AST, ast.AST]
) -> Iterator[tuple[Origin, Location, ast.FunctionDef]]:
    """The repos that cached properties open and give, with the attribute that each is kept in from then on.

    One that is set or deleted by other code may become another repo, so that its session cannot be cached beside it.
    """
    changed = {n.attr for n in parents if isinstance(n, ast.Attribute) and not isinstance(n.ctx, ast.Load)}
    for graph in graphs:
        node, owner = graph.scope.node, graph.scope.parent
        if not isinstance(node, ast.FunctionDef) or not is_cached_property(node) or len(node.decorator_list) != 1:
            continue
        given = _given(node)
        if owner is None or not owner.is_class or node.name in changed or given is None or not node.args.args:
            continue
        values = inference.of(given)
        if all(v.is_repo and v.origin is not None and v.origin.node is given for v in values):
            yield from ((v.origin, Location(owner, f".{node.name}"), node) for v in values if v.origin is not None)


def opens_again(program: "Program", function: ast.FunctionDef) -> bool:
    """Whether a function does the same when it is called once more: it looks for what is there, and makes nothing anew."""
    if not all(isinstance(s, ast.Return | ast.Assign) for s in _body(function)):
        return False
    for event in (e for e in program.events.all() if e.scope.function.node is function):
        asked = isinstance(event.node, ast.Attribute) and all(is_property(c) for c in event.callees)
        if event.effect in CHANGES or (event.effect is Effect.CALL and not asked):
            return False
    return True


def _body(function: ast.FunctionDef) -> list[ast.stmt]:
    return [s for s in function.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]


def _given(function: ast.FunctionDef) -> ast.expr | None:
    """The expression that a function returns at its end, itself or by a variable."""
    match _body(function):
        case [ast.Return(value=value)]:
            return value
        case [*_, ast.Assign(targets=[ast.Name(id=name)], value=value), ast.Return(value=ast.Name(id=other))]:
            return value if name == other else None
    return None
