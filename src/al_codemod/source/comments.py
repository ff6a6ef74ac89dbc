"""The comments of a Python source: found with the tokenizer, so that strings are never taken for them."""

import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

_OUTSIDE = (tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, where it begins, and the lines from the first to the last of the statement, or header, that it is in.

    `column` counts characters from 1. A comment between statements has a line of its own: `first` and `last` are that
    line, and `alone` is true.
    """

    text: str
    first: int
    last: int
    alone: bool
    line: int = 1
    column: int = 1


def comments(text: str) -> Iterator[Comment]:
    """Every comment in a source that parses."""
    first = 0
    within: list[tuple[str, int, int]] = []
    # The line ends of any system, as the parser takes them.
    for token in tokenize.generate_tokens(io.StringIO(text, newline=None).readline):
        if token.type == tokenize.COMMENT and first:
            within.append((token.string, token.start[0], token.start[1] + 1))
        elif token.type == tokenize.COMMENT:
            line, column = token.start
            yield Comment(token.string, line, line, True, line, column + 1)
        elif token.type == tokenize.NEWLINE:
            yield from (Comment(string, first, token.start[0], False, *start) for string, *start in within)
            first, within = 0, []
        elif not first and token.type not in _OUTSIDE:
            first = token.start[0]


def statement_ends(text: str) -> dict[int, int]:
    """For every line of a statement, or of the header of one, the line that it ends in: a comment fits there."""
    ends: dict[int, int] = {}
    first = 0
    for token in tokenize.generate_tokens(io.StringIO(text, newline=None).readline):
        if token.type == tokenize.NEWLINE:
            ends.update(dict.fromkeys(range(first, token.start[0] + 1), token.start[0]))
            first = 0
        elif not first and token.type not in _OUTSIDE:
            first = token.start[0]
    return ends
