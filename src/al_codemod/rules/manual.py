"""Members without an equivalent, each reported with what to write instead."""

import ast
from collections.abc import Iterator

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import Edit, ReplaceStatement, Template
from al_codemod.rules.base import Context, Draft, rule
from al_codemod.rules.naming import dotted
from al_codemod.surface import manual as surface
from al_codemod.surface.kinds import HANDLES, REPOS, Kind

STORE = frozenset({Kind.STORE})


@rule(
    "AL701",
    "no-equivalent",
    rows=" ".join(sorted({row for entry in surface.MANUAL.values() for row in entry.rows.split()})),
    before="""
from arraylake import Client

repo = Client().get_repo("org/repo")
print(repo.filter_metadata("sensor == 'modis'"))
""",
    after="""
from arraylake import Client

repo = Client().get_repo("org/repo")
print(repo.filter_metadata("sensor == 'modis'"))
""",
)
def no_equivalent(context: Context) -> Iterator[Draft]:
    """Members of V1 objects that Icechunk has no equivalent of: sessions on a server, queries, virtual files, keys.

    Where such a member changes what is about to be committed in a way that cannot be followed, nothing of that repo is
    migrated.
    """
    for (kind, name), entry in surface.MANUAL.items():
        for use in context.uses({kind}, name):
            yield Draft(use.site, entry.message, Applicability.MANUAL, instead=entry.instead)
            if entry.changes:
                for place in context.place(use.value):
                    place.block(use.site, f"{name} has no equivalent")


@rule(
    "AL702",
    "store-as-mapping",
    rows="store.14 store.15",
    before="""
from arraylake import Client

repo = Client().get_repo("org/repo")
print("meta/root/a.array.json" in repo.store)
""",
    after="""
from arraylake import Client

repo = Client().get_repo("org/repo")
session = repo.readonly_session(branch="main")
print("meta/root/a.array.json" in session.store)
""",
)
def mapping(context: Context) -> Iterator[Draft]:
    """A store is no mapping of keys to bytes any more, and the keys are others.

    Icechunk raises a `TypeError` for each of these uses.
    """
    instead = surface.MANUAL[Kind.STORE, "get"].instead
    for node in _mapping_uses(context):
        yield Draft(node, "the store is no mapping any more", Applicability.MANUAL, instead=instead)


def _mapping_uses(context: Context) -> Iterator[ast.AST]:
    for subscript in context.nodes(ast.Subscript):
        if _is_store(context, subscript.value):
            yield subscript
    for compare in context.nodes(ast.Compare):
        for operator, operand in zip(compare.ops, compare.comparators, strict=True):
            if isinstance(operator, ast.In | ast.NotIn) and _is_store(context, operand):
                yield compare
    for call in context.nodes(ast.Call):
        is_asked = isinstance(call.func, ast.Name) and call.func.id in {"len", "list", "iter", "sorted", "set", "dict"}
        if is_asked and len(call.args) == 1 and _is_store(context, call.args[0]):
            yield call
    loops: list[ast.For | ast.comprehension] = [*context.nodes(ast.For), *context.nodes(ast.comprehension)]
    yield from (loop.iter for loop in loops if _is_store(context, loop.iter))


def _is_store(context: Context, node: ast.AST) -> bool:
    return any(value.kind is Kind.STORE for value in context.program.of(node))


@rule(
    "AL703",
    "store-rmdir",
    rows="store.17",
    before="""
from arraylake import Client

repo = Client().get_repo("org/repo")
repo.store.rmdir("old")
repo.commit("without the old")
""",
    after="""
import zarr
from arraylake import Client

repo = Client().get_repo("org/repo")
session = repo.writable_session(branch="main")
del zarr.open_group(session.store, mode="a")["old"]
if session.has_uncommitted_changes:
    session.commit("without the old")
""",
)
def rmdir(context: Context) -> Iterator[Draft]:
    """A group or array is deleted with zarr. V1 said nothing where there was none, zarr raises a `KeyError`."""
    for use in context.uses(STORE, "rmdir"):
        call = use.call
        statement = context.program.parents.get(call) if call is not None else None
        if call is None or len(call.args) != 1 or call.keywords or not isinstance(statement, ast.Expr):
            instead = 'del zarr.open_group(session.store, mode="a")[path]'
            yield Draft(use.site, "the store deletes otherwise", Applicability.MANUAL, instead=instead)
            continue
        zarr, needed = context.module("zarr", call)
        new = Template(
            f'del {zarr}.open_group({{store}}, mode="a")[{{path}}]', {"store": use.node.value, "path": call.args[0]}
        )
        edits: tuple[Edit, ...] = (ReplaceStatement(statement, (new,)), *needed)
        yield Draft(
            call,
            "delete with zarr, which raises where there is nothing",
            Applicability.REVIEW,
            edits,
            context.place(use.value),
        )


@rule(
    "AL704",
    "copied-or-pickled",
    rows="repo.54 store.21",
    before="""
import pickle

from arraylake import Client

blob = pickle.dumps(Client().get_repo("org/repo"))
""",
    after="""
import pickle

from arraylake import Client

blob = pickle.dumps(Client().get_repo("org/repo"))
""",
)
def copied(context: Context) -> Iterator[Draft]:
    """A pickled repo took its session along; a repository has none. Zarr 3 has no functions that copy hierarchies."""
    for call in context.nodes(ast.Call):
        name = dotted(context, call.func)
        passed = [
            value
            for argument in (*call.args, *(k.value for k in call.keywords))
            for value in context.program.of(argument)
        ]
        if name in surface.PICKLERS and any(v.kind in REPOS or v.kind is Kind.STORE for v in passed):
            message = "what is pickled takes no session along"
            yield Draft(call, message, Applicability.MANUAL, instead=surface.PICKLED_INSTEAD)
        elif name in surface.COPIERS and any(v.kind in HANDLES for v in passed):
            yield Draft(call, f"{name} is gone", Applicability.MANUAL, instead=surface.COPIED_INSTEAD)
