"""One file from its bytes to its outcome: all that a worker process does. Nothing is written here.

Whatever goes wrong with a file ends as the error of that file, so one bad file never stops the others.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from al_codemod import migrate as migration
from al_codemod.finding import Declined, Migration
from al_codemod.outcome import FileOutcome
from al_codemod.settings import Settings
from al_codemod.source.check import TOO_DEEP, check_syntax, syntax_error
from al_codemod.source.errors import SourceError
from al_codemod.source.files import read_bytes
from al_codemod.source.text import SourceText, decode


@dataclass(frozen=True, slots=True)
class Job:
    """How to treat every file of a run: the settings, and by path what its user declined."""

    settings: Settings
    declined: Mapping[str, Declined] = field(default_factory=dict)


def migrate_file(path: str, job: Job) -> FileOutcome:
    """Migrate one file; never raises for what is wrong with it."""
    try:
        return _migrate_bytes(path, read_bytes(path), job)
    except SourceError as error:
        return FileOutcome(path, error=str(error))


def migrate_bytes(path: str, data: bytes, job: Job) -> FileOutcome:
    """Migrate what a file holds, or would hold; never raises for what is wrong with it."""
    try:
        return _migrate_bytes(path, data, job)
    except SourceError as error:
        return FileOutcome(path, error=str(error))


def _migrate_bytes(path: str, data: bytes, job: Job) -> FileOutcome:
    if path.endswith(".ipynb"):
        raise SourceError.of_file(path, "notebooks cannot be migrated yet")
    source = decode(path, data)
    check_syntax(path, source.text)
    result = _migrate(source, job.settings, job.declined.get(path, frozenset()))
    if result.text == source.text:
        return FileOutcome(path, findings=result.findings, old=data if result.findings else None)
    _check_result(path, result.text)
    return FileOutcome(path, changed=True, findings=result.findings, old=data, new=source.encode(result.text))


def _migrate(source: SourceText, settings: Settings, declined: Declined) -> Migration:
    try:
        return migration.migrate(source.text, settings, declined)
    except SyntaxError as error:
        raise syntax_error(source.path, error) from None
    except (RecursionError, MemoryError):
        raise SourceError.of_file(source.path, TOO_DEEP) from None
    except Exception as error:
        raise SourceError.of_file(source.path, _internal_error(error)) from error


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
