"""The safety net: no use of a V1 object goes unmentioned."""

import ast
from collections.abc import Iterator

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import ChangeCall, ReplaceExpression
from al_codemod.rules.arguments import Unpacked, drop_from
from al_codemod.rules.base import Context, Draft, Shared, Use, rule
from al_codemod.rules.blocked import HANDED_ON, NOT_FOLLOWED
from al_codemod.rules.covered import dealt_with
from al_codemod.rules.zarr.dicts import items
from al_codemod.semantics.enders import ENDING
from al_codemod.semantics.owners import is_migrated
from al_codemod.semantics.values import Value
from al_codemod.surface.kinds import LATE_HANDLES, REPOS, Effect, Kind
from al_codemod.surface.known import KNOWN_GOOD, PROPERTIES
from al_codemod.surface.members import MEMBERS, NEW_MEMBERS, V1_UNMISTAKABLE

LEFT = (
    "a session takes the place of what a repo did: open one where it is needed, use that, and commit it there; "
    "a worker writes to a fork of its caller's session, and gives it back to be merged"
)
INSTEAD = "look it up in the documentation of arraylake.Client, icechunk.Repository and icechunk.Session"


@rule(
    "AL799",
    "unknown-member",
    rows="",
    before="""
from arraylake import Client

repo = Client().get_repo("org/repo")
repo.sing()
""",
    after="""
from arraylake import Client

repo = Client().get_repo("org/repo")
repo.sing()
""",
)
def unknown(context: Context) -> Iterator[Draft]:
    """A member of a V1 object that no other rule knows, and that the new objects do not have either.

    It may be a member of some version that was not looked at, or one of the project's own; either way it has to be
    looked at.
    """
    done = dealt_with(context.drafts)
    seen = set(done)
    for use in context.members(KNOWN_GOOD):
        if use.node in seen or use.call in done or is_known(use):
            continue
        seen.add(use.node)
        name, kind = use.node.attr, use.value.kind
        if context.program.carried is not None and use.value.is_repo and name in ENDING | {"repo_name"}:
            continue  # a method of the object that the repo is kept in
        if (kind, name) in MEMBERS:
            handed = use.value.is_repo and MEMBERS[kind, name].effect is not Effect.NONE
            for place in context.place(use.value) if handed else ():
                place.block(use.node, "a method of the repo is handed on, with its session")
            message, instead = f"`{name}` of a V1 {kind} is used in a way that is not migrated", LEFT
        else:
            message, instead = f"`{name}` of a V1 {kind} is not known here", INSTEAD
        yield Draft(use.site, message, Applicability.MANUAL, instead=instead)


@rule(
    NOT_FOLLOWED,
    "not-followed",
    rows="",
    before="""
from importlib import import_module

from arraylake import Client

import_module("settings").get_repo(Client()).new_branch("dev")
""",
    after="""
from importlib import import_module

from arraylake import Client

import_module("settings").get_repo(Client()).new_branch("dev")
""",
)
def not_followed(context: Context) -> Iterator[Draft]:
    """A member that only a V1 repo has, or that something called a repo is asked for, on a value that is not known.

    Where it comes from cannot be seen here, so that nothing is changed.
    """
    if not context.uses_arraylake:
        return
    lost = any(place.blocks for place in context.program.places.all)
    own = context.shared.once(_methods_of_migrated_classes)
    for node in context.nodes(ast.Attribute):
        if node.attr in own:
            continue
        values = context.program.of(node.value)
        if any(v.kind is not Kind.OTHER for v in values) or not is_telling(node, lost):
            continue
        message = f"this looks like `{node.attr}` of a V1 repo that comes from somewhere else"
        yield Draft(node, message, Applicability.MANUAL, instead=LEFT)


@rule(
    "AL801",
    "zarr-version-left",
    rows="store.04",
    before="""
from arraylake import Client


def write(ds, store):
    ds.to_zarr(store, group="g", zarr_version=3)
""",
    after="""
from arraylake import Client


def write(ds, store):
    ds.to_zarr(store, group="g", zarr_version=3)
""",
)
def zarr_version_left(context: Context) -> Iterator[Draft]:
    """`zarr_version=` in a call on a store that is not known here; V1 asked for it, zarr 3 and xarray refuse it.

    Where it is kept in a dict it is taken out: such keywords are unpacked for calls that no longer take it.
    """
    if not context.uses_arraylake:
        return
    changed = {e.node for d in context.drafts for e in d.edits if isinstance(e, ChangeCall)}
    for call in context.nodes(ast.Call):
        for keyword in call.keywords:
            if keyword.arg == "zarr_version" and call not in changed:
                if _is_dict(context, call):
                    continue
                instead = "zarr_format=3 with to_zarr, nothing where a store is opened"
                yield Draft(keyword, "zarr_version= is gone", Applicability.MANUAL, instead=instead)
    yield from zarr_version_kept(context)


