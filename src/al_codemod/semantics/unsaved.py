"""Whether a repo that carries its session may have changes that are not committed, at a point of the program."""

import ast
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from al_codemod.semantics.enders import ends_itself
from al_codemod.semantics.flow import Block, Graph, Step
from al_codemod.surface.kinds import Effect

if TYPE_CHECKING:
    from al_codemod.semantics.program import Program


class Unsaved:
    """Answers by going back from a point to the commits, checkouts and writes before it, on all ways."""

    def __init__(self, program: "Program") -> None:
        self.program = program
        self.asked: dict[tuple[Graph, ast.AST | None], bool] = {}
        self.asked_dirty: dict[ast.AST, bool] = {}

    def is_clean(self, node: ast.AST) -> bool:
        """Whether nothing can be uncommitted where a node is evaluated."""
        found = self.program.positions.get(node, [])
        return bool(found) and all(self._is_clean(graph, block, index, node) for graph, block, index in found)

    def _is_clean(self, graph: Graph, block: Block, index: int, at: ast.AST | None) -> bool:
        if (graph, at) in self.asked:
            return self.asked[graph, at]
        self.asked[graph, at] = False  # a way round in a circle proves nothing
        self.asked[graph, at] = self._before(graph, block, index)
        return self.asked[graph, at]

    def is_dirty(self, node: ast.AST) -> bool:
        """Whether something was written on every way to where a node is evaluated, and not committed since."""
        if node not in self.asked_dirty:
            self.asked_dirty[node] = False  # a way round in a circle proves nothing
            found = self.program.positions.get(node, [])
            self.asked_dirty[node] = bool(found) and all(self._is_dirty_before(g, b, i) for g, b, i in found)
        return self.asked_dirty[node]

    def _is_dirty_before(self, graph: Graph, block: Block, index: int) -> bool:
        for steps, is_entry in self._back(graph, block, index):
            step = next((s for s in reversed(steps) if self._is_dirty(s) or self._is_saved(s)), None)
            if step is not None and step.node not in self.program.events.writes:
                return False  # a function that is called may do either
            calls = self.program.inference.calling.calls.get(graph.scope.node, ())
            if step is None and is_entry and not (calls and all(map(self.is_dirty, calls))):
                return False
        return True

    def _before(self, graph: Graph, block: Block, index: int) -> bool:
        for steps, is_entry in self._back(graph, block, index):
            step = next((s for s in reversed(steps) if self._is_dirty(s) or self._is_saved(s)), None)
            if step is not None and self._is_dirty(step):
                return False
            if step is None and is_entry and not self._is_entered_clean(graph):
                return False
        return True

    def _back(self, graph: Graph, block: Block, index: int) -> Iterator[tuple[list[Step], bool]]:
        """The blocks on all ways back from a point to where changes are made or committed, and which begins the graph."""
        before: dict[Block, list[Block]] = {}
        for b in graph.blocks:
            for target in (*b.successors, *b.handlers):
                before.setdefault(target, []).append(b)
        work, seen = [block.steps[:index]], set[Block]()
        blocks = [block]
        while work:
            steps, at = work.pop(), blocks.pop()
            yield steps, at is graph.entry
            if any(self._is_dirty(s) or self._is_saved(s) for s in steps):
                continue
            new = [b for b in before.get(at, ()) if b not in seen]
            seen |= set(new)
            blocks += new
            work += [b.steps for b in new]

    def _is_entered_clean(self, graph: Graph) -> bool:
        scope = graph.scope
        if scope.is_module:
            return True
        calls = self.program.inference.calling.calls.get(scope.node, ())
        seen = scope.node not in self.program.escaping_functions
        return bool(calls) and seen and all(self.is_clean(call) for call in calls)

    def _is_saved(self, step: Step) -> bool:
        """Whether nothing is uncommitted after a step."""
        if isinstance(step.node, ast.Call) and ends_itself(self.program, step.node):
            return True
        graphs = [g for c in self._called(step) for g in self.program.graphs_of.get(c, ())]
        return bool(graphs) and all(self._is_clean(g, g.exit, len(g.exit.steps), None) for g in graphs)

    def _is_dirty(self, step: Step) -> bool:
        if step.node in self.program.events.writes:
            return True
        called = self._called(step)
        return any(c in self._writing for c in called) and not self._is_saved(step)

    def _called(self, step: Step) -> list[ast.AST]:
        events = self.program.events_at.get(step.node, ())
        return [c for e in events if e.effect is Effect.CALL for c in e.callees]

    @cached_property
    def _writing(self) -> set[ast.AST]:
        """The functions and modules that may change something, or call one that may."""
        found: set[ast.AST] = set()
        size = -1
        while size != len(found):
            size = len(found)
            for graph in self.program.graphs:
                steps = [s for b in graph.blocks for s in b.steps]
                if any(s.node in self.program.events.writes or found & set(self._called(s)) for s in steps):
                    found.add(graph.scope.node)
        return found
