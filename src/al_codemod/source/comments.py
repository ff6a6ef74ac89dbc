"""The comments of a Python source: found with the tokenizer, so that strings are never taken for them."""

import io
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

_OUTSIDE = (tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, and the lines from the first to the last of the statement, or header of one, that it stands in.

    A comment between statements has a line of its own: `first` and `last` are that line, and `alone` is true.
    """

    text: str
    first: int
    last: int
    alone: bool


def comments(text: str) -> Iterator[Comment]:
    """Every comment in a source that parses."""
    first = 0
    within: list[str] = []
    # The line ends of any system, as the parser takes them.
    for token in tokenize.generate_tokens(io.StringIO(text, newline=None).readline):
        if token.type == tokenize.COMMENT and first:
            within.append(token.string)
        elif token.type == tokenize.COMMENT:
            yield Comment(token.string, token.start[0], token.start[0], alone=True)
        elif token.type == tokenize.NEWLINE:
            yield from (Comment(comment, first, token.start[0], alone=False) for comment in within)
            first, within = 0, []
        elif not first and token.type not in _OUTSIDE:
            first = token.start[0]
