"""Work that is sent to other processes, where V1's server kept one session for all and Icechunk does not."""

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from al_codemod.semantics.places import Place
from al_codemod.semantics.values import Value
from al_codemod.surface.kinds import HANDLES, Kind
from al_codemod.surface.names import SENT_ELSEWHERE

if TYPE_CHECKING:
    from al_codemod.semantics.program import Program

REASON = (
    "this runs in another process, and what it writes is lost; send session.fork() to the workers, return the forks, "
    "session.merge(*forks), then commit once"
)


def check(program: "Program") -> None:
    """Block the places whose sessions other processes would use."""
    graph_of = {graph.scope.node: graph for graph in program.graphs}
    for node in program.parents:
        if not isinstance(node, ast.Call) or not _leaves_the_process(program, node):
            continue
        for value in _sent(program, node):
            graph = graph_of.get(value.node) if value.kind is Kind.FUNCTION and value.node is not None else None
            for place in program.sessions.calls.touches[graph] if graph is not None else ():
                _block(place, node)
            owner = program.place_of(value)
            if owner is not None and (value.is_repo or value.kind in HANDLES - {Kind.DATASET}):
                owner.block(node, REASON)


def _block(place: Place, node: ast.AST) -> None:
    if place.scope is not None and not place.is_parameter:
        place.block(node, REASON)


def _leaves_the_process(program: "Program", node: ast.Call) -> bool:
    function = node.func.value if isinstance(node.func, ast.Attribute) else node.func
    names = {v.name for v in program.of(node.func)}
    return bool(names & SENT_ELSEWHERE) or any(v.kind is Kind.POOL for v in program.of(function))


def _sent(program: "Program", node: ast.Call) -> Iterator[Value]:
    for argument in (*node.args, *(k.value for k in node.keywords)):
        inner = argument.value if isinstance(argument, ast.Starred) else argument
        for element in (inner, *(ast.iter_child_nodes(inner) if isinstance(inner, ast.List | ast.Tuple) else ())):
            yield from program.of(element)
