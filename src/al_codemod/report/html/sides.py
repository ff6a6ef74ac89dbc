"""Two texts side by side: rows of an old and a new line, with what differs inside of them marked."""

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

CONTEXT = 3
"""Lines that are shown around a change or a finding."""

_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_REACH = 30
"""Lines further away than this are not looked at: a block may be long, and every pair takes its time."""
_ALIKE = 0.4
"""Lines that have less in common than this are no versions of each other, and nothing in them is marked."""


@dataclass(frozen=True, slots=True)
class Side:
    """One line of one text, in pieces that are the same in the other one or not."""

    number: int
    pieces: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the old text beside one of the new, or either alone. `changed` is false where both are the same."""

    old: Side | None
    new: Side | None
    changed: bool


def rows(old: Sequence[str], new: Sequence[str]) -> Iterator[Row]:
    """All lines of both texts."""
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            for i, j in zip(range(i1, i2), range(j1, j2), strict=True):
                yield Row(_plain(i, old[i], same=True), _plain(j, new[j], same=True), changed=False)
        else:
            yield from _changed(old, new, range(i1, i2), range(j1, j2))


def shown(rows: Sequence[Row], lines: Iterable[int]) -> Iterator[list[Row]]:
    """The rows that are worth showing, in runs: changes, the old lines in `lines`, and what is around them."""
    wanted = set(lines)
    near: set[int] = set()
    for number, row in enumerate(rows):
        if row.changed or (row.old is not None and row.old.number in wanted):
            near.update(range(number - CONTEXT, number + CONTEXT + 1))
    run: list[Row] = []
    for number, row in enumerate(rows):
        if number in near:
            run.append(row)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _changed(old: Sequence[str], new: Sequence[str], old_range: range, new_range: range) -> Iterator[Row]:
    """A line that changed stands beside the one that it became, as far as the order of the lines lets them."""
    j = new_range.start
    for i in old_range:
        candidates = {n: _likeness(old[i], new[n]) for n in range(j, min(j + _REACH, new_range.stop))}
        best = max(candidates, key=lambda n: candidates[n], default=None)
        if best is None or candidates[best] < _ALIKE:
            yield Row(_plain(i, old[i], same=False), None, changed=True)
            continue
        for n in range(j, best):
            yield Row(None, _plain(n, new[n], same=False), changed=True)
        left, right = _pieces(old[i], new[best])
        yield Row(Side(i + 1, left), Side(best + 1, right), changed=True)
        j = best + 1
    for n in range(j, new_range.stop):
        yield Row(None, _plain(n, new[n], same=False), changed=True)


def _likeness(one: str, other: str) -> float:
    """How much two lines have in common; what they begin with, such as the target of an assignment, counts most."""
    ours, theirs = _WORD.findall(one.strip()), _WORD.findall(other.strip())
    same_start = 0.5 if ours[:1] == theirs[:1] else 0.0
    return same_start + difflib.SequenceMatcher(None, ours, theirs, autojunk=False).ratio()


def _plain(index: int, line: str, *, same: bool) -> Side:
    return Side(index + 1, ((line, same),))


def _pieces(old: str, new: str) -> tuple[tuple[tuple[str, bool], ...], tuple[tuple[str, bool], ...]]:
    """Both lines in pieces, word by word."""
    ours, theirs = _WORD.findall(old), _WORD.findall(new)
    left: list[tuple[str, bool]] = []
    right: list[tuple[str, bool]] = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        left += [("".join(ours[i1:i2]), tag == "equal")] if i2 > i1 else []
        right += [("".join(theirs[j1:j2]), tag == "equal")] if j2 > j1 else []
    return tuple(left), tuple(right)
