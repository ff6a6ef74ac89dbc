"""Glob patterns with the meaning that git gives them.

Most patterns are a plain name or `*.suffix`. These are answered by a set or by `str.endswith`; the rest go to pathspec,
which is imported only when there is one.
"""

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pathspec

_MAGIC = frozenset("*?[]!#\\/ \t")


class Patterns:
    """A list of git patterns, each relative to one directory.

    `verdict` answers as git does: true when the last pattern that matches is a plain one, false when it begins with
    `!`, and `None` when no pattern matches.
    """

    def __init__(self, base: str, lines: Iterable[str]) -> None:
        self._prefix = os.path.join(base, "")
        lines = [line for line in lines if line.strip() and not line.startswith("#")]
        self._names: frozenset[str] = frozenset()
        self._suffixes: tuple[str, ...] = ()
        self._spec: pathspec.GitIgnoreSpec | None = None
        if all(_is_name(line) or _is_suffix(line) for line in lines):
            self._names = frozenset(line for line in lines if _is_name(line))
            self._suffixes = tuple(line[1:] for line in lines if _is_suffix(line))
        else:
            from pathspec import GitIgnoreSpec

            self._spec = GitIgnoreSpec.from_lines(lines)

    def verdict(self, path: str, name: str, *, is_directory: bool) -> bool | None:
        """Judge the absolute `path`, whose last part is `name`."""
        if self._spec is None:
            return True if name in self._names or name.endswith(self._suffixes) else None
        relative = path[len(self._prefix) :] if path.startswith(self._prefix) else name
        if os.sep != "/":
            relative = relative.replace(os.sep, "/")
        return self._spec.check_file(relative + "/" if is_directory else relative).include


def _is_name(line: str) -> bool:
    return _MAGIC.isdisjoint(line)


def _is_suffix(line: str) -> bool:
    return line.startswith("*.") and _MAGIC.isdisjoint(line[1:])
