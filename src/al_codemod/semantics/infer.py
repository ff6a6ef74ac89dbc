"""Value inference: what every expression of a module may be, found by running its control flow on abstract values.

Inside a scope the analysis is flow-sensitive: a name is what was last assigned to it on the way here. A name of another
scope, and an attribute of `self`, is anything that was ever assigned to it. Rounds over all scopes repeat until nothing new
is learned, so that values pass from arguments to parameters and from `return` to the call.
"""

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from dataclasses import replace
from typing import Final, TypeAlias

from al_codemod.semantics.flow import Block, Graph, Op, Step
from al_codemod.semantics.scopes import FUNCTIONS, Scope
from al_codemod.semantics.values import NOTHING, OTHER, Birth, Location, Origin, Value, Values, union
from al_codemod.surface.kinds import HANDLES, NODES, REPOS, Effect, Kind
from al_codemod.surface.members import DATASET_READS, ELEMENTS, MEMBERS, NDARRAY_NAMES, NODE_PAIRS, V1_ONLY
from al_codemod.surface.names import ANNOTATIONS, CALLS_FIRST, CANONICAL, CONSTRUCTORS, STORE_FUNCTIONS

MAX_ROUNDS: Final = 8
PASS_THROUGH: Final = frozenset({"list", "sorted", "reversed", "tuple", "iter", "set"})
LISTS: Final = {element: kind for kind, element in ELEMENTS.items()}
Env: TypeAlias = dict[Location, Values]


