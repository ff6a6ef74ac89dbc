"""Read a notebook in one pass: its content as JSON, and where in the file its sources are."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from textwrap import dedent
from typing import Any

from al_codemod.documents import markdown
from al_codemod.documents.blocks import PYTHON
from al_codemod.documents.jsontext import Scanner
from al_codemod.documents.lines import split
from al_codemod.documents.literals import Literals
from al_codemod.documents.mask import Masked
from al_codemod.documents.notebook import CodeCell, Notebook
from al_codemod.documents.parts import Left, Part, Place
from al_codemod.documents.source import decode_utf8
from al_codemod.documents.validity import SOURCES, VERSIONS, first_line, invalid
from al_codemod.finding import Cell
from al_codemod.source.errors import SourceError

EXAMPLE = "it is an example in a Markdown cell"


def read(path: str, data: bytes) -> Notebook:
    """A notebook from its bytes; raises `SourceError` when it is none, or not a valid one."""
    notebook = Notebook(decode_utf8(path, data), [])
    try:
        _Reader(notebook).read()
    except json.JSONDecodeError as error:
        raise SourceError(path, error.lineno, error.colno, f"not a notebook: not valid JSON: {error.msg}") from None
    except RecursionError:
        raise SourceError.of_file(path, "nests too deep to be read") from None
    return notebook


class _Reader:
    """Reads a notebook in one pass: its content as JSON, and where its sources are."""

    def __init__(self, notebook: Notebook) -> None:
        self.notebook = notebook
        self.scanner = Scanner(notebook.text)
        self.content: dict[str, Any] = {}
        self.cells: list[tuple[dict[str, Any], dict[str, tuple[int, int]]]] = []
        self.lines = _Lines(notebook.text)

    def read(self) -> None:
        scanner = self.scanner
        end = scanner.blank(scanner.members(scanner.blank(0), self.member))
        if end != len(scanner.text):
            raise json.JSONDecodeError("Extra data", scanner.text, end)
        self.validate()
        self.notebook.version = (self.content["nbformat"], self.content.get("nbformat_minor", 0))
        language = _language(self.content)
        if language:
            self.notebook.skipped = f"a notebook in {language}, not in Python"
            return
        for number, (cell, places) in enumerate(self.cells, start=1):
            if cell.get("cell_type") == "code" and _cell_language(cell) == "python":
                self.part(number, cell, places)
            elif cell.get("cell_type") == "markdown" and "source" in places:
                self.examples(number, self.literals(*places["source"]))

    # The parts

    def part(self, number: int, cell: dict[str, Any], places: dict[str, tuple[int, int]]) -> None:
        source = next((places[name] for name in SOURCES if name in places), None)
        if source is None:
            return
        literals = self.literals(*source)
        masked = Masked(literals.text)
        part = Part(
            masked.text,
            _Locator(self.notebook.text, self.lines, number, literals, len(masked.indent)),
            masked.restore,
            shifts=masked.shifts,
            commands=masked.commands,
            loops=masked.loops,
            is_python=masked.is_python,
            left=masked.left,
        )
        self.notebook.parts.append(part)
        count = places.get("execution_count", places.get("prompt_number"))
        content = cell | {"outputs": []} if "outputs" in cell else cell
        self.notebook.code_cells[part] = CodeCell(number, literals, content, places.get("outputs"), count)

    def examples(self, number: int, literals: Literals) -> None:
        """The blocks of Python in a Markdown cell. They do not run, and nothing tells when they would."""
        lines = split(literals.text)
        locator = _Locator(self.notebook.text, self.lines, number, literals, 0)
        for block in markdown.blocks(lines):
            if block.language in PYTHON:
                locate = partial(_below, locator, block.first)
                text = dedent("".join(lines[block.first : block.end]))
                self.notebook.parts.append(Part("", locate, str, is_python=False, left=[Left(text, EXAMPLE)]))

    def literals(self, start: int, end: int) -> Literals:
        spans: list[tuple[int, int]] = []
        texts: list[str] = []

        def item(at: int) -> int:
            value, end = self.scanner.value(at)
            spans.append((at, end))
            texts.append(value)
            return end

        is_list = self.scanner.text[start] == "["
        if is_list:
            self.scanner.items(start, item)
        else:
            item(start)
        return Literals(tuple(texts), tuple(spans), start, end, is_list)

    # The content

    def member(self, key: str, at: int) -> int:
        if key == "worksheets" and self.scanner.text[at : at + 1] == "[":
            sheets: list[Any] = []
            self.content[key] = sheets
            return self.scanner.items(at, lambda at: self.sheet(at, sheets))
        return self.value_or_cells(self.content, key, at)

    def sheet(self, at: int, sheets: list[Any]) -> int:
        sheet: dict[str, Any] = {}
        sheets.append(sheet)
        return self.scanner.members(at, lambda key, at: self.value_or_cells(sheet, key, at))

    def value_or_cells(self, owner: dict[str, Any], key: str, at: int) -> int:
        if key == "cells" and self.scanner.text[at : at + 1] == "[":
            cells: list[Any] = []
            owner[key] = cells
            return self.scanner.items(at, lambda at: self.cell(at, cells))
        owner[key], end = self.scanner.value(at)
        return end

    def cell(self, at: int, cells: list[Any]) -> int:
        cell: dict[str, Any] = {}
        places: dict[str, tuple[int, int]] = {}

        def member(key: str, at: int) -> int:
            cell[key], end = self.scanner.value(at)
            places[key] = (at, end)
            return end

        if self.scanner.text[at : at + 1] != "{":
            value, end = self.scanner.value(at)
            cells.append(value)
            return end
        end = self.scanner.members(at, member)
        cells.append(cell)
        self.cells.append((cell, places))
        return end

    def validate(self) -> None:
        """Refuse what nbformat refuses; nothing is repaired in passing."""
        path = self.notebook.path
        version = self.content.get("nbformat")
        if not isinstance(version, int) or not ("cells" in self.content or "worksheets" in self.content):
            raise SourceError.of_file(path, "not a notebook: it has no cells, or does not say its nbformat")
        if version not in VERSIONS:
            raise SourceError.of_file(path, f"not a valid notebook: there is no nbformat {version}")
        minor = self.content.get("nbformat_minor", 0)
        error = invalid(self.content, None, version, minor)
        if error is not None:
            place = list(getattr(error, "relative_path", ()))
            line = self.line_of(place)
            where = "".join(f"[{step!r}]" for step in place)
            raise SourceError(path, line, 1, f"not a valid notebook: {where and where + ': '}{first_line(error)}")
        ids = [cell["id"] for cell in self.content.get("cells", ()) if "id" in cell]
        if len(set(ids)) < len(ids):
            twice = next(id_ for id_ in ids if ids.count(id_) > 1)
            raise SourceError.of_file(path, f"not a valid notebook: two cells have the id {twice!r}")

    def line_of(self, place: list[Any]) -> int:
        """The line of the cell that a path in the notebook goes into."""
        if place[:1] == ["cells"] and len(place) > 1 and isinstance(place[1], int) and place[1] < len(self.cells):
            starts = [start for start, _ in self.cells[place[1]][1].values()]
            return self.lines.of(min(starts)) if starts else 1
        return 1


@dataclass(slots=True)
class _Lines:
    """Line numbers of places in a long text: counted from the last place that was asked for."""

    text: str
    known: int = 0
    line: int = 1

    def of(self, place: int) -> int:
        if place < self.known:
            self.line -= self.text.count("\n", place, self.known)
        else:
            self.line += self.text.count("\n", self.known, place)
        self.known = place
        return self.line


@dataclass(frozen=True, slots=True)
class _Locator:
    """Where the lines of a cell are in the file."""

    file: str
    lines: _Lines
    number: int
    literals: Literals
    indent: int

    def __call__(self, line: int, column: int) -> Place:
        column += self.indent
        offset = _line_start(self.literals.text, line) + column
        at = self.literals.at(self.file, offset)
        raw_column = at - self.file.rfind("\n", 0, at)
        return Place(self.lines.of(at), raw_column, Cell(self.number, line + 1, column + 1))


def _below(locator: _Locator, first: int, line: int, column: int) -> Place:
    return locator(first + line, column)


def _line_start(text: str, line: int) -> int:
    at = 0
    for _ in range(line):
        at = text.find("\n", at) + 1
    return at


def _language(content: Mapping[str, Any]) -> str:
    """The language of a notebook, `""` for Python."""
    metadata = content.get("metadata", {})
    kernel, info = metadata.get("kernelspec", {}), metadata.get("language_info", {})
    name = kernel.get("language") or info.get("name") or ""
    if not name and kernel.get("name"):
        name = "python" if str(kernel["name"]).lower().startswith(("py", "ipy", "conda", "xpy")) else ""
    return "" if not name or _is_python(name) else str(name)


def _cell_language(cell: Mapping[str, Any]) -> str:
    """The language of a code cell: that of the notebook, unless an editor noted another one."""
    editor = cell.get("metadata", {}).get("vscode", {})
    name = (editor.get("languageId") if isinstance(editor, dict) else None) or cell.get("language") or "python"
    return "python" if _is_python(name) else str(name)


def _is_python(name: object) -> bool:
    return str(name).lower() in ("python", "python3", "ipython", "ipython3")
