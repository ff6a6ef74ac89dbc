"""Reachability: whether one node may be evaluated after another."""

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from al_codemod.semantics.flow import BINDS, Block, Graph, Step
from al_codemod.semantics.values import Location

if TYPE_CHECKING:
    from al_codemod.semantics.program import Program


def reaches(program: "Program", first: ast.AST, second: ast.AST, avoiding: ast.AST | None = None) -> bool:
    """Whether `second` may be evaluated after `first`, on a way that does not lead through `avoiding`."""
    start, end = (next(iter(program.positions.get(n, ())), None) for n in (first, second))
    if start is None or end is None:
        return True
    if start[0] is not end[0]:
        return _reaches_by_calls(program, first, second)
    seen: set[Block] = set()
    work = [(start[1], start[2] + 1)]
    while work:
        block, index = work.pop()
        for step in block.steps[index:]:
            if step.node is second:
                return True
            if step.node is avoiding:
                break
        else:
            for target in _next(block):
                if target not in seen:
                    seen.add(target)
                    work.append((target, 0))
    return False


def _reaches_by_calls(program: "Program", first: ast.AST, second: ast.AST) -> bool:
    """Whether that is so for nodes of different functions, by the calls that lead to them."""
    starts, ends = _calls_to(program, first), _calls_to(program, second)
    if starts is None or ends is None:
        return True
    graphs = {a: program.positions[a][0][0] for a in starts | ends}
    pairs = [(a, b) for a in starts for b in ends if graphs[a] is graphs[b]]
    return not pairs or any(reaches(program, a, b) for a, b in pairs)


def _calls_to(program: "Program", node: ast.AST) -> set[ast.AST] | None:
    """A node and all calls by which it may be come to, `None` where these are not all seen."""
    found: set[ast.AST] = set()
    work = [node]
    while work:
        at = work.pop()
        if at in found:
            continue
        if not program.positions.get(at):
            return None
        found.add(at)
        function = program.scope(at).function.node
        if isinstance(function, ast.Module):
            continue
        calls = program.inference.calling.calls.get(function, ())
        if not calls or function in program.escaping_functions:
            return None
        work += calls
    return found


def is_surely_bound(program: "Program", graph: Graph, location: Location, node: ast.AST) -> bool:
    """Whether every way to a node of a graph leads through a binding of a variable."""
    ends = [(block, index) for g, block, index in program.positions.get(node, ()) if g is graph]
    if not ends:
        return False
    seen = {graph.entry}
    work = [graph.entry]
    while work:
        block = work.pop()
        limit = min((index for b, index in ends if b is block), default=None)
        bound = next((i for i, step in enumerate(block.steps) if _binds(program, step, location)), None)
        if limit is not None and (bound is None or bound > limit):
            return False
        if bound is None:
            new = [target for target in _next(block) if target not in seen]
        else:  # what raises before the binding leaves the variable as it was
            new = [target for target in block.handlers if target not in seen]
        seen.update(new)
        work += new
    return True


def _binds(program: "Program", step: Step, location: Location) -> bool:
    return step.op in BINDS and program.inference.location(step.node, step.scope) == location


def _next(block: Block) -> Iterator[Block]:
    yield from block.successors
    yield from block.handlers
