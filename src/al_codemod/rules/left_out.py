"""Where the session of a repo begins that a function may be called without, and then opens itself."""

import ast
from dataclasses import dataclass

from al_codemod.semantics.assumptions import stored
from al_codemod.semantics.events import Event
from al_codemod.semantics.leaving_out import left_out
from al_codemod.semantics.places import Place
from al_codemod.semantics.program import Program
from al_codemod.surface.kinds import Effect


@dataclass(frozen=True, slots=True)
class Filled:
    """The one statement after which a function has its repo, given or not, with the two events that open its session."""

    statement: ast.stmt
    given: Event
    opened: Event
    repo: str | None
    """The variable that then has the repo; `None` for the home of the repo."""


def is_tested(program: Program, place: Place, parameter: ast.arg) -> bool:
    """Whether a function looks at whether it has a repo, or is called without it."""
    assert place.function is not None
    graphs = program.graphs_of[place.function.node]
    sites = [s for found in program.sessions.calls.sites.values() for s in found]
    called = [g for s in sites for g in s.callees if g in graphs]
    given = [g for g in graphs if parameter not in g.without]
    same = {len([n for b in g.blocks for n in b.steps]) for g in graphs}
    return len(same) > 1 or not called or any(g not in given for g in called)


def filled(program: Program, place: Place) -> Filled | None:
    """Where a function has its repo in any case, if that is one statement, and nothing needs the session before it."""
    parameter = left_out(program, place)
    if parameter is None or place.function is None or place.received:
        return None
    sessions = program.sessions
    opens = [e for e in place.events if e.effect is Effect.OPEN and e.scope.function is place.function]
    if len(opens) != 2 or any(e not in sessions.emitted for e in opens):
        return None
    given, opened = sorted(opens, key=lambda e: e.node is not parameter)
    states = [sessions.after(e, sessions.before[e]) for e in opens]
    if given.node is not parameter or sessions.is_writable(given) != sessions.is_writable(opened):
        return None
    statement = _statement_of(program, place, opened.node)
    if statement is None or states[0].refs != states[1].refs or not isinstance(statement, ast.If | ast.Assign):
        return None
    body = place.function.node.body  # type: ignore[attr-defined]
    up_to = set(body[: body.index(statement) + 1])
    others = (e for e in place.events if e not in opens)
    if any(_statement_of(program, place, e.node) in up_to for e in others):
        return None
    return Filled(statement, given, opened, parameter.arg if parameter.arg in stored(statement) else None)


def _statement_of(program: Program, place: Place, node: ast.AST) -> ast.stmt | None:
    """The statement of the body of the function itself that a node is in."""
    assert place.function is not None
    around = (node, *program.ancestors(node))
    found = (a for a in around if program.parents.get(a) is place.function.node and isinstance(a, ast.stmt))
    return next(found, None)
