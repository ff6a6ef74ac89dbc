"""Contracts: what may be assumed of a function that takes a repo, and what its callers have to do.

A function that commits all that it writes, and that is only called with repos that stand on main without uncommitted changes,
opens a session of its own. Where that is not so, the session would have to cross the call; such calls are left alone.
"""

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from al_codemod.semantics.arguments import bind_arguments
from al_codemod.semantics.classes import is_static
from al_codemod.semantics.events import Event, Events
from al_codemod.semantics.infer import Inference
from al_codemod.semantics.places import Place
from al_codemod.semantics.scopes import FUNCTIONS
from al_codemod.semantics.states import RefKind, State
from al_codemod.surface.kinds import REPOS, Effect

if TYPE_CHECKING:
    from al_codemod.semantics.program import Program

SESSION_EFFECTS = frozenset(Effect) - {Effect.OPEN, Effect.NONE, Effect.CALL}


def handovers(inference: Inference, call: ast.Call, function: ast.AST) -> Iterator[tuple[ast.arg, ast.expr]]:
    """The parameters of a function that take a repo, each with what a call passes for it."""
    scope = inference.scopes.get(function)
    if scope is None or not isinstance(function, FUNCTIONS):
        return
    call = inference.calling.forwarded(call)
    bound = isinstance(call.func, ast.Attribute) and scope.parent is not None and scope.parent.is_class
    skip = int(bound and not is_static(function))
    args = function.args
    parameters = {a.arg: a for a in (*args.posonlyargs, *args.args, *args.kwonlyargs)}
    for location, value in bind_arguments(function, scope, call, skip):
        if any(v.kind in REPOS for v in inference.of(value)):
            yield parameters[location.name], value


def note_handovers(inference: Inference, events: Events) -> None:
    """Add the events by which callers see what a function did to a repo that they passed to it."""
    commits = {o.node for e in events.all() if e.effect is Effect.COMMIT for o in e.origins}
    made: dict[object, Event] = {}
    for found in events.by_block.values():
        for event in list(found):
            if event.effect is not Effect.CALL or not isinstance(event.node, ast.Call) or event.uncertain:
                continue
            for function in event.callees:
                for parameter, value in handovers(inference, event.node, function):
                    values = [v for v in inference.of(value) if v.kind in REPOS]
                    origins = frozenset(v.origin for v in values if v.origin is not None)
                    effect = Effect.RENEW if parameter in commits else Effect.NONE
                    handover = Event(effect, event.node, origins, event.scope, values[0])
                    found.append(made.setdefault((event.node, effect, origins), handover))


def check(program: "Program") -> None:
    """Block every place that a session would have to cross a call for."""
    parameters = {o.node: p for o, p in program.places.of_origin.items() if isinstance(o.node, ast.arg)}
    for event in program.events.all():
        if event.effect is not Effect.CALL or not isinstance(event.node, ast.Call):
            continue
        for function in event.callees:
            for parameter, value in handovers(program.inference, event.node, function):
                inner = parameters.get(parameter)
                if inner is None or not any(e.effect in SESSION_EFFECTS for e in inner.events):
                    continue
                for given in program.of(value):
                    outer = program.place_of(given)
                    if outer is not None:
                        _check_call(program, event, outer, inner)
    for parameter, place in parameters.items():
        _check_exit(program, parameter, place)


def _check_call(program: "Program", call: Event, outer: Place, inner: Place) -> None:
    outer.join(inner)
    state = next(
        (
            program.sessions.before[e]
            for e in program.events_at.get(call.node, ())
            if e.effect in (Effect.RENEW, Effect.NONE)
            and program.sessions.place.get(e) is outer
            and e in program.sessions.before
        ),
        None,
    )
    if call.uncertain:
        outer.block(call.node, "the repo is passed to a function that is called later")
    elif state is None or not _is_plain(state):
        outer.block(
            call.node,
            "the function goes on with the session of its caller, which has uncommitted changes or is not on main; "
            "pass the session to it",
        )


def _check_exit(program: "Program", parameter: ast.AST, place: Place) -> None:
    for graph in program.graphs:
        if graph.scope is place.scope:
            state = program.sessions.exit_states.get(graph, {}).get(place)
            if state is not None and not _is_plain(state):
                place.block(
                    parameter,
                    "the function leaves uncommitted changes, or another branch, to its caller; "
                    "give it the session as a parameter, or return it",
                )


def _is_plain(state: State) -> bool:
    ref = state.ref
    return (
        not state.may_dirty
        and ref is not None
        and ref.kind is RefKind.BRANCH
        and ref.node is None
        and not ref.read_only
    )
