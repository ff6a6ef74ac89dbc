"""Imports that nothing needs any more once the edits are made."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import RemoveImport
from al_codemod.rules.base import Context, Draft, rule
from al_codemod.rules.covered import taken_out, templates
from al_codemod.rules.v1_names import ImportNode, exported, is_guarded, quoted_annotations

LEFT_OVER: Final = "AL798"


@rule(
    LEFT_OVER,
    "import-left-over",
    rows="types.16",
    before="""
from arraylake import Client
from arraylake.types import RepoKind

Client().create_repo("org/repo", kind=RepoKind.Icechunk)
""",
    after="""
from arraylake import Client

Client().create_repo("org/repo")
""",
)
def leftovers(context: Context) -> Iterator[Draft]:
    """An import whose every use the migration has taken out is taken out too. One that was unused before stays."""
    made = [edit for draft in context.drafts if context.is_made(draft) for edit in draft.edits]
    if not made:
        return
    gone = taken_out(made)
    removed = {edit.alias for edit in made if isinstance(edit, RemoveImport)}
    words = {
        word for edit in made for template in templates(edit) for word in re.findall(r"(?<![.\w])\w+", template.text)
    }
    words |= exported(context) | imported_elsewhere(context)
    words |= {w for node in quoted_annotations(context) for w in re.findall(r"\w+", str(node.value))}
    for statement, alias, name in _bound(context):
        if statement in gone or alias in removed or name in words or is_guarded(context, statement):
            continue
        owner = context.program.scope(statement).store_owner(name)
        uses = [n for n in context.nodes(ast.Name) if n.id == name and context.program.scope(n).owner(name) is owner]
        if uses and owner.bindings.get(name) == 1 and all(use in gone for use in uses):
            yield Draft(
                statement, f"nothing uses {name} any more", Applicability.SAFE, (RemoveImport(statement, alias),)
            )


def imported_elsewhere(context: Context) -> set[str]:
    """The names that other modules of the program import from this one."""
    imports = context.program.imports
    return {
        alias.name
        for statement, modules in imports.statements.items()
        if isinstance(statement, ast.ImportFrom) and context.source in modules
        for alias in statement.names
    }


def _bound(context: Context) -> Iterator[tuple[ImportNode, ast.alias, str]]:
    """Every import of one name that is sure to have no other purpose."""
    statements: list[ImportNode] = [*context.nodes(ast.Import), *context.nodes(ast.ImportFrom)]
    for statement in statements:
        for alias in statement.names:
            is_plain = isinstance(statement, ast.ImportFrom) or alias.asname or "." not in alias.name
            if is_plain and alias.name != "*":
                yield statement, alias, alias.asname or alias.name
