"""Sessions that functions use without being able to name them, and so have to be given.

A repo may come to a function inside of an object, while its session is a variable of another function. As a compiler lifts
the free variables of a nested function, such a session becomes a parameter of the function, and of all that call it, up to
where the variable is in reach.
"""

import ast
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Final, TypeAlias

from al_codemod.semantics.classes import is_property
from al_codemod.semantics.contracts import SHOWN
from al_codemod.semantics.events import Event
from al_codemod.semantics.handovers import calls
from al_codemod.semantics.places import Place
from al_codemod.semantics.values import Location
from al_codemod.surface.kinds import Effect, Kind

if TYPE_CHECKING:
    from al_codemod.semantics.program import Program

Lift: TypeAlias = tuple[ast.AST, Location]
"""A function, and the variable of a repo whose session it takes."""

FUNCTION: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


class Lifting:
    """Finds the functions that have to be given a session, and makes a place for it in each of them."""

    def __init__(self, program: "Program") -> None:
        self.program = program

    # -- which

    def wanting(self) -> set[Lift]:
        """The functions that use the session of a repo, themselves or through what they call, and cannot name it."""
        found = set(self._using())
        known = found | set(self.program.places.lifted)
        for _, call, function in calls(self.program.events):
            for home in [home for node, home in known if node is function]:
                place, scope = self.program.places.by_home[home], self.program.scope(call)
                if place.session_in(scope) is None and isinstance(scope.function.node, FUNCTION):
                    found.add((scope.function.node, home))
        return {(node, home) for node, home in found if (node, home) not in self.program.places.lifted}

    def _using(self) -> Iterator[Lift]:
        for place in self.program.places.all:
            if place.home is None or place.home.is_attribute or place.home.scope.is_class or place.lifts_from:
                continue
            for event in place.events:
                scope = event.scope.function
                if event.effect not in SHOWN or not _is_of_repo(event) or not isinstance(scope.node, FUNCTION):
                    continue
                if place.session_in(event.scope) is None:
                    yield scope.node, place.home

    # -- making them

    def lift(self, lifted: Collection[Lift]) -> None:
        """Give each function a place of its own for the session that it is passed."""
        places = self.program.places
        for node, home in sorted(lifted, key=lambda item: getattr(item[0], "lineno", 0)):
            outer = places.by_home.get(home)
            if outer is None:
                continue
            scope = self.program.scopes[node]
            places.lift(scope, outer)
            event = Event(Effect.RECEIVE, node, frozenset(outer.origins), scope)
            for graph in self.program.graphs_of[node]:
                self.program.events.by_block.setdefault(graph.entry, []).insert(0, event)

    def handed(self) -> Iterator[tuple[ast.Call, ast.AST, Place, Place]]:
        """The calls of lifted functions: the place inside of the function, and the one that the caller has."""
        places = self.program.places
        for _, call, function in calls(self.program.events):
            for (node, home), inner in places.lifted.items():
                if node is function:
                    caller = self.program.scope(call).function.node
                    yield call, function, inner, places.lifted.get((caller, home), places.by_home[home])

    def check(self) -> None:
        """Block what cannot be given a session: properties, operators, functions that are handed on."""
        for (node, _), place in self.program.places.lifted.items():
            assert isinstance(node, FUNCTION)
            reason = self._refused(node)
            if reason:
                place.block(node, f"the session has no name in this function, and {reason}")
            place.join(place.lifts_from or place)
        for event, call, function in calls(self.program.events):
            for node, home in self.program.places.lifted:
                if node is function and event.uncertain:
                    self.program.places.lifted[node, home].block(
                        call, "the function is called later, without the session"
                    )

    def _refused(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
        if is_property(node):
            return "a property cannot be passed one"
        if node.name.startswith("__") and node.name != "__init__":
            return "an operator cannot be passed one"
        if node in self.program.escaping_functions:
            return "it is handed on as a value, so that not all of its callers are seen"
        if not node.args.args:
            return "it has no parameters; pass it the repo and the session"
        return ""


def _is_of_repo(event: Event) -> bool:
    """Whether an event is that of a member of the repo, and not of a handle, which brings its session along."""
    value = event.value
    if value is None:
        return False
    return value.is_repo or (value.kind is Kind.MEMBER and value.base is not None and value.base.is_repo)
