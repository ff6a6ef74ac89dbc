"""Context managers that are written as generators: what a `with` statement gets of them, and when they go on."""

import ast
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeAlias

from al_codemod.semantics.values import NOTHING, Values, union
from al_codemod.surface.kinds import Kind

if TYPE_CHECKING:
    from al_codemod.semantics.infer import Inference

DECORATORS: Final = frozenset({"contextlib.contextmanager", "contextlib.asynccontextmanager"})
Generator: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
LOOPS: Final = (ast.For, ast.AsyncFor, ast.While)


class Managers:
    """Answers which functions of a program are context managers whose `yield` stands for the body of a `with` statement.

    Such a function runs up to its only `yield` where the body begins, and goes on from there where the body ends.
    """

    def __init__(self, inference: "Inference", parents: Mapping[ast.AST, ast.AST]) -> None:
        self.inference = inference
        self.parents = parents
        self._yields: dict[ast.AST, ast.Yield | None] = {}

    def yield_of(self, function: ast.AST) -> ast.Yield | None:
        """The `yield` of a context manager that is left and entered just there."""
        if function not in self._yields:
            self._yields[function] = self._find_yield(function)
        return self._yields[function]

    def _find_yield(self, function: ast.AST) -> ast.Yield | None:
        if not isinstance(function, Generator) or len(function.decorator_list) != 1:
            return None
        if not any(v.name in DECORATORS for v in self.inference.of(function.decorator_list[0])):
            return None
        found = [n for n in ast.walk(function) if isinstance(n, ast.Yield | ast.YieldFrom)]
        if len(found) != 1 or not isinstance(found[0], ast.Yield):
            return None
        around: ast.AST | None = self.parents.get(found[0])
        while around is not None and around is not function:
            if isinstance(around, (*LOOPS, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                return None
            around = self.parents.get(around)
        return found[0]

    @cached_property
    def items(self) -> Mapping[ast.AST, ast.withitem]:
        """The items of all `with` statements, by their expressions."""
        return {node.context_expr: node for node in self.parents if isinstance(node, ast.withitem)}

    def entered(self, expression: ast.AST | None) -> list[Generator]:
        """The context managers that an expression enters, where it is the item of a `with` statement."""
        if not isinstance(expression, ast.Call) or expression not in self.items:
            return []
        called = [v.node for v in self.inference.of(expression.func) if v.kind is Kind.FUNCTION]
        return [node for node in called if isinstance(node, Generator) and self._is_manager(node)]

    def is_followed(self, function: ast.AST) -> bool:
        """Whether all that calls a context manager is known to be a `with` statement; to be asked after the inference."""
        return self.yield_of(function) is not None and function in self._called and function not in self._kept

    @cached_property
    def _called(self) -> set[ast.AST]:
        return {node for node, calls in self.inference.calling.calls.items() if calls}

    @cached_property
    def _kept(self) -> set[ast.AST]:
        """The context managers that are named other than as items of `with` statements."""
        found: set[ast.AST] = set()
        for node, values in self.inference.values.items():
            if isinstance(getattr(node, "ctx", None), ast.Store) or not any(self._is_manager(v.node) for v in values):
                continue
            call = self.parents.get(node)
            if not (isinstance(call, ast.Call) and call.func is node and call in self.items):
                found |= {v.node for v in values if v.node is not None}
        return found

    def _is_manager(self, node: ast.AST | None) -> bool:
        return isinstance(node, Generator) and self.yield_of(node) is not None

    def given(self, call: ast.Call) -> Values:
        """What `with call as x` binds."""
        calling = self.inference.calling
        found = NOTHING
        for function in self.entered(call):
            handed = calling.handed_over(function, calling.bound(function, call))
            yielded = self.inference.yields.get(function, NOTHING)
            found |= union(calling.returned(value, function, call, handed) for value in yielded)
        return found

    def entries(self) -> Iterator[tuple[ast.Call, ast.withitem, Generator]]:
        """Every call that enters a context manager which is followed, with its item."""
        for expression, item in self.items.items():
            for function in self.entered(expression):
                if isinstance(expression, ast.Call) and self.is_followed(function):
                    yield expression, item, function
