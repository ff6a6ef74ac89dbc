"""From the places of the parser, in lines and bytes of UTF-8, to places in a text."""

import ast

from al_codemod.documents.lines import split


class Offsets:
    """The places of one text."""

    def __init__(self, text: str) -> None:
        self._lines = split(text)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))

    def at(self, line: int, column: int) -> int:
        text = self._lines[line - 1]
        return self._starts[line - 1] + (column if text.isascii() else len(text.encode()[:column].decode()))

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Where a node starts and ends in the text."""
        return (
            self.at(node.lineno, node.col_offset),
            self.at(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset),
        )
