"""Checks of the repos that fixtures of pytest fill the parameters of tests with."""

import ast
from typing import TYPE_CHECKING

from al_codemod.semantics.handovers import SESSION_EFFECTS
from al_codemod.semantics.reaching import reaches
from al_codemod.semantics.states import is_plain
from al_codemod.semantics.values import NOTHING

if TYPE_CHECKING:
    from al_codemod.semantics.program import Program


def check(program: "Program") -> None:
    """Block what tests do not see in a session of their own: changes that a fixture leaves, or goes on with after a test."""
    tests = program.inference.tests
    for function in tests.all:
        for graph in program.graphs_of[function]:
            given = {program.place_of(v) for v in program.inference.returns.get(function, NOTHING) if v.is_repo}
            yielded = {program.place_of(v) for v in program.inference.yields.get(function, NOTHING) if v.is_repo}
            for place in (given | yielded) - {None}:
                assert place is not None
                state = program.sessions.exit_states.get(graph, {}).get(place)
                if state is not None and not is_plain(state):
                    place.block(function, "the fixture leaves uncommitted changes, or another branch; commit in it")
            for place in yielded - {None}:
                assert place is not None
                ends = [n for n in ast.walk(function) if isinstance(n, ast.Yield)]
                mine = [e for e in place.events if e.scope.function is graph.scope and e.effect in SESSION_EFFECTS]
                if any(reaches(program, end, e.node) for end in ends for e in mine):
                    place.block(function, "the fixture goes on with its session after the test; open another one there")
    for parameter, fixture in tests.filled.items():
        place = next((p for p in program.places.all if parameter in p.parameters), None)
        graphs = [g for g in program.graphs if place is not None and g.scope is place.function]
        states = [program.sessions.exit_states.get(g, {}).get(place) for g in graphs if place is not None]
        if place is not None and tests.is_shared(fixture) and any(s is not None and not is_plain(s) for s in states):
            place.block(
                parameter, "the next test goes on with what this one leaves of the repo; commit, or check out main"
            )
    for one, other in tests.doubled():
        for place in program.places.all:
            if {one, other} & place.parameters:
                place.block(other, f"`{one.arg}` and `{other.arg}` are one repo, but not one session; take one of them")
