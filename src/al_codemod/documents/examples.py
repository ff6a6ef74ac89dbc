"""The migration of the examples in the docstrings of a Python file."""

import ast

from al_codemod.documents.carry_out import Carried
from al_codemod.documents.docstrings import docstring_nodes, docstrings
from al_codemod.documents.offsets import Offsets
from al_codemod.documents.parts import Part, join
from al_codemod.documents.splices import Splice, spliced
from al_codemod.finding import NONE_DECLINED, Declined, Finding, Migration
from al_codemod.migrate import propose
from al_codemod.settings import Settings
from al_codemod.source.project import module_path


def with_docstrings(
    path: str, text: str, migrated: str, settings: Settings, declined: Declined = NONE_DECLINED
) -> Migration:
    """The migration of the examples in docstrings of `text`, put into what the code was migrated to.

    Raises `SourceError` where that cannot be done.
    """
    examples = list(docstrings(text))
    if not examples:
        return Migration(migrated)
    imports = _imports(text)
    nodes, offsets = docstring_nodes(migrated), Offsets(migrated)
    places = [offsets.span(node)[0] for node in nodes]
    old_offsets = Offsets(text)
    indexes = {old_offsets.span(node)[0]: index for index, node in enumerate(docstring_nodes(text))}
    findings: list[Finding] = []
    splices: list[Splice] = []
    for example in examples:
        parts = [part for part, _ in example.parts]
        own = Carried(path, settings, declined=declined)
        # A test runs the sessions of a docstring together, and no other block.
        for group in ([p for p in parts if p.is_session], [p for p in parts if not p.is_session]):
            if group:
                joined = join([Part(imports, parts[0].locate, str, context=True), *group], module_path(path))
                (proposal,) = propose([joined], settings, {joined.path: declined})
                own.carry_out(proposal, joined)
        for part in parts:
            own.commands(part)
        findings += own.findings()
        new = own.changed(parts)
        if new:
            start = places[indexes[example.start]] if len(places) == len(indexes) else len(migrated)
            if not migrated.startswith(example.source, start):
                raise own.error("internal error, please report it: a docstring is lost")
            splices.append((start, start + len(example.source), example.replaced(new)))
    return Migration(spliced(migrated, sorted(splices)), tuple(findings))


def _imports(text: str) -> str:
    """The imports of a Python file, which examples in its docstrings can rely on."""
    body = ast.parse(text).body
    return "".join(f"{ast.unparse(node)}\n" for node in body if isinstance(node, ast.Import | ast.ImportFrom))
