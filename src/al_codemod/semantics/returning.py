"""Which functions leave the repo that they were passed on another session, and so give that session back."""

import ast
from collections.abc import Iterator, Mapping, Sequence
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
        self.same_calls = self._same_calls()
        places = [p for p in program.places.all if p.received and p.function in self.graph_of]
        changed = True
        while changed:
            changed = False
            for place in places:
                if place not in self.given and self._is_renewed(place):
                    self.given.add(place)
                    changed = True
            for together in self.same_calls:
                for inner in together:
                    if inner not in self.given and any(p in self.given for p in self._beside(inner, together)):
                        self.given.add(inner)
                        changed = True

    def _same_calls(self) -> list[dict[Place, Place]]:
        """For each call that may reach several functions: the places that they take, each with what is passed."""
        found: dict[ast.AST, dict[Place, Place]] = {}
        for (call, _), handed in self.program.sessions.handed.items():
            found.setdefault(call, {}).update(handed)
        return [together for together in found.values() if len({p.function for p in together}) > 1]

    def _beside(self, inner: Place, together: Mapping[Place, Place]) -> list[Place]:
        """The places of other functions that the same argument of a call goes to."""
        return [p for p, outer in together.items() if outer is together[inner] and p.function is not inner.function]

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
        found = [p for p in self.given if p.function is function]
        return sorted(
            found,
            key=lambda p: min((o.node.lineno, o.node.col_offset) for o in p.origins if isinstance(o.node, ast.arg)),
        )

    def gives_value(self, function: Scope) -> bool:
        """Whether a function returns a value beside its sessions: its own, or that of others which the same calls may reach."""
        return any(self._has_value(f) for f in self._reached_with(function))

    def _reached_with(self, function: Scope) -> list[Scope]:
        """A function, and those that give back sessions to the same calls as it does."""
        found = [function]
        for known in found:
            for together in self.same_calls:
                if any(p.function is known and p in self.given for p in together):
                    found += [p.function for p in together if p.function is not None and p.function not in found]
        return found

    def _has_value(self, function: Scope) -> bool:
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
