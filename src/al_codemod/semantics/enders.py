"""What may end the session of a repo that carries it: commits and checkouts, and all that may call them."""

import ast
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.flow import BINDS, Op, Step
from al_codemod.semantics.values import Value
from al_codemod.surface.kinds import REPOS, Effect, Kind

if TYPE_CHECKING:
    from al_codemod.semantics.program import Program

ENDING: Final = frozenset({"commit", "checkout", "new_branch"})
"""Methods of a repo after which it goes on with another session."""
KNOWN: Final = frozenset({Kind.FUNCTION, Kind.CLASS, Kind.SELF, Kind.NAME, Kind.MODULE})


class Enders:
    """Answers for each step of a program whether a session may have ended when it is done."""

    def __init__(self, program: "Program") -> None:
        self.program = program
        self.functions: set[ast.AST] = set()
        """The functions and modules that may end a session."""
        self.hidden = False
        """Whether code that is not known may call something that ends a session."""
        before = (-1, False)
        while before != (len(self.functions), self.hidden):
            before = (len(self.functions), self.hidden)
            self.functions |= {
                g.scope.node for g in program.graphs if any(self.ends(s) for b in g.blocks for s in b.steps)
            }
            self.hidden = self._is_handed_on()

    def ends(self, step: Step) -> bool:
        """Whether a session may end where a step is taken."""
        if any(callee in self.functions for callee in self._called(step)):
            return True
        node = step.node
        if step.op in BINDS:
            return step.op in (Op.BIND_ELEMENT, Op.BIND_PAIRED) and self._generates()
        match node:
            case ast.Call():
                return self._is_ending(node)
            case ast.withitem() if step.op is Op.LEAVE:
                return self._is_manager(step.source)
            case ast.expr() if step.op is Op.EVALUATE and self._is_entered(node) and self._is_manager(node):
                return True
            case ast.Yield() | ast.YieldFrom():
                return bool(self.functions)
            case ast.Await() | ast.AsyncFor():
                return any(isinstance(f, ast.AsyncFunctionDef) for f in self.functions)
        return False

    def _called(self, step: Step) -> Iterator[ast.AST]:
        for event in self.program.events_at.get(step.node, ()):
            if event.effect is Effect.CALL:
                yield from event.callees

    def _is_ending(self, call: ast.Call) -> bool:
        values = self.program.of(call.func)
        if any(_is_method(v) for v in values):
            return True
        known = any(v.kind in KNOWN or v.is_through_handle or _is_of_repo(v) for v in values)
        if isinstance(call.func, ast.Attribute) and call.func.attr in ENDING and not known:
            return True
        if known or self._is_builtin(call.func):
            return self._generates() and not any(v.is_through_handle for v in values)
        return self.hidden or self._generates()

    def _is_builtin(self, function: ast.expr) -> bool:
        return isinstance(function, ast.Name) and self.program.scope(function).owner(function.id) is None

    def _generates(self) -> bool:
        """Whether a generator may end a session, whoever asks it for its next value."""
        return any(f in self.functions for f in self._generators)

    @cached_property
    def _generators(self) -> set[ast.AST]:
        followed = self.program.inference.managers.is_followed
        return {f for f in self.program.inference.yields if not followed(f)} | {
            self.program.scope(n).function.node
            for n in self.program.parents
            if isinstance(n, ast.Yield | ast.YieldFrom) and not followed(self.program.scope(n).function.node)
        }

    def _is_entered(self, node: ast.expr) -> bool:
        return isinstance(self.program.parents.get(node), ast.withitem)

    def _is_manager(self, node: ast.expr | None) -> bool:
        """Whether entering or leaving an object may end a session."""
        classes = self.program.inference.classes
        owners = [v.node for v in self.program.of(node) if v.kind is Kind.SELF and v.node is not None]
        names = ("__enter__", "__exit__", "__aenter__", "__aexit__")
        return any(m.node in self.functions for o in owners for name in names for m in classes.methods(o, name))

    def _is_handed_on(self) -> bool:
        """Whether something that ends a session is used other than by calling it at once."""
        deferred = {c for e in self.program.events.all() if e.deferred for c in e.callees}
        if self.functions & (self.program.escaping_functions | deferred):
            return True
        for node, values in self.program.inference.values.items():
            if any(_is_method(v) for v in values):
                parent = self.program.parents.get(node)
                if not (isinstance(parent, ast.Call) and parent.func is node) and isinstance(node, ast.expr):
                    return True
        return False


def ends_itself(program: "Program", call: ast.Call) -> bool:
    """Whether a call is that of a method of a repo which ends its session."""
    return any(_is_method(v) for v in program.of(call.func))


def _is_method(value: Value) -> bool:
    """Whether a value is a method of a repo that ends its session."""
    return value.name in ENDING and _is_of_repo(value)


def _is_of_repo(value: Value) -> bool:
    return value.kind is Kind.MEMBER and value.base is not None and value.base.kind in REPOS
