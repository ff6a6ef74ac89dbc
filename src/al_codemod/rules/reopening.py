"""What callers hold of a repo whose session is another one after a call, and how it is opened again."""

import ast

from al_codemod.rewrite.edits import Edit, Template
from al_codemod.rules.anchors import Blocked
from al_codemod.rules.base import Context
from al_codemod.rules.handles import Handles, Renewal
from al_codemod.rules.received import Given, given_by_calls, is_written_out, session_at
from al_codemod.semantics.events import Event
from al_codemod.semantics.places import Place
from al_codemod.semantics.values import Location, Value
from al_codemod.surface.kinds import Effect


class Reopening:
    """What is opened again after the calls of a module."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.handles = Handles(context)
        self.changes = context.shared.changes

    def is_made_with(self, call: ast.Call, place: Place) -> bool:
        """Whether the statement of a call is written out anew, with what is opened again in it."""
        given = self.context.once(given_by_calls).get(call)
        return given is not None and place in given.places and is_written_out(self.context, call)

    def renewal(self, event: Event, place: Place) -> Renewal:
        session = session_at(self.context.program, event.node, place) or ""
        writable = self.changes.writable(self.changes.of_call(event)[place])
        return Renewal(event.node, place, session, writable, Effect.RENEW)

    def held(self, event: Event, place: Place) -> list[tuple[Location, Value]]:
        """The variables of the caller whose handles the call leaves behind."""
        function = self.context.program.scope(event.node).function
        definitions = self.changes.of_call(event)[place]
        given_back = self.changes.gives_back(event.node, place)  # else the function opens what objects keep itself
        live = self.handles.live(self.renewal(event, place), attributes=given_back)
        own = [(at, v) for at, v in live if at.is_attribute or at.scope.function is function]
        return [(at, v) for at, v in own if not self.changes.opens_again(definitions, self.handles, at)]

    def after(self, event: Event, place: Place) -> tuple[list[Template], list[Edit]]:
        """The lines that open them again. Raises `Blocked` where that cannot be."""
        held = self.held(event, place)
        renewal = self.renewal(event, place)
        if held and not renewal.session:
            raise Blocked("what is held here is on a session that the function ends, and the next one has no name here")
        lines, edits = self.handles.refresh_these(renewal, held)
        if self.changes.gives_back(event.node, place):
            lines += self.handles.forget_cached(renewal)
        return lines, edits

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
