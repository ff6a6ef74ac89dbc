"""Migrate a file's bytes, whatever kind of file it is."""

from dataclasses import dataclass
from pathlib import Path

from al_codemod.documents.document import is_document, open_document
from al_codemod.documents.splices import spliced
from al_codemod.finding import Finding
from al_codemod.migrate import migrate
from al_codemod.migrate_document import migrate_document, with_docstrings
from al_codemod.settings import Settings


@dataclass(frozen=True)
class Migrated:
    """The bytes of a file after its migration, and its findings."""

    data: bytes
    findings: tuple[Finding, ...]


def migrated(path: Path, data: bytes, settings: Settings | None = None) -> Migrated:
    """Migrate the bytes of a file; `path` only says what kind of file it is."""
    settings = settings or Settings()
    if not is_document(str(path), data):
        migration = with_docstrings(str(path), data.decode(), migrate(data.decode(), settings), settings)
        return Migrated(migration.text.encode(), migration.findings)
    document = open_document(str(path), data)
    result = migrate_document(document, settings)
    return Migrated(document.encode(spliced(document.text, result.splices)), result.findings)
