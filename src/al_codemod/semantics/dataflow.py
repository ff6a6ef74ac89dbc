"""Forward data flow over all functions of a module at once, calls and returns included."""

from collections.abc import Callable
from typing import Generic, TypeVar

from al_codemod.semantics.callgraph import CallGraph
from al_codemod.semantics.flow import Block
from al_codemod.semantics.places import Place

Known = TypeVar("Known")


class Forward(Generic[Known]):
    """One forward data flow: what is known of each place on entry to each block (`entry`).

    `transfer` changes the facts of a block in place to those at its end; `merge` joins the facts of two ways.
    """

    def __init__(
        self,
        calls: CallGraph,
        transfer: Callable[[Block, dict[Place, Known]], None],
        merge: Callable[[Known, Known], Known],
    ) -> None:
        self.calls = calls
        self.transfer = transfer
        self.merge = merge
        self.entry: dict[Block, dict[Place, Known]] = {}
        self.work: list[Block] = []

    def run(self) -> dict[Block, dict[Place, Known]]:
        """Propagate until nothing new is learned; the facts on entry to each block."""
        returns = self.calls.returns()
        leaves = {g.exit for g in self.calls.graphs if g.scope.is_module} | {g.exit for g in self.calls.outside}
        for graph in self.calls.graphs:
            self.flow(graph.entry, {})
        while self.work:
            block = self.work.pop()
            before = self.entry[block]
            facts = dict(before)
            self.transfer(block, facts)
            for handler in block.handlers:
                self.flow(handler, before)
                self.flow(handler, facts)
            self.flow_on(block, facts)
            for way in returns.get(block, ()):
                seen = way.site.seen(way.graph, self.calls.defines[way.graph])
                self.flow(way.target, way.site.outside(way.graph, facts), seen)
            if block in leaves:
                for graph in self.calls.outside:
                    self.flow(graph.entry, facts, self.calls.lasting(graph))
        return self.entry

    def flow_on(self, block: Block, facts: dict[Place, Known]) -> None:
        """From the end of a block to what comes next; a called function that gives a place another session is gone through."""
        through: set[Place] = set()
        for site in self.calls.sites.get(block, ()):
            for graph in site.callees:
                for start in site.start(graph):
                    self.flow(start, site.inside(graph, facts), self.calls.touches[graph])
                if graph is site.only:
                    through |= site.seen(graph, self.calls.defines[graph])
        for target in block.successors:
            self.flow(target, facts, set(facts) - through)

    def flow(self, target: Block, facts: dict[Place, Known], only: set[Place] | None = None) -> None:
        changed = target not in self.entry
        known = self.entry.setdefault(target, {})
        for place, new in list(facts.items()):
            if only is not None and place not in only:
                continue
            merged = self.merge(known[place], new) if place in known else new
            if place not in known or merged != known[place]:
                known[place] = merged
                changed = True
        if changed:
            self.work.append(target)
