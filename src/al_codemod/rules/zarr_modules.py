"""Modules of zarr 2 that zarr 3 no longer has, wherever they are used."""

import ast
import builtins
import re
from collections.abc import Iterator
from typing import Final

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import Edit, RemoveImport, ReplaceExpression, ReplaceStatement, Template
from al_codemod.rules.base import Context, Draft
from al_codemod.rules.naming import dotted
from al_codemod.rules.zarr.support import zarr_rule
from al_codemod.surface.names import CANONICAL

GONE: Final = frozenset({"hierarchy", "convenience", "creation"})
_MODULES: Final = frozenset(f"zarr.{name}" for name in GONE)
INSTEAD: Final = "import it from zarr itself, where zarr 3 has most of it"


@zarr_rule(
    "AL413",
    "zarr-2-module",
    rows="",
    before="""
from arraylake import Client
from zarr.hierarchy import Group

repo = Client().get_repo("org/repo")
print(isinstance(repo.root_group, Group))
""",
    after="""
import zarr
from arraylake import Client
from zarr import Group

repo = Client().get_repo("org/repo")
session = repo.readonly_session(branch="main")
print(isinstance(zarr.open_group(session.store, mode="r"), Group))
""",
)
def zarr_modules(context: Context) -> Iterator[Draft]:
    """`zarr.hierarchy`, `zarr.convenience` and `zarr.creation` are gone; what they had is in `zarr` itself."""
    for node in context.nodes(ast.Attribute):
        inner = node.value
        is_module = isinstance(inner, ast.Attribute) and (inner.attr in GONE or inner.attr == "core")
        known = dotted(context, node) == f"zarr.{node.attr}"
        if is_module and known and isinstance(inner, ast.Attribute):
            new = Template(f"{{zarr}}.{node.attr}", {"zarr": inner.value})
            yield Draft(node, "zarr 3 has it at the top", Applicability.SAFE, (ReplaceExpression(node, new),))
    for plain in context.nodes(ast.Import):
        if any(a.name in _MODULES for a in plain.names):
            # Others may be imported by the same statement.
            listed = [
                f"zarr as {a.asname}"
                if a.name in _MODULES and a.asname
                else "zarr"
                if a.name in _MODULES
                else f"{a.name} as {a.asname}"
                if a.asname
                else a.name
                for a in plain.names
            ]
            edit = ReplaceStatement(plain, (Template(f"import {', '.join(dict.fromkeys(listed))}"),))
            yield Draft(plain, "zarr 3 has it at the top", Applicability.SAFE, (edit,))
    yield from _named_modules(context)
    for statement in context.nodes(ast.ImportFrom):
        module = statement.module or ""
        if statement.level or module not in {*(f"zarr.{m}" for m in GONE), "zarr.core"}:
            continue
        if module != "zarr.core" and [a.name for a in statement.names] == ["*"]:
            used = sorted(name for name in _unbound(context) if f"{module}.{name}" in CANONICAL)
            if used:
                edit = ReplaceStatement(statement, (Template(f"from zarr import {', '.join(used)}"),))
                yield Draft(statement, "zarr 3 has it at the top", Applicability.REVIEW, (edit,))
                continue
        if all(CANONICAL.get(f"{module}.{a.name}") for a in statement.names):
            edit = ReplaceStatement(statement, (Template(_from_zarr(context, statement)),))
            yield Draft(statement, "zarr 3 has it at the top", Applicability.SAFE, (edit,))
        elif module != "zarr.core":
            yield Draft(statement, f"zarr 3 has no {module}", Applicability.MANUAL, instead=INSTEAD)


def _named_modules(context: Context) -> Iterator[Draft]:
    """`from zarr import convenience`: what is asked of such a module is asked of zarr."""
    for statement in context.nodes(ast.ImportFrom):
        for alias in statement.names if statement.module == "zarr" and not statement.level else ():
            if alias.name not in {*GONE, "core"}:
                continue
            local = alias.asname or alias.name
            parents = [context.program.parents.get(use) for use in context.loads(local)]
            uses = [p for p in parents if isinstance(p, ast.Attribute) and isinstance(p.value, ast.Name)]
            known = [use for use in uses if f"zarr.{alias.name}.{use.attr}" in CANONICAL]
            if len(known) < len(parents):
                if alias.name in GONE:
                    yield Draft(alias, f"zarr 3 has no zarr.{alias.name}", Applicability.MANUAL, instead=INSTEAD)
                continue
            removal: tuple[Edit, ...] = (RemoveImport(statement, alias),)
            for use in known:
                zarr, imports = context.module("zarr", use)
                edits = (ReplaceExpression(use, Template(f"{zarr}.{use.attr}")), *imports, *removal)
                yield Draft(use, "zarr 3 has it at the top", Applicability.SAFE, edits)
                removal = ()


def _unbound(context: Context) -> set[str]:
    """The names that a module uses and does not bind."""
    names = (n for n in context.nodes(ast.Name) if isinstance(n.ctx, ast.Load))
    return {n.id for n in names if context.program.scope(n).owner(n.id) is None and not hasattr(builtins, n.id)}


def _from_zarr(context: Context, statement: ast.ImportFrom) -> str:
    """The same import from zarr itself, on as many lines where it is written as those."""
    text = ast.get_source_segment(context.source.text, statement) or ""
    if "\n" in text and not statement.col_offset and not re.search(r"[{}\r]", text):
        return re.sub(r"\A(from\s+)zarr\.\w+", r"\1zarr", text)
    return f"from zarr import {', '.join(f'{a.name} as {a.asname}' if a.asname else a.name for a in statement.names)}"
