"""One analysed module: its tree, its names and values, and the sessions hidden in it."""

import ast
from collections.abc import Iterator
from functools import cached_property

from al_codemod.semantics import contracts, escapes, workers
from al_codemod.semantics.callgraph import FunctionUses
from al_codemod.semantics.events import Event, EventFinder
from al_codemod.semantics.flow import Block, Graph
from al_codemod.semantics.flow_statements import build_graph
from al_codemod.semantics.infer import Env, Inference
from al_codemod.semantics.places import Place, Places
from al_codemod.semantics.refs import RefReader
from al_codemod.semantics.scopes import COMPREHENSIONS, Scope, build_scopes
from al_codemod.semantics.sessions import SessionAnalysis
from al_codemod.semantics.values import Location, Value, Values
from al_codemod.surface.kinds import Kind
from al_codemod.surface.members import DEAD_OPEN_KEYWORDS, NEW_MEMBERS, V1_UNMISTAKABLE


class Program:
    """Everything that is known of one module before any edit is thought of.

    `tree` is what `text` was parsed to, where that is not `ast.parse(text)`: the parts of a document are parsed one by
    one. Raises `SyntaxError` when `text` does not parse, and `RecursionError` when it nests too deep.
    """

    def __init__(self, text: str, tree: ast.Module | None = None) -> None:
        self.text = text
        self.tree = ast.parse(text) if tree is None else tree
        self.parents = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}
        self.scopes = build_scopes(self.tree)
        self.graphs = [
            build_graph(scope, self.scopes)
            for scope in self.scopes[self.tree].walk()
            if scope.is_module or scope.is_function
        ]
        self.inference = Inference(self.tree, self.scopes, self.graphs).run()
        self.events = EventFinder(self.inference, self.parents).find(self.graphs)
        self.analyse(frozenset())
        mixed = escapes.mixed_homes(self)
        if mixed:
            self.events = EventFinder(self.inference, self.parents).find(self.graphs)
            self.analyse(mixed)
        contracts.check(self)
        escapes.check(self)
        workers.check(self)

    def analyse(self, split: frozenset[Location]) -> None:
        """Work out the places and their sessions; the repos in the variables of `split` are told apart."""
        self.places = Places(self.inference, self.graphs, list(self.events.all()), self.parents, split)
        contracts.note_handovers(self.inference, self.events)
        self.refs = RefReader(self)
        awaited: set[ast.AST] = {n.value for n in self.parents if isinstance(n, ast.Await)}
        functions = FunctionUses(self.escaping_functions, awaited, self.guarded_calls())
        self.sessions = SessionAnalysis(self.graphs, self.events, self.places, self.refs, functions)
        self.sessions.run()

    def guarded_calls(self) -> set[ast.AST]:
        """The calls in the body of a `try` that has handlers."""
        tries = [node for node in self.parents if isinstance(node, ast.Try) and node.handlers]
        return {call for t in tries for s in t.body for call in ast.walk(s) if isinstance(call, ast.Call)}

    @cached_property
    def escaping_functions(self) -> set[ast.AST]:
        """The functions that are used other than by calling them at once, so that they may run at any time."""
        found: set[ast.AST] = set()
        for node, values in self.inference.values.items():
            parent = self.parents.get(node)
            called = isinstance(parent, ast.Call) and self.inference.calling.forwarded(parent).func is node
            if not called and not (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)):
                found |= {v.node for v in values if v.kind is Kind.FUNCTION and v.node is not None}
        return found

    def of(self, node: ast.AST | None) -> Values:
        return self.inference.of(node)

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
        return self.scopes[self.tree]

    def segment(self, node: ast.AST) -> str:
        """The source of an expression; parentheses around it are not part of it."""
        return ast.get_source_segment(self.text, node) or ast.unparse(node)

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
            if isinstance(parent, (ast.comprehension, *COMPREHENSIONS)):
                return True
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
            if not any(e.effect is event.effect and e.callees == event.callees for e in events):
                events.append(event)
        return found

    def place_of(self, value: Value) -> Place | None:
        return self.places.of_origin.get(value.origin) if value.origin is not None else None

    def has_v1_left(self, place: Place) -> bool:
        """Whether code that gets hold of a repo out of sight may still be V1: as its members show, or dead keywords."""
        unknown = any(
            isinstance(node, ast.Attribute) and node.attr in V1_UNMISTAKABLE and not self.of(node.value)
            for node in self.parents
        )
        opens = [o.node for o in place.origins if isinstance(o.node, ast.Call)]
        return unknown or any(k.arg in DEAD_OPEN_KEYWORDS for call in opens for k in call.keywords)

    @cached_property
    def new_api_uses(self) -> list[ast.Attribute]:
        """Where a repo is asked for something that only Icechunk's has."""
        names = NEW_MEMBERS
        return [node for node in self.parents if isinstance(node, ast.Attribute) and node.attr in names]


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
