"""From what was asked for to an exit code: settings, analysis, questions, the guard of the work tree, writing, report."""

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import click

from al_codemod.cli.inputs import paths_of
from al_codemod.cli.output import report
from al_codemod.cli.request import Request
from al_codemod.outcome import ExitCode, RunOutcome
from al_codemod.settings import Settings, SettingsError, load_settings, render_settings

_INTERRUPTED = 130


def execute(request: Request) -> int:
    """Do what was asked for and answer with the exit code."""
    from al_codemod.source.discover import MissingPathError

    paths = paths_of(request)
    settings = settings_of(request, paths)
    try:
        if request.is_filter:
            from al_codemod.cli.filter import filter_stdin

            return filter_stdin(request, settings)
        return _run(request, paths, settings)
    except MissingPathError as error:
        raise click.UsageError(str(error)) from None
    except KeyboardInterrupt:
        click.echo("interrupted: nothing was written", err=True)
        return _INTERRUPTED


def show(request: Request) -> str:
    """The settings that count for the paths, as TOML."""
    return render_settings(settings_of(request, paths_of(request)))


def settings_of(request: Request, paths: Sequence[str]) -> Settings:
    """The settings of the project, and the options over them."""
    where = [request.stdin_filename or os.curdir] if request.is_filter else paths or [os.curdir]
    try:
        settings = load_settings(where, config=request.config, isolated=request.isolated)
        return _override(settings, **request.overrides)
    except SettingsError as error:
        raise click.UsageError(str(error)) from None


def _override(
    settings: Settings,
    *,
    select: Sequence[str],
    ignore: Sequence[str],
    include: Sequence[str],
    exclude: Sequence[str],
    **values: Any,
) -> Settings:
    settings = replace(settings, **{name: value for name, value in values.items() if value is not None})
    settings = replace(
        settings,
        select=_codes(select) or _codes(settings.select),
        ignore=_codes((*settings.ignore, *ignore)),
        include=tuple(include) or settings.include,
        extend_exclude=(*settings.extend_exclude, *exclude),
    )
    if settings.select or settings.ignore:
        from al_codemod.report.rules import check_codes

        check_codes((*settings.select, *settings.ignore))
    return settings


def _codes(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(code for value in values for part in value.split(",") if (code := part.strip().upper()))


def _run(request: Request, paths: Sequence[str], settings: Settings) -> int:
    from al_codemod.cli.progress import progress_bar
    from al_codemod.run import Analysis

    analysis = Analysis(paths, settings, request.jobs)
    with progress_bar(quiet=request.quiet or request.interactive) as progress:
        outcome = analysis.outcome(progress=progress)
    if request.add_ignore:
        from al_codemod.add_ignore import add_ignores

        outcome = add_ignores(outcome, analysis.outcome)
    if request.writes and not _may_write(request, outcome):
        return ExitCode.ERROR
    if request.interactive:
        from al_codemod.cli.interactive import ask

        outcome = ask(outcome, analysis.outcome)
    if request.writes:
        outcome = _write(outcome)
    report(request, outcome)
    return outcome.exit_code


def _may_write(request: Request, outcome: RunOutcome) -> bool:
    """Whether no work that is not in git yet would be mixed up with ours; says so where it would."""
    if request.allow_dirty or "PRE_COMMIT" in os.environ:
        return True
    from al_codemod.source.worktree import WorktreeError, uncommitted

    changed = [file.path for file in outcome.files if file.changed]
    try:
        dirty = uncommitted(changed)
    except WorktreeError as error:
        click.echo(f"error: git does not say what is committed: {error}\nNothing was written.", err=True)
        return False
    if dirty:
        click.echo(_refusal(dirty, len(changed)), err=True)
    return not dirty


def _write(outcome: RunOutcome) -> RunOutcome:
    from al_codemod.write import Interrupted, write_files

    try:
        return write_files(outcome)
    except Interrupted as error:
        click.echo(_interruption(error.written, error.left), err=True)
        raise SystemExit(_INTERRUPTED) from None


def _refusal(dirty: Sequence[str], count: int) -> str:
    what = (
        "the file to be changed has"
        if count == 1
        else f"{len(dirty)} of the {count} files to be changed {'has' if len(dirty) == 1 else 'have'}"
    )
    return "\n".join(
        [
            f"error: {what} changes that git does not have yet:",
            *(f"  {path}" for path in dirty),
            "Nothing was written. Commit or `git add` them, so that `git diff` shows the migration alone,",
            "look at it with --diff, or pass --allow-dirty.",
        ]
    )


def _interruption(written: Sequence[str], left: Sequence[str]) -> str:
    return "\n".join(
        [
            f"interrupted: {len(written)} of {len(written) + len(left)} files are migrated, the others are as they were.",
            "Every file is whole. Run again to go on.",
            *(f"  migrated {path}" for path in written),
            *(f"  as it was {path}" for path in left),
        ]
    )
