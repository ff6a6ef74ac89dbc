"""The diff of a long file of which little changes: no line is compared that is far from a change."""

from bisect import bisect_right
from collections.abc import Sequence

from al_codemod.documents.document import Document
from al_codemod.documents.splices import Splice, excerpt
from al_codemod.report.diff import renumbered, unified_diff


def spliced_diff(path: str, document: Document, splices: Sequence[Splice]) -> bytes:
    """The diff of a document that changes in these places."""
    part = excerpt(document.text, splices)
    diff = unified_diff(path, document.encode(part.old), document.encode(part.new))
    return renumbered(diff, lambda line: _line(line, part.old_cuts), lambda line: _line(line, part.new_cuts))


def _line(line: int, cuts: Sequence[tuple[int, int]]) -> int:
    at = bisect_right(cuts, line - 1, key=lambda cut: cut[0])
    return line + (cuts[at - 1][1] if at else 0)
