"""`repo.store`, `repo.root_group` and `repo.to_xarray`: what is read and written through a session."""

import ast
from collections.abc import Iterator

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import AddImport, ChangeCall, Edit, ReplaceExpression, Template
from al_codemod.rules.base import Context, Draft, Shared, Use, rule
from al_codemod.rules.elsewhere import opened_by, sendable
from al_codemod.semantics.arguments import argument
from al_codemod.semantics.program import Program
from al_codemod.semantics.states import MAY_WRITE, Mode, Ref, RefKind
from al_codemod.semantics.values import Value
from al_codemod.semantics.working_copies import is_plain
from al_codemod.surface.kinds import REPOS, Effect, Kind

NOT_NAMED = "open a session with repo.writable_session or repo.readonly_session and pass it here"


def session_at(context: Context, use: Use) -> Template | None:
    """The session of a repo that is used: the variable beside it, or one opened on the spot where no variable holds it."""
    return session_of(context, use.value, use.node.value, use.node)


def session_of(context: Context, value: Value, repo: ast.expr, node: ast.AST) -> Template | None:
    """The session of `value`, a repo that `repo` evaluates to, at `node`."""
    place = context.program.place_of(value)
    if place is None:
        return None
    if context.program.carried is not None:
        return Template("{repo}.session", {"repo": repo})
    named = place.session_in(context.program.scope(node), repo)
    if named is not None:
        return Template(named)
    if place.home is not None:
        return None
    if isinstance(repo, ast.Attribute) and repo.attr in ("_repo", "_arepo"):
        return Template("{store}.session", {"store": repo.value})
    opening = context.event(value.origin.node, Effect.OPEN) if value.origin is not None else None
    analysis = context.program.sessions
    if opening is None or opening not in analysis.before or opening.node not in (repo, getattr(repo, "value", None)):
        return None
    ref = analysis.after(opening, analysis.before[opening]).ref or Ref(RefKind.BRANCH, '"main"')
    method = "writable_session" if analysis.is_writable(opening) else "readonly_session"
    return Template(f"{{repo}}.{method}(branch={ref.text})", {"repo": repo})


def repo_at(context: Context, use: Use) -> Template | None:
    """The repo of a use, where it can be written once more."""
    place = context.program.place_of(use.value)
    named = place.repo_in(context.program.scope(use.node), use.node.value) if place is not None else None
    return Template(named) if named is not None else None


def is_read_only(context: Context, node: ast.AST, value: Value) -> bool:
    """Whether the session at `node` may be one that takes no writes."""
    if context.program.carried is not None:
        return context.program.carried.may_be_read_only(context.program)
    analysis = context.program.sessions
    place = context.program.place_of(value)
    event = context.event(node)
    if place is not None and place.home is None and value.origin is not None:
        opening = context.event(value.origin.node, Effect.OPEN)
        return opening is not None and not analysis.is_writable(opening)
    if event is None:
        return False
    return Mode.READ_ONLY in analysis.modes.get(event, Mode.UNSET)


def _not_named(context: Context, use: Use, message: str) -> Draft:
    """The finding for a use of a repo whose session stands in no variable that is in reach."""
    return Draft(use.node, message, Applicability.MANUAL, (), context.place(use.value), NOT_NAMED)


@rule(
    "AL401",
    "store-of-repo",
    rows="repo.30",
    before="""
import zarr
from arraylake import Client

repo = Client().get_repo("org/repo")
array = zarr.open_array(repo.store, path="a", mode="r")
""",
    after="""
import zarr
from arraylake import Client

repo = Client().get_repo("org/repo")
session = repo.readonly_session(branch="main")
array = zarr.open_array(session.store, path="a", mode="r")
""",
)
def store(context: Context) -> Iterator[Draft]:
    """The store belongs to a session. That of V1 followed the repo through commits and checkouts."""
    for use in context.uses(REPOS, "store"):
        session = session_at(context, use)
        places = context.place(use.value)
        if session is None:
            yield _not_named(context, use, "the store of a repo whose session has no name here")
            continue
        opener = opened_by(context, use.node)
        if opener is not None:
            session, findings = sendable(context, opener, use.value, session, repo_at(context, use))
            yield from findings
        new = Template(f"{session.text}.store", session.holes)
        yield Draft(use.node, "the session's store", Applicability.SAFE, (ReplaceExpression(use.node, new),), places)


