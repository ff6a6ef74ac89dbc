"""Markdown and its relatives (MyST, Quarto, Markdown notebooks of Jupytext): fenced blocks, and bare doctests."""

import re
from collections.abc import Iterator, Sequence

from al_codemod.documents.blocks import Block

_FENCE = re.compile(r"(?P<prefix>[ \t]*(?:(?:>[ ]?)+[ \t]*)?)(?P<fence>`{3,}|~{3,}|:{3,})[ \t]*(?P<info>[^\r\n]*)")
_BRACED = re.compile(r"\{[ ]*([^}]*?)[ ]*\}[ \t]*(\S*)")
_CODE_DIRECTIVES = frozenset("code-block code sourcecode code-cell".split())
_OPTION = re.compile(r":[\w-]+:")
_PROMPT = re.compile(r"(?P<prefix>[ \t]*(?:(?:>[ ])+[ \t]*)?)>>> ")


def blocks(lines: Sequence[str]) -> Iterator[Block]:
    """The blocks of code in a document."""
    at = 0
    commented = False
    while at < len(lines):
        line = lines[at]
        fence = _FENCE.match(line)
        if fence and (language := _language(fence)) is not None:
            end = _end(lines, at + 1, fence["fence"], fence["prefix"])
            directive = fence["info"].startswith("{")
            first = _after_options(lines, at + 1, end) if directive else at + 1
            yield Block(first, end, fence["prefix"], language, commented)
            at = end + 1
            continue
        prompt = _PROMPT.match(line)
        if prompt:
            end = at
            while end < len(lines) and lines[end].strip(" \t\r\n>"):
                end += 1
            yield Block(at, end, prompt["prefix"], "pycon", commented)
            at = end
            continue
        commented = _commented(line, commented)
        at += 1


def _language(fence: re.Match[str]) -> str | None:
    """The language of a fenced block, `""` for one that says none; `None` where the fence holds other blocks."""
    info = fence["info"].strip()
    if fence["fence"][0] == "`" and "`" in info:
        return None
    braced = _BRACED.match(info)
    if braced is None:
        # Colons make a block of code of a directive only.
        return None if fence["fence"][0] == ":" else re.split(r"[\s,:{]", info, maxsplit=1)[0].lower()
    inside = braced[1].lstrip(".").lower()
    if inside in _CODE_DIRECTIVES:
        return braced[2].lower() or "python"
    name = re.split(r"[\s,:]", inside, maxsplit=1)[0]
    return None if fence["fence"][0] == ":" and name not in ("python", "doctest", "testcode", "ipython") else name


def _end(lines: Sequence[str], at: int, fence: str, prefix: str) -> int:
    """The line of the closing fence, or the end of the document."""
    closing = re.compile(rf"[ \t>]*{re.escape(fence[0])}{{{len(fence)},}}[ \t]*\r?\n?\Z")
    for index in range(at, len(lines)):
        if closing.match(lines[index]):
            return index
        if ">" in prefix and not lines[index].lstrip().startswith(">"):
            return index  # the quotation has ended
    return len(lines)


def _after_options(lines: Sequence[str], at: int, end: int) -> int:
    """The first line behind the options of a directive."""
    if at < end and lines[at].strip() == "---":
        closing = next((n for n in range(at + 1, end) if lines[n].strip() == "---"), at)
        return closing + 1
    while at < end and _OPTION.match(lines[at].strip()):
        at += 1
    return at


def _commented(line: str, commented: bool) -> bool:
    """Whether a comment of HTML is open at the end of a line of prose."""
    opened, closed = line.rfind("<!--"), line.rfind("-->")
    return opened > closed if opened >= 0 else commented and closed < 0
