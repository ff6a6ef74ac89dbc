"""Contracts: how a function that takes a repo gets its session, and what its callers have to do.

A function that commits all that it writes, and that is only called with repos that stand on main without uncommitted
changes, keeps its signature and opens a session of its own. Any other takes the session as a parameter, next to the repo;
all its callers then pass theirs.
"""

import ast
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.arguments import all_parameters
from al_codemod.semantics.assumptions import may_be_left_out
from al_codemod.semantics.bodies import Bodies
from al_codemod.semantics.events import Event
from al_codemod.semantics.flow import Graph
from al_codemod.semantics.handovers import SESSION_EFFECTS, calls, handovers
from al_codemod.semantics.places import Place
from al_codemod.semantics.reaching import reaches
from al_codemod.semantics.scopes import FUNCTIONS, Scope
from al_codemod.semantics.states import is_plain
from al_codemod.semantics.values import Birth, Location, Origin, Value
from al_codemod.surface.fanouts import DELAYED
from al_codemod.surface.kinds import LATE_HANDLES, REPOS, Effect, Kind

if TYPE_CHECKING:
    from al_codemod.semantics.program import Program

SHOWN: Final = SESSION_EFFECTS - {Effect.ESCAPE, Effect.RENEW}
GIVEN: Final = "the repo is returned beside other things, with changes or not on main; return its session too"
ANOTHER: Final = (
    "the function may end with another repo than the one that it was passed, and its callers then take its session for theirs; "
    "give the other repo a variable of its own"
)
LATER: Final = (
    "a generator writes whenever it is asked for its next value, when others may have committed; "
    "let it give what is to be written, and write that where it is used"
)
BESIDE: Final = "the object keeps the repo, and its session, while others use them too; pass the session to each"
CAPTURED: Final = (
    "functions that are made here keep the repo, and its session, while others use them too; "
    "keep both in an object of which those functions are methods"
)
OWNERS: Final = frozenset({Kind.SELF, Kind.CLASS, Kind.MODULE})
PLAIN_DECORATORS: Final = frozenset(
    "staticmethod classmethod property abstractmethod override overload wraps contextmanager asynccontextmanager".split()
)


