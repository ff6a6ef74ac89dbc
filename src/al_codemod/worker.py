"""One file from its bytes to its outcome: all that a worker process does.

Whatever goes wrong with a file ends as the error of that file, so one bad file never stops the others.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from al_codemod import migrate as migration
from al_codemod.documents.docstrings import has_examples
from al_codemod.documents.document import is_document, open_document
from al_codemod.documents.notebook import Notebook
from al_codemod.documents.splices import spliced
from al_codemod.finding import Migration
from al_codemod.outcome import FileOutcome
from al_codemod.settings import Settings
from al_codemod.source.check import TOO_DEEP, check_syntax, syntax_error
from al_codemod.source.errors import SourceError
from al_codemod.source.files import read_bytes, replace_file
from al_codemod.source.text import SourceText, decode


@dataclass(frozen=True, slots=True)
class Job:
    """How to treat every file of a run: the settings, and whether to write the file, to show a diff, or neither."""

    settings: Settings
    write: bool = True
    diff: bool = False


def migrate_file(path: str, job: Job) -> FileOutcome:
    """Migrate one file; never raises for what is wrong with it."""
    try:
        return _migrate_file(path, job)
    except SourceError as error:
        return FileOutcome(path, error=str(error))


def _migrate_file(path: str, job: Job) -> FileOutcome:
    data = read_bytes(path)
    if is_document(path, data):
        return _migrate_document(path, data, job)
    source = decode(path, data)
    check_syntax(path, source.text)
    result = _migrate(source, job.settings)
    if has_examples(data):
        result = _with_docstrings(source, result, job.settings)
    if result.text == source.text:
        return FileOutcome(path, findings=result.findings)
    _check_result(path, result.text)
    new = source.encode(result.text)
    if job.write:
        replace_file(path, data, new)
    diff = None
    if job.diff:
        from al_codemod.report.diff import unified_diff

        diff = unified_diff(path, data, new)
    return FileOutcome(path, changed=True, findings=result.findings, diff=diff)


def _migrate_document(path: str, data: bytes, job: Job) -> FileOutcome:
    with _errors_of(path):
        document = open_document(path, data)
    if document.skipped:
        return FileOutcome(path, note=document.skipped)
    from al_codemod.migrate_document import migrate_document

    with _errors_of(path):
        result = migrate_document(document, job.settings)
    if not result.splices:
        return FileOutcome(path, findings=result.findings)
    if job.write:
        replace_file(path, data, document.encode(spliced(document.text, result.splices)))
    diff = cells = None
    if job.diff:
        from al_codemod.report.cell_diff import cell_diff
        from al_codemod.report.spliced_diff import spliced_diff

        diff = spliced_diff(path, document, result.splices)
        if isinstance(document, Notebook):
            cells = cell_diff(path, document.cells(result.texts))
    return FileOutcome(path, changed=True, findings=result.findings, diff=diff, cells=cells)


def _migrate(source: SourceText, settings: Settings) -> Migration:
    with _errors_of(source.path):
        return migration.migrate(source.text, settings)


def _with_docstrings(source: SourceText, result: Migration, settings: Settings) -> Migration:
    from al_codemod.migrate_document import with_docstrings

    with _errors_of(source.path):
        return with_docstrings(source.path, source.text, result, settings)


@contextmanager
def _errors_of(path: str) -> Iterator[None]:
    """Whatever goes wrong with a file, as the error of that file."""
    try:
        yield
    except SourceError:
        raise
    except SyntaxError as error:
        raise syntax_error(path, error) from None
    except (RecursionError, MemoryError):
        raise SourceError.of_file(path, TOO_DEEP) from None
    except Exception as error:
        raise SourceError.of_file(path, _internal_error(error)) from error


def _internal_error(error: Exception) -> str:
    """One line that a bug report can start from: what was raised, and where in the code of this tool."""
    import textwrap
    import traceback

    what = textwrap.shorten(f"{type(error).__name__}: {error}", 200, placeholder=" ...")
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"internal error, please report it: {what} ({os.path.basename(frame.filename)}:{frame.lineno})"


def _check_result(path: str, text: str) -> None:
    """Never write what does not parse."""
    try:
        check_syntax(path, text)
    except SourceError as error:
        reason = (
            f"internal error, please report it: the migrated code {error.reason} (its line {error.line}); left alone"
        )
        raise SourceError.of_file(path, reason) from None
