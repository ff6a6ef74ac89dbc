"""What of a file is shown beside each other: its lines or, of a notebook, the lines of each cell."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from al_codemod.outcome import FileOutcome
from al_codemod.source.errors import SourceError
from al_codemod.source.text import decode, split_lines


@dataclass(frozen=True, slots=True)
class Part:
    """A text before and after. `first` is the line of the file that its first line is, where that can be said."""

    title: str
    old: list[str]
    new: list[str]
    first: int | None = 1


def parts(file: FileOutcome) -> list[Part]:
    """The parts of a file that there is something to show of."""
    if file.old is None:
        return []
    new = file.old if file.new is None else file.new
    if file.path.endswith(".ipynb") and (cells := list(_cells(file.old, new))):
        return cells
    return [Part("", _lines(file.path, file.old), _lines(file.path, new))]


def _lines(path: str, data: bytes) -> list[str]:
    try:
        lines = split_lines(decode(path, data).text)
    except SourceError:
        lines = split_lines(data.decode("utf-8", errors="replace"))
    return lines[:-1] if lines[-1] == "" else lines


def _cells(old: bytes, new: bytes) -> Iterator[Part]:
    """The cells of a notebook whose source changes."""
    for number, (one, other) in enumerate(zip(_sources(old), _sources(new), strict=False), start=1):
        if one != other:
            yield Part(f"Cell {number}", split_lines(one), split_lines(other), None)


def _sources(data: bytes) -> list[str]:
    try:
        notebook = json.loads(data.decode("utf-8-sig"))
        sheets = notebook.get("worksheets") or [notebook]
        return [_source(cell) for sheet in sheets for cell in sheet["cells"]]
    except (ValueError, TypeError, KeyError, AttributeError):
        return []


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source", cell.get("input", ""))
    return "".join(source) if isinstance(source, list) else str(source)
