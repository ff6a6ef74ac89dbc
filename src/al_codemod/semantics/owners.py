"""Parameters whose callers are not seen, and that must be objects of a class of the program which keeps a repo."""

import ast
from functools import cached_property
from typing import TYPE_CHECKING

from al_codemod.semantics.scopes import Scope
from al_codemod.semantics.values import NOTHING, Location, Value, Values
from al_codemod.surface.kinds import Kind
from al_codemod.surface.members import NEW_MEMBERS

if TYPE_CHECKING:
    from al_codemod.semantics.infer import Inference


def is_migrated(node: ast.AST) -> bool:
    """Whether a class opens sessions of Icechunk."""
    return any(isinstance(n, ast.Attribute) and n.attr in NEW_MEMBERS for n in ast.walk(node))


class Owners:
    """Tells the class of a parameter that nobody is seen to pass: by its annotation, or by the members that it is asked for.

    One of these members must be a repo, and only one class of the program may have them all. If that is not the class of an
    object in the end, the object has no such session either, which nobody fails to notice.
    """

    def __init__(self, inference: "Inference") -> None:
        self.inference = inference
        self.assumed: dict[ast.arg, ast.AST] = {}
        """The parameters that are taken to be objects of a class, each with the class."""

    def of(self, scope: Scope, parameter: ast.arg) -> Values:
        if not self.inference.settled or not self.inference.annotations.uses_arraylake:
            return NOTHING
        members = self.inference.annotations.members_of(scope, parameter.arg)
        found = [node for node in self._keepers if members & self._keepers[node] and members <= self._members(node)]
        if parameter.annotation is not None:
            named = self.annotated(parameter.annotation, scope.parent)
            found = [node for node in found if node is named]
        roots = [
            n
            for n in found
            if not any(other is not n and other in self.inference.classes.lineage(n) for other in found)
        ]
        if len(roots) != 1:
            return NOTHING
        self.assumed[parameter] = roots[0]
        return frozenset({Value(Kind.SELF, node=roots[0])})

    def annotated(self, node: ast.expr, scope: Scope | None) -> ast.AST | None:
        """The class of the program that an annotation names."""
        match node:
            case ast.Constant(value=str() as text) if text.isidentifier() and scope is not None:
                owner = scope.owner(text)
                values = self.inference.outer.get(Location(owner, text), NOTHING) if owner is not None else NOTHING
            case ast.BinOp(op=ast.BitOr(), right=ast.Constant(value=None)):
                return self.annotated(node.left, scope)
            case ast.Name(id=name) if scope is not None:
                owner = scope.owner(name)
                values = self.inference.outer.get(Location(owner, name), NOTHING) if owner is not None else NOTHING
            case _:
                values = self.inference.of(node)
        return next((v.node for v in values if v.kind is Kind.CLASS), None)

    @cached_property
    def _keepers(self) -> dict[ast.AST, set[str]]:
        """The classes whose objects keep repos, each with the attributes and properties that give them."""
        inference = self.inference
        kept: dict[ast.AST, set[str]] = {}
        for location, values in inference.outer.items():
            if location.is_attribute and location.scope.is_class and any(v.is_repo for v in values):
                kept.setdefault(location.scope.node, set()).add(location.name[1:])
            if location.scope.is_class and not location.is_attribute:
                given = (inference.returns.get(v.node, NOTHING) for v in values if v.node is not None)
                if any(v.is_repo for found in given for v in found):
                    kept.setdefault(location.scope.node, set()).add(location.name)
        inherited = {
            n: set[str]().union(*(kept.get(c, ()) for c in inference.classes.lineage(n)))
            for n in inference.classes.nodes
        }
        return {node: names for node, names in inherited.items() if names and not is_migrated(node)}

    def _members(self, node: ast.AST) -> set[str]:
        """All that objects of a class can be asked for."""
        family = {self.inference.scopes[c] for c in self.inference.classes.lineage(node)}
        names = {name for scope in family for name in scope.bindings}
        return names | self._attributes.get(node, set())

    @cached_property
    def _attributes(self) -> dict[ast.AST, set[str]]:
        """The attributes that the methods of each class, and of its bases, set."""
        own: dict[ast.AST, set[str]] = {}
        for node in self.inference.classes.nodes:
            stores = (n for n in ast.walk(node) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store))
            own[node] = {n.attr for n in stores}
        return {n: set[str]().union(*(own.get(c, set()) for c in self.inference.classes.lineage(n))) for n in own}
