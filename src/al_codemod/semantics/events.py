"""Events: where a program does something to the hidden session of a V1 repo, in the order of its control flow."""

import ast
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from al_codemod.semantics.arguments import all_parameters, argument
from al_codemod.semantics.callbacks import Callbacks
from al_codemod.semantics.classes import is_property
from al_codemod.semantics.fanouts import FanOut
from al_codemod.semantics.flow import Block, Graph, Op, Step
from al_codemod.semantics.implicit import called_by
from al_codemod.semantics.infer import Inference
from al_codemod.semantics.scopes import FUNCTIONS, Scope
from al_codemod.semantics.started_threads import is_for_thread
from al_codemod.semantics.values import NOTHING, OTHER, Birth, Location, Origin, Value, Values
from al_codemod.semantics.worker_objects import kept_repos, sent_object
from al_codemod.surface.kinds import HANDLES, NODES, REPOS, Effect, Kind
from al_codemod.surface.members import MEMBERS, NODE_PAIRS
from al_codemod.surface.names import (
    READ_MODES,
    READ_ONLY_CALLEES,
    READ_ONLY_MODULES,
    STORE_FUNCTIONS,
    STORING_ARRAYS,
    WRITE_MODES,
    WRITING_METHODS,
)


@dataclass(eq=False, slots=True)
class Event:
    """One effect at one node. `origins` are the repo objects that it may concern, `value` the receiver or the handle.

    `deferred` marks the calls of functions that run elsewhere, if they run at all.
    """

    effect: Effect
    node: ast.AST
    origins: frozenset[Origin]
    scope: Scope
    value: Value | None = None
    creates: bool = False
    uncertain: bool = False
    deferred: bool = False
    reason: str = ""
    callees: tuple[ast.AST, ...] = ()

    @property
    def site(self) -> ast.AST:
        """The node, or the expression that an item of a `with` statement enters."""
        return self.node.context_expr if isinstance(self.node, ast.withitem) else self.node


WEAKER = {Effect.WRITE: Effect.TOUCH}
KEEPING_BUILTINS = frozenset("list dict tuple set zip enumerate map filter reversed iter sorted next".split())
YIELDED = "is yielded"


@dataclass(slots=True)
class Events:
    """The events of a module by block, and by node."""

    by_block: dict[Block, list[Event]] = field(default_factory=dict)
    writes: set[ast.AST] = field(default_factory=set)
    """Where something may be changed in a session that is not followed."""

    def put(self, old: Event, new: Sequence[Event]) -> None:
        """Put several events in the place of one."""
        for events in self.by_block.values():
            if old in events:
                index = events.index(old)
                events[index : index + 1] = new

    def all(self) -> Iterator[Event]:
        seen: set[Event] = set()
        for events in self.by_block.values():
            for event in events:
                if event not in seen:
                    seen.add(event)
                    yield event


