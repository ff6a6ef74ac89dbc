"""Where the nodes of a source are, in lines and columns for people."""

import ast

from al_codemod.finding import Span
from al_codemod.source.text import split_lines


class Positions:
    """Spans of nodes; the stdlib counts columns in bytes of UTF-8, people count characters."""

    def __init__(self, text: str) -> None:
        self.lines = split_lines(text) if not text.isascii() else None

    def span(self, node: ast.AST) -> Span:
        line = getattr(node, "lineno", 1)
        end_line = getattr(node, "end_lineno", line) or line
        start, end = getattr(node, "col_offset", 0), getattr(node, "end_col_offset", 0) or 0
        return Span(line, self.column(line, start), end_line, self.column(end_line, end))

    def column(self, line: int, offset: int) -> int:
        if self.lines is None or line > len(self.lines):
            return offset + 1
        return len(self.lines[line - 1].encode()[:offset].decode(errors="replace")) + 1
