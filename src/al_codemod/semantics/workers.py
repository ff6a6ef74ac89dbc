"""Work that runs elsewhere: which session each worker gets, and how what it writes comes back.

V1's server kept one session for all copies of a repo. An Icechunk session cannot leave its process; a fork of it can, and is
merged when it comes back. A worker that only reads gets a fork as well, or a read-only session as it is. One that opens the
repo itself, or that commits, has a session of its own.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.arguments import bind_arguments
from al_codemod.semantics.backends import PARALLEL, is_threaded
from al_codemod.semantics.classes import is_classmethod
from al_codemod.semantics.collisions import Collisions
from al_codemod.semantics.events import Event
from al_codemod.semantics.fanouts import FanOut
from al_codemod.semantics.flow import Graph
from al_codemod.semantics.handovers import handovers
from al_codemod.semantics.leaving_out import variants
from al_codemod.semantics.parts import Part
from al_codemod.semantics.places import Place
from al_codemod.semantics.scopes import Scope
from al_codemod.semantics.states import MAY_WRITE, Mode
from al_codemod.semantics.values import Value
from al_codemod.semantics.worker_objects import attributes, has_fork, kept_repos, problem, sent_object, unseen_objects
from al_codemod.surface.fanouts import RUNNERS, Runner
from al_codemod.surface.kinds import LATE_HANDLES, REPOS, Effect, Kind
from al_codemod.surface.names import SENDING_METHODS, SENT_ELSEWHERE

if TYPE_CHECKING:
    from al_codemod.semantics.program import Program

LOST: Final = (
    "this runs in another process, and what it writes is lost; send session.fork() to the workers, return the forks, "
    "session.merge(*forks), then commit once"
)
SESSION_MEMBERS: Final = frozenset({"store", "root_group", "to_xarray"})
"""Members of a repo that a session can give as well."""
STORE_OF: Final = {Kind.STORE: "", Kind.GROUP: ".store", Kind.ARRAY: ".store", Kind.NODE: ".store"}


@dataclass(eq=False, slots=True)
class Sent:
    """A session that goes to workers: that of `outer`, for the repo parameter `inner` or for the handles in `shown`.

    `session` is how it is written where the work is started, `name` what is sent, a fork where `forked`; `returned` is how
    the worker names it when it gives it back, empty where it has nothing to give back.
    """

    outer: Place
    inner: Place | None
    shown: list[ast.expr]
    session: str = ""
    name: str = ""
    forked: bool = False
    returned: str = ""
    owner: ast.expr | None = None
    """The object that the repo is kept in, where a copy of it is sent that has the fork in place of the session."""


@dataclass(eq=False, slots=True)
class Work:
    """A fan-out whose workers get a session of the caller."""

    fanout: FanOut
    graph: Graph
    sent: list[Sent]

    @property
    def function(self) -> Scope:
        return self.graph.scope

    @property
    def places(self) -> tuple[Place, ...]:
        return tuple(p for s in self.sent for p in (s.outer, s.inner) if p is not None)

    @property
    def written(self) -> Sent | None:
        """The session whose fork comes back."""
        return next((s for s in self.sent if s.returned), None)


class Refused(Exception):
    """A fan-out cannot be rewritten; the message says why."""


class Workers:
    """The fan-outs of a program, each with what becomes of it."""

    def __init__(self, program: "Program") -> None:
        self.program = program
        self.calls = program.sessions.calls
        self.work: dict[ast.Call, Work] = {}
        self.replaced: set[Place] = set()
        """The places of parameters that take the session in place of the repo."""
        self.concurrent: set[Place] = set()
        """The places whose commits may meet those of other workers."""
        self.started: set[ast.AST] = set()
        """The calls that make the pools which run functions that use a repo."""

    @cached_property
    def dask_elsewhere(self) -> bool:
        """Whether the program lets dask compute in other processes."""
        return any(
            (isinstance(n, ast.Constant) and n.value in ("processes", "multiprocessing"))
            or any(v.kind is Kind.POOL and RUNNERS[v.name].runner is Runner.DASK for v in self.program.of(n))
            for n in self.program.parents
        )

    def check(self) -> None:
        """Decide on every fan-out, and block the places of those that cannot be rewritten."""
        fanouts = self.program.inference.calling.fanouts
        found, seen = fanouts.found, fanouts.functions | fanouts.in_process
        for fanout in found.values():
            try:
                self.decide(fanout)
            except Refused as reason:
                self.block(fanout, str(reason))
        for node in self.program.parents:
            if not isinstance(node, ast.Call) or node in found or node in seen:
                continue
            if self.leaves_the_process(node) and not self.is_collecting(node):
                for place in self.reached(node):
                    place.block(node, LOST)

    # -- one fan-out

    def decide(self, fanout: FanOut) -> None:
        graph = self.function(fanout)
        reach = self.reach(graph)
        runner = fanout.node.func.value if isinstance(fanout.node.func, ast.Attribute) else None
        if any(self.calls.touches[g] for g in reach):
            self.started |= {v.node for v in self.program.of(runner) if v.kind is Kind.POOL and v.node is not None}
        inside = {node for g in reach for node in ast.walk(g.scope.node)}
        places = (p for p in self.program.places.all if not p.received)  # a session comes with the others
        self.concurrent |= {p for p in places if any(o.node in inside for o in p.origins)}
        if self.program.carried is not None and fanout.runner is Runner.THREADS:
            return  # they share the objects that they get
        self.check_seen(fanout, reach)
        self.check_objects(fanout, graph)
        work = Work(fanout, graph, list(self.sessions_sent(fanout, graph)))
        self.check_own(fanout)
        if not work.sent:
            return
        for sent in work.sent:
            self.name(work, sent)
        if sum(1 for s in work.sent if s.returned) > 1:
            raise Refused("the workers write to more than one repo; return one fork for each and merge them")
        if any(v.is_repo or v.is_handle for v in self.program.inference.returns.get(graph.scope.node, ())):
            raise Refused("the workers give back what belongs to their session; let them return values")
        self.work[fanout.node] = work

    def function(self, fanout: FanOut) -> Graph:
        functions = {v.node for v in self.program.of(fanout.call.func) if v.node is not None}
        inference, graphs_of = self.program.inference, self.program.graphs_of
        callers = graphs_of.get(self.program.scope(fanout.node).function.node, ())
        found = (g for f in functions for c in callers for g in variants(inference, graphs_of, fanout.node, c, f))
        graphs = list(dict.fromkeys(found))
        if len(graphs) != 1 or not isinstance(graphs[0].scope.node, ast.FunctionDef):
            raise Refused("it is not certain which function the workers run; " + LOST.partition("; ")[2])
        parent = graphs[0].scope.parent
        if parent is not None and parent.is_class and is_classmethod(graphs[0].scope.node):
            raise Refused("the workers get the class of a method; run a function, and pass it a fork")
        return graphs[0]

    def reach(self, graph: Graph) -> set[Graph]:
        """A function and all that it calls."""
        found, work = {graph}, [graph]
        while work:
            for block in work.pop().blocks:
                for callee in (c for site in self.calls.sites.get(block, ()) for c in site.callees):
                    if callee not in found and callee.scope.is_function:
                        found.add(callee)
                        work.append(callee)
        return found

    def check_seen(self, fanout: FanOut, reach: set[Graph]) -> None:
        """Refuse what comes to a worker in another way than by its arguments."""
        if not fanout.is_certain:
            raise Refused(
                f"{' and '.join(sorted(fanout.runners))} may run this; start the work of each in its own place"
            )
        threads = fanout.runner is Runner.THREADS
        for graph in reach if not threads else ():
            inside = set(graph.scope.walk())
            for node in ast.walk(graph.scope.node):
                if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
                    continue
                owner = self.program.scope(node).owner(node.id)
                if owner in inside or not any(self.is_sent(v) for v in self.program.of(node)):
                    continue
                if not self.is_read_again(fanout, owner, node):
                    raise Refused(f"`{node.id}` is not an argument of the function that runs there; pass it, as a fork")
        followed = fanout.shown
        bound: set[ast.AST] = {value for _, value in self.bound(fanout)} | fanout.kept.keys()
        for argument in (*fanout.node.args, *(k.value for k in fanout.node.keywords)):
            for node in ast.walk(argument):
                inside_shown = node in followed or any(a in followed for a in self.program.ancestors(node))
                if (
                    not inside_shown
                    and node not in (fanout.call.func, getattr(fanout.call.func, "value", None))
                    and not self.is_only_asked(node)
                    and any(self.is_sent(v) for v in self.program.of(node))
                ):
                    raise Refused("what is passed to the workers here cannot be followed; " + LOST.partition("; ")[2])
        if not followed <= bound:
            raise Refused("it is not seen which parameter this goes to; " + LOST.partition("; ")[2])

    def check_objects(self, fanout: FanOut, graph: Graph) -> None:
        """Refuse objects that go to other processes with the repo that they keep, as arguments."""
        if fanout.runner is Runner.THREADS:
            return
        assert isinstance(graph.scope.node, ast.FunctionDef)
        unseen = list(unseen_objects(self.program.inference, fanout, graph.scope.node))
        owners = [v for _, value in self.bound(fanout) for v in self.program.of(value) if v.kind is Kind.SELF]
        kept = [v for o in owners for _, values in attributes(self.program.inference, o) for v in values if v.is_repo]
        reason = "the workers get an object with the repo that it keeps; pass its store, which can be that of a fork"
        for place in (self.program.place_of(v) for v in (*kept, *unseen)):
            if place is not None:
                place.block(fanout.node, reason)
        if kept or unseen:
            raise Refused(reason)

    def is_only_asked(self, node: ast.AST) -> bool:
        """Whether an object is asked for an attribute that is sent in its place; a method takes it along."""
        parent = self.program.parents.get(node)
        if not isinstance(parent, ast.Attribute):
            return False
        return all(v.kind is Kind.SELF for v in self.program.of(node)) and not any(
            v.kind is Kind.FUNCTION for v in self.program.of(parent)
        )

    def is_read_again(self, fanout: FanOut, owner: Scope | None, node: ast.Name) -> bool:
        """Whether a process that imports the module again makes a repo of its own, of which it only reads what is committed."""
        if owner is None or not owner.is_module or fanout.runner is not Runner.POOL:
            return False
        places = {self.program.place_of(v) for v in self.program.of(node) if v.origin is not None}
        return all(p is not None and not any(e.effect in MAY_WRITE for e in p.events) for p in places)

    def is_sent(self, value: Value) -> bool:
        if value.kind is Kind.SELF:
            return value.node is not None and any(
                p.home is not None and p.home.is_attribute and p.home.scope.node is value.node
                for p in self.program.places.all
            )
        owner = self.program.place_of(value)
        return owner is not None and (value.is_repo or value.kind in LATE_HANDLES)

    def bound(self, fanout: FanOut) -> Iterator[tuple[str, ast.expr]]:
        """The parameters of the function, each with what it gets."""
        function = self.function(fanout).scope
        assert isinstance(function.node, ast.FunctionDef)
        skipped = self.program.inference.calling.skipped(function.node, fanout.call)
        for location, value in bind_arguments(function.node, function, fanout.call, skipped):
            yield location.name, value

    # -- the sessions that are sent

    def sessions_sent(self, fanout: FanOut, graph: Graph) -> Iterator[Sent]:
        yield from self.object_sent(fanout)
        handed = self.program.sessions.handed.get((fanout.node, graph.scope.node), {})
        for inner, outer in handed.items():
            shown = [v for p, v in handovers(self.program.inference, fanout.node, graph.scope.node) if _is_of(inner, p)]
            yield Sent(outer, inner, shown)
        by_place: dict[Place, list[ast.expr]] = {}
        for _, value in self.bound(fanout):
            for v in self.program.of(value):
                place = self.program.place_of(v)
                if place is not None and v.kind in LATE_HANDLES and value not in by_place.setdefault(place, []):
                    by_place[place].append(value)
        for value in fanout.kept:
            for v in self.program.of(value):
                place = self.program.place_of(v)
                if place is not None and value not in by_place.setdefault(place, []):
                    by_place[place].append(value)
        for place, values in by_place.items():
            if place in handed.values():
                raise Refused("the workers get the repo and a part of it; pass one of them")
            yield Sent(place, None, values)

    def object_sent(self, fanout: FanOut) -> Iterator[Sent]:
        """The session of the object whose method the workers run."""
        inference = self.program.inference
        owner = sent_object(inference, fanout)
        repos = kept_repos(inference, owner) if owner is not None else []
        if owner is None or not repos or has_fork(self.program.scope(fanout.node).function.node, owner):
            return
        reason = problem(inference, owner)
        if Runner.THREADS in fanout.runners:
            reason = "threads share the object of a method, processes do not; start the work of each in its own place"
        places = {self.program.place_of(v) for values in repos for v in values if v.is_repo}
        place = places.pop()
        if reason is not None or place is None or places or place.home is None or not place.home.is_attribute:
            raise Refused(reason or "the repo is kept in an object and elsewhere; run a function, and pass it a fork")
        yield Sent(place, None, [owner], owner=owner)

    def name(self, work: Work, sent: Sent) -> None:
        """Work out what is sent and what comes back."""
        graph, subject = work.graph, sent.inner or sent.outer
        if subject in self.calls.defines[graph]:
            raise Refused(
                "the workers commit or check out the session of their caller; commit once, after they are done"
            )
        written = next((s for s in sent.shown if any(v.is_repo for v in self.program.of(s))), None)
        session = sent.outer.session_in(self.program.scope(work.fanout.node), written)
        if sent.owner is not None:
            session = f"{ast.unparse(sent.owner)}.{sent.outer.session}"
        if session is None:
            raise Refused("the session has no name where the work is started")
        sent.session = session
        if work.fanout.runner is not Runner.THREADS:
            collisions = Collisions(self.program, work.fanout, graph.scope, self.bound(work.fanout))
            together = collisions.found(self.writes(graph, subject))
            if together is not None:
                raise Refused(together)
        mode = self.mode(work, sent)
        writes = subject in self.calls.writes[graph]
        threads = work.fanout.runner is Runner.THREADS
        if mode is not Mode.WRITABLE and (writes or mode is not Mode.READ_ONLY):
            raise Refused(
                "it is not certain that the session takes writes here; open a writable one before the workers start"
            )
        if not writes and any(shown in work.fanout.kept for shown in sent.shown):
            raise Refused(
                "it is not seen that the workers write through what their objects keep; pass the store instead"
            )
        sent.forked = mode is Mode.WRITABLE and not threads
        function = self.program.scope(work.fanout.node).function
        sent.name = function.free_name(["fork", "session_fork"]) if sent.forked else session
        if sent.owner is not None:
            sent.name = function.free_name(["worker", "forked"])
            sent.returned = sent.outer.session_in(graph.scope) or "" if writes else ""
            return
        if sent.inner is not None:
            self.replace(sent.inner)
            if sent.forked:
                sent.inner.session = graph.scope.free_name(["fork", "session_fork"])
        if writes and not threads:
            sent.returned = sent.inner.session if sent.inner is not None else self.written_parameter(work, sent)
        if sent.inner is None and sent.forked:
            for shown in sent.shown:
                for node in ast.walk(shown):
                    if any(v.kind in REPOS for v in self.program.of(node)):
                        sent.outer.forked[node] = sent.name

    def mode(self, work: Work, sent: Sent) -> Mode:
        sessions = self.program.sessions
        nodes = {work.fanout.node, *(n for shown in sent.shown for n in ast.walk(shown))}
        found = [m for e, m in sessions.modes.items() if e.node in nodes and sessions.place.get(e) is sent.outer]
        return found[0] if found and all(m is found[0] for m in found) else Mode.UNSET

    def written_parameter(self, work: Work, sent: Sent) -> str:
        """How a worker that gets handles names the fork that it has written to."""
        handles: dict[str, Kind] = {}
        for name, value in self.bound(work.fanout):
            for v in self.program.of(value) if value in sent.shown else ():
                if v.kind in LATE_HANDLES:
                    handles[name] = v.kind
            handles |= {f"{name}.{kept}": Kind.STORE for a, kept in work.fanout.kept.values() if a is value}
        written = {n for e in self.writes(work.graph, sent.outer) for n in self.roots(work, e, handles)}
        if len(written) != 1:
            raise Refused("the workers write through several groups or arrays; pass the store instead")
        (name,) = written
        if handles[name] not in STORE_OF or work.function.bindings.get(name.partition(".")[0], 1) != 1:
            raise Refused(f"`{name}` does not tell its session; pass the store instead")
        return f"{name}{STORE_OF[handles[name]]}.session"

    def writes(self, graph: Graph, place: Place) -> Iterator[Event]:
        inside = {node for g in self.reach(graph) for node in ast.walk(g.scope.node)}
        for event in place.events:
            if event.node in inside and (event.effect in MAY_WRITE or event.creates):
                yield event

    def roots(self, work: Work, event: Event, handles: dict[str, Kind]) -> set[str]:
        """The parameters that a write may go through."""
        node = event.node
        while isinstance(node, ast.Subscript | ast.Attribute | ast.Call):
            node = node.func if isinstance(node, ast.Call) else node.value
        known = isinstance(node, ast.Name) and node.id in handles and event.scope.function is work.function
        return {node.id} if known and isinstance(node, ast.Name) else set(handles)

    # -- parameters that take the session in place of the repo

    def replace(self, place: Place) -> None:
        """Let a parameter, and those that it is handed on to, take the session. Raises `Refused` where it needs the repo."""
        if place in self.replaced:
            return
        self.replaced.add(place)
        assert place.home is not None
        handed = self.program.sessions.handed
        scope = place.home.scope
        if scope.bindings.get(place.home.name, 1) != 1:
            raise Refused(f"`{place.home.name}` is bound again in the function that the workers run")
        for node in ast.walk(scope.node):
            if not isinstance(node, ast.Name) or node.id != place.home.name:
                continue
            if any(isinstance(o.node, Part) and o.node.target is node for o in place.origins):
                continue
            if self.program.scope(node).owner(node.id) is not scope:
                continue
            parent = self.program.parents[node]
            if isinstance(parent, ast.Attribute) and parent.attr in SESSION_MEMBERS:
                continue
            inner = [
                inner
                for (call, function), pairs in handed.items()
                for inner, outer in pairs.items()
                if outer is place and isinstance(call, ast.Call)
                for p, value in handovers(self.program.inference, call, function)
                if value is node and _is_of(inner, p)
            ]
            if not inner:
                raise Refused("the workers need the repo itself, which is not part of a fork; pass the repo and a fork")
            for other in inner:
                self.replace(other)

    # -- workers with a session of their own

    def check_own(self, fanout: FanOut) -> None:
        """A caller does not see what workers have committed to a repo that it passed to them."""
        sessions = self.program.sessions
        for event in self.program.events_at.get(fanout.node, ()):
            place = sessions.place.get(event)
            if event.effect is Effect.RENEW and place is not None and event in sessions.emitted:
                raise Refused(
                    "the workers commit, and the repo is used on after that; open another session when they are done"
                )
            state = sessions.before.get(event)
            if event.effect is Effect.RENEW and state is not None and state.may_dirty:
                raise Refused("the workers commit, with changes of their caller; commit those before they start")

    # -- what is not rewritten

    def block(self, fanout: FanOut, reason: str) -> None:
        for place in self.reached(fanout.node):
            place.block(fanout.node, reason)

    def reached(self, node: ast.Call) -> Iterator[Place]:
        """The places of all that a call sends, and of what the functions that it sends touch."""
        fanout = self.program.inference.calling.fanouts.found.get(node)
        arguments = [*node.args, *(k.value for k in node.keywords), *((fanout.call.func,) if fanout else ())]
        arguments += fanout.shown if fanout else ()
        for value in (v for a in arguments for n in ast.walk(a) for v in self.program.of(n)):
            graphs = self.program.graphs_of.get(value.node, ()) if value.kind is Kind.FUNCTION and value.node else ()
            for place in (p for g in graphs for p in self.calls.touches[g]):
                if place.scope is not None and (not place.is_parameter or place.received):
                    yield place
            owner = self.program.place_of(value)
            if owner is not None and (value.is_repo or value.kind in LATE_HANDLES):
                yield owner

    def is_collecting(self, node: ast.Call) -> bool:
        """Whether a call is given nothing but tasks that are followed."""
        given = [*node.args, *(k.value for k in node.keywords)]
        return bool(given) and all(any(v.kind in (Kind.TASK, Kind.TASKS) for v in self.program.of(a)) for a in given)

    def leaves_the_process(self, node: ast.Call) -> bool:
        function = node.func.value if isinstance(node.func, ast.Attribute) else node.func
        names = {v.name for v in self.program.of(node.func)}
        pools = (v for v in self.program.of(function) if v.kind is Kind.POOL)
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        return (
            bool(names & SENT_ELSEWHERE)
            or method in SENDING_METHODS
            or any(RUNNERS[v.name].runner is not Runner.THREADS and not self.is_threaded(v) for v in pools)
        )

    def is_threaded(self, pool: Value) -> bool:
        """Whether what runs functions was made to run them in threads."""
        made = pool.node
        return pool.name == PARALLEL and isinstance(made, ast.Call) and is_threaded(self.program.inference, made)


def _is_of(place: Place, parameter: ast.arg) -> bool:
    return any(o.node is parameter for o in place.origins)
