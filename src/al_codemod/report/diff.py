"""A unified diff in bytes, as `git apply` takes it: in the file's own encoding, with its own line endings."""

import difflib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

from al_codemod.outcome import FileOutcome

_NO_NEWLINE = b"\n\\ No newline at end of file\n"
_HUNK = re.compile(rb"^(@@ -(\d+)[^\n]*\n)", re.MULTILINE)


def unified_diff(path: str, old: bytes, new: bytes, context: int = 3) -> bytes:
    """The diff from `old` to `new`, its paths relative to the current directory."""
    name = _diff_name(path)
    lines = difflib.diff_bytes(
        difflib.unified_diff,
        _lines(old),
        _lines(new),
        fromfile=_quoted(b"a/" + name),
        tofile=_quoted(b"b/" + name),
        lineterm=b"\n",
        n=context,
    )
    return b"".join(line if line.endswith(b"\n") else line + _NO_NEWLINE for line in lines)


def diff_of(file: FileOutcome) -> bytes:
    """The diff of one file of a run; empty when it does not change."""
    return b"" if file.old is None or file.new is None else unified_diff(file.path, file.old, file.new)


@dataclass(frozen=True, slots=True)
class Hunk:
    """A hunk of a diff: its first line in the old file, its `@@` line, and all below that."""

    start: int
    head: bytes
    body: bytes


def hunks(path: str, old: bytes, new: bytes, context: int = 3) -> tuple[bytes, list[Hunk]]:
    """A diff taken apart: its two header lines, and its hunks with so many unchanged lines around them."""
    header, *parts = _HUNK.split(unified_diff(path, old, new, context))
    heads, starts, bodies = parts[0::3], parts[1::3], parts[2::3]
    return header, [Hunk(int(start), head, body) for head, start, body in zip(heads, starts, bodies, strict=True)]


def changed_lines(old: bytes, new: bytes) -> list[range]:
    """The lines of the old file, counted from 1, that differ in the new one: a range for each change."""
    matcher = difflib.SequenceMatcher(None, _lines(old), _lines(new), autojunk=False)
    return [range(start + 1, stop + 1) for tag, start, stop, _, _ in matcher.get_opcodes() if tag != "equal"]


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
