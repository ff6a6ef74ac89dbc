"""The paths that a run is about: those on the command line, and those that another program lists."""

import os
import sys

import click

from al_codemod.cli.request import STDIN, Request


def paths_of(request: Request) -> list[str]:
    """The paths in the order in which they were named."""
    paths = list(request.paths)
    if request.files_from is not None:
        paths += _listed(request.files_from)
    return paths


def _listed(source: str) -> list[str]:
    """The paths in a file or on standard input: NUL-separated when there is a NUL in it, else one a line."""
    try:
        if source == STDIN:
            data = sys.stdin.buffer.read()
        else:
            with open(source, "rb") as file:
                data = file.read()
    except OSError as error:
        raise click.UsageError(f"--files-from {source}: {(error.strerror or str(error)).lower()}") from None
    names = data.split(b"\0") if b"\0" in data else data.splitlines()
    return [os.fsdecode(name) for name in names if name]
