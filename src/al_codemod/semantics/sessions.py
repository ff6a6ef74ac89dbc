"""Session analysis: what each hidden V1 session may be at each point, and what later code needs of it.

Two data flows over the control flow of the whole module, calls included. Forwards: which branch, tag or commit the repo
stands on, whether it may or must have uncommitted changes, which definitions reach. Backwards: whether the session is used,
written to or committed before it is next defined. Together they decide which definitions become code, and as what.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Flag, StrEnum, auto

from al_codemod.semantics.events import Event, Events
from al_codemod.semantics.flow import Block, Graph
from al_codemod.semantics.places import Place, Places
from al_codemod.semantics.scopes import Scope
from al_codemod.surface.kinds import REPOS, Effect, Kind


class RefKind(StrEnum):
    BRANCH = "branch"
    TAG = "tag"
    SNAPSHOT = "snapshot_id"
    ANY = "any"  # a name of which it is not known whether it is a branch, a tag or a commit
    NONE = "none"  # opened with checkout=False: nothing checked out yet


@dataclass(frozen=True, slots=True)
class Ref:
    """What a session stands on. `node` is the expression that names it; `None` means the text in `text`."""

    kind: RefKind
    text: str = ""
    node: ast.expr | None = None
    read_only: bool = False


MAIN = Ref(RefKind.BRANCH, '"main"')
NO_REF = Ref(RefKind.NONE)


@dataclass(frozen=True, slots=True)
class State:
    """What is known of one place's session at one point."""

    origins: frozenset[object] = frozenset()
    refs: frozenset[Ref] = frozenset()
    may_dirty: bool = False
    must_dirty: bool = False
    fresh: bool = False
    definitions: frozenset[Event] = frozenset()

    def merge(self, other: "State") -> "State":
        return State(
            self.origins | other.origins,
            self.refs | other.refs,
            self.may_dirty or other.may_dirty,
            self.must_dirty and other.must_dirty,
            self.fresh or other.fresh,
            self.definitions | other.definitions,
        )

    @property
    def ref(self) -> Ref | None:
        return next(iter(self.refs)) if len(self.refs) == 1 else None


class Need(Flag):
    """What code that follows, up to the next definition, does with a session."""

    NOTHING = 0
    SESSION = auto()
    WRITE = auto()
    COMMIT = auto()
    HANDED = auto()


NEEDS: Mapping[Effect, Need] = {
    Effect.READ: Need.SESSION,
    Effect.TOUCH: Need.SESSION | Need.WRITE,
    Effect.WRITE: Need.SESSION | Need.WRITE,
    Effect.COMMIT: Need.SESSION | Need.COMMIT,
    Effect.DISCARD: Need.SESSION,
    Effect.ESCAPE: Need.SESSION | Need.HANDED,
}
MAY_WRITE = frozenset({Effect.WRITE, Effect.TOUCH, Effect.ESCAPE})
KILLS = frozenset({Effect.OPEN, Effect.CHECKOUT, Effect.RENEW, Effect.NEW_BRANCH, Effect.COMMIT})


class Mode(Flag):
    """Whether the session variable holds a session that takes writes."""

    UNSET = 0
    WRITABLE = auto()
    READ_ONLY = auto()
    STALE = auto()  # a definition was left out since nothing uses it: the variable holds an older session, or none


@dataclass(slots=True)
class CallSite:
    """A call of functions of the module: the block that it ends, and whether it may also not happen."""

    event: Event
    callees: list[Graph]
    optional: bool


@dataclass(slots=True)
class Calls:
    """Which functions are called where, and what each of them, with all that it calls, does to which place.

    A function that leaves a place with another session (`defines`) is followed through its body. One that only writes
    (`writes`) or reads is summed up at the call, so that what other callers do does not blur what is known there.
    """

    sites: dict[Block, list[CallSite]] = field(default_factory=dict)
    touches: dict[Graph, set[Place]] = field(default_factory=dict)
    defines: dict[Graph, set[Place]] = field(default_factory=dict)
    writes: dict[Graph, set[Place]] = field(default_factory=dict)
    outside: list[Graph] = field(default_factory=list)


