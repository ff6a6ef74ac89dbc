"""Jupyter notebooks: their code cells are one module, and of their JSON only literals of changed lines change."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from al_codemod.documents.literals import Literals
from al_codemod.documents.parts import Part
from al_codemod.documents.source import SourceDocument
from al_codemod.documents.splices import Splice, spliced
from al_codemod.documents.validity import SOURCES, first_line, invalid
from al_codemod.source.errors import SourceError


@dataclass(slots=True)
class CodeCell:
    """A code cell, and where in the file its source and its outputs are."""

    number: int
    source: Literals
    content: dict[str, Any]
    """What the cell says in JSON, without its outputs."""
    outputs: tuple[int, int] | None = None
    count: tuple[int, int] | None = None

    def problem(self, text: str, version: tuple[int, int]) -> str | None:
        """Why the cell would not be valid with another source, if so."""
        name = next(name for name in SOURCES if name in self.content)
        cell = self.content | {name: text}
        error = invalid(cell, "code_cell", *version)
        return None if error is None else first_line(error)


@dataclass(slots=True)
class Notebook(SourceDocument):
    """A notebook that is valid."""

    code_cells: dict[Part, CodeCell] = field(default_factory=dict)
    version: tuple[int, int] = (4, 0)

    def cells(self, new: Mapping[Part, str]) -> Iterator[tuple[int, str, str]]:
        """The number of each cell that changes, its source before and after."""
        for part, text in new.items():
            cell = self.code_cells[part]
            yield cell.number, cell.source.text, text

    def splices(self, new: Mapping[Part, str], *, clear_outputs: bool = False) -> list[Splice]:
        """What to change in `text`, given the new source of each changed cell; checks that what comes of it is valid."""
        escaped = self.text.isascii() and "\\u" in self.text
        found: list[Splice] = []
        for part, text in new.items():
            cell = self.code_cells[part]
            separator = self._separator(cell.source)
            splices = sorted(cell.source.splices(self.text, text, escaped=escaped, separator=separator))
            self._check(cell, splices, text)
            found += splices
            if clear_outputs:
                found += self._cleared(cell)
        return sorted(found)

    def _check(self, cell: CodeCell, splices: list[Splice], text: str) -> None:
        """Read what would be written: the same JSON but for the source, and still valid."""
        start, end = cell.source.start, cell.source.end
        value = json.loads(spliced(self.text[start:end], ((a - start, b - start, new) for a, b, new in splices)))
        problem = cell.problem(value, self.version)
        if problem is None and "".join(value) != text:
            problem = "the new source would be read differently"
        if problem is not None:
            raise SourceError.of_file(self.path, f"internal error, please report it: {problem}; left alone")

    def _cleared(self, cell: CodeCell) -> Iterator[Splice]:
        if cell.outputs is not None and self.text[slice(*cell.outputs)] != "[]":
            yield *cell.outputs, "[]"
        if cell.count is not None:
            yield *cell.count, "null"

    def _separator(self, source: Literals) -> str:
        """What stands between the lines of a source: as in another cell, where this one has but one line."""
        for other in (source, *(cell.source for cell in self.code_cells.values())):
            for before, after in pairwise(other.spans):
                return self.text[before[1] : after[0]]
        opening = self.text[source.start + 1 : source.spans[0][0]] if source.is_list and source.spans else ""
        return "," + (opening or " ")
