"""A run: paths to files, files to candidates, candidates to edits; the only orchestrator."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TypeAlias

from al_codemod.finding import Declined
from al_codemod.job import Job
from al_codemod.manifests.kinds import is_manifest, kind_of
from al_codemod.manifests.needs import Needs
from al_codemod.manifests.project import Manifests
from al_codemod.outcome import FileOutcome, RunOutcome, summarize
from al_codemod.pool import migrate_groups
from al_codemod.settings import Settings
from al_codemod.source.discover import Discovery, Selection, discover
from al_codemod.source.errors import SourceError
from al_codemod.source.files import read_bytes
from al_codemod.source.prefilter import has_hint, has_proof
from al_codemod.source.project import Group, group, project_root
from al_codemod.write import write_files

Progress: TypeAlias = Callable[[int, int], None]
"""Told after each file how many of how many are done."""


def run(paths: Sequence[str], settings: Settings, *, write: bool = True, jobs: int | None = None) -> RunOutcome:
    """Migrate everything below `paths`; raise `MissingPathError`, before any change, when one does not exist.

    Without `write` no file is touched and the outcome says what would be. `jobs` is the most processes to use, by
    default as many as there are processors.
    """
    outcome = Analysis(paths, settings, jobs).outcome()
    return write_files(outcome) if write else outcome


class Analysis:
    """What a run would make of everything below some paths; nothing is written.

    It can be repeated with other edits declined. Then only those groups of files are looked at again that this concerns.
    """

    def __init__(self, paths: Sequence[str], settings: Settings, jobs: int | None = None) -> None:
        """Find the files; raises `MissingPathError`."""
        chosen = selection(settings)
        found = discover(paths, chosen)
        self._settings = settings
        self._jobs = jobs
        self._scanned = len(found.files)
        names = [path for path in found.files if is_manifest(path) or (path in found.named and kind_of(path))]
        found.files = sorted({*found.files}.difference(names))
        candidates, unreadable = _candidates(found)
        self._groups = _groups(found, candidates, chosen) if candidates else []
        self._manifests = Manifests(names)
        self._needs = Needs(target=self._manifests.target(settings))
        self._others = [*(FileOutcome(error.path, error=str(error)) for error in found.errors), *unreadable]
        self._known: dict[str, FileOutcome] = {}
        self._declined: Mapping[str, Declined] = {}

    def outcome(self, declined: Mapping[str, Declined] | None = None, progress: Progress | None = None) -> RunOutcome:
        """What comes of it when these findings of an earlier outcome, by path, are declined, with all that needs them."""
        declined = declined or {}
        touched = [group for group in self._groups if any(self._is_new(path, declined) for path in group.paths)]
        count = sum(len(group.paths) for group in touched)
        job = Job(self._settings, declined, self._needs)
        for number, file in enumerate(migrate_groups(touched, job, self._jobs), start=1):
            self._known[file.path] = file
            if progress is not None:
                progress(number, count)
        manifests = self._manifests.migrate(list(self._known.values()), job)
        self._declined = declined
        outcomes = [*self._others, *self._known.values(), *manifests]
        return summarize(outcomes, scanned=self._scanned, writes=False)

    def _is_new(self, path: str, declined: Mapping[str, Declined]) -> bool:
        return path not in self._known or declined.get(path) != self._declined.get(path)


def selection(settings: Settings) -> Selection:
    """Which files the settings let in."""
    root = os.path.realpath(settings.root)
    exclude = (*settings.exclude, *settings.extend_exclude)
    return Selection(settings.include, exclude, root, settings.force_exclude)


def _groups(found: Discovery, candidates: dict[str, int], selection: Selection) -> list[Group]:
    """The candidates in groups; the project around files that were named themselves is looked at with them."""
    mine = set(found.files)
    known = {os.path.realpath(path) for path in mine}
    roots = {project_root(path) for path in found.named if path in candidates}
    around = [path for path in discover(sorted(roots), selection).files if os.path.realpath(path) not in known]
    return group(candidates, (*(p for p in found.files if p not in candidates), *around), lambda path: path in mine)


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
