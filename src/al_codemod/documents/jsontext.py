"""JSON as text: where its values are, found while the standard library's C scanner decodes them."""

import json
import re
from collections.abc import Callable
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

_BLANK = re.compile(r"[ \t\n\r]*")
_CHARACTER = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[^\\]", re.DOTALL
)

Visit = Callable[[int], int]
"""Is given where a value starts and answers where it ends."""


class Scanner:
    """Walks through a JSON text, as far down as its user goes; raises `json.JSONDecodeError` where it is none."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._scan = json.JSONDecoder().scan_once  # type: ignore[attr-defined]

    def value(self, at: int) -> tuple[Any, int]:
        """The value that starts there, and where it ends."""
        try:
            value, end = self._scan(self.text, at)
        except StopIteration as stop:
            raise json.JSONDecodeError("Expecting value", self.text, stop.value) from None
        return value, end

    def blank(self, at: int) -> int:
        """The next place from `at` on that is not blank."""
        found = _BLANK.match(self.text, at)
        return found.end() if found else at

    def members(self, at: int, visit: Callable[[str, int], int]) -> int:
        """Visit the members of the object that starts there; where it ends."""
        at = self.blank(self._expect("{", at))
        if self.text[at : at + 1] == "}":
            return at + 1
        while True:
            key, end = scanstring(self.text, self._expect('"', at), True)
            at = self.blank(self._expect(":", self.blank(end)))
            at = self.blank(visit(key, at))
            if self.text[at : at + 1] == "}":
                return at + 1
            at = self.blank(self._expect(",", at))

    def items(self, at: int, visit: Visit) -> int:
        """Visit the items of the array that starts there; where it ends."""
        at = self.blank(self._expect("[", at))
        if self.text[at : at + 1] == "]":
            return at + 1
        while True:
            at = self.blank(visit(at))
            if self.text[at : at + 1] == "]":
                return at + 1
            at = self.blank(self._expect(",", at))

    def _expect(self, character: str, at: int) -> int:
        if self.text[at : at + 1] != character:
            raise json.JSONDecodeError(f"Expecting '{character}'", self.text, at)
        return at + 1


def offsets(literal: str) -> list[int]:
    """Where each character of a string starts in its literal (that is without the quotes), and where the last ends."""
    if "\\" not in literal:
        return list(range(len(literal) + 1))
    return [*(found.start() for found in _CHARACTER.finditer(literal)), len(literal)]


def encoded(text: str, *, escaped: bool) -> str:
    """The inside of the literal of a string; `escaped` leaves ASCII only."""
    literal = json.dumps(text, ensure_ascii=escaped)[1:-1]
    try:
        literal.encode()
    except UnicodeEncodeError:  # half of a pair, which only an escape can say
        return json.dumps(text)[1:-1]
    return literal
