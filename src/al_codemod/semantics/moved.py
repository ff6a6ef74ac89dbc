"""A module that was written anew before it is migrated, and where its lines come from."""

import ast
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from al_codemod.finding import Finding, Span
from al_codemod.semantics.modules import Module


@dataclass(eq=False, slots=True)
class Moved(Module):
    """A module in the place of another one. What is found in it is told of the lines that these were."""

    origin: Module | None = None
    lines: list[int] = field(default_factory=list)
    """The line that each of the lines was, or the nearest one before it."""

    @classmethod
    def of(cls, origin: Module, text: str) -> "Moved":
        """Raises `SyntaxError` when `text` does not parse."""
        lines = _line_map(origin.text.splitlines(), text.splitlines())
        return cls(text, ast.parse(text), origin.path, origin.editable, origin, lines)

    def _line(self, line: int) -> int:
        return self.lines[min(line, len(self.lines)) - 1] if self.lines else line

    def span(self, span: Span) -> Span:
        assert self.origin is not None
        return self.origin.span(Span(self._line(span.line), span.column, self._line(span.end_line), span.end_column))

    def line_name(self, line: int) -> str:
        assert self.origin is not None
        return self.origin.line_name(self._line(line))

    def located(self, finding: Finding) -> Finding | None:
        assert self.origin is not None
        return self.origin.located(finding)


def _line_map(old: list[str], new: list[str]) -> list[int]:
    found: list[int] = []
    for tag, start, end, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for offset in range(last - first):
            same = min(start + offset, end - 1) if tag != "insert" else start - 1
            found.append(max(same, 0) + 1)
    return found
