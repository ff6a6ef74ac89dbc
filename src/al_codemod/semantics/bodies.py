"""Context managers of the program, and the bodies of their `with` statements: both work on one session."""

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.flow import Graph
from al_codemod.semantics.handovers import ENDING, SESSION_EFFECTS
from al_codemod.semantics.liveness import Liveness
from al_codemod.semantics.places import Place
from al_codemod.semantics.reaching import reaches
from al_codemod.semantics.states import is_plain
from al_codemod.semantics.values import Location
from al_codemod.surface.kinds import LATE_HANDLES, Effect

if TYPE_CHECKING:
    from al_codemod.semantics.program import Program

ELSEWHERE: Final = (
    "the body of the `with` statement is on another session than the code before it; "
    "let the context manager yield the session"
)
UNCLEAR: Final = (
    "the context manager may leave uncommitted changes, or another branch, and cannot give a session back; "
    "commit and check out where it is used"
)
IN_BODY: Final = "a commit in the body of the `with` statement ends the session that the context manager goes on with"


class Bodies:
    """Blocks what is not the same session in a context manager and in the body of its `with` statement."""

    def __init__(self, program: "Program") -> None:
        self.program = program

    def check(self) -> None:
        for call, item, function in self.program.inference.managers.entries():
            for graph in self.program.graphs_of[function]:
                self._check(call, item, graph)

    def _check(self, call: ast.Call, item: ast.withitem, graph: Graph) -> None:
        """A context manager and the body of its `with` statement have one session, which is a new one only after it."""
        program, function = self.program, graph.scope.node
        yielded = program.inference.managers.yield_of(function)
        assert yielded is not None
        handed = program.sessions.handed.get((call, function), {})
        ended = set(self._ended_in_body(item))
        for inner, outer in handed.items():
            mine = [e for e in inner.events if e.scope.function is graph.scope]
            if outer in ended and any(e.effect in SESSION_EFFECTS and reaches(program, yielded, e.node) for e in mine):
                inner.block(call, IN_BODY)
            if inner not in program.sessions.calls.defines.get(graph, ()):
                continue
            ends = [e.node for e in mine if e.effect in (*ENDING, Effect.RENEW)]
            state = program.sessions.exit_states.get(graph, {}).get(inner)
            if inner.is_parameter and any(reaches(program, node, yielded) for node in ends):
                inner.block(call, ELSEWHERE)
            elif state is not None and not is_plain(state):
                inner.block(call, UNCLEAR)
            elif self._is_caught(yielded) and self.program.is_needed_by_handlers(item, outer):
                inner.block(
                    call, "what handles a failure in the body goes on with the session that was given up for it"
                )
        for location, values in program.environment(yielded).items():
            held = [program.place_of(v) for v in values if v.kind in LATE_HANDLES]
            late = [place for place in held if place is not None and handed.get(place, place) in ended]
            if late and location.scope.function is graph.scope and self._is_read_later(graph, location, yielded):
                late[0].block(call, f"`{location.name}` of the context manager is used on after a commit in the body")

    def _is_read_later(self, graph: Graph, location: Location, node: ast.AST) -> bool:
        liveness = Liveness(self.program.inference, graph, location)
        return any(liveness.after(block, i) for g, block, i in self.program.positions.get(node, ()) if g is graph)

    def _ended_in_body(self, item: ast.withitem) -> Iterator[Place]:
        """The places that get another session in the body of a `with` statement."""
        statement = self.program.parents[item]
        assert isinstance(statement, ast.With | ast.AsyncWith)
        inside = {node for child in statement.body for node in ast.walk(child)}
        for place in self.program.places.all:
            if any(e.node in inside and e.effect in (*ENDING, Effect.RENEW) for e in place.events):
                yield place
        calls = self.program.sessions.calls
        for site in (s for node in inside for s in calls.sites_at.get(node, ())):
            for graph in site.callees:
                yield from site.seen(graph, calls.defines[graph])

    def _is_caught(self, node: ast.AST) -> bool:
        """Whether something is done where a node fails."""
        return any(isinstance(a, ast.Try | ast.TryStar | ast.With) for a in self.program.ancestors(node))
