"""The manifests among the files of a run: migrated after its code, because they follow from what the code needs."""

import codecs
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from al_codemod.manifests.kinds import has_needle
from al_codemod.manifests.needs import Needs
from al_codemod.outcome import FileOutcome
from al_codemod.source.errors import SourceError
from al_codemod.source.files import read_bytes
from al_codemod.source.text import SourceText, decode

if TYPE_CHECKING:
    from al_codemod.worker import Job

_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def migrate_manifests(paths: Sequence[str], code: Sequence[FileOutcome], job: "Job") -> list[FileOutcome]:
    """Migrate the manifests at `paths`, given what became of the Python files of the run."""
    outcomes: list[FileOutcome] = []
    candidates: list[SourceText] = []
    for path in paths:
        try:
            data = read_bytes(path)
            if has_needle(data.replace(b"\0", b"")):
                candidates.append(decode_manifest(path, data))
        except SourceError as error:
            outcomes.append(FileOutcome(path, error=str(error)))
    if candidates:
        from al_codemod.worker import migrate_file

        job = replace(job, needs=_needs(candidates, code, job))
        outcomes += [migrate_file(source.path, job) for source in candidates]
    return outcomes


def _needs(manifests: Iterable[SourceText], code: Sequence[FileOutcome], job: "Job") -> Needs:
    from al_codemod.manifests.migrate import project_target

    return Needs(
        v1_code=any(outcome.findings for outcome in code),
        imports=frozenset().union(*(outcome.imports for outcome in code)),
        target=project_target(((source.path, source.text) for source in manifests), job.settings),
    )


def decode_manifest(path: str, data: bytes) -> SourceText:
    """Decode a manifest: by its mark where a shell has written UTF-16, else as Python code, as pip does it too."""
    encoding = _UTF16.get(data[:2])
    if encoding is None:
        return decode(path, data)
    try:
        return SourceText(path, data.decode(encoding), encoding, has_bom=False)  # the mark stays in the text
    except UnicodeDecodeError as error:
        raise SourceError.of_file(path, f"not valid {encoding}: {error.reason}") from None
