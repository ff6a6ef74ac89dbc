"""Session analysis: what each hidden V1 session may be at each point, and what later code needs of it.

Two data flows over the control flow of the whole module, calls included. Forwards: which branch, tag or commit the repo
stands on, whether it may or must have uncommitted changes, which definitions reach. Backwards: whether the session is used,
written to or committed before it is next defined. Together they decide which definitions become code, and as what.
"""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.callgraph import CallGraph, FunctionUses
from al_codemod.semantics.dataflow import Forward
from al_codemod.semantics.events import WEAKER, Event, Events
from al_codemod.semantics.flow import Block, Graph
from al_codemod.semantics.needs import Needs
from al_codemod.semantics.places import Place, Places
from al_codemod.semantics.states import FROM_OUTSIDE, KILLS, MAIN, NEEDS, Mode, Need, RefKind, State
from al_codemod.surface.kinds import Effect, Kind

if TYPE_CHECKING:
    from al_codemod.semantics.refs import RefReader


HANDED_ON: Final = frozenset({Effect.OPEN, Effect.NONE, Effect.ESCAPE})
THROUGH_HANDLES: Final = frozenset({Effect.READ, Effect.TOUCH, Effect.WRITE})


def is_handle(event: Event) -> bool:
    """Whether an event happens through a store, group, array or dataset, and not through the repo itself."""
    return event.value is not None and event.value.is_through_handle


