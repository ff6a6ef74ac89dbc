"""The call graph: which functions of the module are called where, and what each does to the sessions of its places."""

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from al_codemod.semantics.classes import is_cached_property
from al_codemod.semantics.events import Event, Events
from al_codemod.semantics.flow import Block, Graph
from al_codemod.semantics.places import Place
from al_codemod.semantics.states import KILLS, MAY_WRITE
from al_codemod.surface.kinds import Effect

Known = TypeVar("Known")


@dataclass(slots=True)
class CallSite:
    """A call of functions of the module: the block that it ends, and whether it may also not happen."""

    event: Event
    callees: list[Graph]
    optional: bool
    handed: Mapping[Graph, Mapping[Place, Place]] = field(default_factory=dict)
    """For each called function the places of its parameters that come with their session, each with what is passed."""
    starts: Mapping[Graph, Sequence[Block]] = field(default_factory=dict)
    """Where those begin that go on from where they were left before."""
    ends: Mapping[Graph, Block] = field(default_factory=dict)
    """Where those end that will go on later: a context manager, at its `yield`."""

    @property
    def is_part(self) -> bool:
        """Whether only a part of the functions runs: of context managers, what is before or after their `yield`."""
        return bool(self.starts or self.ends)

    def start(self, graph: Graph) -> Sequence[Block]:
        return self.starts.get(graph, (graph.entry,))

    def end(self, graph: Graph) -> Block:
        return self.ends.get(graph, graph.exit)

    def inside(self, graph: Graph, facts: Mapping[Place, Known]) -> dict[Place, Known]:
        """What the caller knows of places, as the function that is called sees them."""
        received = {inner: facts[outer] for inner, outer in self.handed.get(graph, {}).items() if outer in facts}
        return {**facts, **received}

    def outside(self, graph: Graph, facts: Mapping[Place, Known]) -> dict[Place, Known]:
        """What the function that is called knows of places, as the caller sees them."""
        handed = self.handed.get(graph, {})
        given = {outer: facts[inner] for inner, outer in handed.items() if inner in facts}
        own = graph.scope if self.starts else None  # what goes on knows its parameters from before
        shown = {p: known for p, known in facts.items() if p not in handed and (p.function is not own or own is None)}
        return {**shown, **given}

    def seen(self, graph: Graph, places: Iterable[Place]) -> set[Place]:
        """Places of the function that is called, as the caller sees them."""
        handed = self.handed.get(graph, {})
        return {handed.get(place, place) for place in places}

    @property
    def only(self) -> Graph | None:
        """The one function that is sure to run."""
        return self.callees[0] if len(self.callees) == 1 and not self.optional else None


@dataclass(frozen=True, slots=True)
class FunctionUses:
    """How functions are used.

    Some may run at any time (`escaping`); some calls are awaited there and then (`awaited`); some have a handler for their
    failure (`guarded`).
    """

    variants: Callable[[ast.AST, Graph, ast.AST], list[Graph]]
    """The graphs of a function that a call in the graph of its caller leads to."""
    escaping: set[ast.AST] = field(default_factory=set)
    awaited: set[ast.AST] = field(default_factory=set)
    guarded: set[ast.AST] = field(default_factory=set)
    handed: Mapping[tuple[ast.AST, ast.AST], Mapping[Place, Place]] = field(default_factory=dict)
    """By call and function: the places of parameters that come with their session, each with what is passed."""
    managers: Mapping[Graph, Block] = field(default_factory=dict)
    """The context managers that `with` statements enter and leave, each with the block that its `yield` ends."""


@dataclass(frozen=True, slots=True)
class Return:
    """One way out of a called function: the call, the function, and the block in the caller that control goes to."""

    site: CallSite
    graph: Graph
    target: Block


