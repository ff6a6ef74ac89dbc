"""The diff of a long file that is made from its changes alone."""

import re
from collections.abc import Iterator

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from al_codemod.documents.blocks import TextDocument
from al_codemod.documents.source import decode_utf8
from al_codemod.documents.splices import Splice, excerpt, spliced
from al_codemod.report.spliced_diff import spliced_diff

HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@\n")


def document(text: str) -> TextDocument:
    return TextDocument(decode_utf8("a.md", text.encode()), [])


def applied(text: str, diff: str) -> str:
    """A text after a patch that has to fit line by line, as `git apply` wants it."""
    old = text.splitlines(keepends=True)
    new: list[str] = []
    at = 0
    for start, new_start, body in hunks(diff):
        new += old[at:start]
        at = start
        assert len(new) == new_start
        for sign, line in body:
            if sign != "+":
                assert old[at] == line
                at += 1
            if sign != "-":
                new.append(line)
    return "".join([*new, *old[at:]])


def hunks(diff: str) -> Iterator[tuple[int, int, list[tuple[str, str]]]]:
    pieces = HUNK.split(diff)[1:]
    for start, old_count, new_start, new_count, body in zip(*(pieces[n::5] for n in range(5)), strict=True):
        lines: list[tuple[str, str]] = []
        for line in body.splitlines(keepends=True):
            if line.startswith("\\"):
                lines[-1] = (lines[-1][0], lines[-1][1].removesuffix("\n"))
            else:
                lines.append((line[0], line[1:]))
        # Where a side has no lines, the number is that of the line before.
        yield int(start) - (old_count != "0"), int(new_start) - (new_count != "0"), lines


@st.composite
def changes(draw: st.DrawFn) -> tuple[str, list[Splice]]:
    lines = draw(st.lists(st.sampled_from(["a\n", "b\n", "\n", "c d\n"]), max_size=80))
    text = "".join(lines) + draw(st.sampled_from(["", "end"]))
    places = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6, unique=True)))
    new = st.sampled_from(["", "x", "x\ny", "\n", "z\n\n"])
    return text, [(a, b, draw(new)) for a, b in zip(places[::2], places[1::2], strict=False)]


@settings(max_examples=300, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
@given(changes())
def test_the_diff_applies(change: tuple[str, list[Splice]]) -> None:
    text, splices = change
    diff = spliced_diff("a.md", document(text), splices).decode()
    assert applied(text, diff) == spliced(text, splices)


def test_what_is_far_from_a_change_is_left_out() -> None:
    text = "".join(f"{n}\n" for n in range(10_000))
    middle = text.index("\n5000\n") + 1
    part = excerpt(text, [(middle, middle + 4, "new"), (len(text) - 2, len(text) - 1, "x")])
    assert part.old.count("\n") < 60
    diff = spliced_diff("a.md", document(text), [(middle, middle + 4, "new")]).decode()
    assert "@@ -4998,7 +4998,7 @@\n 4997\n" in diff
