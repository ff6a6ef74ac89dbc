"""Comments that keep the tool off a line or a file.

`# al-codemod: ignore[AL204,AL3]` on any line of a statement is about the findings in that statement, and
`# al-codemod: ignore-file[AL7]` on a line of its own about those of the file: with these codes, with codes that start
so, or, without brackets, all of them.
"""

import re
from typing import TypeAlias

from al_codemod.source.comments import comments

Prefixes: TypeAlias = frozenset[str]

_MARK = "al-codemod:"
_COMMENT = re.compile(r"#\s*al-codemod:\s*(?P<kind>ignore-file|ignore)(?![\w-])(?:\s*\[(?P<codes>[^\]]*)\])?")
_NONE: Prefixes = frozenset()
_ALL: Prefixes = frozenset([""])


class Suppressions:
    """What the comments of one source say."""

    def __init__(self, text: str) -> None:
        """`text` has to parse."""
        self.of_file = _NONE
        self.of_line: dict[int, Prefixes] = {}
        if _MARK in text:
            self._read(text)

    def cover(self, line: int, code: str) -> bool:
        """Whether a finding with this code, in the statement that this line is in, is suppressed."""
        return any(code.startswith(prefix) for prefix in self.of_file | self.of_line.get(line, _NONE))

    def cover_file(self, code: str) -> bool:
        """Whether findings with this code are suppressed in the whole file."""
        return code.startswith(tuple(self.of_file))

    def _read(self, text: str) -> None:
        for comment in comments(text):
            for found in _COMMENT.finditer(comment.text):
                prefixes = _prefixes(found["codes"])
                if found["kind"] == "ignore-file":
                    self.of_file |= prefixes if comment.alone else _NONE
                elif not comment.alone:
                    for line in range(comment.first, comment.last + 1):
                        self.of_line[line] = self.of_line.get(line, _NONE) | prefixes


def line_covers(line: str, code: str) -> bool:
    """Whether a comment suppresses findings with this code on a line that is no Python, such as one for a shell."""
    return any(
        found["kind"] == "ignore" and code.startswith(tuple(_prefixes(found["codes"])))
        for found in _COMMENT.finditer(line)
    )


def _prefixes(codes: str | None) -> Prefixes:
    if codes is None:
        return _ALL
    return frozenset(code.strip().upper() for code in codes.split(",")) - {""}
