"""One group of files from their bytes to their outcomes: all that a worker process does. Nothing is written here.

Whatever goes wrong with a file ends as the error of that file, so one bad file never stops the others.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress

from al_codemod import migrate as migration
from al_codemod.finding import NONE_DECLINED
from al_codemod.job import Job
from al_codemod.manifests.kinds import Kind, kind_of
from al_codemod.narrow import narrowed
from al_codemod.outcome import FileOutcome
from al_codemod.proposals import Proposal
from al_codemod.source.check import TOO_DEEP
from al_codemod.source.errors import SourceError
from al_codemod.source.files import read_bytes
from al_codemod.source.project import Group, module_path
from al_codemod.sources import AnalysedFile, BrokenResultError, read_source


def migrate_group(group: Group, job: Job) -> list[FileOutcome]:
    """Migrate the files of a group together; never raises for what is wrong with one of them."""
    chosen = _narrowed(group)
    outcomes = [FileOutcome(path) for path in group.paths if path not in chosen.paths]
    files: list[AnalysedFile] = []
    around: list[AnalysedFile] = []
    for path in chosen.paths:
        try:
            files.append(read_source(path, read_bytes(path)))
        except Exception as error:
            outcomes.append(FileOutcome(path, error=_told(path, error)))
    for path in chosen.context:
        with suppress(Exception):
            around.append(read_source(path, read_bytes(path), editable=False))
    return [*outcomes, *_migrate(files, around, job)]


def migrate_bytes(path: str, data: bytes, job: Job) -> FileOutcome:
    """Migrate what a file holds, or would hold; never raises for what is wrong with it."""
    try:
        if kind_of(path) not in (None, Kind.PYTHON):
            return _migrate_manifest(path, data, job)
        return _migrate([read_source(path, data)], [], job)[0]
    except Exception as error:
        return FileOutcome(path, error=_told(path, error))


def _narrowed(group: Group) -> Group:
    try:
        return narrowed(group)
    except Exception:
        return group  # what is wrong is told of the file that it is wrong with


def _migrate(files: Sequence[AnalysedFile], around: Sequence[AnalysedFile], job: Job) -> list[FileOutcome]:
    """The outcome of each file.

    Where the analysis of the whole fails, none of them changes: each alone might be half of a change. Where the result of
    one file cannot be used, the others are analysed again, around that file as it is.
    """
    try:
        proposals = _proposals(files, around, job)
    except Exception as error:
        return [FileOutcome(file.path, error=_told(file.path, error)) for file in files]
    outcomes: list[FileOutcome] = []
    failed: list[AnalysedFile] = []
    for file in files:
        try:
            outcomes.append(file.outcome([next(proposals) for _ in file.modules], job))
        except Exception as error:
            failed.append(file)
            outcomes.append(FileOutcome(file.path, error=_told(file.path, error)))
    if not failed or len(files) == len(failed):
        return outcomes
    for module in (module for file in failed for module in file.modules):
        module.editable = False
    others = [file for file in files if file not in failed]
    return [*(outcome for outcome in outcomes if outcome.error), *_migrate(others, [*around, *failed], job)]


def _proposals(files: Sequence[AnalysedFile], around: Sequence[AnalysedFile], job: Job) -> Iterator[Proposal]:
    """What is proposed for the modules of all files, in their order."""
    modules = [module for file in (*files, *around) for module in file.modules]
    declined = {module_path(file.path): job.declined[file.path] for file in files if file.path in job.declined}
    return iter(migration.propose(modules, job.settings, declined) if modules else [])


def _migrate_manifest(path: str, data: bytes, job: Job) -> FileOutcome:
    from al_codemod.manifests.migrate import migrate_manifest
    from al_codemod.manifests.project import decode_manifest

    source = decode_manifest(path, data)
    result = migrate_manifest(path, source.text, job.settings, job.needs, job.declined.get(path, NONE_DECLINED))
    if result.text == source.text:
        return FileOutcome(path, findings=result.findings, old=data if result.findings else None)
    return FileOutcome(path, changed=True, findings=result.findings, old=data, new=source.encode(result.text))


def _told(path: str, error: Exception) -> str:
    """What went wrong with a file, in one line: where it is a bug, one that a report of it can start from."""
    if isinstance(error, SourceError):
        return str(error)
    return str(SourceError.of_file(path, _reason(error)))


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError | MemoryError):
        return TOO_DEEP
    if isinstance(error, BrokenResultError):
        return f"internal error, please report it: {error}"
    import textwrap
    import traceback

    what = textwrap.shorten(f"{type(error).__name__}: {error}", 200, placeholder=" ...")
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"internal error, please report it: {what} ({os.path.basename(frame.filename)}:{frame.lineno})"
