"""Presence: whether an attribute of an object holds a group, array, store or dataset where a line runs, or nothing yet.

V1 made handles follow the repo whether there were any or not. A handle that is opened again has to be there.
"""

import ast
from collections.abc import Iterator
from enum import Flag, auto
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.classes import is_property
from al_codemod.semantics.events import Event
from al_codemod.semantics.flow import BINDS, Block, Graph, Op, Step
from al_codemod.semantics.values import Location
from al_codemod.surface.kinds import Effect, Kind

if TYPE_CHECKING:
    from al_codemod.semantics.program import Program

CONSTRUCTORS: Final = ("__init__", "__post_init__")


class Held(Flag):
    """What an attribute may be: not there, something that is no handle (as a rule `None`), or a handle."""

    NEVER = 0
    UNSET = auto()
    EMPTY = auto()
    HANDLE = auto()


class Presence:
    """Answers for one attribute of the objects of a class."""

    def __init__(self, program: "Program", location: Location) -> None:
        self.program = program
        self.location = location
        self.running: set[Graph] = set()
        family = program.inference.classes.family(location.scope.node)
        self.family = [program.scopes[node] for node in family]
        self.constructors = [g for node in family for name in CONSTRUCTORS for g in self._methods(node, name)]
        self.changed = {g: self._changes(g) for g in program.graphs}
        self.usual = self._usual()

    def after(self, node: ast.AST) -> Held:
        """What the attribute may be just after a node was evaluated."""
        found = Held.NEVER
        for graph, block, index in self.program.positions.get(node, ()):
            state = self._flow(graph, self.at_start(graph)).get(block, Held.NEVER)
            for step in block.steps[: index + 1]:
                state = self._step(step, state)
            found |= state
        return found

    def at_start(self, graph: Graph) -> Held:
        """What the attribute may be where a function begins."""
        if graph in self.constructors:
            return self._in_class()
        name = getattr(graph.scope.node, "name", "")
        if name == "__exit__" and graph.scope.parent in self.family and graph.scope.parent is not None:
            entered = self._methods(graph.scope.parent.node, "__enter__")
            between = self._others([*self.constructors, *entered, graph])
            return self._through(entered, self.usual) | between if entered else self.usual
        found = self.usual
        for constructor in self.constructors:
            states = self._flow(constructor, self._in_class())
            for block in constructor.blocks:
                state = states.get(block, Held.NEVER)
                for step in block.steps:
                    if any(graph in self._reached(e) for e in self._calls(step)):
                        found |= state
                    state = self._step(step, state)
        return found

    def _usual(self) -> Held:
        """What the attribute may be in an object that is made."""
        made = self._in_class()
        if self.constructors:
            made = self._through(self.constructors, made)
        return made | self._others(self.constructors)

    def _others(self, apart: list[Graph]) -> Held:
        """What the attribute may be made by functions apart from some."""
        return self._changed_by(set(self.program.graphs) - set(apart))

    def _in_class(self) -> Held:
        """What the attribute is before any method has run."""
        name = self.location.name.removeprefix(".")
        for scope in self.family:
            for statement in scope.node.body if isinstance(scope.node, ast.ClassDef) else ():
                if isinstance(statement, ast.AnnAssign) and getattr(statement.target, "id", "") == name:
                    return Held.EMPTY | Held.HANDLE
            if name in scope.bindings:
                return Held.EMPTY
        return Held.UNSET

    # -- the flow through a function

    def _flow(self, graph: Graph, start: Held) -> dict[Block, Held]:
        """What the attribute may be at the start of each block."""
        states = {graph.entry: start}
        work = [graph.entry]
        while work:
            block = work.pop()
            state = around = states[block]
            for step in block.steps:
                state = self._step(step, state)
                around |= state
            for target, known in (*((s, state) for s in block.successors), *((h, around) for h in block.handlers)):
                if target not in states or known & ~states[target]:
                    states[target] = states.get(target, Held.NEVER) | known
                    work.append(target)
        return states

    def _step(self, step: Step, state: Held) -> Held:
        bound = self._bound(step)
        if bound is not None:
            return bound
        if self._is_taken_from(step):
            return Held.HANDLE
        for event in self._calls(step):
            graphs = [g for node in event.callees for g in self.program.graphs_of.get(node, ())]
            if self._is_on_object(event) and not event.uncertain:
                state = self._through(graphs, state)
            else:
                state = state | self._changed_by(self._reached(event))
        return state | self._changed_by(self._closure(self._asked(step)))

    def _through(self, graphs: list[Graph], state: Held) -> Held:
        """What the attribute may be after one of some methods of its object."""
        found = Held.NEVER
        for graph in graphs:
            if graph in self.running:
                found |= state | self._changed_by(self._closure([graph]))
                continue
            self.running.add(graph)
            found |= self._flow(graph, state).get(graph.exit, Held.NEVER)
            self.running.discard(graph)
        return found if graphs else state

    def _bound(self, step: Step) -> Held | None:
        """What a step makes of the attribute, `None` where it leaves it alone."""
        if not isinstance(step.node, ast.Attribute) or f".{step.node.attr}" != self.location.name:
            return None
        if step.op not in BINDS | {Op.DELETE}:
            return None
        if self.program.inference.location(step.node, step.scope) != self.location:
            return None
        if step.op is Op.DELETE:
            return Held.UNSET
        values = self.program.of(step.node)
        found = Held.HANDLE if any(v.kind is not Kind.OTHER for v in values) else Held.EMPTY
        return found if step.source is None or self._is_certain(step.source) else found | Held.EMPTY

    def _is_certain(self, source: ast.expr) -> bool:
        """Whether a value is not chosen from several, of which one may be `None`."""
        if any(isinstance(n, ast.BoolOp | ast.IfExp) for n in ast.walk(source)):
            return False
        called = self.program.of(source.func) if isinstance(source, ast.Call) else ()
        return all(_always_returns(v.node) for v in called if v.kind is Kind.FUNCTION)

    def _is_taken_from(self, step: Step) -> bool:
        """Whether a step reads the attribute to take something from it, which fails where it holds nothing."""
        node = step.node
        if step.op is not Op.EVALUATE or not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Load):
            return False
        parent = self.program.parents.get(node)
        taken = isinstance(parent, ast.Attribute | ast.Subscript) and parent.value is node
        return taken and self.program.inference.location(node, step.scope) == self.location

    # -- calls

    def _calls(self, step: Step) -> Iterator[Event]:
        if isinstance(step.node, ast.Call):
            yield from (e for e in self.program.events_at.get(step.node, ()) if e.effect is Effect.CALL)

    def _is_on_object(self, event: Event) -> bool:
        """Whether a call is that of a method on the object itself."""
        function = event.node.func if isinstance(event.node, ast.Call) else None
        if not isinstance(function, ast.Attribute):
            return False
        first = getattr(event.scope.function.node, "args", ast.arguments([], [], None, [], [], None, [])).args[:1]
        mine = isinstance(function.value, ast.Name) and [a.arg for a in first] == [function.value.id]
        above = isinstance(function.value, ast.Call) and getattr(function.value.func, "id", "") == "super"
        return (mine or above) and event.scope.enclosing_class() in self.family

    def _asked(self, step: Step) -> list[Graph]:
        """The properties that a step may ask the object for."""
        node = step.node
        if not isinstance(node, ast.Attribute) or not any(v.kind is Kind.SELF for v in self.program.of(node.value)):
            return []
        classes = [scope.node for scope in self.family]
        return [g for c in classes for g in self._methods(c, node.attr) if is_property(g.scope.node)]

    def _reached(self, event: Event) -> set[Graph]:
        """The functions that a call may run, with all that they call."""
        return self._closure([g for node in event.callees for g in self.program.graphs_of.get(node, ())])

    def _closure(self, graphs: list[Graph]) -> set[Graph]:
        found, work = set(graphs), list(graphs)
        sites = self.program.sessions.calls.sites
        while work:
            graph = work.pop()
            new = {c for b in graph.blocks for s in sites.get(b, ()) for c in s.callees} - found
            found |= new
            work += new
        return found

    def _changed_by(self, graphs: set[Graph]) -> Held:
        found = Held.NEVER
        for graph in graphs:
            found |= self.changed[graph]
        return found

    def _changes(self, graph: Graph) -> Held:
        found = Held.NEVER
        for step in (s for block in graph.blocks for s in block.steps):
            found |= self._bound(step) or Held.NEVER
        return found

    def _methods(self, node: ast.AST, name: str) -> list[Graph]:
        methods = self.program.inference.classes.inherited(node, name)
        return [g for m in methods if m.node is not None for g in self.program.graphs_of.get(m.node, ())]


def _always_returns(function: ast.AST | None) -> bool:
    """Whether a function gives something on every way through it."""
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    given = [n.value for n in ast.walk(function) if isinstance(n, ast.Return)]
    empty = any(v is None or (isinstance(v, ast.Constant) and v.value is None) for v in given)
    return not empty and isinstance(function.body[-1], ast.Return | ast.Raise | ast.With)
