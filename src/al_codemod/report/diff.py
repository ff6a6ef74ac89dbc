"""A unified diff in bytes, as `git apply` takes it: in the file's own encoding, with its own line endings."""

import difflib
import os
from collections.abc import Iterator

_NO_NEWLINE = b"\n\\ No newline at end of file\n"


def unified_diff(path: str, old: bytes, new: bytes) -> bytes:
    """The diff from `old` to `new`, its paths relative to the current directory."""
    name = _diff_name(path)
    lines = difflib.diff_bytes(
        difflib.unified_diff,
        _lines(old),
        _lines(new),
        fromfile=_quoted(b"a/" + name),
        tofile=_quoted(b"b/" + name),
        lineterm=b"\n",
    )
    return b"".join(line if line.endswith(b"\n") else line + _NO_NEWLINE for line in lines)


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
