"""Python files that are notebooks in the percent or light format, with magics in them."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from al_codemod.documents.lines import split, with_prefixes
from al_codemod.documents.mask import Masked
from al_codemod.documents.parts import Part, Place
from al_codemod.documents.source import SourceDocument
from al_codemod.documents.splices import Splice
from al_codemod.source.text import decode

_MAGIC: Final = re.compile(r"(?P<prefix>[ \t]*)(?P<sign># ?)?(?:%[A-Za-z]|[!?][ \t]*[\w.~$\\/{])")
_SIGN: Final = "# "


class PercentScript(SourceDocument):
    """A script in the percent (or light) format. Magics are comments in it, or just lines."""

    def splices(self, new: Mapping[Part, str], *, clear_outputs: bool = False) -> list[Splice]:  # noqa: ARG002
        """What to change in `text`: all of it."""
        return [(0, len(self.text), text) for text in new.values()]


def read_percent(path: str, data: bytes) -> PercentScript:
    """A script from its bytes."""
    source = decode(path, data)
    raw = split(source.text)
    signs = {n: len(found["sign"]) for n, line in enumerate(raw) if (found := _MAGIC.match(line)) and found["sign"]}
    part = _part(raw, signs)
    part.parse()
    if part.problem is not None and signs:
        # A comment that looks like a magic, in the middle of a statement, is just that.
        part = _part(raw, {})
    return PercentScript(source, [part])


def _part(raw: Sequence[str], signs: Mapping[int, int]) -> Part:
    """The script as one part; `signs` has the lines with magics in comments, and how long the sign of each is."""
    stripped = [_uncommented(line) if number in signs else line for number, line in enumerate(raw)]
    masked = Masked("".join(stripped))

    def prefix(index: int, lines: Sequence[str]) -> str:
        return _SIGN if signs and _MAGIC.match(lines[index]) else ""

    return Part(
        masked.text,
        lambda line, column: Place(line + 1, column + signs.get(line, 0) + 1),
        lambda text: with_prefixes(raw, stripped, masked.restore(text), prefix),
        shifts=masked.shifts,
        commands=masked.commands,
        loops=masked.loops,
        left=masked.left,
    )


def _uncommented(line: str) -> str:
    found = _MAGIC.match(line)
    assert found is not None
    return line[: found.start("sign")] + line[found.end("sign") :]
