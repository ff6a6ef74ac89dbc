"""Dask arrays that go into a repo: under processes or a cluster they go into a fork of the session, which is merged."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import Edit, ReplaceStatement, Template
from al_codemod.rules.arguments import named
from al_codemod.rules.base import Context, Draft, rule
from al_codemod.rules.opening import one_handle
from al_codemod.semantics.arguments import argument
from al_codemod.semantics.states import MAY_WRITE, Mode
from al_codemod.semantics.values import Value
from al_codemod.surface.kinds import NODES, Kind
from al_codemod.surface.names import STORING_ARRAYS
from al_codemod.surface.signatures import DEAD_KEYWORDS

ARRAYS: Final = frozenset({Kind.ARRAY, Kind.NODE})
ON_THREADS: Final = "storing a dask array works on dask's threads only"
MERGED: Final = "store the dask arrays into a fork of the session, and merge it"
ONE_TASK_A_CHUNK: Final = f"{MERGED}; of two dask blocks in one chunk of the array the last would win"
POSITIONAL: Final = ("arr", "url", "component", "storage_options", "overwrite", "region", "compute", "return_stored")
"""The parameters of dask's `to_zarr`, as they were with zarr 2."""
INSTEAD: Final = "for processes or a cluster: icechunk.dask.store_dask on a fork of the session, then session.merge"


@rule(
    "AL412",
    "dask-store-on-repo",
    rows="store.11",
    before="""
import dask.array as da
from arraylake import Client
from dask.distributed import Client as Cluster

repo = Client().get_repo("org/repo")
array = repo.root_group["a"]
with Cluster():
    da.store(da.ones(4), array)
repo.commit("ones")
""",
    after="""
import dask.array as da
import zarr
from arraylake import Client
from dask.distributed import Client as Cluster
from icechunk.dask import store_dask

repo = Client().get_repo("org/repo")
session = repo.writable_session(branch="main")
array = zarr.open_group(session.store, mode="a")["a"]
with Cluster():
    fork = session.fork()
    session.merge(store_dask(sources=[da.ones(4)], targets=[zarr.open_array(fork.store, path=array.path, mode="r+")]))
session.commit("ones")
""",
)
def dask_store(context: Context) -> Iterator[Draft]:
    """`dask.array.store` into an array of a session works on dask's threads only; other schedulers cannot pickle it.

    They store into arrays of a fork, with Icechunk's own `store_dask`, whose result is merged into the session.
    """
    for call in context.nodes(ast.Call):
        stored = stored_by(context, call)
        if stored is None or not any(one_handle(context, t) is not None for t in stored.targets):
            continue
        edits, value = stored.into_fork(context)
        if edits and value is not None:
            yield Draft(call, ONE_TASK_A_CHUNK, Applicability.REVIEW, edits, context.place(value))
        else:
            yield Draft(call, ON_THREADS, Applicability.MANUAL, (), (), INSTEAD)


