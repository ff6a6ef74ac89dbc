"""The files that are analysed: each read into its modules, and made an outcome of when these have been analysed."""

from dataclasses import dataclass

from al_codemod.finding import NONE_DECLINED, Migration
from al_codemod.job import Job
from al_codemod.manifests.kinds import may_embed
from al_codemod.manifests.needs import imports_of
from al_codemod.migrate import Proposal
from al_codemod.outcome import FileOutcome
from al_codemod.semantics.modules import Module
from al_codemod.source.check import TOO_DEEP, check_syntax, syntax_error
from al_codemod.source.errors import SourceError
from al_codemod.source.project import module_path
from al_codemod.source.text import SourceText, decode


class BrokenResultError(Exception):
    """The migrated code is no Python."""


@dataclass(frozen=True, slots=True)
class CodeFile:
    """A file of Python: its bytes, its text, and the module that it is."""

    data: bytes
    source: SourceText
    module: Module

    @property
    def path(self) -> str:
        return self.source.path

    def outcome(self, proposal: Proposal, job: Job) -> FileOutcome:
        """What becomes of the file."""
        result = self._with_requirements(proposal.migration(), job)
        imports = imports_of(result.text)
        if result.text == self.source.text:
            old = self.data if result.findings else None
            return FileOutcome(self.path, findings=result.findings, old=old, imports=imports)
        _check_result(result.text)
        new = self.source.encode(result.text)
        return FileOutcome(self.path, changed=True, findings=result.findings, old=self.data, new=new, imports=imports)

    def _with_requirements(self, result: Migration, job: Job) -> Migration:
        """The migration of the code and, where it names requirements as that of cloud images does, of these too."""
        text = self.source.text
        if not may_embed(text):
            return result
        from al_codemod.manifests.migrate import with_embedded

        needs = job.needs.with_code(result.text, is_v1=bool(result.findings))
        declined = job.declined.get(self.path, NONE_DECLINED)
        return with_embedded(self.path, text, result, job.settings, needs, declined)


def read_code(path: str, data: bytes, *, editable: bool = True) -> CodeFile:
    """Parse what a file holds; raises `SourceError`."""
    if path.endswith(".ipynb"):
        raise SourceError.of_file(path, "notebooks cannot be migrated yet")
    source = decode(path, data)
    check_syntax(path, source.text)
    try:
        return CodeFile(data, source, Module.parse(source.text, module_path(path), editable=editable))
    except SyntaxError as error:
        raise syntax_error(path, error) from None
    except (RecursionError, MemoryError):
        raise SourceError.of_file(path, TOO_DEEP) from None


def _check_result(text: str) -> None:
    """Never write what does not parse."""
    try:
        check_syntax("", text)
    except SourceError as error:
        raise BrokenResultError(f"the migrated code {error.reason} (its line {error.line}); left alone") from None
