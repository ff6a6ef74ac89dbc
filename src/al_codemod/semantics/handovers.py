"""Repos that go from one function to another, and what the functions that they come from see of what is done to them."""

import ast
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from al_codemod.semantics.arguments import all_parameters
from al_codemod.semantics.callbacks import bound_arguments
from al_codemod.semantics.events import Event, Events
from al_codemod.semantics.flow import Block, Graph
from al_codemod.semantics.infer import Inference
from al_codemod.semantics.places import Places
from al_codemod.semantics.scopes import FUNCTIONS, Scope
from al_codemod.semantics.values import Birth, Origin, Value
from al_codemod.surface.kinds import REPOS, Effect, Kind

SESSION_EFFECTS: Final = frozenset(Effect) - {Effect.OPEN, Effect.RECEIVE, Effect.NONE, Effect.CALL}
ENDING: Final = frozenset({Effect.COMMIT, Effect.CHECKOUT, Effect.NEW_BRANCH})


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


def note_handovers(inference: Inference, events: Events, places: Places) -> None:
    """Add the events by which callers see what a function with a session of its own did to a repo that they passed to it.

    What a context manager does to the session of its caller, it has done where the `with` statement ends.
    """
    commits = reached(inference, events, {Effect.COMMIT})
    commits &= {o.node for o, p in places.of_origin.items() if p.is_parameter and not p.received}
    ended = reached(inference, events, ENDING)
    made: dict[object, Event] = {}
    for found in events.by_block.values():
        for event in list(found):
            node = event.site
            if event.effect is not Effect.CALL or not isinstance(node, ast.Call) or event.uncertain:
                continue
            for function in event.callees:
                for value in given_to_body(inference, node, function, ended) if node is not event.node else ():
                    ending = Event(
                        Effect.RENEW, event.node, frozenset({Origin(node, Birth.RETURNED)}), event.scope, value
                    )
                    found.append(made.setdefault((event.node, node), ending))
                for parameter, passed in handovers(inference, node, function):
                    values = [v for v in inference.of(passed) if v.kind in REPOS]
                    origins = frozenset(v.origin for v in values if v.origin is not None)
                    if node is not event.node:
                        renews = parameter in ended
                    else:
                        renews = parameter in commits and not inference.managers.is_followed(function)
                    effect = Effect.RENEW if renews else Effect.NONE
                    handover = Event(effect, event.node, origins, event.scope, values[0])
                    found.append(made.setdefault((event.node, effect, origins), handover))


def given_to_body(
    inference: Inference, call: ast.Call, function: ast.AST, ended: Collection[ast.AST]
) -> Iterator[Value]:
    """The repo that a context manager opens, gives to the body of a `with` statement, and then ends the session of."""
    opened = {v.origin.node for v in inference.yields.get(function, ()) if v.is_repo and v.origin is not None}
    if opened & set(ended):
        given = inference.managers.given(call)
        yield from [v for v in given if v.is_repo and v.origin == Origin(call, Birth.RETURNED)][:1]


def note_bodies(inference: Inference, events: Events, yielding: Mapping[ast.AST, Mapping[Graph, Block]]) -> None:
    """Add the events by which context managers see what the bodies of `with` statements may do to the repos in them."""
    used: dict[ast.AST, dict[Origin, Scope]] = {}
    for event in events.all():
        if event.effect in SESSION_EFFECTS and event.scope.function.node in yielding:
            used.setdefault(event.scope.function.node, {}).update(dict.fromkeys(event.origins, event.scope.function))
    for function, ends in yielding.items():
        for origin, scope in used.get(function, {}).items():
            node = inference.managers.yield_of(function)
            if node is not None and not origin.stale:
                touch = Event(Effect.TOUCH, node, frozenset({origin}), scope, Value(Kind.REPO, origin=origin))
                for block in ends.values():
                    events.by_block.setdefault(block, []).append(touch)


def reached(inference: Inference, events: Events, effects: Collection[Effect]) -> set[ast.AST]:
    """What makes the repos that get one of some effects, where they are seen or in a function that they are passed to."""
    found = {o.node for e in events.all() if e.effect in effects for o in e.origins}
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
