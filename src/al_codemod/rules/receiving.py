"""Statements that take the sessions which the calls in them give back."""

import ast
from collections.abc import Iterator, Mapping

from al_codemod.rewrite.edits import Edit, ReplaceExpression, ReplaceStatement, Template
from al_codemod.rules.anchors import Blocked, declare_session
from al_codemod.rules.base import Context
from al_codemod.rules.handlers import Handlers
from al_codemod.rules.received import by_statement, is_plain
from al_codemod.rules.reopening import Reopening
from al_codemod.rules.sequencing import WrittenOut


class Statements:
    """The statements of a module with calls in them that give sessions back; each is changed once."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.done: set[ast.stmt] = set()

    def edits(self, statement: ast.stmt) -> list[Edit]:
        """The edits of a statement, or none if they are made already. Raises `Blocked` where they cannot be made."""
        if statement in self.done:
            return []
        self.done.add(statement)
        return list(Received(self.context, statement).edits())


class Received:
    """The sessions that the calls of one statement give back, and the variables that they are kept in."""

    def __init__(self, context: Context, statement: ast.stmt) -> None:
        self.context = context
        self.program = context.program
        self.statement = statement
        self.given = context.once(by_statement).get(statement, [])

    def edits(self) -> Iterator[Edit]:
        """The edits that keep the sessions. Raises `Blocked` where they cannot be kept."""
        for given in self.given:
            yield from self.context.once(Handlers).edits(given.call, given.places, ended=True)
            if given.reason:
                raise Blocked(given.reason)
        if not self.given:
            return
        for given in self.given:
            for place in given.places:
                yield from declare_session(place, self.program.scope(given.call))
        items = self.program.inference.managers.items
        entered = [given for given in self.given if given.call in items]
        if entered:
            if len(entered) < len(self.given):
                raise Blocked("the function gives back a session, and its call stands where that cannot be kept")
            yield from self.entered(items)
            return
        if not is_plain(self.statement, self.given):
            yield from WrittenOut(
                self.context, self.statement, self.given, self.context.once(Reopening).after_given
            ).edits()
            return
        (given,) = self.given
        names = given.names(self.context)
        match self.statement:
            case ast.Expr() if not given.places:
                pass
            case ast.Expr():
                names = f"_, {names}" if given.valued else names
                yield ReplaceStatement(self.statement, (Template(f"{names} = {{call}}", {"call": given.node}),))
            case ast.Assign(targets=[target]):
                target_text = "({target})" if isinstance(target, ast.Tuple) else "{target}"
                holes: dict[str, ast.expr] = {"target": target, "call": given.node}
                yield ReplaceStatement(self.statement, (Template(f"{target_text}, {names} = {{call}}", holes),))

    def entered(self, items: Mapping[ast.AST, ast.withitem]) -> Iterator[Edit]:
        """What a `with` statement binds: the session too, where the context manager yields it."""
        for given in self.given:
            target = items[given.call].optional_vars
            if target is None:
                raise Blocked("the context manager gives a session, which is bound to no name here")
            yield ReplaceExpression(target, Template(f"({{target}}, {given.names(self.context)})", {"target": target}))
