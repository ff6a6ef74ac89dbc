"""Python code in comments: found by what it would be without the `#`."""

import ast
import re
import tokenize
import warnings
from collections.abc import Callable, Iterator
from itertools import groupby

from al_codemod.source.comments import comments

_HASH = re.compile(r"#+[!:]? ?")


def commented_code(text: str, says: Callable[[ast.AST], bool]) -> Iterator[int]:
    """The lines of comments with code in which a node `says` something."""
    if "#" not in text:
        return
    try:
        alone = [(comment.first, comment.text) for comment in comments(text) if comment.alone]
    except (tokenize.TokenError, SyntaxError):
        return
    for _, block in groupby(enumerate(alone), key=lambda item: item[1][0] - item[0]):
        lines = [(line, _HASH.sub("", comment, count=1)) for _, (line, comment) in block]
        yield from _in_block(lines, says)


def _in_block(lines: list[tuple[int, str]], says: Callable[[ast.AST], bool]) -> Iterator[int]:
    """A block of comment lines is code as a whole, or line by line."""
    tree = _parse("\n".join(code for _, code in lines))
    if tree is not None:
        node = next((node for node in ast.walk(tree) if says(node)), None)
        if node is not None:
            yield lines[getattr(node, "lineno", 1) - 1][0]
        return
    for line, code in lines:
        tree = _parse(code.strip())
        if tree is not None and any(says(node) for node in ast.walk(tree)):
            yield line


def _parse(code: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
