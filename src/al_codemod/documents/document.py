"""What every kind of document can do, and which kind a file is."""

import os
import re
from collections.abc import Mapping, Sequence
from typing import Protocol

from al_codemod.documents.parts import Part
from al_codemod.documents.splices import Splice

SUFFIXES = (".ipynb", ".md", ".markdown", ".qmd", ".rst")
"""Files that are no Python as a whole."""

_CELL = re.compile(rb"^# (?:%%(?:[ \t\[]|\r?$)|\+(?:[ \t{]|\r?$))", re.MULTILINE)
_MAGIC = re.compile(rb"^[ \t]*(?:# ?)?(?:%[A-Za-z]|[!?][ \t]*[\w.~$\\/{])", re.MULTILINE)

_EXAMPLES = (b">>> ", b"::", b"```", b"~~~")


def has_examples(data: bytes) -> bool:
    """Whether a Python file can have examples in its docstrings."""
    return any(mark in data for mark in _EXAMPLES)


class Document(Protocol):
    """A file taken apart."""

    @property
    def path(self) -> str: ...

    @property
    def text(self) -> str: ...

    @property
    def skipped(self) -> str:
        """Why nothing in it is looked at, `""` otherwise."""

    @property
    def parts(self) -> Sequence[Part]: ...

    @property
    def modules(self) -> Sequence[list[Part]]:
        """The parts that share their names, in their order."""

    def splices(self, new: Mapping[Part, str], *, clear_outputs: bool = False) -> list[Splice]:
        """What to change in `text`, given the document's own text for each part that changes."""

    def encode(self, text: str) -> bytes:
        """A text as the bytes of the document are: in its encoding, with its byte order mark."""


def is_document(path: str, data: bytes = b"") -> bool:
    """Whether a file holds Python among other things, or is a notebook that looks like a Python file."""
    suffix = os.path.splitext(path)[1].lower()
    return suffix in SUFFIXES or (suffix == ".py" and (is_marimo(data) or is_percent(data)))


def is_marimo(data: bytes) -> bool:
    """Whether a Python file is a notebook of marimo."""
    return b"marimo.App(" in data and b".cell" in data


def is_percent(data: bytes) -> bool:
    """Whether a Python file has the cells of a notebook, and magics in them."""
    return _CELL.search(data) is not None and _MAGIC.search(data) is not None


def open_document(path: str, data: bytes) -> Document:
    """Take a document apart; raises `SourceError` where it is not what its name says."""
    suffix = os.path.splitext(path)[1].lower()
    if suffix == ".ipynb":
        from al_codemod.documents.read_notebook import read

        return read(path, data)
    if suffix == ".py":
        from al_codemod.documents.marimo import read_marimo
        from al_codemod.documents.percent import read_percent

        return read_marimo(path, data) if is_marimo(data) else read_percent(path, data)
    from al_codemod.documents import markdown, rst
    from al_codemod.documents.blocks import read_text

    return read_text(path, data, rst.blocks if suffix == ".rst" else markdown.blocks)