class EventFinder:
    """Walks every step of every graph once and notes what it does to a session."""

    def __init__(
        self,
        inference: Inference,
        parents: Mapping[ast.AST, ast.AST],
        received: Container[ast.AST] = (),
        carried: bool = False,
    ) -> None:
        """`received` are the parameters, and the calls, that bring a repo together with its session.

        Where repos carry their sessions (`carried`) there is no session to follow: only calls are noted.
        """
        self.carried = carried
        self.writes: set[ast.AST] = set()
        self.inference = inference
        self.parents = parents
        self.received = received
        self.attributes = [n for n in parents if isinstance(n, ast.Attribute)]
        self.callbacks = Callbacks(inference, parents)
        self.out: list[Event] = []
        self.made: dict[tuple[ast.AST, Effect, bool], Event] = {}

    def emit(self, event: Event) -> None:
        """Note an event in the current block; what a `finally` body does on several paths is one event."""
        if self.carried and event.effect is not Effect.CALL:
            if event.effect in (Effect.WRITE, Effect.TOUCH, Effect.ESCAPE):
                self.writes.add(event.node)
            return
        made = self.made.setdefault((event.node, event.effect, event.uncertain), event)
        if made not in self.out:  # a repo of two origins has its methods evaluated for each
            self.out.append(made)

    def find(self, graphs: list[Graph]) -> Events:
        events = Events(writes=self.writes)
        for graph in graphs:
            for block in graph.blocks:
                self.out = []
                if block is graph.entry:
                    self.parameters(graph)
                for step in block.steps:
                    self.step(step)
                if self.out:
                    events.by_block[block] = self.out
        return events

    def parameters(self, graph: Graph) -> None:
        """A repo parameter opens its session where its function begins, unless it brings that along."""
        scope = graph.scope
        if not isinstance(scope.node, FUNCTIONS):
            return
        for parameter in (a for a in all_parameters(scope.node) if a not in graph.without):
            for value in self.inference.outer.get(Location(scope, parameter.arg), NOTHING):
                if value.is_repo and value.origin and value.origin.node is parameter:
                    effect = Effect.RECEIVE if parameter in self.received else Effect.OPEN
                    self.emit(Event(effect, parameter, frozenset({value.origin}), scope, value))

    # -- one step

    def step(self, step: Step) -> None:
        callees = called_by(self.inference, step)
        if callees:
            self.emit(Event(Effect.CALL, step.node, frozenset(), step.scope, callees=callees))
        if step.op is Op.BIND_PART:
            for value in self.inference.of(step.node):
                if value.is_repo and value.origin is not None and value.origin.node is step.node:
                    self.emit(Event(Effect.OPEN, step.node, frozenset({value.origin}), step.scope, value))
        self.effects(step)

    def effects(self, step: Step) -> None:
        """What a step does by itself."""
        node = step.node
        match step.op, node:
            case Op.DEFINE, ast.Import() | ast.ImportFrom() if node in self.inference.imports.statements:
                run = tuple(m.tree for m in self.inference.imports.statements[node])
                self.emit(Event(Effect.CALL, node, frozenset(), step.scope, callees=run))
            case Op.EVALUATE, ast.Attribute():
                self.property(node, step.scope)
            case Op.EVALUATE, ast.Call():
                self.call(node, step.scope)
            case Op.EVALUATE, ast.Subscript():
                self.emit_for(
                    self.inference.of(node.value), Effect.READ, node, step.scope, {*NODES, Kind.ATTRS, Kind.STORE}
                )
            case Op.EVALUATE, ast.Tuple() | ast.List() | ast.Set() | ast.Dict():
                self.display(node, step.scope)
            case Op.EVALUATE, ast.Yield() | ast.YieldFrom():
                self.yielded(node, step.scope)
            case Op.LEAVE, ast.withitem():
                self.left(step)
            case Op.EVALUATE, ast.Compare():
                self.membership(node, step.scope)
            case Op.EVALUATE, ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                self.comprehension(node, step.scope)
            case ((Op.BIND | Op.BIND_PART | Op.BIND_UNKNOWN | Op.BIND_ELEMENT), ast.Subscript()):
                self.store_item(node, step)
            case ((Op.BIND | Op.BIND_PART), ast.Attribute()):
                if self.inference.location(node, step.scope) is None:
                    self.escape(step.source, step.scope, "is kept in an attribute of an object that is not followed")
            case Op.BIND_ENTERED, _:
                self.entered(step)
            case Op.BIND_ELEMENT, _:
                self.emit_for(self.inference.of(step.source), Effect.READ, node, step.scope, NODES)
            case Op.DELETE, ast.Subscript():
                base = self.inference.of(node.value)
                self.emit_for(base, Effect.WRITE, node, step.scope, NODES)
                self.emit_for(base, Effect.TOUCH, node, step.scope, {Kind.ATTRS, Kind.STORE})
            case Op.RETURN, _:
                self.returned(step)

    def emit_for(
        self,
        values: Values,
        effect: Effect,
        node: ast.AST,
        scope: Scope,
        kinds: "set[Kind] | frozenset[Kind]",
        creates: bool = False,
    ) -> None:
        """One event for all of `values` that are of one of `kinds`."""
        found = [v for v in values if v.kind in kinds and v.origin is not None]
        if not found:
            return
        origins = frozenset(v.origin for v in found if v.origin is not None)
        if effect is Effect.READ and all(v.kind is Kind.DATASET for v in found) and len(values) > 1:
            return  # which of several datasets is read makes no difference to any session
        stale, other = any(o.stale for o in origins), bool(OTHER & values)
        if other and not stale and found[0].is_through_handle:
            # What is done through a handle needs no name for its session: it is done to it, or to something else.
            effect, other = WEAKER.get(effect, effect), False
        self.emit(Event(effect, node, origins, scope, found[0], creates, other or stale))

    def property(self, node: ast.Attribute, scope: Scope) -> None:
        base = self.inference.of(node.value)
        for value in base:
            member = MEMBERS.get((value.kind, node.attr))
            if member is not None and not member.call and member.effect is not Effect.NONE:
                creates = node.attr == "root_group"
                self.emit_for(base, member.effect, node, scope, {value.kind}, creates)
            elif value.kind is Kind.DATASET or (member is None and value.kind in (Kind.GROUP, Kind.NODE)):
                self.emit_for(base, Effect.READ, node, scope, {value.kind})
            parent = self.parents.get(node)
            handed = not (isinstance(parent, ast.Call) and parent.func is node)
            method = member.call if member is not None else node.attr.startswith("__")
            if not (method and handed and value.kind in {*NODES, Kind.ATTRS}):
                continue
            if isinstance(parent, ast.Call) and self.inference.calling.forwarded(parent).func is node:
                self.emit_for(base, Effect.TOUCH, node, scope, {value.kind})  # called there and then
            else:
                self.keep(base, node, scope, "is kept with its method")

    def entered(self, step: Step) -> None:
        """A context manager that opens a repo itself gives it to the body of the `with` statement."""
        call = step.source
        made = [v for v in self.inference.entered(call) if v.is_repo and v.origin is not None and v.origin.node is call]
        if made and call is not None:
            effect = Effect.RECEIVE if call in self.received else Effect.OPEN
            self.emit_for(frozenset(made), effect, call, step.scope, REPOS)

    def comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, scope: Scope) -> None:
        parent = self.parents.get(node)
        if isinstance(node, ast.GeneratorExp) and not isinstance(parent, ast.Call):
            for generator in node.generators:
                self.lazy(generator.iter, scope)
        elif isinstance(node, ast.DictComp) or not isinstance(parent, ast.Expr):
            element = node.value if isinstance(node, ast.DictComp) else node.elt
            self.escape(element, scope, "is kept in a container")

    def left(self, step: Step) -> None:
        """A context manager goes on where the body of its `with` statement ends."""
        managers = self.inference.managers
        functions = tuple(f for f in managers.entered(step.source) if managers.is_followed(f))
        if functions:
            self.emit(Event(Effect.CALL, step.node, frozenset(), step.scope, callees=functions))

    def yielded(self, node: ast.Yield | ast.YieldFrom, scope: Scope) -> None:
        """What a generator gives leaves it, except for a repo that goes to the bodies of `with` statements, which are known."""
        function = scope.function.node
        repo = any(v.is_repo for v in self.inference.of(node.value))
        if not (repo and self.inference.managers.is_followed(function)) and not self.is_filled(node.value, function):
            seen = self.inference.calling.calls.get(function)
            self.escape(node.value, scope, YIELDED if seen else "is yielded to code that is not seen")

    def membership(self, node: ast.Compare, scope: Scope) -> None:
        for operator, operand in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, ast.In | ast.NotIn):
                self.emit_for(self.inference.of(operand), Effect.READ, node, scope, {*NODES, Kind.ATTRS, Kind.STORE})

    def store_item(self, node: ast.Subscript, step: Step) -> None:
        base = self.inference.of(node.value)
        self.emit_for(base, Effect.WRITE, node, step.scope, NODES)
        self.emit_for(base, Effect.TOUCH, node, step.scope, {Kind.ATTRS, Kind.STORE})
        if not any(v.is_handle for v in base):
            self.escape(step.source, step.scope, "is kept in a container")

    def display(self, node: ast.Tuple | ast.List | ast.Set | ast.Dict, scope: Scope) -> None:
        """A repo or handle in a literal container is followed only where the container is taken apart at once."""
        parent = self.parents.get(node)
        if isinstance(parent, ast.For | ast.AsyncFor | ast.comprehension) and parent.iter is node:
            return
        if isinstance(parent, ast.Assign) and isinstance(node, ast.Tuple | ast.List):
            targets = parent.targets
            if all(isinstance(t, ast.Tuple | ast.List) and len(t.elts) == len(node.elts) for t in targets):
                return
        if isinstance(parent, ast.Subscript):
            return
        if isinstance(parent, ast.Call) and _is_builtin(parent.func, READ_ONLY_CALLEES - KEEPING_BUILTINS):
            return
        if isinstance(parent, ast.Call) and self.is_dask_store(parent):
            for element in node.values if isinstance(node, ast.Dict) else node.elts:
                self.emit_for(self.inference.of(element), Effect.WRITE, element, scope, NODES)
            return
        if is_for_thread(self.inference, self.parents, node):
            for element in node.values if isinstance(node, ast.Dict) else node.elts:
                self.emit_for(self.inference.of(element), Effect.TOUCH, element, scope, HANDLES)
                if any(v.is_repo for v in self.inference.of(element)):
                    self.escape(element, scope, "is kept in a container")
            return
        if isinstance(parent, ast.Return) and isinstance(node, ast.Tuple):
            if self.inference.several.is_taken_apart(node, scope.function.node):
                return
        for element in node.values if isinstance(node, ast.Dict) else node.elts:
            self.escape(element, scope, "is kept in a container")

    def is_dask_store(self, call: ast.Call) -> bool:
        """`dask.array.store(sources, targets)`, whose lists are read at once."""
        return any(v.name in STORING_ARRAYS for v in self.inference.of(call.func) if v.kind is Kind.NAME)

    def lazy(self, source: ast.expr, scope: Scope) -> None:
        """A generator expression goes on with what it iterates over whenever it is consumed."""
        for node in source.elts if isinstance(source, ast.Tuple | ast.List) else [source]:
            self.escape(node, scope, "is kept in a generator")

    def escape(self, node: ast.expr | None, scope: Scope, reason: str) -> None:
        if node is None or node in self.inference.calling.fanouts.shown:
            return
        values = self.inference.of(node)
        found = [
            v for v in values if v.origin is not None and (v.is_repo or v.kind in HANDLES or self.is_repo_member(v))
        ]
        if found:
            origins = frozenset(v.origin for v in found if v.origin is not None)
            uncertain = any(v.kind is Kind.OTHER for v in values) or any(o.stale for o in origins)
            self.emit(Event(Effect.ESCAPE, node, origins, scope, found[0], uncertain=uncertain, reason=reason))

    def is_repo_member(self, value: Value) -> bool:
        return value.kind is Kind.MEMBER and value.base is not None and value.base.kind in REPOS

    def returned(self, step: Step) -> None:
        """A value returned to callers in this module goes on there; only one that nobody here receives escapes."""
        function = step.scope.function.node
        if self.is_filled(step.source, function):
            return
        if step.source is not None and not self.is_called(function):
            for value in self.inference.of(step.source):
                if value.is_repo and value.origin is not None and value.origin.birth is not Birth.PARAMETER:
                    if self.inference.calling.is_inside(value.origin.node, function):
                        return  # a function that opens a repo and returns it: its callers open the session
            self.escape(step.source, step.scope, "is returned to callers that are not seen")

    def is_filled(self, node: ast.expr | None, function: ast.AST) -> bool:
        """Whether a repo goes from a fixture to the tests, which open sessions of their own."""
        return function in self.inference.tests.all and any(v.is_repo for v in self.inference.of(node))

    def is_called(self, function: ast.AST) -> bool:
        """Whether calls of a function are seen: those of a property are attributes."""
        if is_property(function) and isinstance(function, ast.FunctionDef):
            asked = [n for n in self.attributes if n.attr == function.name]
            known = [n for n in asked if self.inference.of(n)]
            return bool(known) and all(n in known or not self.is_asked_as_repo(n) for n in asked)
        return bool(self.inference.calling.calls.get(function))

    def is_asked_as_repo(self, node: ast.expr) -> bool:
        """Whether an expression is asked for a member that repos have."""
        parent = self.parents.get(node)
        return isinstance(parent, ast.Attribute) and (Kind.REPO, parent.attr) in MEMBERS

    # -- calls

    def call(self, node: ast.Call, scope: Scope) -> None:
        inference = self.inference
        callees = inference.of(inference.calling.forwarded(node).func)
        made = [i for v in callees if v.kind is Kind.CLASS and v.node is not None for i in self.constructors(v.node)]
        called = [v for v in callees if v.kind is Kind.FUNCTION]
        itself = [method for v in callees for method in inference.calling.called_as(v)]
        functions = (*(v.node for v in (*called, *made) if v.node is not None), *itself)
        if functions:
            deferred = node in inference.calling.fanouts.found
            self.emit(Event(Effect.CALL, node, frozenset(), scope, callees=functions, deferred=deferred))
            if deferred:
                self.sent(inference.calling.fanouts.found[node], scope)
            for function in functions if not deferred else ():
                self.gathered(node, function, scope)
        known = bool(functions)
        for value in callees:
            known |= self.call_value(value, node, scope)
        if self.writes_into_argument(node, scope):
            return
        for value in callees:
            if value.kind is Kind.CLASS and value.node is not None:
                self.fields(node, value.node, scope, bool(functions))
        if not known and not self.reads_only(node.func, scope):
            passed = [*node.args, *(k.value for k in node.keywords)]
            for item in passed:
                inner = item.value if isinstance(item, ast.Starred) else item
                self.escape(inner, scope, "is passed to code that is not seen")
            self.unknown(node, scope)
        self.passed_functions(node, scope)

    def unknown(self, node: ast.Call, scope: Scope) -> None:
        """A call that may be one of a function which nobody is seen to call, with an object that keeps a repo."""
        inference = self.inference
        passed = (v.node for a in (*node.args, *(k.value for k in node.keywords)) for v in inference.of(a) if v.node)
        classes = {c for n in passed if isinstance(n, ast.ClassDef) for c in inference.classes.family(n)}
        functions = [self.parents[self.parents[p]] for p, owner in inference.owners.assumed.items() if owner in classes]
        named = node.func.attr if isinstance(node.func, ast.Attribute) else None
        callees = tuple(f for f in functions if named is None or getattr(f, "name", "") == named)
        if callees:
            self.emit(Event(Effect.CALL, node, frozenset(), scope, callees=callees, uncertain=True))

    def sent(self, fanout: FanOut, scope: Scope) -> None:
        """What goes to workers is used there: handles, and the object of a method with the repo that it keeps."""
        for shown in fanout.shown:
            self.emit_for(self.inference.of(shown), Effect.READ, shown, scope, HANDLES)
        sent = sent_object(self.inference, fanout)
        if sent is not None:
            for values in kept_repos(self.inference, sent)[:1]:
                self.emit_for(values, Effect.READ, sent, scope, REPOS)

    def gathered(self, node: ast.Call, function: ast.AST, scope: Scope) -> None:
        """What a call passes for `*args` and `**kwargs` is not followed into them."""
        inner = self.inference.scopes.get(function)
        call = self.inference.calling.forwarded(node)
        if inner is None or not isinstance(function, FUNCTIONS):
            return
        bound = {v for _, v in self.inference.calling.bound(function, call)}
        for item in (*call.args, *(k.value for k in call.keywords)):
            if item not in bound and not isinstance(item, ast.Starred):
                self.escape(item, scope, "is passed for `*args` or `**kwargs`")

    def fields(self, call: ast.Call, node: ast.AST, scope: Scope, is_seen: bool) -> None:
        """What a call of a class keeps in fields: a repo has a session of its own there."""
        kept = {value: field for field, value in self.inference.fields.passed(node, call)}
        for item in (*call.args, *(k.value for k in call.keywords)):
            field = kept.get(item)
            values = [v for v in self.inference.of(item) if v.is_repo and v.origin is not None]
            if field is not None and values and field not in self.inference.shared_repos:
                given = Value(values[0].kind, origin=Origin(field, Birth.FIELD))
                origins = frozenset(v.origin for v in values if v.origin is not None)
                self.emit(Event(Effect.NONE, call, origins, scope, values[0]))
                self.emit(Event(Effect.OPEN, call, frozenset({Origin(field, Birth.FIELD)}), scope, given))
            elif field is None and not is_seen:
                self.escape(item, scope, "is kept in a field")

    def constructors(self, node: ast.AST) -> Values:
        return self.inference.classes.inherited(node, "__init__")

    def passed_functions(self, node: ast.Call, scope: Scope) -> None:
        """Functions given as arguments may be called there and then."""
        if self.inference.calling.forwarded(node) is not node or node in self.inference.calling.fanouts.functions:
            return
        passed = [*node.args, *(k.value for k in node.keywords)]
        kept = [item for item in passed if not self.callbacks.is_only_called(item)]
        given = tuple(
            v.node for item in kept for v in self.inference.of(item) if v.kind is Kind.FUNCTION and v.node is not None
        )
        if given:
            self.emit(Event(Effect.CALL, node, frozenset(), scope, callees=given, uncertain=True))

    def call_value(self, callee: Value, node: ast.Call, scope: Scope) -> bool:
        """The effect of calling one value; whether that is all that the call does."""
        values = self.inference.of(node.func)
        if callee.kind is Kind.MEMBER and callee.base is not None:
            member = MEMBERS.get((callee.base.kind, callee.name))
            if member is None:
                return True
            if callee.name in {*NODE_PAIRS, "values"} and callee.base.kind in NODES:
                self.several_nodes(values, node, scope)
            if member.effect is Effect.OPEN:
                made = self.inference.of(node)
                self.emit_for(made, Effect.OPEN, node, scope, REPOS)
            elif member.effect is not Effect.NONE:
                self.emit_for(values, member.effect, node, scope, {Kind.MEMBER})
            return True
        if callee.kind is Kind.NAME and callee.name in STORE_FUNCTIONS:
            return self.store_function(callee.name, node, scope)
        if callee.kind is Kind.DATASET:
            return True
        returned = [v for v in self.inference.of(node) if v.is_repo and v.origin is not None and v.origin.node is node]
        if returned:
            effect = Effect.RECEIVE if node in self.received else Effect.OPEN
            self.emit_for(self.inference.of(node), effect, node, scope, REPOS)
        return callee.kind in (Kind.FUNCTION, Kind.CLASS)

    def several_nodes(self, values: Values, node: ast.Call, scope: Scope) -> None:
        """The nodes of a group, which are kept unless a loop takes them one by one."""
        parent = self.parents.get(node)
        if isinstance(parent, ast.For | ast.AsyncFor | ast.comprehension) and parent.iter is node:
            return
        if isinstance(parent, ast.Call) and _is_builtin(
            parent.func, READ_ONLY_CALLEES - {"list", "dict", "tuple", "set"}
        ):
            return
        origins = frozenset(v.origin for v in values if v.origin is not None)
        base = next((v.base for v in values if v.base is not None), None)
        if base is not None:
            self.emit(Event(Effect.ESCAPE, node, origins, scope, base, reason="is kept in a container"))

    def store_function(self, name: str, node: ast.Call, scope: Scope) -> bool:
        function = STORE_FUNCTIONS[name]
        store = argument(node, function.position, function.parameter)
        mode = argument(node, 1, "mode")
        effect, creates = function.effect, False
        if effect is Effect.TOUCH:
            written = isinstance(mode, ast.Constant) and mode.value in WRITE_MODES
            shaped = any(k.arg in {"shape", "data", "overwrite"} for k in node.keywords)
            creates = not (isinstance(mode, ast.Constant) and mode.value in READ_MODES)
            effect = Effect.WRITE if written else Effect.TOUCH if shaped else Effect.READ
        self.emit_for(self.inference.of(store), effect, node, scope, HANDLES, creates)
        return True

    def writes_into_argument(self, node: ast.Call, scope: Scope) -> bool:
        """`ds.to_zarr(store)` and `array.store(target)`: methods of other libraries' objects that write into ours."""
        if not isinstance(node.func, ast.Attribute) or node.func.attr not in WRITING_METHODS:
            return False
        store = store_argument(node)
        values = self.inference.of(store)
        if any(v.kind in HANDLES and v.kind is not Kind.DATASET for v in self.inference.of(node.func.value)):
            return False
        self.emit_for(values, Effect.WRITE, node, scope, HANDLES)
        compute = argument(node, 99, "compute")
        if compute is not None and not isinstance(self.parents.get(node), ast.Expr):
            self.keep(values, node, scope, "is kept in a job that writes when it is computed")
        return any(v.kind in HANDLES for v in values)

    def keep(self, values: Values, node: ast.expr, scope: Scope, reason: str) -> None:
        """Note that `node` holds on to handles."""
        found = [v for v in values if v.origin is not None and v.kind in HANDLES]
        if found:
            origins = frozenset(v.origin for v in found if v.origin is not None)
            self.emit(Event(Effect.ESCAPE, node, origins, scope, found[0], reason=reason))

    def reads_only(self, function: ast.expr, scope: Scope) -> bool:
        if _is_builtin(function, READ_ONLY_CALLEES) and isinstance(function, ast.Name):
            return scope.owner(function.id) is None
        names = [v.name for v in self.inference.of(function) if v.kind is Kind.NAME]
        return bool({"functools.partial", "typing.cast"} & set(names)) or any(
            name.partition(".")[0] in READ_ONLY_MODULES for name in names
        )


def store_argument(node: ast.Call) -> ast.expr | None:
    """The store that `x.to_zarr(...)` (xarray: `store=`, dask: `url=`) or `x.store(...)` writes into."""
    for name in ("store", "url", "target"):
        found = argument(node, 0, name)
        if found is not None:
            return found
    return None


def _is_builtin(function: ast.expr, names: frozenset[str]) -> bool:
    return isinstance(function, ast.Name) and function.id in names
