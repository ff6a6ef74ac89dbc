"""What dask computes in other processes: they can read through a read-only session or a fork, not through a writable one."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import ReplaceExpression, Template
from al_codemod.rules.base import Context, Draft, rule
from al_codemod.rules.group_names import literal_group, overlap
from al_codemod.semantics.arguments import argument
from al_codemod.semantics.events import Event
from al_codemod.semantics.places import Place
from al_codemod.semantics.reaching import reaches
from al_codemod.semantics.scopes import FUNCTIONS
from al_codemod.semantics.states import MAY_WRITE, Mode
from al_codemod.semantics.values import Value
from al_codemod.surface.fanouts import GATHERS
from al_codemod.surface.kinds import NODES, Effect, Kind
from al_codemod.surface.names import ALWAYS_LAZY, STORE_FUNCTIONS

COMPUTED: Final = frozenset("compute load values to_numpy item tolist".split())
"""Members of a dataset or array that read it there and then."""
NOT_SENT: Final = "dask computes this in other processes, which a writable session cannot be sent to"
INSTEAD: Final = "open it from a read-only session, or from session.fork(), after what it is to show was written"


@dataclass(frozen=True, slots=True)
class LazyRead:
    """A call whose result is read when dask computes it, maybe in another process.

    `dirty` is whether the session may have changes that are to be seen, `forks` whether it can be forked, and `problem`
    whether neither that nor a session of its own will do.
    """

    call: ast.Call
    dirty: bool
    forks: bool
    problem: bool

    def session(self, session: Template, repo: Template | None) -> Template | None:
        """The session to read from in place of the one that takes writes, `None` where a person has to say."""
        if self.problem:
            return None
        if not self.dirty and repo is not None:
            holes = {**session.holes, **repo.holes}
            return Template(f"{repo.text}.readonly_session(snapshot_id={session.text}.snapshot_id)", holes)
        return Template(f"{session.text}.fork()", session.holes) if self.forks else None

    def finding(self) -> Draft:
        """What a person has to do about it."""
        return Draft(self.call, NOT_SENT, Applicability.MANUAL, instead=INSTEAD)


def sendable(
    context: Context, call: ast.Call, value: Value, session: Template, repo: Template | None
) -> tuple[Template, tuple[Draft, ...]]:
    """The session that a call is to read from, and a finding where that is not certain."""
    read = lazy_read(context, call, value)
    if read is None:
        return session, ()
    other = read.session(session, repo)
    return (session, (read.finding(),)) if other is None else (other, ())


def lazy_read(context: Context, call: ast.Call, value: Value) -> LazyRead | None:
    """How a call reads what dask computes elsewhere, where the session at that point takes writes."""
    program = context.program
    place = program.place_of(value)
    if not program.workers.dask_elsewhere or place is None or place.home is None or not is_lazy(context, call):
        return None
    event = _read(context, call, place)
    if event is None:
        return None
    mode = program.sessions.modes.get(event, Mode.UNSET)
    if Mode.WRITABLE not in mode and Mode.EITHER not in mode:
        return None
    dirty = program.sessions.before[event].may_dirty
    forks = mode is Mode.WRITABLE and not (context.settings.target == "1" and dirty)
    problem = (dirty and not forks) or _is_written_later(context, call, place)
    return LazyRead(call, dirty, forks, problem)


def is_lazy(context: Context, call: ast.Call) -> bool:
    """Whether a call reads with dask, so that it reads when that computes."""
    names = {v.name for v in context.program.of(call.func)}
    if names & ALWAYS_LAZY:
        return True
    chunks = argument(call, 99, "chunks")
    hidden = any(k.arg is None for k in call.keywords)
    return hidden or (chunks is not None and not (isinstance(chunks, ast.Constant) and chunks.value is None))


def opened_by(context: Context, store: ast.AST) -> ast.Call | None:
    """The call that opens a store, which is one of its arguments."""
    parent = context.program.parents.get(store)
    call = context.program.parents.get(parent) if isinstance(parent, ast.keyword) else parent
    if not isinstance(call, ast.Call) or not any(v.name in STORE_FUNCTIONS for v in context.program.of(call.func)):
        return None
    return call


def _read(context: Context, call: ast.Call, place: Place) -> Event | None:
    """The event of a call that reads from a place."""
    sessions = context.program.sessions
    at = (e for e in context.program.events_at.get(call, ()) if e.effect is Effect.READ)
    return next((e for e in at if sessions.place.get(e) is place and e in sessions.before), None)


def _is_written_later(context: Context, call: ast.Call, place: Place) -> bool:
    """Whether what a call reads may be changed through the session, and then be computed: a fork does not show that."""
    program = context.program
    group = literal_group(context, call)
    uses = _uses(context, call)
    for event in place.events:
        if event.effect not in MAY_WRITE or (event.value is not None and event.value.kind is Kind.DATASET):
            continue
        written = literal_group(context, event.node)
        if group is not None and written is not None and not overlap(group, written):
            continue
        inside = set(ast.walk(event.node))
        if call not in inside and reaches(program, call, event.node):
            if any(u not in inside and reaches(program, event.node, u) for u in uses):
                return True
    return False


def _uses(context: Context, call: ast.Call) -> list[ast.AST]:
    """Where something is used that may have been made from what a call reads, in a statement after that of the call."""
    program = context.program
    around: ast.AST = call
    for parent in program.ancestors(call):
        if isinstance(parent, ast.Attribute) and parent.attr in COMPUTED:
            return []
        around = parent
        if isinstance(parent, ast.stmt):
            break
    function = program.scope(call).function.node
    statements = [n for n in ast.walk(function) if isinstance(n, ast.stmt) and not isinstance(n, FUNCTIONS)]
    names: set[str] = set()
    size = -1
    while len(names) != size:
        size = len(names)
        for statement in statements:
            parts = [n for n in ast.iter_child_nodes(statement) if not isinstance(n, ast.stmt)]
            inner = [n for part in parts for n in ast.walk(part)]
            mentioned = statement is around or any(isinstance(n, ast.Name) and n.id in names for n in inner)
            if mentioned and not _computes(context, statement):
                names |= {name for n in inner for name in _bound_by(n)}
    return [n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id in names and isinstance(n.ctx, ast.Load)]


def _computes(context: Context, statement: ast.stmt) -> bool:
    """Whether a statement binds variables to what was computed there and then, in memory."""
    value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
    if not isinstance(value, ast.Call):
        return isinstance(value, ast.Attribute) and value.attr in COMPUTED
    if isinstance(value.func, ast.Attribute) and value.func.attr in COMPUTED - {"load"}:
        return True
    return any(v.name in GATHERS for v in context.program.of(value.func))


def _bound_by(node: ast.AST) -> Iterator[str]:
    """The variables that a part of a statement changes: those that it assigns, and those whose method it calls."""
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id
    target = node.func if isinstance(node, ast.Call) else node
    if isinstance(node, ast.Call) or (isinstance(target, ast.Subscript | ast.Attribute) and _is_stored(target)):
        while isinstance(target, ast.Attribute | ast.Subscript):
            target = target.value
            if isinstance(target, ast.Name):
                yield target.id


def _is_stored(node: ast.Subscript | ast.Attribute) -> bool:
    return isinstance(node.ctx, ast.Store)


@rule(
    "AL418",
    "lazy-array-on-repo",
    rows="",
    before="""
