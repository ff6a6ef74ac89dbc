"""What callers hold of a repo whose session is another one after a call, and how it is opened again."""

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from al_codemod.rewrite.edits import Edit, Template
from al_codemod.rules.anchors import Blocked
from al_codemod.rules.base import Context
from al_codemod.rules.handles import Handles, Renewal
from al_codemod.rules.received import Given, given_by_calls, is_written_out
from al_codemod.semantics.events import Event
from al_codemod.semantics.places import Place, written_to
from al_codemod.semantics.values import Location, Value
from al_codemod.surface.kinds import Effect

if TYPE_CHECKING:
    from al_codemod.semantics.callgraph import CallSite
    from al_codemod.semantics.flow import Graph


class Reopening:
    """What is opened again after the calls of a module."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.handles = Handles(context)
        self.changes = Changes(context)

    def is_made_with(self, call: ast.Call, place: Place) -> bool:
        """Whether the statement of a call is written out anew, with what is opened again in it."""
        given = self.context.once(given_by_calls).get(call)
        return given is not None and place in given.places and is_written_out(self.context, call)

    def renewal(self, event: Event, place: Place) -> Renewal:
        session = place.session_in(self.context.program.scope(event.node), written_to(event.node)) or ""
        writable = self.changes.writable(self.changes.of_call(event)[place])
        return Renewal(event.node, place, session, writable, Effect.RENEW)

    def held(self, event: Event, place: Place) -> list[tuple[Location, Value]]:
        """The variables of the caller whose handles the call leaves behind."""
        function = self.context.program.scope(event.node).function
        definitions = self.changes.of_call(event)[place]
        live = self.handles.live(self.renewal(event, place))
        given_back = self.changes.gives_back(event.node, place)  # else the function opens what objects keep itself
        own = [(at, v) for at, v in live if (given_back if at.is_attribute else at.scope.function is function)]
        return [(at, v) for at, v in own if not self.changes.opens_again(definitions, self.handles, at)]

    def after(self, event: Event, place: Place) -> tuple[list[Template], list[Edit]]:
        """The lines that open them again. Raises `Blocked` where that cannot be."""
        held = self.held(event, place)
        renewal = self.renewal(event, place)
        if held and not renewal.session:
            raise Blocked("what is held here is on a session that the function ends, and the next one has no name here")
        return self.handles.refresh_these(renewal, held)

    def after_given(self, given: Given) -> tuple[list[Template], list[Edit]]:
        """The lines that follow a call whose statement is written out anew."""
        lines: list[Template] = []
        edits: list[Edit] = []
        for event in self.context.program.events_at.get(given.call, ()):
            for place in self.changes.of_call(event) if event.effect is Effect.CALL else ():
                if place in given.places:
                    more, needed = self.after(event, place)
                    lines += more
                    edits += needed
        return lines, edits


class Changes:
    """Which functions leave which places on another session, themselves or through what they call."""

    def __init__(self, context: Context) -> None:
        self.sessions = context.program.sessions
        self.given = context.shared.returning.given
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

    def gives_back(self, call: ast.AST, place: Place) -> bool:
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
