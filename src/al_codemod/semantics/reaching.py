"""Reachability: whether one node may be evaluated after another."""

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from al_codemod.semantics.flow import Block

if TYPE_CHECKING:
    from al_codemod.semantics.program import Program


def reaches(program: "Program", first: ast.AST, second: ast.AST, avoiding: ast.AST | None = None) -> bool:
    """Whether `second` may be evaluated after `first`, on a way that does not lead through `avoiding`."""
    start, end = (next(iter(program.positions.get(n, ())), None) for n in (first, second))
    if start is None or end is None or start[0] is not end[0]:
        return True
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


def _next(block: Block) -> Iterator[Block]:
    yield from block.successors
    yield from block.handlers
