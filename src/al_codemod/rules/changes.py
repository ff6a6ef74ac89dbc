"""The sessions that calls leave behind: which places are on another one afterwards, and where that was opened."""

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from al_codemod.semantics.callgraph import CallSite
from al_codemod.semantics.events import Event
from al_codemod.semantics.flow import Graph
from al_codemod.semantics.places import Place
from al_codemod.semantics.program import Program
from al_codemod.semantics.returning import Returning
from al_codemod.semantics.values import Location
from al_codemod.surface.kinds import Effect

if TYPE_CHECKING:
    from al_codemod.rules.handles import Handles


class Changes:
    """Which functions leave which places on another session, themselves or through what they call."""

    def __init__(self, program: Program, returning: Returning) -> None:
        self.sessions = program.sessions
        self.given = returning.given
        self.sites: dict[Event, list[CallSite]] = {}
        for site in (site for sites in self.sessions.calls.sites.values() for site in sites):
            self.sites.setdefault(site.event, []).append(site)
        self.made: dict[Graph, dict[Place, set[Event]]] = {graph: self._made_in(graph) for graph in program.graphs}
        self._close()

    def _made_in(self, graph: Graph) -> dict[Place, set[Event]]:
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

    def _seen(self, site: CallSite, callee: Graph) -> Iterator[tuple[Place, set[Event]]]:
        """The places that a called function leaves on another session, as its caller sees them."""
        handed = site.handed.get(callee, {})
        for place, events in list(self.made[callee].items()):
            if place in handed:
                if place in self.given:
                    yield handed[place], events
            elif not place.is_parameter or place.function is not callee.scope:
                yield place, events

    def of_call(self, event: Event) -> dict[Place, set[Event]]:
        """The places that a call leaves on another session, and that its caller can have handles of."""
        found: dict[Place, set[Event]] = {}
        for site in self.sites.get(event, ()):
            for callee in site.callees:
                for place, events in self._seen(site, callee):
                    found.setdefault(place, set()).update(events)
        return found

    def gives_back(self, call: ast.AST, place: Place) -> bool:
        """Whether a call is passed the session of a place, and gives back the one that its caller is to keep."""
        handed = (pairs for (node, _), pairs in self.sessions.handed.items() if node is call)
        return any(outer is place and inner in self.given for pairs in handed for inner, outer in pairs.items())

    def opens_again(self, definitions: set[Event], handles: "Handles", location: Location) -> bool:
        """Whether the called functions see a variable of the caller, and open it again themselves."""
        seen = all(d.scope.owner(location.name) is location.scope for d in definitions)
        return seen and handles.is_captured(location)

    def writable(self, definitions: set[Event]) -> bool | None:
        """Whether the session that a call leaves takes writes; `None` where that depends."""
        kinds = {self.sessions.is_writable(d) for d in definitions}
        return kinds.pop() if len(kinds) == 1 else None
