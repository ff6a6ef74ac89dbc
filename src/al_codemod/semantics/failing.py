"""Functions that fail after they have committed: on which session their callers are then."""

import ast
from collections.abc import Iterator
from enum import IntEnum
from typing import TYPE_CHECKING

from al_codemod.semantics.events import Event
from al_codemod.semantics.flow import Block, Graph, Op, Step
from al_codemod.semantics.places import Place
from al_codemod.semantics.states import MAY_WRITE
from al_codemod.surface.kinds import Effect

if TYPE_CHECKING:
    from al_codemod.semantics.program import Program
    from al_codemod.semantics.returning import Returning

QUIET = (ast.Name, ast.Constant, ast.Lambda, ast.Tuple, ast.List, ast.Dict, ast.BoolOp, ast.IfExp, ast.Starred)
"""Expressions that do not raise when their parts have not."""


class Failure(IntEnum):
    """What an exception of a function may leave behind, at worst."""

    BEFORE = 0
    """The session of the caller: nothing has ended it."""
    AFTER = 1
    """A session that was just opened, and of which the caller does not know."""
    CHANGED = 2
    """Such a session with changes."""


class Failing:
    """Answers for functions and the places that they leave on another session."""

    def __init__(self, program: "Program", returning: "Returning") -> None:
        self.program = program
        self.returning = returning
        self.calls = program.sessions.calls
        self._known: dict[tuple[Graph, Place], Failure] = {}

    def of_call(self, call: ast.AST, place: Place) -> Failure:
        """What is left of a place of the caller when a call raises."""
        found = Failure.BEFORE
        for site in self.calls.sites_at.get(call, ()):
            for callee in site.callees:
                for inner in (p for p in self.calls.touches[callee] if site.seen(callee, [p]) == {place}):
                    found = max(found, self.of(callee, inner))
        return found

    def of(self, graph: Graph, place: Place) -> Failure:
        """What a function leaves of a place that it was passed when it raises."""
        if (graph, place) not in self._known:
            self._known[graph, place] = Failure.CHANGED  # while a recursive function is looked at
            self._known[graph, place] = self._follow(graph, place)
        return self._known[graph, place]

    def _follow(self, graph: Graph, place: Place) -> Failure:
        found = Failure.BEFORE
        seen: set[tuple[Block, int, bool]] = set()
        work = list(self._starts(graph, place))
        while work:
            state = work.pop()
            if state in seen:
                continue
            seen.add(state)
            for after in self._after(*state, place):
                if after[0] is graph.escape:
                    found = max(found, Failure.CHANGED if after[2] else Failure.AFTER)
                else:
                    work.append(after)
        return found

    def _starts(self, graph: Graph, place: Place) -> Iterator[tuple[Block, int, bool]]:
        """Where the session of a place has just become another one."""
        for block in graph.blocks:
            ends = {e.node for e in self.calls.events.by_block.get(block, ()) if self._renews(e, place)}
            yield from ((block, i + 1, False) for i, step in enumerate(block.steps) if step.node in ends)
            for site in self.calls.sites.get(block, ()):
                for callee in site.callees:
                    for inner in (p for p in self.returning.renewed[callee] if site.seen(callee, [p]) == {place}):
                        yield from ((target, 0, False) for target in block.successors)
                        failure = self.of(callee, inner)
                        if failure is not Failure.BEFORE:
                            yield from ((h, 0, failure is Failure.CHANGED) for h in block.handlers)

    def _renews(self, event: Event, place: Place) -> bool:
        sessions = self.program.sessions
        begins = event.effect is Effect.OPEN
        return event in sessions.emitted and sessions.place.get(event) is place and not begins

    def _after(self, block: Block, index: int, changed: bool, place: Place) -> Iterator[tuple[Block, int, bool]]:
        """Where control may go from a point of a block, and whether there are changes then."""
        events = self.calls.events.by_block.get(block, ())
        writes = {e.node for e in events if e.effect in MAY_WRITE and self.calls.place.get(e) is place}
        sites = self.calls.sites.get(block, ())
        calls = {s.event.node for s in sites for c in s.callees if place in s.seen(c, self.calls.writes[c])}
        for step in block.steps[index:]:
            changed |= step.node in writes or step.node in calls
            if _may_raise(step):
                yield from ((h, 0, changed) for h in block.handlers)
        yield from ((target, 0, changed) for target in block.successors)


def _may_raise(step: Step) -> bool:
    if step.op is Op.EVALUATE:
        return not isinstance(step.node, QUIET)
    return step.op is Op.BIND_ELEMENT or isinstance(
        step.node, ast.Attribute | ast.Subscript | ast.Import | ast.ImportFrom
    )
