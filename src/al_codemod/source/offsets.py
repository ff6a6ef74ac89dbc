"""From the places of the parser, in lines and bytes of UTF-8, to places in a text."""

import ast
import re

_BREAK = re.compile(r"\r\n|\r|\n")


class Offsets:
    """The places of one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(found.end() for found in _BREAK.finditer(text))]

    def at(self, line: int, column: int) -> int:
        start = self._starts[line - 1]
        head = self._text[start : start + column]
        return start + (column if head.isascii() else len(head.encode()[:column].decode(errors="ignore")))

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Where a node starts and ends in the text."""
        return (
            self.at(node.lineno, node.col_offset),
            self.at(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset),
        )
