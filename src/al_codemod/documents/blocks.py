"""Documents of text with blocks of code in them: what the blocks are is told by the markup language."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from al_codemod.documents.lines import dedented, indentation, indented, split, with_prefixes
from al_codemod.documents.mask import Masked
from al_codemod.documents.parts import Below, Left, Part
from al_codemod.documents.prompts import Session, is_session
from al_codemod.documents.shell import shell_commands, with_commands
from al_codemod.documents.source import SourceDocument, decode_utf8
from al_codemod.documents.splices import Splice

PYTHON: Final = frozenset(
    "python python3 py py3 ipython ipython3 pycon pycon3 python-repl python-console ipythonconsole doctest testcode testsetup "
    "jupyter-execute plot".split()
)
SHELL: Final = frozenset("bash sh shell zsh console shell-session sh-session shellsession terminal".split())


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code: its lines from `first` up to `end` (from 0), what stands in front of each, and its language.

    `commented` is true for a block that the document does not show. `certain` is false where only the code itself can
    tell whether it is Python.
    """

    first: int
    end: int
    prefix: str
    language: str
    commented: bool = False
    certain: bool = True


@dataclass(slots=True)
class TextDocument(SourceDocument):
    """A document of text. The blocks of Python in it are one module."""

    _spans: dict[Part, tuple[int, int]] = field(default_factory=dict)

    def splices(self, new: Mapping[Part, str], *, clear_outputs: bool = False) -> list[Splice]:  # noqa: ARG002
        """What to change in `text`; a document of text has no outputs."""
        return sorted((*self._spans[part], text) for part, text in new.items())


def read_text(path: str, data: bytes, find: Callable[[Sequence[str]], Iterable[Block]]) -> TextDocument:
    """A document from its bytes; `find` knows its markup language."""
    document = TextDocument(decode_utf8(path, data), [])
    lines = split(document.text)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    for block in find(lines):
        part = make_part(lines, block)
        if part is not None:
            document.parts.append(part)
            document._spans[part] = (starts[block.first], starts[block.end])
    return document


def make_part(lines: Sequence[str], block: Block) -> Part | None:
    """The part that a block is; `None` for one in another language."""
    raw = lines[block.first : block.end]
    stripped = [_without(line, block.prefix) for line in raw]
    # What is indented more than its fence is so as a whole.
    inner = indentation(stripped)
    prefix, stripped = block.prefix + inner, dedented(stripped, inner)
    locate = Below(block.first, len(prefix))
    if block.language in SHELL and not block.commented:
        return _shell(raw, stripped, prefix, locate)
    if block.language not in PYTHON or not "".join(stripped).strip():
        return None
    if block.commented:
        return Part("", locate, str, is_python=False, left=[Left("".join(stripped), "", hidden=True)])
    if is_session(stripped):
        return _session(raw, stripped, prefix, locate)
    masked = Masked("".join(stripped))
    part = Part(
        masked.text,
        locate,
        lambda text: with_prefixes(raw, stripped, masked.restore(text), indented(prefix)),
        shifts=masked.shifts,
        commands=masked.commands,
        loops=masked.loops,
        is_python=masked.is_python,
        left=masked.left,
    )
    return part if block.certain or parses(part) else None


def parses(part: Part) -> bool:
    """Whether a part is Python."""
    part.parse()
    return part.problem is None


def _session(raw: Sequence[str], stripped: Sequence[str], prefix: str, locate: Below) -> Part:
    session = Session(stripped)
    return Part(
        session.text,
        lambda line, column: locate(session.numbers[line] if line < len(session.numbers) else 0, column),
        lambda text: with_prefixes(raw, stripped, session.restore(text), indented(prefix)),
        shifts=session.shifts,
        is_session=True,
    )


def _shell(raw: Sequence[str], stripped: Sequence[str], prefix: str, locate: Below) -> Part | None:
    """A shell script, or a session in which the commands have a `$`."""
    commands = list(shell_commands(stripped))
    if any(command.text.startswith("$ ") for command in commands):
        commands = [command for command in commands if command.text.startswith("$ ")]
        for command in commands:
            command.text, command.column = command.text[2:], command.column + 2
    if not commands:
        return None
    return Part(
        "".join(stripped),
        locate,
        lambda text: with_prefixes(raw, stripped, with_commands(text, commands), indented(prefix)),
        commands=commands,
        is_python=False,
    )


def _without(line: str, prefix: str) -> str:
    """A line without the prefix of its block; a blank one may have less of it."""
    if line.startswith(prefix):
        return line[len(prefix) :]
    return line.lstrip(" \t") if not line.strip() else line.removeprefix(prefix.rstrip(" "))
