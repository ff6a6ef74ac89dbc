"""Classes whose constructor is not written out: the fields of dataclasses and named tuples, and what calls put there."""

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.values import OTHER, Birth, Location, Origin, Value

if TYPE_CHECKING:
    from al_codemod.semantics.infer import Inference

GENERATORS: Final = frozenset("dataclass define mutable frozen attrs s".split())
"""Decorators, of dataclasses and attrs, that write a constructor."""
FROZEN: Final = frozenset({"frozen"})


class Fields:
    """Passes the arguments of generated constructors to the fields of their objects."""

    def __init__(self, inference: "Inference") -> None:
        self.inference = inference

    def of_class(self, node: ast.AST) -> list[ast.AnnAssign]:
        """The fields of a class with a generated constructor, in the order of its parameters; none for other classes."""
        lineage = [c for c in reversed(self.inference.classes.lineage(node)) if isinstance(c, ast.ClassDef)]
        if not any(is_generated(c) for c in lineage) or self.inference.classes.inherited(node, "__init__"):
            return []
        found = {
            f.target.id: f
            for c in lineage
            for f in c.body
            if isinstance(f, ast.AnnAssign) and isinstance(f.target, ast.Name)
        }
        return list(found.values())

    def passed(self, node: ast.AST, call: ast.Call) -> Iterator[tuple[ast.AnnAssign, ast.expr]]:
        """The fields that a call of a class sets, each with its value."""
        fields = self.of_class(node)
        for field, value in zip(fields, call.args, strict=False):
            if isinstance(value, ast.Starred):
                break
            yield field, value
        by_name = {f.target.id: f for f in fields if isinstance(f.target, ast.Name)}
        for keyword in call.keywords:
            if keyword.arg in by_name:
                yield by_name[keyword.arg], keyword.value

    def fill(self, node: ast.AST, call: ast.Call) -> None:
        """Let the fields of a class hold what a call passes for them."""
        passed = list(self.passed(node, call))
        handed = {
            v.origin: Origin(field, Birth.FIELD)
            for field, value in passed
            for v in self.inference.of(value)
            if v.is_repo and v.origin is not None and field not in self.inference.shared_repos
        }
        for field, value in passed:
            assert isinstance(field.target, ast.Name)
            location = Location(self.inference.scopes[self.owner(field, node)], f".{field.target.id}")
            values = self.inference.argument(value)
            own = field not in self.inference.shared_repos
            mine = frozenset(
                Value(v.kind, origin=Origin(field, Birth.FIELD)) if v.is_repo and own else v.moved(handed)
                for v in values
            )
            if mine and (mine != OTHER or location in self.inference.outer):
                self.inference.remember(location, mine)

    def owner(self, field: ast.AnnAssign, node: ast.AST) -> ast.AST:
        """The class that a field is written in."""
        lineage = self.inference.classes.lineage(node)
        return next(c for c in lineage if isinstance(c, ast.ClassDef) and field in c.body)


def is_generated(node: ast.ClassDef) -> bool:
    """Whether the constructor of a class is generated from its fields."""
    named = any(_name(base) == "NamedTuple" for base in node.bases)
    return named or any(_name(d.func if isinstance(d, ast.Call) else d) in GENERATORS for d in node.decorator_list)


def is_frozen(node: ast.ClassDef) -> bool:
    """Whether the attributes of an object cannot be set."""
    for decorator in node.decorator_list:
        keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
        if _name(decorator) in FROZEN or any(k.arg == "frozen" and getattr(k.value, "value", True) for k in keywords):
            return True
    return any(_name(base) == "NamedTuple" for base in node.bases)


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
