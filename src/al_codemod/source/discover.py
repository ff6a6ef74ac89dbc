"""From the paths that a user names to the files that a run looks at.

A path named by the user is taken, whatever the patterns say, unless the settings force them. Below a directory the
patterns of the settings and every `.gitignore` decide; manifests need not be included by a pattern. Symbolic links met on
the way are not followed: what they point to is either in the tree, under its own name, or none of our business.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from al_codemod.manifests.kinds import is_manifest
from al_codemod.source.errors import SourceError
from al_codemod.source.patterns import Patterns


@dataclass(frozen=True, slots=True)
class Selection:
    """Which files below a directory are of interest: git patterns relative to `root`.

    With `force` what is excluded stays out even when the user names it.
    """

    include: tuple[str, ...]
    exclude: tuple[str, ...]
    root: str
    force: bool = False


@dataclass(slots=True)
class Discovery:
    """The files to look at, each once, in the order of their names, and what could not be looked into.

    `named` holds those files that the user named, not the directory they are in.
    """

    files: list[str] = field(default_factory=list)
    named: set[str] = field(default_factory=set)
    errors: list[SourceError] = field(default_factory=list)


class MissingPathError(Exception):
    """A path that the user named does not exist."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path}: no such file or directory")


def discover(paths: Sequence[str], selection: Selection) -> Discovery:
    """Find every file that `paths` stand for; raise `MissingPathError` when one of them does not exist."""
    for path in paths:
        if not os.path.lexists(path):
            raise MissingPathError(path)
    shown_by_real: dict[str, str] = {}
    discovery = Discovery()
    for path in paths:
        real, shown = os.path.realpath(path), _without_dot(path)
        if selection.force and is_excluded(real, selection):
            continue
        if os.path.isdir(real):
            _Walk(real, selection, shown_by_real, discovery.errors).run(shown)
        elif os.path.isfile(real):
            discovery.named.add(shown_by_real.setdefault(real, shown))
        else:
            reason = "not a regular file" if os.path.exists(real) else "a symbolic link to nothing"
            discovery.errors.append(SourceError.of_file(shown, reason))
    discovery.files = sorted(shown_by_real.values())
    return discovery


def is_excluded(path: str, selection: Selection) -> bool:
    """Whether an absolute path, or a directory that it is in, is excluded."""
    exclude = Patterns(selection.root, selection.exclude)
    relative = os.path.relpath(path, selection.root) if _is_below(path, selection.root) else os.path.basename(path)
    *directories, name = relative.split(os.sep)
    directory = selection.root
    for part in directories:
        directory = os.path.join(directory, part)
        if exclude.verdict(directory, part, is_directory=True):
            return True
    return bool(exclude.verdict(path, name, is_directory=False))


def _without_dot(path: str) -> str:
    """`./a` and `.//a` are shown as `a`."""
    prefix = os.curdir + os.sep
    while path.startswith(prefix) and path != prefix:
        path = path[len(prefix) :].lstrip(os.sep)
    return path


class _Walk:
    """One directory named by the user, and all below it."""

    def __init__(self, root: str, selection: Selection, found: dict[str, str], errors: list[SourceError]) -> None:
        self._root = root
        self._found = found
        self._errors = errors
        base = selection.root if _is_below(root, selection.root) else root
        self._include = Patterns(base, selection.include)
        self._exclude = Patterns(base, selection.exclude)

    def run(self, shown: str) -> None:
        prefix = "" if shown in ("", os.curdir, os.curdir + os.sep) else os.path.join(shown, "")
        pending = [(self._root, prefix, _inherited_ignores(self._root))]
        while pending:
            directory, prefix, ignores = pending.pop()
            try:
                with os.scandir(directory) as scan:
                    entries = list(scan)
            except OSError as error:
                self._errors.append(SourceError.from_os(prefix.rstrip(os.sep) or os.curdir, error))
                continue
            if any(entry.name == ".gitignore" for entry in entries):
                ignores = _with_ignore_file(directory, ignores)
            pending.extend(self._visit(entries, prefix, ignores))

    def _visit(
        self, entries: Iterable[os.DirEntry[str]], prefix: str, ignores: tuple[Patterns, ...]
    ) -> list[tuple[str, str, tuple[Patterns, ...]]]:
        """Take the files among the entries of a directory and answer with the directories to walk next."""
        directories = []
        for entry in entries:
            name, path = entry.name, entry.path
            if entry.is_dir(follow_symlinks=False):
                if not self._is_excluded(path, name, ignores, is_directory=True):
                    directories.append((path, prefix + name + os.sep, ignores))
            elif (
                (self._include.verdict(path, name, is_directory=False) or is_manifest(path))
                and entry.is_file(follow_symlinks=False)
                and not self._is_excluded(path, name, ignores, is_directory=False)
            ):
                self._found.setdefault(path, prefix + name)
        return directories

    def _is_excluded(self, path: str, name: str, ignores: tuple[Patterns, ...], *, is_directory: bool) -> bool:
        if self._exclude.verdict(path, name, is_directory=is_directory):
            return True
        return _is_ignored(path, name, ignores, is_directory=is_directory)


def _is_ignored(path: str, name: str, ignores: tuple[Patterns, ...], *, is_directory: bool) -> bool:
    """The `.gitignore` nearest to the path that says anything about it has the last word."""
    for patterns in reversed(ignores):
        verdict = patterns.verdict(path, name, is_directory=is_directory)
        if verdict is not None:
            return verdict
    return False


def _is_below(path: str, directory: str) -> bool:
    return path == directory or path.startswith(os.path.join(directory, ""))


def _inherited_ignores(root: str) -> tuple[Patterns, ...]:
    """The ignore files above `root`, from the top of its git repository down.

    None of them counts when together they ignore `root` itself: the user named it all the same.
    """
    upwards = [root]
    while not os.path.lexists(os.path.join(upwards[-1], ".git")):
        parent = os.path.dirname(upwards[-1])
        if parent == upwards[-1]:
            return ()
        upwards.append(parent)
    ignores: tuple[Patterns, ...] = ()
    for directory, child in pairwise(reversed(upwards)):
        ignores = _with_ignore_file(directory, ignores)
        if _is_ignored(child, os.path.basename(child), ignores, is_directory=True):
            return ()
    return ignores


def _with_ignore_file(directory: str, ignores: tuple[Patterns, ...]) -> tuple[Patterns, ...]:
    """`ignores`, and after them those of the `.gitignore` of `directory` if it has a readable one."""
    try:
        with open(os.path.join(directory, ".gitignore"), encoding="utf-8-sig", errors="surrogateescape") as file:
            lines = file.read().splitlines()
    except OSError:
        return ignores
    return (*ignores, Patterns(directory, lines))
