"""The migration of the examples in the docstrings of a Python file."""

import ast

from al_codemod.documents.carry_out import Carried
from al_codemod.documents.docstrings import docstring_nodes, docstrings
from al_codemod.documents.parts import Part, join
from al_codemod.documents.splices import Splice, spliced
from al_codemod.finding import NONE_DECLINED, Declined, Finding, Migration
from al_codemod.migrate import propose
from al_codemod.settings import Settings
from al_codemod.source.check import check_syntax
from al_codemod.source.offsets import Offsets
from al_codemod.source.project import module_path


def with_docstrings(
    path: str, text: str, migrated: str, settings: Settings, declined: Declined = NONE_DECLINED
) -> Migration:
    """The migration of the examples in docstrings of `text`, put into what the code was migrated to.

    Raises `SourceError` where that cannot be done.
    """
    tree = check_syntax(path, text)
    nodes = docstring_nodes(tree)
    examples = list(docstrings(text, nodes))
    if not examples:
        return Migration(migrated)
    imports = _imports(tree)
    offsets = Offsets(migrated)
    places = [offsets.span(node)[0] for node in docstring_nodes(check_syntax(path, migrated))]
    findings: list[Finding] = []
    splices: list[Splice] = []
    for example in examples:
        parts = [part for part, _ in example.parts]
        own = Carried(path, settings, declined=declined)
        # A test runs the sessions of a docstring together, and no other block.
        for group in ([p for p in parts if p.is_session], [p for p in parts if not p.is_session]):
            if group:
                joined = join([Part(imports, parts[0].locate, str, context=True), *group], module_path(path))
                (proposal,) = propose([joined], settings, {joined.path: declined}, examples=True)
                own.carry_out(proposal, joined)
        for part in parts:
            own.commands(part)
        findings += own.findings()
        new = own.changed(parts)
        if new:
            start = places[example.index] if len(places) == len(nodes) else len(migrated)
            if not migrated.startswith(example.source, start):
                raise own.error("internal error, please report it: a docstring is lost")
            splices.append((start, start + len(example.source), example.replaced(new)))
    return Migration(spliced(migrated, sorted(splices)), tuple(findings))


def _imports(tree: ast.Module) -> str:
    """The imports of a Python file, which examples in its docstrings can rely on."""
    return "".join(f"{ast.unparse(node)}\n" for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom))
