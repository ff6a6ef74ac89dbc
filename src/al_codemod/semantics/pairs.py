"""Handles that come together with their repo: beside it in an object, among several arguments, or among several results."""

import ast
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from al_codemod.semantics.assumptions import is_none
from al_codemod.semantics.classes import is_property
from al_codemod.semantics.named_tuples import named_field
from al_codemod.semantics.scopes import FUNCTIONS
from al_codemod.semantics.values import NOTHING, Location
from al_codemod.surface.kinds import Kind

if TYPE_CHECKING:
    from al_codemod.semantics.roots import Root, Roots


class Pairs:
    """Finds what holds the repo of a handle that is kept, passed or returned."""

    def __init__(self, roots: "Roots") -> None:
        self.roots = roots
        self.program = roots.program
        self.attributes: dict[tuple[ast.AST, str], str | None] = {}
        self.asked: set[tuple[Root, Root]] = set()

    # -- attributes

    def of_attribute(self, node: ast.Attribute) -> str | None:
        """The attribute that always holds the repo which the handle in another attribute of the object hangs on."""
        owners = self.program.of(node.value)
        if not owners or not all(v.kind is Kind.SELF and v.node is not None for v in owners):
            return None
        found = {self._beside(v.node, node.attr) for v in owners if v.node is not None}
        return found.pop() if len(found) == 1 else None

    def _beside(self, owner: ast.AST, name: str) -> str | None:
        key = (owner, name)
        if key not in self.attributes:
            self.attributes[key] = None
            names = [*self._repos_of(owner), *self._brought_to(owner, name)]
            self.attributes[key] = next((n for n in names if self._is_kept_beside(owner, name, n)), None)
        return self.attributes[key]

    def _brought_to(self, owner: ast.AST, name: str) -> Iterator[str]:
        """The attributes for repos which are not passed yet to those who are passed what an attribute holds."""
        for store in self.roots.fixed.stores(owner, name):
            root = self.roots.of(self.roots.bound(store))
            brought = self.roots.bringing.of(root) if root is not None and root.hangs else None
            if brought is not None and brought.attribute:
                yield brought.attribute
            elif root is not None and root.attributes:
                yield root.attributes[-1]

    def _repos_of(self, owner: ast.AST) -> Iterator[str]:
        """The attributes of the instances of a class that hold one repo as long as there is the object."""
        classes, inference = self.program.inference.classes, self.program.inference
        family = [self.program.scopes[n] for n in classes.family(owner)]
        names = {at.name[1:] for at in inference.outer if at.is_attribute and at.scope in family}
        for name in sorted(names | {n for scope in family for n in scope.bindings}):
            values = inference.self_attribute(owner, name, {})
            if values and all(v.is_repo for v in values) and self.roots.fixed.attribute(owner, name):
                yield name

    def _is_kept_beside(self, owner: ast.AST, name: str, repo: str) -> bool:
        """Whether all that an attribute ever holds hangs on the repo in another one."""
        fixed, classes = self.roots.fixed, self.program.inference.classes
        if fixed.is_changed_out_of_sight(owner) or any(fixed.has_default(n, name) for n in classes.family(owner)):
            return False
        if name in fixed.field_names(owner) and not self._is_passed_with(owner, name, repo):
            return False
        for method in classes.methods(owner, name):
            if method.node is None or not is_property(method.node) or not self._is_given_of(method.node, repo):
                return False
        return all(self._is_set_beside(owner, store, repo) for store in fixed.stores(owner, name))

    def _is_given_of(self, method: ast.AST, repo: str) -> bool:
        """Whether a property gives what hangs on a repo of its object."""
        given = self.roots.given(method)
        first = method.args.args[:1] if isinstance(method, FUNCTIONS) else []
        return given is not None and (given.scope, given.text) == (
            self.program.scopes[method],
            ".".join((*(a.arg for a in first), repo)),
        )

    def _is_set_beside(self, owner: ast.AST, store: ast.Attribute, repo: str) -> bool:
        if isinstance(store.ctx, ast.Del):
            return True
        value = self.roots.bound(store)
        if value is None or is_none(value):
            return value is not None
        root, above = self.roots.of(value), self.roots.object(store.value)
        if root is None or above is None:
            return False
        if root == above.member(repo):
            return True
        brought = self.roots.bringing.of(root) if root.hangs else None
        if brought is not None and brought.attribute and brought.attribute == repo:
            return above.scope is root.scope and above.name in (a.arg for a in brought.function.args.args[:1])
        stores = self.roots.fixed.stores(owner, repo)
        if len(stores) != 1:
            return False
        other = self.roots.of(self.roots.bound(stores[0]))
        if self.roots.object(stores[0].value) != above:
            other = self._passed_above(store, other) if other is not None else None
        return other is not None and self.hang_together(root, other)

    def _passed_above(self, store: ast.Attribute, repo: "Root") -> "Root | None":
        """What the method that sets an attribute passes on to that of its base class which sets the repo."""
        function, above = self.program.scope(store).function, repo.scope.node
        calls = self.program.inference.calling.calls.get(above, [])
        mine = [c for c in calls if self.program.scope(c).function is function and _is_of_super(c)]
        if len(mine) != 1 or repo.attributes or getattr(function.node, "name", "") != getattr(above, "name", ""):
            return None
        return self.roots.of(self.roots.passed(above, repo.name, mine[0]))

    def _is_passed_with(self, owner: ast.AST, name: str, repo: str) -> bool:
        """Whether each call of a generated constructor passes a handle for one field and its repo for another one."""
        fields = self.program.inference.fields
        if repo not in self.roots.fixed.field_names(owner) or self.is_used_as_value(owner):
            return False
        for call in self._made(owner):
            passed = {f.target.id: v for f, v in fields.passed(owner, call) if isinstance(f.target, ast.Name)}
            if any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords):
                return False
            if name in passed and not is_none(passed[name]):
                handle, other = self.roots.of(passed[name]), self.roots.of(passed.get(repo))
                if handle is None or other is None or not self.hang_together(handle, other):
                    return False
        return True

    def _made(self, owner: ast.AST) -> list[ast.Call]:
        """The calls that make instances of a class or of one that derives from it."""
        derived = self.program.inference.classes.derived(owner)
        return [c for c, classes in self._constructed.items() if any(n in derived for n in classes)]

    @cached_property
    def _constructed(self) -> dict[ast.Call, list[ast.AST | None]]:
        calls = [n for n in self.program.parents if isinstance(n, ast.Call)]
        return {c: [v.node for v in self.program.of(c.func) if v.kind is Kind.CLASS] for c in calls}

    def is_used_as_value(self, owner: ast.AST) -> bool:
        """Whether a class is used other than to make instances, so that it may be called where that is not seen."""
        family = self.program.inference.classes.family(owner)
        for node, values in self.program.inference.values.items():
            if any(v.kind is Kind.CLASS and v.node in family for v in values) and isinstance(node, ast.expr):
                parent = self.program.parents.get(node)
                called = isinstance(parent, ast.Call) and (parent.func is node or _asks_for_type(parent))
                if (
                    not called
                    and not isinstance(parent, ast.ClassDef | ast.Attribute)
                    and not self._is_annotation(node)
                ):
                    return True
        return False

    def _is_annotation(self, node: ast.expr) -> bool:
        """Whether an expression is part of an annotation."""
        child: ast.AST = node
        for parent in self.program.ancestors(node):
            match parent:
                case ast.AnnAssign(annotation=annotation) | ast.arg(annotation=annotation):
                    return annotation is child
                case ast.FunctionDef(returns=annotation) | ast.AsyncFunctionDef(returns=annotation):
                    return annotation is child
                case ast.BinOp() | ast.Subscript() | ast.Tuple() | ast.List():
                    child = parent
                case _:
                    return False
        return False

    # -- parameters

    def hang_together(self, handle: "Root", repo: "Root") -> bool:
        """Whether a handle hangs on a repo: by the same name, or wherever the function is called."""
        if handle == repo:
            return not handle.hangs
        function = handle.scope.node
        if not handle.hangs or (handle, repo) in self.asked or function in self.program.escaping_functions:
            return False
        owner = handle.scope.parent
        if owner is not None and owner.is_class and self.is_used_as_value(owner.node):
            return False
        self.asked.add((handle, repo))
        calls = self.program.inference.calling.calls.get(function, [])
        together = bool(calls) and all(self._are_passed_together(function, c, handle, repo) for c in calls)
        self.asked.discard((handle, repo))
        return together

    def _are_passed_together(self, function: ast.AST, call: ast.Call, handle: "Root", repo: "Root") -> bool:
        given = self.roots.of(self.roots.passed(function, handle.name, call))
        other: Root | None = repo
        if repo.scope is handle.scope:
            passed = self.roots.passed(function, repo.name, call)
            above = self.roots.object(passed) if passed is not None and repo.attributes else None
            other = above.member(*repo.attributes) if above is not None else None
            other = other if repo.attributes else self.roots.of(passed)
        elif not repo.scope.is_module:
            return False
        return given is not None and other is not None and self.hang_together(given, other)

    def beside_parameter(self, handle: "Root") -> "Root | None":
        """The repo that is passed wherever a handle is passed for another parameter, or one of the module that it always is."""
        inference, scope = self.program.inference, handle.scope
        for name in sorted(scope.bindings):
            values = inference.outer.get(Location(scope, name), NOTHING)
            repo = self.roots.variable(scope, name) if values and all(v.is_repo for v in values) else None
            if repo is not None and self.hang_together(handle, repo):
                return repo
        for name in sorted(scope.module.bindings):
            repo = self.roots.variable(scope.module, name) if scope.owner(name) is scope.module else None
            if repo is not None and not repo.hangs and self.hang_together(handle, repo):
                return repo
        return None

    # -- several results

    def beside_part(self, target: ast.Name) -> str | None:
        """The variable that gets the repo of the handle which another one gets of the same call."""
        targets = self.program.parents.get(target)
        statement = self.program.parents.get(targets) if targets is not None else None
        if not isinstance(targets, ast.Tuple) or not isinstance(statement, ast.Assign):
            return None
        if not all(isinstance(t, ast.Name) for t in targets.elts):
            return None
        index = targets.elts.index(target)
        beside = self._beside_field(statement.value, index)
        if beside is not None and beside < len(targets.elts):
            return targets.elts[beside].id  # type: ignore[attr-defined,no-any-return]
        if not isinstance(statement.value, ast.Call):
            return None
        functions = [v.node for v in self.program.of(statement.value.func) if v.kind is Kind.FUNCTION]
        several = self.program.inference.several
        if len(functions) != 1 or functions[0] is None or not several.is_followed(functions[0], len(targets.elts)):
            return None
        returned = [r.value for r in self.roots.returns(functions[0]) if isinstance(r.value, ast.Tuple)]
        for i, other in enumerate(targets.elts):
            if i != index and isinstance(other, ast.Name) and self._come_together(returned, index, i):
                return other.id
        return None

    def _beside_field(self, source: ast.expr, index: int) -> int | None:
        """The part of a named tuple that is the repo of another one."""
        inference = self.program.inference
        found: set[int | None] = set()
        for value in self.program.of(source):
            field = named_field(inference, value, index)
            beside = self._beside(*field) if field is not None else None
            names = self.roots.fixed.field_names(field[0]) if field is not None else []
            found.add(names.index(beside) if beside is not None else None)
        return found.pop() if len(found) == 1 else None

    def _come_together(self, returned: Iterable[ast.Tuple], handle: int, repo: int) -> bool:
        roots = [(self.roots.of(r.elts[handle]), self.roots.of(r.elts[repo]), r.elts[repo]) for r in returned]
        repos = all(v.is_repo for _, _, node in roots for v in self.program.of(node))
        return repos and all(h is not None and r is not None and self.hang_together(h, r) for h, r, _ in roots)


def _is_of_super(call: ast.Call) -> bool:
    """Whether a call is that of a method of a base class on the object itself."""
    match call.func:
        case ast.Attribute(value=ast.Call(func=ast.Name(id="super"), args=[])):
            return True
    return False


def _asks_for_type(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id in ("isinstance", "issubclass")
