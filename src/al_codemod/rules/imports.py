"""Imports of V1 classes and modules."""

import ast
from collections.abc import Iterable, Iterator

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import Edit, InsertStatements, RemoveImport, ReplaceStatement, Template, Where
from al_codemod.rules.base import Context, Draft, rule
from al_codemod.rules.homes import home_of
from al_codemod.rules.naming import dotted
from al_codemod.rules.v1_names import Binding, ImportNode, V1Names, everything, is_guarded
from al_codemod.semantics.scopes import Scope
from al_codemod.surface.types import EXCEPTIONS, REPO, STAR, TYPES, canonical, gone


@rule(
    "AL501",
    "v1-imports",
    rows="imports.03 imports.04 imports.05 imports.08 types.13 types.15",
    before="""
from arraylake.repo import Repo


def name(repo: Repo) -> str:
    return "repo"
""",
    after="""
from icechunk import Repository


def name(repo: Repository) -> str:
    return "repo"
""",
)
def imports(context: Context) -> Iterator[Draft]:
    """Imports of the classes of V1 become imports of the classes that took their place.

    `Repo` and `AsyncRepo` are both an `icechunk.Repository`, `ArraylakeStore` is an `icechunk.IcechunkStore`, a
    `LocalSession` an `icechunk.Session`, a `Commit` an `icechunk.SnapshotInfo`; names of branches and tags, and ids of
    commits, are plain strings. The new import stands where the old one stood, also under `if TYPE_CHECKING:`. A name
    that an import renames, that other modules may import from here, or that is taken, stays as it is.
    """
    names = context.once(V1Names)
    statements: dict[ImportNode, list[Binding]] = {}
    for binding in names.bindings:
        local = (binding.scope, binding.local)
        if is_replaced(context, names, binding) and not names.is_kept(local):
            statements.setdefault(binding.statement, []).append(binding)
    for statement, replaced in statements.items():
        lines = tuple(_new_lines(context, names, replaced))
        old = ", ".join(b.alias.name for b in replaced)
        message = f"import what took the place of {old}" if lines else f"{old} is gone, and nothing needs it any more"
        edits = tuple(statement_edits(context, statement, replaced, lines))
        yield Draft(statement, message, Applicability.REVIEW, edits, everything(context))


def is_replaced(context: Context, names: V1Names, binding: Binding) -> bool:
    """Whether an import can go: of a class with a successor, or of a module that only such classes are taken from."""
    if binding.name in TYPES or binding.name in EXCEPTIONS:
        return True
    if gone(binding.name) is None:
        return False
    return not others(context, names, binding) if not binding.is_plain_package else not _gone_uses(context, names)


def others(context: Context, names: V1Names, binding: Binding) -> list[ast.Name]:
    """The uses of an imported module other than for V1 classes that are replaced."""
    bases = {_base(use.node) for use in names.uses if not use.is_quoted and not names.stays(use)}
    return [n for n in _loads(context, binding.scope, binding.local) if n not in bases]


def _gone_uses(context: Context, names: V1Names) -> bool:
    """Whether something of a removed module is used as `arraylake.x.y` that has no successor."""
    done = {inner for use in names.uses if not names.stays(use) for inner in ast.walk(use.node)}
    return any(
        gone(canonical(dotted(context, node))) is not None and canonical(dotted(context, node)).count(".") > 1
        for node in context.nodes(ast.Attribute)
        if node not in done and dotted(context, node).startswith("arraylake.")
    ) or any(names.stays(use) for use in names.uses if isinstance(use.node, ast.Attribute))


def _loads(context: Context, scope: Scope, name: str) -> list[ast.Name]:
    return [n for n in context.loads(name) if context.program.scope(n).owner(name) is scope]


def _base(node: ast.expr) -> ast.expr:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node


def statement_edits(
    context: Context, statement: ImportNode, replaced: list[Binding], lines: tuple[Template, ...]
) -> Iterator[Edit]:
    """The edits of one import statement, some or all names of which are replaced."""
    aliases = {b.alias for b in replaced}
    rest = [a for a in statement.names if a not in aliases]
    if not rest:
        yield ReplaceStatement(statement, lines)
    elif not is_guarded(context, statement):
        yield from (RemoveImport(statement, alias) for alias in aliases)
        if lines:
            yield InsertStatements(statement, Where.AFTER, lines)
    else:  # in a `try` that the import decides about, the statement has to go as a whole
        yield ReplaceStatement(statement, (Template(_import_text(statement, rest)), *lines))


