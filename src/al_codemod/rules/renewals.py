"""Calls of functions that leave a repo on another session: what the caller still holds is opened again after them."""

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from al_codemod.finding import Applicability
from al_codemod.rules.anchors import Blocked, anchor_after
from al_codemod.rules.base import Context, Draft, rule
from al_codemod.rules.handles import Handles, Renewal
from al_codemod.semantics.events import Event
from al_codemod.semantics.places import Place, written_to
from al_codemod.semantics.values import Location
from al_codemod.surface.kinds import Effect

if TYPE_CHECKING:
    from al_codemod.semantics.callgraph import CallSite
    from al_codemod.semantics.flow import Graph


@rule(
    "AL206",
    "handle-across-call",
    rows="",
    before="""
from arraylake import Client

repo = Client().create_repo("org/repo")


def save(message):
    repo.commit(message)


def main():
    array = repo.root_group.create_dataset("a", shape=4, chunks=2, dtype="i4")
    save("empty")
    array[0] = 1
    save("first")


main()
""",
    after="""
import zarr
from arraylake import Client

repo = Client().create_repo("org/repo")
session = repo.writable_session(branch="main")


def save(message):
    global session
    if session.has_uncommitted_changes:
        session.commit(message)
    session = repo.writable_session(branch="main")


def main():
    array = zarr.open_group(session.store, mode="a").create_array("a", shape=4, chunks=2, dtype="i4")
    save("empty")
    array = zarr.open_array(session.store, path="a", mode="r+")
    array[0] = 1
    save("first")


main()
""",
)
def renewals(context: Context) -> Iterator[Draft]:
    """A function that commits or checks out leaves its callers' groups and arrays on a session that has ended.

    In V1 they followed the repo. Here they are opened again after the call, where they are still in use.
    """
    handles = Handles(context)
    changes = Changes(context)
    for event in context.program.events.all():
        if event.effect is Effect.CALL and isinstance(event.node, ast.Call) and context.is_here(event.node):
            for place, definitions in changes.of_call(event).items():
                yield from _draft(context, handles, changes, event, place, definitions)


def _draft(
    context: Context, handles: Handles, changes: "Changes", event: Event, place: Place, definitions: set[Event]
) -> Iterator[Draft]:
    assert isinstance(event.node, ast.Call)
    scope = context.program.scope(event.node)
    session = place.session_in(scope, written_to(event.node)) or ""
    renewal = Renewal(event.node, place, session, changes.writable(definitions), Effect.RENEW)
    message = "open again what the function has left on a session that has ended"
    try:
        given_back = changes.gives_back(event.node, place)  # else the function opens what objects keep itself
        held = [
            (at, v)
            for at, v in handles.live(renewal)
            if (given_back if at.is_attribute else at.scope.function is scope.function)
        ]
        mine = [(at, v) for at, v in held if not changes.opens_again(definitions, handles, at)]
        if not mine:
            return
        if not session:
            raise Blocked("what is held here is on a session that the function ends, and the next one has no name here")
        if context.program.is_conditional(event.node):
            _check_statement(context, event.node, {at.name for at, _ in mine})
        lines, edits = handles.refresh_these(renewal, mine)
        if lines:
            insert = anchor_after(context.program, event).insert(*lines)
            yield Draft(event.node, message, Applicability.SAFE, (*edits, insert), (place,))
    except Blocked as reason:
        place.block(event.node, str(reason))


def _check_statement(context: Context, call: ast.Call, names: set[str]) -> None:
    """Refuse where a statement that makes a call several times, or not always, uses itself what is opened again after it."""
    used = {n.id for n in ast.walk(context.program.statement(call)) if isinstance(n, ast.Name)}
    if used & names:
        raise Blocked("the same statement goes on with what was opened before the call; split it in two")


class Changes:
    """Which functions leave which places on another session, themselves or through what they call."""

    def __init__(self, context: Context) -> None:
        self.sessions = context.program.sessions
        self.given = context.shared.returning.given
        self.graph_of = {graph.scope.node: graph for graph in context.program.graphs}
        self.made: dict[Graph, dict[Place, set[Event]]] = {
            graph: self._made_in(graph) for graph in context.program.graphs
        }
        self._close()

    def _made_in(self, graph: "Graph") -> dict[Place, set[Event]]:
        """The definitions of sessions that a function writes out itself."""
        found: dict[Place, set[Event]] = {}
        for event in (e for b in graph.blocks for e in self.sessions.events.by_block.get(b, ())):
            if event in self.sessions.emitted and event.effect is not Effect.OPEN:
                found.setdefault(self.sessions.place[event], set()).add(event)
        return found

    def _close(self) -> None:
        changed = True
        while changed:
            changed = False
            for graph in self.sessions.graphs:
                sites = (site for block in graph.blocks for site in self.sessions.calls.sites.get(block, ()))
                for site, callee in ((s, c) for s in sites for c in s.callees):
                    for place, events in self._seen(site, callee):
                        known = self.made[graph].setdefault(place, set())
                        changed |= not events <= known
                        known |= events

    def _seen(self, site: "CallSite", callee: "Graph") -> Iterator[tuple[Place, set[Event]]]:
        """The places that a called function leaves on another session, as its caller sees them."""
        handed = site.handed.get(callee, {})
        for place, events in list(self.made[callee].items()):
            if place in handed:
                if place in self.given:
                    yield handed[place], events
            elif not place.is_parameter:
                yield place, events

    def of_call(self, event: Event) -> dict[Place, set[Event]]:
        """The places that a call leaves on another session, and that its caller can have handles of."""
        found: dict[Place, set[Event]] = {}
        for site in (s for sites in self.sessions.calls.sites.values() for s in sites if s.event is event):
            for callee in site.callees:
                for place, events in self._seen(site, callee):
                    found.setdefault(place, set()).update(events)
        return found

    def gives_back(self, call: ast.Call, place: Place) -> bool:
        """Whether a call is passed the session of a place, and gives back the one that its caller is to keep."""
        handed = (pairs for (node, _), pairs in self.sessions.handed.items() if node is call)
        return any(outer is place and inner in self.given for pairs in handed for inner, outer in pairs.items())

    def opens_again(self, definitions: set[Event], handles: Handles, location: Location) -> bool:
        """Whether the called functions see a variable of the caller, and open it again themselves."""
        seen = all(d.scope.owner(location.name) is location.scope for d in definitions)
        return seen and handles.is_captured(location)

    def writable(self, definitions: set[Event]) -> bool | None:
        """Whether the session that a call leaves takes writes; `None` where that depends."""
        kinds = {self.sessions.is_writable(d) for d in definitions}
        return kinds.pop() if len(kinds) == 1 else None
