"""Value inference: what every expression of a program may be, found by running its control flow on abstract values.

Inside a scope the analysis is flow-sensitive: a name is what was last assigned to it on the way here. A name of another
scope, and an attribute of `self`, is anything that was ever assigned to it. Rounds over all scopes repeat until nothing new
is learned, so that values pass from arguments to parameters and from `return` to the call.
"""

import ast
from collections.abc import Container, Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeAlias, TypeVar

from al_codemod.semantics import named_tuples, zarr_values
from al_codemod.semantics.annotations import Annotations
from al_codemod.semantics.answers import Answers
from al_codemod.semantics.arguments import all_parameters, parameter_defaults
from al_codemod.semantics.assumptions import is_none
from al_codemod.semantics.calling import Calling
from al_codemod.semantics.classes import Classes, is_classmethod, is_property, is_static
from al_codemod.semantics.click_objects import ClickObjects
from al_codemod.semantics.fanouts import is_by_key, tasks_by_key
from al_codemod.semantics.fields import Fields
from al_codemod.semantics.flow import Block, Graph, Op, Step
from al_codemod.semantics.holders import Holders
from al_codemod.semantics.injection import Injection
from al_codemod.semantics.managers import Managers
from al_codemod.semantics.modules import Imports, Module
from al_codemod.semantics.owners import Owners
from al_codemod.semantics.parts import Part, parts_of
from al_codemod.semantics.pytest_fixtures import PytestFixtures
from al_codemod.semantics.scopes import FUNCTIONS, Scope
from al_codemod.semantics.several import Several
from al_codemod.semantics.values import NOTHING, OTHER, Birth, Location, Origin, Value, Values, union
from al_codemod.semantics.wrappers import Wrapper, decorator_wrapper
from al_codemod.semantics.zarr_children import Children
from al_codemod.semantics.zarr_collections import Collections, collection
from al_codemod.semantics.zarr_doubts import Doubts
from al_codemod.surface.kinds import NODES, REPOS, Kind
from al_codemod.surface.members import DATASET_FACTS, DATASET_READS, ELEMENTS, MEMBERS, NDARRAY_NAMES, NODE_PAIRS
from al_codemod.surface.names import ALWAYS_LAZY, ANNOTATIONS, CANONICAL, PASS_THROUGH, STORE_FUNCTIONS

MAX_ROUNDS: Final = 8
LISTS: Final = {element: kind for kind, element in ELEMENTS.items()}
Env: TypeAlias = dict[Location, Values]
Key = TypeVar("Key", bound=Hashable)


