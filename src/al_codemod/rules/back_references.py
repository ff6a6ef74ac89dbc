"""Stores that are asked for their repo: written anew, still for V1, with the repo in the place of the store.

A V1 store knows its repo, so that code can pass on the store alone and commit through `store._repo`. A store of Icechunk
belongs to a session that ends with its commit, and knows no repo. In V1 it makes no difference which of the two is passed
on, since `repo.store` gives the store back at any time. So the repo is passed on in the first place, and what comes out is
migrated like any other code.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from al_codemod.rewrite.edits import AddParameter, ChangeCall, Edit, ReplaceExpression, Template
from al_codemod.rewrite.errors import RewriteError
from al_codemod.semantics.arguments import all_parameters, parameter_defaults
from al_codemod.semantics.assumptions import is_none
from al_codemod.semantics.flow import Op
from al_codemod.semantics.modules import Module
from al_codemod.semantics.program import Program
from al_codemod.semantics.scopes import FUNCTIONS, FunctionNode, Scope
from al_codemod.semantics.values import Location, Origin, Value
from al_codemod.surface.kinds import REPOS, Kind
from al_codemod.surface.types import TYPES, canonical

BACK: Final = "_repo"
REPO_OF_STORE: Final = "AL409"


class NotFollowed(Exception):
    """A store goes where it cannot be replaced by its repo."""


@dataclass(slots=True)
class Rewritten:
    """Modules with repos in the place of stores, and the lines of each that changed, by its path."""

    modules: list[Module]
    lines: dict[str, set[int]]
    asked: list[ast.expr]
    """The expressions that ask a store for its repo, or pass it on to be kept, in the modules as they were."""
    others: int
    """How many expressions give a store that is not asked of its repo there and then, and stay as they are."""


def with_repos(program: Program, *, kept: bool = False) -> Rewritten | None:
    """The modules of a program with repos in the place of stores that are asked for them; `None` where that cannot be.

    With `kept`, stores that objects keep are replaced too, which are asked of the repo wherever they are used.
    """
    try:
        found = BackReferences(program, kept)
        return found.rewritten() if found.origins else None
    except (NotFollowed, RewriteError):
        return None


def stores_in_variables(program: Program) -> int:
    """How many expressions give a store that is not asked of its repo there and then."""
    return sum(
        any(v.kind is Kind.STORE for v in values) and not _is_producer(program, node)
        for node, values in program.inference.values.items()
    )


class BackReferences:
    """The stores of a program that are asked for their repo, or kept by objects, wherever they go."""

    def __init__(self, program: Program, kept: bool = False) -> None:
        self.program = program
        self.kept = kept
        self.inference = program.inference
        self.origins: set[Origin] = set()
        self.names: dict[Location, str] = {}
        asked = [n for n in program.attributes(BACK) if not _is_producer(program, n.value)]
        self._take(v for n in asked for v in program.of(n.value))
        for location, values in self.inference.outer.items() if kept else ():
            if location.is_attribute:
                self._take(values)
        self._close()
        self.mine = {
            n: values
            for n, values in self.inference.values.items()
            if isinstance(n, ast.expr) and any(self._is_mine(v) for v in values)
        }

    def _take(self, values: Iterable[Value]) -> None:
        self.origins |= {v.origin for v in values if v.kind is Kind.STORE and v.origin is not None}

    def _close(self) -> None:
        """Stores that meet in one expression go the same way."""
        before = -1
        while len(self.origins) != before:
            before = len(self.origins)
            for values in self.inference.values.values():
                if any(self._is_mine(v) for v in values):
                    self._take(values)

    def _is_mine(self, value: Value) -> bool:
        return value.kind is Kind.STORE and value.origin in self.origins

    def rewritten(self) -> Rewritten:
        from al_codemod.rewrite.apply import apply  # LibCST is slow to import, and most programs need it not

        edits: dict[Module, list[Edit]] = {}
        lines: dict[str, set[int]] = {}
        self._name_variables()
        others = stores_in_variables(self.program) - sum(not _is_producer(self.program, node) for node in self.mine)
        changes: list[tuple[ast.AST, Edit]] = [(node, edit) for node in self.mine for edit in self._edits(node)]
        changes += [change for location, name in self.names.items() for change in self._renamed(location, name)]
        for node, edit in changes:
            module = self.program.module(node)
            edits.setdefault(module, []).append(edit)
            lines.setdefault(module.path, set()).update(_lines(node))
        if not all(m.editable and type(m) is Module for m in edits):
            raise NotFollowed
        modules = []
        for module in self.program.modules:
            text = apply(module.text, module.tree, edits.get(module, []))
            modules.append(replace(module, text=text, tree=ast.parse(text)) if type(module) is Module else module)
        asked: list[ast.expr] = [n for n in self.program.attributes(BACK) if n.value in self.mine]
        if self.kept:
            asked += [n for n in self.mine if _is_producer(self.program, n) and self._goes_on(n)]
        return Rewritten(modules, lines, asked, others)

    # -- what becomes of one expression

    def _edits(self, node: ast.expr) -> Iterator[Edit]:
        if any(not self._is_mine(v) for v in self.mine[node]) or isinstance(
            node, ast.BoolOp | ast.IfExp | ast.NamedExpr
        ):
            raise NotFollowed
        if not isinstance(getattr(node, "ctx", None), ast.Load | None):
            return
        parent = self.program.parents[node]
        named = self._written(node)
        if _is_producer(self.program, node):
            assert isinstance(node, ast.Attribute)
            if self._goes_on(node):
                yield ReplaceExpression(node, Template("{repo}", {"repo": node.value}))
        elif isinstance(parent, ast.Attribute) and parent.attr == BACK:
            yield ReplaceExpression(parent, named)
        elif self._is_asked_whether(node, parent):
            assert isinstance(parent, ast.Call)
            yield ReplaceExpression(parent, Template(f"{named.text} is not None", named.holes))
        elif isinstance(parent, ast.Compare) and self._is_identity(parent):
            if named.holes.get("node") is not node:
                yield ReplaceExpression(node, named)
        elif not self._goes_on(node):
            if self._may_be_none(node, parent):
                raise NotFollowed
            yield ReplaceExpression(node, Template(f"{named.text}.store", named.holes))
        elif named.holes.get("node") is not node:
            yield ReplaceExpression(node, named)

    def _written(self, node: ast.expr) -> Template:
        """How an expression is written that now gives the repo."""
        location = self.inference.location(node, self.program.scope(node)) if _is_variable(node) else None
        name = self.names.get(location) if location is not None else None
        if name is None:
            return Template("{node}", {"node": node})
        if isinstance(node, ast.Attribute):
            return Template(f"{{owner}}.{name}", {"owner": node.value})
        return Template(name)

    def _is_identity(self, compare: ast.Compare) -> bool:
        """Whether stores are only compared with each other, or with `None`."""
        parts = [compare.left, *compare.comparators]
        same = all(isinstance(o, ast.Is | ast.IsNot) for o in compare.ops)
        return same and all(is_none(p) or (p in self.mine and not _is_producer(self.program, p)) for p in parts)

    def _may_be_none(self, node: ast.expr, parent: ast.AST) -> bool:
        """Whether a variable may hold nothing where it is asked for its store, or is looked at to find that out."""
        if isinstance(parent, ast.If | ast.While | ast.Assert | ast.UnaryOp):
            return True
        return _is_variable(node) and self.inference.location(node, self.program.scope(node)) in self.optional

    @cached_property
    def optional(self) -> set[Location]:
        """The variables that may be `None`."""
        found: set[Location] = set()
        for graph in self.program.graphs:
            scope = graph.scope
            for step in (s for block in graph.blocks for s in block.steps):
                if step.op is Op.BIND and is_none(step.source):
                    location = self.inference.location(step.node, step.scope)
                    found |= {location} if location is not None else set()
            if isinstance(scope.node, FUNCTIONS):
                found |= {Location(scope, name) for name, value in parameter_defaults(scope.node) if is_none(value)}
                for call in self.inference.calling.calls.get(scope.node, ()):
                    bound = self.inference.calling.bound(scope.node, call)
                    found |= {location for location, value in bound if is_none(value)}
        return found

    def _is_asked_whether(self, node: ast.expr, parent: ast.AST) -> bool:
        """`hasattr(store, "_repo")`, which is so for every store of V1."""
        match parent:
            case ast.Call(func=ast.Name(id="hasattr"), args=[first, ast.Constant(value=name)]):
                return first is node and name == BACK
        return False

    def _goes_on(self, node: ast.expr) -> bool:
        """Whether a store goes where it is followed, and so can be its repo. Raises `NotFollowed` where that is not certain."""
        parent = self.program.parents[node]
        match parent:
            case ast.Assign(targets=targets) if parent.value is node:
                for target in targets:
                    location = self.inference.location(target, self.program.scope(target))
                    if location is None or not self._holds_mine(location):
                        raise NotFollowed
                return True
            case ast.Return():
                function = self.program.scope(node).function.node
                returned = self.inference.returns.get(function, frozenset())
                if function in self.program.escaping_functions or not all(self._is_mine(v) for v in returned):
                    raise NotFollowed
                return True
            case ast.keyword():
                outer = self.program.parents[parent]
                return isinstance(outer, ast.Call) and self._is_passed(node, outer)
            case ast.Call() if parent.func is not node:
                return self._is_passed(node, parent)
            case ast.Starred() | ast.Yield() | ast.Await() | ast.AnnAssign() | ast.Tuple() | ast.List() | ast.Dict():
                raise NotFollowed
        return False

    def _is_passed(self, node: ast.expr, call: ast.Call) -> bool:
        """Whether a call passes a store to a function of the program."""
        calling = self.inference.calling
        if calling.forwarded(call) is not call:
            raise NotFollowed
        taking = False
        for value in self.program.of(call.func):
            if value.kind is Kind.CLASS and value.node is not None and self.inference.fields.of_class(value.node):
                taking |= self._is_kept_in_field(node, value.node, call)
                continue
            made = frozenset({value})
            if value.kind is Kind.CLASS and value.node is not None:
                made = self.inference.classes.inherited(value.node, "__init__")
            for function in (v.node for v in made if v.kind is Kind.FUNCTION):
                if not isinstance(function, FUNCTIONS):
                    raise NotFollowed
                self._check_callers(function)
                bound = calling.bound(function, call)
                if not any(v is node for _, v in bound):
                    raise NotFollowed
                taking = True
        return taking

    def _is_kept_in_field(self, node: ast.expr, owner: ast.AST, call: ast.Call) -> bool:
        """Whether a call puts a store into a field of an object, as all others do that make such objects."""
        fields = self.inference.fields
        field = next((f for f, value in fields.passed(owner, call) if value is node), None)
        if field is None or not isinstance(field.target, ast.Name) or field.value is not None:
            raise NotFollowed
        if any(canonical(name) in TYPES for name in self._named(field.annotation)):
            raise NotFollowed  # the annotation would have to be another one
        location = Location(self.inference.scopes[fields.owner(field, owner)], f".{field.target.id}")
        if not self._holds_mine(location):
            raise NotFollowed
        return True

    def _named(self, annotation: ast.expr) -> Iterator[str]:
        return (v.name for n in ast.walk(annotation) for v in self.program.of(n) if v.kind is Kind.NAME)

    def _check_callers(self, function: FunctionNode) -> None:
        """All callers must pass a store of these, or nothing, for each parameter that takes one."""
        scope = self.program.scopes[function]
        calling = self.inference.calling
        taking = {
            a.arg
            for a in all_parameters(function)
            if any(self._is_mine(v) for v in self.inference.outer.get(Location(scope, a.arg), ()))
        }
        if function in self.program.escaping_functions or not all(self._holds_mine(Location(scope, a)) for a in taking):
            raise NotFollowed
        for call in calling.calls.get(function, ()):
            for location, value in calling.bound(function, call):
                if location.name in taking and value not in self.mine and not is_none(value):
                    raise NotFollowed

    def _holds_mine(self, location: Location) -> bool:
        values = self.inference.outer.get(location, frozenset())
        return bool(values) and all(self._is_mine(v) for v in values)

    # -- names

    def _name_variables(self) -> None:
        """Call variables that are called after the store after the repo instead, where nothing else is called so."""
        for location in [at for at in self.inference.outer if self._holds_mine(at)]:
            name = location.name.lstrip(".")
            new = name.replace("store", "repo")
            if new == name:
                continue
            free = self._is_free_attribute if location.is_attribute else self._is_free
            if free(location, name, new):
                self.names[location] = new

    def _is_free(self, location: Location, name: str, new: str) -> bool:
        scope, node = location.scope, location.scope.node
        if scope.is_class or new in set(_names(node)) or (scope.is_module and self._is_imported(name)):
            return False
        if any(name in (*s.declared_global, *s.declared_nonlocal) for s in scope.walk()):
            return False
        arg = next((a for a in all_parameters(node) if a.arg == name), None) if isinstance(node, FUNCTIONS) else None
        if arg is None:
            return True
        assert isinstance(node, FUNCTIONS)
        hidden = any(k.arg is None for c in self.inference.calling.calls.get(node, ()) for k in c.keywords)
        plain = arg.annotation is None and arg in node.args.args[: len(node.args.args) - len(node.args.defaults)]
        return plain and not hidden

    def _is_imported(self, name: str) -> bool:
        """Whether another module may speak of a variable."""
        aliases = (a.name for n in self.program.parents if isinstance(n, ast.ImportFrom) for a in n.names)
        return bool({name, "*"} & set(aliases)) or any(
            v.kind is Kind.MODULE for n in self.program.attributes(name) for v in self.program.of(n.value)
        )

    def _is_free_attribute(self, location: Location, name: str, new: str) -> bool:
        """Whether an attribute can be renamed: all that ask for it are seen, and there is no other of the new name."""
        fields = {f for c in self.inference.classes.lineage(location.scope.node) for f in getattr(c, "body", ())}
        if any(isinstance(f, ast.AnnAssign) and getattr(f.target, "id", "") == name for f in fields):
            return False  # calls may pass it by its name
        asked = [n for n in self.program.attributes(name) if not any(v.kind in REPOS for v in self.program.of(n.value))]
        at = (self.inference.location(n, self.program.scope(n)) for n in asked)
        return all(found == location for found in at) and not self.program.attributes(new)

    def _renamed(self, location: Location, name: str) -> Iterator[tuple[ast.AST, Edit]]:
        """The edits that give a variable another name where it is bound, declared and passed by name."""
        old = location.name.lstrip(".")
        if location.is_attribute:
            for node in (n for n in self.program.attributes(old) if isinstance(n.ctx, ast.Store)):
                yield node, ReplaceExpression(node, Template(f"{{owner}}.{name}", {"owner": node.value}))
            return
        for inner in self._scopes_seeing(location, old):
            for use in (n for n in ast.walk(inner.node) if isinstance(n, ast.Name) and n.id == old):
                if self.program.scope(use) is inner and (isinstance(use.ctx, ast.Store) or use not in self.mine):
                    yield use, ReplaceExpression(use, Template(name))
        function = location.scope.node
        for arg in all_parameters(function) if isinstance(function, FUNCTIONS) else ():
            if arg.arg == old:
                yield arg, AddParameter(arg, name, in_place=True)
                for call in self.inference.calling.calls.get(function, ()):
                    for keyword in (k for k in call.keywords if k.arg == old):
                        yield call, ChangeCall(call, rename=((keyword, name),))

    def _scopes_seeing(self, location: Location, name: str) -> Iterator[Scope]:
        return (s for s in location.scope.walk() if s.owner(name) is location.scope)


def _is_producer(program: Program, node: ast.AST) -> bool:
    """Whether an expression asks a repo for its store."""
    return (
        isinstance(node, ast.Attribute)
        and node.attr == "store"
        and any(v.kind in REPOS for v in program.of(node.value))
    )


def _names(node: ast.AST) -> Iterator[str]:
    """The names that are used below a node."""
    for inner in ast.walk(node):
        match inner:
            case ast.Name(id=name) | ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name):
                yield name
            case ast.alias(name=name, asname=asname):
                yield asname or name.partition(".")[0]


def _is_variable(node: ast.expr) -> bool:
    return isinstance(node, ast.Name | ast.Attribute)


def _lines(node: ast.AST) -> range:
    start = getattr(node, "lineno", 1)
    return range(start, (getattr(node, "end_lineno", None) or start) + 1)
