"""Which functions leave the repo that they were passed on another session, and so give that session back."""

import ast
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from al_codemod.semantics.assumptions import is_none
from al_codemod.semantics.callgraph import CallSite
from al_codemod.semantics.flow import Graph, Op
from al_codemod.semantics.places import Place
from al_codemod.semantics.scopes import Scope
from al_codemod.semantics.states import KILLS
from al_codemod.surface.kinds import Effect

if TYPE_CHECKING:
    from al_codemod.semantics.program import Program


class Returning:
    """The sessions that functions return to their callers, beside what they return anyway."""

    def __init__(self, program: "Program") -> None:
        self.program = program
        self.calls = program.sessions.calls
        self.alike = [{g.scope for g in s.callees} for sites in self.calls.sites.values() for s in sites]
        """The functions that one call may reach."""
        # A repo that a function opens and returns is given back with its session, if that is not like a new one.
        self.given = {
            inner
            for pairs in program.sessions.handed.values()
            for inner in pairs
            if inner.lifts_from is None and not inner.parameters
        }
        self.renewed = {graph: self._renewed_in(graph) for graph in program.graphs}
        """The places that a function leaves on a session that it has opened, itself or through what it calls."""
        while self._spread():
            pass  # a function that gives a session back makes its callers renew theirs

    def _renewed_in(self, graph: Graph) -> set[Place]:
        sessions = self.program.sessions
        mine = (e for b in graph.blocks for e in self.calls.events.by_block.get(b, ()))
        return {sessions.place[e] for e in mine if e in sessions.emitted and e.effect in KILLS and e in sessions.place}

    def _spread(self) -> bool:
        """One round over all calls; whether anything was learned."""
        before = (len(self.given), sum(map(len, self.renewed.values())))
        for graph in self.program.graphs:
            for site in (s for block in graph.blocks for s in self.calls.sites.get(block, ())):
                for callee in site.callees:
                    self.renewed[graph] |= self._seen(site, callee)
                self._agree(site)
        for place in self.program.places.all:
            for graph in self._graphs(place.function) if place.received and place.function is not None else ():
                if place.parameters & graph.without:
                    continue
                if place in self.renewed[graph] and self.program.sessions.needs_at_exit.get(graph, {}).get(place):
                    self.given.add(place)
        return before != (len(self.given), sum(map(len, self.renewed.values())))

    def _graphs(self, function: Scope) -> list[Graph]:
        return self.program.graphs_of.get(function.node, [])

    def _seen(self, site: CallSite, callee: Graph) -> set[Place]:
        """The places that a called function leaves on another session, as its caller sees them."""
        handed = site.handed.get(callee, {})
        found: set[Place] = set()
        for place in self.renewed[callee]:
            if place not in handed:
                found.add(place)
            elif place in self.given:
                found.add(handed[place])
        return found

    def _agree(self, site: CallSite) -> None:
        """Functions that one call may reach give back the same sessions."""
        by_outer: dict[Place, set[Place]] = {}
        for callee in site.callees:
            for inner, outer in site.handed.get(callee, {}).items():
                by_outer.setdefault(outer, set()).add(inner)
        for together in by_outer.values():
            if len(together) > 1 and together & self.given:
                self.given |= together

    def unread(self) -> set[Place]:
        """The places of parameters whose session nobody looks at before there is another one: none has to be passed.

        Functions that one call may reach have the same parameters.
        """
        sessions = self.program.sessions
        found = {
            place
            for event, place in sessions.place.items()
            if event.effect is Effect.RECEIVE and isinstance(event.node, ast.arg) and place.is_parameter
            if not sessions.needs.get(event)
        }
        together = [
            {inner for callee in site.callees for inner in site.handed.get(callee, {})}
            for sites in self.calls.sites.values()
            for site in sites
        ]
        while True:
            read = {inner for places in together if places - found for inner in places & found}
            if not read:
                return found
            found -= read

    def of(self, function: Scope) -> list[Place]:
        """The places whose sessions a function returns, in the order of its parameters."""
        found = [p for p in self.given if (p.function or p.scope) is function]
        return sorted(
            found,
            key=lambda p: min((getattr(o.node, "lineno", 0), getattr(o.node, "col_offset", 0)) for o in p.origins),
        )

    def functions(self) -> list[Scope]:
        """The functions that return sessions, in the order of the source."""
        found = {scope for p in self.given if (scope := p.function or p.scope) is not None}
        return sorted(found, key=lambda scope: getattr(scope.node, "lineno", 0))

    def gives_value(self, function: Scope) -> bool:
        """Whether a function, or another one that the same calls may reach, returns anything of its own."""
        alike = {function, *(f for together in self.alike if function in together for f in together)}
        return any(r.value is not None and not is_none(r.value) for f in alike for r in self.returns(f))

    def returns(self, function: Scope) -> Iterator[ast.Return]:
        """The `return` statements of a function."""
        blocks = [block for graph in self._graphs(function) for block in graph.blocks]
        nodes = {step.node for block in blocks for step in block.steps if step.op is Op.RETURN}
        return (node for node in nodes if isinstance(node, ast.Return))

    def falls_through(self, function: Scope) -> bool:
        """Whether a function may end without a `return`."""
        node = function.node
        return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _completes(node.body)


def _completes(body: Sequence[ast.stmt]) -> bool:
    """Whether control may come to the end of a suite."""
    match body[-1] if body else None:
        case ast.Return() | ast.Raise() | ast.Continue() | ast.Break():
            return False
        case ast.If(body=then, orelse=orelse):
            return not orelse or _completes(then) or _completes(orelse)
        case ast.With(body=inner) | ast.AsyncWith(body=inner):
            return _completes(inner)
        case ast.While(test=ast.Constant(value=True)) as loop:
            return any(isinstance(n, ast.Break) for n in ast.walk(loop))
        case ast.Try() as node:
            ends = _completes(node.orelse or node.body) or any(_completes(h.body) for h in node.handlers)
            return ends and _completes(node.finalbody)
    return True