class Inference:
    """The values of every expression of a program.

    `values` maps each expression node to what it may be; `environments` gives what every location holds on entry to a
    block; `outer` gives what a location may ever hold.
    """

    def __init__(
        self,
        imports: Imports,
        scopes: Mapping[ast.AST, Scope],
        graphs: Sequence[Graph],
        parents: Mapping[ast.AST, ast.AST],
        shared: Container[ast.AST] = (),
        *,
        carried: bool = False,
    ) -> None:
        """`shared` are the parameters and fields in which several objects keep one repo, whose session is none of theirs.

        Where repos carry their sessions (`carried`), they are followed through containers as well.
        """
        self.imports = imports
        self.shared_repos = shared
        self.scopes = scopes
        self.graphs = graphs
        self.values: dict[ast.AST, Values] = {}
        self.outer: dict[Location, Values] = {}
        self.returns: dict[ast.AST, Values] = {}
        self.yields: dict[ast.AST, Values] = {}
        self.classes = Classes(self)
        self.parameters: dict[Location, Values] = {}
        self.environments: dict[Block, Env] = {}
        self.star_imports: dict[Scope, list[Value]] = {}
        self.annotations = Annotations(self, imports.by_tree)
        self.calling = Calling(self)
        self.fields = Fields(self)
        self.injection = Injection(self, parents)
        self.several = Several(self, parents)
        self.managers = Managers(self, parents)
        self.owners = Owners(self)
        self.tests = PytestFixtures(self)
        self.children = Children(self, parents)
        self.holders = Holders(self) if carried else None
        self.answers = Answers(self)
        self.click = ClickObjects(self)
        self.doubts = Doubts(self)
        self.collections = Collections(self)
        self.wrapped: dict[ast.AST, set[Wrapper]] = {}
        """The wrappers around functions that do nothing but call them, so that they are the same as the functions."""
        self.evaluated: set[ast.AST] = set()
        self.changed = True
        self.settled = False
        """Whether the first rounds are over, so that what is passed on and still not known is something else."""
        self.fixed: set[Location] = set()
        self.shared = {
            Location(owner, name)
            for scope in scopes.values()
            for name in (*scope.declared_global, *scope.declared_nonlocal)
            if name in scope.bindings and (owner := scope.owner(name)) is not None
        }

    def run(self) -> "Inference":
        self.rounds()
        self.forget_guesses()
        self.settled = True
        self.rounds()
        if self.doubts.are_needed():
            self.forget_guesses()
            self.doubts.count = True
            self.rounds()
        self.classes.forget()
        return self

    def forget_guesses(self) -> None:
        """Drop that something may be anything, where more is known of it; that is learned again where it is true.

        What a function returns is not known yet when its first callers are looked at.
        """
        tables: tuple[dict[Any, Values], ...] = (self.returns, self.yields, self.values, self.parameters, self.outer)
        for table in (*tables, self.several.known):
            table |= {key: values - OTHER for key, values in table.items() if values > OTHER}

    def rounds(self) -> None:
        """Go over all scopes until nothing new is learned."""
        for _ in range(MAX_ROUNDS):
            self.changed = False
            self.classes.forget()
            self.tests.forget()
            for graph in self.graphs:
                self.flow(graph)
            if not self.changed:
                break

    def argument(self, node: ast.expr) -> Values:
        """What a call passes. That something is no V1 object is only known when all the others are."""
        return self.of(node) or (self.constant(node) if self.settled else NOTHING)

    def of(self, node: ast.AST | None) -> Values:
        return self.values.get(node, NOTHING) if node is not None else NOTHING

    # -- data flow

    def flow(self, graph: Graph) -> None:
        entry = self.entry_environment(graph)
        seen: dict[Block, Env] = {graph.entry: entry}
        work = [graph.entry]
        while work:
            block = work.pop()
            before = seen[block]
            env = dict(before)
            for step in block.steps:
                self.step(step, env)
            flows = [(s, env) for s in block.successors]
            flows += [(h, state) for h in block.handlers if h is not graph.escape for state in (before, env)]
            work += [target for target, state in flows if _merge(seen, target, state)]
        self.environments.update(seen)

    def entry_environment(self, graph: Graph) -> Env:
        scope, node = graph.scope, graph.scope.node
        if not isinstance(node, FUNCTIONS):
            return {}
        env: Env = {}
        for name, default in parameter_defaults(node):
            passed = self.of(default)
            if passed:
                self.parameters[Location(scope, name)] = self.parameters.get(Location(scope, name), NOTHING) | passed
        for i, parameter in enumerate(all_parameters(node)):
            if isinstance(parameter, Part):
                continue  # it is bound where it is taken out
            location = Location(scope, parameter.arg)
            values = self.parameter(scope, parameter, i == 0) if parameter not in graph.without else NOTHING
            if values:
                env[location] = values
                self.remember(location, values)
        star = node.args.vararg
        if star is not None and star in self.collections.held:
            location = Location(scope, star.arg)
            env[location] = collection(star)
            self.remember(location, env[location])
        return env

    def parameter(self, scope: Scope, parameter: ast.arg, first: bool) -> Values:
        owner = scope.parent
        node = scope.node
        if first and owner is not None and owner.is_class and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if not is_static(node):
                return frozenset({Value(Kind.CLASS if is_classmethod(node) else Kind.SELF, node=owner.node)})
        passed = self.parameters.get(Location(scope, parameter.arg), NOTHING) | self.tests.given(scope, parameter)
        passed |= self.click.given(scope, first)
        kind = self.annotations.annotation(parameter.annotation, owner) if not isinstance(parameter, Part) else None
        kind = kind or (self.annotations.evidence(scope, parameter) if not isinstance(parameter, Part) else None)
        passed = self.doubts.passed(scope, parameter, passed)
        if parameter in self.shared_repos and passed:
            return passed
        if kind in REPOS or any(v.kind in REPOS for v in passed):
            mine = Value(kind or Kind.REPO, origin=Origin(parameter, Birth.PARAMETER))
            return frozenset({mine, *(v for v in passed if v.kind not in REPOS)})
        if passed and passed != OTHER:
            return passed
        if kind is not None:
            return frozenset({Value(kind, origin=Origin(parameter, Birth.PARAMETER))})
        known = zarr_values.annotated(self, parameter.annotation, owner)
        return known or (NOTHING if passed else self.owners.of(scope, parameter)) or passed

    # -- steps

    def step(self, step: Step, env: Env) -> None:
        match step.op:
            case Op.EVALUATE:
                assert isinstance(step.node, ast.expr)
                self.evaluate(step.node, step.scope, env)
            case Op.BIND:
                self.bind(step, env, self.of(step.source) or self.constant(step.source))
                if self.holders is not None:
                    self.holders.stored(step, env)
            case Op.BIND_ELEMENT:
                self.bind(step, env, self.elements(step.source))
            case Op.BIND_ENTERED:
                self.bind(step, env, self.entered(step.source) or OTHER)
            case Op.BIND_PAIRED:
                self.bind(step, env, self.paired(step.source) or self.collections.second(step.source) or OTHER)
            case Op.BIND_PART:
                values = self.several.bound(step.node, step.source) or self.unpacked(step)
                if any(v.is_repo and v.origin is not None and v.origin.node is step.node for v in values):
                    _make_stale(env, step.node)
                self.bind(step, env, values)
            case Op.BIND_UNKNOWN:
                self.bind(step, env, self.unpacked(step))
            case Op.DELETE:
                location = self.location(step.node, step.scope)
                if location is not None:
                    env.pop(location, None)
            case Op.DEFINE:
                self.define(step, env)
            case Op.RETURN:
                function = step.scope.function.node
                self.learn(self.returns, function, self.doubts.returned(function, step.source))
                self.several.learn(function, step.source)

    def unpacked(self, step: Step) -> Values:
        """What one of several targets is given."""
        held = NOTHING
        if self.holders is not None:
            held = self.holders.unpacked(step.node, step.source) | named_tuples.part(self, step.node, step.source)
        return held or self.collections.elements(step.source) or OTHER

    def entered(self, source: ast.expr | None) -> Values:
        """What `with source as x` binds: what a context manager of the program yields, else what `source` is."""
        if isinstance(source, ast.Call) and self.managers.entered(source):
            return self.managers.given(source)
        made = self.generated(source)
        return made or (self.answers.entered(self.of(source)) if self.holders is not None else self.of(source))

    def paired(self, source: ast.expr | None) -> Values:
        """What `group.arrays()` and its like give together with a name."""
        if not isinstance(source, ast.Call):
            return self.holders.seconds(self.of(source)) if self.holders is not None else NOTHING
        if isinstance(source.func, ast.Name) and source.func.id in PASS_THROUGH and source.args:
            return self.paired(source.args[0])
        if isinstance(source.func, ast.Attribute) and source.func.attr == "items":
            kept = [v for v in self.of(source.func.value) if is_by_key(v)]
            if kept:
                return frozenset(Value(Kind.TASK, "", v.origin, v, source) for v in kept)
        callees = (v for v in self.of(source.func) if v.kind is Kind.MEMBER and v.base is not None)
        held = self.holders.seconds(self.of(source)) if self.holders is not None else NOTHING
        return (
            held
            | zarr_values.paired(self, source)
            | self.collections.paired(source)
            | frozenset(
                Value(NODE_PAIRS[c.name], "", c.origin, None, source)
                for c in callees
                if c.name in NODE_PAIRS and c.base is not None and c.base.kind in NODES
            )
        )

    def generated(self, source: ast.expr | None) -> Values:
        """What a call of a generator function of the program yields."""
        if not isinstance(source, ast.Call):
            return NOTHING
        functions = [v.node for v in self.of(source.func) if v.kind is Kind.FUNCTION and v.node is not None]
        return union(self.yields.get(f, NOTHING) for f in functions)

    def constant(self, node: ast.expr | None) -> Values:
        return NOTHING if is_none(node) else OTHER

    def is_known(self, node: ast.expr) -> bool:
        """Whether it has been looked at what an expression may be; that of the other way through a statement may come later."""
        return isinstance(node, ast.Constant) or node in self.evaluated

    def learn(self, table: dict[Key, Values], key: Key, values: Values) -> None:
        """Add what something may be; what is new asks for another round."""
        known = table.get(key, NOTHING)
        if not values <= known:
            table[key] = known | values
            self.changed = True

    def remember(self, location: Location, values: Values) -> None:
        self.learn(self.outer, location, values)

    def location(self, node: ast.AST, scope: Scope) -> Location | None:
        """Where `node` keeps its value: a name or an attribute of `self`."""
        match node:
            case ast.Name():
                return Location(scope.store_owner(node.id), node.id)
            case ast.ExceptHandler() | ast.MatchAs() | ast.MatchStar() if node.name:
                return Location(scope.store_owner(node.name), node.name)
            case ast.Attribute():
                owners = [v for v in self.of(node.value) if v.kind in (Kind.SELF, Kind.CLASS, Kind.MODULE)]
                found = {self.member(owner, node.attr) for owner in owners}
                return found.pop() if len(found) == 1 else None if found else self.click.location(node)
        return None

    def member(self, owner: Value, name: str) -> Location:
        """Where an object, class or module keeps what its member `name` is."""
        assert owner.node is not None
        if owner.kind is Kind.CLASS:
            return self.classes.class_attribute(owner.node, name)
        if owner.kind is Kind.MODULE:
            return Location(self.scopes[owner.node], name)
        return self.classes.attribute(owner.node, name)

    def bind(self, step: Step, env: Env, values: Values) -> None:
        if isinstance(step.node, ast.Subscript):
            self.collections.stored(step.node, step.source)
        location = self.location(step.node, step.scope)
        if location is None:
            return
        if isinstance(step.node, ast.Name) and isinstance(location.scope.node, FUNCTIONS):
            part = next((p for p in parts_of(location.scope.node) if p.target is step.node), None)
            values = self.parameter(location.scope, part, False) or values if part is not None else values
        if isinstance(step.node, ast.expr):
            self.values[step.node] = values
        if values != OTHER or location in self.outer:
            env[location] = values
            self.remember(location, values)

    def define(self, step: Step, env: Env) -> None:
        node, scope = step.node, step.scope
        match node:
            case ast.Import():
                for alias in node.names:
                    name = alias.name if alias.asname else alias.name.partition(".")[0]
                    self.assign(scope, alias.asname or name, self.imported(scope, name), env)
            case ast.ImportFrom():
                source = self.imported(scope, node.module or "", node.level)
                for alias in node.names:
                    if alias.name == "*":
                        known = self.star_imports.setdefault(scope.module, [])
                        known += [v for v in source if v not in known]
                        continue
                    found = union(self.exported(v, alias.name) for v in source)
                    self.assign(scope, alias.asname or alias.name, found, env)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.assign(scope, node.name, self.decorated(node), env)
            case ast.ClassDef():
                self.assign(scope, node.name, frozenset({Value(Kind.CLASS, node=node)}), env)
            case ast.Name() if scope.is_class:
                self.field(node, scope)
            case ast.Lambda():
                self.values[node] = frozenset({Value(Kind.FUNCTION, node=node)})

    def imported(self, scope: Scope, dotted: str, level: int = 0) -> Values:
        """The module that an import names: one of the program, or what is known of it by its name."""
        importer = self.imports.by_tree[scope.module.node]
        module = self.imports.module(importer, dotted, level)
        if module is not None:
            return frozenset({_module(module)})
        inside = importer.tree if self.imports.has_below(importer, dotted) else None
        return frozenset({Value(Kind.NAME, "." * level + dotted, node=inside)})

    def exported(self, owner: Value, name: str) -> Values:
        """A member of a module."""
        if owner.kind is not Kind.MODULE or owner.node is None:
            dotted = f"{owner.name}.{name}"
            if owner.node is not None:  # a directory of the program that is no package
                return self.imported(self.scopes[owner.node], dotted)
            if owner.name.split(".").count(name) > 1:  # `f = f.func` in a loop or recursion, which has no end
                return NOTHING
            return frozenset({Value(Kind.NAME, CANONICAL.get(dotted, dotted))})
        scope = self.scopes[owner.node]
        found = self.outer.get(Location(scope, name), NOTHING)
        if found or name in scope.bindings:
            return found
        module = self.imports.child(self.imports.by_tree[owner.node], name)
        if module is not None:
            return frozenset({_module(module)})
        return self.starred(name, scope) or (self.answers.given_by_module(scope, name) if self.holders else NOTHING)

    def field(self, node: ast.Name, scope: Scope) -> None:
        """An annotated attribute of a class, as dataclasses have them."""
        for statement in scope.node.body if isinstance(scope.node, ast.ClassDef) else ():
            if isinstance(statement, ast.AnnAssign) and statement.target is node:
                kind = self.annotations.annotation(statement.annotation, scope)
                if kind in REPOS or kind is Kind.STORE:
                    value = Value(kind, origin=Origin(statement, Birth.FIELD))
                    self.remember(Location(scope, f".{node.id}"), frozenset({value}))
                elif plain := zarr_values.annotated(self, statement.annotation, scope):
                    self.remember(Location(scope, f".{node.id}"), plain)

    def decorated(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Values:
        """What the name of a function holds: the function, or what decorators of the program put in its place."""
        values: Values = frozenset({Value(Kind.FUNCTION, node=node)})
        for decorator in reversed(node.decorator_list):
            for function in [v.node for v in self.of(decorator) if v.kind is Kind.FUNCTION]:
                if function is None or not isinstance(function, FUNCTIONS) or not function.args.args:
                    continue
                wrapper = decorator_wrapper(function)
                if wrapper is not None and type(wrapper.node) is type(node):
                    self.wrapped.setdefault(node, set()).add(wrapper)
                    continue
                location = Location(self.scopes[function], function.args.args[0].arg)
                self.learn(self.parameters, location, values)
                values = frozenset(v for v in self.returns.get(function, NOTHING) if v.kind is Kind.FUNCTION) or values
        return values

    def assign(self, scope: Scope, name: str, values: Values, env: Env) -> None:
        """Bind a name to what an import or definition makes; one that is bound only once needs no flow to be known."""
        location = Location(scope.store_owner(name), name)
        self.remember(location, values)
        if location.scope.bindings.get(name) == 1:
            self.fixed.add(location)
        else:
            env[location] = values

    # -- expressions

    def evaluate(self, node: ast.expr, scope: Scope, env: Env) -> None:
        values = self.doubts.derived(node, self.value(node, scope, env))
        self.evaluated.add(node)
        if isinstance(node, ast.Call) and any(v.origin and v.origin.node is node and v.is_repo for v in values):
            _make_stale(env, node)
        if isinstance(node, ast.Call):
            self.injection.take_over(node, scope, env)
            self.click.called(node)
        self.appended(node, scope, env)
        if self.holders is not None:
            values |= self.holders.made(node)
            values |= self.answers.asked_by_name(node, env) if isinstance(node, ast.Call) else NOTHING
            self.holders.changed(node, scope, env)
        if values:  # a node of a `finally` body is evaluated on several paths
            self.values[node] = self.values.get(node, NOTHING) | frozenset(_bounded(v) for v in values)

    def appended(self, node: ast.expr, scope: Scope, env: Env) -> None:
        """Note that a list holds the tasks that are appended to it."""
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name() as name, attr="append"), args=[item]):
                tasks = frozenset(self.collected(v, item) for v in self.of(item) if v.kind is Kind.TASK)
                location = self.location(name, scope)
                if tasks and location is not None:
                    env[location] = env.get(location, NOTHING) | tasks
                    self.remember(location, tasks)

    def value(self, node: ast.expr, scope: Scope, env: Env) -> Values:
        match node:
            case ast.Name():
                return self.name(node.id, scope, env)
            case ast.Attribute():
                base = self.of(node.value)
                if self.holders is not None and self.settled:
                    base |= self.answers.assumed(node, base)
                return union(self.attribute(v, node, env) for v in base) if base else self.click.of(node)
            case ast.Call():
                return self.calling.call(node, scope)
            case ast.Subscript():
                return union(self.subscript(v, node) for v in self.of(node.value))
            case ast.BinOp(left=left, right=right):
                return union(self.computed(v) for v in self.of(left) | self.of(right))
            case ast.Await() | ast.Starred():
                return self.of(node.value)
            case ast.NamedExpr():
                return self.of(node.value)
            case ast.BoolOp():
                return union(self.of(v) or self.constant(v) for v in node.values if self.is_known(v))
            case ast.IfExp():
                return union(self.of(v) or self.constant(v) for v in (node.body, node.orelse) if self.is_known(v))
            case ast.Lambda():
                return self.of(node)
            case ast.Yield() if node.value is not None:
                self.learn(self.yields, scope.function.node, self.of(node.value))
            case ast.DictComp():  # iterating over it gives its keys
                keys = frozenset(self.collected(v, node) for v in self.of(node.key) if v.kind is Kind.TASK)
                tasks = keys | {tasks_by_key(v, node) for v in self.of(node.value) if v.kind is Kind.TASK}
                return tasks or self.collections.made(node)
            case ast.ListComp() | ast.GeneratorExp() | ast.SetComp():
                collected = frozenset(self.collected(v, node) for v in self.of(node.elt) if v.kind in LISTS)
                return collected or self.collections.made(node)
            case ast.List() | ast.Tuple() | ast.Set() | ast.Dict():
                return self.collections.made(node)
        return NOTHING

    def name(self, name: str, scope: Scope, env: Env) -> Values:
        owner = scope.owner(name)
        if owner is None:
            return self.starred(name, scope.module)
        location = Location(owner, name)
        if location in self.fixed or location in self.shared:  # a shared one may have been bound by any call in between
            return self.outer.get(location, NOTHING)
        if location in env:
            return env[location] | self.kept(location)
        if owner.function is scope.function:
            return NOTHING
        return self.outer.get(location, NOTHING)

    def module_of(self, node: ast.AST) -> ast.AST:
        """The tree of the module that a node is in."""
        parents = self.injection.parents
        while node in parents:
            node = parents[node]
        return node

    def kept(self, location: Location) -> Values:
        """The containers that a variable may hold, with what was put into them from anywhere."""
        return self.holders.kept(location) if self.holders is not None else NOTHING

    def starred(self, name: str, module: Scope) -> Values:
        """What `name` is in a module that does not bind it itself, but imports all names of others."""
        for owner in self.star_imports.get(module, ()) if not name.startswith("_") else ():
            found = self.exported(owner, name)
            known = any(v.name in ANNOTATIONS or v.name in STORE_FUNCTIONS for v in found)
            if known if owner.kind is Kind.NAME else found:
                return found
        return NOTHING

    def attribute(self, base: Value, node: ast.Attribute, env: Env) -> Values:
        name = node.attr
        match base.kind:
            case Kind.NAME:
                return self.exported(base, name)
            case kind if kind in zarr_values.PLAIN:
                return zarr_values.member(self, base, node)
            case Kind.MODULE:
                location = self.member(base, name)
                return env[location] | self.kept(location) if location in env else self.exported(base, name)
            case Kind.CLASS if base.node is not None:
                location = self.classes.class_attribute(base.node, name)
                return (
                    env[location] | self.kept(location) if location in env else self.classes.inherited(base.node, name)
                )
            case Kind.SELF if base.node is not None:
                return self.self_attribute(base.node, name, env)
            case Kind.DATASET if self.holders is not None and name in DATASET_FACTS:
                return NOTHING
            case Kind.DATASET:
                is_read = base.name == "read" or name in DATASET_READS
                derived = Value(Kind.DATASET, "read" if is_read else "derived", base.origin, base)
                return frozenset({derived})
            case Kind.COMMIT_ID:
                return frozenset({Value(Kind.MEMBER, name, base.origin, base)})
        member = MEMBERS.get((base.kind, name))
        if member is not None:
            if member.call:
                return frozenset({Value(Kind.MEMBER, name, base.origin, base, node)})
            return frozenset({Value(member.gives, "", base.origin, base, node)}) if member.gives else NOTHING
        if base.kind is Kind.NODE and name in NDARRAY_NAMES:
            return NOTHING
        if base.kind in (Kind.GROUP, Kind.NODE) and not name.startswith("_"):
            return frozenset({Value(Kind.NODE, "", base.origin, base, node)})
        return NOTHING

    def self_attribute(self, class_node: ast.AST, name: str, env: Env) -> Values:
        location = self.classes.attribute(class_node, name)
        if location in env:
            return env[location] | self.kept(location)
        methods = self.classes.methods(class_node, name)
        computed = union(
            self.returns.get(v.node, NOTHING) for v in methods if v.node is not None and is_property(v.node)
        )
        plain = frozenset(v for v in methods if v.node is None or not is_property(v.node))
        return self.outer.get(location, NOTHING) | computed | plain

    def subscript(self, base: Value, node: ast.Subscript) -> Values:
        if base.kind in ELEMENTS:
            if isinstance(base.node, ast.DictComp) and not is_by_key(base):
                return NOTHING
            if isinstance(node.slice, ast.Slice):
                return frozenset({base})
            return frozenset({Value(ELEMENTS[base.kind], "", base.origin, base, node)})
        if base.kind is Kind.ZARR_NODES:
            return self.collections.item(base, node.slice)
        if base.kind is Kind.DATASET:
            read = base.name == "read"
            return frozenset({Value(Kind.DATASET, "read" if read else "derived", base.origin, base)})
        if base.kind in zarr_values.GROUPS:
            return zarr_values.item(self, base, node.slice)
        if base.kind in (Kind.GROUP, Kind.NODE) and not _is_array_index(node.slice):
            return frozenset({Value(Kind.NODE, "", base.origin, base, node)})
        return NOTHING

    def computed(self, operand: Value) -> Values:
        """What is computed from a dataset that dask computes only when it is asked to."""
        opened = operand
        while opened.base is not None and opened.base.kind is Kind.DATASET:
            opened = opened.base
        if operand.kind is not Kind.DATASET or operand.name == "read" or not isinstance(opened.node, ast.Call):
            return NOTHING
        chunked = any(k.arg == "chunks" for k in opened.node.keywords)
        if not chunked and not any(v.name in ALWAYS_LAZY for v in self.of(opened.node.func)):
            return NOTHING
        return frozenset({Value(Kind.DATASET, "derived", operand.origin, operand)})

    def elements(self, source: ast.expr | None) -> Values:
        """What iterating over `source` gives."""
        if isinstance(source, ast.Tuple | ast.List | ast.Set):
            return union(
                frozenset(v for v in self.of(e) if v.kind is not Kind.ZARR_NODES) or OTHER for e in source.elts
            )
        if isinstance(source, ast.Call) and isinstance(source.func, ast.Name) and source.func.id in PASS_THROUGH:
            if not self.of(source) and source.args:
                return self.elements(source.args[0])
        found = {
            Value(ELEMENTS[v.kind], "", v.origin, v, source)
            for v in self.of(source)
            if v.kind in ELEMENTS and not is_by_key(v)
        }
        kept = self.collections.elements(source)
        kept |= self.holders.elements(self.of(source)) if self.holders is not None else NOTHING
        return frozenset(found) | kept | self.generated(source) | zarr_values.children(self, source) or OTHER

    def collected(self, element: Value, node: ast.expr) -> Value:
        """A list of such elements: the list that they come from, so that chains of lists do not grow."""
        kind = LISTS[element.kind]
        if element.base is not None and element.base.kind is kind:
            return element.base
        return Value(kind, "", element.origin, element, node)


