"""The command line. What a run needs is imported only when there is a run."""

import io
import sys
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from al_codemod import __version__

if TYPE_CHECKING:
    from al_codemod.outcome import RunOutcome
    from al_codemod.settings import Settings

_INTERRUPTED = 130

_HELP = """Migrate code from Arraylake V1 and zarr 2 to Icechunk and zarr 3, in place.

PATHS are files, or directories that are searched for Python files, notebooks and documents; what .gitignore names is left
out.

\b
Exit codes:
  0  nothing is left to do
  1  work is left: findings to do by hand or, with --check and --diff, edits to make
  2  an error: wrong usage, a missing path, a file that cannot be read, parsed or written

Settings are read from [tool.al-codemod] of the nearest pyproject.toml; options win over them.
"""


@click.command(help=_HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("paths", nargs=-1, required=True, metavar="PATHS...", type=click.Path())
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 when there is something to do.")
@click.option("--diff", is_flag=True, help="Write nothing; print a diff that `git apply` takes.")
@click.option(
    "--output-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="The form of the report.",
)
@click.option("--safe-only", is_flag=True, default=None, help="Leave out the edits that a person should review.")
@click.option("--annotate", is_flag=True, default=None, help="Put a TODO comment where work is left to do by hand.")
@click.option("--target", type=click.Choice(["1", "2"]), help="The Icechunk to migrate to: 1.1 or 2.x (default 2).")
@click.option("--jobs", "-j", type=click.IntRange(min=1), help="The most processes to use (default: one a processor).")
@click.option("--config", metavar="FILE", type=click.Path(), help="Read the settings from this TOML file.")
@click.option("--isolated", is_flag=True, help="Read no settings from any file.")
@click.option("--quiet", "-q", is_flag=True, help="Print errors only, and the diff or JSON that was asked for.")
@click.option("--verbose", "-v", is_flag=True, help="Also list the safe edits and what was suppressed.")
@click.version_option(__version__, prog_name="al-codemod")
def main(
    paths: tuple[str, ...],
    check: bool,
    diff: bool,
    output_format: str,
    jobs: int | None,
    config: str | None,
    isolated: bool,
    quiet: bool,
    verbose: bool,
    **overrides: Any,
) -> None:
    """Run the command; see `_HELP`."""
    from al_codemod.run import run
    from al_codemod.source.discover import MissingPathError

    _never_fail_to_print()
    settings = _settings(paths, config, isolated, overrides)
    try:
        outcome = run(paths, settings, write=not (check or diff), diff=diff, jobs=jobs)
    except MissingPathError as error:
        raise click.UsageError(str(error)) from None
    except KeyboardInterrupt:
        click.echo("interrupted; every file is whole, run again to go on", err=True)
        sys.exit(_INTERRUPTED)
    _report(outcome, output_format, diff=diff, quiet=quiet, verbose=verbose)
    sys.exit(outcome.exit_code)


def _never_fail_to_print() -> None:
    """A file name may hold what the encoding of stdout does not."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _settings(paths: tuple[str, ...], config: str | None, isolated: bool, overrides: dict[str, Any]) -> "Settings":
    from al_codemod.settings import SettingsError, load_settings

    if isolated and config is not None:
        raise click.UsageError("--config and --isolated exclude each other")
    try:
        settings = load_settings(paths, config=config, isolated=isolated)
    except SettingsError as error:
        raise click.UsageError(str(error)) from None
    return replace(settings, **{name: value for name, value in overrides.items() if value is not None})


def _report(outcome: "RunOutcome", output_format: str, *, diff: bool, quiet: bool, verbose: bool) -> None:
    """Say what happened: data on stdout; what is for people beside it on stderr, or on stdout when there is no data."""
    from al_codemod.report.text import change_lines, closing_line, error_lines, finding_lines, note_lines

    as_json = output_format == "json"
    to_stderr = as_json or diff
    if as_json:
        from al_codemod.report.json_report import render_json

        click.echo(render_json(outcome), nl=False)
    elif diff:
        # A terminal is read by a person, a pipe perhaps by `git apply`.
        on_terminal = sys.stdout.isatty()
        _write_diffs((on_terminal and file.cells) or file.diff for file in outcome.files if file.diff is not None)
        if verbose and not on_terminal:
            for file in outcome.files:
                click.echo((file.cells or b"").decode(), nl=False, err=True)
    if not quiet and not as_json:
        for line in finding_lines(outcome, verbose=verbose):
            click.echo(line, err=to_stderr)
        for line in note_lines(outcome):
            click.echo(line, err=to_stderr)
        if not diff:
            for line in change_lines(outcome):
                click.echo(line)
    for line in error_lines(outcome):
        click.echo(line, err=True)
    if not quiet:
        click.echo(closing_line(outcome), err=to_stderr)


def _write_diffs(diffs: Iterable[bytes]) -> None:
    """Bytes as they are into a file or pipe; a terminal gets text in colours."""
    from al_codemod.report.diff import colored

    for diff in diffs:
        if sys.stdout.isatty():
            click.echo("".join(colored(diff)), nl=False)
        else:
            sys.stdout.buffer.write(diff)
    sys.stdout.buffer.flush()
