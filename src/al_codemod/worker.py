"""One group of files from their bytes to their outcomes: all that a worker process does.

Whatever goes wrong with a file ends as the error of that file, so one bad file never stops the others.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from al_codemod import migrate as migration
from al_codemod.finding import Migration
from al_codemod.narrow import narrowed
from al_codemod.outcome import FileOutcome
from al_codemod.semantics.modules import Module
from al_codemod.settings import Settings
from al_codemod.source.check import TOO_DEEP, check_syntax, syntax_error
from al_codemod.source.errors import SourceError
from al_codemod.source.files import read_bytes, replace_file
from al_codemod.source.project import Group, module_path
from al_codemod.source.text import SourceText, decode


class BrokenResultError(Exception):
    """The migrated code is no Python."""


@dataclass(frozen=True, slots=True)
class Job:
    """How to treat every file of a run: the settings, and whether to write the file, to show a diff, or neither."""

    settings: Settings
    write: bool = True
    diff: bool = False


def migrate_group(group: Group, job: Job) -> list[FileOutcome]:
    """Migrate the files of a group together; never raises for what is wrong with one of them."""
    group = narrowed(group)
    outcomes: list[FileOutcome] = []
    sources: list[tuple[bytes, SourceText]] = []
    modules: list[Module] = []
    for path in group.paths:
        try:
            data, source, module = _read(path, editable=True)
        except SourceError as error:
            outcomes.append(FileOutcome(path, error=str(error)))
            continue
        sources.append((data, source))
        modules.append(module)
    for path in group.context:
        with suppress(SourceError):
            modules.append(_read(path, editable=False)[2])
    for (data, source), result in zip(sources, _migrate(modules, job.settings), strict=False):
        try:
            outcomes.append(_finish(data, source, result, job))
        except SourceError as error:
            outcomes.append(FileOutcome(source.path, error=str(error)))
    return outcomes


def _read(path: str, *, editable: bool) -> tuple[bytes, SourceText, Module]:
    if path.endswith(".ipynb"):
        raise SourceError.of_file(path, "notebooks cannot be migrated yet")
    data = read_bytes(path)
    source = decode(path, data)
    check_syntax(path, source.text)
    try:
        return data, source, Module.parse(source.text, module_path(path), editable=editable)
    except SyntaxError as error:
        raise syntax_error(path, error) from None
    except (RecursionError, MemoryError):
        raise SourceError.of_file(path, TOO_DEEP) from None


def _finish(data: bytes, source: SourceText, result: Migration | str, job: Job) -> FileOutcome:
    """Write what became of a file, or tell why nothing did."""
    if isinstance(result, str):
        raise SourceError.of_file(source.path, result)
    if result.text == source.text:
        return FileOutcome(source.path, findings=result.findings)
    new = source.encode(result.text)
    if job.write:
        replace_file(source.path, data, new)
    diff = None
    if job.diff:
        from al_codemod.report.diff import unified_diff

        diff = unified_diff(source.path, data, new)
    return FileOutcome(source.path, changed=True, findings=result.findings, diff=diff)


def _migrate(modules: Sequence[Module], settings: Settings) -> Sequence[Migration | str]:
    """The migration of each module, or what went wrong; where it is the whole that fails, each has its turn alone."""
    try:
        results = migration.migrate_program(modules, settings) if modules else []
        for module, result in zip(modules, results, strict=True):
            if result.text != module.text:
                _check_result(result.text)
        return results
    except (RecursionError, MemoryError):
        reason = TOO_DEEP
    except BrokenResultError as error:
        reason = f"internal error, please report it: {error}"
    except Exception as error:
        reason = _internal_error(error)
    if len(modules) == 1:
        return [reason]
    return [_migrate([module], settings)[0] for module in modules if module.editable]


def _internal_error(error: Exception) -> str:
    """One line that a bug report can start from: what was raised, and where in the code of this tool."""
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
