"""An analysed program: the trees of its modules, their names and values, and the sessions hidden in them."""

import ast
import posixpath
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property, partial

from al_codemod.semantics import escapes, filled, handovers, keeping
from al_codemod.semantics.callbacks import Callbacks
from al_codemod.semantics.callgraph import FunctionUses
from al_codemod.semantics.contracts import Contracts
from al_codemod.semantics.events import Event, EventFinder
from al_codemod.semantics.flow import Block, Graph
from al_codemod.semantics.flow_statements import Linking, build_graph, build_variants, swallowing
from al_codemod.semantics.implicit import implicit_names
from al_codemod.semantics.infer import Env, Inference
from al_codemod.semantics.leaving_out import optional_repos, variants
from al_codemod.semantics.lifting import Lift, Lifting
from al_codemod.semantics.modules import Imports, Module
from al_codemod.semantics.parts import parts_of
from al_codemod.semantics.places import Place, Places
from al_codemod.semantics.refs import RefReader
from al_codemod.semantics.scopes import COMPREHENSIONS, FUNCTIONS, Scope, build_scopes
from al_codemod.semantics.sessions import SessionAnalysis
from al_codemod.semantics.values import Location, Value, Values
from al_codemod.semantics.workers import Workers
from al_codemod.semantics.working_copies import WorkingCopies
from al_codemod.surface.kinds import Kind
from al_codemod.surface.members import DEAD_OPEN_KEYWORDS, NEW_MEMBERS, V1_UNMISTAKABLE
from al_codemod.surface.names import RUN_AT_ONCE


