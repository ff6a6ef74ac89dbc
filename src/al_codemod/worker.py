"""One file from its bytes to its outcome: all that a worker process does.

Whatever goes wrong with a file ends as the error of that file, so one bad file never stops the others.
"""

import os
from dataclasses import dataclass, field

from al_codemod import migrate as migration
from al_codemod.finding import Migration
from al_codemod.manifests.kinds import Kind, kind_of, may_embed
from al_codemod.manifests.needs import Needs, imports_of
from al_codemod.manifests.project import decode_manifest
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
    needs: Needs = field(default_factory=Needs)


def migrate_file(path: str, job: Job) -> FileOutcome:
    """Migrate one file; never raises for what is wrong with it."""
    try:
        return _migrate_file(path, job)
    except SourceError as error:
        return FileOutcome(path, error=str(error))


def _migrate_file(path: str, job: Job) -> FileOutcome:
    if path.endswith(".ipynb"):
        raise SourceError.of_file(path, "notebooks cannot be migrated yet")
    data = read_bytes(path)
    is_code = kind_of(path) in (None, Kind.PYTHON)
    source = decode(path, data) if is_code else decode_manifest(path, data)
    if is_code:
        check_syntax(path, source.text)
    result = _migrate(source, job, is_code=is_code)
    imports = imports_of(result.text) if is_code else frozenset()
    if result.text == source.text:
        return FileOutcome(path, findings=result.findings, imports=imports)
    if is_code:
        _check_result(path, result.text)
    new = source.encode(result.text)
    if job.write:
        replace_file(path, data, new)
    diff = None
    if job.diff:
        from al_codemod.report.diff import unified_diff

        diff = unified_diff(path, data, new)
    return FileOutcome(path, changed=True, findings=result.findings, diff=diff, imports=imports)


def _migrate(source: SourceText, job: Job, *, is_code: bool) -> Migration:
    try:
        return _migrate_code(source, job) if is_code else _migrate_manifest(source, job)
    except SourceError:
        raise
    except SyntaxError as error:
        raise syntax_error(source.path, error) from None
    except (RecursionError, MemoryError):
        raise SourceError.of_file(source.path, TOO_DEEP) from None
    except Exception as error:
        raise SourceError.of_file(source.path, _internal_error(error)) from error


def _migrate_code(source: SourceText, job: Job) -> Migration:
    """The code itself and, where it names requirements as that of cloud images does, these too."""
    text = source.text
    result = migration.migrate(text, job.settings)
    if not may_embed(text):
        return result
    from al_codemod.manifests.migrate import migrate_embedded

    needs = job.needs.with_code(result.text, is_v1=bool(result.findings))
    embedded = migrate_embedded(source.path, text, result.text, job.settings, needs)
    return Migration(
        embedded.text, tuple(sorted((*result.findings, *embedded.findings), key=lambda f: (f.span, f.code)))
    )


def _migrate_manifest(source: SourceText, job: Job) -> Migration:
    from al_codemod.manifests.migrate import migrate_manifest

    return migrate_manifest(source.path, source.text, job.settings, job.needs)


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
