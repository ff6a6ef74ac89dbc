"""The syntax that IPython adds to Python, found by IPython's own rules (its `inputtransformer2`).

IPython looks for special syntax in the tokens of a cell, so that a `%` or a `?` inside of a string, a comment or an
expression is none, takes the first piece that it finds, and looks again. So do we; where IPython puts a call, the
caller puts something of as many lines.
"""

import re
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

Tokens = list[tokenize.TokenInfo]

_ESCAPES: Final = frozenset("!?%,;/")
_HELP = re.compile(r"(%{0,2}(?!\d)[\w*]+(\.(?!\d)[\w*]+|\[-?[0-9]+\])*)(\?\??)$")
_ERRORS: Final = (
    "unterminated string literal",
    "invalid non-printable character",
    "after line continuation character",
    "invalid decimal literal",
    "invalid binary literal",
    "invalid octal literal",
    "invalid hexadecimal literal",
    "in binary literal",
    "in octal literal",
    "expected EOF",
)
"""What the tokenizer may stumble over in the middle of a cell; anything else means that the cell is incomplete."""


@dataclass(frozen=True, slots=True)
class Escape:
    """One piece of special syntax: from a column of the line `first` to the end of the line `last` (from 0).

    `text` is the piece in one line, as IPython assembles it. `assigned` is true for the `%magic` of `x = %magic`.
    """

    first: int
    column: int
    last: int
    text: str
    assigned: bool = False
    help: bool = False

    @property
    def mark(self) -> str:
        """The character or characters that make it special: `%`, `!`, `!!`, `?`, `??`, `,`, `;` or `/`."""
        return self.text[:2] if self.text[:2] in ("!!", "??") else self.text[:1]


def find(lines: Sequence[str]) -> Escape | None:
    """The first piece of special syntax in the lines of a cell, each with its line end."""
    tokens = list(_token_lines(lines))
    found: list[tuple[int, int, int, Escape]] = []
    for priority, finder in ((10, _assigned), (10, _command), (5, _help)):
        for line in tokens:
            escape = finder(line, lines)
            if escape is not None:
                found.append((escape.first, escape.column, priority, escape))
                break
    for *_, escape in sorted(found, key=lambda item: item[:3]):
        if not escape.help or _HELP.search(escape.text):
            return escape
    return None


def _assigned(tokens: Tokens, lines: Sequence[str]) -> Escape | None:
    """`x = %magic` or `x = !command`: behind the first `=` that is not in brackets."""
    at = _assignment(tokens)
    if at is None or len(tokens) < at + 3:
        return None
    following = tokens[at + 1]
    if following.string == "%" and tokens[at + 2].type == tokenize.NAME:
        return _continued(lines, following.start, assigned=True)
    if following.line.strip().startswith("="):
        return None
    for token in tokens[at + 1 :]:
        if token.string == "!" and token.type in (tokenize.ERRORTOKEN, tokenize.OP):
            return _continued(lines, token.start, assigned=True)
        if token.type != tokenize.ERRORTOKEN or not token.string.isspace():
            return None  # before Python 3.12 the space before a `!` is a token
    return None


def _assignment(tokens: Tokens) -> int | None:
    depth = 0
    for index, token in enumerate(tokens):
        if token.string == "=" and depth == 0:
            return index
        if token.string in ("(", "[", "{"):
            depth += 1
        elif token.string in (")", "]", "}"):
            depth = max(depth - 1, 0)
    return None


def _command(tokens: Tokens, lines: Sequence[str]) -> Escape | None:
    """A line that starts with one of the escapes, in whatever suite."""
    first = next((t for t in tokens if t.type not in (tokenize.INDENT, tokenize.DEDENT)), None)
    if first is None or first.string not in _ESCAPES:
        return None
    return _continued(lines, first.start)


def _help(tokens: Tokens, lines: Sequence[str]) -> Escape | None:
    """`object?` and `object??` at the end of a line."""
    if len(tokens) < 3 or tokens[-2].string != "?":
        return None
    start = next(t for t in tokens if t.type not in (tokenize.INDENT, tokenize.DEDENT)).start
    first, last = start[0] - 1, tokens[-2].start[0] - 1
    text = "".join(lines[first : last + 1])[start[1] :].rstrip("\r\n")
    return Escape(first, start[1], last, text, help=True)


def _continued(lines: Sequence[str], start: tuple[int, int], *, assigned: bool = False) -> Escape:
    """What starts there, to the end of its last line: a backslash at the end of a line continues it."""
    first, column = start[0] - 1, start[1]
    last = first
    while lines[last].rstrip("\r\n").endswith("\\") and last + 1 < len(lines):
        last += 1
    parts = [lines[first][column:], *lines[first + 1 : last + 1]]
    text = " ".join([*(part.rstrip()[:-1] for part in parts[:-1]), parts[-1].rstrip()])
    return Escape(first, column, last, text, assigned)


def _token_lines(lines: Sequence[str]) -> Iterator[Tokens]:
    """The tokens of each logical line, and of each blank or comment line."""
    current: Tokens = []
    depth = 0
    try:
        for token in _tokens(lines):
            current.append(token)
            if token.type == tokenize.NEWLINE or (token.type == tokenize.NL and depth <= 0):
                yield current
                current = []
            elif token.type == tokenize.OP and token.string in ("(", "[", "{"):
                depth += 1
            elif token.type == tokenize.OP and token.string in (")", "]", "}"):
                depth = max(depth - 1, 0)
    except (tokenize.TokenError, SyntaxError, ValueError):
        pass  # the input ends within a string or brackets, or is no text that Python could be
    if current:
        yield current


def _tokens(lines: Sequence[str]) -> Iterator[tokenize.TokenInfo]:
    previous: tokenize.TokenInfo | None = None
    try:
        for token in tokenize.generate_tokens(iter(lines).__next__):
            previous = token
            yield token
    except tokenize.TokenError as error:
        if not any(text in str(error.args[0]) for text in _ERRORS):
            raise
        place = (previous.start[0], previous.end[1]) if previous else (1, 0)
        yield tokenize.TokenInfo(tokenize.ERRORTOKEN, "", place, place, previous.line if previous else "")
