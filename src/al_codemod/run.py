"""A run: paths to files, files to candidates, candidates to edits; the only orchestrator."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from al_codemod.outcome import FileOutcome, RunOutcome, summarize
from al_codemod.pool import migrate_groups
from al_codemod.settings import Settings
from al_codemod.source.discover import Discovery, Selection, discover
from al_codemod.source.errors import SourceError
from al_codemod.source.files import read_bytes
from al_codemod.source.prefilter import has_hint, has_proof
from al_codemod.source.project import Group, group, project_root


def run(
    paths: Sequence[str], settings: Settings, *, write: bool = True, diff: bool = False, jobs: int | None = None
) -> RunOutcome:
    """Migrate everything below `paths`; raise `MissingPathError`, before any change, when one does not exist.

    Without `write` no file is touched and the outcome says what would be. `jobs` is the most processes to use, by
    default as many as there are processors.
    """
    selection = _selection(settings)
    found = discover(paths, selection)
    outcomes = [FileOutcome(error.path, error=str(error)) for error in found.errors]
    candidates, unreadable = _candidates(found)
    outcomes += unreadable
    if candidates:
        from al_codemod.worker import Job

        outcomes += migrate_groups(_groups(found, candidates, selection), Job(settings, write=write, diff=diff), jobs)
    return summarize(outcomes, scanned=len(found.files), writes=write)


def _groups(found: Discovery, candidates: dict[str, int], selection: Selection) -> list[Group]:
    """The candidates in groups; the project around files that were named themselves is looked at with them."""
    mine = set(found.files)
    known = {os.path.realpath(path) for path in mine}
    roots = {project_root(path) for path in found.named if path in candidates}
    around = [path for path in discover(sorted(roots), selection).files if os.path.realpath(path) not in known]
    return group(candidates, (*(p for p in found.files if p not in candidates), *around), lambda path: path in mine)


def _selection(settings: Settings) -> Selection:
    root = os.path.realpath(settings.root)
    return Selection(settings.include, (*settings.exclude, *settings.extend_exclude), root)


def _candidates(found: Discovery) -> tuple[dict[str, int], list[FileOutcome]]:
    """The files that can hold V1 code, each with its size, and those that cannot be read.

    No more than one file is held in memory. Only when some file proves that the project uses Arraylake are the others
    read again for hints.
    """
    candidates: dict[str, int] = {}
    others: list[str] = []
    unreadable: list[FileOutcome] = []
    for path in found.files:
        try:
            data = read_bytes(path)
        except SourceError as error:
            unreadable.append(FileOutcome(path, error=str(error)))
            continue
        if has_proof(data) or (path in found.named and has_hint(data)):
            candidates[path] = len(data)
        else:
            others.append(path)
    if candidates:
        candidates |= _hinted(others)
    return candidates, unreadable


def _hinted(files: Iterable[str]) -> Iterator[tuple[str, int]]:
    for path in files:
        with suppress(SourceError):
            data = read_bytes(path)
            if has_hint(data):
                yield path, len(data)
