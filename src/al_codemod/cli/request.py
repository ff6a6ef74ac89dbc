"""What the command line asks for, as one value."""

import os
from dataclasses import dataclass
from typing import Any

import click

STDIN = "-"
DATA = ("json", "sarif", "gitlab", "junit")
"""Formats for programs, which cannot share standard output with anything."""


@dataclass(frozen=True, slots=True)
class Request:
    """The arguments and options; `overrides` are those that win over settings of the same name."""

    paths: tuple[str, ...]
    check: bool
    diff: bool
    interactive: bool
    add_ignore: bool
    stdin_filename: str | None
    files_from: str | None
    output_format: str
    output_file: str | None
    report: str | None
    statistics: bool
    quiet: bool
    verbose: bool
    allow_dirty: bool
    jobs: int | None
    config: str | None
    isolated: bool
    overrides: dict[str, Any]

    @property
    def writes(self) -> bool:
        return not (self.check or self.diff)

    @property
    def is_filter(self) -> bool:
        return STDIN in self.paths

    @property
    def is_data(self) -> bool:
        return self.output_format in DATA

    @property
    def is_machine_read(self) -> bool:
        """Whether the report is for a program: what is for people goes beside it."""
        return self.is_data or self.output_format == "github"

    @property
    def stdout_is_taken(self) -> bool:
        """Whether standard output belongs to a diff or to migrated source. JSON has room for the diff itself."""
        return (self.diff and self.output_format != "json") or (self.is_filter and self.writes)

    def check_usage(self) -> None:
        """Raise `click.UsageError` when options do not go together."""
        for one, other in self._exclusive():
            raise click.UsageError(f"{one} and {other} exclude each other")
        if not self.paths and self.files_from is None:
            raise click.UsageError("nothing to look at: name a file or a directory, for example `al-codemod .`")
        if self.is_filter and len(self.paths) > 1:
            raise click.UsageError("`-` stands for standard input and has to be the only path")
        if self.stdin_filename is not None and not self.is_filter:
            raise click.UsageError("--stdin-filename names what comes from standard input: give `-` as the path")
        if self.is_data and self.stdout_is_taken and self.output_file is None:
            taker = "--diff" if self.diff else "`-`"
            hint = f"say with --output-file where the {self.output_format} report goes"
            raise click.UsageError(f"{taker} has standard output for itself: {hint}")

        for path in (self.output_file, self.report):
            # Before anything is migrated, not after.
            if path is not None and not os.path.isdir(os.path.dirname(path) or os.curdir):
                raise click.UsageError(f"{path}: no such directory to write it to")
            if path is not None and os.path.isdir(path):
                raise click.UsageError(f"{path}: is a directory")

    def _exclusive(self) -> list[tuple[str, str]]:
        given = {
            "--check": self.check,
            "--diff": self.diff,
            "--interactive": self.interactive,
            "--add-ignore": self.add_ignore,
            "--files-from": self.files_from is not None,
            "`-`": self.is_filter,
            "--isolated": self.isolated,
            "--config": self.config is not None,
            "--quiet": self.quiet,
            "--verbose": self.verbose,
        }
        pairs = [
            ("--interactive", "--check"),
            ("--interactive", "--diff"),
            ("--interactive", "--add-ignore"),
            ("--interactive", "`-`"),
            ("--add-ignore", "--check"),
            ("--add-ignore", "--diff"),
            ("--add-ignore", "`-`"),
            ("--files-from", "`-`"),
            ("--isolated", "--config"),
            ("--quiet", "--verbose"),
        ]
        if self.files_from == STDIN:
            pairs.append(("--interactive", "--files-from"))
        return [(one, other) for one, other in pairs if given[one] and given[other]]