class Inference:
    """The values of every expression of a module.

    `values` maps each expression node to what it may be; `environments` gives what every location holds on entry to a
    block; `outer` gives what a location may ever hold.
    """

    def __init__(self, module: ast.Module, scopes: Mapping[ast.AST, Scope], graphs: Sequence[Graph]) -> None:
        self.module = module
        self.scopes = scopes
        self.graphs = graphs
        self.values: dict[ast.AST, Values] = {}
        self.outer: dict[Location, Values] = {}
        self.returns: dict[ast.AST, Values] = {}
        self.yields: dict[ast.AST, Values] = {}
        self.classes = Classes(self)
        self.parameters: dict[Location, Values] = {}
        self.environments: dict[Block, Env] = {}
        self.star_imports: list[str] = []
        self.uses_arraylake = _imports_arraylake(module)
        self.calls: dict[ast.AST, list[ast.Call]] = {}
        self.inner_calls: dict[ast.Call, ast.Call] = {}
        self.changed = True
        self.shared = {
            Location(owner, name)
            for scope in scopes.values()
            for name in (*scope.declared_global, *scope.declared_nonlocal)
            if name in scope.bindings and (owner := scope.owner(name)) is not None
        }

    def run(self) -> "Inference":
        for _ in range(MAX_ROUNDS):
            self.changed = False
            for graph in self.graphs:
                self.flow(graph)
            if not self.changed:
                break
        return self

    def of(self, node: ast.AST | None) -> Values:
        return self.values.get(node, NOTHING) if node is not None else NOTHING

    # -- data flow

    def flow(self, graph: Graph) -> None:
        entry = self.entry_environment(graph.scope)
        seen: dict[Block, Env] = {graph.entry: entry}
        work = [graph.entry]
        while work:
            block = work.pop()
            before = seen[block]
            env = dict(before)
            for step in block.steps:
                self.step(step, env)
            for target, state in [*((s, env) for s in block.successors), *((h, before) for h in block.handlers)]:
                if _merge(seen, target, state):
                    work.append(target)
            for handler in block.handlers:
                if _merge(seen, handler, env):
                    work.append(handler)
        self.environments.update(seen)

    def entry_environment(self, scope: Scope) -> Env:
        node = scope.node
        if not isinstance(node, FUNCTIONS):
            return {}
        env: Env = {}
        args = node.args
        parameters = [*args.posonlyargs, *args.args, *args.kwonlyargs]
        for name, default in parameter_defaults(node):
            passed = self.of(default)
            if passed:
                self.parameters[Location(scope, name)] = self.parameters.get(Location(scope, name), NOTHING) | passed
        for i, parameter in enumerate(parameters):
            location = Location(scope, parameter.arg)
            values = self.parameter(scope, parameter, i == 0)
            if values:
                env[location] = values
                self.remember(location, values)
        return env

    def parameter(self, scope: Scope, parameter: ast.arg, first: bool) -> Values:
        owner = scope.parent
        if first and owner is not None and owner.is_class and not isinstance(scope.node, ast.Lambda):
            if not any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in scope.node.decorator_list):
                return frozenset({Value(Kind.SELF, node=owner.node)})
        passed = self.parameters.get(Location(scope, parameter.arg), NOTHING)
        kind = self.annotation(parameter.annotation, owner) or self.evidence(scope, parameter)
        if kind in REPOS or any(v.kind in REPOS for v in passed):
            mine = Value(kind or Kind.REPO, origin=Origin(parameter, Birth.PARAMETER))
            return frozenset({mine, *(v for v in passed if v.kind not in REPOS)})
        if passed and passed != OTHER:
            return passed
        if kind is not None:
            return frozenset({Value(kind, origin=Origin(parameter, Birth.PARAMETER))})
        return passed

    def annotation(self, node: ast.expr | None, scope: Scope | None) -> Kind | None:
        """The kind that an annotation names: `Repo`, `"Repo"`, `Optional[Repo]`, `Repo | None`, `Annotated[Repo, ...]`."""
        if node is None or scope is None:
            return None
        match node:
            case ast.Constant(value=str() as text):
                try:
                    return self.annotation(ast.parse(text, mode="eval").body, scope)
                except SyntaxError:
                    return None
            case ast.Name() | ast.Attribute():
                return ANNOTATIONS.get(self.dotted(node, scope))
            case ast.Subscript():
                inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
                found = {self.annotation(i, scope) for i in inner} - {None}
                wrapper = self.dotted(node.value, scope).rpartition(".")[2]
                return found.pop() if len(found) == 1 and wrapper in {"Optional", "Union", "Annotated", "Awaitable"} else None
            case ast.BinOp(op=ast.BitOr()):
                found = {self.annotation(side, scope) for side in (node.left, node.right)} - {None}
                return found.pop() if len(found) == 1 else None
        return None

    def dotted(self, node: ast.expr, scope: Scope) -> str:
        """The canonical dotted name that `node` stands for, through the imports; what is written, where it is none."""
        match node:
            case ast.Name():
                owner = scope.owner(node.id)
                names = self.outer.get(Location(owner, node.id), NOTHING) if owner is not None else self.starred(node.id)
                return next((v.name for v in names if v.kind is Kind.NAME), node.id)
            case ast.Attribute():
                name = f"{self.dotted(node.value, scope)}.{node.attr}"
                return CANONICAL.get(name, name)
        return ""

    def evidence(self, scope: Scope, parameter: ast.arg) -> Kind | None:
        """What the members used on an un-annotated parameter make it, in a module that has to do with arraylake."""
        if parameter.annotation is not None or not self.uses_arraylake:
            return None
        members = self.members_of(scope, parameter.arg)
        if members & {"_repo", "_arepo"} and not members & {"root_group", "new_branch"}:
            return Kind.STORE
        certain = members & V1_ONLY - {"to_xarray"}
        shared = {"commit", "checkout", "store", "tag", "branches", "tags", "status", "tree"}
        if certain or ("to_xarray" in members and (members & shared or "repo" in parameter.arg)):
            return Kind.REPO
        if "repo" in parameter.arg and "store" in members and members & {"commit", "checkout"}:
            return Kind.REPO
        return None

    def members_of(self, scope: Scope, name: str) -> set[str]:
        return {
            node.attr
            for node in ast.walk(scope.node)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name
        }

    # -- steps

    def step(self, step: Step, env: Env) -> None:
        match step.op:
            case Op.EVALUATE:
                assert isinstance(step.node, ast.expr)
                self.evaluate(step.node, step.scope, env)
            case Op.BIND:
                self.bind(step, env, self.of(step.source) or self.constant(step.source))
            case Op.BIND_ELEMENT:
                self.bind(step, env, self.elements(step.source))
            case Op.BIND_ENTERED:
                self.bind(step, env, self.entered(step.source) or OTHER)
            case Op.BIND_PAIRED:
                self.bind(step, env, self.paired(step.source) or OTHER)
            case Op.BIND_UNKNOWN:
                self.bind(step, env, OTHER)
            case Op.DELETE:
                location = self.location(step.node, step.scope)
                if location is not None:
                    env.pop(location, None)
            case Op.DEFINE:
                self.define(step, env)
            case Op.RETURN:
                function = step.scope.function.node
                self.learn(self.returns, function, self.of(step.source))

    def entered(self, source: ast.expr | None) -> Values:
        """What `with source as x` binds: what a context manager of the program yields, else what `source` is."""
        made = self.generated(source)
        return made or self.of(source)

    def paired(self, source: ast.expr | None) -> Values:
        """What `group.arrays()` and its like give together with a name."""
        if not isinstance(source, ast.Call):
            return NOTHING
        callees = (v for v in self.of(source.func) if v.kind is Kind.MEMBER and v.base is not None)
        return frozenset(
            Value(NODE_PAIRS[c.name], "", c.origin, None, source)
            for c in callees
            if c.name in NODE_PAIRS and c.base is not None and c.base.kind in NODES
        )

    def generated(self, source: ast.expr | None) -> Values:
        """What a call of a generator function of the program yields."""
        if not isinstance(source, ast.Call):
            return NOTHING
        functions = [v.node for v in self.of(source.func) if v.kind is Kind.FUNCTION and v.node is not None]
        return union(self.yields.get(f, NOTHING) for f in functions)

    def constant(self, node: ast.expr | None) -> Values:
        return NOTHING if isinstance(node, ast.Constant) and node.value is None else OTHER

    def learn(self, table: "dict[ast.AST, Values]", key: ast.AST, values: Values) -> None:
        known = table.get(key, NOTHING)
        if not values <= known:
            table[key] = known | values
            self.changed = True

    def remember(self, location: Location, values: Values) -> None:
        known = self.outer.get(location, NOTHING)
        if not values <= known:
            self.outer[location] = known | values
            self.changed = True

    def location(self, node: ast.AST, scope: Scope) -> Location | None:
        """Where `node` keeps its value: a name or an attribute of `self`."""
        match node:
            case ast.Name():
                return Location(scope.store_owner(node.id), node.id)
            case ast.ExceptHandler() | ast.MatchAs() | ast.MatchStar() if node.name:
                return Location(scope.store_owner(node.name), node.name)
            case ast.Attribute():
                owners = [v.node for v in self.of(node.value) if v.kind is Kind.SELF and v.node is not None]
                found = {self.classes.attribute(owner, node.attr) for owner in owners}
                return found.pop() if len(found) == 1 else None
        return None

    def bind(self, step: Step, env: Env, values: Values) -> None:
        location = self.location(step.node, step.scope)
        if location is None:
            return
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
                    self.assign(scope, alias.asname or name, Value(Kind.NAME, name), env)
            case ast.ImportFrom():
                module = "." * node.level + (node.module or "")
                for alias in node.names:
                    if alias.name == "*":
                        self.star_imports.append(module)
                        continue
                    name = f"{module}.{alias.name}"
                    self.assign(scope, alias.asname or alias.name, Value(Kind.NAME, CANONICAL.get(name, name)), env)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                location = Location(scope.store_owner(node.name), node.name)
                env[location] = self.decorated(node)
                self.remember(location, env[location])
            case ast.ClassDef():
                self.assign(scope, node.name, Value(Kind.CLASS, node=node), env)
            case ast.Name() if scope.is_class:
                self.field(node, scope)
            case ast.Lambda():
                self.values[node] = frozenset({Value(Kind.FUNCTION, node=node)})

    def field(self, node: ast.Name, scope: Scope) -> None:
        """An annotated attribute of a class, as dataclasses have them."""
        for statement in scope.node.body if isinstance(scope.node, ast.ClassDef) else ():
            if isinstance(statement, ast.AnnAssign) and statement.target is node:
                kind = self.annotation(statement.annotation, scope)
                if kind in REPOS or kind is Kind.STORE:
                    value = Value(kind, origin=Origin(statement, Birth.FIELD))
                    self.remember(Location(scope, f".{node.id}"), frozenset({value}))

    def decorated(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Values:
        """What the name of a function holds: the function, or what decorators of the program put in its place."""
        values: Values = frozenset({Value(Kind.FUNCTION, node=node)})
        for decorator in reversed(node.decorator_list):
            for function in [v.node for v in self.of(decorator) if v.kind is Kind.FUNCTION]:
                if function is None or not isinstance(function, FUNCTIONS) or not function.args.args:
                    continue
                location = Location(self.scopes[function], function.args.args[0].arg)
                known = self.parameters.get(location, NOTHING)
                if not values <= known:
                    self.parameters[location] = known | values
                    self.changed = True
                values = frozenset(v for v in self.returns.get(function, NOTHING) if v.kind is Kind.FUNCTION) or values
        return values

    def assign(self, scope: Scope, name: str, value: Value, env: Env) -> None:
        location = Location(scope.store_owner(name), name)
        env[location] = frozenset({value})
        self.remember(location, env[location])

    # -- expressions

    def evaluate(self, node: ast.expr, scope: Scope, env: Env) -> None:
        values = self.value(node, scope, env)
        if isinstance(node, ast.Call) and any(v.origin and v.origin.node is node and v.is_repo for v in values):
            _make_stale(env, node)
        if values:  # a node of a `finally` body is evaluated on several paths
            self.values[node] = self.values.get(node, NOTHING) | frozenset(_bounded(v) for v in values)

    def value(self, node: ast.expr, scope: Scope, env: Env) -> Values:
        match node:
            case ast.Name():
                return self.name(node.id, scope, env)
            case ast.Attribute():
                return union(self.attribute(v, node, env) for v in self.of(node.value))
            case ast.Call():
                return self.call(node, scope)
            case ast.Subscript():
                return union(self.subscript(v, node) for v in self.of(node.value))
            case ast.Await() | ast.Starred():
                return self.of(node.value)
            case ast.NamedExpr():
                return self.of(node.value)
            case ast.BoolOp():
                return union(self.of(v) or self.constant(v) for v in node.values)
            case ast.IfExp():
                return union(self.of(v) or self.constant(v) for v in (node.body, node.orelse))
            case ast.Lambda():
                return self.of(node)
            case ast.Yield() if node.value is not None:
                self.learn(self.yields, scope.function.node, self.of(node.value))
            case ast.ListComp() | ast.GeneratorExp() | ast.SetComp():
                return frozenset(self.collected(v, node) for v in self.of(node.elt) if v.kind in LISTS)
        return NOTHING

    def name(self, name: str, scope: Scope, env: Env) -> Values:
        owner = scope.owner(name)
        if owner is None:
            return self.starred(name)
        location = Location(owner, name)
        if location in self.shared:  # any call may have bound it in between
            return self.outer.get(location, NOTHING)
        if location in env:
            return env[location]
        if owner.function is scope.function:
            return NOTHING
        return self.outer.get(location, NOTHING)

    def starred(self, name: str) -> Values:
        for module in self.star_imports:
            dotted = CANONICAL.get(f"{module}.{name}", f"{module}.{name}")
            if dotted in ANNOTATIONS or dotted in STORE_FUNCTIONS:
                return frozenset({Value(Kind.NAME, dotted)})
        return NOTHING

    def attribute(self, base: Value, node: ast.Attribute, env: Env) -> Values:
        name = node.attr
        match base.kind:
            case Kind.NAME:
                dotted = f"{base.name}.{name}"
                return frozenset({Value(Kind.NAME, CANONICAL.get(dotted, dotted))})
            case Kind.SELF if base.node is not None:
                return self.self_attribute(base.node, name, env)
            case Kind.DATASET:
                derived = Value(Kind.DATASET, "read" if name in DATASET_READS else "derived", base.origin, base)
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
            return env[location]
        methods = self.classes.methods(class_node, name)
        computed = union(self.returns.get(v.node, NOTHING) for v in methods if v.node is not None and is_property(v.node))
        plain = frozenset(v for v in methods if v.node is None or not is_property(v.node))
        return self.outer.get(location, NOTHING) | computed | plain

    def subscript(self, base: Value, node: ast.Subscript) -> Values:
        if base.kind in ELEMENTS:
            if isinstance(node.slice, ast.Slice):
                return frozenset({base})
            return frozenset({Value(ELEMENTS[base.kind], "", base.origin, base, node)})
        if base.kind is Kind.DATASET:
            return frozenset({Value(Kind.DATASET, "derived", base.origin, base)})
        if base.kind in (Kind.GROUP, Kind.NODE) and not _is_array_index(node.slice):
            return frozenset({Value(Kind.NODE, "", base.origin, base, node)})
        return NOTHING

    def elements(self, source: ast.expr | None) -> Values:
        """What iterating over `source` gives."""
        if isinstance(source, ast.Tuple | ast.List | ast.Set):
            return union(self.of(e) or OTHER for e in source.elts)
        if isinstance(source, ast.Call) and isinstance(source.func, ast.Name) and source.func.id in PASS_THROUGH:
            if not self.of(source) and source.args:
                return self.elements(source.args[0])
        found = {Value(ELEMENTS[v.kind], "", v.origin, v, source) for v in self.of(source) if v.kind in ELEMENTS}
        return frozenset(found) | self.generated(source) or OTHER

    def collected(self, element: Value, node: ast.expr) -> Value:
        """A list of such elements: the list that they come from, so that chains of lists do not grow."""
        kind = LISTS[element.kind]
        if element.base is not None and element.base.kind is kind:
            return element.base
        return Value(kind, "", element.origin, element, node)

    def forwarded(self, node: ast.Call) -> ast.Call:
        """The call that is really made: `f(x)` for `asyncio.to_thread(f, x)`."""
        if node.args and any(v.name in CALLS_FIRST for v in self.of(node.func) if v.kind is Kind.NAME):
            inner = ast.copy_location(ast.Call(node.args[0], node.args[1:], node.keywords), node)
            return self.inner_calls.setdefault(node, inner)
        return node

    def call(self, node: ast.Call, scope: Scope) -> Values:
        node = self.forwarded(node)
        callees = self.of(node.func)
        if not callees and isinstance(node.func, ast.Name) and scope.owner(node.func.id) is None:
            return self.builtin(node.func.id, node, scope)
        return union(self.call_value(callee, node) for callee in callees)

    def builtin(self, name: str, node: ast.Call, scope: Scope) -> Values:
        if name == "super":
            owner = scope.enclosing_class()
            return frozenset(Value(Kind.SELF, "super", node=b) for b in self.classes.bases(owner.node if owner else None))
        if not node.args:
            return NOTHING
        self.pass_elements(name, node)
        first = self.of(node.args[-1 if name == "filter" else 0])
        if name in PASS_THROUGH or name == "filter":
            return frozenset(v for v in first if v.kind in ELEMENTS)
        if name == "str":
            return frozenset(v for v in first if v.kind is Kind.COMMIT_ID)
        if name == "next" or (name in ("min", "max") and len(node.args) == 1):
            return frozenset(v for v in self.elements(node.args[0]) if v.kind is not Kind.OTHER)
        return NOTHING

    def pass_elements(self, name: str, node: ast.Call) -> None:
        """What a builtin hands to the function that it is given: `sorted(x, key=f)`, `map(f, x)`, `filter(f, x)`."""
        if name in ("sorted", "min", "max"):
            function, source = argument(node, 99, "key"), node.args[0]
        elif name in ("map", "filter") and len(node.args) == 2:
            function, source = node.args[0], node.args[1]
        else:
            return
        passed = frozenset(v for v in self.elements(source) if v.kind is not Kind.OTHER)
        for value in self.of(function) if passed else ():
            scope = self.scopes.get(value.node) if value.node is not None else None
            if scope is None or not isinstance(scope.node, FUNCTIONS) or not scope.node.args.args:
                continue
            location = Location(scope, scope.node.args.args[0].arg)
            known = self.parameters.get(location, NOTHING)
            if not passed <= known:
                self.parameters[location] = known | passed
                self.changed = True

    def call_value(self, callee: Value, node: ast.Call) -> Values:
        match callee.kind:
            case Kind.NAME:
                return self.call_name(callee.name, node)
            case Kind.MEMBER if callee.base is not None:
                return self.call_member(callee, callee.base, node)
            case Kind.FUNCTION if callee.node is not None:
                return self.call_function(callee.node, node, 0)
            case Kind.CLASS if callee.node is not None:
                for value in self.classes.inherited(callee.node, "__init__"):
                    if value.node is not None:
                        self.call_function(value.node, node, 1)
                return frozenset({Value(Kind.SELF, node=callee.node)})
            case Kind.DATASET:
                return NOTHING if callee.name == "read" else frozenset({callee})
        return NOTHING

    def call_name(self, name: str, node: ast.Call) -> Values:
        if name in CONSTRUCTORS:
            return frozenset({Value(CONSTRUCTORS[name], node=node)})
        if name == "functools.partial" and node.args:
            methods = (v for v in self.of(node.args[0]) if v.kind is Kind.MEMBER)
            functions = (v for v in self.of(node.args[0]) if v.kind is Kind.FUNCTION)
            return frozenset((*(replace(v, node=node) for v in methods), *functions))
        function = STORE_FUNCTIONS.get(name)
        if function is None or function.gives is None:
            return NOTHING
        store = argument(node, function.position, function.parameter)
        stores = [v for v in self.of(store) if v.kind in HANDLES]
        gives = function.gives
        if name == "zarr.create_group":
            gives = Kind.GROUP
        return frozenset(Value(gives, "", v.origin, v, node) for v in stores)

    def call_member(self, callee: Value, base: Value, node: ast.Call) -> Values:
        if base.kind is Kind.COMMIT_ID:
            return frozenset({base}) if callee.name == "hex" else NOTHING
        member = MEMBERS[base.kind, callee.name]
        if member.gives is None:
            return NOTHING
        if member.effect is Effect.OPEN:
            return frozenset({Value(member.gives, "", Origin(node, Birth.OPENED), None, node)})
        gives = member.gives
        if gives is Kind.ARRAY and callee.name in {"get", "setdefault"} and base.kind in NODES:
            gives = Kind.NODE
        return frozenset({Value(gives, "", base.origin, base, node)})

    def call_function(self, function: ast.AST, node: ast.Call, skip: int) -> Values:
        scope = self.scopes.get(function)
        if scope is None or not isinstance(function, FUNCTIONS):
            return NOTHING
        parent = scope.parent
        if isinstance(node.func, ast.Attribute) and parent is not None and parent.is_class:
            skip = 1
        calls = self.calls.setdefault(function, [])
        if node not in calls:
            calls.append(node)
        for location, value in bind_arguments(function, scope, node, skip):
            passed = self.of(value) or self.constant(value)
            known = self.parameters.get(location, NOTHING)
            if not passed <= known:
                self.parameters[location] = known | passed
                self.changed = True
        return frozenset(self.returned(v, function, node) for v in self.returns.get(function, NOTHING))

    def returned(self, value: Value, function: ast.AST, node: ast.Call) -> Value:
        if value.is_repo and value.origin is not None and self.is_inside(value.origin.node, function):
            if value.origin.birth is not Birth.PARAMETER and not self.is_shared(value, function):
                return Value(value.kind, "", Origin(node, Birth.RETURNED), None, node)
        return value

    def is_shared(self, value: Value, function: ast.AST) -> bool:
        """Whether what a function returns is also kept outside of it, so that the next call may return it again."""
        return any(
            value in values and (location.is_attribute or location.scope.function.node is not function)
            for location, values in self.outer.items()
        )

    def is_inside(self, node: ast.AST, function: ast.AST) -> bool:
        return any(child is node for child in ast.walk(function))


class Classes:
    """The classes of a module: where their attributes live, and which methods a call may reach."""

    def __init__(self, inference: Inference) -> None:
        self.inference = inference

    def bases(self, node: ast.AST | None) -> list[ast.AST]:
        """The base classes of a class that are written in this module."""
        if not isinstance(node, ast.ClassDef):
            return []
        found = [v.node for b in node.bases for v in self.inference.of(b) if v.kind is Kind.CLASS]
        return [n for n in found if n is not None and n is not node]

    def lineage(self, node: ast.AST) -> list[ast.AST]:
        """A class and all that it derives from, nearest first."""
        found = [node]
        for known in found:
            found += [b for b in self.bases(known) if b not in found]
        return found

    def attribute(self, node: ast.AST, name: str) -> Location:
        """Where an attribute of the instances of a class lives: with the class that sets it first in its lineage."""
        lineage = [self.inference.scopes[n] for n in self.lineage(node)]
        for scope in reversed(lineage):
            location = Location(scope, f".{name}")
            if location in self.inference.outer:
                return location
        return Location(lineage[0], f".{name}")

    def inherited(self, node: ast.AST, name: str) -> Values:
        """The method that a class has under a name, its own or the nearest inherited one."""
        for owner in self.lineage(node):
            found = self.inference.outer.get(Location(self.inference.scopes[owner], name), NOTHING)
            if found:
                return found
        return NOTHING

    def methods(self, node: ast.AST, name: str) -> Values:
        """The methods that a call on an instance may reach: the class's, and those of classes that derive from it."""
        derived = [n for n in self.inference.scopes if isinstance(n, ast.ClassDef) and node in self.lineage(n)]
        overrides = (self.inference.outer.get(Location(self.inference.scopes[n], name), NOTHING) for n in derived)
        return self.inherited(node, name) | union(overrides)


def is_property(function: ast.AST) -> bool:
    """Whether a function is read like an attribute."""
    if not isinstance(function, ast.FunctionDef):
        return False
    return any((getattr(d, "attr", None) or getattr(d, "id", "")) in {"property", "cached_property"} for d in function.decorator_list)


def bind_arguments(
    function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, scope: Scope, call: ast.Call, skip: int
) -> Iterable[tuple[Location, ast.expr]]:
    """Which parameter each argument of a call goes to; `skip` leading parameters are bound already."""
    args = function.args
    positional = [*args.posonlyargs, *args.args][skip:]
    names = {a.arg for a in (*args.posonlyargs, *args.args, *args.kwonlyargs)}
    for parameter, value in zip(positional, call.args, strict=False):
        if isinstance(value, ast.Starred):
            break
        yield Location(scope, parameter.arg), value
    for keyword in call.keywords:
        if keyword.arg in names:
            yield Location(scope, keyword.arg), keyword.value


def parameter_defaults(
    function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda,
) -> Iterable[tuple[str, ast.expr]]:
    """The parameters that have a default, each with it."""
    args = function.args
    positional = [*args.posonlyargs, *args.args]
    for parameter, default in zip(reversed(positional), reversed(args.defaults), strict=False):
        yield parameter.arg, default
    for parameter, keyword_default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        if keyword_default is not None:
            yield parameter.arg, keyword_default


def argument(call: ast.Call, position: int, name: str) -> ast.expr | None:
    """The argument that a call passes at `position` or as `name`."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    plain = call.args[: position + 1]
    if len(plain) > position and not any(isinstance(a, ast.Starred) for a in plain):
        return plain[position]
    return None


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


def _imports_arraylake(module: ast.Module) -> bool:
    for node in ast.walk(module):
        match node:
            case ast.Import() if any(a.name.split(".")[0] == "arraylake" for a in node.names):
                return True
            case ast.ImportFrom(module=str() as name) if name.split(".")[0] == "arraylake":
                return True
    return False
