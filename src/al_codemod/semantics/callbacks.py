"""Functions that are passed to functions of the program, which do nothing with them but call them."""

import ast
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Final

from al_codemod.semantics.arguments import bind_arguments
from al_codemod.semantics.infer import Inference
from al_codemod.semantics.scopes import FUNCTIONS, Scope
from al_codemod.semantics.values import Location
from al_codemod.surface.kinds import Kind

ASKING: Final = frozenset({"functools.wraps", "functools.update_wrapper"})
"""Functions that only look at the function that they are passed."""


class Callbacks:
    """Answers whether a function that is named somewhere can only be called from calls that are seen.

    What is called through a parameter is known to be what the callers pass for it. That is all there is to a function that
    is passed on, as long as nobody keeps it.
    """

    def __init__(self, inference: Inference, parents: Mapping[ast.AST, ast.AST]) -> None:
        self.inference = inference
        self.parents = parents
        self._known: dict[Location, bool] = {}
        self._decorators: dict[ast.AST | None, bool] = {}

    def is_only_called(self, node: ast.AST) -> bool:
        """Whether an expression that gives a function is called, asked about, or passed to where it is only called."""
        parent = self.parents.get(node)
        match parent:
            case ast.Call() if parent.func is node:
                return True
            case ast.Call() | ast.keyword():
                return self._is_passed(node)
            case ast.Return():
                return self._is_decorated_with(self._function(parent))
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return node in parent.decorator_list
            case ast.Attribute():
                return parent.attr.startswith("__")
            case ast.Assign(targets=[ast.Name() as target]):
                return self._calls_only(target)
            case ast.Tuple() | ast.List():
                return self._is_looped_over(parent)
            case ast.IfExp() if parent.test is not node:
                return self.is_only_called(parent)
            case ast.Compare(ops=[ast.Is() | ast.IsNot()], comparators=[ast.Constant(value=None)]):
                return True
        return isinstance(node, ast.expr) and self._is_condition(node)

    def _is_decorated_with(self, function: ast.AST | None) -> bool:
        """Whether a function, or what it makes, is only ever put in front of others as a decorator."""
        if function not in self._decorators:
            self._decorators[function] = False  # one that returns itself is none
            named = self._named.get(function, []) if function is not None else []
            self._decorators[function] = bool(named) and all(self._is_decoration(n) for n in named)
        return self._decorators[function]

    def _is_decoration(self, node: ast.AST) -> bool:
        parent = self.parents.get(node)
        outer = self.parents.get(parent) if isinstance(parent, ast.Call) and parent.func is node else None
        for made, user in ((node, parent), (parent, outer)):
            if isinstance(user, ast.FunctionDef | ast.AsyncFunctionDef) and made in user.decorator_list:
                return True
        return isinstance(parent, ast.Return) and self._is_decorated_with(self._function(parent))

    @cached_property
    def _named(self) -> dict[ast.AST, list[ast.AST]]:
        """Every expression that gives a function, by the function; calls that make it are left out."""
        found: dict[ast.AST, list[ast.AST]] = {}
        for node, values in self.inference.values.items():
            if isinstance(node, ast.Call) or isinstance(getattr(node, "ctx", None), ast.Store):
                continue
            for value in values:
                if value.kind is Kind.FUNCTION and value.node is not None:
                    found.setdefault(value.node, []).append(node)
        return found

    def _function(self, node: ast.AST) -> ast.AST | None:
        """The function that a node is in."""
        around = self.parents.get(node)
        while around is not None and not isinstance(around, FUNCTIONS):
            around = self.parents.get(around)
        return around

    def _is_condition(self, node: ast.expr) -> bool:
        parent = self.parents.get(node)
        match parent:
            case ast.If() | ast.While() | ast.Assert() | ast.UnaryOp(op=ast.Not()):
                return True
            case ast.IfExp():
                return parent.test is node
            case ast.BoolOp():
                return parent.values[-1] is not node and isinstance(parent.op, ast.And) and self._is_dropped(parent)
        return False

    def _is_dropped(self, node: ast.expr) -> bool:
        return isinstance(self.parents.get(node), ast.Expr) or self._is_condition(node)

    def _is_looped_over(self, display: ast.AST) -> bool:
        """Whether a loop takes the functions in a display one by one."""
        loop = self.parents.get(display)
        if not isinstance(loop, ast.For | ast.comprehension) or loop.iter is not display:
            return False
        return isinstance(loop.target, ast.Name) and self._calls_only(loop.target)

    def _is_passed(self, node: ast.AST) -> bool:
        """Whether a function is an argument of calls of which each parameter that takes it is only called."""
        parent = self.parents.get(node)
        call = self.parents.get(parent) if isinstance(parent, ast.keyword) else parent
        if not isinstance(call, ast.Call):
            return False
        if isinstance(call.func, ast.Name) and call.func.id == "callable":
            return True
        callees = self.inference.of(call.func)
        if callees and all(v.name in ASKING for v in callees):
            return True
        if not callees or self.inference.calling.is_forwarded(call):
            return False
        for callee in callees:
            if callee.kind is not Kind.FUNCTION or callee.node is None or not self._runs_at_once(callee.node, call):
                return False
            taking = [at for at, value in bound_arguments(self.inference, call, callee.node) if value is node]
            if not taking or not all(self._is_kept_for_calls(at) for at in taking):
                return False
        return True

    def _runs_at_once(self, function: ast.AST, call: ast.Call) -> bool:
        if isinstance(function, ast.AsyncFunctionDef):
            return isinstance(self.parents.get(call), ast.Await)
        return not any(isinstance(n, ast.Yield | ast.YieldFrom) for n in ast.walk(function))

    def _calls_only(self, target: ast.Name) -> bool:
        """Whether nothing is done with a variable but calling what it holds."""
        owner = self._owner(target)
        return owner is not None and self._is_kept_for_calls(Location(owner, target.id))

    def _owner(self, name: ast.Name) -> Scope | None:
        """The scope that a name is a variable of."""
        around = self.parents.get(name)
        while around is not None and around not in self.inference.scopes:
            around = self.parents.get(around)
        return self.inference.scopes[around].owner(name.id) if around is not None else None

    def _is_kept_for_calls(self, at: Location) -> bool:
        """Whether the functions that a variable or parameter holds are only called."""
        known = self._known.get(at)
        if known is None:
            self._known[at] = True  # while it is passed around in a circle
            known = self._known[at] = all(self._is_used_here(n, at) for n in self._uses(at))
        return known

    def _is_used_here(self, node: ast.Name, at: Location) -> bool:
        """Whether a use is a call in the function itself, and not in one that it makes."""
        around: ast.AST | None = self.parents.get(node)
        while around is not None and around is not at.scope.node:
            if isinstance(around, (*FUNCTIONS, ast.GeneratorExp, ast.ClassDef)):
                return False
            around = self.parents.get(around)
        return self.is_only_called(node)

    def _uses(self, location: Location) -> Iterator[ast.Name]:
        for node in self._loads.get(location.name, []):
            if self._owner(node) is location.scope:
                yield node

    @cached_property
    def _loads(self) -> dict[str, list[ast.Name]]:
        """Every use of a name in the program."""
        found: dict[str, list[ast.Name]] = {}
        for node in self.parents:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                found.setdefault(node.id, []).append(node)
        return found


def bound_arguments(inference: Inference, call: ast.Call, function: ast.AST) -> Iterator[tuple[Location, ast.expr]]:
    """The parameters of a function that a call passes something for, each with that."""
    scope = inference.scopes.get(function)
    if scope is None or not isinstance(function, FUNCTIONS):
        return
    made = inference.calling.forwarded(call)
    yield from bind_arguments(function, scope, made, inference.calling.skipped(function, made))


def passed_for(inference: Inference, function: ast.AST, parameter: str) -> list[ast.expr]:
    """What the calls of a function that are seen pass for one of its parameters."""
    calls = inference.calling.calls.get(function, ())
    return [v for c in calls for at, v in bound_arguments(inference, c, function) if at.name == parameter]
