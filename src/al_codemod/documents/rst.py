"""reStructuredText: directives with code, literal blocks, and doctests."""

import re
from collections.abc import Iterator, Sequence

from al_codemod.documents.blocks import PYTHON, SHELL, Block

_DIRECTIVE = re.compile(r"(?P<indent>[ \t]*)\.\. (?P<name>[\w:-]+)::[ \t]*(?P<argument>[^\r\n]*)")
_CODE = frozenset("code-block code sourcecode highlight-block code-cell".split())
_OPTION = re.compile(r"[ \t]*:[\w-]+:")
_PROMPT = re.compile(r"([ \t]*)>>> ")


def blocks(lines: Sequence[str]) -> Iterator[Block]:
    """The blocks of code in a document."""
    at = 0
    while at < len(lines):
        block = _directive(lines, at) or _prompts(lines, at) or _literal(lines, at)
        if block is None:
            at += 1
            continue
        yield block
        at = max(block.end, at + 1)


def _directive(lines: Sequence[str], at: int) -> Block | None:
    found = _DIRECTIVE.match(lines[at])
    if found is None:
        return None
    name = found["name"].lower()
    language = (found["argument"].split() or ["python"])[0].lower() if name in _CODE else name
    if language not in PYTHON | SHELL:
        return None
    at += 1
    while at < len(lines) and _OPTION.match(lines[at]):
        at += 1
    return _indented(lines, at, found["indent"], language)


def _prompts(lines: Sequence[str], at: int) -> Block | None:
    """A doctest block: from a prompt to a blank line."""
    found = _PROMPT.match(lines[at])
    if found is None:
        return None
    end = at
    while end < len(lines) and lines[end].strip():
        end += 1
    return Block(at, end, found[1], "pycon")


def _literal(lines: Sequence[str], at: int) -> Block | None:
    """A block behind `::`, which is Python for Sphinx if nothing else is said."""
    line = lines[at].rstrip()
    if not line.endswith("::") or line.lstrip().startswith(".."):
        return None
    indent = line[: len(line) - len(line.lstrip())]
    return _indented(lines, at + 1, indent, "python", certain=False)


def _indented(lines: Sequence[str], at: int, outer: str, language: str, *, certain: bool = True) -> Block | None:
    """The lines that are indented more than `outer`."""
    while at < len(lines) and not lines[at].strip():
        at += 1
    if at == len(lines):
        return None
    line = lines[at]
    indent = line[: len(line) - len(line.lstrip())]
    if len(indent) <= len(outer):
        return None
    end = at
    while end < len(lines) and (lines[end].startswith(indent) or not lines[end].strip()):
        end += 1
    while not lines[end - 1].strip():
        end -= 1
    return Block(at, end, indent, language, certain=certain)
