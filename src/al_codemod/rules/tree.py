"""`repo.tree` and the members of a repo that Icechunk has no use for."""

import ast
from collections.abc import Iterator

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import Edit, ReplaceExpression, ReplaceStatement, Template
from al_codemod.rules.anchors import Blocked
from al_codemod.rules.base import Context, Draft, Use, rule
from al_codemod.rules.branches import at
from al_codemod.rules.reading import NOT_NAMED, session_at
from al_codemod.rules.status import left
from al_codemod.semantics.arguments import all_parameters, argument, bind_arguments
from al_codemod.semantics.program import Program
from al_codemod.semantics.scopes import FUNCTIONS
from al_codemod.semantics.values import Birth, Origin
from al_codemod.semantics.working_copies import names_of_repos
from al_codemod.surface.kinds import REPOS, Kind

WALK = 'walk zarr.open_group(session.store, mode="r").members(max_depth=None), a group\'s groups(), arrays() and attrs'


@rule(
    "AL322",
    "tree-of-repo",
    rows="repo.47 types.11 asyncrepo.06",
    before="""
from arraylake import Client

repo = Client().get_repo("org/repo")
print(repo.tree("obs", depth=2))
""",
    after="""
import zarr
from arraylake import Client

repo = Client().get_repo("org/repo")
session = repo.readonly_session(branch="main")
print(zarr.open_group(session.store, path="obs", mode="r").tree(level=2))
""",
)
def tree(context: Context) -> Iterator[Draft]:
    """The tree that is shown is that of the zarr group. The object that V1 made of it has no counterpart."""
    for use in context.uses(REPOS, "tree"):
        places = context.place(use.value)
        try:
            edits = tuple(tree_edits(context, use))
        except Blocked as reason:
            yield Draft(use.site, f"the tree of a repo: {reason}", Applicability.MANUAL, (), places, WALK)
            yield from left(context, use, Kind.TREE, WALK)
            continue
        yield Draft(use.site, "show the tree of the root group", Applicability.REVIEW, edits, places)


def tree_edits(context: Context, use: Use) -> Iterator[Edit]:
    """The edits that make zarr's tree of V1's. Raises `Blocked` where V1's has something that zarr's has not."""
    call = use.call
    if call is None:
        raise Blocked("the method is passed on")
    why = context.shared.following.reasons.get(call)
    if why is not None:
        raise Blocked(at(why, call))
    session = session_at(context, use)
    if session is None:
        raise Blocked(NOT_NAMED)
    unknown = [k.arg for k in call.keywords if k.arg not in ("prefix", "depth")]
    if unknown or any(isinstance(a, ast.Starred) for a in call.args) or len(call.args) > 2:
        raise Blocked("there is no filter in Icechunk" if unknown == ["filter"] else "its arguments are not known")
    site: ast.AST = context.program.parents[call] if use.value.kind is Kind.ASYNC_REPO else call
    if not isinstance(site, ast.Await | ast.Call) or (site is not call and not isinstance(site, ast.Await)):
        raise Blocked("it is not awaited here")
    zarr, imports = context.module("zarr", call)
    prefix, depth = argument(call, 0, "prefix"), argument(call, 1, "depth")
    holes = dict(session.holes)
    path = level = ""
    if prefix is not None and not (isinstance(prefix, ast.Constant) and not prefix.value):
        path, holes["prefix"] = ", path={prefix}", prefix
    if depth is not None:
        level, holes["depth"] = "level={depth}", depth
    text = f'{zarr}.open_group({session.text}.store{path}, mode="r").tree({level})'
    yield ReplaceExpression(site, Template(text, holes))
    yield from imports


@rule(
    "AL323",
    "dead-call-on-repo",
    rows="repo.49 repo.50 asyncrepo.06",
    before="""
from arraylake import Client

repo = Client().get_repo("org/repo")
repo.ping()
print(repo.to_xarray())
repo.close()
""",
    after="""
import xarray as xr
from arraylake import Client

repo = Client().get_repo("org/repo")
session = repo.readonly_session(branch="main")
print(xr.open_dataset(session.store, engine="zarr", consolidated=False))
""",
)
def dead_call(context: Context) -> Iterator[Draft]:
    """There is nothing to close. Where a `try` guards `ping`, listing the branches is as cheap a test of it."""
    for use in context.uses(REPOS, "ping close"):
        program, places, name = context.program, context.place(use.value), use.node.attr
        outer: ast.AST = program.parents[use.site]
        outer = program.parents[outer] if isinstance(outer, ast.Await) else outer
        applicability = Applicability.SAFE if name == "close" else Applicability.REVIEW
        if use.call is None or not isinstance(outer, ast.Expr):
            instead = "repo.list_branches() is a cheap call" if name == "ping" else "leave it out"
            yield Draft(use.node, f"Icechunk has no `{name}`", Applicability.MANUAL, (), places, instead)
        elif name == "ping" and isinstance(program.parents[outer], ast.Try):
            is_async = isinstance(outer.value, ast.Await)
            text = "await {repo}.list_branches_async()" if is_async else "{repo}.list_branches()"
            edit: Edit = ReplaceExpression(outer.value, Template(text, {"repo": use.node.value}))
            yield Draft(use.call, "list the branches to try the connection", applicability, (edit,), places)
        elif is_simple(use.node.value):
            yield Draft(
                use.call,
                f"Icechunk has no `{name}`, nor the need for it",
                applicability,
                (ReplaceStatement(outer),),
                places,
            )
        else:
            message = f"Icechunk has no `{name}`, nor the need for it"
            edit = ReplaceExpression(outer.value, Template("{repo}", {"repo": use.node.value}))
            yield Draft(use.call, message, applicability, (edit,), places)


