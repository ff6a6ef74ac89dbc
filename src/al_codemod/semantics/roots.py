"""Which repo a handle hangs on, by a name that means the same repo object wherever it can be read.

Values say where a repo comes from; that may be a node which makes a new object every time it runs. What is looked for here
is one object: a variable that is bound once, and attributes of it which are set by constructors alone.
"""

import ast
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from al_codemod.semantics.arguments import argument
from al_codemod.semantics.assumptions import is_none
from al_codemod.semantics.bringing import Bringing
from al_codemod.semantics.fixed import Fixed
from al_codemod.semantics.kept_containers import KeptContainers
from al_codemod.semantics.pairs import Pairs
from al_codemod.semantics.scopes import FUNCTIONS, Scope
from al_codemod.semantics.values import NOTHING, Location, Values
from al_codemod.semantics.zarr_values import PLAIN
from al_codemod.surface.kinds import Kind
from al_codemod.surface.names import STORE_FUNCTIONS

if TYPE_CHECKING:
    from al_codemod.semantics.program import Program


@dataclass(frozen=True, slots=True)
class Root:
    """A repo object, by its variable and attributes; or, if it `hangs`, the repo of the handle that a parameter gets."""

    scope: Scope
    name: str
    attributes: tuple[str, ...] = ()
    hangs: bool = False

    @property
    def text(self) -> str:
        return ".".join((self.name, *self.attributes))

    def lasts(self, scope: Scope) -> bool:
        """Whether it means the same as long as there are the variables of a scope."""
        around: Scope | None = scope
        while around is not None and self.scope is not around:
            around = around.parent
        return around is not None or self.scope.is_module

    def member(self, *names: str) -> "Root":
        return replace(self, attributes=(*self.attributes, *names), hangs=False)


