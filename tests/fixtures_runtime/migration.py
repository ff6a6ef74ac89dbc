"""Migrate a file's bytes, whatever kind of file it is."""

from dataclasses import dataclass
from pathlib import Path

from al_codemod.finding import Finding
from al_codemod.job import Job
from al_codemod.settings import Settings
from al_codemod.source.errors import SourceError
from al_codemod.worker import migrate_bytes


@dataclass(frozen=True)
class Migrated:
    """The bytes of a file after its migration, and its findings."""

    data: bytes
    findings: tuple[Finding, ...]


def migrated(path: Path, data: bytes, settings: Settings | None = None) -> Migrated:
    """Migrate the bytes of a file; `path` only says what kind of file it is."""
    outcome = migrate_bytes(str(path), data, Job(settings or Settings()))
    if outcome.error is not None:
        raise SourceError(str(path), *outcome.problem)
    return Migrated(data if outcome.new is None else outcome.new, outcome.findings)