@rule(
    "AL402",
    "root-group-of-repo",
    rows="repo.31",
    before="""
from arraylake import Client

repo = Client().get_repo("org/repo")
print(repo.root_group["a"][:])
""",
    after="""
import zarr
from arraylake import Client

repo = Client().get_repo("org/repo")
session = repo.readonly_session(branch="main")
print(zarr.open_group(session.store, mode="r")["a"][:])
""",
)
def root_group(context: Context) -> Iterator[Draft]:
    """The root group is opened with zarr. V1 opened it for appending, which a read-only session refuses."""
    for use in context.uses(REPOS, "root_group"):
        session = session_at(context, use)
        places = context.place(use.value)
        if session is None:
            yield _not_named(context, use, "the root of a repo whose session has no name here")
            continue
        if asks_object(context.program, use.node):
            new = Template("{repo}.open_root()", {"repo": use.node.value})
            edit = ReplaceExpression(use.node, new)
            yield Draft(use.node, "open the root group as the session allows", Applicability.SAFE, (edit,), places)
            continue
        zarr, imports = context.module("zarr", use.node)
        mode = root_mode(context, use, session)
        new = Template(f"{zarr}.open_group({session.text}.store, mode={mode})", session.holes)
        edits: tuple[Edit, ...] = (ReplaceExpression(use.node, new), *imports)
        yield Draft(use.node, "open the root group with zarr", Applicability.SAFE, edits, places)


def asks_object(program: Program, root_group: ast.Attribute) -> bool:
    """Whether the object that has a repo and its session is asked for the root group, since it can be named only once."""
    carried = program.carried
    return carried is not None and carried.may_be_read_only(program) and not is_plain(program, root_group.value)


def root_mode(context: Context, use: Use, session: Template) -> str:
    """The mode for the root group: to read where the session is read-only, else to append, as V1 opened it.

    An empty repository has no root to read, so that there the session is asked when it may be either.
    """
    if not is_read_only(context, use.node, use.value):
        return '"a"'
    return either_mode(context, use.node, session) or '"r"'


def either_mode(context: Context, node: ast.AST, session: Template, writing: str = '"a"') -> str | None:
    """A mode that asks the session, where it is not known beforehand and makes a difference; `writing` is the one to write."""
    carried = context.program.carried
    if carried is not None:
        if not all(is_plain(context.program, hole) for hole in session.holes.values()):
            carried.place.block(node, "the repo would have to be asked for twice; give it a name first")
        return f'"r" if {session.text}.read_only else {writing}'
    analysis = context.program.sessions
    event = context.event(node)
    if event is None or event not in analysis.before:
        return None
    mode = analysis.modes.get(event, Mode.UNSET)
    written = analysis.before[event].fresh or node in context.shared.once(written_through)
    asked = Mode.EITHER in mode or (Mode.WRITABLE in mode and written)
    return f'"r" if {session.text}.read_only else {writing}' if asked else None


def written_through(shared: Shared) -> set[ast.AST]:
    """The expressions that give a group or store through which something may be written."""
    found: set[ast.AST] = set()
    for event in shared.program.events.all():
        value = event.value if event.effect in MAY_WRITE else None
        while value is not None:
            found |= {value.node} if value.node is not None else set()
            value = value.base
    return found


