"""Variables and attributes that are bound once, and so mean the same object whenever they are read."""

import ast
from functools import cached_property
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.classes import is_cached_property
from al_codemod.semantics.fields import is_generated
from al_codemod.semantics.scopes import FUNCTIONS, Scope
from al_codemod.semantics.values import OTHER, Location
from al_codemod.surface.kinds import Kind
from al_codemod.surface.names import REPLACING

if TYPE_CHECKING:
    from al_codemod.semantics.program import Program

BY_NAME: Final = frozenset({"setattr", "delattr", "vars"})
"""Builtins that change attributes whose names are not seen."""
OUT_OF_SIGHT: Final = ("__dict__", "__setattr__", "__setstate__", "_replace", "_make", "__new__")
"""Members that change attributes, or make objects, whose names are not seen."""


class Fixed:
    """Answers for the variables of a program, and for the attributes of the instances of its classes."""

    def __init__(self, program: "Program") -> None:
        self.program = program
        self.classes = program.inference.classes
        self.attributes: dict[tuple[ast.AST, str], bool] = {}

    @cached_property
    def bindings(self) -> dict[tuple[Scope, str], list[ast.Name]]:
        """The names that bind or delete each variable."""
        found: dict[tuple[Scope, str], list[ast.Name]] = {}
        for node in self.program.parents:
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                found.setdefault((self._owner(node), node.id), []).append(node)
        return found

    def _owner(self, target: ast.Name) -> Scope:
        """The scope of the variable that a name binds; the loop of a comprehension binds one of its own."""
        child: ast.AST = target
        for parent in self.program.ancestors(target):
            if isinstance(parent, ast.comprehension):
                if child is parent.target:
                    return self.program.scopes[self.program.parents[parent]]
                break
            if not isinstance(parent, ast.Tuple | ast.List | ast.Starred):
                break
            child = parent
        return self.program.scope(target).store_owner(target.id)

    def is_parameter(self, scope: Scope, name: str) -> bool:
        """Whether a variable is a parameter that takes one argument."""
        node = scope.node
        if not isinstance(node, FUNCTIONS):
            return False
        return any(a.arg == name for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs))

    def variable(self, scope: Scope, name: str) -> bool:
        """Whether a variable is bound once, as often as its function or module runs."""
        if scope.is_class or scope.is_comprehension or scope.bindings.get(name) != 1:
            return False
        if Location(scope, name) in self.program.inference.shared:
            return False
        return not any(self.program.is_looped(n) for n in self.bindings.get((scope, name), ()))

    # -- attributes

    def attribute(self, node: ast.AST, name: str) -> bool:
        """Whether an attribute of the instances of a class is set by the constructor and by nothing else."""
        if (node, name) not in self.attributes:
            self.attributes[node, name] = self._attribute(node, name)
        return self.attributes[node, name]

    def _attribute(self, node: ast.AST, name: str) -> bool:
        stores = self.stores(node, name)
        methods = self.classes.methods(node, name)
        if self.is_changed_out_of_sight(node) or any(self.has_default(n, name) for n in self.classes.family(node)):
            return False
        if methods:
            return not stores and all(m.node is not None and is_cached_property(m.node) for m in methods)
        if not stores:
            return name in self.field_names(node)
        if len(stores) > 1 or name in self.field_names(node):
            return False
        (store,) = stores
        function = self.program.scope(store).function
        known = function.parent is not None and function.parent.node in self.classes.family(node)
        mine = isinstance(store.value, ast.Name) and store.value.id in _first(function.node)
        return known and mine and getattr(function.node, "name", "") == "__init__" and not self.program.is_looped(store)

    def field_names(self, node: ast.AST) -> list[str]:
        """The fields of a class whose constructor is generated."""
        fields = self.program.inference.fields.of_class(node)
        return [f.target.id for f in fields if isinstance(f.target, ast.Name)]

    def stores(self, node: ast.AST, name: str) -> list[ast.Attribute]:
        """Where an attribute of the instances of a class is set or deleted, or may be."""
        family = self.classes.family(node)
        nodes = (n for n in self.program.attributes(name) if not isinstance(n.ctx, ast.Load))
        return [n for n in nodes if self.may_be(n.value, family)]

    def may_be(self, node: ast.expr, family: list[ast.AST]) -> bool:
        """Whether an expression may be an instance of one of some classes; what is not known may be anything."""
        known = self.program.of(node) - OTHER
        return not known or any(v.kind in (Kind.SELF, Kind.CLASS) and v.node in family for v in known)

    def has_default(self, node: ast.AST, name: str) -> bool:
        """Whether a class gives all its instances something under a name, but for the default of a field."""
        if not isinstance(node, ast.ClassDef) or is_generated(node):
            return False
        targets = [t for s in node.body if isinstance(s, ast.Assign) for t in s.targets]
        targets += [s.target for s in node.body if isinstance(s, ast.AnnAssign) and s.value is not None]
        return any(isinstance(n, ast.Name) and n.id == name for t in targets for n in ast.walk(t))

    def is_changed_out_of_sight(self, node: ast.AST) -> bool:
        """Whether attributes of instances of a class may be set, or instances made, by code that does not name what it sets."""
        family = self.classes.family(node)
        return any(self.may_be(n, family) for n in self._changed_out_of_sight)

    @cached_property
    def _changed_out_of_sight(self) -> list[ast.expr]:
        """The objects of which attributes are set by code that does not name them."""
        found = [n.value for name in OUT_OF_SIGHT for n in self.program.attributes(name)]
        for call in (n for n in self.program.parents if isinstance(n, ast.Call) and n.args):
            names = [v.name for v in self.program.of(call.func)]
            by_name = self.program.is_builtin(call.func) and getattr(call.func, "id", "") in BY_NAME
            if by_name or any(n in REPLACING for n in names):
                found.append(call.args[0])
        return found


def _first(function: ast.AST) -> list[str]:
    """What a method calls its object."""
    return [a.arg for a in function.args.args[:1]] if isinstance(function, FUNCTIONS) else []
