"""Backward data flow: what later code needs of a session, up to where it is next defined."""

from collections.abc import Callable, Iterable, Mapping

from al_codemod.semantics.callgraph import CallGraph, CallSite
from al_codemod.semantics.events import Event
from al_codemod.semantics.flow import Block, Graph
from al_codemod.semantics.places import Place
from al_codemod.semantics.states import KILLS, Need


class Needs:
    """What is needed after each event, over all functions of a module. `need_of` tells what one event needs itself."""

    def __init__(self, calls: CallGraph, need_of: Callable[[Event], Need]) -> None:
        self.calls = calls
        self.need_of = need_of
        self.after: dict[Event, Need] = {}
        self.at_start: dict[Block, dict[Place, Need]] = {}
        self.outside: dict[Place, Need] = {}
        self.entries = {g.entry: g for g in calls.graphs}
        self.leaves = {g.exit for g in calls.outside} | {g.exit for g in calls.graphs if g.scope.is_module}
        self.starting: dict[Block, list[Block]] = {}
        """The blocks with calls of functions, by where those begin."""
        self.ending: dict[Block, list[tuple[Graph, Block, CallSite]]] = {}
        """The calls of functions, by where those end, with the blocks that they are in."""
        self.before: dict[Block, list[Block]] = {}
        self._link()
        self.summed_up = self._sum_up()
        self.suspended: dict[Place, Need] = {}
        for (graph, place), need in self.summed_up.items():
            if graph in calls.suspended and place.scope is not graph.scope:
                self.suspended[place] = self.suspended.get(place, Need.NOTHING) | need

    def _link(self) -> None:
        for block in (b for g in self.calls.graphs for b in g.blocks):
            for target in (*block.successors, *block.handlers):
                self.before.setdefault(target, []).append(block)
        for block, sites in self.calls.sites.items():
            for site, graph in ((s, g) for s in sites for g in s.callees):
                self.ending.setdefault(site.end(graph), []).append((graph, block, site))
                for start in site.start(graph):
                    self.starting.setdefault(start, []).append(block)
                for successor in block.successors:
                    self.before.setdefault(successor, []).append(site.end(graph))

    def _sum_up(self) -> dict[tuple[Graph, Place], Need]:
        """What functions that only read and write need of a session, whatever their callers do next."""
        needs = {(g, p): Need.NOTHING for g in self.calls.graphs for p in self.calls.touches[g]}
        changed = True
        while changed:
            changed = False
            for graph in self.calls.graphs:
                for place, need in (found for block in graph.blocks for found in self._used(block, needs)):
                    if need not in needs[graph, place]:
                        needs[graph, place] |= need
                        changed = True
        return needs

    def _used(self, block: Block, needs: Mapping[tuple[Graph, Place], Need]) -> Iterable[tuple[Place, Need]]:
        for event in self.calls.events.by_block.get(block, ()):
            place = self.calls.place.get(event)
            if place is not None:
                yield place, self.need_of(event)
        for site, graph in ((s, g) for s in self.calls.sites.get(block, ()) for g in s.callees):
            inside = {place: needs[graph, place] for place in self.calls.touches[graph]}
            yield from site.outside(graph, inside).items()

    def run(self) -> dict[Event, Need]:
        """Propagate until nothing new is learned; what is needed after each event."""
        work = [b for g in self.calls.graphs for b in g.blocks]
        pending = set(work)
        while work:
            block = work.pop()
            pending.discard(block)
            need = self.start(block, self.end(block))
            if need == self.at_start.get(block):
                continue
            self.at_start[block] = need
            for other in self.affected(block, need):
                if other not in pending:
                    pending.add(other)
                    work.append(other)
        return self.after

    def affected(self, block: Block, need: Mapping[Place, Need]) -> Iterable[Block]:
        """The blocks whose end depends on the start of `block`."""
        yield from self.before.get(block, ())
        yield from self.starting.get(block, ())
        graph = self.entries.get(block)
        if graph is None:
            return
        if graph in self.calls.outside:
            known = dict(self.outside)
            _merge(self.outside, need, self.calls.lasting(graph))
            if self.outside != known:
                yield from self.leaves

    def end(self, block: Block) -> dict[Place, Need]:
        """What is needed at the end of a block: by what follows, by functions called there, and by the callers of its own."""
        need: dict[Place, Need] = {}
        through: set[Place] = set()
        for site in self.calls.sites.get(block, ()):
            for graph in site.callees:
                defines = self.calls.defines[graph]
                inside: dict[Place, Need] = {}
                for start in site.start(graph):
                    _merge(inside, self.at_start.get(start, {}), defines)
                for place in self.calls.touches[graph] - defines:
                    inside[place] = self.summed_up[graph, place] | Need.SESSION
                _merge(need, site.outside(graph, inside))
                if graph is site.only:
                    through |= site.seen(graph, defines)
        for target in block.successors:
            following = self.at_start.get(target, {})
            _merge(need, following, set(following) - through)
        for ending, caller, site in self.ending.get(block, ()):
            for target in caller.successors:
                following = site.inside(ending, self.at_start.get(target, {}))
                _merge(need, following, self.calls.defines[ending])
        if block in self.leaves:
            _merge(need, self.outside)
        _merge(need, self.suspended)
        return need

    def start(self, block: Block, need: dict[Place, Need]) -> dict[Place, Need]:
        """What is needed at the start of a block, given what is needed at its end."""
        handled: dict[Place, Need] = {}
        for handler in block.handlers:
            _merge(handled, self.at_start.get(handler, {}))
        _merge(need, handled)
        for event in reversed(self.calls.events.by_block.get(block, ())):
            place = self.calls.place.get(event)
            if place is None:
                continue
            after = need.get(place, Need.NOTHING)
            self.after[event] = self.after.get(event, Need.NOTHING) | after
            need[place] = (Need.NOTHING if event.effect in KILLS else after) | self.need_of(event)
        _merge(need, handled)
        return {p: n for p, n in need.items() if n}


def _merge(into: dict[Place, Need], other: Mapping[Place, Need], only: set[Place] | None = None) -> None:
    for place, need in other.items():
        if only is None or place in only:
            into[place] = into.get(place, Need.NOTHING) | need
