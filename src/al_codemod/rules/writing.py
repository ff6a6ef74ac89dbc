"""Calls of `to_zarr` that write into a V1 store or array: xarray's and dask's."""

import ast
from collections.abc import Iterator
from functools import cached_property

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import ChangeCall, Edit, ReplaceExpression, ReplaceStatement, Template
from al_codemod.rules.arguments import drop_from, is_hidden, literal, named, unpacked, with_item
from al_codemod.rules.base import Context, Draft, rule
from al_codemod.rules.dask_arrays import (
    MERGED,
    ONE_TASK_A_CHUNK,
    arguments_of,
    array_made,
    is_function,
    stored_into,
)
from al_codemod.rules.deferred import computed_by
from al_codemod.rules.made_by_dask import is_made_by_dask
from al_codemod.rules.opening import one_handle
from al_codemod.semantics.events import store_argument
from al_codemod.semantics.values import Value
from al_codemod.surface.kinds import NODES, Kind
from al_codemod.surface.signatures import (
    DEAD_KEYWORDS,
    TO_ICECHUNK_KEYWORDS,
    TO_ZARR_NEUTRAL,
)

THREADS_ONLY = (
    "works on dask's threads only; for processes or a cluster use icechunk.xarray.to_icechunk(ds, session, ...)"
)

TO_ICECHUNK_WHERE_COMPUTED = "icechunk.xarray.to_icechunk(ds, session, ...) where it is computed"
STORE_DASK = (
    "make the array with zarr.create_array(session.store, ...), then fork = session.fork(); "
    "session.merge(icechunk.dask.store_dask(sources=[x], targets=[zarr.open_array(fork.store, path=...)]))"
)


@rule(
    "AL404",
    "to-zarr-on-repo",
    rows="store.04 store.06 store.07 store.08 store.10",
    before="""
import xarray as xr
from arraylake import Client

repo = Client().get_repo("org/repo")
xr.open_dataset("a.nc").to_zarr(repo.store, group="g", mode="w", zarr_version=3)
repo.commit("written")
""",
    after="""
import xarray as xr
from arraylake import Client
from icechunk.xarray import to_icechunk

repo = Client().get_repo("org/repo")
session = repo.writable_session(branch="main")
to_icechunk(xr.open_dataset("a.nc"), session, group="g", mode="w")
session.commit("written")
""",
)
def to_zarr(context: Context) -> Iterator[Draft]:
    """A dataset is written with `to_icechunk`, which works with every dask scheduler.

    `Dataset.to_zarr` cannot write to a session from other processes. Where it says something that `to_icechunk` cannot, such as
    `compute=False`, it stays, with the keywords that Icechunk needs.
    """
    for call in context.nodes(ast.Call):
        if is_function(context, call):
            given = arguments_of(context, call).get("url")
            value = one_handle(context, given) if context.program.workers.dask_elsewhere else None
            if given is not None and value is not None:
                yield dask_array_elsewhere(context, call, given, value)
        elif isinstance(call.func, ast.Attribute) and call.func.attr == "to_zarr":
            store = store_argument(call)
            value = one_handle(context, store)
            if store is not None and value is not None and value.kind in (Kind.STORE, *NODES):
                yield from ToZarr(context, call, call.func, store, value).drafts()


def dask_array_elsewhere(context: Context, call: ast.Call, store: ast.expr, value: Value) -> Draft:
    """What becomes of dask's `to_zarr` where it may be computed in other processes."""
    edits = array_made(context, call, store, value) or stored_into(context, call, store)
    if not edits:
        message = "writing a dask array works on dask's threads only"
        return Draft(call, message, Applicability.MANUAL, (), (), STORE_DASK)
    if value.kind is Kind.STORE:
        return Draft(call, f"make the array, and {MERGED}", Applicability.SAFE, edits, context.place(value))
    return Draft(call, ONE_TASK_A_CHUNK, Applicability.REVIEW, edits, context.place(value))


