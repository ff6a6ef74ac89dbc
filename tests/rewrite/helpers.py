"""Find the nodes that an edit is about by their source."""

import ast
from collections.abc import Iterable
from typing import TypeVar

from al_codemod.rewrite.edits import Template

Node = TypeVar("Node", bound=ast.AST)


class Code:
    """A source and its tree, in which nodes are named by their text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = ast.parse(text)
        self.nodes = [
            (node, ast.get_source_segment(text, node)) for node in ast.walk(self.tree) if hasattr(node, "lineno")
        ]

    def _pick(self, kind: type[Node], text: str, nth: int) -> Node:
        found = [
            node for node, source in self.nodes if isinstance(node, kind) and source is not None and source == text
        ]
        found = found or [n for n, s in self.nodes if isinstance(n, kind) and s is not None and s.startswith(text)]
        assert len(found) > nth, f"no {kind.__name__} {text!r}"
        return sorted(found, key=lambda node: (node.lineno, node.col_offset))[nth]  # type: ignore[attr-defined]

    def expr(self, text: str, nth: int = 0) -> ast.expr:
        return self._pick(ast.expr, text, nth)  # type: ignore[type-abstract]

    def call(self, text: str, nth: int = 0) -> ast.Call:
        return self._pick(ast.Call, text, nth)

    def stmt(self, text: str, nth: int = 0) -> ast.stmt:
        return self._pick(ast.stmt, text, nth)  # type: ignore[type-abstract]

    def keyword(self, name: str) -> ast.keyword:
        return next(node for node in ast.walk(self.tree) if isinstance(node, ast.keyword) and node.arg == name)

    def alias(self, name: str) -> ast.alias:
        return next(node for node in ast.walk(self.tree) if isinstance(node, ast.alias) and node.name == name)

    def imported(self, name: str) -> ast.Import | ast.ImportFrom:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import | ast.ImportFrom) and any(alias.name == name for alias in node.names):
                return node
        raise AssertionError(name)

    def template(self, text: str, holes: Iterable[str] = ()) -> Template:
        return Template(text, {f"h{index}": self.expr(hole) for index, hole in enumerate(holes)})


def lines(*texts: str) -> tuple[Template, ...]:
    return tuple(map(Template, texts))
