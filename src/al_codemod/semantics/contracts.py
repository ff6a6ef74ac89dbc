"""Contracts: how a function that takes a repo gets its session, and what its callers have to do.

A function that commits all that it writes, and that is only called with repos that stand on main without uncommitted
changes, keeps its signature and opens a session of its own. Any other takes the session as a parameter, next to the repo;
all its callers then pass theirs.
"""

import ast
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.arguments import all_parameters
from al_codemod.semantics.callbacks import bound_arguments
from al_codemod.semantics.events import Event, Events
from al_codemod.semantics.infer import Inference
from al_codemod.semantics.places import Place
from al_codemod.semantics.scopes import FUNCTIONS, Scope
from al_codemod.semantics.states import RefKind, State
from al_codemod.semantics.values import Location, Value
from al_codemod.surface.kinds import HANDLES, REPOS, Effect, Kind

if TYPE_CHECKING:
    from al_codemod.semantics.program import Program

SESSION_EFFECTS: Final = frozenset(Effect) - {Effect.OPEN, Effect.RECEIVE, Effect.NONE, Effect.CALL}
SHOWN: Final = SESSION_EFFECTS - {Effect.ESCAPE, Effect.RENEW}
PLAIN_DECORATORS: Final = frozenset(
    "staticmethod classmethod property abstractmethod override overload wraps contextmanager asynccontextmanager".split()
)
LATE_HANDLES: Final = HANDLES - {Kind.DATASET}


def handovers(inference: Inference, call: ast.Call, function: ast.AST) -> Iterator[tuple[ast.arg, ast.expr]]:
    """The parameters of a function that take a repo, each with what a call passes for it."""
    parameters = {a.arg: a for a in all_parameters(function)} if isinstance(function, FUNCTIONS) else {}
    for location, value in bound_arguments(inference, call, function):
        if any(v.kind in REPOS for v in inference.of(value)):
            yield parameters[location.name], value


def calls(events: Events) -> Iterator[tuple[Event, ast.Call, ast.AST]]:
    """Every call of a function of the program."""
    for event in events.all():
        if event.effect is Effect.CALL and isinstance(event.node, ast.Call):
            for function in event.callees:
                yield event, event.node, function


def note_handovers(inference: Inference, events: Events, received: set[ast.AST]) -> None:
    """Add the events by which callers see what a function with a session of its own did to a repo that they passed to it."""
    commits = committed(inference, events)
    made: dict[object, Event] = {}
    for found in events.by_block.values():
        for event in list(found):
            if event.effect is not Effect.CALL or not isinstance(event.node, ast.Call) or event.uncertain:
                continue
            for function in event.callees:
                for parameter, value in handovers(inference, event.node, function):
                    values = [v for v in inference.of(value) if v.kind in REPOS]
                    origins = frozenset(v.origin for v in values if v.origin is not None)
                    own = parameter in commits and parameter not in received
                    effect = Effect.RENEW if own else Effect.NONE
                    handover = Event(effect, event.node, origins, event.scope, values[0])
                    found.append(made.setdefault((event.node, effect, origins), handover))


def committed(inference: Inference, events: Events) -> set[ast.AST]:
    """What makes the repos that are committed: by code that sees them so, or by a function that they are passed to."""
    found = {o.node for e in events.all() if e.effect is Effect.COMMIT for o in e.origins}
    passed = [
        (parameter, {v.origin.node for v in inference.of(value) if v.kind in REPOS and v.origin is not None})
        for _, call, function in calls(events)
        for parameter, value in handovers(inference, call, function)
    ]
    changed = True
    while changed:
        more = {node for parameter, nodes in passed if parameter in found for node in nodes} - found
        found |= more
        changed = bool(more)
    return found