class ToZarr:
    """One `x.to_zarr(store, ...)`."""

    def __init__(
        self, context: Context, call: ast.Call, function: ast.Attribute, store: ast.expr, value: Value
    ) -> None:
        self.context = context
        self.call = call
        self.function = function
        self.store = store
        self.value = value
        self.unpacked = unpacked(context, call)
        self.names = {k.arg for k in call.keywords if k.arg} | {n for u in self.unpacked for n in u.names()}
        self.places = context.place(value)

    def drafts(self) -> Iterator[Draft]:
        if self.is_dask():
            yield from self.dask_array()
        elif self.can_be_icechunk():
            edits = (*self.to_icechunk(), *self.where_computed())
            yield Draft(
                self.call, "write with to_icechunk, on any dask scheduler", Applicability.SAFE, edits, self.places
            )
        elif self.is_unsendable_job():
            message = "what this puts together cannot be computed in other processes"
            yield Draft(self.call, message, Applicability.MANUAL, (), self.places, TO_ICECHUNK_WHERE_COMPUTED)
        else:
            edits = (*self.keep(), *self.fill_values())
            unseen = (
                "what ** brings is not seen, and zarr_version is no keyword any more; "
                if is_hidden(self.unpacked)
                else ""
            )
            yield Draft(self.call, f"{unseen}to_zarr {THREADS_ONLY}", Applicability.REVIEW, edits, self.places)

    def is_dask(self) -> bool:
        """Whether a dask array is written, as its own keywords, its target or its making tell."""
        if (
            self.value.kind is Kind.ARRAY
            or self.names & {"component", "return_stored", "overwrite"}
            or named(self.call, "url")
        ):
            return True
        return is_made_by_dask(self.context, self.function.value)

    def can_be_icechunk(self) -> bool:
        if is_hidden(self.unpacked) or len(self.call.args) > 1 or self.value.kind is not Kind.STORE:
            return False
        compute = named(self.call, "compute")
        neutral = TO_ZARR_NEUTRAL
        at_once = compute is not None and isinstance(compute.value, ast.Constant) and compute.value.value is True
        if at_once or self.computed_by is not None:
            neutral = neutral | {"compute"}
        used = self.names - neutral - {"store"}
        plain = any(v.kind is not Kind.STORE for v in self.context.program.of(self.store))
        alone = isinstance(self.context.program.parents.get(self.call), ast.Expr)
        statement = alone or self.computed_by is not None
        return (
            statement
            and not plain
            and used <= TO_ICECHUNK_KEYWORDS
            and not self.is_dirty_on_first_line()
            and self.session() is not None
        )

    @cached_property
    def computed_by(self) -> ast.Expr | None:
        """The statement that computes what is only put together here."""
        compute = named(self.call, "compute")
        if compute is None or not isinstance(compute.value, ast.Constant) or compute.value.value is not False:
            return None
        return computed_by(self.context, self.call)

    def where_computed(self) -> Iterator[Edit]:
        """What was put together and computed later is written where it was computed."""
        if self.computed_by is not None:
            yield ReplaceStatement(self.context.program.statement(self.call))
            yield ReplaceStatement(self.computed_by, (Template("{call}", {"call": self.call}),))

    def is_unsendable_job(self) -> bool:
        """Whether the write may be computed later, in other processes that cannot be sent the session."""
        elsewhere = self.context.program.workers.dask_elsewhere and named(self.call, "compute") is not None
        return elsewhere and not isinstance(self.context.program.parents.get(self.call), ast.Expr)

    def is_dirty_on_first_line(self) -> bool:
        """Icechunk 1 refuses to write dask data into a session that has changes already."""
        if self.context.settings.target != "1":
            return False
        event = self.context.event(self.call)
        return event is None or self.context.program.sessions.before[event].may_dirty

    def session(self) -> Template | None:
        """The session itself: its variable, or what the store that is written to says."""
        if len({v.origin for v in self.context.program.of(self.store)}) > 1 or self.is_computed():
            return Template("{store}.session", {"store": self.store})  # whichever it is
        if self.context.program.carried is not None and isinstance(self.store, ast.Attribute):
            if any(v.is_repo for v in self.context.program.of(self.store.value)):
                return Template("{repo}.session", {"repo": self.store.value})
        place = self.context.program.place_of(self.value)
        named_ = place.session_in(self.context.program.scope(self.call)) if place is not None else None
        if named_ is not None:
            return Template(named_)
        return Template("{store}.session", {"store": self.store})

    def is_computed(self) -> bool:
        """Whether what gives the store may have to open the repo first."""
        place = self.context.program.place_of(self.value)
        lazy = place in self.context.program.opened_first.values()
        given = isinstance(self.store, ast.Attribute) and self.context.program.of(self.store.value)
        return lazy and not any(v.is_repo for v in given or ())

    def to_icechunk(self) -> tuple[Edit, ...]:
        function, imports = self.context.module("icechunk.xarray", self.call, "to_icechunk")
        session = self.session()
        assert session is not None
        dropped: list[ast.expr | ast.keyword] = [
            k for k in self.call.keywords if k.arg in TO_ZARR_NEUTRAL | {"compute", "store"}
        ]
        dropped += self.call.args[:1]
        change = ChangeCall(
            self.call,
            Template(function),
            first=(Template("{data}", {"data": self.function.value}), session),
            drop=tuple(dropped),
        )
        return (change, *drop_from(self.unpacked, TO_ZARR_NEUTRAL), *imports)

    def keep(self) -> tuple[Edit, ...]:
        """`to_zarr` as it is, for a store in zarr's format 3 without consolidated metadata."""
        dropped = [k for k in self.call.keywords if k.arg in {"zarr_version", "synchronizer", "consolidated"}]
        hidden = {n for u in self.unpacked for n in u.names()}
        add = [
            (name, Template(text))
            for name, text in (("zarr_format", "3"), ("consolidated", "False"))
            if name not in hidden
        ]
        change = ChangeCall(self.call, drop=tuple(dropped), add=tuple(add))
        return (change, *drop_from(self.unpacked, frozenset({"zarr_version", "synchronizer"})))

    def fill_values(self) -> Iterator[Edit]:
        """Give the arrays of a template the fill value that xarray's `_FillValue` used to be for zarr, too."""
        compute, encoding = named(self.call, "compute"), named(self.call, "encoding")
        if compute is None or encoding is None:
            return
        outer = literal(self.context, encoding.value)
        for inner in outer.values if isinstance(outer, ast.Dict) else ():
            if isinstance(inner, ast.Dict):
                keys = [k.value if isinstance(k, ast.Constant) else None for k in inner.keys]
                if "_FillValue" in keys and "fill_value" not in keys:
                    value = inner.values[keys.index("_FillValue")]
                    yield ReplaceExpression(inner, with_item(inner, "fill_value", value))

    def dask_array(self) -> Iterator[Draft]:
        dropped = tuple(k for k in self.call.keywords if k.arg in DEAD_KEYWORDS)
        message = (
            "writing a dask array works on dask's threads only; for processes or a cluster use icechunk.dask.store_dask"
        )
        if self.context.program.workers.dask_elsewhere:
            yield dask_array_elsewhere(self.context, self.call, self.store, self.value)
            return
        edits: tuple[Edit, ...] = (ChangeCall(self.call, drop=dropped),)
        yield Draft(self.call, message, Applicability.REVIEW, edits, self.places)
