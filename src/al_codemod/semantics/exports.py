"""Which names of a program other modules need to know, because V1 objects pass through them."""

import ast
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.arguments import all_parameters
from al_codemod.semantics.scopes import FUNCTIONS, Scope
from al_codemod.semantics.values import NOTHING, Location, Value, Values
from al_codemod.surface.kinds import LATE_HANDLES, REPOS, Kind

if TYPE_CHECKING:
    from al_codemod.semantics.program import Program

PASSED: Final = REPOS | LATE_HANDLES


class Exports:
    """Answers which names at the top of the modules of a program carry V1 objects.

    These are functions that take or give them, and classes that keep them. A module that mentions none of these names has
    nothing to do with V1.
    """

    def __init__(self, program: "Program") -> None:
        self.program = program
        self.outer = program.inference.outer
        self.classes = {
            location.scope.node for location, values in self.outer.items() if self._is_kept(location, values)
        }

    def names(self) -> set[str]:
        """The names, of all modules together."""
        tops = {module.tree for module in self.program.modules}
        return {
            location.name
            for location, values in self.outer.items()
            if location.scope.node in tops and any(self._carries(v) for v in values)
        }

    def _is_kept(self, location: Location, values: Values) -> bool:
        return location.scope.is_class and any(v.kind in PASSED for v in values)

    def _carries(self, value: Value) -> bool:
        if value.kind in PASSED:
            return True
        if value.kind in (Kind.CLASS, Kind.SELF) and value.node is not None:
            return any(c in self.classes for c in self.program.inference.classes.family(value.node))
        return value.kind is Kind.FUNCTION and isinstance(value.node, FUNCTIONS) and self._passes(value.node)

    def _passes(self, function: ast.AST) -> bool:
        """Whether a function takes or gives V1 objects, or such as keep them."""
        inference = self.program.inference
        scope = inference.scopes[function]
        given = [inference.returns.get(function, NOTHING), inference.yields.get(function, NOTHING)]
        return self._any(given) or self._any(self._parameters(scope))

    def _parameters(self, scope: Scope) -> Iterable[Values]:
        assert isinstance(scope.node, FUNCTIONS)
        return (self.outer.get(Location(scope, a.arg), NOTHING) for a in all_parameters(scope.node))

    def _any(self, several: Iterable[Values]) -> bool:
        keeping = (Kind.CLASS, Kind.SELF)
        return any(v.kind in PASSED or (v.kind in keeping and self._carries(v)) for values in several for v in values)
