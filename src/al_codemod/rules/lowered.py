"""One call that gives a repo another session, and what becomes of it."""

import ast
from collections.abc import Iterator

from al_codemod.rewrite.edits import Edit
from al_codemod.rules.anchors import Blocked
from al_codemod.rules.base import Context
from al_codemod.rules.lowering import Lowering
from al_codemod.semantics.events import Event
from al_codemod.semantics.places import Place
from al_codemod.surface.kinds import Effect


class Lowered:
    """A commit, checkout or branch, with what its edits are made from."""

    def __init__(self, context: Context, lowering: Lowering, event: Event, place: Place, call: ast.Call) -> None:
        self.context = context
        self.program = context.program
        self.lowering = lowering
        self.event = event
        self.place = place
        self.call = call
        self.statement = context.program.statement(call)
        self.emitted = event in context.program.sessions.emitted

    def edits(self) -> Iterator[Edit]:
        """The edits of the call. Raises `Blocked` where they cannot be made."""
        raise NotImplementedError

    def made(self) -> tuple[Edit, ...]:
        """The edits, or none and the place blocked with the reason."""
        try:
            return tuple(self.edits())
        except Blocked as reason:
            self.place.block(self.call, str(reason))
            return ()


def calls_with(context: Context, effect: Effect) -> Iterator[tuple[Event, Place, ast.Call]]:
    """Every call that has an effect, with its event and place."""
    for event, place in context.events():
        if event.effect is effect and isinstance(event.node, ast.Call):
            yield event, place, event.node
