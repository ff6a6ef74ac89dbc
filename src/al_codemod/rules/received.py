"""Calls whose functions give sessions back: what each of them gives, and where it stands."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from al_codemod.rules.anchors import Blocked, anchor_after, hoistable_test
from al_codemod.rules.base import Context, Shared
from al_codemod.rules.lowering import Lowering
from al_codemod.semantics.events import Event
from al_codemod.semantics.handovers import calls
from al_codemod.semantics.places import Place, written_to
from al_codemod.semantics.program import Program
from al_codemod.surface.kinds import Effect


@dataclass(frozen=True, slots=True)
class Given:
    """What a call gives back: the sessions of `places`, behind a value of its own where it is `valued`.

    One of `slots` that is no place is the session of a repo that the call leaves out, and that nobody goes on with.
    `node` is the expression that has the result: the call, or what awaits it.
    """

    call: ast.Call
    node: ast.expr
    slots: tuple[Place | None, ...]
    valued: bool
    reason: str = ""
    """Why the sessions cannot be taken from the result, if so."""
    renewals: tuple[Event, ...] = ()
    """The sessions that are opened after a call which does not give them back, but has committed in ones of its own."""

    @property
    def places(self) -> tuple[Place, ...]:
        """The places whose sessions the call gives back."""
        return tuple(place for place in self.slots if place is not None)

    def names(self, context: Context) -> str:
        """The variables that the sessions are kept in. Raises `Blocked` where one has no name."""
        found = [session_at(context.program, self.call, place) if place is not None else "_" for place in self.slots]
        named = [name for name in found if name is not None]
        if len(named) < len(found):
            raise Blocked("the session that the function gives back has no name here")
        return ", ".join(named)


def session_at(program: Program, call: ast.AST, place: Place) -> str | None:
    """How the session of a place is written at a call: beside the repo, as the call speaks of that."""
    passed = [*call.args, *(k.value for k in call.keywords)] if isinstance(call, ast.Call) else []
    written = next((a for a in passed if any(v.is_repo and program.place_of(v) is place for v in program.of(a))), None)
    return place.session_in(program.scope(call), written_to(call) if written is None else written)


def result_of(program: Program, call: ast.Call) -> ast.expr:
    """The expression that has the result of a call: the call, or what waits for it."""
    parent = program.parents[call]
    return parent if isinstance(parent, ast.Await | ast.Call) and program.waits(parent, call) else call


def given_by_calls(context: Context) -> Mapping[ast.Call, Given]:
    """The calls of a module that give sessions back."""
    program, returning = context.program, context.shared.returning
    found: dict[ast.Call, Given] = {}
    for (call, function), handed in context.shared.once(handing).items():
        if not context.is_here(call):
            continue
        called = program.inference.scopes[function]
        own = returning.of(called)
        slots = tuple(handed.get(place) for place in own)
        node = result_of(context.program, call)
        given = Given(call, node, slots, returning.gives_value(called), _why_not(context, call, function, node))
        known = found.setdefault(call, given)
        if (known.slots, known.valued) != (slots, given.valued):
            reason = "it may call functions of which some give back a session, and others do not"
            found[call] = Given(call, node, known.slots or slots, True, reason)
    return {call: given for call, given in found.items() if given.slots}


def handing(shared: Shared) -> Mapping[tuple[ast.Call, ast.AST], Mapping[Place, Place]]:
    """The calls of functions that take or give back sessions, each with the places that it hands over.

    A call that leaves out the repo of a function may hand over none, and gets a session back all the same.
    """
    returning, program = shared.returning, shared.program
    functions = {f.node for f in returning.functions() if any(p.parameters for p in returning.of(f))}
    handed = program.sessions.handed
    found: dict[tuple[ast.Call, ast.AST], Mapping[Place, Place]] = {}
    for event, call, function in calls(program.events):
        if function in functions and not (event.uncertain or event.deferred):
            found[call, function] = {}
    return found | {(node, f): pairs for (node, f), pairs in handed.items() if isinstance(node, ast.Call)}


def _why_not(context: Context, call: ast.Call, function: ast.AST, node: ast.expr) -> str:
    program = context.program
    calling = program.inference.calling
    if node is call and (isinstance(function, ast.AsyncFunctionDef) or calling.is_deferred(call)):
        return "the function gives back a session, and is awaited somewhere else; await it where it is called"
    around = {*program.inference.wrapped.get(function, ()), *filter(None, [calling.wrapper(call)])}
    if any(wrapper.touched for wrapper in around):
        return "the function gives back a session, and what wraps it looks at the result; commit outside of it"
    known = {v.node for v in program.of(calling.forwarded(call).func)}
    takers = {function, *(f for c, f in program.sessions.handed if c is call)}
    if not known <= takers:
        return "it may call functions of which some give back a session, and others do not"
    return ""


def by_statement(context: Context) -> Mapping[ast.stmt, list[Given]]:
    """The calls of a module that give sessions back, by the statement that they are part of."""
    found: dict[ast.stmt, list[Given]] = {}
    for given in context.once(given_by_calls).values():
        found.setdefault(context.program.statement(given.call), []).append(given)
    for call, events in _renewals(context).items():
        statement = context.program.statement(call)
        if statement in found or not all(_can_follow(context, e) for e in events):
            found.setdefault(statement, []).append(_renewed(context, call, events))
    return found


def _renewals(context: Context) -> Mapping[ast.Call, list[Event]]:
    """The calls after which other sessions are opened."""
    found: dict[ast.Call, list[Event]] = {}
    for event, place in context.events():
        if event.effect is Effect.RENEW and event in context.program.sessions.emitted and place.home is not None:
            if isinstance(event.node, ast.Call):
                found.setdefault(event.node, []).append(event)
    return found


def _renewed(context: Context, call: ast.Call, events: list[Event]) -> Given:
    node = result_of(context.program, call)
    called = [f for e in context.program.events_at[call] for f in e.callees]
    reason = ""
    if call in context.once(given_by_calls):
        reason = "the function gives back the session of one repo, and ends that of another one"
    elif node is call and any(isinstance(f, ast.AsyncFunctionDef) for f in called):
        reason = "the function ends the session, and is awaited somewhere else; await it where it is called"
    places = tuple(context.program.sessions.place[e] for e in events)
    return Given(call, node, places, True, reason, tuple(events))


def _can_follow(context: Context, event: Event) -> bool:
    """Whether the session can be opened after the whole statement of a call."""
    lowering = Lowering(context)
    try:
        lowering.check_rest(event)
        if hoistable_test(context.program, event) is None:
            anchor_after(context.program, event)
    except Blocked:
        return False
    return not context.program.is_conditional(event.node)


def is_plain(statement: ast.stmt, given: list[Given]) -> bool:
    """Whether a statement is all one call that gives sessions back, so that it can take them beside the result."""
    if len(given) > 1 or given[0].renewals:
        return False
    match statement:
        case ast.Expr(value=value):
            return value is given[0].node
        case ast.Assign(targets=[target], value=value):
            return value is given[0].node and given[0].valued and not _calls(target)
    return False


def is_written_out(context: Context, call: ast.Call) -> bool:
    """Whether the statement of a call is written out in several, so that what follows the call can follow it at once."""
    statement = context.program.statement(call)
    given = context.once(by_statement).get(statement, [])
    return any(g.call is call for g in given) and not is_plain(statement, given)


def gives_back(context: Context, statement: ast.stmt) -> bool:
    """Whether any call of a statement has a session given back, or makes the next one itself."""
    inside = set(ast.walk(statement))
    if any(g.call in inside for g in context.once(given_by_calls).values()):
        return True
    return any(e.node in inside for e in context.program.sessions.emitted)


def makes_sessions(context: Context, statement: ast.stmt) -> bool:
    """Whether a statement itself has a commit or checkout in it that another session follows."""
    program = context.program
    known = [e for g in context.once(by_statement).get(statement, ()) for e in g.renewals]
    return any(
        program.statement(e.node) is statement and e not in known
        for e in program.sessions.emitted
        if e.effect is not Effect.RECEIVE and not isinstance(e.node, ast.arg)
    )


def _calls(target: ast.expr) -> bool:
    return any(isinstance(n, ast.Call) for n in ast.walk(target))
