"""What makes a place unsafe to rewrite: repos that leave the code that is seen, and sessions that get mixed up."""

import ast
from typing import TYPE_CHECKING

from al_codemod.semantics.places import Place
from al_codemod.semantics.sessions import State
from al_codemod.surface.kinds import REPOS, Effect, Kind

if TYPE_CHECKING:
    from al_codemod.semantics.program import Program

QUIET = frozenset({Effect.OPEN, Effect.NONE, Effect.ESCAPE, Effect.CALL, Effect.RENEW})


def check(program: "Program") -> None:
    """Block every place whose session cannot be followed."""
    for place in program.places.all:
        if all(e.effect in QUIET for e in place.events):
            continue  # a repo that V1's session is never asked of: nothing to follow
        _check_escapes(place)
        _check_order(program, place)
    _check_handles_after(program)


def _check_escapes(place: Place) -> None:
    for event in place.events:
        if event.effect is not Effect.ESCAPE or event.value is None:
            continue
        kind = event.value.kind
        if kind in REPOS:
            place.block(event.node, f"the repo {event.reason}, with its session")
        elif kind is Kind.MEMBER:
            place.block(event.node, f"a method of the repo {event.reason}, with its session")


def _check_order(program: "Program", place: Place) -> None:
    """The session variable must be that of the repo which is used: two repos in turn in one variable may get mixed up."""
    for event in place.events:
        if program.sessions.place.get(event) is not place or event.effect is Effect.OPEN:
            continue
        state = program.sessions.before.get(event, State())
        if place.home is not None and state.origins and not state.origins <= event.origins:
            place.block(event.node, "by now the variable may hold another repo than the one that is used here")


def _check_handles_after(program: "Program") -> None:
    """A handle that a function made with a session of its own cannot be committed by its caller."""
    for event in program.events.all():
        place = program.sessions.place.get(event)
        if place is None or not place.is_parameter or event.effect is not Effect.ESCAPE or event.value is None:
            continue
        if event.value.kind in (Kind.STORE, Kind.GROUP, Kind.ARRAY, Kind.NODE) and isinstance(
            program.parents.get(event.node), ast.Return
        ):
            place.block(event.node, "what is written through it later belongs to the session of this function")
