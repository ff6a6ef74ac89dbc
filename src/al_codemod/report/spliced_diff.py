"""The diff of a long file of which little changes: no line is compared that is far from a change."""

import re
from bisect import bisect_right
from collections.abc import Sequence

from al_codemod.documents.document import Document
from al_codemod.documents.splices import Splice, excerpt
from al_codemod.report.diff import unified_diff

_HUNK = re.compile(rb"@@ -(\d+)((?:,\d+)?) \+(\d+)((?:,\d+)?) @@")


def spliced_diff(path: str, document: Document, splices: Sequence[Splice]) -> bytes:
    """The diff of a document that changes in these places."""
    part = excerpt(document.text, splices)
    lines = unified_diff(path, document.encode(part.old), document.encode(part.new)).split(b"\n")
    return b"\n".join(_moved(line, part.old_cuts, part.new_cuts) if line.startswith(b"@@") else line for line in lines)


def _moved(header: bytes, old: Sequence[tuple[int, int]], new: Sequence[tuple[int, int]]) -> bytes:
    """The header of a hunk with the line numbers of the whole file."""
    found = _HUNK.match(header)
    assert found is not None
    first, second = _line(int(found[1]), old), _line(int(found[3]), new)
    return b"@@ -%d%b +%d%b @@" % (first, found[2], second, found[4]) + header[found.end() :]


def _line(line: int, cuts: Sequence[tuple[int, int]]) -> int:
    at = bisect_right(cuts, line - 1, key=lambda cut: cut[0])
    return line + (cuts[at - 1][1] if at else 0)
