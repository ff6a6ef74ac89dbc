"""Comments that keep the tool off a line or a file.

`# al-codemod: ignore[AL204,AL3]` on any line of a statement is about the findings in that statement, and
`# al-codemod: ignore-file[AL7]` on a line of its own about those of the file: with these codes, with codes that start
so, or, without brackets, all of them.
"""

import re
from collections.abc import Callable, Iterable
from typing import TypeAlias

from al_codemod.source.comments import Comment, comments

Prefixes: TypeAlias = frozenset[str]

_MARK = "al-codemod:"
_COMMENT = re.compile(r"#\s*al-codemod:\s*(?P<kind>ignore-file|ignore)(?![\w-])(?:\s*\[(?P<codes>[^\]]*)\])?")
_NONE: Prefixes = frozenset()
_ALL: Prefixes = frozenset([""])


class Suppressions:
    """What the comments of one source say."""

    def __init__(self, text: str, find: Callable[[str], Iterable[Comment]] = comments) -> None:
        """`find` yields the comments of the text, which has to parse; by default as a Python source."""
        self.of_file = _NONE
        self.of_line: dict[int, Prefixes] = {}
        if _MARK in text:
            self._read(find(text))

    def cover(self, line: int, code: str) -> bool:
        """Whether a finding with this code, in the statement that this line is in, is suppressed."""
        return any(code.startswith(prefix) for prefix in self.of_file | self.of_line.get(line, _NONE))

    def _read(self, found_comments: Iterable[Comment]) -> None:
        for comment in found_comments:
            for found in _COMMENT.finditer(comment.text):
                prefixes = _prefixes(found["codes"])
                if found["kind"] == "ignore-file":
                    self.of_file |= prefixes if comment.alone else _NONE
                elif not comment.alone:
                    for line in range(comment.first, comment.last + 1):
                        self.of_line[line] = self.of_line.get(line, _NONE) | prefixes


def _prefixes(codes: str | None) -> Prefixes:
    if codes is None:
        return _ALL
    return frozenset(code.strip().upper() for code in codes.split(",")) - {""}
