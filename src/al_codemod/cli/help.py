"""The help page: options in sections, then examples, exit codes, and what else a manual has."""

from typing import Any

import click

INTRODUCTION = """Migrate code from Arraylake V1 and zarr 2 to Icechunk and zarr 3, in place.

PATHS are files, or directories that are searched for what the settings include, without what .gitignore names. A single
"-" reads from standard input and writes to standard output.

Commit your work first. Then `git diff` is your review, and `git checkout .` takes everything back.
"""

EPILOGUE: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "Examples",
        (
            ("al-codemod --diff src", "look at what would be done"),
            ("al-codemod src scripts", "do it"),
            ("al-codemod -i src", "do it, one change after the other"),
            ("al-codemod --safe-only src", "only what needs no review"),
            ("al-codemod --check src", "for CI: fail while something is left to do"),
            ("al-codemod --report migration.html --check .", "a page for the whole team"),
            ("al-codemod --add-ignore --select AL7 src", "put off what is to be done by hand"),
            ("git ls-files -z '*.py' | al-codemod --files-from -", "files from another program"),
            ("al-codemod - --stdin-filename a.py < a.py", "as a filter, for editors"),
            ("al-codemod --explain AL202", "why, and what to write instead"),
        ),
    ),
    (
        "Exit codes",
        (
            ("0", "nothing is left to do"),
            ("1", "work is left: findings to do by hand or, with --check and --diff, edits to make"),
            (
                "2",
                "an error: wrong usage, a missing path, uncommitted changes, a file that cannot be read, parsed or written",
            ),
            ("130", "interrupted; every file is whole"),
        ),
    ),
    (
        "In the code",
        (
            ("# al-codemod: ignore[AL203]", "on any line of a statement: leave it alone"),
            ("# al-codemod: ignore-file[AL7]", "on a line of its own: the same for the file"),
        ),
    ),
    (
        "Files",
        (("pyproject.toml", "[tool.al-codemod] of the nearest one holds the settings; options win over them"),),
    ),
    (
        "Environment",
        (
            ("NO_COLOR, FORCE_COLOR", "never, or always, use colours"),
            ("PRE_COMMIT", "set by pre-commit, which has its own way with uncommitted changes"),
        ),
    ),
)


class SectionOption(click.Option):
    """An option that knows the section of the help page it is in."""

    def __init__(self, *arguments: Any, section: str = "", **keywords: Any) -> None:
        self.section = section
        super().__init__(*arguments, **keywords)


class ManualCommand(click.Command):
    """A command whose help page reads like a manual."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                sections.setdefault(getattr(parameter, "section", "") or "Help", []).append(record)
        for title, records in sections.items():
            with formatter.section(title):
                formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        for title, records in EPILOGUE:
            with formatter.section(title):
                formatter.write_dl(records, col_max=52)
