"""The source of a cell as it is written in JSON, and the fewest changes that give it another text.

A source is one string or a list of them. In a list that has a string for each line, as Jupyter writes it, whole
literals change. A string of several lines keeps, within its literal, what stands for the lines that stay.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import accumulate, pairwise

from al_codemod.documents.jsontext import encoded, offsets
from al_codemod.documents.lines import split
from al_codemod.documents.splices import Splice
from al_codemod.source.text import common_ends


@dataclass(frozen=True, slots=True)
class Literals:
    """The string literals of one source. `spans` are their places in the file, quotes included."""

    texts: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    start: int
    end: int
    """The place of the whole value: of the list, or of the one string."""
    is_list: bool

    @property
    def text(self) -> str:
        return "".join(self.texts)

    def at(self, file: str, offset: int) -> int:
        """The place in the file of a character of the text."""
        for text, (start, end) in zip(self.texts, self.spans, strict=True):
            if offset < len(text):
                return start + 1 + offsets(file[start + 1 : end - 1])[offset]
            offset -= len(text)
        return self.spans[-1][1] - 1 if self.spans else self.start

    def splices(self, file: str, new: str, *, escaped: bool, separator: str) -> Iterator[Splice]:
        """What to change in the file so that the source is `new`.

        `separator` is what stands between two strings of a list that has none itself.
        """
        old_lines, new_lines = split(self.text), split(new)
        starts = [0, *accumulate(map(len, old_lines))]
        edits = _Edits(self, file, escaped, separator)
        matcher = SequenceMatcher(None, old_lines, new_lines, autojunk=False)
        for tag, i1, i2, j1, j2 in matcher.get_opcodes():
            if tag != "equal":
                yield from edits.replace(starts[i1], starts[i2], new_lines[j1:j2])


class _Edits:
    def __init__(self, literals: Literals, file: str, escaped: bool, separator: str) -> None:
        self.of = literals
        self.file = file
        self.escaped = escaped
        self.bounds = [0, *accumulate(map(len, literals.texts))]
        gaps = [file[a[1] : b[0]] for a, b in pairwise(literals.spans)]
        self.gaps = gaps or [separator]

    def replace(self, start: int, end: int, lines: Sequence[str]) -> Iterator[Splice]:
        """Put lines in place of what is from one offset of the text to another, both at the start of lines."""
        if not self.of.is_list:
            yield from self.within(0, start, end, "".join(lines))
            return
        first = max(i for i, bound in enumerate(self.bounds) if bound <= start)
        last = next(i for i, bound in enumerate(self.bounds) if bound >= end)
        if start == end and self.bounds[first] == start:
            yield from self.insert(first, lines)
            return
        if self.bounds[first] != start:
            # The item has other lines in front of these.
            stop = min(end, self.bounds[first + 1])
            yield from self.within(first, start, stop, "".join(lines))
            first, lines = first + 1, ()
        if first < last and self.bounds[last] != end:
            last -= 1
            yield from self.within(last, self.bounds[last], end, "".join(lines))
            lines = ()
        if first < last:
            yield from self.items(first, last, lines)

    def within(self, item: int, start: int, end: int, new: str) -> Iterator[Splice]:
        """Change part of one literal, only as far as it differs."""
        base = self.of.spans[item][0] + 1
        literal = self.file[base : self.of.spans[item][1] - 1]
        places = offsets(literal)
        begin = self.bounds[item]
        old = self.of.texts[item][start - begin : end - begin]
        head, tail = common_ends(old, new)
        a, b = places[start - begin + head], places[end - begin - tail]
        yield base + a, base + b, self.literal(new[head : len(new) - tail])

    def items(self, first: int, last: int, lines: Sequence[str]) -> Iterator[Splice]:
        """Put lines in place of whole items."""
        paired = min(len(lines), last - first)
        for index in range(first, first + paired):
            yield from self.within(index, self.bounds[index], self.bounds[index + 1], lines[index - first])
        if len(lines) > paired:
            yield from self.insert(last, lines[paired:])
        elif last - first > paired:
            yield self.deletion(first + paired, last)

    def insert(self, at: int, lines: Sequence[str]) -> Iterator[Splice]:
        """New items before the item `at`, each with what stands between items of this list."""
        literals = [f'"{self.literal(line)}"' for line in lines]
        if not self.of.spans:
            yield self.of.start + 1, self.of.end - 1, ", ".join(literals)
        elif at < len(self.of.spans):
            place = self.of.spans[at][0]
            gap = self.gaps[min(max(at - 1, 0), len(self.gaps) - 1)]
            yield place, place, "".join(literal + gap for literal in literals)
        else:
            place = self.of.spans[-1][1]
            yield place, place, "".join(self.gaps[-1] + literal for literal in literals)

    def deletion(self, first: int, last: int) -> Splice:
        """Take items out, and what stands between them and their neighbour."""
        spans = self.of.spans
        if first > 0:
            return spans[first - 1][1], spans[last - 1][1], ""
        if last < len(spans):
            return spans[first][0], spans[last][0], ""
        return self.of.start + 1, self.of.end - 1, ""

    def literal(self, text: str) -> str:
        return encoded(text, escaped=self.escaped)
