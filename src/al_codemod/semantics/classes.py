"""Classes: where the attributes of their instances live, and which methods a call may reach."""

import ast
from typing import TYPE_CHECKING

from al_codemod.semantics.values import NOTHING, Location, Values, union
from al_codemod.surface.kinds import Kind

if TYPE_CHECKING:
    from al_codemod.semantics.infer import Inference


class Classes:
    """The classes of a module: where their attributes live, and which methods a call may reach."""

    def __init__(self, inference: "Inference") -> None:
        self.inference = inference
        self.nodes = [node for node in inference.scopes if isinstance(node, ast.ClassDef)]
        self.lineages: dict[ast.AST, list[ast.AST]] = {}
        self.families: dict[ast.AST, list[ast.AST]] = {}
        self.descendants: dict[ast.AST, list[ast.AST]] = {}

    def forget(self) -> None:
        """Look at the bases of all classes again: more of them may be known by now."""
        self.lineages.clear()
        self.families.clear()
        self.descendants.clear()

    def bases(self, node: ast.AST | None) -> list[ast.AST]:
        """The base classes of a class that are written in this module."""
        if not isinstance(node, ast.ClassDef):
            return []
        found = [v.node for b in node.bases for v in self.inference.of(b) if v.kind is Kind.CLASS]
        return [n for n in found if n is not None and n is not node]

    def lineage(self, node: ast.AST) -> list[ast.AST]:
        """A class and all that it derives from, nearest first."""
        if node not in self.lineages:
            found = self.lineages[node] = [node]
            for known in found:
                found += [b for b in self.bases(known) if b not in found]
        return self.lineages[node]

    def attribute(self, node: ast.AST, name: str) -> Location:
        """Where an attribute of the instances of a class lives: with the class that sets it first in its lineage."""
        lineage = [self.inference.scopes[n] for n in self.lineage(node)]
        beside = [self.inference.scopes[n] for n in self.family(node)]
        for scope in (*reversed(lineage), *(s for s in beside if s not in lineage)):
            location = Location(scope, f".{name}")
            if location in self.inference.outer:
                return location
        return Location(lineage[0], f".{name}")

    def derived(self, node: ast.AST) -> list[ast.AST]:
        """The classes that derive from a class, itself among them."""
        if node not in self.descendants:
            self.descendants[node] = [n for n in self.nodes if node in self.lineage(n)]
        return self.descendants[node]

    def family(self, node: ast.AST) -> list[ast.AST]:
        """The classes whose methods work on the same objects as those of a class: mixins and subclasses."""
        if node not in self.families:
            self.families[node] = list(dict.fromkeys(n for d in self.derived(node) for n in self.lineage(d)))
        return self.families[node]

    def class_attribute(self, node: ast.AST, name: str) -> Location:
        """Where an attribute of a class itself lives: with the nearest class in its lineage that binds it."""
        lineage = [self.inference.scopes[n] for n in self.lineage(node)]
        owner = next((s for s in lineage if name in s.bindings), lineage[0])
        return Location(owner, name)

    def inherited(self, node: ast.AST, name: str) -> Values:
        """The method that a class has under a name, its own or the nearest inherited one."""
        for owner in self.lineage(node):
            found = self.inference.outer.get(Location(self.inference.scopes[owner], name), NOTHING)
            if found:
                return found
        return NOTHING

    def methods(self, node: ast.AST, name: str) -> Values:
        """The methods that a call on an instance may reach: the class's, and those of classes that derive from it."""
        overrides = (
            self.inference.outer.get(Location(self.inference.scopes[n], name), NOTHING) for n in self.derived(node)
        )
        found = self.inherited(node, name) | union(overrides)
        return found or union(self.inherited(d, name) for d in self.derived(node))


def is_static(function: ast.AST) -> bool:
    """Whether a method is called without its object."""
    return _is_decorated_by(function, "staticmethod")


def is_classmethod(function: ast.AST) -> bool:
    """Whether a method is called with its class in the place of its object."""
    implicitly = isinstance(function, ast.FunctionDef) and function.name in ("__init_subclass__", "__class_getitem__")
    return implicitly or _is_decorated_by(function, "classmethod")


def _is_decorated_by(function: ast.AST, name: str) -> bool:
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    return any(isinstance(d, ast.Name) and d.id == name for d in function.decorator_list)


def is_property(function: ast.AST) -> bool:
    """Whether a function is read like an attribute."""
    return any(name in {"property", "cached_property"} for name in _decorators(function))


def is_cached_property(function: ast.AST) -> bool:
    """Whether a function is read like an attribute, and only called the first time."""
    return "cached_property" in _decorators(function)


def _decorators(function: ast.AST) -> list[str]:
    """The last names of the decorators of a function."""
    decorators = function.decorator_list if isinstance(function, ast.FunctionDef) else []
    return [d.attr if isinstance(d, ast.Attribute) else getattr(d, "id", "") for d in decorators]