@dataclass(frozen=True, slots=True)
class Stored:
    """A call that stores dask arrays into arrays: `sources` is how they are written, a list or one of them."""

    call: ast.Call
    sources: ast.expr
    targets: Sequence[ast.expr]
    several: bool

    def into_fork(self, context: Context) -> tuple[tuple[Edit, ...], Value | None]:
        """The edits that store into a fork instead, with one of the targets; none where that is not right or not needed."""
        statement = context.program.parents.get(self.call)
        values = [one_handle(context, t) for t in self.targets]
        known = [v for v in values if v is not None and v.kind in ARRAYS]
        places = {context.program.place_of(v) for v in known}
        listed = isinstance(self.sources, ast.List | ast.Tuple)
        is_source = (listed or isinstance(self.sources, ast.Name)) if self.several else not listed
        if not isinstance(statement, ast.Expr) or not is_source or len(known) != len(values) or len(places) != 1:
            return (), None
        writable = all(is_writable(context, n) for t in self.targets for n in (self._written(context, t),))
        session = session_of(context, known[0], self.targets[0]) if writable else None
        if session is None or not context.program.workers.dask_elsewhere or not self._is_plain():
            return (), None
        return self._edits(context, statement, session), known[0]

    def _edits(self, context: Context, statement: ast.Expr, session: Template) -> tuple[Edit, ...]:
        store, imports = context.module("icechunk.dask", self.call, "store_dask")
        zarr, more = context.module("zarr", self.call)
        fork = context.program.scope(self.call).function.free_name(["fork", "session_fork"])
        holes = {f"target{i}": t for i, t in enumerate(self.targets)}
        opened = ", ".join(f'{zarr}.open_array({fork}.store, path={{{hole}}}.path, mode="r+")' for hole in holes)
        sources = "{sources}" if self.several else "[{sources}]"
        regions = named(self.call, "regions") or named(self.call, "region")
        text = f"{store}(sources={sources}, targets=[{opened}]{', regions={regions}' if regions else ''})"
        holes |= {"sources": self.sources} | ({"regions": regions.value} if regions else {})
        lines = (
            Template(f"{fork} = {session.text}.fork()", session.holes),
            Template(f"{session.text}.merge({text})", {**session.holes, **holes}),
        )
        return (ReplaceStatement(statement, lines), *imports, *more)

    def _is_plain(self) -> bool:
        """Whether the call says nothing that `store_dask` does not know."""
        plain = {"compute": True, "return_stored": False, "load_stored": None}
        known = {"sources", "targets", "target", "url", "lock", "regions", "region"}
        for keyword in self.call.keywords:
            value = keyword.value.value if isinstance(keyword.value, ast.Constant) else Ellipsis
            if keyword.arg not in known and not (keyword.arg in plain and value is plain[keyword.arg]):
                return False
        return True

    def _written(self, context: Context, target: ast.expr) -> ast.AST:
        """Where the session is asked for writes to a target: there, or in the call."""
        return target if context.event(target, *MAY_WRITE) is not None else self.call


def stored_by(context: Context, call: ast.Call) -> Stored | None:
    """What `dask.array.store(sources, targets)` or `x.store(target)` stores; nothing where it is not one of these."""
    if any(isinstance(a, ast.Starred) for a in call.args):
        return None
    sources: ast.expr | None
    if any(v.name in STORING_ARRAYS for v in context.program.of(call.func)):
        sources, target, most = argument(call, 0, "sources"), argument(call, 1, "targets"), 2
    elif isinstance(call.func, ast.Attribute) and call.func.attr == "store":
        sources, target, most = call.func.value, argument(call, 0, "target"), 1
    else:
        return None
    if sources is None or target is None or len(call.args) > most:
        return None
    several = isinstance(target, ast.List | ast.Tuple)
    return Stored(call, sources, target.elts if isinstance(target, ast.List | ast.Tuple) else [target], several)


# -- to_zarr


def stored_into(context: Context, call: ast.Call, array: ast.expr) -> tuple[Edit, ...]:
    """The edits of dask's `to_zarr` into an array that is there."""
    source = arguments_of(context, call).get("arr")
    most = 2 if is_function(context, call) else 1
    if source is None or len(call.args) > most or any(isinstance(a, ast.Starred) for a in call.args):
        return ()
    return Stored(call, source, [array], False).into_fork(context)[0]


