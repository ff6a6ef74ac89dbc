"""Generators that may end a session: where they run, as far as all that asks them for a value is seen."""

import ast
from functools import cached_property
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.flow import Step
from al_codemod.surface.kinds import Kind

if TYPE_CHECKING:
    from al_codemod.semantics.program import Program

LAZY: Final = frozenset("enumerate zip iter reversed map filter".split())
"""Builtins that give values of a generator only when they are asked for one themselves."""
EAGER: Final = frozenset("list tuple set frozenset dict sorted sum min max any all len next".split())
"""Builtins that ask a generator for values at once, and do not keep it."""


class Generators:
    """Answers where the generator functions of a program are asked for values."""

    def __init__(self, program: "Program") -> None:
        self.program = program

    @cached_property
    def all(self) -> set[ast.AST]:
        """The generator functions, without the context managers that are followed."""
        followed = self.program.inference.managers.is_followed
        yields = (n for n in self.program.parents if isinstance(n, ast.Yield | ast.YieldFrom))
        functions = {self.program.scope(n).function.node for n in yields} | set(self.program.inference.yields)
        return {f for f in functions if not followed(f)}

    def may_run(self, function: ast.AST, step: Step) -> bool:
        """Whether a generator function may go on in a step: in those that ask it for a value, or in any."""
        where = self._askers.get(function)
        return where is None or step.node in where or (step.source is not None and step.source in where)

    def loops(self, function: ast.AST) -> list[ast.For] | None:
        """The loops that take their values from a generator function, where all that asks it for values is seen."""
        where = self._askers.get(function)
        if not where:
            return None
        return [n for n in map(self.program.parents.get, where) if isinstance(n, ast.For) and n.iter in where]

    def comprehensions(self, function: ast.AST) -> list[ast.AST]:
        """The comprehensions that do so."""
        where = self._askers.get(function) or set()
        kinds = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
        return [n for n in where if isinstance(n, kinds)]

    @cached_property
    def _askers(self) -> dict[ast.AST, set[ast.AST] | None]:
        return {function: self._asking(function) for function in self.all}

    def _asking(self, function: ast.AST) -> set[ast.AST] | None:
        """The nodes that ask a generator for values; `None` where it is not seen who does."""
        if function in self.program.inference.tests.all:
            return set()  # pytest asks it for its value before a test, and again behind it
        calls = self.program.inference.calling.calls.get(function, ())
        if not calls or function in self.program.escaping_functions or isinstance(function, ast.AsyncFunctionDef):
            return None
        found: set[ast.AST] = set()
        for call in calls:
            if call not in self.program.parents:
                return None  # it is called by a wrapper, or in another thread
            asking = self._asking_one(call)
            if not asking:
                return None
            found |= asking
        return found

    def _asking_one(self, node: ast.AST) -> set[ast.AST]:
        """Who asks the generator that an expression is for values, empty where that is not seen."""
        parent = self.program.parents.get(node)
        match parent:
            case ast.For(iter=source) if source is node:
                return {node}
            case ast.comprehension(iter=source) if source is node:
                around = self.program.parents[parent]
                inner = {node, around}
                return inner if not isinstance(around, ast.GeneratorExp) else self._and(inner, around)
            case ast.Call(func=ast.Name(id=name) as function, args=args) if node in args and self._is_builtin(function):
                if name in LAZY:
                    return self._and({node, parent}, parent)
                return {parent} if name in EAGER else set()
            case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()), attr="join")):
                return {parent}
        return set()

    def _and(self, found: set[ast.AST], around: ast.AST) -> set[ast.AST]:
        outer = self._asking_one(around)
        return found | outer if outer else set()

    def _is_builtin(self, function: ast.Name) -> bool:
        return self.program.is_builtin(function) and not any(v.kind is Kind.FUNCTION for v in self.program.of(function))
