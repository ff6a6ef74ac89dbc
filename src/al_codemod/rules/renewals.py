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
            for place in changes.of_call(event):
                yield from _draft(context, handles, changes, event, place)


def _draft(context: Context, handles: Handles, changes: "Changes", event: Event, place: Place) -> Iterator[Draft]:
    assert isinstance(event.node, ast.Call)
    scope = context.program.scope(event.node)
    session = place.session_in(scope, written_to(event.node)) or ""
    renewal = Renewal(event.node, place, session, changes.writable(event, place), Effect.RENEW)
    message = "open again what the function has left on a session that has ended"
    try:
        held = [
            (at, v) for at, v in handles.live(renewal) if at.scope.function is scope.function and not at.is_attribute
        ]
        mine = [(at, v) for at, v in held if not changes.opens_again(event, handles, at)]
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
        self.graph_of = {graph.scope.node: graph for graph in context.program.graphs}
        events = context.program.events.by_block
        emitted = self.sessions.emitted
        self.made: dict[Graph, set[Event]] = {
            graph: {e for b in graph.blocks for e in events.get(b, ()) if e in emitted and e.effect is not Effect.OPEN}
            for graph in context.program.graphs
        }
        self._close()

    def _close(self) -> None:
        changed = True
        while changed:
            changed = False
            for graph in self.sessions.graphs:
                for callee in (
                    c for b in graph.blocks for s in self.sessions.calls.sites.get(b, ()) for c in s.callees
                ):
                    if not self.made[callee] <= self.made[graph]:
                        self.made[graph] |= self.made[callee]
                        changed = True

    def of_call(self, event: Event) -> list[Place]:
        """The places that a call leaves on another session, and that its caller can have handles of."""
        found: list[Place] = []
        for definition in self._definitions(event):
            place = self.sessions.place[definition]
            if place not in found and not place.is_parameter:
                found.append(place)
        return found

    def opens_again(self, event: Event, handles: Handles, location: Location) -> bool:
        """Whether the called functions see a variable of the caller, and open it again themselves."""
        seen = all(d.scope.owner(location.name) is location.scope for d in self._definitions(event))
        return seen and handles.is_captured(location)

    def writable(self, event: Event, place: Place) -> bool | None:
        """Whether the session that a call leaves takes writes; `None` where that depends."""
        kinds = {self.sessions.is_writable(d) for d in self._definitions(event) if self.sessions.place[d] is place}
        return kinds.pop() if len(kinds) == 1 else None

    def _definitions(self, event: Event) -> set[Event]:
        graphs = [self.graph_of[node] for node in event.callees if node in self.graph_of]
        return {d for graph in graphs for d in self.made[graph]}