class Program:
    """Everything that is known of some modules before any edit is thought of."""

    def __init__(self, modules: Sequence[Module], carried: WorkingCopies | None = None) -> None:
        """`carried` says how repos carry their sessions, where these are not followed."""
        self.modules = tuple(modules)
        self.carried = carried
        self.imports = Imports(self.modules)
        self.parents: dict[ast.AST, ast.AST] = {}
        self.scopes: dict[ast.AST, Scope] = {}
        self.graphs: list[Graph] = []
        for module in self.modules:
            self.parents |= {child: node for node in ast.walk(module.tree) for child in ast.iter_child_nodes(node)}
            self.scopes |= build_scopes(module.tree)
        functions = [node for node in self.parents if isinstance(node, FUNCTIONS)]
        self.parents |= {part: function.args for function in functions for part in parts_of(function)}
        self.linking = Linking(self.imports.statements, set(swallowing(self.scopes)), set(implicit_names(self.scopes)))
        for module in self.modules:
            scopes = (s for s in self.scopes[module.tree].walk() if s.is_module or s.is_function)
            self.graphs += [build_graph(scope, self.scopes, self.linking) for scope in scopes]
        self.graphs_of: dict[ast.AST, list[Graph]] = {graph.scope.node: [graph] for graph in self.graphs}
        """The graphs of each function: one, or one for each choice of the repos that it may be called without."""
        self.opened_first: dict[ast.expr, Place] = {}
        """The expressions that may open the repo which they give, so that they come before its session is used."""
        shared: set[ast.AST] = set()
        self.infer(shared)
        if self.split_optional():
            self.infer(shared)
        while new := Contracts(self).shared() - shared:
            shared |= new
            self.infer(shared)
        Contracts(self).check()
        Lifting(self).check()
        escapes.check(self)
        keeping.check(self)
        filled.check(self)
        self.workers = Workers(self)
        self.workers.check()

    @classmethod
    def of_text(cls, text: str) -> "Program":
        """The program of one source. Raises what `Module.parse` raises."""
        return cls([Module.parse(text)])

    def split_optional(self) -> bool:
        """Lay out the functions that may be called without their repo for each way to call them; whether there are any."""
        found = list(optional_repos(self.inference))
        for scope, optional in found:
            self.graphs_of[scope.node] = list(build_variants(scope, self.scopes, self.linking, optional))
        self.graphs[:] = [graph for graphs in self.graphs_of.values() for graph in graphs]
        return bool(found)

    def infer(self, shared: set[ast.AST]) -> None:
        """Find all values, places and sessions; in the parameters and fields of `shared` several objects keep one repo.

        What is learned asks for another analysis: variables that hold several repos, parameters that bring their session.
        """
        carried = self.carried is not None
        self.inference = Inference(self.imports, self.scopes, self.graphs, self.parents, shared, carried=carried).run()
        self.__dict__.pop("escaping_functions", None)
        self.__dict__.pop("positions", None)
        self.__dict__.pop("yielding", None)
        self.analyse(frozenset(), set())
        mixed = escapes.mixed_homes(self)
        if mixed:
            self.analyse(mixed, set())
        received: set[ast.AST] = set()
        lifted: set[Lift] = set()
        while True:
            contracts_of_calls = Contracts(self)
            new = (contracts_of_calls.wanting() | contracts_of_calls.bringing()) - received
            without = Lifting(self).wanting() - lifted
            if not new and not without:
                return
            received |= new
            lifted |= without
            self.analyse(mixed, received, lifted)

    def analyse(self, split: frozenset[Location], received: set[ast.AST], lifted: Collection[Lift] = ()) -> None:
        """Work out the places and their sessions.

        The repos in the variables of `split` are told apart; the parameters in `received` come with their session, and the
        functions in `lifted` are passed one without a repo.
        """
        carried = self.carried is not None
        self.events = EventFinder(self.inference, self.parents, received, carried).find(self.graphs)
        self.__dict__.pop("events_at", None)
        self.places = Places(self.inference, self.graphs, list(self.events.all()), self.parents, split)
        if self.carried is not None:
            self.places.all = [self.carried.place]
        Lifting(self).lift(lifted)
        handovers.note_handovers(self.inference, self.events, self.places)
        handovers.note_bodies(self.inference, self.events, self.yielding)
        self.refs = RefReader(self)
        awaited = {node for node in self.parents if self.waits(self.parents[node], node)}
        handed = Contracts(self).handed()
        for call, function, inner, outer in Lifting(self).handed():
            handed.setdefault((call, function), {})[inner] = outer
        variants_of = partial(variants, self.inference, self.graphs_of)
        managers = {graph: block for found in self.yielding.values() for graph, block in found.items()}
        functions = FunctionUses(variants_of, self.escaping_functions, awaited, self.guarded_calls, handed, managers)
        self.sessions = SessionAnalysis(self.graphs, self.events, self.places, self.refs, functions)
        self.sessions.run()

    def waits(self, parent: ast.AST, node: ast.AST) -> bool:
        """Whether a coroutine runs where it is made: it is awaited, or run from code that is none."""
        if isinstance(parent, ast.Call):
            return node in parent.args and any(v.name in RUN_AT_ONCE for v in self.of(parent.func))
        return isinstance(parent, ast.Await)

    @cached_property
    def guarded_calls(self) -> set[ast.AST]:
        """The calls in the body of a `try` that has handlers."""
        tries = [node for node in self.parents if isinstance(node, ast.Try) and node.handlers]
        return {call for t in tries for s in t.body for call in ast.walk(s) if isinstance(call, ast.Call)}

    @cached_property
    def escaping_functions(self) -> set[ast.AST]:
        """The functions that are used other than by calling them at once, so that they may run at any time."""
        found: set[ast.AST] = set()
        callbacks = Callbacks(self.inference, self.parents)
        for node, values in self.inference.values.items():
            functions = {v.node for v in values if v.kind is Kind.FUNCTION and v.node is not None}
            if not functions:
                continue
            parent = self.parents.get(node)
            called = isinstance(parent, ast.Call) and self.inference.calling.forwarded(parent).func is node
            called |= node in self.inference.calling.fanouts.functions
            if (
                not called
                and not callbacks.is_only_called(node)
                and not (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
            ):
                found |= functions
        return found

    @cached_property
    def yielding(self) -> dict[ast.AST, dict[Graph, Block]]:
        """The context managers whose `with` statements are all seen: for each graph the block that its `yield` ends."""
        managers = self.inference.managers
        found: dict[ast.AST, dict[Graph, Block]] = {}
        for _, _, function in managers.entries():
            positions = self.positions.get(managers.yield_of(function) or function, ())
            found[function] = {graph: block for graph, block, _ in positions}
        return found

    def of(self, node: ast.AST | None) -> Values:
        return self.inference.of(node)

    def attributes(self, name: str) -> list[ast.Attribute]:
        """Every attribute of that name in the program."""
        return self._attributes.get(name, [])

    @cached_property
    def _attributes(self) -> dict[str, list[ast.Attribute]]:
        found: dict[str, list[ast.Attribute]] = {}
        for node in self.parents:
            if isinstance(node, ast.Attribute):
                found.setdefault(node.attr, []).append(node)
        return found

    # -- around a node

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        while (parent := self.parents.get(node)) is not None:
            yield parent
            node = parent

    def statement(self, node: ast.AST) -> ast.stmt:
        """The innermost statement that a node is part of."""
        return next(n for n in (node, *self.ancestors(node)) if isinstance(n, ast.stmt))

    def scope(self, node: ast.AST) -> Scope:
        """The innermost scope that a node is evaluated in."""
        known = self._scope_of.get(node)
        if known is None:
            known = self._scope_of[node] = self._find_scope(node)
        return known

    @cached_property
    def _scope_of(self) -> dict[ast.AST, Scope]:
        return {}

    def _find_scope(self, node: ast.AST) -> Scope:
        child = node
        for parent in self.ancestors(node):
            scope = self.scopes.get(parent)
            if scope is not None and _inside(parent, child):
                return scope
            child = parent
        return self.scopes.get(node) or self.scopes[self.modules[0].tree]

    def module(self, node: ast.AST) -> Module:
        """The module that a node is in."""
        return self.imports.by_tree[self.scope(node).module.node]

    def line_name(self, node: ast.AST, reader: Module) -> str:
        """How to speak of the line of a node in a message about the module `reader`."""
        module, line = self.module(node), getattr(node, "lineno", 1)
        if module is reader:
            return f"line {line}"  # that of a document is named when its findings are
        return f"{module.line_name(line)} of {posixpath.basename(module.path)}"

    def is_builtin(self, node: ast.expr) -> bool:
        """Whether an expression is a name that the program does not bind, and so that of a builtin, if of anything."""
        return isinstance(node, ast.Name) and self.scope(node).owner(node.id) is None

    def segment(self, node: ast.AST) -> str:
        """The source of an expression; parentheses around it are not part of it."""
        return ast.get_source_segment(self.module(node).text, node) or ast.unparse(node)

    def is_looped(self, node: ast.AST) -> bool:
        """Whether a node stands inside a loop statement."""
        return any(isinstance(a, ast.For | ast.While | ast.AsyncFor) for a in self.ancestors(node))

    def is_conditional(self, node: ast.AST) -> bool:
        """Whether a node is evaluated on some ways through its statement only, or more than once."""
        child = node
        for parent in self.ancestors(node):
            match parent:
                case ast.stmt():
                    return isinstance(parent, ast.While)
                case ast.BoolOp() if parent.values[0] is not child:
                    return True
                case ast.IfExp() if parent.test is not child:
                    return True
                case ast.Lambda():
                    return True
                case ast.comprehension() if parent.iter is not child:
                    return True
            if isinstance(parent, COMPREHENSIONS) and parent.generators[0] is not child:
                return True  # what the first `for` iterates over is evaluated at once
            child = parent
        return False

    # -- what holds at a point

    @cached_property
    def positions(self) -> dict[ast.AST, list[tuple[Graph, Block, int]]]:
        """Where each node is evaluated; a node of a `finally` body on each way through it."""
        found: dict[ast.AST, list[tuple[Graph, Block, int]]] = {}
        for graph in self.graphs:
            for block in graph.blocks:
                for i, step in enumerate(block.steps):
                    found.setdefault(step.node, []).append((graph, block, i))
        return found

    def environment(self, node: ast.AST) -> Env:
        """What every location holds just after `node` was evaluated."""
        merged: Env = {}
        for _, block, index in self.positions.get(node, ()):
            if block not in self.inference.environments:
                continue  # never reached
            env = dict(self.inference.environments[block])
            for step in block.steps[: index + 1]:
                self.inference.step(step, env)
            for location, values in env.items():
                merged[location] = merged.get(location, frozenset()) | values
        return merged

    @cached_property
    def events_at(self) -> dict[ast.AST, list[Event]]:
        found: dict[ast.AST, list[Event]] = {}
        for event in self.events.all():
            events = found.setdefault(event.node, [])
            if not any(_are_alike(e, event) for e in events):
                events.append(event)
        return found

    def place_of(self, value: Value) -> Place | None:
        if self.carried is not None and value.origin is not None:
            return self.carried.place
        return self.places.of_origin.get(value.origin) if value.origin is not None else None

    def is_assumed(self, node: ast.AST) -> bool:
        """Whether an expression speaks of a parameter that is only taken to be an object of a class."""
        assumed = self.inference.owners.assumed
        names = {p.arg for p in assumed}
        functions = {self.parents[self.parents[p]] for p in assumed}
        used = [n for n in ast.walk(node) if isinstance(n, ast.Name) and n.id in names] if names else []
        owners = (self.scope(n).owner(n.id) for n in used)
        return any(owner is not None and owner.node in functions for owner in owners)

    def has_v1_left(self, place: Place) -> bool:
        """Whether code that gets hold of a repo out of sight may still be V1: as its members show, or dead keywords."""
        opens = [o.node for o in place.origins if isinstance(o.node, ast.Call)]
        return self._asks_unknown_for_v1 or any(k.arg in DEAD_OPEN_KEYWORDS for call in opens for k in call.keywords)

    @cached_property
    def _asks_unknown_for_v1(self) -> bool:
        """Whether something that is not known is asked for a member that only V1 has; to be asked after the analysis."""
        return any(not self.of(node.value) for name in V1_UNMISTAKABLE for node in self.attributes(name))

    def handlers_of(self, node: ast.AST) -> set[Block]:
        """Where control goes when a node fails."""
        return {h for _, block, _ in self.positions.get(node, ()) for h in block.handlers}

    def is_needed_by_handlers(self, node: ast.AST, place: Place) -> bool:
        """Whether what handles an exception of a node goes on with a session."""
        return any(self.sessions.needs_at_start(handler).get(place) for handler in self.handlers_of(node))

    @cached_property
    def new_api_uses(self) -> list[ast.Attribute]:
        """Where a repo is asked for something that only Icechunk's has."""
        names = NEW_MEMBERS
        return [node for node in self.parents if isinstance(node, ast.Attribute) and node.attr in names]


def _are_alike(one: Event, other: Event) -> bool:
    """Whether two events say the same of one node."""
    return (one.effect, one.callees, one.origins) == (other.effect, other.callees, other.origins)


def _inside(scope_node: ast.AST, child: ast.AST) -> bool:
    """Whether `child`, a child of a node that opens a scope, is evaluated inside of it."""
    match scope_node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return isinstance(child, ast.stmt)
        case ast.Lambda():
            return child is scope_node.body
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            return child is not scope_node.generators[0]
    return True
