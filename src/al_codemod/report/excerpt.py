"""The line of code that a finding is about, underlined."""

from collections.abc import Iterator
from functools import lru_cache

import click

from al_codemod.finding import Span
from al_codemod.source.errors import SourceError
from al_codemod.source.text import decode, split_lines

WIDEST = 160
"""Characters of a line that are shown: a notebook may hold everything in one."""


def excerpt(path: str, data: bytes, span: Span, number: int) -> Iterator[str]:
    """The first line of a span, called by a number, and carets under what is meant."""
    lines = _lines(path, data)
    if span.line > len(lines):
        return
    # A tab takes one column, as in what the finding counts.
    line = lines[span.line - 1].replace("\t", " ").rstrip()
    if not line.strip() or span.column > WIDEST:
        return
    indent = len(line) - len(line.lstrip())
    end = span.end_column - 1 if span.end_line == span.line else len(line)
    width = max(1, min(end, len(line), WIDEST) - span.column + 1)
    shown = line[indent:WIDEST] + (" ..." if len(line) > WIDEST else "")
    margin = len(str(number))
    bar = click.style("|", fg="blue")
    yield f"    {click.style(str(number), fg='blue')} {bar} {shown}"
    yield f"    {' ' * margin} {bar} {' ' * (span.column - 1 - indent)}{click.style('^' * width, fg='red')}"


@lru_cache(maxsize=1)
def _lines(path: str, data: bytes) -> list[str]:
    try:
        return split_lines(decode(path, data).text)
    except SourceError:
        return split_lines(data.decode("utf-8", errors="replace"))
