"""IPython cells as Python of as many lines, and back.

What is no Python gets a name that stands for it; a Python statement behind `%time` stays, and a comment behind it keeps
its `%time`. Going back, the tree of the new text tells where names and comments have come to.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from al_codemod.documents.ipython import Escape, find
from al_codemod.documents.lines import dedented, indentation, indented, split, with_prefixes
from al_codemod.documents.magics import AUTOMAGIC, INSTALLERS, PYTHON, SHELL, SHELL_CELLS, Magic
from al_codemod.documents.parts import Command, Left
from al_codemod.documents.shell import shell_commands, with_commands
from al_codemod.source.offsets import Offsets

OTHER_LANGUAGE = "it is not Python that runs here"
HELP = "it asks for help about V1"
ODD_CALL = "it is a call without brackets, which only IPython reads"
NO_STATEMENT = "what the magic is about is not a Python statement"

_CELL_MAGIC = re.compile(r"%%(\S+)[ \t]*(.*)")
_SIMPLE = (
    *(ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Delete, ast.Import, ast.ImportFrom),
    *(ast.Raise, ast.Assert, ast.Pass, ast.Return, ast.Global, ast.Nonlocal, ast.Break, ast.Continue),
)
_LIMIT = 500
"""IPython's own limit of pieces of special syntax in a cell."""


@dataclass(slots=True)
class _Piece:
    """What a mark stands for. `command` has taken the place of the end of `text`, from `start` on, if there is one."""

    text: str
    command: Command | None = None
    start: int = 0
    arguments: list[tuple[int, int]] = field(default_factory=list)
    """Where the Python expressions in a shell command are, in `text`."""

    def restored(self, arguments: Sequence[str]) -> str:
        text = self.text
        if self.command is not None and self.command.new is not None:
            return text[: self.start] + self.command.new
        for (start, end), new in reversed(list(zip(self.arguments, arguments, strict=True))):
            text = text[:start] + new + text[end:]
        return text


