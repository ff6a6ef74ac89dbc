"""A unified diff in bytes, as `git apply` takes it: in the file's own encoding, with its own line endings."""

import difflib
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from al_codemod.outcome import FileOutcome
from al_codemod.source.text import common_ends

_NO_NEWLINE = b"\n\\ No newline at end of file\n"
_HUNK = re.compile(
    rb"^@@ -(?P<old>\d+)(?P<old_count>(?:,\d+)?) \+(?P<new>\d+)(?P<new_count>(?:,\d+)?) @@\n", re.MULTILINE
)


def unified_diff(path: str, old: bytes, new: bytes, context: int = 3) -> bytes:
    """The diff from `old` to `new`, its paths relative to the current directory."""
    name = _diff_name(path)
    skipped, ours, theirs = _middle(_lines(old), _lines(new), context)
    lines = difflib.diff_bytes(
        difflib.unified_diff,
        ours,
        theirs,
        fromfile=_quoted(b"a/" + name),
        tofile=_quoted(b"b/" + name),
        lineterm=b"\n",
        n=context,
    )
    whole = b"".join(line if line.endswith(b"\n") else line + _NO_NEWLINE for line in lines)
    return renumbered(whole, skipped.__add__, skipped.__add__) if skipped else whole


def diff_of(file: FileOutcome) -> bytes:
    """The diff of one file of a run; empty when it does not change."""
    if file.old is None or file.new is None:
        return b""
    return unified_diff(file.path, file.old, file.new) if file.diff is None else file.diff


@dataclass(frozen=True, slots=True)
class Hunk:
    """A hunk of a diff: its first line in the old file, its `@@` line, and all below that."""

    start: int
    head: bytes
    body: bytes


def hunks(path: str, old: bytes, new: bytes, context: int = 3) -> tuple[bytes, list[Hunk]]:
    """A diff taken apart: its two header lines, and its hunks with so many unchanged lines around them."""
    diff = unified_diff(path, old, new, context)
    heads = list(_HUNK.finditer(diff))
    ends = [*(head.start() for head in heads[1:]), len(diff)]
    found = [Hunk(int(head["old"]), head[0], diff[head.end() : end]) for head, end in zip(heads, ends, strict=True)]
    return diff[: heads[0].start() if heads else 0], found


@lru_cache(maxsize=1)
def changes(old: bytes, new: bytes) -> list[tuple[range, range]]:
    """Which lines of the old file became which of the new one, both counted from 1: a pair of ranges for each change."""
    skipped, ours, theirs = _middle(_lines(old), _lines(new), 0)
    first = skipped + 1
    matcher = difflib.SequenceMatcher(None, ours, theirs, autojunk=False)
    return [
        (range(first + i1, first + i2), range(first + j1, first + j2))
        for tag, i1, i2, j1, j2 in matcher.get_opcodes()
        if tag != "equal"
    ]


def moved_line(old: bytes, new: bytes, line: int) -> int:
    """Where a line of the old file is in the new one; the nearest line to what became of it, where it changed."""
    shift = 0
    for before, after in changes(old, new):
        if line < before.start:
            break
        if line < before.stop:
            return min(after.start + line - before.start, max(after.start, after.stop - 1))
        shift = after.stop - before.stop
    return line + shift


def colored(diff: bytes) -> Iterator[str]:
    """The diff for a terminal, line by line."""
    import click

    for line in diff.decode("utf-8", errors="replace").splitlines(keepends=True):
        if line.startswith(("---", "+++")):
            yield click.style(line, bold=True)
        elif line.startswith("@@"):
            yield click.style(line, fg="cyan")
        elif line.startswith("-"):
            yield click.style(line, fg="red")
        elif line.startswith("+"):
            yield click.style(line, fg="green")
        else:
            yield line


def _lines(data: bytes) -> list[bytes]:
    """Lines as git has them: only a line feed ends one."""
    lines = data.split(b"\n")
    last = lines.pop()
    return [line + b"\n" for line in lines] + ([last] if last else [])


def _middle(old: list[bytes], new: list[bytes], context: int) -> tuple[int, list[bytes], list[bytes]]:
    """What is between the first and the last difference, with some lines around it, and how many lines are before it.

    A notebook has a hundred thousand lines of output that are the same on both sides, and comparing them takes long.
    """
    start, end = common_ends(old, new)
    start, end = max(0, start - context), max(0, end - context)
    return start, old[start : len(old) - end], new[start : len(new) - end]


def renumbered(diff: bytes, old: Callable[[int], int], new: Callable[[int], int]) -> bytes:
    """A diff whose hunks begin at other lines of the old file, and of the new one."""
    return _HUNK.sub(
        lambda found: (
            b"@@ -%d%b +%d%b @@\n"
            % (old(int(found["old"])), found["old_count"], new(int(found["new"])), found["new_count"])
        ),
        diff,
    )


def _diff_name(path: str) -> bytes:
    try:
        relative = os.path.relpath(os.path.realpath(path), os.path.realpath(os.curdir))
    except ValueError:  # on another drive
        relative = path
    return os.fsencode(relative.replace(os.sep, "/"))


def _quoted(name: bytes) -> bytes:
    """The name as git writes it: quoted like a C string when it has to be, with a tab after it when it has spaces."""
    if any(byte < 0x20 or byte in b'"\\' for byte in name):
        escaped = b"".join(
            b"\\" + bytes([byte]) if byte in b'"\\' else b"\\%03o" % byte if byte < 0x20 else bytes([byte])
            for byte in name
        )
        return b'"' + escaped + b'"'
    return name + b"\t" if b" " in name else name
