"""Where it is not certain that something is of plain zarr: it is that in one place, and something unknown in another.

What hangs on a V1 repo is followed wherever it *may* go, since no use of it must be missed. A plain group or array is only of
interest where nothing else can be there, so that what one caller passes or one `return` gives does not make up for all others.
"""

import ast
from typing import TYPE_CHECKING, Final

from al_codemod.semantics import zarr_values
from al_codemod.semantics.values import NOTHING, OTHER, Values

if TYPE_CHECKING:
    from al_codemod.semantics.infer import Inference
    from al_codemod.semantics.scopes import Scope

PLAIN: Final = zarr_values.PLAIN
VAGUE: Final = frozenset({"typing.Any", "Any", "object"})
"""Annotations that say nothing."""
PATHS: Final = frozenset({"str", "bytes", "Path", "PathLike", "PurePath", "UPath", "NoneType"})
"""Types of what is opened before a function goes on with the group in it."""


class Doubts:
    """Tells what else may be where plain zarr is; `count` from when on what is not known by then stays unknown."""

    def __init__(self, inference: "Inference") -> None:
        self.inference = inference
        self.count = False
        self._tested: dict[ast.AST, set[str]] = {}

    def are_needed(self) -> bool:
        """Whether functions of the program give plain nodes, collections hold some, or one thing may be another."""
        if self.inference.collections.holds_nodes():
            return True
        guessed = (values for values in self.inference.values.values() if values > OTHER)
        return any(v.kind in PLAIN for values in (*self.inference.returns.values(), *guessed) for v in values)

    def returned(self, function: ast.AST, source: ast.expr | None) -> Values:
        """What a `return` gives: something else, where it is not known and others of the function give plain nodes."""
        found = self.inference.of(source)
        if found or not self.count or not any(v.kind in PLAIN for v in self.inference.returns.get(function, NOTHING)):
            return found
        return self.inference.constant(source) if source is not None else NOTHING

    def derived(self, node: ast.expr, values: Values) -> Values:
        """What is got from something: something else too, where that is."""
        if not any(v.kind in PLAIN for v in values):
            return values
        match node:
            case ast.Attribute() | ast.Subscript() | ast.Call(func=ast.Attribute(value=_)):
                source = node.func if isinstance(node, ast.Call) else node
                assert isinstance(source, ast.Attribute | ast.Subscript)
                return values | (self.inference.of(source.value) & OTHER)
        return values

    def passed(self, scope: "Scope", parameter: ast.arg, values: Values) -> Values:
        """What is passed for a parameter, without the plain nodes that its annotation does not know of."""
        plain = frozenset(v for v in values if v.kind in PLAIN)
        if not plain:
            return values
        told = parameter.annotation
        if told is not None and not zarr_values.annotated(self.inference, told, scope.parent):
            if scope.parent is None or self.inference.annotations.dotted(told, scope.parent) not in VAGUE:
                return values - plain
        if parameter.arg in self.tested(scope):
            return values | OTHER
        return values

    def tested(self, scope: "Scope") -> set[str]:
        """The names whose type a function asks for, so that they are of several; paths are opened first, and do not count."""
        if scope.node not in self._tested:
            self._tested[scope.node] = {
                node.args[0].id
                for node in ast.walk(scope.node)
                if isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in {"isinstance", "hasattr"}
                and len(node.args) == 2
                and isinstance(node.args[0], ast.Name)
                and not all(self.is_expected(name) for name in self.names(node.args[1], scope))
            }
        return self._tested[scope.node]

    def names(self, types: ast.expr, scope: "Scope") -> list[str]:
        """The dotted names of types; what is no name counts as one that nobody knows."""
        if isinstance(types, ast.Tuple):
            return [name for element in types.elts for name in self.names(element, scope)]
        if isinstance(types, ast.BinOp):
            return [*self.names(types.left, scope), *self.names(types.right, scope)]
        return [self.inference.annotations.dotted(types, scope)]

    def is_expected(self, name: str) -> bool:
        return name.startswith("zarr.") or name.rpartition(".")[2] in PATHS