class SessionAnalysis:
    """The two data flows and their results.

    `before` is the state just before each event, `needs` what is needed after it, `modes` what the session variable holds
    just before it; `emitted` are the definitions that must be written out.
    """

    def __init__(
        self, graphs: Sequence[Graph], events: Events, places: Places, refs: "RefReader", functions: FunctionUses
    ) -> None:
        self.guarded = functions.guarded
        self.graphs = graphs
        self.events = events
        self.places = places
        self.refs = refs
        self.place: dict[Event, Place] = {}
        self.before: dict[Event, State] = {}
        self.needs: dict[Event, Need] = {}
        self.modes: dict[Event, Mode] = {}
        self.emitted: set[Event] = set()
        self.needs_at_exit: dict[Graph, dict[Place, Need]] = {}
        self.exit_states: dict[Graph, dict[Place, State]] = {}
        self.escape_states: dict[Graph, dict[Place, State]] = {}
        self.at_start: dict[Block, dict[Place, State]] = {}
        self.assign_places()
        self.handed = functions.handed
        self.passed = {outer for pairs in self.handed.values() for outer in pairs.values()}
        self.calls = CallGraph(graphs, events, self.place, functions)

    def run(self) -> None:
        self.forwards()
        for event in self.place:
            self.before.setdefault(event, State())  # code that is never reached
        self.backwards()
        self.emitted = {e for e in self.place if self.is_emitted(e)}
        self.find_modes()

    # -- which place an event is about

    def assign_places(self) -> None:
        for event in list(self.events.all()):
            if event.effect is Effect.CALL:
                continue
            places = self.places.of(event)
            if len(places) > 1 and not event.uncertain and event.effect in THROUGH_HANDLES and is_handle(event):
                for place, part in self.take_apart(event, places):
                    place.events.append(part)
                    self.place[part] = place
                continue
            for place in places:
                place.events.append(event)
            if len(places) == 1 and not event.uncertain:
                self.place[event] = places[0]
            for place in places if len(places) > 1 or event.uncertain else ():
                place.block(event.node, "it is not certain which repo this is")
                place.join(places[0])

    def take_apart(self, event: Event, places: Sequence[Place]) -> list[tuple[Place, Event]]:
        """What a function does through a handle that callers pass to it, for each of the repos that it may belong to."""
        parts = []
        for place in places:
            mine = frozenset(o for o in event.origins if o in place.origins)
            parts.append((place, replace(event, effect=WEAKER.get(event.effect, event.effect), origins=mine)))
        self.events.put(event, [part for _, part in parts])
        return parts

    # -- forwards: what the session is

    def forwards(self) -> None:
        entry = Forward(self.calls, self.forward_block, State.merge).run()
        self.exit_states = {g: entry.get(g.exit, {}) for g in self.graphs}
        self.escape_states = {g: entry.get(g.escape, {}) for g in self.graphs}
        self.at_start = entry

    def forward_block(self, block: Block, state: dict[Place, State]) -> None:
        for event in self.events.by_block.get(block, ()):
            self.forward_event(event, state)
        self.note_writes(block, state)

    def note_writes(self, block: Block, state: dict[Place, State]) -> None:
        """What functions that are called here leave uncommitted."""
        for site in self.calls.sites.get(block, ()):
            for graph in site.callees:
                for inner in self.calls.only_written(graph):
                    for place in site.seen(graph, [inner]) & state.keys():
                        sure = graph is site.only and not site.is_part and self.calls.always_writes(graph, inner)
                        known = state[place]
                        state[place] = replace(known, may_dirty=True, must_dirty=known.must_dirty or sure)

    def forward_event(self, event: Event, state: dict[Place, State]) -> None:
        place = self.place.get(event)
        if place is None:
            return
        from_outside = isinstance(event.node, ast.arg) and place not in self.calls.fed
        if place not in state and event.effect is Effect.RECEIVE and from_outside:
            state[place] = FROM_OUTSIDE
        if place not in state and event.effect is not Effect.OPEN:
            return  # not reached yet with a repo
        current = state.get(place, State())
        known = self.before.get(event)
        self.before[event] = current if known is None else known.merge(current)
        state[place] = self.after(event, current)

    def after(self, event: Event, state: State) -> State:
        """The state after an event, from the one before it."""
        clean = replace(state, may_dirty=False, must_dirty=False)
        match event.effect:
            case Effect.OPEN:
                ref, fresh = self.refs.opened(event)
                return State(frozenset(event.origins), frozenset({ref}), False, False, fresh, fresh, frozenset({event}))
            case Effect.RECEIVE:
                others = self.place[event].origins if isinstance(event.node, ast.arg) else ()  # those of earlier calls
                return replace(state, origins=state.origins.difference(others), definitions=frozenset({event}))
            case Effect.CHECKOUT:
                ref = self.refs.checked_out(event)
                fresh = state.fresh_main and ref.kind is RefKind.BRANCH and ref.node is None
                return replace(clean, refs=frozenset({ref}), fresh=fresh, definitions=frozenset({event}))
            case Effect.RENEW:
                return replace(clean, refs=frozenset({MAIN}), fresh=state.fresh_main, definitions=frozenset({event}))
            case Effect.NEW_BRANCH:
                return replace(state, refs=frozenset({self.refs.branched(event)}), definitions=frozenset({event}))
            case Effect.COMMIT:
                on_main = state.committable == frozenset({MAIN})
                return replace(
                    clean,
                    refs=state.committable,
                    fresh=state.fresh and not state.must_dirty,
                    fresh_main=state.fresh_main and not (state.must_dirty and on_main),
                    definitions=frozenset({event}),
                )
            case Effect.DISCARD:
                return clean
        return state if state.is_detached else self.after_write(event, state)

    def after_write(self, event: Event, state: State) -> State:
        match event.effect:
            case Effect.WRITE:
                return replace(state, may_dirty=True, must_dirty=True)
            case Effect.TOUCH:
                return replace(state, may_dirty=True)
            case Effect.ESCAPE if event.value is not None and event.value.kind is not Kind.DATASET:
                return replace(state, may_dirty=True)
            case Effect.READ if event.creates and state.fresh:
                return replace(state, may_dirty=True)
        return state

    # -- backwards: what is needed of it

    def need(self, event: Event) -> Need:
        state = self.before.get(event, State())
        if event.effect is Effect.READ and event.creates and state.fresh:
            return Need.SESSION | Need.WRITE
        if event.effect in (Effect.BASE, Effect.NEW_BRANCH):
            place = self.place.get(event)
            asked = place is not None and place.received  # the session that comes with the repo is there to be asked
            return Need.BASE if self.base_is_known(event) and not asked else Need.SESSION
        if event.effect is Effect.ESCAPE and event.value is not None:
            if event.value.kind is Kind.DATASET:
                return Need.SESSION
        if event.effect is Effect.COMMIT and self.refs.branch_is_unsure(state, event.scope):
            return Need.SESSION | Need.COMMIT | Need.WRITE  # its branch is asked for, which a committed one cannot tell
        return NEEDS.get(event.effect, Need.NOTHING)

    def base_is_known(self, event: Event) -> bool:
        """Whether the commit that the repo stands on is the tip of a branch that can be named."""
        ref = self.before.get(event, State()).ref
        named = (RefKind.BRANCH, RefKind.TAG)
        return ref is not None and ref.kind in named and (ref.node is None or isinstance(ref.node, ast.Constant))

    def backwards(self) -> None:
        needs = self.flow_back = Needs(self.calls, self.need)
        self.needs = needs.run()
        self.needs_at_exit = {graph: needs.end(graph.exit) for graph in self.graphs}

    def needs_at_start(self, block: Block) -> Mapping[Place, Need]:
        """What is needed of sessions where a block begins."""
        return self.flow_back.at_start.get(block, {})

    # -- decisions

    def is_emitted(self, event: Event) -> bool:
        needs = self.needs.get(event, Need.NOTHING)
        if event.effect is Effect.COMMIT:
            rewritten = bool(needs & Need.WRITE) or (Need.HANDED in needs and Need.COMMIT in needs)
            return rewritten and not self.refs.commits_for_reading(event)
        if event.effect is Effect.CHECKOUT and event.node in self.guarded:
            return True  # whether the ref exists is asked, too
        place = self.place[event]
        if place not in self.passed and all(e.effect in HANDED_ON for e in place.events):
            return False  # the repo is opened here, and everything else is done elsewhere
        return event.effect in KILLS and bool(needs & ~Need.BASE)

    def is_writable(self, event: Event) -> bool:
        """Whether the session that a definition opens is to take writes."""
        after = self.after(event, self.before.get(event, State()))
        if any(r.read_only or r.kind in (RefKind.TAG, RefKind.SNAPSHOT) for r in after.refs):
            return False
        return bool(self.needs.get(event, Need.NOTHING) & (Need.WRITE | Need.COMMIT))

    def is_unknown(self, event: Event) -> bool:
        """Whether a definition that may be written to opens something that may turn out not to be a branch."""
        if event.effect is not Effect.CHECKOUT:
            return False
        ref = self.refs.checked_out(event)
        return ref.kind is RefKind.ANY and not self.refs.is_surely_written(event)

    def find_modes(self) -> None:
        """Forwards once more, now that it is known what will be written out: what the session variable holds."""
        Forward(self.calls, self.mode_block, Mode.__or__).run()

    def mode_block(self, block: Block, modes: dict[Place, Mode]) -> None:
        for event in self.events.by_block.get(block, ()):
            self.mode_event(event, modes)

    def mode_event(self, event: Event, state: dict[Place, Mode]) -> None:
        place = self.place.get(event)
        if place is None:
            return
        mode = state.get(place, Mode.UNSET)
        self.modes[event] = self.modes.get(event, Mode.UNSET) | mode
        if event.effect is Effect.RECEIVE and isinstance(event.node, ast.Call):
            pass  # what the function has left, see `CallSite.outside`
        elif event.effect is Effect.RECEIVE and place not in self.calls.fed:
            writes = bool(self.needs.get(event, Need.NOTHING) & Need.WRITE)
            state[place] = Mode.WRITABLE if writes else Mode.WRITABLE | Mode.READ_ONLY | Mode.EITHER
        elif event in self.emitted:
            state[place] = Mode.WRITABLE if self.is_writable(event) else Mode.READ_ONLY
            if self.is_writable(event) and self.is_unknown(event):
                state[place] = Mode.WRITABLE | Mode.READ_ONLY | Mode.EITHER
        elif event.effect is Effect.COMMIT:
            certain = self.before.get(event, State()).must_dirty
            state[place] = Mode.READ_ONLY if certain else mode | Mode.READ_ONLY
        elif event.effect in KILLS:
            state[place] = Mode.STALE