class Roots:
    """Finds the repo objects that the handles of a program hang on."""

    def __init__(self, program: "Program") -> None:
        self.program = program
        self.fixed = Fixed(program)
        self.pairs = Pairs(self)
        self.bringing = Bringing(self)
        self.containers = KeptContainers(self)
        self.known: dict[ast.expr, Root | None] = {}
        self.variables: dict[tuple[Scope, str], Root | None] = {}

    def of(self, node: ast.expr | None) -> Root | None:
        """The repo that an expression is or hangs on, `None` where that is not one object that is known."""
        if node is None:
            return None
        if node not in self.known:
            self.known[node] = None  # for what leads back to itself
            self.known[node] = self._of(node)
        return self.known[node]

    def written(self, root: Root | None, at: ast.AST) -> str | None:
        """How a repo can be written at a node."""
        if root is not None and root.hangs:
            brought = self.bringing.of(root) if self.program.scope(at).owner(root.name) is root.scope else None
            root = self.pairs.beside_parameter(root)
            if root is None and brought is not None:
                return brought.name
        if root is None:
            return None
        scope = self.program.scope(at)
        if scope.owner(root.name) is root.scope:
            return root.text
        module = scope.module
        for name in module.bindings if root.scope.is_module else ():
            if not root.attributes and scope.owner(name) is module and self.variable(module, name) == root:
                return name
        return None

    def _of(self, node: ast.expr) -> Root | None:
        container = self.containers.taken_from(node)
        if container is not None:
            return self.containers.root(container)
        match node:
            case ast.Name():
                owner = self.program.scope(node).owner(node.id)
                return self.variable(owner, node.id) if owner is not None else None
            case ast.Attribute():
                return self._member(node)
            case ast.Subscript():
                return self.of(node.value) if self._hangs(node.value) else None
            case ast.Call():
                return self._called(node)
            case ast.Await() | ast.NamedExpr():
                return self.of(node.value)
            case ast.IfExp():
                return self.same((node.body, node.orelse))
            case ast.BoolOp():
                return self.same(node.values)
        return None

    def same(self, nodes: Iterable[ast.expr | None]) -> Root | None:
        """The one repo that all of some expressions hang on, whichever of them are not `None`."""
        found = {self.of(n) for n in nodes if n is not None and not is_none(n)}
        return found.pop() if len(found) == 1 else None

    def _hangs(self, node: ast.expr) -> bool:
        """Whether an expression is a repo, or hangs on one, whatever else may happen."""
        return hang(self.program.of(node))

    # -- variables

    def variable(self, scope: Scope, name: str) -> Root | None:
        """The repo that a variable holds, or what is in it hangs on."""
        key = (scope, name)
        if key not in self.variables:
            self.variables[key] = None
            found = self._variable(scope, name)
            self.variables[key] = found if found is not None and found.lasts(scope) else None
        return self.variables[key]

    def _variable(self, scope: Scope, name: str) -> Root | None:
        fixed, bindings = self.fixed.variable(scope, name), self.fixed.bindings.get((scope, name), [])
        if self.fixed.is_parameter(scope, name):
            known = self.program.inference.outer.get(Location(scope, name), NOTHING)
            hangs = not all(v.is_repo for v in known)
            return Root(scope, name, hangs=hangs) if fixed and hang(known) else None
        if not bindings:
            return self._imported(scope, name)
        containers = [self.containers.gone_over(b) for b in bindings]
        if any(containers):
            roots = {self.containers.root(c) if c is not None else None for c in containers}
            return roots.pop() if len(roots) == 1 else None
        values = [self.bound(b) for b in bindings]
        if any(v is None for v in values):
            return self._part(scope, name, bindings[0]) if fixed else None
        if fixed and all(v.is_repo for v in self.program.of(bindings[0])):
            (value,) = values
            return (self.of(value) if isinstance(value, ast.Name | ast.Attribute) else None) or Root(scope, name)
        return self.same(values) if all(v is None or is_none(v) or self._hangs(v) for v in values) else None

    def bound(self, target: ast.AST) -> ast.expr | None:
        """What an assignment gives a target by itself."""
        parent = self.program.parents.get(target)
        match parent:
            case ast.Assign(value=value) if target in parent.targets:
                return value
            case ast.AnnAssign(value=value) | ast.NamedExpr(value=value):
                return value
            case ast.Tuple(elts=elts) | ast.List(elts=elts):
                statement = self.program.parents.get(parent)
                if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Tuple | ast.List):
                    values = statement.value.elts
                    plain = not any(isinstance(e, ast.Starred) for e in (*elts, *values))
                    if plain and len(elts) == len(values):
                        return next(v for t, v in zip(elts, values, strict=True) if t is target)
        return None

    def _part(self, scope: Scope, name: str, target: ast.Name) -> Root | None:
        """The repo of a variable that a call, `with` or the like binds: itself, or one that comes with it."""
        values = self.program.of(target)
        if values and all(v.is_repo for v in values):
            return Root(scope, name)
        entered = self._entered(target)
        if entered is not None:
            return entered
        beside = self.pairs.beside_part(target) if hang(values) else None
        return Root(scope, beside) if beside is not None and self.fixed.variable(scope, beside) else None

    def _imported(self, scope: Scope, name: str) -> Root | None:
        """What a variable is that an import binds."""
        body = scope.node.body if isinstance(scope.node, ast.Module) else []
        importer = self.program.imports.by_tree[scope.module.node]
        for statement in body:
            for alias in statement.names if isinstance(statement, ast.ImportFrom) else ():
                if (alias.asname or alias.name) == name and isinstance(statement, ast.ImportFrom):
                    module = self.program.imports.module(importer, statement.module or "", statement.level)
                    return self.variable(self.program.scopes[module.tree], alias.name) if module is not None else None
        return None

    # -- members and calls

    def object(self, node: ast.expr) -> Root | None:
        """An object of the program, by a variable and attributes that do not change."""
        match node:
            case ast.Name():
                owner = self.program.scope(node).owner(node.id)
                return Root(owner, node.id) if owner is not None and self.fixed.variable(owner, node.id) else None
            case ast.Attribute():
                owners = self.program.of(node.value)
                known = bool(owners) and all(v.kind is Kind.SELF and v.node is not None for v in owners)
                if known and all(self.fixed.attribute(v.node, node.attr) for v in owners if v.node is not None):
                    above = self.object(node.value)
                    return above.member(node.attr) if above is not None else None
        return None

    def _member(self, node: ast.Attribute) -> Root | None:
        owners = self.program.of(node.value)
        if hang(owners):
            return self.of(node.value)
        modules = [v.node for v in owners if v.kind is Kind.MODULE and v.node is not None]
        if len(modules) == len(owners) == 1:
            return self.variable(self.program.scopes[modules[0]], node.attr)
        if all(v.is_repo for v in self.program.of(node)):
            return self.object(node)
        beside = self.pairs.of_attribute(node)
        above = self.object(node.value) if beside is not None else None
        return above.member(beside) if above is not None and beside is not None else None

    def _called(self, node: ast.Call) -> Root | None:
        callees = self.program.of(node.func)
        if self.program.inference.calling.is_forwarded(node) or not callees:
            return None
        if all(v.kind is Kind.MEMBER and v.base is not None for v in callees):
            owner = node.func.value if isinstance(node.func, ast.Attribute) else None
            return self.of(owner) if owner is not None and self._hangs(owner) else None
        if all(v.name in STORE_FUNCTIONS for v in callees):
            functions = [STORE_FUNCTIONS[v.name] for v in callees]
            return self.same(argument(node, f.position, f.parameter) for f in functions)
        if len(callees) == 1:
            (callee,) = callees
            if callee.kind is Kind.FUNCTION and callee.node is not None:
                return self._returned(callee.node, node)
        return None

    def given(self, function: ast.AST) -> Root | None:
        """The one repo that hangs on whatever a function returns, by a name inside of it."""
        if isinstance(function, ast.Lambda):
            return self.of(function.body)
        return self.same(r.value for r in self.returns(function))

    def returns(self, function: ast.AST) -> Iterator[ast.Return]:
        """The `return` statements of a function."""
        for node in ast.walk(function):
            if isinstance(node, ast.Return) and self.program.scope(node).function.node is function:
                yield node

    def _returned(self, function: ast.AST, call: ast.Call) -> Root | None:
        return self._outside(self.given(function), function, call) if function not in self._yields else None

    @property
    def _yields(self) -> Container[ast.AST]:
        return self.program.inference.yields

    def _entered(self, target: ast.AST) -> Root | None:
        """The repo of what a `with` statement binds, where it enters a function of the program."""
        item = self.program.parents.get(target)
        call = item.context_expr if isinstance(item, ast.withitem) else None
        callees = self.program.of(call.func) if isinstance(call, ast.Call) else frozenset()
        functions = [v.node for v in callees if v.node in self._yields]
        if len(functions) != len(callees) or len(functions) != 1 or not isinstance(call, ast.Call):
            return None
        (function,) = functions
        if function is None or not self.program.inference.managers.is_followed(function):
            return None
        mine = [n for n in ast.walk(function) if isinstance(n, ast.Yield)]
        return self._outside(self.same(n.value for n in mine), function, call)

    def _outside(self, given: Root | None, function: ast.AST, call: ast.Call) -> Root | None:
        """What a repo of a function is where the function is called."""
        if given is None:
            return None
        if given.scope is not self.program.scopes[function]:
            same = isinstance(call.func, ast.Name) and self.program.scope(call).owner(call.func.id) is given.scope
            return given if same or given.scope.is_module else None  # other closures may hold other repos
        passed = self.passed(function, given.name, call)
        if passed is None or not given.attributes:
            return self.of(passed)
        above = self.object(passed)
        return above.member(*given.attributes) if above is not None else None

    def passed(self, function: ast.AST, name: str, call: ast.Call) -> ast.expr | None:
        """What a call passes for a parameter of a function, the object of a method included."""
        if not isinstance(function, FUNCTIONS) or not self.fixed.is_parameter(self.program.scopes[function], name):
            return None
        calling = self.program.inference.calling
        call = calling.forwarded(call)
        positional = [*function.args.posonlyargs, *function.args.args]
        if calling.skipped(function, call) and positional[0].arg == name:
            return call.func.value if isinstance(call.func, ast.Attribute) else None
        return next((value for at, value in calling.bound(function, call) if at.name == name), None)


def hang(values: Values) -> bool:
    """Whether something is a repo or hangs on one, and nothing else; a node of which that is not known may do so."""
    known = [v for v in values if v.kind not in PLAIN]
    return bool(known) and all(v.is_repo or v.is_through_handle for v in known)