class Contracts:
    """The parameters of a program that take repos, and which of them have to take the session as well."""

    def __init__(self, program: "Program") -> None:
        self.program = program
        self.places = {o.node: p for o, p in program.places.of_origin.items() if isinstance(o.node, ast.arg)}

    def handed(self) -> Mapping[tuple[ast.AST, ast.AST], Mapping[Place, Place]]:
        """By call and function: the places of parameters that take sessions, each with the place that is passed."""
        found: dict[tuple[ast.AST, ast.AST], dict[Place, Place]] = {}
        for _, call, function in calls(self.program.events):
            for parameter, value in handovers(self.program.inference, call, function):
                inner, outer = self.places.get(parameter), self.passed(value)
                if inner is not None and inner.received and len(outer) == 1:
                    found.setdefault((call, function), {})[inner] = outer[0]
        return found

    def passed(self, value: ast.expr) -> list[Place]:
        """The places that an argument may be the repo of."""
        found = (self.program.place_of(v) for v in self.program.of(value) if v.kind in REPOS)
        return list(dict.fromkeys(p for p in found if p is not None))

    # -- which have to take the session

    def wanting(self) -> set[ast.arg]:
        """The parameters that need the session of their callers, and do not get it yet."""
        found = {p for p, place in self.places.items() if not place.received and self._reaches_out(p, place)}
        for event, call, function in calls(self.program.events):
            for parameter, value in handovers(self.program.inference, call, function):
                inner = self.places.get(parameter)
                if inner is not None and not inner.received and not self._may_open(event, call, inner, value):
                    found.add(parameter)
        return found | set(self._beside(found))

    def _may_open(self, event: Event, call: ast.Call, inner: Place, value: ast.expr) -> bool:
        """Whether a function that is called here does as well with a session of its own."""
        if event.uncertain or not self._uses_session(inner):
            return True
        return all(self._is_plain_at(call, outer) for outer in self.passed(value))

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
        for graph in (g for g in program.graphs if g.scope is place.function):
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
        for _, call, function in calls(self.program.events):
            for parameter, value in handovers(self.program.inference, call, function):
                sites.setdefault((call, value), set()).add(parameter)
        taking = found | {p for p, place in self.places.items() if place.received}
        for together in sites.values():
            if len(together) > 1 and together & taking:
                yield from together - taking

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
                elif inner.received and len(outer) != 1:
                    inner.block(value, "it is not certain which repo this is, and so which session goes with it")
            self._check_bound(call, function)
        for parameter, place in self.places.items():
            if place.received and place.function is not None and place.function.node in self.program.escaping_functions:
                place.block(parameter, "the function is handed on as a value, so that not all of its callers are seen")

        self._check_wrappers()

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
        return name in PLAIN_DECORATORS or any(v.kind is Kind.FUNCTION for v in self.program.of(decorator))

    def _check_bound(self, call: ast.Call, function: ast.AST) -> None:
        """A call has to show what it passes for each parameter that takes a session."""
        given = {parameter for parameter, _ in handovers(self.program.inference, call, function)}
        outer = [place for p in given if p in self.places for place in [self.places[p]] if place.received]
        for parameter in all_parameters(function) if isinstance(function, FUNCTIONS) else ():
            place = self.places.get(parameter)
            if place is not None and place.received and parameter not in given:
                place.block(call, f"what is passed for `{parameter.arg}` is not seen here")
        passed = [
            p for (node, f), pairs in self.handed().items() if node is call and f is function for p in pairs.values()
        ]
        if len(passed) != len(set(passed)):
            for place in outer:
                place.block(call, "one repo is passed for two parameters, each with its session")


def is_plain(state: State) -> bool:
    """Whether a session is like one that was just opened on main."""
    ref = state.ref
    return (
        not state.may_dirty
        and ref is not None
        and ref.kind is RefKind.BRANCH
        and ref.text == '"main"'
        and ref.node is None
        and not ref.read_only
    )


def _is_of(value: Value, parameter: ast.AST) -> bool:
    return value.origin is not None and value.origin.node is parameter


def _is_dataset(event: Event) -> bool:
    return event.value is not None and event.value.kind is Kind.DATASET
