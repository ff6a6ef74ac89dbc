"""Which functions leave the repo that they were passed on another session, and so give that session back."""

import ast
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from al_codemod.semantics.flow import Op
from al_codemod.semantics.places import Place
from al_codemod.semantics.scopes import Scope
from al_codemod.semantics.states import KILLS

if TYPE_CHECKING:
    from al_codemod.semantics.program import Program


class Returning:
    """The sessions that functions return to their callers, beside what they return anyway."""

    def __init__(self, program: "Program") -> None:
        self.program = program
        self.calls = program.sessions.calls
        self.graph_of = {graph.scope: graph for graph in program.graphs}
        self.given: set[Place] = set()
        # A repo that a function opens and returns is given back with its session, if that is not like a new one.
        returned = (pairs for pairs in program.sessions.handed.values())
        self.given |= {
            inner
            for pairs in returned
            for inner in pairs
            if inner.lifts_from is None and not isinstance(_node(inner), ast.arg)
        }
        places = [p for p in program.places.all if p.received and p.function in self.graph_of]
        changed = True
        while changed:
            changed = False
            for place in places:
                if place not in self.given and self._is_renewed(place):
                    self.given.add(place)
                    changed = True

    def _is_renewed(self, place: Place) -> bool:
        """Whether callers go on with a session that a function has opened for them."""
        assert place.function is not None
        graph = self.graph_of[place.function]
        sessions = self.program.sessions
        if not sessions.needs_at_exit.get(graph, {}).get(place):
            return False
        mine = (e for b in graph.blocks for e in self.calls.events.by_block.get(b, ()))
        if any(e in sessions.emitted and e.effect in KILLS and sessions.place.get(e) is place for e in mine):
            return True
        sites = (site for block in graph.blocks for site in self.calls.sites.get(block, ()))
        return any(
            outer is place and inner in self.given
            for s in sites
            for g in s.callees
            for inner, outer in s.handed.get(g, {}).items()
        )

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
        """Whether a function returns anything of its own."""
        return any(r.value is not None and not _is_none(r.value) for r in self.returns(function))

    def returns(self, function: Scope) -> Iterator[ast.Return]:
        """The `return` statements of a function."""
        graph = self.graph_of[function]
        nodes = {step.node for block in graph.blocks for step in block.steps if step.op is Op.RETURN}
        return (node for node in nodes if isinstance(node, ast.Return))

    def falls_through(self, function: Scope) -> bool:
        """Whether a function may end without a `return`."""
        node = function.node
        return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _completes(node.body)


def _node(place: Place) -> ast.AST | None:
    """Where the repo of a place comes from."""
    return next((o.node for o in place.origins), None)


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


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
