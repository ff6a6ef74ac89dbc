"""Lines of Python that have something in front of them: an indentation, a prompt, a comment sign."""

from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from typing import TypeAlias

Prefix: TypeAlias = Callable[[int, Sequence[str]], str]
"""What goes in front of a new line, given its index and all new lines."""


def split(text: str) -> list[str]:
    """The lines of a text, each with its end; only a line feed ends one."""
    lines = text.split("\n")
    last = lines.pop()
    return [line + "\n" for line in lines] + ([last] if last else [])


def indentation(lines: Sequence[str]) -> str:
    """What all lines that are not blank start with, of blanks and tabs."""
    blanks = [line[: len(line) - len(line.lstrip())] for line in lines if line.strip()]
    shared = min(blanks, key=len, default="")
    while not all(blank.startswith(shared) for blank in blanks):
        shared = shared[:-1]
    return shared


def dedented(lines: Sequence[str], indent: str) -> list[str]:
    """Lines without their common indentation; blank ones without any."""
    return [line.removeprefix(indent) if line.strip() else line.lstrip(" \t") for line in lines]


def with_prefixes(raw: Sequence[str], stripped: Sequence[str], new: str, prefix: Prefix) -> str:
    """A new text with what stands in front of its lines: lines that are in `stripped` are as they are in `raw`."""
    lines = split(new)
    if stripped and not stripped[-1]:
        # Blanks at the very end are no line of the new text.
        return with_prefixes(raw[:-1], stripped[:-1], new, prefix) + raw[-1]
    if stripped and not stripped[-1].endswith("\n") and lines and lines[-1].endswith("\n"):
        lines[-1] = lines[-1][:-1]
    result: list[str] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, stripped, lines, autojunk=False).get_opcodes():
        if tag == "equal":
            result += raw[i1:i2]
        else:
            result += (_put(prefix(j, lines), lines[j]) for j in range(j1, j2))
    return "".join(result)


def _put(prefix: str, line: str) -> str:
    return prefix + line if line.strip() else prefix.rstrip(" \t") + line


def indented(indent: str) -> Prefix:
    """The same indentation for every new line."""
    return lambda _index, _lines: indent