class SessionAnalysis:
    """The two data flows and their results.

    `before` is the state just before each event, `needs` what is needed after it, `modes` what the session variable holds
    just before it; `emitted` are the definitions that must be written out.
    """

    def __init__(
        self,
        graphs: Sequence[Graph],
        events: Events,
        places: Places,
        refs: "RefReader",
        escaping: set[ast.AST],
        awaited: set[ast.AST],
    ) -> None:
        self.escaping = escaping
        self.awaited = awaited
        self.graphs = graphs
        self.events = events
        self.places = places
        self.refs = refs
        self.place: dict[Event, Place] = {}
        self.before: dict[Event, State] = {}
        self.needs: dict[Event, Need] = {}
        self.modes: dict[Event, Mode] = {}
        self.emitted: set[Event] = set()
        self.exit_states: dict[Graph, dict[Place, State]] = {}
        self.written: dict[tuple[Graph, Place], bool] = {}
        self.assign_places()
        self.calls = self.find_calls()
        self.unreached: set[Event] = set()

    def run(self) -> None:
        self.forwards()
        self.unreached = set(self.place) - set(self.before)
        for event in self.unreached:
            self.before[event] = State()
        self.backwards()
        self.emitted = {e for e in self.place if self.is_emitted(e)}
        self.find_modes()

    # -- which place an event is about

    def assign_places(self) -> None:
        for event in self.events.all():
            if event.effect is Effect.CALL:
                continue
            places = self.places.of(event)
            for place in places:
                place.events.append(event)
            if len(places) == 1 and not event.uncertain:
                self.place[event] = places[0]
            for place in places if len(places) > 1 or event.uncertain else ():
                place.block(event.node, "it is not certain which repo this is")
                place.join(places[0])

    # -- calls

    def find_calls(self) -> Calls:
        calls = Calls()
        graph_of = {graph.scope.node: graph for graph in self.graphs}
        for block, events in self.events.by_block.items():
            for event in events:
                if event.effect is Effect.CALL:
                    callees = [graph_of[n] for n in event.callees if n in graph_of]
                    awaited = event.node in self.awaited
                    lazy = any(_is_lazy(g.scope.node, awaited) for g in callees)
                    if callees:
                        calls.sites.setdefault(block, []).append(CallSite(event, callees, event.uncertain or lazy))
                        if event.uncertain or lazy:
                            calls.outside += callees
        for graph in self.graphs:
            parent = graph.scope.parent
            if parent is not None and (parent.is_module or parent.is_class) and graph not in calls.outside:
                calls.outside.append(graph)
            if graph.scope.node in self.escaping and graph not in calls.outside:
                calls.outside.append(graph)
        self.find_reach(calls)
        return calls

    def find_reach(self, calls: Calls) -> None:
        for graph in self.graphs:
            mine = [e for b in graph.blocks for e in self.events.by_block.get(b, ()) if e in self.place]
            calls.touches[graph] = {self.place[e] for e in mine}
            calls.defines[graph] = {self.place[e] for e in mine if e.effect in KILLS or e.effect is Effect.DISCARD}
            calls.writes[graph] = {self.place[e] for e in mine if e.effect in MAY_WRITE or e.creates}
        changed = True
        while changed:
            changed = False
            for graph in self.graphs:
                for block in graph.blocks:
                    for site in calls.sites.get(block, ()):
                        for callee in site.callees:
                            for table in (calls.touches, calls.defines, calls.writes):
                                changed |= not table[callee] <= table[graph]
                                table[graph] = table[graph] | table[callee]

    # -- forwards: what the session is

    def forwards(self) -> None:
        seen: dict[Block, dict[Place, State]] = {}
        work: list[Block] = []

        def flow(target: Block, state: dict[Place, State], only: set[Place] | None = None) -> None:
            known = seen.get(target)
            changed = known is None
            known = seen.setdefault(target, {})
            for place, new in state.items():
                if only is not None and place not in only:
                    continue
                old = known.get(place)
                merged = new if old is None else old.merge(new)
                if merged != old:
                    known[place] = merged
                    changed = True
            if changed:
                work.append(target)

        returns = self.return_targets()
        for graph in self.graphs:
            flow(graph.entry, {})
        outside: dict[Place, State] = {}
        module = next(g for g in self.graphs if g.scope.is_module)
        while work:
            block = work.pop()
            state = dict(seen[block])
            for handler in block.handlers:
                flow(handler, state)
            for event in self.events.by_block.get(block, ()):
                self.forward_event(event, state)
            for handler in block.handlers:
                flow(handler, state)
            self.note_writes(block, state)
            self.forward_calls(block, state, flow)
            for target, graph in returns.get(block, ()):
                flow(target, state, self.calls.defines[graph])
            if block is module.exit or any(block is g.exit for g in self.calls.outside):
                merged = {p: (s if p not in outside else outside[p].merge(s)) for p, s in state.items()}
                if any(outside.get(p) != s for p, s in merged.items()):
                    outside.update(merged)
                    for graph in self.calls.outside:
                        flow(graph.entry, outside, self.calls.touches[graph])
        self.exit_states = {g: seen.get(g.exit, {}) for g in self.graphs}

    def note_writes(self, block: Block, state: dict[Place, State]) -> None:
        """What functions that are called here leave uncommitted."""
        for site in self.calls.sites.get(block, ()):
            for graph in site.callees:
                for place in self.calls.writes[graph] - self.calls.defines[graph]:
                    if place in state:
                        sure = not site.optional and len(site.callees) == 1 and self.always_writes(graph, place)
                        known = state[place]
                        state[place] = replace(known, may_dirty=True, must_dirty=known.must_dirty or sure)

    def always_writes(self, graph: Graph, place: Place) -> bool:
        """Whether every way through a function writes to a place."""
        known = self.written.get((graph, place))
        if known is not None:
            return known
        self.written[graph, place] = False  # while a recursive function is looked at
        before = {graph.entry: False}
        work = [graph.entry]
        while work:
            block = work.pop()
            after = before[block] or self.block_writes(block, place)
            for target in block.successors:
                merged = before.get(target, True) and after
                if target not in before or merged != before[target]:
                    before[target] = merged
                    work.append(target)
        self.written[graph, place] = before.get(graph.exit, False)
        return self.written[graph, place]

    def block_writes(self, block: Block, place: Place) -> bool:
        events = self.events.by_block.get(block, ())
        if any(e.effect is Effect.WRITE and self.place.get(e) is place for e in events):
            return True
        sites = self.calls.sites.get(block, ())
        return any(
            not s.optional and len(s.callees) == 1 and self.always_writes(s.callees[0], place) for s in sites
        )

    def forward_calls(self, block: Block, state: dict[Place, State], flow: "Flow") -> None:
        sites = self.calls.sites.get(block, ())
        through: set[Place] = set()
        for site in sites:
            for graph in site.callees:
                flow(graph.entry, state, self.calls.touches[graph])
                if not site.optional and len(site.callees) == 1:
                    through |= self.calls.defines[graph]
        for target in block.successors:
            flow(target, state, {p for p in state if p not in through} if through else None)

    def return_targets(self) -> dict[Block, list[tuple[Block, Graph]]]:
        """Where control goes on when a called function returns, and where when it raises."""
        targets: dict[Block, list[tuple[Block, Graph]]] = {}
        for block, sites in self.calls.sites.items():
            for site in sites:
                for graph in site.callees:
                    for successor in block.successors:
                        targets.setdefault(graph.exit, []).append((successor, graph))
                    for handler in block.handlers:
                        targets.setdefault(graph.escape, []).append((handler, graph))
        return targets

    def forward_event(self, event: Event, state: dict[Place, State]) -> None:
        place = self.place.get(event)
        if place is None:
            return
        if place not in state and event.effect is not Effect.OPEN:
            return  # not reached yet with a repo
        current = state.get(place, State())
        known = self.before.get(event)
        self.before[event] = current if known is None else known.merge(current)
        state[place] = self.after(event, current)

    def after(self, event: Event, state: State) -> State:
        match event.effect:
            case Effect.OPEN:
                ref, fresh = self.refs.opened(event)
                return State(frozenset(event.origins), frozenset({ref}), False, False, fresh, frozenset({event}))
            case Effect.CHECKOUT:
                ref = self.refs.checked_out(event)
                fresh = state.fresh and ref.kind is RefKind.BRANCH and ref.node is None
                return replace(
                    state,
                    refs=frozenset({ref}),
                    may_dirty=False,
                    must_dirty=False,
                    fresh=fresh,
                    definitions=frozenset({event}),
                )
            case Effect.RENEW:
                return replace(state, refs=frozenset({MAIN}), may_dirty=False, must_dirty=False, definitions=frozenset({event}))
            case Effect.NEW_BRANCH:
                return replace(state, refs=frozenset({self.refs.branched(event)}), definitions=frozenset({event}))
            case Effect.COMMIT:
                fresh = state.fresh and not state.must_dirty
                return replace(state, may_dirty=False, must_dirty=False, fresh=fresh, definitions=frozenset({event}))
            case Effect.WRITE:
                return replace(state, may_dirty=True, must_dirty=True)
            case Effect.TOUCH:
                return replace(state, may_dirty=True)
            case Effect.ESCAPE if event.value is not None and event.value.kind is not Kind.DATASET:
                return replace(state, may_dirty=True)
            case Effect.READ if event.creates and state.fresh:
                return replace(state, may_dirty=True)
            case Effect.DISCARD:
                return replace(state, may_dirty=False, must_dirty=False)
        return state

    # -- backwards: what is needed of it

    def need(self, event: Event) -> Need:
        state = self.before.get(event, State())
        if event.effect is Effect.READ and event.creates and state.fresh:
            return Need.SESSION | Need.WRITE
        if event.effect in (Effect.BASE, Effect.NEW_BRANCH):
            return Need.NOTHING if self.base_is_known(event) else Need.SESSION
        if event.effect is Effect.ESCAPE and event.value is not None:
            if event.value.kind is Kind.DATASET:
                return Need.SESSION
        return NEEDS.get(event.effect, Need.NOTHING)

    def base_is_known(self, event: Event) -> bool:
        """Whether the commit that the repo stands on is the tip of a branch that can be named."""
        ref = self.before.get(event, State()).ref
        named = (RefKind.BRANCH, RefKind.TAG)
        return ref is not None and ref.kind in named and (ref.node is None or isinstance(ref.node, ast.Constant))

    def wants(self) -> dict[tuple[Graph, Place], Need]:
        """What functions that only read and write need of a session."""
        wanted = {(g, p): Need.NOTHING for g in self.graphs for p in self.calls.touches[g]}
        changed = True
        while changed:
            changed = False
            for graph in self.graphs:
                for block in graph.blocks:
                    found = [(self.place[e], self.need(e)) for e in self.events.by_block.get(block, ()) if e in self.place]
                    for site in self.calls.sites.get(block, ()):
                        found += [(p, wanted[g, p]) for g in site.callees for p in self.calls.touches[g]]
                    for place, need in found:
                        if need not in wanted[graph, place]:
                            wanted[graph, place] |= need
                            changed = True
        return wanted

    def backwards(self) -> None:
        self.wanted = self.wants()
        at_start: dict[Block, dict[Place, Need]] = {}
        predecessors: dict[Block, list[Block]] = {}
        graph_of_entry = {g.entry: g for g in self.graphs}
        blocks = [b for g in self.graphs for b in g.blocks]
        for block in blocks:
            for target in (*block.successors, *block.handlers):
                predecessors.setdefault(target, []).append(block)
        callers: dict[Graph, list[Block]] = {}
        for block, sites in self.calls.sites.items():
            for site in sites:
                for graph in site.callees:
                    callers.setdefault(graph, []).append(block)
                    for successor in block.successors:
                        predecessors.setdefault(successor, []).append(graph.exit)
        outside: dict[Place, Need] = {}
        ends = {g.exit: g for g in self.graphs}
        leaves = {g.exit for g in self.calls.outside} | {g.exit for g in self.graphs if g.scope.is_module}
        work = list(blocks)
        pending = set(work)
        while work:
            block = work.pop()
            pending.discard(block)
            need = self.need_at_end(block, at_start, ends.get(block), callers)
            if block in leaves:
                _merge_needs(need, outside)
            need = self.need_before(block, need, at_start)
            old = at_start.get(block)
            if need == old:
                continue
            at_start[block] = need
            again = list(predecessors.get(block, ()))
            graph = graph_of_entry.get(block)
            if graph is not None:
                again += callers.get(graph, [])
                if graph in self.calls.outside:
                    _merge_needs(outside, {p: n for p, n in need.items() if p in self.calls.touches[graph]})
                    again += leaves
            for other in again:
                if other not in pending:
                    pending.add(other)
                    work.append(other)

    def need_at_end(
        self,
        block: Block,
        at_start: Mapping[Block, Mapping[Place, Need]],
        ending: Graph | None,
        callers: Mapping[Graph, Sequence[Block]],
    ) -> dict[Place, Need]:
        need: dict[Place, Need] = {}
        through: set[Place] = set()
        for site in self.calls.sites.get(block, ()):
            for graph in site.callees:
                inside = at_start.get(graph.entry, {})
                defines, writes = self.calls.defines[graph], self.calls.writes[graph]
                _merge_needs(need, {p: n for p, n in inside.items() if p in defines})
                _merge_needs(need, {p: Need.SESSION for p in self.calls.touches[graph] - defines})
                _merge_needs(need, {p: self.wanted[graph, p] for p in writes - defines})
                if not site.optional and len(site.callees) == 1:
                    through |= defines
        for target in block.successors:
            _merge_needs(need, {p: n for p, n in at_start.get(target, {}).items() if p not in through})
        if ending is not None:
            for caller in callers.get(ending, ()):
                for target in caller.successors:
                    after = at_start.get(target, {})
                    _merge_needs(need, {p: n for p, n in after.items() if p in self.calls.defines[ending]})
        return need

    def need_before(
        self, block: Block, need: dict[Place, Need], at_start: Mapping[Block, Mapping[Place, Need]]
    ) -> dict[Place, Need]:
        handled: dict[Place, Need] = {}
        for handler in block.handlers:
            _merge_needs(handled, at_start.get(handler, {}))
        _merge_needs(need, handled)
        for event in reversed(self.events.by_block.get(block, ())):
            place = self.place.get(event)
            if place is None:
                continue
            after = need.get(place, Need.NOTHING)
            self.needs[event] = self.needs.get(event, Need.NOTHING) | after
            kept = Need.NOTHING if event.effect in KILLS and event.effect is not Effect.COMMIT else after
            if event.effect is Effect.COMMIT:
                kept = Need.NOTHING
            need[place] = kept | self.need(event)
        _merge_needs(need, handled)
        return {p: n for p, n in need.items() if n}

    # -- decisions

    def is_emitted(self, event: Event) -> bool:
        needs = self.needs.get(event, Need.NOTHING)
        if event.effect is Effect.COMMIT:
            rewritten = bool(needs & Need.WRITE) or (Need.HANDED in needs and Need.COMMIT in needs)
            return rewritten and not self.refs.commits_for_reading(event)
        return event.effect in KILLS and needs is not Need.NOTHING

    def is_writable(self, event: Event) -> bool:
        """Whether the session that a definition opens is to take writes."""
        after = self.after(event, self.before.get(event, State()))
        if any(r.read_only or r.kind in (RefKind.TAG, RefKind.SNAPSHOT) for r in after.refs):
            return False
        return bool(self.needs.get(event, Need.NOTHING) & (Need.WRITE | Need.COMMIT))

    def find_modes(self) -> None:
        """Forwards once more, now that it is known what will be written out: what the session variable holds."""
        seen: dict[Block, dict[Place, Mode]] = {}
        work: list[Block] = []

        def flow(target: Block, state: dict[Place, Mode], only: set[Place] | None = None) -> None:
            changed = target not in seen
            known = seen.setdefault(target, {})
            for place, mode in state.items():
                if (only is None or place in only) and known.get(place, Mode.UNSET) | mode != known.get(place):
                    known[place] = known.get(place, Mode.UNSET) | mode
                    changed = True
            if changed:
                work.append(target)

        returns = self.return_targets()
        module = next(g for g in self.graphs if g.scope.is_module)
        leaves = {module.exit, *(g.exit for g in self.calls.outside)}
        for graph in self.graphs:
            flow(graph.entry, {})
        while work:
            block = work.pop()
            state = dict(seen[block])
            for handler in block.handlers:
                flow(handler, state)
            for event in self.events.by_block.get(block, ()):
                self.mode_event(event, state)
            for handler in block.handlers:
                flow(handler, state)
            self.forward_calls(block, state, flow)  # type: ignore[arg-type]
            for target, graph in returns.get(block, ()):
                flow(target, state, self.calls.defines[graph])
            if block in leaves:
                for graph in self.calls.outside:
                    flow(graph.entry, state, self.calls.touches[graph])

    def mode_event(self, event: Event, state: dict[Place, Mode]) -> None:
        place = self.place.get(event)
        if place is None:
            return
        mode = state.get(place, Mode.UNSET)
        self.modes[event] = self.modes.get(event, Mode.UNSET) | mode
        if event in self.emitted:
            state[place] = Mode.WRITABLE if self.is_writable(event) else Mode.READ_ONLY
        elif event.effect is Effect.COMMIT:
            certain = self.before.get(event, State()).must_dirty
            state[place] = Mode.READ_ONLY if certain else mode | Mode.READ_ONLY
        elif event.effect in KILLS:
            state[place] = Mode.STALE


def _merge_needs(into: dict[Place, Need], other: Mapping[Place, Need]) -> None:
    for place, need in other.items():
        into[place] = into.get(place, Need.NOTHING) | need


def _is_lazy(node: ast.AST, awaited: bool) -> bool:
    """Whether calling a function does not yet run it: generators, and coroutines that are not awaited there and then."""
    if isinstance(node, ast.AsyncFunctionDef) and not awaited:
        return True
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    return any(isinstance(n, ast.Yield | ast.YieldFrom) for n in ast.walk(node))