def is_simple(node: ast.expr) -> bool:
    """Whether an expression does nothing but name a thing."""
    return all(isinstance(inner, ast.Name | ast.Attribute | ast.expr_context) for inner in ast.walk(node))


@rule(
    "AL324",
    "name-of-repo",
    rows="repo.51",
    before="""
from arraylake import Client

repo = Client().get_repo("org/repo")
print(repo.repo_name)
""",
    after="""
from arraylake import Client

repo = Client().get_repo("org/repo")
print("org/repo")
""",
)
def repo_name(context: Context) -> Iterator[Draft]:
    """A repository does not know its name; what it was opened with is used instead."""
    for use in context.uses(REPOS, "repo_name"):
        places = context.place(use.value)
        name = opened_name(context.program, use)
        if name is None and context.program.carried is not None and names_of_repos(context.program):
            continue  # the object that the repo is kept in knows it
        if name is None:
            yield Draft(
                use.node,
                "the name of a repo",
                Applicability.MANUAL,
                (),
                places,
                "use the name that the repo was opened with",
            )
            continue
        written = Template("{name}", {"name": name})
        if isinstance(name, ast.Constant):  # it may be in another module
            written = Template(context.program.segment(name).replace("{", "{{").replace("}", "}}"))
        edit = ReplaceExpression(use.node, written)
        yield Draft(use.node, "the name that the repo was opened with", Applicability.REVIEW, (edit,), places)


def opened_name(program: Program, use: Use) -> ast.expr | None:
    """The expression that a repo was opened with, where it means the same at a use."""
    origin = use.value.origin
    if any(isinstance(n, ast.NamedExpr | ast.Call | ast.Await) for n in ast.walk(use.node.value)):
        return None  # it does more than to name the repo
    if origin is None or origin.stale or len({v.origin for v in program.of(use.node.value)}) != 1:
        return None
    name = given_name(program, origin)
    match name:
        case ast.Constant(value=str()):
            return name
        case ast.Name():
            owner = program.scope(name).owner(name.id)
            if (
                owner is not None
                and owner.bindings.get(name.id) == 1
                and program.scope(use.node).owner(name.id) is owner
            ):
                return name
    return None


def given_name(program: Program, origin: Origin) -> ast.expr | None:
    """The expression that names a repo where it is opened, or in the call of the function that opens it."""
    call = origin.node
    if not isinstance(call, ast.Call) or origin.birth not in (Birth.OPENED, Birth.RETURNED):
        return None
    if origin.birth is Birth.OPENED:
        return argument(call, 0, "name")
    functions = {v.node for v in program.of(call.func)}
    function = functions.pop() if len(functions) == 1 else None
    if not isinstance(function, FUNCTIONS):
        return None
    scope = program.scopes[function]
    inner = {v.origin for v in program.inference.returns.get(function, ()) if v.is_repo and v.origin is not None}
    name = given_name(program, inner.pop()) if len(inner) == 1 else None
    if not isinstance(name, ast.Name) or name.id not in {a.arg for a in all_parameters(function)}:
        return name if isinstance(name, ast.Constant) else None
    if program.scope(name).owner(name.id) is not scope or scope.bindings.get(name.id) != 1:
        return None
    skipped = program.inference.calling.skipped(function, call)
    return {at.name: value for at, value in bind_arguments(function, scope, call, skipped)}.get(name.id)


@rule(
    "AL325",
    "sync-repo",
    rows="asyncrepo.08",
    before="""
from arraylake import AsyncClient

async def main():
    arepo = await AsyncClient().get_repo("org/repo")
    repo = arepo.to_sync_repo()
    print(repo.to_xarray())
""",
    after="""
import xarray as xr
from arraylake import AsyncClient

async def main():
    arepo = await AsyncClient().get_repo("org/repo")
    session = await arepo.readonly_session_async(branch="main")
    repo = arepo
    print(xr.open_dataset(session.store, engine="zarr", consolidated=False))
""",
)
def to_sync_repo(context: Context) -> Iterator[Draft]:
    """An Icechunk repository has both kinds of methods: those that are awaited end in `_async`."""
    for use in context.uses((Kind.ASYNC_REPO,), "to_sync_repo"):
        places = context.place(use.value)
        if use.call is None:
            yield Draft(
                use.node,
                "a method of the repo is passed on",
                Applicability.MANUAL,
                (),
                places,
                "pass the repo itself on",
            )
            continue
        edit = ReplaceExpression(use.call, Template("{repo}", {"repo": use.node.value}))
        yield Draft(use.call, "the repo is the same for both kinds of methods", Applicability.SAFE, (edit,), places)
