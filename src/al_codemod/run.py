"""A run: paths to files, files to candidates, candidates to edits; the only orchestrator."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from al_codemod.manifests.kinds import is_manifest, kind_of
from al_codemod.manifests.needs import Needs
from al_codemod.manifests.project import Manifests
from al_codemod.outcome import FileOutcome, RunOutcome, summarize
from al_codemod.pool import migrate_files
from al_codemod.settings import Settings
from al_codemod.source.discover import Discovery, Selection, discover
from al_codemod.source.errors import SourceError
from al_codemod.source.files import read_bytes
from al_codemod.source.prefilter import has_hint, has_proof


def run(
    paths: Sequence[str], settings: Settings, *, write: bool = True, diff: bool = False, jobs: int | None = None
) -> RunOutcome:
    """Migrate everything below `paths`; raise `MissingPathError`, before any change, when one does not exist.

    Without `write` no file is touched and the outcome says what would be. `jobs` is the most processes to use, by
    default as many as there are processors.
    """
    found = discover(paths, _selection(settings))
    scanned = len(found.files)
    names = [path for path in found.files if is_manifest(path) or (path in found.named and kind_of(path))]
    found.files = sorted({*found.files}.difference(names))
    outcomes = [FileOutcome(error.path, error=str(error)) for error in found.errors]
    candidates, unreadable = _candidates(found)
    outcomes += unreadable
    if candidates or names:
        from al_codemod.worker import Job

        manifests = Manifests(names)
        job = Job(settings, write=write, diff=diff, needs=Needs(target=manifests.target(settings)))
        outcomes += migrate_files(candidates, job, jobs)
        outcomes += manifests.migrate(outcomes, job)
    return summarize(outcomes, scanned=scanned, writes=write)


def _selection(settings: Settings) -> Selection:
    root = os.path.realpath(settings.root)
    return Selection(settings.include, (*settings.exclude, *settings.extend_exclude), root)


def _candidates(found: Discovery) -> tuple[list[tuple[int, str]], list[FileOutcome]]:
    """The files that can hold V1 code, each with its size, and those that cannot be read.

    No more than one file is held in memory. Only when some file proves that the project uses Arraylake are the others
    read again for hints.
    """
    candidates: list[tuple[int, str]] = []
    others: list[str] = []
    unreadable: list[FileOutcome] = []
    for path in found.files:
        try:
            data = read_bytes(path)
        except SourceError as error:
            unreadable.append(FileOutcome(path, error=str(error)))
            continue
        if has_proof(data) or (path in found.named and has_hint(data)):
            candidates.append((len(data), path))
        else:
            others.append(path)
    if candidates:
        candidates += _hinted(others)
    return candidates, unreadable


def _hinted(files: Iterable[str]) -> Iterator[tuple[int, str]]:
    for path in files:
        with suppress(SourceError):
            data = read_bytes(path)
            if has_hint(data):
                yield len(data), path