class Masked:
    """A cell as Python: `text` is what can be parsed (if the cell is any good), `restore` the way back."""

    def __init__(self, source: str) -> None:
        self.commands: list[Command] = []
        self.loops: list[tuple[int, int]] = []
        self.shifts: dict[int, int] = {}
        self.is_python = True
        self.left: list[Left] = []
        self._statements: dict[int, str] = {}
        self._pieces: dict[int, _Piece] = {}
        self._prefix = "_al_"
        while self._prefix in source:
            self._prefix += "_"
        self._source = split(source)
        self.indent = indentation(self._source)
        self._lines = dedented(self._source, self.indent) if self.indent else list(self._source)
        self._stripped = list(self._lines)
        first = next((n for n, line in enumerate(self._lines) if line.strip()), 0)
        start = self._lines[first] if self._lines else ""
        if start.startswith("%%") and not re.match(r"%%\w+\?", start):
            self._cell_magic(first, source)
        elif "\n" not in source.strip("\r\n"):
            self._automagic()
        if self.is_python and _is_text(source):
            self._mask()
        self.text = "".join(self._lines)

    # To Python

    def _cell_magic(self, at: int, source: str) -> None:
        line = self._lines[at].rstrip("\r\n")
        found = _CELL_MAGIC.match(line)
        name = found[1] if found else ""
        if name in PYTHON:
            self._put(at, 0, at, self._mark(_Piece(line)))
            if PYTHON[name].looped:
                self.loops.append((at + 1, len(self._lines)))
            return
        self.is_python = False
        if found and (name in SHELL_CELLS or f"{name} {found[2].strip()}" in SHELL_CELLS):
            self.commands += shell_commands(self._lines, first=at + 1)
        else:
            self.left.append(Left(source, OTHER_LANGUAGE))

    def _automagic(self) -> None:
        """A cell of one line that IPython takes for a magic though it has no `%`."""
        line = "".join(self._lines)
        word = re.match(r"[ \t]*(\w+)(?=[ \t])", line)
        if word and word[1] in AUTOMAGIC and not _parses(line):
            line = line[: len(line) - len(_line_end(line))]
            self._magic(Escape(0, 0, 0, line), word[1], line, word.end())

    def _mask(self) -> None:
        for _ in range(_LIMIT):
            escape = find(_ended(self._lines))
            if escape is None:
                return
            self._escape(escape)

    def _escape(self, escape: Escape) -> None:
        raw = self._raw(escape)
        if escape.help or escape.mark in ("?", "??"):
            if "." in escape.text:
                self.left.append(Left(escape.text, HELP, escape.first))
            self._opaque(escape, _Piece(raw))
        elif escape.mark in ("!", "!!"):
            start = len(escape.mark) + len(raw[len(escape.mark) :]) - len(raw[len(escape.mark) :].lstrip())
            self._shell(escape, raw, start)
        elif escape.mark == "%":
            name = re.match(r"%(\S*)", raw)
            self._magic(escape, name[1] if name else "", raw, name.end() if name else 1)
        else:
            self.left.append(Left(escape.text, ODD_CALL, escape.first))
            self._opaque(escape, _Piece(raw))

    def _magic(self, escape: Escape, name: str, raw: str, end: int) -> None:
        """A line magic: `name` ends at `end` of its text."""
        blanks = len(raw[end:]) - len(raw[end:].lstrip())
        if name in INSTALLERS or name in SHELL:
            start = end - len(name) if name in INSTALLERS else end + blanks
            self._shell(escape, raw, start)
        elif name in PYTHON and not escape.assigned and raw[end:].strip():
            self._statement(escape, raw, end, PYTHON[name])
        else:
            self._opaque(escape, _Piece(raw))

    def _statement(self, escape: Escape, raw: str, end: int, magic: Magic) -> None:
        """A magic in front of a statement: the statement stays, and a comment behind it keeps the magic."""
        code = end + magic.statement(raw[end:])
        number = len(self._statements) + len(self._pieces)
        if "\n" in raw[:code] or not raw[code:].strip() or not _parses(raw[code:]):
            self.left.append(Left(escape.text, NO_STATEMENT, escape.first))
            self._opaque(escape, _Piece(raw))
            return
        self._statements[number] = raw[:code]
        line = self._lines[escape.last]
        body = line.rstrip("\r\n")
        self._lines[escape.last] = f"{body}  # {self._prefix}{number}_{line[len(body) :]}"
        first = self._lines[escape.first]
        self._lines[escape.first] = first[: escape.column] + first[escape.column + code :]
        self.shifts[escape.first] = code
        if magic.looped:
            self.loops.append((escape.first, escape.last))

    def _shell(self, escape: Escape, raw: str, start: int) -> None:
        command = Command(raw[start:], escape.first, escape.column + start)
        self.commands.append(command)
        spans = [m.span(1) for m in re.finditer(r"(?<!\{)\{([^{}\n]+)\}(?!\})", raw) if _is_expression(m[1])]
        self._opaque(escape, _Piece(raw, command, start, spans))

    def _opaque(self, escape: Escape, piece: _Piece) -> None:
        arguments = ", ".join(piece.text[a:b].strip() for a, b in piece.arguments)
        mark = self._mark(piece)
        breaks = "".join(_line_end(self._lines[n]) for n in range(escape.first, escape.last))
        if arguments:
            mark = f"{mark}({arguments}{breaks})"
        elif breaks:
            mark = f"{mark}[{breaks}0]"
        self._put(escape.first, escape.column, escape.last, mark)

    def _put(self, first: int, column: int, last: int, mark: str) -> None:
        """Put a mark in place of what goes from a column to the end of a line."""
        text = self._lines[first][:column] + mark + _line_end(self._lines[last])
        self._lines[first : last + 1] = split(text)

    def _mark(self, piece: _Piece) -> str:
        number = len(self._statements) + len(self._pieces)
        self._pieces[number] = piece
        return f"{self._prefix}{number}_"

    def _raw(self, escape: Escape) -> str:
        lines = self._lines[escape.first : escape.last + 1]
        raw = "".join(lines)[escape.column :]
        return raw[: len(raw) - len(_line_end(lines[-1]))]

    # From Python

    def restore(self, text: str) -> str:
        """The cell for a new Python text; raises `ValueError` where there is none."""
        text = self._unmasked(text)
        return with_prefixes(self._source, self._stripped, text, indented(self.indent)) if self.indent else text

    def _unmasked(self, text: str) -> str:
        if not self.is_python:
            return with_commands(text, self.commands)
        if not (self._pieces or self._statements):
            return text
        edits = [*self._pieces_in(text), *self._statements_in(text)]
        for start, end, new in sorted(edits, reverse=True):
            text = text[:start] + new + text[end:]
        return text

    def _pieces_in(self, text: str) -> Iterator[tuple[int, int, str]]:
        tree = ast.parse(text)
        offsets = Offsets(text)
        own = {f"{self._prefix}{number}_": piece for number, piece in self._pieces.items()}
        found: dict[str, tuple[int, int, str]] = {}
        for node in ast.walk(tree):
            name = node
            arguments: list[str] = []
            if isinstance(node, ast.Call):
                name = node.func
                arguments = [text[slice(*offsets.span(argument))] for argument in node.args]
            elif isinstance(node, ast.Subscript):
                name = node.value
            if isinstance(name, ast.Name) and name.id in own and (name is not node or name.id not in found):
                assert isinstance(node, ast.expr)
                found[name.id] = (*offsets.span(node), own[name.id].restored(arguments))
        if len(found) < len(own):
            raise ValueError("a magic or shell command would be lost")
        yield from found.values()

    def _statements_in(self, text: str) -> Iterator[tuple[int, int, str]]:
        if not self._statements:
            return
        offsets = Offsets(text)
        lines = {s.end_lineno: s for s in _simple_statements(ast.parse(text))}
        for found in re.finditer(rf"[ \t]*# {self._prefix}(\d+)_", text):
            prefix = self._statements[int(found[1])]
            statement = lines.get(text.count("\n", 0, found.start()) + 1)
            if statement is None:
                # What was timed is gone: so is the line.
                start = text.rfind("\n", 0, found.start()) + 1
                if text[start : found.start()].strip():
                    raise ValueError(f"`{prefix.strip()}` would have to time more than a statement")
                end = text.find("\n", found.end())
                yield start, end + 1 if end >= 0 else len(text), ""
                continue
            start = offsets.span(statement)[0]
            if text[text.rfind("\n", 0, start) + 1 : start].strip():
                raise ValueError(f"`{prefix.strip()}` would have to time more than a statement")
            yield start, start, prefix
            yield found.start(), found.end(), ""


def is_mark(statement: ast.stmt) -> bool:
    """Whether a statement stands for something that is no Python."""
    node = statement.value if isinstance(statement, ast.Expr) else None
    if isinstance(node, ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return isinstance(node, ast.Name) and re.fullmatch(r"_al_+\d+_", node.id) is not None


def _is_text(source: str) -> bool:
    """Whether the tokenizer can be trusted with a source: it stumbles over these characters in ways of its own."""
    return "\r" not in source.replace("\r\n", "") and not re.search("[\0\ud800-\udfff]", source)


def _ended(lines: list[str]) -> list[str]:
    """Lines with an end after the last one, as the tokenizer wants it."""
    return lines if not lines or lines[-1].endswith("\n") else [*lines[:-1], lines[-1] + "\n"]


def _simple_statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """The first of the simple statements on each line."""
    seen: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, _SIMPLE) and node.lineno not in seen:
            seen.add(node.lineno)
            yield node


def _line_end(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


def _is_expression(text: str) -> bool:
    try:
        ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError):
        return False
    return True


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True
