"""The files that are analysed: each read into its modules, and made an outcome of when these have been analysed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from al_codemod.documents.document import Document, has_examples, is_document, open_document
from al_codemod.documents.parts import Joined, join
from al_codemod.documents.splices import spliced
from al_codemod.finding import NONE_DECLINED, Finding, in_order
from al_codemod.job import Job
from al_codemod.manifests.kinds import may_embed
from al_codemod.manifests.needs import imports_of
from al_codemod.outcome import FileOutcome
from al_codemod.proposals import Proposal
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

    @property
    def modules(self) -> Sequence[Module]:
        return [self.module]

    def outcome(self, proposals: Sequence[Proposal], job: Job) -> FileOutcome:
        """What becomes of the file, with the examples in its docstrings and the requirements that its code names."""
        (proposal,) = proposals
        old, declined = self.source.text, job.declined.get(self.path, NONE_DECLINED)
        text = proposal.migration().text
        beside: list[Finding] = []
        if has_examples(self.data):
            from al_codemod.documents.examples import with_docstrings

            examples = with_docstrings(self.path, old, text, job.settings, declined)
            text = examples.text
            beside += examples.findings
        if may_embed(old):
            from al_codemod.manifests.migrate import with_embedded

            needs = job.needs.with_code(text, is_v1=bool(proposal.findings))
            embedded = with_embedded(self.path, old, text, proposal.wanted, needs)
            text = embedded.text
            beside += embedded.findings
        findings = in_order({*proposal.remaining(), *beside})
        imports = imports_of(text)
        if text == old:
            return FileOutcome(self.path, findings=findings, old=self.data if findings else None, imports=imports)
        _check_result(text)
        new = self.source.encode(text)
        return FileOutcome(self.path, changed=True, findings=findings, old=self.data, new=new, imports=imports)


@dataclass(frozen=True, slots=True)
class DocumentFile:
    """A document: its bytes, the document itself, and the modules that its parts are."""

    data: bytes
    document: Document
    modules: Sequence[Joined]

    @property
    def path(self) -> str:
        return self.document.path

    def outcome(self, proposals: Sequence[Proposal], job: Job) -> FileOutcome:
        """What becomes of the file."""
        document = self.document
        if document.skipped:
            return FileOutcome(self.path, note=document.skipped)
        from al_codemod.documents.carry_out import Carried

        carried = Carried(self.path, job.settings, job.needs, job.declined.get(self.path, NONE_DECLINED))
        for proposal, joined in zip(proposals, self.modules, strict=True):
            carried.carry_out(proposal, joined)
        for part in document.parts:
            carried.commands(part)
        texts = carried.changed(document.parts)
        splices = document.splices(texts, clear_outputs=job.settings.clear_outputs)
        findings = carried.findings()
        if not splices:
            return FileOutcome(self.path, findings=findings, old=self.data if findings else None)
        from al_codemod.documents.notebook import Notebook
        from al_codemod.report.cell_diff import cell_diff
        from al_codemod.report.spliced_diff import spliced_diff

        return FileOutcome(
            self.path,
            changed=True,
            findings=findings,
            old=self.data,
            new=document.encode(spliced(document.text, splices)),
            diff=spliced_diff(self.path, document, splices),
            cells=cell_diff(self.path, document.cells(texts)) if isinstance(document, Notebook) else None,
        )


AnalysedFile: TypeAlias = CodeFile | DocumentFile


def read_source(path: str, data: bytes, *, editable: bool = True) -> AnalysedFile:
    """Take what a file holds apart; raises `SourceError`. Unless it is `editable`, it is only there to be looked at."""
    try:
        if is_document(path, data):
            document = open_document(path, data)
            modules = [join(parts, module_path(path), editable=editable) for parts in document.modules]
            return DocumentFile(data, document, modules)
        source = decode(path, data)
        tree = check_syntax(path, source.text)
        return CodeFile(data, source, Module(source.text, tree, module_path(path), editable))
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