import dask.array as da
from arraylake import Client
from dask.distributed import Client as Cluster

repo = Client().get_repo("org/repo")
repo.root_group.attrs["used"] = True
array = repo.root_group["a"]
with Cluster():
    print(da.from_array(array).sum().compute())
repo.commit("used")
""",
    after="""
import dask.array as da
import zarr
from arraylake import Client
from dask.distributed import Client as Cluster

repo = Client().get_repo("org/repo")
session = repo.writable_session(branch="main")
zarr.open_group(session.store, mode="a").attrs["used"] = True
array = zarr.open_group(session.store, mode="a")["a"]
with Cluster():
    print(da.from_array(zarr.open_array(session.fork().store, path=array.path, mode="r")).sum().compute())
if session.has_uncommitted_changes:
    session.commit("used")
""",
)
def lazy_array(context: Context) -> Iterator[Draft]:
    """A dask array that is made from an array of a session which takes writes cannot be computed in other processes.

    It is made from the array as it was committed, or from that of a fork where there are changes to be seen.
    """
    for call in context.nodes(ast.Call):
        names = {v.name for v in context.program.of(call.func)}
        given = argument(call, 0, "x" if "dask.array.from_array" in names else "url")
        if given is None or not names & {"dask.array.from_array", "dask.array.from_zarr"}:
            continue
        for value in context.program.of(given):
            read = lazy_read(context, call, value) if value.kind in NODES else None
            if read is not None:
                yield _from_array_to_send(context, call, given, value, read)
                break


def _from_array_to_send(context: Context, call: ast.Call, given: ast.expr, value: Value, read: LazyRead) -> Draft:
    place, scope = context.program.place_of(value), context.program.scope(call)
    session, repo = (place.session_in(scope), place.repo_in(scope)) if place is not None else (None, None)
    if place is None or session is None:
        return read.finding()
    other = read.session(Template(session), Template(repo) if repo is not None else None)
    if other is None:
        return read.finding()
    zarr, imports = context.module("zarr", call)
    new = Template(
        f'{zarr}.open_array({other.text}.store, path={{array}}.path, mode="r")', {"array": given, **other.holes}
    )
    message = "read from an array that dask can send to other processes"
    return Draft(call, message, Applicability.SAFE, (ReplaceExpression(given, new), *imports), (place,))