class CallGraph:
    """Which functions are called where, and what each of them, with all that it calls, does to which place.

    A function that leaves a place with another session (`defines`) is followed through its body. One that only writes
    (`writes`) or reads is summed up at the call, so that what other callers do does not blur what is known there.
    Functions that code out of sight may call are in `outside`, generators and the like, which go on at any time once they
    are called, in `suspended`.
    """

    def __init__(
        self, graphs: Sequence[Graph], events: Events, place: Mapping[Event, Place], functions: FunctionUses
    ) -> None:
        self.graphs: Sequence[Graph] = graphs
        self.events = events
        self.place = place
        self.sites: dict[Block, list[CallSite]] = {}
        self.touches: dict[Graph, set[Place]] = {}
        self.defines: dict[Graph, set[Place]] = {}
        self.writes: dict[Graph, set[Place]] = {}
        self.outside: list[Graph] = []
        self.fed: set[Place] = set()
        """The places of parameters that come with their session from calls that are seen."""
        self.suspended: set[Graph] = set()
        self._written: dict[tuple[Graph, Place], bool] = {}
        self._find_sites(functions)
        self._find_outside(functions)
        self._find_reach()
        self.graphs = [graph for graph in self.graphs if self.touches[graph]]
        self.outside = [graph for graph in self.outside if self.touches[graph]]

    @cached_property
    def sites_at(self) -> dict[ast.AST, list[CallSite]]:
        """The calls of functions, by their nodes."""
        found: dict[ast.AST, list[CallSite]] = {}
        for site in (s for sites in self.sites.values() for s in sites):
            found.setdefault(site.event.node, []).append(site)
        return found

    def _find_sites(self, functions: FunctionUses) -> None:
        graph_of = {block: graph for graph in self.graphs for block in graph.blocks}
        for block, events in self.events.by_block.items():
            for event in events:
                made = event.site
                callees = [g for n in event.callees for g in functions.variants(made, graph_of[block], n)]
                if event.effect is not Effect.CALL or not callees:
                    continue
                managers = {g: functions.managers[g] for g in callees if g in functions.managers}
                awaited = event.node in functions.awaited
                lazily = [g for g in callees if g not in managers and _is_lazy(g.scope.node, awaited)]
                lazy = bool(lazily)
                self.suspended.update(lazily)
                once = isinstance(event.node, ast.stmt)  # an import runs a module only the first time
                once |= all(is_cached_property(node) for node in event.callees)
                leaves = isinstance(event.node, ast.withitem)
                handed = {g: functions.handed.get((event.node, g.scope.node), {}) for g in callees}
                optional = event.uncertain or event.deferred or lazy or once
                site = CallSite(event, callees, optional, handed)
                site.starts = {g: yielding.successors for g, yielding in managers.items() if leaves}
                site.ends = managers if not leaves else {}
                self.fed.update(inner for given in handed.values() for inner in given)
                self.sites.setdefault(block, []).append(site)
                if event.uncertain or lazy:
                    self._add_outside(callees)

    def _find_outside(self, functions: FunctionUses) -> None:
        for graph in self.graphs:
            parent = graph.scope.parent
            public = parent is not None and (parent.is_module or parent.is_class)
            if public or graph.scope.node in functions.escaping:
                self._add_outside([graph])

    def _add_outside(self, graphs: Iterable[Graph]) -> None:
        self.outside += [g for g in graphs if g not in self.outside]

    def _find_reach(self) -> None:
        for graph in self.graphs:
            mine = [e for b in graph.blocks for e in self.events.by_block.get(b, ()) if e in self.place]
            self.touches[graph] = {self.place[e] for e in mine}
            self.defines[graph] = {self.place[e] for e in mine if self._defines(e)}
            self.writes[graph] = {self.place[e] for e in mine if e.effect in MAY_WRITE or e.creates}
        changed = True
        while changed:
            changed = False
            for graph in self.graphs:
                for block in graph.blocks:
                    for site, callee in ((s, c) for s in self.sites.get(block, ()) for c in s.callees):
                        for table in (self.touches, self.defines, self.writes):
                            seen = site.seen(callee, table[callee])
                            changed |= not seen <= table[graph]
                            table[graph] |= seen

    def _defines(self, event: Event) -> bool:
        """Whether an event gives a place another session; an object that keeps one is there after its constructor."""
        kept = event.effect is Effect.RECEIVE and not self.place[event].is_parameter
        return kept or event.effect in KILLS or event.effect is Effect.DISCARD

    def lasting(self, graph: Graph) -> set[Place]:
        """The places that a function touches whose sessions are there before and after its calls."""
        return {place for place in self.touches[graph] if not (place.received and place.is_parameter)}

    def only_written(self, graph: Graph) -> set[Place]:
        """The places that a function may write to without giving them another session."""
        return self.writes[graph] - self.defines[graph]

    def always_writes(self, graph: Graph, place: Place) -> bool:
        """Whether every way through a function writes to a place."""
        known = self._written.get((graph, place))
        if known is not None:
            return known
        self._written[graph, place] = False  # while a recursive function is looked at
        before = {graph.entry: False}
        work = [graph.entry]
        while work:
            block = work.pop()
            after = before[block] or self._block_writes(block, place)
            for target in block.successors:
                merged = before.get(target, True) and after
                if target not in before or merged != before[target]:
                    before[target] = merged
                    work.append(target)
        self._written[graph, place] = before.get(graph.exit, False)
        return self._written[graph, place]

    def _block_writes(self, block: Block, place: Place) -> bool:
        events = self.events.by_block.get(block, ())
        if any(e.effect is Effect.WRITE and self.place.get(e) is place for e in events):
            return True
        sure = [(site, site.only) for site in self.sites.get(block, ()) if not site.is_part]
        return any(
            graph is not None
            and any(self.always_writes(graph, p) for p in self.touches[graph] if site.seen(graph, [p]) == {place})
            for site, graph in sure
        )

    def returns(self) -> dict[Block, list["Return"]]:
        """Where control goes on when a called function returns, and where when it raises."""
        targets: dict[Block, list[Return]] = {}
        for block, sites in self.sites.items():
            for site, graph in ((s, g) for s in sites for g in s.callees if self.touches[g]):
                for successor in block.successors:
                    targets.setdefault(site.end(graph), []).append(Return(site, graph, successor))
                for handler in block.handlers:
                    targets.setdefault(graph.escape, []).append(Return(site, graph, handler))
        return targets


def _is_lazy(node: ast.AST, awaited: bool) -> bool:
    """Whether calling a function does not yet run it: generators, and coroutines that are not awaited there and then."""
    if isinstance(node, ast.AsyncFunctionDef) and not awaited:
        return True
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    return any(isinstance(n, ast.Yield | ast.YieldFrom) for n in ast.walk(node))
