"""One group of files from their bytes to their outcomes: all that a worker process does. Nothing is written here.

Whatever goes wrong with a file ends as the error of that file, so one bad file never stops the others.
"""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from al_codemod import migrate as migration
from al_codemod.finding import Declined
from al_codemod.migrate import Proposal
from al_codemod.narrow import narrowed
from al_codemod.outcome import FileOutcome
from al_codemod.semantics.modules import Module
from al_codemod.settings import Settings
from al_codemod.source.check import TOO_DEEP, check_syntax, syntax_error
from al_codemod.source.errors import SourceError
from al_codemod.source.files import read_bytes
from al_codemod.source.project import Group, module_path
from al_codemod.source.text import SourceText, decode


class BrokenResultError(Exception):
    """The migrated code is no Python."""


@dataclass(frozen=True, slots=True)
class Job:
    """How to treat every file of a run: the settings, and by path what its user declined."""

    settings: Settings
    declined: Mapping[str, Declined] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CodeFile:
    """A file of Python: its bytes, its text, and the module that it is."""

    data: bytes
    source: SourceText
    module: Module

    @classmethod
    def read(cls, path: str, data: bytes, *, editable: bool = True) -> "CodeFile":
        """Parse what a file holds; raises `SourceError`."""
        source = decode(path, data)
        check_syntax(path, source.text)
        try:
            return cls(data, source, Module.parse(source.text, module_path(path), editable=editable))
        except SyntaxError as error:
            raise syntax_error(path, error) from None
        except (RecursionError, MemoryError):
            raise SourceError.of_file(path, TOO_DEEP) from None

    @property
    def path(self) -> str:
        return self.source.path

    def outcome(self, proposal: Proposal) -> FileOutcome:
        """What becomes of the file."""
        result = proposal.migration()
        if result.text == self.source.text:
            return FileOutcome(self.path, findings=result.findings, old=self.data if result.findings else None)
        _check_result(result.text)
        new = self.source.encode(result.text)
        return FileOutcome(self.path, changed=True, findings=result.findings, old=self.data, new=new)


def migrate_group(group: Group, job: Job) -> list[FileOutcome]:
    """Migrate the files of a group together; never raises for what is wrong with one of them."""
    chosen = _narrowed(group)
    outcomes = [FileOutcome(path) for path in group.paths if path not in chosen.paths]
    files: list[CodeFile] = []
    around: list[CodeFile] = []
    for path in chosen.paths:
        try:
            files.append(_read(path, read_bytes(path)))
        except SourceError as error:
            outcomes.append(FileOutcome(path, error=str(error)))
    for path in chosen.context:
        with suppress(SourceError):
            around.append(_read(path, read_bytes(path), editable=False))
    return [*outcomes, *_migrate(files, around, job)]


def migrate_bytes(path: str, data: bytes, job: Job) -> FileOutcome:
    """Migrate what a file holds, or would hold; never raises for what is wrong with it."""
    try:
        return _migrate([_read(path, data)], [], job)[0]
    except SourceError as error:
        return FileOutcome(path, error=str(error))


def _narrowed(group: Group) -> Group:
    try:
        return narrowed(group)
    except Exception:
        return group  # what is wrong is told of the file that it is wrong with


def _read(path: str, data: bytes, *, editable: bool = True) -> CodeFile:
    if path.endswith(".ipynb"):
        raise SourceError.of_file(path, "notebooks cannot be migrated yet")
    return CodeFile.read(path, data, editable=editable)


def _migrate(files: Sequence[CodeFile], around: Sequence[CodeFile], job: Job) -> list[FileOutcome]:
    """The outcome of each file; where it is the whole that fails, each has its turn alone."""
    if not files:
        return []
    declined = {file.module.path: job.declined[file.path] for file in files if file.path in job.declined}
    try:
        proposals = migration.propose([file.module for file in (*files, *around)], job.settings, declined)
        return [file.outcome(proposal) for file, proposal in zip(files, proposals, strict=False)]
    except Exception as error:
        if len(files) > 1 or around:
            return [outcome for file in files for outcome in _migrate([file], [], job)]
        return [FileOutcome(files[0].path, error=str(SourceError.of_file(files[0].path, _reason(error))))]


def _reason(error: Exception) -> str:
    """What went wrong with a file, in one line: where it is a bug, one that a report of it can start from."""
    if isinstance(error, RecursionError | MemoryError):
        return TOO_DEEP
    if isinstance(error, BrokenResultError):
        return f"internal error, please report it: {error}"
    import textwrap
    import traceback

    what = textwrap.shorten(f"{type(error).__name__}: {error}", 200, placeholder=" ...")
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"internal error, please report it: {what} ({os.path.basename(frame.filename)}:{frame.lineno})"


def _check_result(text: str) -> None:
    """Never write what does not parse."""
    try:
        check_syntax("", text)
    except SourceError as error:
        raise BrokenResultError(f"the migrated code {error.reason} (its line {error.line}); left alone") from None
