"""What all documents have in common: a text that came from bytes, and parts."""

import codecs
from dataclasses import dataclass

from al_codemod.documents.parts import Part
from al_codemod.source.errors import SourceError
from al_codemod.source.text import SourceText


@dataclass(slots=True)
class SourceDocument:
    """A file taken apart. `skipped` says why nothing in it is looked at, if so."""

    source: SourceText
    parts: list[Part]
    skipped: str = ""

    @property
    def path(self) -> str:
        return self.source.path

    @property
    def text(self) -> str:
        return self.source.text

    @property
    def modules(self) -> list[list[Part]]:
        """The parts that share their names, in their order: as a rule, all of them."""
        return [self.parts] if self.parts else []

    def encode(self, text: str) -> bytes:
        """A text as the bytes of the document are: in its encoding, with its byte order mark."""
        return self.source.encode(text)


def decode_utf8(path: str, data: bytes) -> SourceText:
    """The text of a file that is UTF-8, whatever it says; raises `SourceError` when it is not."""
    has_bom = data.startswith(codecs.BOM_UTF8)
    try:
        text = data[len(codecs.BOM_UTF8) if has_bom else 0 :].decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SourceError(path, line, 1, f"not valid utf-8: {error.reason}") from None
    return SourceText(path, text, "utf-8", has_bom)