@rule(
    "AL403",
    "to-xarray-of-repo",
    rows="repo.33 repo.34",
    before="""
from arraylake import Client

repo = Client().get_repo("org/repo")
ds = repo.to_xarray("group", chunks={})
""",
    after="""
import xarray as xr
from arraylake import Client

repo = Client().get_repo("org/repo")
session = repo.readonly_session(branch="main")
ds = xr.open_dataset(session.store, group="group", chunks={}, engine="zarr", consolidated=False)
""",
)
def to_xarray(context: Context) -> Iterator[Draft]:
    """`to_xarray` was `xarray.open_dataset`, with the same defaults: lazy, and without dask unless `chunks` says so."""
    for use in context.uses(REPOS, "to_xarray"):
        places = context.place(use.value)
        session = session_at(context, use)
        if session is None or use.call is None:
            yield _not_named(context, use, "to_xarray of a repo whose session has no name here")
            continue
        session, findings = sendable(context, use.call, use.value, session, repo_at(context, use))
        yield from findings
        edits = dataset_edits(context, use.call, session)
        yield Draft(use.call, "open the dataset with xarray", Applicability.SAFE, edits, places)


@rule(
    "AL409",
    "repo-of-store",
    rows="store.19",
    before="""
from arraylake import Client

repo = Client().get_repo("org/repo")
store = repo.store
print([b.id for b in store._repo.branches])
""",
    after="""
from arraylake import Client

repo = Client().get_repo("org/repo")
session = repo.readonly_session(branch="main")
store = session.store
print(sorted(repo.list_branches()))
""",
)
def repo_of_store(context: Context) -> Iterator[Draft]:
    """A store no longer knows its repo; where the repo has a name, that is used."""
    for use in context.uses((Kind.STORE,), "_repo _arepo"):
        place = context.program.place_of(use.value)
        repo = place.repo_in(context.program.scope(use.node)) if place is not None else None
        parent = context.program.parents.get(use.node)
        if isinstance(parent, ast.Attribute) and parent.attr == "commit":
            continue  # the commit itself is rewritten, on the session
        if repo is None:
            message, instead = "a store does not know its repository any more", "pass the repository as well"
            yield Draft(use.node, message, Applicability.MANUAL, (), context.place(use.value), instead)
        else:
            edits = (ReplaceExpression(use.node, Template(repo)),)
            yield Draft(use.node, "the repo by its name", Applicability.SAFE, edits, context.place(use.value))


def dataset_edits(context: Context, call: ast.Call, session: Template) -> tuple[Edit, ...]:
    """A call of `to_xarray` as one of `xarray.open_dataset`."""
    xarray, imports = context.module("xarray", call)
    positional = tuple((arg, "group") for arg in call.args[:1])
    none = [k for k in call.keywords if k.arg == "zarr_version"]
    change = ChangeCall(
        call,
        Template(f"{xarray}.open_dataset"),
        first=(Template(f"{session.text}.store", session.holes),),
        drop=tuple(none),
        rename=positional,
        add=(("engine", Template('"zarr"')), ("consolidated", Template("False"))),
    )
    return (change, *imports)


def dataset_again(
    context: Context, value: Value, session: str, node: ast.AST
) -> tuple[Template, tuple[AddImport, ...]] | None:
    """The expression that opens a dataset of `to_xarray` once more, where its arguments still mean the same."""
    call = value.node
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or call.func.attr != "to_xarray":
        return None
    if value.base is None or value.base.kind not in (Kind.REPO, Kind.ASYNC_REPO):
        return None
    passed = [*call.args, *(k.value for k in call.keywords)]
    if not all(isinstance(inner, ast.Constant | ast.Dict | ast.expr_context) for a in passed for inner in ast.walk(a)):
        return None
    xarray, imports = context.module("xarray", node)
    group = argument(call, 0, "group")
    parts = [f"{session}.store"]
    holes: dict[str, ast.expr] = {}
    if group is not None:
        parts.append("group={group}")
        holes["group"] = group
    for i, keyword in enumerate(k for k in call.keywords if k.arg not in (None, "group")):
        parts.append(f"{keyword.arg}={{k{i}}}")
        holes[f"k{i}"] = keyword.value
    parts += ['engine="zarr"', "consolidated=False"]
    return Template(f"{xarray}.open_dataset({', '.join(parts)})", holes), imports