def _merge(seen: dict[Block, Env], block: Block, state: Env) -> bool:
    known = seen.get(block)
    if known is None:
        seen[block] = dict(state)
        return True
    changed = False
    for location, values in state.items():
        old = known.get(location)
        if old is None:
            known[location] = values
            changed = True
        elif not values <= old:
            known[location] = old | values
            changed = True
    return changed


def _module(module: Module) -> Value:
    return Value(Kind.MODULE, node=module.tree)


def _bounded(value: Value) -> Value:
    """A value that is made from one like itself, as in `group = group[name]` in a loop, without the endless chain behind it."""
    base = value.base
    while base is not None:
        if (base.kind, base.name, base.node) == (value.kind, value.name, value.node):
            return replace(value, base=None)
        base = base.base
    return value


def _make_stale(env: Env, node: ast.AST) -> None:
    """Another round of a loop makes a new repo at `node`: what still hangs on the last one is told apart."""
    for location, values in env.items():
        if any(v.origin is not None and v.origin.node is node and not v.origin.stale for v in values):
            env[location] = frozenset(v.stale() if v.origin and v.origin.node is node else v for v in values)


def _is_array_index(index: ast.expr) -> bool:
    """Whether an index selects elements of an array, and not a child of a group."""
    match index:
        case ast.Slice() | ast.UnaryOp():
            return True
        case ast.Constant():
            return not isinstance(index.value, str)
        case ast.Tuple():
            return True
    return False
