"""Exceptions of functions that have committed: what handles them goes on with the session that V1 had then."""

import ast
from collections.abc import Iterable, Iterator

from al_codemod.rewrite.edits import Edit, InsertStatements, Template, Where
from al_codemod.rules.anchors import Blocked, declare_session
from al_codemod.rules.base import Context
from al_codemod.rules.handles import Handles, Renewal
from al_codemod.rules.lowering import Lowering
from al_codemod.rules.unfolding import block
from al_codemod.semantics.failing import Failure
from al_codemod.semantics.flow_statements import may_swallow
from al_codemod.semantics.places import Place
from al_codemod.semantics.states import UNNAMED, Ref, RefKind
from al_codemod.surface.kinds import Effect

FAILS = "the function may fail after it has committed, and what handles that goes on with the session"


class Handlers:
    """Opens the next session where an exception is handled; each handler is changed once for each place."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.program = context.program
        self.done: set[tuple[ast.stmt, Place]] = set()

    def edits(self, call: ast.AST, places: Iterable[Place], ended: bool) -> Iterator[Edit]:
        """The edits for a call that may fail after another session has begun. Raises `Blocked` where there are none.

        `ended` tells that it is the session of the caller itself that such a call ends, so that a session which still
        takes writes is the one that V1 had, changes and all.
        """
        for place in places:
            failure = self.context.shared.failing.of_call(call, place)
            if failure is Failure.BEFORE or not self.program.is_needed_by_handlers(call, place):
                continue
            if failure is Failure.CHANGED:
                raise Blocked(FAILS)
            lines, needed = self.lines(call, place, ended)
            yield from needed
            for anchor, where in self.anchors(call, place):
                if (anchor, place) not in self.done:
                    self.done.add((anchor, place))
                    yield InsertStatements(anchor, where, tuple(lines))

    def lines(self, call: ast.AST, place: Place, ended: bool) -> tuple[list[Template], list[Edit]]:
        scope = self.program.scope(call)
        session, repo = place.session_in(scope), place.repo_in(scope)
        if session is None or repo is None:
            raise Blocked(FAILS)
        opened = Lowering(self.context).open_on(Template(repo), self.ref(call, place), writable=True)
        renewal = Renewal(call, place, session, True, Effect.RENEW)
        again, needed = Handles(self.context).refresh(renewal)
        lines = [Template(f"{session} = {opened.text}", opened.holes), *again]
        if ended:
            lines = [block(Template(f"if {session}.read_only:"), lines)]
        return lines, [*declare_session(place, scope), *needed]

    def ref(self, call: ast.AST, place: Place) -> Ref:
        """The branch that the repo stands on where an exception is handled."""
        refs = {ref for h in self.program.handlers_of(call) for ref in self.program.sessions.at_start[h][place].refs}
        ref = refs.pop() if len(refs) == 1 else UNNAMED
        known = ref.node is None or isinstance(ref.node, ast.Constant)
        if ref == UNNAMED or ref.kind is not RefKind.BRANCH or ref.read_only or not known:
            raise Blocked(FAILS)
        return ref

    def anchors(self, call: ast.AST, place: Place) -> Iterator[tuple[ast.stmt, Where]]:
        """Where an exception of a call may be handled."""
        child = call
        for parent in self.program.ancestors(call):
            match parent:
                case ast.Try() | ast.TryStar():
                    if child in parent.body:
                        yield from ((handler.body[0], Where.BEFORE) for handler in parent.handlers)
                    if child not in parent.finalbody and self.is_used_in(parent.finalbody, place):
                        yield parent.finalbody[0], Where.BEFORE
                case ast.With() | ast.AsyncWith():
                    if any(may_swallow(i.context_expr, self.program.linking.swallowing) for i in parent.items):
                        yield parent, Where.AFTER
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                    return
            child = parent

    def is_used_in(self, body: list[ast.stmt], place: Place) -> bool:
        """Whether a suite does anything with a session, or calls what may."""
        inside = {n for statement in body for n in ast.walk(statement)}
        used = {e.node for e in place.events} | {c for c, _ in self.program.sessions.handed}
        return bool(inside & used)
