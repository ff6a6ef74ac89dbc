"""What changes in a notebook as a person reads it: cell by cell, without the JSON around it."""

import difflib
from collections.abc import Iterable, Iterator

from al_codemod.documents.lines import split


def cell_diff(path: str, cells: Iterable[tuple[int, str, str]]) -> bytes:
    """The changes of cells: the number of each, its source before and after."""
    return "".join(line for cell in cells for line in _lines(path, *cell)).encode(errors="backslashreplace")


def _lines(path: str, number: int, old: str, new: str) -> Iterator[str]:
    name = f"{path}, cell {number}"
    yield from difflib.unified_diff(_ended(old), _ended(new), f"{name} (before)", f"{name} (after)")


def _ended(source: str) -> list[str]:
    return split(source if source.endswith("\n") or not source else source + "\n")
