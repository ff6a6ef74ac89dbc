"""Changes of a text: each from where to where, and what is to be there."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

Splice: TypeAlias = tuple[int, int, str]

_CONTEXT: Final = 8
"""Lines that stay on each side of a change when a text is cut: more than a diff shows, so that hunks stay apart."""


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """A text with changes, which are in their order."""
    pieces: list[str] = []
    at = 0
    for start, end, new in splices:
        pieces += [text[at:start], new]
        at = end
    return "".join([*pieces, text[at:]])


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The surroundings of all changes of a text, before and after.

    `cuts` tells at which line (from 0) of both how many lines in all are left out above it.
    """

    old: str
    new: str
    old_cuts: tuple[tuple[int, int], ...]
    new_cuts: tuple[tuple[int, int], ...]


def excerpt(text: str, splices: Sequence[Splice]) -> Excerpt:
    """Cut a text down to what a diff of it shows."""
    old: list[str] = []
    new: list[str] = []
    old_cuts: list[tuple[int, int]] = []
    new_cuts: list[tuple[int, int]] = []
    omitted = 0
    old_line = new_line = 0
    for stretch, replaced, by in _stretches(text, splices):
        for piece, lines in stretch:
            if lines:
                omitted += lines
                old_cuts.append((old_line, omitted))
                new_cuts.append((new_line, omitted))
                continue
            old.append(piece)
            new.append(piece)
            old_line, new_line = old_line + piece.count("\n"), new_line + piece.count("\n")
        old.append(replaced)
        new.append(by)
        old_line, new_line = old_line + replaced.count("\n"), new_line + by.count("\n")
    return Excerpt("".join(old), "".join(new), tuple(old_cuts), tuple(new_cuts))


_Stretch: TypeAlias = list[tuple[str, int]]
"""Pieces of text that stay, and, without their text, the numbers of lines that are cut."""


def _stretches(text: str, splices: Sequence[Splice]) -> Iterator[tuple[_Stretch, str, str]]:
    at = 0
    for start, end, new in splices:
        yield list(_cut(text, at, start)), text[start:end], new
        at = end
    yield list(_cut(text, at, len(text))), "", ""


def _cut(text: str, start: int, end: int) -> Iterator[tuple[str, int]]:
    """What stays of a stretch of text: some lines at each end."""
    head, tail = start, end
    for _ in range(_CONTEXT):
        head = text.find("\n", head, end) + 1 or end
        tail = max(text.rfind("\n", start, tail), start)
    # From here on stands the end of a line that is cut, if anything is.
    tail = text.find("\n", tail, end) + 1
    if head >= tail:
        yield text[start:end], 0
        return
    yield text[start:head], 0
    yield "", text.count("\n", head, tail)
    yield text[tail:end], 0
