"""Where everything that is said goes: data and diffs to standard output, what is for people beside it."""

import sys
from collections.abc import Iterable, Iterator

import click

from al_codemod.cli.request import Request
from al_codemod.outcome import FileOutcome, RunOutcome
from al_codemod.report import text


def report(request: Request, outcome: RunOutcome) -> None:
    """Say what a run came to, in the form and the places that were asked for."""
    if request.report is not None:
        from al_codemod.report.html import render_html

        _write_file(request.report, render_html(outcome))
    if request.diff and request.stdout_is_taken:
        _write_diffs(outcome.files, verbose=request.verbose)
    body = _body(request, outcome)
    closing = "" if request.quiet else "".join(line + "\n" for line in _closing_lines(request, outcome))
    beside = request.stdout_is_taken or request.output_file is not None
    if request.output_file is not None:
        _write_file(request.output_file, body if request.is_machine_read else body + closing)
    else:
        click.echo(body, nl=False, err=beside)
    for line in text.error_lines(outcome):
        click.echo(line, err=True)
    click.echo(closing, nl=False, err=beside or request.is_machine_read)


def _body(request: Request, outcome: RunOutcome) -> str:
    if request.is_machine_read:
        from al_codemod.report.formats import render

        return render(request.output_format, outcome, diff=request.diff, statistics=request.statistics)
    return "" if request.quiet else "".join(line + "\n" for line in _lines(request, outcome))


def _lines(request: Request, outcome: RunOutcome) -> Iterator[str]:
    full = request.output_format == "full"
    yield from text.finding_lines(outcome, verbose=request.verbose, full=full)
    yield from text.note_lines(outcome)
    if not (request.diff or request.add_ignore):
        yield from text.change_lines(outcome)
    if request.add_ignore:
        yield from text.ignore_lines(outcome)
    if request.statistics:
        from al_codemod.report.statistics import statistics_lines

        yield from statistics_lines(outcome)


def _closing_lines(request: Request, outcome: RunOutcome) -> Iterator[str]:
    if request.output_format == "full" and not request.add_ignore:
        yield from text.story_lines(outcome)
    yield text.closing_line(outcome)


def _write_diffs(files: Iterable[FileOutcome], *, verbose: bool) -> None:
    """Bytes as they are into a file or pipe; a terminal, and whoever asks for colours, gets text.

    A terminal is read by a person, and shows the cells of a notebook without the JSON around them. A pipe is perhaps read
    by `git apply`.
    """
    from al_codemod.report.diff import colored, diff_of

    color = click.get_current_context().color
    on_terminal = sys.stdout.isatty()
    for file in files:
        diff = (on_terminal and file.cells) or diff_of(file)
        if verbose and not on_terminal and file.cells:
            click.echo(file.cells.decode(), nl=False, err=True)
        if color or (color is None and on_terminal):
            click.echo("".join(colored(diff)), nl=False)
        else:
            sys.stdout.buffer.write(diff)
    sys.stdout.buffer.flush()


def _write_file(path: str, content: str) -> None:
    try:
        with open(path, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write(click.unstyle(content))
    except OSError as error:
        raise click.UsageError(f"{path}: {(error.strerror or str(error)).lower()}") from None
