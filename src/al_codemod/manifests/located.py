"""What the readers of manifests find: version constraints, each with its place in the text and the way to write it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeAlias

PYTHON = "python"
"""The name under which the interpreter's own version is found."""


ESCAPED = "its string has escapes or line breaks"
HASHED = "it has hashes, which only the index knows"
REFERENCE = "it points at a file or a repository"
"""Problems that keep a constraint from being changed where it stands."""


class Syntax(Enum):
    """The ways to write a version constraint."""

    PEP440 = auto()
    POETRY = auto()
    CONDA = auto()
    RELEASE = auto()
    """A bare release such as `3.11`, which stands for itself and its patch releases."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """New text for the range from `start` to `end`."""

    start: int
    end: int
    text: str


Render: TypeAlias = Callable[[str], Replacement]
AddSibling: TypeAlias = Callable[[str, str], tuple[Replacement, ...]]


@dataclass(frozen=True, slots=True)
class Located:
    """The version constraint of one package, as a manifest states it.

    `render` says how a new constraint is put down, which cannot be where there is a `problem`. `add` puts another package
    with a constraint beside this one. Packages of one `group` are installed together.
    """

    name: str
    constraint: str
    start: int
    end: int
    syntax: Syntax = Syntax.PEP440
    render: Render | None = None
    add: AddSibling | None = None
    group: str = ""
    marker: str = ""
    extras: tuple[str, ...] = ()
    problem: str = ""
    installs: bool = True
    """Whether the manifest asks for the package, and does not merely limit its version."""


def line_end(text: str, position: int) -> int:
    """Where the line that `position` is in ends, its line break not counted."""
    ends = [end for end in (text.find("\n", position), text.find("\r", position)) if end >= 0]
    return min(ends, default=len(text))


def next_line(text: str, end: int) -> int:
    """Where the line after the one that ends there begins."""
    return end + (2 if text.startswith("\r\n", end) else 1)


def line_start(text: str, position: int) -> int:
    """Where the line that `position` is in begins."""
    return max(text.rfind("\n", 0, position), text.rfind("\r", 0, position)) + 1


def line_break(text: str) -> str:
    """The line break that a text uses."""
    first = line_end(text, 0)
    return "\r\n" if text.startswith("\r\n", first) else text[first : first + 1] or "\n"


def indentation(text: str, position: int) -> str:
    """The white space that begins the line of `position`."""
    start = line_start(text, position)
    line = text[start:position]
    return line[: len(line) - len(line.lstrip())]
