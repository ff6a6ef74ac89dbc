"""From what was found in a manifest to its new text and its findings."""

import re
from collections.abc import Iterable, Iterator, Sequence

from al_codemod.finding import Applicability, Finding, Migration, Span, Unwanted, in_order
from al_codemod.manifests.judge import Manifest, Verdict
from al_codemod.manifests.located import Located, Replacement
from al_codemod.manifests.needs import Needs
from al_codemod.settings import Settings
from al_codemod.source.comments import Comment
from al_codemod.source.text import split_lines
from al_codemod.wanted import Wanted

_COMMENT = re.compile(r"#\s*al-codemod:.*")


class Resolution:
    """What there is to say of a manifest: verdict by verdict, in the order of its text."""

    def __init__(self, text: str, found: Iterable[Located], needs: Needs, settings: Settings) -> None:
        self.text = text
        self.places = Places(text)
        manifest = Manifest(sorted(found, key=lambda located: located.start), needs, settings)
        self.verdicts = list(manifest.verdicts())

    def unwanted(self, wanted: Wanted) -> list[Unwanted | None]:
        """Of each verdict, whether somebody does not want it acted on."""
        return [wanted.verdict(verdict.code, self.span(verdict)) for verdict in self.verdicts]

    def span(self, verdict: Verdict) -> Span:
        return self.places.span(verdict.located.start, verdict.located.end)

    def carry_out(self, unwanted: Sequence[Unwanted | None], *, safe_only: bool) -> Migration:
        """The manifest with all that can be done and is wanted."""
        # With --safe-only a manifest is migrated as a whole or not at all: half of it would not resolve.
        withheld = safe_only and any(
            verdict.applicability is Applicability.REVIEW and not why
            for verdict, why in zip(self.verdicts, unwanted, strict=True)
        )
        kept = {id(verdict.located) for verdict, why in zip(self.verdicts, unwanted, strict=True) if why}
        edits: list[Replacement] = []
        findings: list[Finding] = []
        for verdict, why in zip(self.verdicts, unwanted, strict=True):
            if verdict.edits and not why and id(verdict.located) in kept:
                continue  # what would go with a change that is not wanted
            made = bool(verdict.edits) and not why and not withheld
            if made:
                edits += verdict.edits
            span = self.span(verdict)
            finding = Finding(span, verdict.code, verdict.message, verdict.applicability, made, verdict.instead)
            findings.append(finding if why is None else finding.left_alone(why))
        return Migration(apply(self.text, edits), in_order(findings))


def resolve(text: str, found: Iterable[Located], needs: Needs, wanted: Wanted) -> Migration:
    """Judge all that was found, and carry it out as far as it is wanted."""
    resolution = Resolution(text, found, needs, wanted.settings)
    return resolution.carry_out(resolution.unwanted(wanted), safe_only=wanted.settings.safe_only)


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
                yield Comment(found[0], number, number, True, number, found.start() + 1)
            first = last = number + 1 if alone else number
            while last <= len(lines) and lines[last - 1].rstrip().endswith("\\"):
                last += 1
            yield Comment(found[0], first, last, False, number, found.start() + 1)


class Places:
    """From offsets in a text to lines and columns."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(found.end() for found in re.finditer(r"\r\n|\r|\n", text))]

    def line(self, offset: int) -> int:
        from bisect import bisect_right

        return bisect_right(self._starts, offset)

    def span(self, start: int, end: int) -> Span:
        first, last = self.line(start), self.line(end)
        return Span(first, start - self._starts[first - 1] + 1, last, end - self._starts[last - 1] + 1)
