"""Comments that keep the tool off a line or a file.

`# al-codemod: ignore[AL204,AL3]` on any line of a statement is about the findings in that statement, and
`# al-codemod: ignore-file[AL7]` on a line of its own about those of the file: with these codes, with codes that start
so, or, without brackets, all of them.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from al_codemod.finding import UNUSED
from al_codemod.source.comments import Comment, comments

_MARK = "al-codemod:"
COMMENT = re.compile(r"#\s*al-codemod:\s*(?P<kind>ignore-file|ignore)(?![\w-])(?:\s*\[(?P<codes>[^\]]*)\])?")


@dataclass(slots=True)
class Suppression:
    """One such comment: where it is, the beginnings of the codes it names, and which of them something was found for."""

    line: int
    column: int
    end_column: int
    prefixes: tuple[str, ...]
    used: set[str] = field(default_factory=set)

    @property
    def unused(self) -> list[str]:
        """What it names in vain, in its own order."""
        return [prefix for prefix in self.prefixes if prefix not in self.used]

    def covers(self, code: str) -> bool:
        """Whether it names the code, which counts as a use."""
        found = [prefix for prefix in self.prefixes if code.startswith(prefix)]
        self.used.update(found)
        return bool(found)


class Suppressions:
    """What the comments of one source say."""

    def __init__(self, text: str, find: Callable[[str], Iterable[Comment]] = comments) -> None:
        """`find` yields the comments of the text, which has to parse; by default as a Python source."""
        self.all: list[Suppression] = []
        self.of_file: list[Suppression] = []
        self.of_line: dict[int, list[Suppression]] = {}
        if _MARK in text:
            for comment in find(text):
                self._read(comment)

    def cover(self, line: int, code: str) -> bool:
        """Whether a finding with this code, in the statement that this line is in, is suppressed.

        That a comment is of no use cannot be hushed up by that comment.
        """
        if code == UNUSED or not self.all:
            return False
        # Each has to hear of it, so that none is taken for unused.
        covered = [suppression.covers(code) for suppression in (*self.of_file, *self.of_line.get(line, ()))]
        return any(covered)

    def cover_file(self, code: str) -> bool:
        """Whether findings with this code are suppressed in the whole file."""
        covered = [suppression.covers(code) for suppression in self.of_file]
        return any(covered)

    def unused(self) -> Iterator[Suppression]:
        """Those that name something in vain; to be asked when all findings have been looked at."""
        return (suppression for suppression in self.all if suppression.unused or not suppression.prefixes)

    def _read(self, comment: Comment) -> None:
        for found in COMMENT.finditer(comment.text):
            start, end = comment.column + found.start(), comment.column + found.end()
            suppression = Suppression(comment.line, start, end, _prefixes(found["codes"]))
            self.all.append(suppression)
            if found["kind"] == "ignore-file" and comment.alone:
                self.of_file.append(suppression)
            elif found["kind"] == "ignore" and not comment.alone:
                for line in range(comment.first, comment.last + 1):
                    self.of_line.setdefault(line, []).append(suppression)


def line_covers(line: str, code: str) -> bool:
    """Whether a comment suppresses findings with this code on a line that is no Python, such as one for a shell."""
    return any(
        found["kind"] == "ignore" and code.startswith(_prefixes(found["codes"])) for found in COMMENT.finditer(line)
    )


def _prefixes(codes: str | None) -> tuple[str, ...]:
    """The codes that a comment names; one without brackets names all there are."""
    if codes is None:
        return ("",)
    return tuple(dict.fromkeys(code for part in codes.split(",") if (code := part.strip().upper())))
