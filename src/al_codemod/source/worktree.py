"""Which files hold work that git does not have yet: what a person could not tell from ours afterwards."""

import os
import subprocess
from collections.abc import Iterator, Sequence

MANY = 200
"""More files than this are looked for in the status of the whole work tree: a command line is not endless."""


class WorktreeError(Exception):
    """Git would not say; the message is its own."""


def uncommitted(paths: Sequence[str]) -> list[str]:
    """Those of `paths` that git does not know, or that differ from what was committed or staged last.

    What is outside of every work tree, what git is told to ignore, and everything where there is no git, is not among
    them: there the user has another way to go back, or none to lose. Raises `WorktreeError` when git refuses to answer.
    """
    trees: dict[str, list[str]] = {}
    for path in paths:
        top = _top(os.path.dirname(os.path.realpath(path)))
        if top is not None:
            trees.setdefault(top, []).append(path)
    dirty = {path for top, files in trees.items() for path in _uncommitted(top, files)}
    return [path for path in paths if path in dirty]


def _uncommitted(top: str, paths: Sequence[str]) -> Iterator[str]:
    by_name = {os.path.relpath(os.path.realpath(path), top).replace(os.sep, "/"): path for path in paths}
    command = ["git", "--literal-pathspecs", "status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames"]
    if len(paths) <= MANY:
        command += ["--", *by_name]
    environment = os.environ | {"GIT_OPTIONAL_LOCKS": "0"}
    try:
        done = subprocess.run(command, cwd=top, env=environment, capture_output=True, check=False)  # noqa: S603
    except OSError:  # there is no git here
        return
    if done.returncode:
        raise WorktreeError(done.stderr.decode(errors="replace").strip())
    for entry in done.stdout.split(b"\0"):
        name = os.fsdecode(entry[3:])
        # "XY name": X is what is staged, which `git diff` leaves out; Y what is not.
        if entry and entry[1:2] != b" " and name in by_name:
            yield by_name[name]


def _top(directory: str) -> str | None:
    """The top of the work tree that a directory is in."""
    while not os.path.lexists(os.path.join(directory, ".git")):
        parent = os.path.dirname(directory)
        if parent == directory:
            return None
        directory = parent
    return directory