def zarr_version_kept(context: Context) -> Iterator[Draft]:
    """`zarr_version` among keywords that are kept in a dict, and unpacked where that is not seen."""
    changed = {e.node for d in context.drafts for e in d.edits if isinstance(e, ChangeCall | ReplaceExpression)}
    kept: list[ast.Dict | ast.Call] = [*context.nodes(ast.Dict), *context.nodes(ast.Call)]
    for node in kept:
        if node in changed or (isinstance(node, ast.Call) and not _is_dict(context, node)):
            continue
        values = [value for name, value, _ in items(node) if name == "zarr_version"]
        if not values:
            continue
        edits = tuple(drop_from([Unpacked(ast.keyword(None, node), node)], frozenset({"zarr_version"})))
        is_3 = all(isinstance(v, ast.Constant) and v.value == 3 for v in values)
        if not is_3 or any(place.blocked for place in context.program.places.all):
            message, instead = "zarr_version is gone, among these keywords", "leave it out, or call it zarr_format"
            yield Draft(node, message, Applicability.MANUAL, instead=instead)
        else:
            yield Draft(node, "leave out zarr_version, which nothing takes any more", Applicability.REVIEW, edits)


def _is_dict(context: Context, call: ast.Call) -> bool:
    """Whether a call makes a dict of its keywords."""
    function = call.func
    return (
        isinstance(function, ast.Name) and function.id == "dict" and context.program.scope(call).owner("dict") is None
    )


@rule(
    HANDED_ON,
    "handle-out-of-sight",
    rows="",
    before="""
from importlib import import_module

from arraylake import Client

step = import_module("steps.first").run
repo = Client().get_repo("org/repo")
step(repo.root_group)
repo.commit("steps")
""",
    after="""
from importlib import import_module

import zarr
from arraylake import Client

step = import_module("steps.first").run
repo = Client().get_repo("org/repo")
session = repo.writable_session(branch="main")
step(zarr.open_group(session.store, mode="a"))
if session.has_uncommitted_changes:
    session.commit("steps")
""",
)
def out_of_sight(context: Context) -> Iterator[Draft]:
    """A repo, group, array or store is passed to a function of which it is not known what it is.

    It may use methods that zarr 3 does not have, or has under other names, or the session that the repo had; these are
    not looked at.
    """
    kinds = LATE_HANDLES if context.program.new_api_uses else LATE_HANDLES | REPOS
    for node, value in handed_on(context):
        parent = context.program.parents.get(node)
        call = context.program.parents.get(parent) if isinstance(parent, ast.keyword) else parent
        if not isinstance(call, ast.Call):
            continue
        function = call.func
        local = isinstance(function, ast.Name) and context.program.scope(function).owner(function.id) is not None
        if value.kind in kinds and local and not context.program.of(function):
            message = f"what `{ast.unparse(function)}` does with this {value.kind} is not seen"
            instead = LEFT if value.is_repo else "zarr 3 has other methods than zarr 2"
            yield Draft(node, message, Applicability.MANUAL, instead=f"look at it: {instead}")


def handed_on(context: Context) -> Iterator[tuple[ast.AST, Value]]:
    """What is passed to calls that are not followed, of the places that are migrated."""
    for event, place in context.events():
        if event.effect is Effect.ESCAPE and event.value is not None and not place.blocked:
            yield event.node, event.value
    if context.program.carried is not None:
        for call in context.nodes(ast.Call):
            for passed in (*call.args, *(k.value for k in call.keywords)):
                yield from ((passed, v) for v in context.program.of(passed) if v.kind in LATE_HANDLES)


def _methods_of_migrated_classes(shared: Shared) -> set[str]:
    """The methods of classes that open sessions of Icechunk: what they are asked of is no V1 repo."""
    classes = [n for n in shared.program.parents if isinstance(n, ast.ClassDef) and is_migrated(n)]
    return {m.name for c in classes for m in c.body if isinstance(m, ast.FunctionDef)}


def is_telling(node: ast.Attribute, lost: bool) -> bool:
    """Whether a member points at a V1 repo: alone, or by the name of what it is asked of where repos were lost sight of."""
    is_new = any(isinstance(n, ast.Attribute) and n.attr in NEW_MEMBERS for n in ast.walk(node.value))
    named = lost and not is_new and "repo" in ast.unparse(node.value).lower()
    if node.attr in V1_UNMISTAKABLE - {"to_xarray"}:
        return True
    return named and node.attr in {"to_xarray", "commit", "checkout", "tag", "store"}


def is_known(use: Use) -> bool:
    """Whether a member is as good after the migration as before."""
    name = use.node.attr
    if name in KNOWN_GOOD[use.value.kind] or (name.startswith("__") and name.endswith("__")):
        return True
    return name in PROPERTIES and use.call is None and use.value.is_repo