class Contracts:
    """The parameters of a program that take repos, and which of them have to take the session as well."""

    def __init__(self, program: "Program") -> None:
        self.program = program
        self.places = {o.node: p for o, p in program.places.of_origin.items() if isinstance(o.node, ast.arg)}

    @cached_property
    def passing(self) -> list[tuple[Event, ast.Call, ast.AST, ast.arg, ast.expr]]:
        """Every call of a function of the program, with each of its parameters that takes a repo, and what it is passed."""
        return [
            (event, call, function, parameter, value)
            for event, call, function in calls(self.program.events)
            for parameter, value in handovers(self.program.inference, call, function)
        ]

    def handed(self) -> dict[tuple[ast.AST, ast.AST], dict[Place, Place]]:
        """By call and function: the places of parameters that take sessions, each with the place that is passed."""
        found: dict[tuple[ast.AST, ast.AST], dict[Place, Place]] = {}
        for _, call, function, parameter, value in self.passing:
            inner, outer = self.places.get(parameter), self.passed(value)
            if inner is not None and inner.received and len(outer) == 1:
                found.setdefault((call, function), {})[inner] = outer[0]
        for call, function, inside in self.returned():
            place = self.program.places.of_origin.get(Origin(call, Birth.RETURNED))
            if place is not None and place.received:
                found.setdefault((call, function), {})[inside] = place
        return found

    def returned(self) -> Iterator[tuple[ast.Call, ast.AST, Place]]:
        """The calls of functions that open a repo and return it, each with the place that it has inside of the function."""
        for _, call, function in calls(self.program.events):
            inference = self.program.inference
            scope = inference.scopes.get(function)
            given = inference.yields if function in self.program.yielding else inference.returns
            values = given.get(function, frozenset())
            places = {self.program.place_of(v) for v in values if v.is_repo} - {None}
            if len(places) == 1 and Origin(call, Birth.RETURNED) in self.program.places.of_origin:
                place = places.pop()
                if place is not None and place.scope is scope and not place.is_parameter:
                    yield call, function, place

    def passed(self, value: ast.expr) -> list[Place]:
        """The places that an argument may be the repo of, as the function that passes it has them."""
        found = [self.program.place_of(v) for v in self.program.of(value) if v.kind in REPOS]
        function, lifted = self.program.scope(value).function.node, self.program.places.lifted
        seen = (lifted.get((function, p.home), p) if p.home is not None else p for p in found if p is not None)
        return list(dict.fromkeys(seen))

    def migrated(self) -> set[Place]:
        """The places that open Icechunk sessions already, and those of parameters that their repos are passed to."""
        program = self.program
        asked = (v for node in program.new_api_uses for v in program.of(node.value))
        found = {place for v in asked if (place := program.place_of(v)) is not None}
        news = True
        while news:
            news = False
            for outer in list(found):
                inner = {p for _, p in self.handovers_of(outer)} - found
                found |= inner
                news |= bool(inner)
        return found

    # -- which have to take the session

    def bringing(self) -> set[ast.AST]:
        """The calls that give a repo with uncommitted changes, or on a branch, which only its session knows of."""
        found: set[ast.AST] = set()
        sessions = self.program.sessions
        for call, function, place in self.returned():
            if function in self.program.yielding:
                if any(e.effect in SESSION_EFFECTS - {Effect.TOUCH} for e in place.events):
                    found.add(call)
                continue
            states = (
                sessions.exit_states.get(g, {}).get(place) for g in self.program.graphs if g.scope.node is function
            )
            if any(state is not None and not is_plain(state) for state in states):
                found.add(call)
        return found

    def wanting(self) -> set[ast.arg]:
        """The parameters that need the session of their callers, and do not get it yet."""
        found = {p for p, place in self.places.items() if not place.received and self._reaches_out(p, place)}
        for event, call, _, parameter, value in self.passing:
            inner = self.places.get(parameter)
            if inner is None or inner.received:
                continue
            if not self._may_open(event, call, inner, value) or self._fails_with_changes(call, inner, value):
                found.add(parameter)
        found |= {p for p, place in self.places.items() if not place.received and self._is_for_body(place)}
        migrated, filled = self.migrated(), self.program.inference.tests.filled
        return {p for p in found | set(self._beside(found)) if self.places.get(p) not in migrated and p not in filled}

    def _is_for_body(self, place: Place) -> bool:
        """Whether a context manager works on the session that the body of a `with` statement uses."""
        function = place.function.node if place.function is not None else None
        return function in self.program.yielding and self._uses_session(place)

    def _may_open(self, event: Event, call: ast.Call, inner: Place, value: ast.expr) -> bool:
        """Whether a function that is called here does as well with a session of its own."""
        if event.uncertain or not self._uses_session(inner):
            return True
        return all(self._is_plain_at(call, outer) for outer in self.passed(value))

    def _fails_with_changes(self, call: ast.Call, inner: Place, value: ast.expr) -> bool:
        """Whether a function may raise with uncommitted changes, and what handles that goes on with them."""
        sessions = self.program.sessions
        states = (sessions.escape_states[g].get(inner) for g in self.program.graphs if g.scope is inner.function)
        if not inner.is_parameter or all(state is None or is_plain(state) for state in states):
            return False
        return any(self.program.is_needed_by_handlers(call, outer) for outer in self.passed(value))

    def _uses_session(self, place: Place) -> bool:
        """Whether a function does anything with the session of a parameter, itself or through what it calls."""
        graphs = (g for g in self.program.graphs if g.scope is place.function)
        calls = self.program.sessions.calls
        inside = any(place in calls.writes[g] | calls.defines[g] for g in graphs)
        return inside or any(e.effect in SESSION_EFFECTS for e in place.events)

    def _is_plain_at(self, call: ast.Call, outer: Place) -> bool:
        sessions = self.program.sessions
        handover = (Effect.RENEW, Effect.NONE)
        for event in self.program.events_at.get(call, ()):
            if event.effect in handover and sessions.place.get(event) is outer and event in sessions.before:
                return is_plain(sessions.before[event])
        return False

    def _reaches_out(self, parameter: ast.AST, place: Place) -> bool:
        """Whether what a function does to a session, or has of it, is still there when it has returned."""
        program = self.program
        if not place.is_parameter:
            return False  # an object keeps it, with its session
        for graph in (g for g in program.graphs if g.scope is place.function and parameter not in g.without):
            state = program.sessions.exit_states.get(graph, {}).get(place)
            if state is not None and not is_plain(state) and self._uses_session(place):
                return True
            if any(v.kind in LATE_HANDLES and _is_of(v, parameter) for v in self._through(graph.scope)):
                return True
        inside = list(place.function.walk()) if place.function is not None else []
        return any(e.effect in SHOWN and e.scope.function not in inside and not _is_dataset(e) for e in place.events)

    def _through(self, function: Scope) -> Iterator[Value]:
        """What comes into a function or leaves it, apart from what it does."""
        inference, node = self.program.inference, function.node
        yield from inference.returns.get(node, ())
        yield from inference.yields.get(node, ())
        for parameter in all_parameters(node) if isinstance(node, FUNCTIONS) else ():
            yield from inference.parameters.get(Location(function, parameter.arg), ())

    def _beside(self, found: set[ast.arg]) -> Iterator[ast.arg]:
        """The parameters of other functions that the same calls may reach, such as overridden methods."""
        sites: dict[tuple[ast.AST, ast.AST], set[ast.arg]] = {}
        for _, call, _, parameter, value in self.passing:
            sites.setdefault((call, value), set()).add(parameter)
        taking = found | {p for p, place in self.places.items() if place.received}
        for together in sites.values():
            if len(together) > 1 and together & taking:
                yield from together - taking

    def shared(self) -> set[ast.AST]:
        """The parameters and fields that objects keep a repo in which others use as well, so that its session is not theirs."""
        found: set[ast.AST] = set()
        for _, call, _, parameter, value in self.passing:
            inner, outer = self.places.get(parameter), self.passed(value)
            if parameter in self.program.inference.shared_repos:  # what is passed on to it is shared by as many
                found |= outer[0].parameters if len(outer) == 1 else set()
            elif inner is not None and not inner.is_parameter and len(outer) == 1 and self._uses_session(inner):
                if outer[0] is inner:  # an object of the class has it: the session is an attribute of that one
                    continue
                if self._is_used_beside(call, outer[0]):
                    found.add(parameter)
        for event in (e for place in self.program.places.all for e in place.events if e.effect is Effect.OPEN):
            field = next((o.node for o in event.origins if o.birth is Birth.FIELD), None)
            handed = self._handed_to_field(event)
            if field is not None and len(handed) == 1 and isinstance(event.node, ast.Call):
                if handed[0] is not self.program.sessions.place.get(event) and self._is_used_beside(
                    event.node, handed[0]
                ):
                    found.add(field)
        return found

    def _handed_to_field(self, event: Event) -> list[Place]:
        """The places whose repo a call puts into a field."""
        at = self.program.events_at.get(event.node, ())
        return [p for e in at if e.effect is Effect.NONE for p in self.program.places.of(e)]

    # -- what cannot be done

    def check(self) -> None:
        """Tie the places of callers and functions together, and block those between which a session cannot pass."""
        for event, call, function in calls(self.program.events):
            for parameter, value in handovers(self.program.inference, call, function):
                inner = self.places.get(parameter)
                if inner is None or not self._uses_session(inner):
                    continue
                outer = self.passed(value)
                for place in outer:
                    place.join(inner)
                if event.uncertain:
                    inner.block(call, "the repo is passed to a function that is called later")
                elif self._goes_on_later(function, inner):
                    inner.block(call, LATER)
                elif any(self._meets_itself(function, inner, place) for place in outer):
                    inner.block(
                        call, "the function uses the repo that it is passed, and the variable too that it comes from"
                    )
                elif (inner.received or not inner.is_parameter) and len(outer) != 1:
                    inner.block(value, "it is not certain which repo this is, and so which session goes with it")
                elif not inner.is_parameter and self._is_used_beside(call, outer[0]):
                    inner.block(call, BESIDE)
                elif any(self._is_used_beside(call, place) for place in outer) and self._is_captured(inner):
                    inner.block(call, CAPTURED)
            self._check_bound(call, function)
        Bodies(self.program).check()
        for call, _, place in self.returned():
            outside = self.program.places.of_origin[Origin(call, Birth.RETURNED)]
            if outside.received:
                outside.join(place)
        for parameter, place in self.places.items():
            if place.received and place.is_parameter and self._goes_on_with_another(parameter, place):
                place.block(parameter, ANOTHER)
        for place in self.program.places.all:
            self._check_field(place)
            self._check_several(place)
        for parameter, place in self.places.items():
            if place.received and place.function is not None and place.function.node in self.program.escaping_functions:
                place.block(parameter, "the function is handed on as a value, so that not all of its callers are seen")

        self._check_wrappers()

    def _goes_on_with_another(self, parameter: ast.arg, place: Place) -> bool:
        """Whether a function that is passed a repo may end with one in its place that it has opened itself."""
        opened = {o for o in place.origins if not isinstance(o.node, ast.arg)}
        graphs = (g for g in self.program.graphs if g.scope is place.function and parameter not in g.without)
        ends = (self.program.sessions.exit_states.get(g, {}).get(place) for g in graphs)
        return any(state is not None and state.origins & opened for state in ends)

    def _check_several(self, place: Place) -> None:
        """A repo that a function gives beside other things gets a session: nothing must be left in that of the function."""
        for origin in place.origins:
            given = self.program.inference.several.given(origin.node) if isinstance(origin.node, ast.Name) else None
            inner = self.program.places.of_origin.get(given[1]) if given is not None else None
            if given is None or inner is None:
                continue
            place.join(inner)
            for graph in self.program.graphs_of[given[0]]:
                state = self.program.sessions.exit_states.get(graph, {}).get(inner)
                if state is not None and not is_plain(state):
                    place.block(origin.node, GIVEN)

    def _check_field(self, place: Place) -> None:
        """An object that is made with a repo opens a session of its own, if nothing goes on with that of the repo."""
        for event in place.events:
            if event.effect is not Effect.OPEN or not all(o.birth is Birth.FIELD for o in event.origins):
                continue
            call = event.node
            handed = self._handed_to_field(event)
            for outer in handed:
                place.join(outer)
            if not isinstance(call, ast.Call) or len(handed) != 1 or not self._is_plain_at(call, handed[0]):
                place.block(call, "the object is made with a repo that has uncommitted changes or is not on main")
            elif self._is_used_beside(call, handed[0]):
                place.block(call, BESIDE)

    def _is_used_beside(self, call: ast.Call, outer: Place) -> bool:
        """Whether a repo is used on by itself after an object was made that keeps it."""
        opened = [o.node for o in outer.origins]
        used = [e.node for e in outer.events if e.effect in SESSION_EFFECTS]
        used += [c for c, inner in self.handovers_of(outer) if self._uses_session(inner)]
        for node in used:
            if node is call:
                continue
            if self.program.scope(node).function is not self.program.scope(call).function:
                return True
            if any(reaches(self.program, call, node, avoiding=o) for o in opened):
                return True
        return False

    def _is_captured(self, inner: Place) -> bool:
        """Whether functions that were made with a repo, and may run at any time, work on a session that is not the caller's."""
        calls, escaping = self.program.sessions.calls, self.program.escaping_functions
        own = calls.defines if inner.received else calls.touches
        inside = list(inner.function.walk()) if inner.function is not None else []
        kept = (g for g in calls.graphs if g.scope in inside[1:] and g.scope.node in escaping)
        return any(inner in own[g] for g in kept)

    def _meets_itself(self, function: ast.AST, inner: Place, outer: Place) -> bool:
        """Whether a function works on one session both as its parameter and as the variable of its caller."""
        calls = self.program.sessions.calls
        for graph in (g for g in calls.graphs if g.scope.node is function):
            if not outer.is_around(graph.scope) or outer.home is None or outer.home.scope is graph.scope:
                continue
            if outer in calls.touches[graph] & self._named[graph]:
                if not inner.received or {inner, outer} & calls.defines[graph]:
                    return True
        return False

    @cached_property
    def _named(self) -> dict[Graph, set[Place]]:
        """The places that functions, or what they call, come to by variables that are not their own.

        What is done through a handle that is passed in is done to the repo that the function is passed along with it.
        """
        calls = self.program.sessions.calls
        found = {graph: set(self._reached(graph)) for graph in calls.graphs}
        sites = {g: [c for b in g.blocks for s in calls.sites.get(b, ()) for c in s.callees] for g in found}
        changed = True
        while changed:
            changed = False
            for graph, callees in sites.items():
                more = set[Place]().union(*(found.get(c, ()) for c in callees)) - found[graph]
                found[graph] |= more
                changed |= bool(more)
        return found

    def _reached(self, graph: Graph) -> Iterator[Place]:
        of, place_of = self.program.of, self.program.place_of
        for step in (s for block in graph.blocks for s in block.steps):
            match step.node:
                case ast.Name(id=name, ctx=ast.Load()):
                    owner = step.scope.owner(name)
                    outside = owner is None or owner.function is not graph.scope
                case ast.Attribute(ctx=ast.Load()):
                    outside = any(v.kind in OWNERS for v in of(step.node.value))
                case _:
                    outside = False
            for value in of(step.node) if outside else ():
                if (place := place_of(value)) is not None:
                    yield place

    def _goes_on_later(self, function: ast.AST, inner: Place) -> bool:
        """Whether a function that is suspended and goes on at any time changes anything."""
        calls = self.program.sessions.calls
        return any(g.scope.node is function and inner in calls.writes[g] | calls.defines[g] for g in calls.suspended)

    def handovers_of(self, outer: Place) -> Iterator[tuple[ast.Call, Place]]:
        """The calls that pass the repo of a place, each with the place of the parameter."""
        for _, call, _, parameter, value in self.passing:
            if parameter in self.places and outer in self.passed(value):
                yield call, self.places[parameter]

    def _check_wrappers(self) -> None:
        """What stands around a function must be seen, and must not work on a session itself."""
        program = self.program
        wrappers = {w.node for found in program.inference.wrapped.values() for w in found}
        wrappers |= {w.node for w in program.inference.calling.wrappers.values() if w is not None}
        for graph in (g for g in program.graphs if g.scope.node in wrappers):
            for place in program.sessions.calls.touches[graph]:
                place.block(graph.scope.node, "this works on the repo itself, around a function that it calls")
        for parameter, place in self.places.items():
            function = place.function.node if place.function is not None else None
            if place.received and isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                for decorator in function.decorator_list:
                    if not self._is_plain_decorator(decorator):
                        place.block(parameter, "a decorator that is not seen may call the function in its own way")

    def _is_plain_decorator(self, decorator: ast.expr) -> bool:
        """Whether a decorator is one of the program, or leaves alone how its function is called."""
        made = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = made.attr if isinstance(made, ast.Attribute) else getattr(made, "id", "")
        if any(v.name in DELAYED for v in self.program.of(made)):
            return True
        return name in PLAIN_DECORATORS or any(v.kind is Kind.FUNCTION for v in self.program.of(decorator))

    def _check_bound(self, call: ast.Call, function: ast.AST) -> None:
        """A call has to show what it passes for each parameter that takes a session."""
        given = {parameter for parameter, _ in handovers(self.program.inference, call, function)}
        left_out = self._left_out(call, function)
        for parameter in all_parameters(function) if isinstance(function, FUNCTIONS) else ():
            place = self.places.get(parameter)
            if place is not None and place.received and parameter not in given | left_out:
                place.block(call, f"what is passed for `{parameter.arg}` is not seen here")
        passed = list(self.program.sessions.handed.get((call, function), {}).values())
        if len(passed) != len(set(passed)):
            for place in (self.places[p] for p in given if p in self.places and self.places[p].received):
                place.block(call, "one repo is passed for two parameters, each with its session")

    def _left_out(self, call: ast.Call, function: ast.AST) -> set[ast.arg]:
        """The parameters that a call leaves out, and whose sessions it leaves out with them."""
        reached = [g for site in self.program.sessions.calls.sites_at.get(call, ()) for g in site.callees]
        graphs = [g for g in reached if g.scope.node is function]
        without = frozenset.intersection(*(g.without for g in graphs)) if graphs else frozenset()
        return {a for a in without if may_be_left_out(a, function)}


def _is_of(value: Value, parameter: ast.AST) -> bool:
    return value.origin is not None and value.origin.node is parameter


def _is_dataset(event: Event) -> bool:
    return event.value is not None and event.value.kind is Kind.DATASET
