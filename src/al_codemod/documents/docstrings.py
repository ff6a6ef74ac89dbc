"""Docstrings of Python files with examples in them: doctests and blocks of code, each docstring a document of its own."""

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from al_codemod.documents import markdown, rst
from al_codemod.documents.blocks import Block, make_part
from al_codemod.documents.lines import split
from al_codemod.documents.parts import Left, Part, Place
from al_codemod.source.offsets import Offsets
from al_codemod.source.prefilter import has_hint, has_proof

ESCAPES = "its docstring has escapes and is not a raw one"

_ESCAPE = re.compile(r"\\(?!\n)")
_RAW = re.compile(r"[A-Za-z]?[rR]")


@dataclass(frozen=True, slots=True)
class Docstring:
    """A docstring: which one of its file it is, its source, and its parts with their lines in the source."""

    index: int
    source: str
    parts: tuple[tuple[Part, Block], ...]

    def replaced(self, new: dict[Part, str]) -> str:
        """The source with new texts of some parts."""
        lines = split(self.source)
        for part, block in reversed(self.parts):
            if part in new:
                lines[block.first : block.end] = [new[part]]
        return "".join(lines)


def docstrings(text: str, nodes: Sequence[ast.Constant]) -> Iterator[Docstring]:
    """The docstrings of a text in which there is Python, of all those at `nodes`."""
    offsets = Offsets(text)
    for index, node in enumerate(nodes):
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        start, end = offsets.span(node)
        source = text[start:end]
        if first == last:
            continue
        # A block starts below the line of the opening quotes, and ends above the closing ones.
        body = split(source)
        body[0] = re.sub(r"\A\w*(?:\"\"\"|''')", "", body[0])
        if body[-1].strip() in ('"""', "'''"):
            body[-1] = "\n"
        parts = [(part, block) for block in _blocks(body) if (part := _part(body, block, first)) is not None]
        if _ESCAPE.search(source) and not _RAW.match(source):
            # What is written is not what is read.
            parts = [(_left(part), block) for part, block in parts]
        if parts and any(_speaks(part) for part, _ in parts):
            yield Docstring(index, source, tuple(parts))


def docstring_nodes(tree: ast.Module) -> list[ast.Constant]:
    """The docstrings of a file, in the order of their lines."""
    found: list[ast.Constant] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
            first = node.body[0]
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                found.append(first.value)
    return sorted(found, key=lambda constant: constant.lineno)


def _blocks(lines: list[str]) -> list[Block]:
    """The blocks of a docstring, whose markup language is unknown."""
    fenced = [block for block in markdown.blocks(lines) if block.language != "pycon"]
    inside = {line for block in fenced for line in range(block.first - 1, block.end + 1)}
    others = [block for block in rst.blocks(lines) if block.first not in inside]
    return sorted([*fenced, *others], key=lambda block: block.first)


def _part(lines: list[str], block: Block, first: int) -> Part | None:
    part = make_part(lines, block)
    if part is not None:
        part.locate = partial(_below, part.locate, first)
    return part


def _below(locate: Callable[[int, int], Place], first: int, line: int, column: int) -> Place:
    place = locate(line, column)
    return replace(place, line=place.line + first)


def _left(part: Part) -> Part:
    return Part("", part.locate, str, is_python=False, left=[Left(part.text, ESCAPES)])


def _speaks(part: Part) -> bool:
    data = "".join([part.text, *(left.text for left in part.left)]).encode(errors="replace")
    return has_proof(data) or has_hint(data)
