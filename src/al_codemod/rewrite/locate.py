"""Find the LibCST nodes of edited `ast` nodes, and remember the way to them."""

import ast
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field

import libcst as cst

from al_codemod.rewrite.errors import RewriteError
from al_codemod.rewrite.pairs import links

_Position = tuple[int, int]


@dataclass(slots=True)
class Places:
    """Where edited nodes are in the LibCST tree. Keys are `id`s: of `ast` nodes in `nodes`, else of LibCST nodes."""

    nodes: dict[int, cst.CSTNode] = field(default_factory=dict)
    parents: dict[int, cst.CSTNode] = field(default_factory=dict)
    path: set[int] = field(default_factory=set)

    def of(self, node: ast.AST) -> cst.CSTNode:
        """The LibCST node that says what `node` says."""
        return self.nodes[id(node)]


def locate(tree: ast.Module, module: cst.Module, wanted: Iterable[ast.AST]) -> Places:
    """Find every wanted node of `tree` in `module`, going down only where one of them lies."""
    missing = {id(node): node for node in wanted}
    if not missing:
        return Places(path={id(module)})
    places = _Descent(missing).run(tree, module)
    if len(places.nodes) < len(missing):
        # Python 3.11 misplaces what is inside a multi-line f-string: look everywhere.
        places = _Descent(missing, prune=False).run(tree, module)
    lost = [node for key, node in missing.items() if key not in places.nodes]
    if lost:
        raise RewriteError(
            f"cannot find a {type(lost[0]).__name__} (line {getattr(lost[0], 'lineno', '?')}) in the source"
        )
    return places


class _Descent:
    def __init__(self, wanted: dict[int, ast.AST], prune: bool = True) -> None:
        self.wanted = wanted
        self.prune = prune
        self.marks = sorted((n.lineno, getattr(n, "col_offset", 0)) for n in wanted.values() if hasattr(n, "lineno"))
        self.places = Places()

    def run(self, tree: ast.Module, module: cst.Module) -> Places:
        if id(tree) in self.wanted:
            self.places.nodes[id(tree)] = module
        self.descend(tree, module)
        self.places.path.add(id(module))
        return self.places

    def descend(self, node: ast.AST, tree: cst.CSTNode) -> bool:
        """Record what is wanted below `node`; true when there was something."""
        any_found = False
        for link in links(node, tree):
            is_wanted = id(link.node) in self.wanted
            if is_wanted:
                self.places.nodes[id(link.node)] = link.tree
            found = self.descend(link.node, link.tree) if self.worth_it(link.node) else False
            if found:
                self.places.path.add(id(link.tree))
            if found or is_wanted:
                any_found = True
                parent = tree
                for step in (*link.via, link.tree):
                    self.places.parents[id(step)] = parent
                    parent = step
                self.places.path.update(map(id, link.via))
        return any_found

    def worth_it(self, node: ast.AST) -> bool:
        """Whether a wanted node can lie in `node`, going by positions."""
        end = getattr(node, "end_lineno", None)
        if not self.prune or end is None:
            return True
        start = _start(node)
        last: _Position = (end, node.end_col_offset or 0)  # type: ignore[attr-defined]
        index = bisect_left(self.marks, start)
        return index < len(self.marks) and self.marks[index] <= last


def _start(node: ast.AST) -> _Position:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    first = decorators[0] if decorators else node
    return (first.lineno, first.col_offset)  # type: ignore[attr-defined]
