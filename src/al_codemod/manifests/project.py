"""The manifests among the files of a run: migrated after its code, because they follow from what the code needs."""

import codecs
import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from al_codemod.finding import UNUSED
from al_codemod.manifests.kinds import Kind, has_needle, kind_of
from al_codemod.outcome import FileOutcome
from al_codemod.settings import Settings
from al_codemod.source.errors import SourceError
from al_codemod.source.files import read_bytes
from al_codemod.source.text import SourceText, decode
from al_codemod.targets import Target

if TYPE_CHECKING:
    from al_codemod.job import Job

_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class Manifests:
    """The manifests of a run that have something to say, and all that they include."""

    def __init__(self, paths: Sequence[str]) -> None:
        """Read them all; what cannot be read is among the outcomes later."""
        self._sources: list[tuple[SourceText, bytes]] = []
        self._unreadable: list[FileOutcome] = []
        pending = [*paths]
        known = {*map(os.path.realpath, paths)}
        while pending:
            path = pending.pop()
            try:
                new = [p for p in self._read(path) if os.path.realpath(p) not in known]
            except SourceError as error:
                self._unreadable.append(FileOutcome(path, error=str(error)))
            else:
                pending += new
                known.update(map(os.path.realpath, new))

    def _read(self, path: str) -> list[str]:
        """Take one manifest, and answer with those that it includes."""
        data = read_bytes(path)
        if has_needle(data.replace(b"\0", b"")):
            self._sources.append((decode_manifest(path, data), data))
        return _included(path, data)

    def target(self, settings: Settings) -> Target | None:
        """The line of versions that fits the Python that they ask for, `None` when none of them asks for any."""
        if not self._sources:
            return None
        from al_codemod.manifests.migrate import project_target

        return project_target(((source.path, source.text) for source, _ in self._sources), settings)

    def migrate(self, code: Sequence[FileOutcome], job: "Job") -> list[FileOutcome]:
        """Migrate them, given what became of the Python files of the run."""
        outcomes = [*self._unreadable]
        if self._sources:
            from al_codemod.worker import migrate_bytes

            imports = job.needs.imports.union(*(outcome.imports for outcome in code))
            is_v1 = job.needs.v1_code or any(finding.code != UNUSED for outcome in code for finding in outcome.findings)
            job = replace(job, needs=replace(job.needs, v1_code=is_v1, imports=imports))
            outcomes += [migrate_bytes(source.path, data, job) for source, data in self._sources]
        return outcomes


def _included(path: str, data: bytes) -> list[str]:
    """The files that a requirements file includes, as far as they are there."""
    if kind_of(path) is not Kind.REQUIREMENTS or not any(option in data for option in (b"-r", b"-c")):
        return []
    from al_codemod.manifests.requirements import included

    return [name for name in included(path, decode_manifest(path, data).text) if os.path.isfile(name)]


def decode_manifest(path: str, data: bytes) -> SourceText:
    """Decode a manifest: by its mark where a shell has written UTF-16, else as Python code, as pip does it too."""
    encoding = _UTF16.get(data[:2])
    if encoding is None:
        return decode(path, data)
    try:
        return SourceText(path, data.decode(encoding), encoding, has_bom=False)  # the mark stays in the text
    except UnicodeDecodeError as error:
        raise SourceError.of_file(path, f"not valid {encoding}: {error.reason}") from None