def array_made(context: Context, call: ast.Call, store: ast.expr, value: Value) -> tuple[Edit, ...] | None:
    """The edits of dask's `to_zarr` into a store that make the array first, and store into it on a fork of the session."""
    statement, session = context.program.parents.get(call), session_of(context, value, store)
    given = arguments_of(context, call)
    component, source = given.get("component"), given.get("arr")
    if value.kind is not Kind.STORE or session is None or component is None or source is None:
        return None
    if context.settings.target == "1":  # it forks no session with changes, and making the array is one
        return None
    if not isinstance(statement, ast.Expr) or not is_writable(context, call) or not _says_only_what_is_known(given):
        return None
    if any(isinstance(n, ast.Call) for n in ast.walk(component)):
        return None
    zarr, imports = context.module("zarr", call)
    stored, more = context.module("icechunk.dask", call, "store_dask")
    scope = context.program.scope(call).function
    fork = scope.free_name(["fork", "session_fork"])
    name = source.id if isinstance(source, ast.Name) else scope.free_name(["array", "dask_array", "data"])
    lines = [] if isinstance(source, ast.Name) else [Template(f"{name} = {{source}}", {"source": source})]
    passed: dict[str, ast.expr] = {k: given[k] for k in ("fill_value", "overwrite") if k in given}
    like = f"shape={name}.shape, chunks={name}.chunksize, dtype={name}.dtype"
    made = ", ".join([like, *(f"{k}={{{k}}}" for k in passed)])
    opened = f'{zarr}.open_array({fork}.store, path={{path}}, mode="r+")'
    path = {"path": component}
    lines += [
        Template(f"{zarr}.create_array({{store}}, name={{path}}, {made})", {"store": store, **path, **passed}),
        Template(f"{fork} = {session.text}.fork()", session.holes),
        Template(f"{session.text}.merge({stored}(sources=[{name}], targets=[{opened}]))", {**session.holes, **path}),
    ]
    return (ReplaceStatement(statement, tuple(lines)), *imports, *more)


def arguments_of(context: Context, call: ast.Call) -> dict[str, ast.expr]:
    """What dask's `to_zarr`, the function or the method, is given by the names of its parameters."""
    given = {k.arg or "**": k.value for k in call.keywords}
    positional = [*call.args]
    if not is_function(context, call) and isinstance(call.func, ast.Attribute):
        positional.insert(0, call.func.value)
    return dict(zip(POSITIONAL, positional, strict=False)) | given


def is_function(context: Context, call: ast.Call) -> bool:
    """Whether a call is that of the function `dask.array.to_zarr`."""
    return any(v.name == "dask.array.to_zarr" for v in context.program.of(call.func))


def _says_only_what_is_known(given: Mapping[str, ast.expr]) -> bool:
    """Whether making the array and storing into it do all that a `to_zarr` is asked for."""
    plain = {"compute": True, "return_stored": False, "storage_options": None, "region": None}
    starred = any(isinstance(value, ast.Starred) for value in given.values())
    as_usual = all(isinstance(v := given[n], ast.Constant) and v.value is plain[n] for n in plain.keys() & given.keys())
    known = {"arr", "url", "component", "overwrite", "fill_value", *plain, *DEAD_KEYWORDS}
    return as_usual and not starred and given.keys() <= known


# -- sessions


def is_writable(context: Context, node: ast.AST) -> bool:
    """Whether the session at a write can be forked, and takes what is merged."""
    program = context.program
    if program.carried is not None:
        return not program.carried.may_be_read_only(program) and context.settings.target != "1"
    sessions = program.sessions
    events = [e for e in program.events_at.get(node, ()) if e.effect in MAY_WRITE and e in sessions.modes]
    clean = context.settings.target != "1" or not any(sessions.before[e].may_dirty for e in events)
    return bool(events) and clean and all(sessions.modes[e] is Mode.WRITABLE for e in events)


def session_of(context: Context, value: Value, written: ast.expr) -> Template | None:
    """The session of a store, group or array: its variable, or what the store says."""
    if len({v.origin for v in context.program.of(written)}) == 1:
        if context.program.carried is not None and isinstance(written, ast.Attribute):
            if any(v.is_repo for v in context.program.of(written.value)):
                return Template("{repo}.session", {"repo": written.value})
        place = context.program.place_of(value)
        name = place.session_in(context.program.scope(written)) if place is not None else None
        if name is not None:
            return Template(name)
    if not isinstance(written, ast.Name):
        return None
    of_store = ".store" if value.kind in NODES else ""
    return Template(f"{{written}}{of_store}.session", {"written": written})