def _new_lines(context: Context, names: V1Names, replaced: Iterable[Binding]) -> Iterator[Template]:
    """The imports that take the place of others, one statement for all that comes from one module."""
    members: list[str] = []
    home = home_of(context)
    for binding in replaced:
        local = (binding.scope, binding.local)
        if binding.name == REPO and home is not None:
            if names.is_given_away(binding) and home.module is not context.source:
                yield Template(home.import_as(context, binding.local))
        elif binding.name in EXCEPTIONS:
            if not names.used(local):
                members.append(_aliased(EXCEPTIONS[binding.name][0], binding.local))
        elif binding.name in TYPES:
            new, called = TYPES[binding.name], names.new_name(binding)
            if not new.module:
                if called != new.member:
                    yield Template(f"{called} = {new.member}")
            elif context.imported(f"{new.module}.{new.member}", binding.scope) != called:
                members.append(_aliased(new.member, called))
        elif binding.is_plain_package and _needs_package(context, names, binding):
            yield Template("import arraylake")
    if members:
        yield Template(f"from icechunk import {', '.join(sorted(set(members), key=str.casefold))}")


def _needs_package(context: Context, names: V1Names, binding: Binding) -> bool:
    """Whether `import arraylake.x` also was the import of `arraylake`, and its other members are used."""
    plain = [b for b in names.bindings if b.scope is binding.scope and b.is_plain_package and b is not binding]
    return bool(others(context, names, binding)) and not any(gone(b.name) is None for b in plain)


def _aliased(member: str, name: str) -> str:
    return member if member == name else f"{member} as {name}"


def _import_text(statement: ImportNode, names: Iterable[ast.alias]) -> str:
    text = ", ".join(_aliased(a.name, a.asname or a.name) for a in names)
    return f"import {text}" if isinstance(statement, ast.Import) else f"from {statement.module} import {text}"


@rule(
    "AL503",
    "star-import",
    rows="imports.01 imports.02",
    before="""
from arraylake import *

client = Client()
print(client.list_repos("org"))
""",
    after="""
from arraylake import Client

client = Client()
print(client.list_repos("org"))
""",
)
def star(context: Context) -> Iterator[Draft]:
    """`from arraylake import *` fails with today's versions; the names that are used are imported instead."""
    root = context.scope
    for statement in context.nodes(ast.ImportFrom):
        if statement.module != "arraylake" or statement.level or statement.names[0].name != "*":
            continue
        used = [name for name in STAR if name in root.names() and name not in root.bindings]
        lines = (Template(f"from arraylake import {', '.join(used)}"),) if used else ()
        edit = ReplaceStatement(statement, lines)
        yield Draft(statement, "import the names that are used", Applicability.REVIEW, (edit,))


@rule(
    "AL504",
    "removed-names",
    rows="imports.06 imports.07 imports.09 imports.10 imports.16 types.06 types.07 types.08 types.11",
    before="""
from arraylake.commits import CommitLog


def show(log: CommitLog) -> None:
    print(log)
""",
    after="""
from arraylake.commits import CommitLog


def show(log: CommitLog) -> None:
    print(log)
""",
)
def removed(context: Context) -> Iterator[Draft]:
    """Modules and classes of V1 without a successor: their imports fail; what to do depends on what they were for."""
    names = context.once(V1Names)
    for binding in names.bindings:
        found = gone(binding.name)
        if found is not None and not is_replaced(context, names, binding):
            yield Draft(binding.statement, f"{binding.name} is gone", Applicability.MANUAL, instead=found.instead)
    for node in context.nodes(ast.Constant):
        parent = context.program.parents.get(node)
        text = node.value
        if not isinstance(text, str) or not text.startswith("arraylake.") or not isinstance(parent, ast.Call):
            continue
        name = canonical(text)
        found = next((g for g in (gone(name), gone(name.rpartition(".")[0])) if g), None)
        if all(part.isidentifier() for part in text.split(".")) and found is not None:
            yield Draft(node, f"{text} is gone", Applicability.MANUAL, instead=found.instead)
