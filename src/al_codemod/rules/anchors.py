"""Where statements can be put: after an event, or at the start of a function."""

import ast
from dataclasses import dataclass

from al_codemod.rewrite.edits import Declare, Edit, InsertStatements, Template, Where
from al_codemod.semantics.events import Event
from al_codemod.semantics.parts import Part
from al_codemod.semantics.places import Place
from al_codemod.semantics.program import Program
from al_codemod.semantics.scopes import Scope
from al_codemod.surface.kinds import Effect


class Blocked(Exception):
    """What an event stands for cannot be written out; the message says why."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A statement, and the side of it on which others go."""

    statement: ast.stmt
    where: Where

    def insert(self, *lines: Template) -> InsertStatements:
        return InsertStatements(self.statement, self.where, lines)


def function_start(scope: Scope) -> Anchor:
    """The start of a function's body, below its docstring. Raises `Blocked` for a lambda."""
    node = scope.node
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        raise Blocked("a lambda has no place for a session; write a function")
    first = node.body[0]
    if ast.get_docstring(node, clean=False) is None:
        return Anchor(first, Where.BEFORE)
    return Anchor(node.body[1], Where.BEFORE) if len(node.body) > 1 else Anchor(first, Where.AFTER)


def anchor_after(program: Program, event: Event) -> Anchor:
    """Where statements go that are to follow `event`. Raises `Blocked` where there is no such place."""
    node = event.node
    if isinstance(node, Part):
        return Anchor(node.statement, Where.AFTER)
    if isinstance(node, ast.arg):
        return function_start(event.scope)
    if isinstance(program.scope(node).function.node, ast.Lambda):
        raise Blocked("it is in a lambda, which has no place for the next session; write a function")
    if program.is_conditional(node) and event.effect not in (Effect.OPEN, Effect.CALL):
        raise Blocked("it is in an expression that may not be evaluated; write it as a statement of its own")
    statement = program.statement(node)
    if isinstance(node, ast.withitem):
        return Anchor(statement, Where.AFTER)
    match statement:
        case ast.Assign() | ast.AnnAssign() | ast.AugAssign() | ast.Expr() | ast.Assert() | ast.Delete():
            return Anchor(statement, Where.AFTER)
        case ast.With() | ast.AsyncWith():
            return Anchor(statement.body[0], Where.BEFORE)
    raise Blocked("no statement can follow it where it stands; give it a line of its own")


def hoistable_test(program: Program, event: Event) -> tuple[ast.If, ast.expr] | None:
    """The `if` whose condition an event is part of on every way, where the condition can be evaluated before it."""
    statement = program.statement(event.node) if not isinstance(event.node, ast.arg) else None
    if not isinstance(statement, ast.If) or program.is_conditional(event.node):
        return None
    parent = program.parents.get(statement)
    is_elif = isinstance(parent, ast.If) and parent.orelse == [statement] and statement.col_offset == parent.col_offset
    return None if is_elif else (statement, statement.test)


def declaration(name: str, owner: Scope, function: Scope) -> list[Edit]:
    """`global` or `nonlocal`, for a name that a function is to bind but does not own."""
    if function is owner.function or not function.is_function or function.module is not owner.module:
        return []
    keyword = "global" if owner.is_module else "nonlocal"
    declared = function.declared_global if owner.is_module else function.declared_nonlocal
    if name in declared:
        return []
    start = function_start(function)
    return [Declare(start.statement, start.where, keyword, name)]


def declare_session(place: Place, scope: Scope) -> list[Edit]:
    """What a function needs so that it can bind the session of a repo which lives further out."""
    if place.home is None or place.home.is_attribute:
        return []
    return declaration(place.session, place.home.scope, scope.function)
