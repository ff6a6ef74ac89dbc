"""Bytes to text and back, with nothing lost: encoding cookie, byte order mark and line endings stay as they are."""

import codecs
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from tokenize import detect_encoding

from al_codemod.source.errors import SourceError

_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)?")


@dataclass(frozen=True, slots=True)
class SourceText:
    """The text of a Python file, and what is needed to write it back."""

    path: str
    text: str
    encoding: str
    has_bom: bool

    def encode(self, text: str) -> bytes:
        """Encode a new text as the file is encoded."""
        try:
            data = text.encode(self.encoding)
        except UnicodeEncodeError as error:
            line, column = _position(text[: error.start])
            raise SourceError(
                self.path, line, column, f"the migrated code cannot be written in {self.encoding}"
            ) from None
        return codecs.BOM_UTF8 + data if self.has_bom else data


def decode(path: str, data: bytes) -> SourceText:
    """Decode a Python file as the interpreter would, but for its line endings, which stay."""
    encoding, has_bom = _encoding(path, data)
    body = data[len(codecs.BOM_UTF8) :] if has_bom else data
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        line, column = _position(body[: error.start].decode(encoding, errors="replace"))
        raise SourceError(path, line, column, f"not valid {encoding}: {error.reason}") from None
    except (LookupError, UnicodeError) as error:
        raise SourceError.of_file(path, f"cannot be decoded as {encoding}: {error}") from None
    if "\0" in text:
        line, column = _position(text[: text.index("\0")])
        raise SourceError(path, line, column, "source code cannot contain null bytes")
    source = SourceText(path, text, encoding, has_bom)
    if encoding != "utf-8" and source.encode(text) != data:
        raise SourceError.of_file(path, f"decoding as {encoding} and encoding again does not give the same bytes")
    return source


def split_lines(text: str) -> list[str]:
    """The lines that the parser counts: form feeds and the like end none."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _encoding(path: str, data: bytes) -> tuple[str, bool]:
    """The encoding by cookie and byte order mark (PEP 263), and whether there is such a mark."""
    first = _LINE.match(data)
    second = _LINE.match(data, first.end()) if first else None
    head = io.BytesIO()
    for line in (first, second):
        if line:
            # Only "\n" ends a line for the standard library here, for the interpreter "\r" does too.
            head.write(line.group().rstrip(b"\r\n") + b"\n")
    head.seek(0)
    try:
        encoding, _ = detect_encoding(head.readline)
    except SyntaxError as error:
        if isinstance(error.__context__, UnicodeDecodeError) or "invalid or missing encoding" in str(error):
            # Not a bad cookie but bytes that are not UTF-8: the decoder knows better where.
            return "utf-8", data.startswith(codecs.BOM_UTF8)
        raise SourceError.of_file(path, str(error.msg)) from None
    has_bom = encoding == "utf-8-sig"
    return ("utf-8" if has_bom else encoding), has_bom


def _position(before: str) -> tuple[int, int]:
    """Line and column of what follows the text `before`."""
    lines = split_lines(before)
    return len(lines), len(lines[-1]) + 1


def common_ends(old: Sequence[object], new: Sequence[object]) -> tuple[int, int]:
    """How many items at the start and at the end are the same; none is counted twice."""
    limit = min(len(old), len(new))
    head = next((i for i in range(limit) if old[i] != new[i]), limit)
    tail = next((i for i in range(limit - head) if old[-1 - i] != new[-1 - i]), limit - head)
    return head, tail
