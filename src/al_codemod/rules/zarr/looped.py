"""What loops give a name: what they go over, and which part of each element."""

import ast
from collections.abc import Iterator

from al_codemod.rules.base import Context


def loops(context: Context, name: ast.Name) -> Iterator[ast.For | ast.comprehension]:
    """The loops that bind a name."""
    owner = context.program.scope(name).owner(name.id)
    if owner is None:
        return
    yield from getattr(owner.node, "generators", ())
    yield from (loop for loop in context.nodes(ast.For) if context.program.scope(loop.target) is owner)


def part_of(target: ast.expr, source: ast.expr, name: str) -> tuple[ast.expr, tuple[int, ...]] | None:
    """What a loop goes over, and which part of each element gets a name."""
    if isinstance(target, ast.Name):
        return (source, ()) if target.id == name else None
    if isinstance(target, ast.Tuple | ast.List):
        for i, element in enumerate(target.elts):
            inner = part_of(element, source, name)
            if inner is not None:
                return source, (i, *inner[1])
    return None


def taken(element: ast.expr, path: tuple[int, ...]) -> ast.expr | None:
    """A part of a tuple that is written out."""
    for i in path:
        if not isinstance(element, ast.Tuple | ast.List) or i >= len(element.elts):
            return None
        element = element.elts[i]
    return element
