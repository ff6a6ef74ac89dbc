"""Functions that open a repo and return it: their callers open a session anew, so that none may be left in the old one."""

from typing import TYPE_CHECKING

from al_codemod.semantics.events import Event
from al_codemod.semantics.places import Place
from al_codemod.semantics.states import MAY_WRITE, Ref, State
from al_codemod.semantics.values import Birth
from al_codemod.surface.kinds import Effect

if TYPE_CHECKING:
    from al_codemod.semantics.flow import Graph
    from al_codemod.semantics.program import Program

REASON = (
    "the repo is returned with a session that is not like a new one: with uncommitted changes, or on another branch; "
    "return that session too"
)


def check(program: "Program") -> None:
    """Block the repos that a function returns after it has changed something, or gone somewhere, without a commit."""
    graphs = {graph.scope.node: graph for graph in program.graphs}
    for event in program.events.all():
        if event.effect is not Effect.OPEN or not any(o.birth is Birth.RETURNED for o in event.origins):
            continue
        outer = program.sessions.place.get(event)
        if outer is None or all(e.effect is Effect.OPEN for e in outer.events):
            continue
        for called in (f for e in program.events_at.get(event.node, ()) for f in e.callees):
            for inner, state in _left(program, graphs.get(called)):
                if (state.may_dirty and _is_written(program, inner)) or state.refs != {_opened(program, event)}:
                    inner.join(outer)
                    outer.block(event.node, REASON)


def _left(program: "Program", graph: "Graph | None") -> list[tuple[Place, State]]:
    """The places of the repos that a function opens and returns, each with how it leaves their sessions."""
    if graph is None:
        return []
    returned = program.inference.returns.get(graph.scope.node, ())
    opened = [v for v in returned if v.is_repo and v.origin is not None and v.origin.birth is not Birth.PARAMETER]
    places = {place for place in map(program.place_of, opened) if place is not None}
    states = program.sessions.exit_states.get(graph, {})
    return [(place, states[place]) for place in places if place in states and place.scope is graph.scope]


def _is_written(program: "Program", place: Place) -> bool:
    """Whether anything but the root, which callers make anew, may be written to a repo."""
    passed = any(place in handed.values() for handed in program.sessions.handed.values())
    return passed or any(e.effect in MAY_WRITE for e in place.events)


def _opened(program: "Program", event: Event) -> Ref:
    return program.refs.opened(event)[0]
