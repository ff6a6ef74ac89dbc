"""What every kind of document can do, and which kind a file is."""

import os
from collections.abc import Mapping, Sequence
from typing import Protocol

from al_codemod.documents.literals import Splice
from al_codemod.documents.parts import Part

SUFFIXES = (".ipynb", ".md", ".markdown", ".qmd", ".rst")
"""Files that are no Python as a whole."""


class Document(Protocol):
    """A file taken apart."""

    path: str
    text: str
    skipped: str
    """Why nothing in it is looked at, if so."""
    parts: list[Part]

    @property
    def modules(self) -> Sequence[list[Part]]:
        """The parts that share their names, in their order."""

    def splices(self, new: Mapping[Part, str], *, clear_outputs: bool = False) -> list[Splice]:
        """What to change in `text`, given the document's own text for each part that changes."""

    def encode(self, splices: list[Splice]) -> bytes:
        """The bytes of the document with these changes."""


def is_document(path: str) -> bool:
    """Whether a file holds Python among other things."""
    return os.path.splitext(path)[1].lower() in SUFFIXES


def open_document(path: str, data: bytes) -> Document:
    """Take a document apart; raises `SourceError` where it is not what its name says."""
    suffix = os.path.splitext(path)[1].lower()
    if suffix == ".ipynb":
        from al_codemod.documents.notebook import read

        return read(path, data)
    from al_codemod.documents import markdown, rst
    from al_codemod.documents.blocks import read_text

    return read_text(path, data, rst.blocks if suffix == ".rst" else markdown.blocks)
