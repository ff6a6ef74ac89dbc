"""Where the values of a TOML document stand in its text.

No TOML library says so. The text has to be valid, which `tomllib` decides; here it is only read along.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from al_codemod.source.errors import SourceError
from al_codemod.source.text import split_lines

Path: TypeAlias = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\r\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_OTHER = re.compile(r"[^,\]}\r\n#]+")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}(?!")'
    r"|'''.*?'{3,5}(?!')"
    r'|"(?:[^"\\\r\n]|\\.)*"'
    r"|'[^'\r\n]*'",
    re.DOTALL,
)
_PLACE = re.compile(r"^(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")


@dataclass(frozen=True, slots=True)
class String:
    """A string value: the keys that lead to it, its place with the quotes, and the statement `key = value` it is in."""

    path: Path
    value: str
    start: int
    end: int
    quotes: int
    statement: tuple[int, int]

    def is_plain(self, text: str) -> bool:
        """Whether it says what it means without escapes or line breaks."""
        return text[self.start + self.quotes : self.end - self.quotes] == self.value


def strings(path: str, text: str) -> list[String]:
    """Every string value, in the order of the text; raise `SourceError` when it is not TOML."""
    check(path, text)
    return list(_Reader(text).document())


def check(path: str, text: str) -> None:
    """Raise `SourceError` when the text is not TOML."""
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _PLACE.match(str(error))
        lines = split_lines(text)
        line, column = len(lines), len(lines[-1]) + 1
        if found and found["line"]:
            line, column = int(found["line"]), int(found["column"])
        raise SourceError(path, line, column, f"not valid TOML: {found['what'] if found else error}") from None
    except RecursionError:
        raise SourceError.of_file(path, "nests too deep to be analysed") from None


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.arrays: dict[Path, int] = {}

    def document(self) -> Iterator[String]:
        table: Path = ()
        while self.skip(_BLANK) < len(self.text):
            if self.text[self.position] == "[":
                table = self.header()
                continue
            start = self.position
            path = table + self.key()
            self.position += 1  # the equals sign
            found = list(self.value(path))
            for string in found:
                statement = (start, self.position)
                yield String(*string, statement)

    def header(self) -> Path:
        is_array = self.text.startswith("[[", self.position)
        self.position += 2 if is_array else 1
        path: Path = ()
        for key in self.key():
            path = (*path, key)
            if path in self.arrays:
                path = (*path, self.arrays[path])
        self.position += 2 if is_array else 1
        if is_array:
            if path and isinstance(path[-1], int):
                path = path[:-1]
            self.arrays[path] = self.arrays.get(path, -1) + 1
            path = (*path, self.arrays[path])
        return path

    def key(self) -> Path:
        parts: list[str | int] = []
        while True:
            self.skip(_SPACE)
            if self.text[self.position] in "\"'":
                parts.append(self.string()[0])
            else:
                found = _BARE_KEY.match(self.text, self.position)
                assert found, "valid TOML has a key here"
                parts.append(found[0])
                self.position = found.end()
            self.skip(_SPACE)
            if self.text[self.position] != ".":
                return tuple(parts)
            self.position += 1

    def value(self, path: Path) -> Iterator[tuple[Path, str, int, int, int]]:
        self.skip(_SPACE)
        start = self.text[self.position]
        if start in "\"'":
            begin = self.position
            value, quotes = self.string()
            yield path, value, begin, self.position, quotes
        elif start == "[":
            yield from self.array(path)
        elif start == "{":
            yield from self.inline_table(path)
        else:
            self.skip(_OTHER)

    def array(self, path: Path) -> Iterator[tuple[Path, str, int, int, int]]:
        self.position += 1
        index = 0
        while self.text[self.skip(_BLANK)] != "]":
            if self.text[self.position] == ",":
                self.position += 1
                continue
            yield from self.value((*path, index))
            index += 1
        self.position += 1

    def inline_table(self, path: Path) -> Iterator[tuple[Path, str, int, int, int]]:
        self.position += 1
        while self.text[self.skip(_BLANK)] != "}":
            if self.text[self.position] == ",":
                self.position += 1
                continue
            key = self.key()
            self.position += 1  # the equals sign
            yield from self.value(path + key)
        self.position += 1

    def string(self) -> tuple[str, int]:
        """The string here, and how many quotes are on each side of it."""
        found = _STRING.match(self.text, self.position)
        assert found, "valid TOML has a string here"
        self.position = found.end()
        raw = found[0]
        quotes = 3 if raw.startswith(('"""', "'''")) else 1
        if quotes == 1 and "\\" not in raw:
            return raw[1:-1], quotes
        value = tomllib.loads(f"x = {raw}")["x"]
        return str(value), quotes

    def skip(self, pattern: re.Pattern[str]) -> int:
        found = pattern.match(self.text, self.position)
        if found is not None:
            self.position = found.end()
        return self.position
