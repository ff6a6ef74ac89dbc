"""Calls: what they evaluate to, and what they pass on to the functions of the program."""

import ast
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from al_codemod.semantics import zarr_values
from al_codemod.semantics.arguments import all_parameters, argument, bind_arguments
from al_codemod.semantics.classes import is_classmethod, is_static
from al_codemod.semantics.click_objects import MAKING
from al_codemod.semantics.fanouts import FanOuts, is_by_key, result_of
from al_codemod.semantics.owners import is_migrated
from al_codemod.semantics.scopes import FUNCTIONS, FunctionNode, Scope
from al_codemod.semantics.values import NOTHING, Birth, Location, Origin, Value, Values, of_kind, origins, union
from al_codemod.semantics.wrappers import Wrapper, caller_wrapper
from al_codemod.surface.fanouts import AS_COMPLETED, CONTEXTS, RUNNERS
from al_codemod.surface.kinds import HANDLES, NODES, Effect, Kind
from al_codemod.surface.members import ELEMENTS, MEMBERS
from al_codemod.surface.names import CALLS_FIRST, CONSTRUCTORS, COPIES, PASS_THROUGH, STORE_FUNCTIONS

if TYPE_CHECKING:
    from al_codemod.semantics.infer import Inference


class Calling:
    """Evaluates the calls of one module.

    `calls` has the calls that each function of the program is known to be called by.
    """

    def __init__(self, inference: "Inference") -> None:
        self.inference = inference
        self.calls: dict[ast.AST, list[ast.Call]] = {}
        self.inner_calls: dict[ast.Call, ast.Call] = {}
        self.fanouts = FanOuts(self.inference)
        self.wrappers: dict[ast.AST, Wrapper | None] = {}

    def forwarded(self, node: ast.Call) -> ast.Call:
        """The call that is really made: `f(x)` for `asyncio.to_thread(f, x)`, or for `g(f, x)` where `g` only calls `f`."""
        fanout = self.fanouts.found.get(node)
        if fanout is not None:
            return fanout.call
        if not node.args or isinstance(node.args[0], ast.Starred):
            return node
        known = self.inner_calls.get(node)
        if known is not None:
            return known
        wrapper = self.wrapper(node)
        if wrapper is None and not self.is_deferred(node):
            return node
        own = wrapper.own if wrapper is not None else frozenset()
        keywords = [k for k in node.keywords if k.arg not in own]
        inner = ast.copy_location(ast.Call(node.args[0], node.args[1:], keywords), node)
        return self.inner_calls.setdefault(node, inner)

    def wrapper(self, node: ast.Call) -> Wrapper | None:
        """The function that a call calls, where that only calls its first argument with the others."""
        callee = of_kind(self.inference.of(node.func), Kind.FUNCTION)
        if callee is None or callee.node is None:
            return None
        parent = self.inference.scopes[callee.node].parent
        if parent is None or parent.is_class:
            return None
        if callee.node not in self.wrappers:
            self.wrappers[callee.node] = caller_wrapper(callee.node)
        return self.wrappers[callee.node]

    def is_deferred(self, node: ast.Call) -> bool:
        """Whether a call gives something to await, which makes another call then."""
        return any(v.name in CALLS_FIRST for v in self.inference.of(node.func) if v.kind is Kind.NAME)

    def is_forwarded(self, node: ast.Call) -> bool:
        """Whether a call only leads to another one."""
        return self.forwarded(node) is not node

    def call(self, node: ast.Call, scope: Scope) -> Values:
        fanout = self.fanouts.at(node)
        if fanout is not None:
            for value in self.inference.of(fanout.call.func):
                if value.kind is Kind.FUNCTION and value.node is not None:
                    self.call_function(value.node, fanout.call)
            return result_of(fanout)
        if isinstance(node.func, ast.Attribute) and node.func.attr == "values":
            kept = [v for v in self.inference.of(node.func.value) if is_by_key(v)]
            if kept:
                return frozenset(Value(Kind.TASKS, "", v.origin, v.base, node) for v in kept)
        started = self.fanouts.in_threads(node) if self.inference.settled else None
        for value in self.inference.of(started.func) if started is not None else ():
            if value.kind is Kind.FUNCTION and value.node is not None:
                self.call_function(value.node, started or node)
        node = self.forwarded(node)
        callees = self.inference.of(node.func)
        if not callees and isinstance(node.func, ast.Name) and scope.owner(node.func.id) is None:
            return self.builtin(node.func.id, node, scope) or self.inference.collections.called(node)
        found = union(self.call_value(callee, node) for callee in callees) or zarr_values.called(self.inference, node)
        return found or self.inference.collections.called(node)

    def builtin(self, name: str, node: ast.Call, scope: Scope) -> Values:
        if name == "super":
            owner = scope.enclosing_class()
            return frozenset(
                Value(Kind.SELF, "super", node=b) for b in self.inference.classes.bases(owner.node if owner else None)
            )
        if not node.args:
            return NOTHING
        self.pass_elements(name, node)
        first = self.inference.of(node.args[-1 if name == "filter" else 0])
        if name in PASS_THROUGH or name == "filter":
            return frozenset(v for v in first if v.kind in ELEMENTS)
        if name == "str":
            return frozenset(v for v in first if v.kind is Kind.COMMIT_ID)
        if name == "next" or (name in ("min", "max") and len(node.args) == 1):
            return frozenset(v for v in self.inference.elements(node.args[0]) if v.kind is not Kind.OTHER)
        return NOTHING

    def pass_elements(self, name: str, node: ast.Call) -> None:
        """What a builtin hands to the function that it is given: `sorted(x, key=f)`, `map(f, x)`, `filter(f, x)`."""
        if name in ("sorted", "min", "max"):
            function, source = argument(node, 99, "key"), node.args[0]
        elif name in ("map", "filter") and len(node.args) == 2:
            function, source = node.args[0], node.args[1]
        else:
            return
        passed = frozenset(v for v in self.inference.elements(source) if v.kind is not Kind.OTHER)
        for value in self.inference.of(function) if passed else ():
            scope = self.inference.scopes.get(value.node) if value.node is not None else None
            if scope is None or not isinstance(scope.node, FUNCTIONS) or not scope.node.args.args:
                continue
            location = Location(scope, scope.node.args.args[0].arg)
            self.inference.learn(self.inference.parameters, location, passed)

    def call_value(self, callee: Value, node: ast.Call) -> Values:
        match callee.kind:
            case Kind.NAME:
                return self.call_name(callee.name, node)
            case Kind.MEMBER if callee.base is not None:
                return self.call_member(callee, callee.base, node)
            case Kind.FUNCTION if callee.node is not None:
                return self.call_function(callee.node, node)
            case Kind.CLASS if callee.node is not None:
                for value in self.inference.classes.inherited(callee.node, "__init__"):
                    if value.node is not None:
                        self.call_function(value.node, node)
                self.inference.fields.fill(callee.node, node)
                return frozenset({Value(Kind.SELF, node=callee.node)})
            case Kind.SELF if callee.node is not None and not callee.name:
                return union(self.call_function(method, node) for method in self.called_as(callee))
            case Kind.DATASET:
                return NOTHING if callee.name == "read" else frozenset({callee})
        return NOTHING

    def call_name(self, name: str, node: ast.Call) -> Values:
        if name in RUNNERS:
            return frozenset({Value(Kind.POOL, name, node=node)})
        if name in CONTEXTS:
            return frozenset({Value(Kind.NAME, "multiprocessing.context")})
        if name in AS_COMPLETED and node.args:
            return frozenset(v for v in self.inference.of(node.args[0]) if v.kind is Kind.TASKS)
        if name in CONSTRUCTORS:
            return frozenset({Value(CONSTRUCTORS[name], node=node)})
        if name in COPIES and node.args:
            copied = ((v, v.node) for v in self.inference.of(node.args[0]) if v.kind is Kind.SELF)
            lineage = self.inference.classes.lineage
            return frozenset(v for v, c in copied if c is not None and not any(map(is_migrated, lineage(c))))
        if name in MAKING and node.args:
            return frozenset({Value(Kind.NAME, name, node=node)})
        if name == "typing.cast" and len(node.args) == 2:
            return self.inference.of(node.args[1])
        if name == "functools.partial" and node.args:
            methods = (v for v in self.inference.of(node.args[0]) if v.kind is Kind.MEMBER)
            functions = [v for v in self.inference.of(node.args[0]) if v.kind is Kind.FUNCTION]
            if self.inference.holders is not None:
                self.pass_kept(functions, node)
            return frozenset((*(replace(v, node=node) for v in methods), *functions))
        function = STORE_FUNCTIONS.get(name)
        if function is None or function.gives is None:
            return NOTHING
        store = argument(node, function.position, function.parameter)
        stores = [v for v in self.inference.of(store) if v.kind in HANDLES]
        gives = function.gives
        return frozenset(Value(gives, "", v.origin, v, node) for v in stores)

    def pass_kept(self, functions: Iterable[Value], node: ast.Call) -> None:
        """What a `functools.partial` passes for the first parameters of a function, whenever it is called."""
        kept = ast.copy_location(ast.Call(node.args[0], node.args[1:], node.keywords), node)
        for function in (v.node for v in functions if isinstance(v.node, FUNCTIONS)):
            for location, value in self.bound(function, kept):
                self.inference.learn(self.inference.parameters, location, self.inference.argument(value))

    def call_member(self, callee: Value, base: Value, node: ast.Call) -> Values:
        if base.kind is Kind.COMMIT_ID:
            return frozenset({base}) if callee.name == "hex" else NOTHING
        member = MEMBERS[base.kind, callee.name]
        if member.gives is None:
            return NOTHING
        if member.gives is Kind.NEW_SESSION:  # migrated code: its handles hang on no hidden session
            return frozenset({Value(member.gives)})
        if member.effect is Effect.OPEN:
            return frozenset({Value(member.gives, "", Origin(node, Birth.OPENED), None, node)})
        gives = member.gives
        if gives is Kind.ARRAY and callee.name in {"get", "setdefault"} and base.kind in NODES:
            gives = Kind.NODE
        return frozenset({Value(gives, "", base.origin, base, node)})

    def call_function(self, function: ast.AST, node: ast.Call) -> Values:
        scope = self.inference.scopes.get(function)
        if scope is None or not isinstance(function, FUNCTIONS):
            return NOTHING
        calls = self.calls.setdefault(function, [])
        if node not in calls:
            calls.append(node)
        bound = self.bound(function, node)
        handed = self.handed_over(function, bound)
        for location, value in bound:
            passed = self.inference.argument(value)
            passed = frozenset(v if v.is_repo else v.moved(handed) for v in passed)
            self.inference.learn(self.inference.parameters, location, passed)
        self.inference.collections.passed(function, node, self.skipped(function, node))
        returned = self.inference.returns.get(function, NOTHING)
        handles = origins(v for v in returned if not v.is_repo)
        mine = union(self.inference.of(value) for _, value in bound)
        mine |= frozenset(v.moved(handed) for v in mine)
        others = self.passed_by_others(function, mine, handles)
        return union(self.returned(v, function, node, handed) for v in returned if v.is_repo or v.origin not in others)

    def passed_by_others(self, function: FunctionNode, mine: Values, returned: frozenset[Origin]) -> frozenset[Origin]:
        """Which of the repos whose handles a function returns only other calls of it pass in: this one gets none of them."""
        scope = self.inference.scopes[function]
        passed = origins(
            v
            for a in all_parameters(function)
            for v in self.inference.parameters.get(Location(scope, a.arg), NOTHING)
            if not v.is_repo
        )
        others = passed & returned - origins(mine)
        return others - self.found_inside(function, others) if others else others

    def found_inside(self, function: FunctionNode, wanted: frozenset[Origin]) -> frozenset[Origin]:
        """Which of the `wanted` repos a function may get hold of by itself, and not through its parameters."""
        found: set[Origin] = set()
        own = self.inference.scopes[function]
        nested = {n for f in ast.walk(function) if isinstance(f, FUNCTIONS) and f is not function for n in ast.walk(f)}
        for node in ast.walk(function):
            if isinstance(node, ast.Name) and node not in nested and own.owner(node.id) is own:
                continue
            values = self.inference.of(node) | self.inference.elements(getattr(node, "iter", None))
            if isinstance(node, ast.expr):
                values |= self.inference.generated(node)
            parts = [n for child in ast.iter_child_nodes(node) for n in (child, *ast.iter_child_nodes(child))]
            found |= origins(values) & wanted - origins(v for part in parts for v in self.inference.of(part))
        return frozenset(found)

    def bound(self, function: FunctionNode, node: ast.Call) -> list[tuple[Location, ast.expr]]:
        """The parameters of a function, each with what a call passes for it."""
        scope = self.inference.scopes[function]
        return list(bind_arguments(function, scope, node, self.skipped(function, node)))

    def called_as(self, value: Value) -> list[ast.AST]:
        """The methods that run where an object itself is called."""
        if value.kind is not Kind.SELF or value.node is None or value.name:
            return []
        return [m.node for m in self.inference.classes.methods(value.node, "__call__") if m.node is not None]

    def skipped(self, function: ast.AST, node: ast.Call) -> int:
        """How many parameters a call of a function binds without an argument: the object or class of a method."""
        scope = self.inference.scopes[function]
        if scope.parent is None or not scope.parent.is_class or is_static(function):
            return 0
        callees = self.inference.of(node.func)
        if any(v.kind is Kind.CLASS or function in self.called_as(v) for v in callees):
            return 1
        if not isinstance(node.func, ast.Attribute):
            return 0
        by_class = any(v.kind is Kind.CLASS for v in self.inference.of(node.func.value))
        return 0 if by_class and not is_classmethod(function) else 1

    def handed_over(self, function: FunctionNode, bound: Iterable[tuple[Location, ast.expr]]) -> dict[Origin, Origin]:
        """The repo objects that a call passes, each with what it is inside of the function.

        A repo that goes to several parameters is left out, since it is not known through which of them a handle came.
        """
        parameters = {a.arg: a for a in all_parameters(function)}
        found: dict[Origin, set[Origin]] = {}
        for location, value in bound:
            inner = Origin(parameters[location.name], Birth.PARAMETER)
            for given in self.inference.of(value):
                if given.is_repo and given.origin is not None and inner.node not in self.inference.shared_repos:
                    found.setdefault(given.origin, set()).add(inner)
        return {outer: inner.pop() for outer, inner in found.items() if len(inner) == 1}

    def returned(self, value: Value, function: ast.AST, node: ast.Call, handed: Mapping[Origin, Origin]) -> Values:
        """What the caller gets of something that a function returns."""
        if value.origin is None:
            return frozenset({value})
        callers = [outer for outer, inner in handed.items() if inner == value.origin]
        if callers:
            return frozenset(value.moved({value.origin: outer}) for outer in callers)
        if value.is_repo and self.is_inside(value.origin.node, function):
            if value.origin.birth is not Birth.PARAMETER and not self.is_shared(value, function):
                return frozenset({Value(value.kind, "", Origin(node, Birth.RETURNED), None, node)})
        return frozenset({value})

    def is_shared(self, value: Value, function: ast.AST) -> bool:
        """Whether what a function returns is also kept outside of it, so that the next call may return it again."""
        return any(
            value in values and (location.is_attribute or location.scope.function.node is not function)
            for location, values in self.inference.outer.items()
        )

    def is_inside(self, node: ast.AST, function: ast.AST) -> bool:
        parents, around = self.inference.injection.parents, node
        while around is not function and around in parents:
            around = parents[around]
        return around is function
