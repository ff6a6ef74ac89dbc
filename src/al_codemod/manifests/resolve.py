"""From what was found in a manifest to its new text and its findings."""

import re
from collections.abc import Iterable, Iterator, Sequence

from al_codemod.finding import Applicability, Finding, Migration, Span
from al_codemod.manifests.judge import Manifest, Verdict
from al_codemod.manifests.located import Located, Replacement
from al_codemod.manifests.needs import Needs
from al_codemod.settings import Settings
from al_codemod.source.comments import Comment
from al_codemod.source.text import split_lines
from al_codemod.suppress import Suppressions

_COMMENT = re.compile(r"#\s*al-codemod:.*")


def resolve(text: str, found: Iterable[Located], settings: Settings, needs: Needs, comments: Suppressions) -> Migration:
    """Judge all that was found, and carry it out as far as the settings and the comments let it."""
    places = Offsets(text)
    verdicts = list(Manifest(sorted(found, key=lambda located: located.start), needs, settings.target).verdicts())
    suppressed = [comments.cover(places.line(v.located.start), v.code) for v in verdicts]
    # With --safe-only a manifest is migrated as a whole or not at all: half of it would not resolve.
    withheld = settings.safe_only and any(
        v.applicability is Applicability.REVIEW and not s for v, s in zip(verdicts, suppressed, strict=True)
    )
    kept = {id(v.located) for v, s in zip(verdicts, suppressed, strict=True) if s}
    edits: list[Replacement] = []
    findings: list[Finding] = []
    for verdict, is_suppressed in zip(verdicts, suppressed, strict=True):
        if verdict.edits and not is_suppressed and id(verdict.located) in kept:
            continue  # what would go with a change that is not wanted
        made = bool(verdict.edits) and not is_suppressed and not withheld
        if made:
            edits += verdict.edits
        findings.append(_finding(places, verdict, made=made, suppressed=is_suppressed))
    return Migration(apply(text, edits), tuple(sorted(findings, key=lambda f: (f.span, f.code))))


def _finding(places: "Offsets", verdict: Verdict, *, made: bool, suppressed: bool) -> Finding:
    span = places.span(verdict.located.start, verdict.located.end)
    return Finding(span, verdict.code, verdict.message, verdict.applicability, made, verdict.instead, suppressed)


def apply(text: str, edits: Sequence[Replacement]) -> str:
    """The text with all replacements made; where several are at one place they come in their order."""
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end), reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def line_comments(text: str) -> Iterator[Comment]:
    """The tool's own comments in a format whose comments begin with `#`.

    One that has a line to itself is about the next line and those that continue it, since such lines cannot have a
    comment.
    """
    lines = split_lines(text)
    for number, line in enumerate(lines, start=1):
        found = _COMMENT.search(line)
        if found is not None:
            alone = not line[: found.start()].strip()
            if alone:
                yield Comment(found[0], number, number, alone=True)
            first = last = number + 1 if alone else number
            while last <= len(lines) and lines[last - 1].rstrip().endswith("\\"):
                last += 1
            yield Comment(found[0], first, last, alone=False)


class Offsets:
    """From offsets in a text to lines and columns."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(found.end() for found in re.finditer(r"\r\n|\r|\n", text))]

    def line(self, offset: int) -> int:
        from bisect import bisect_right

        return bisect_right(self._starts, offset)

    def span(self, start: int, end: int) -> Span:
        first, last = self.line(start), self.line(end)
        return Span(first, start - self._starts[first - 1] + 1, last, end - self._starts[last - 1] + 1)
