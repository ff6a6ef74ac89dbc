"""Calls that open a V1 store: xarray's and zarr's."""

import ast
from collections.abc import Iterator

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import ChangeCall, Edit, ReplaceExpression, Template
from al_codemod.rules.arguments import Unpacked, drop_from, is_hidden, literal, named, unpacked
from al_codemod.rules.base import Context, Draft, rule
from al_codemod.rules.elsewhere import sendable
from al_codemod.rules.reading import either_mode, is_read_only
from al_codemod.rules.zarr.support import PLAIN_NODES
from al_codemod.semantics.arguments import argument
from al_codemod.semantics.values import Value
from al_codemod.surface.kinds import HANDLES, NODES, Kind
from al_codemod.surface.names import STORE_FUNCTIONS
from al_codemod.surface.signatures import (
    ARRAY_KEYWORDS,
    DEAD_KEYWORDS,
    POSITIONAL,
)


@rule(
    "AL405",
    "xarray-open-on-repo",
    rows="store.04",
    before="""
import xarray as xr
from arraylake import Client

repo = Client().get_repo("org/repo")
ds = xr.open_zarr(repo.store, group="g", zarr_version=3)
""",
    after="""
import xarray as xr
from arraylake import Client

repo = Client().get_repo("org/repo")
session = repo.readonly_session(branch="main")
ds = xr.open_zarr(session.store, group="g", consolidated=False)
""",
)
def xarray_open(context: Context) -> Iterator[Draft]:
    """Xarray is told that an Icechunk store has no consolidated metadata, and no longer takes `zarr_version`."""
    for call, name, value in store_calls(context):
        if not name.startswith("xarray."):
            continue
        parts = unpacked(context, call)
        hidden = {n for u in parts for n in u.names()}
        backend = named(call, "backend_kwargs")
        if backend is not None:
            parts = [*parts, Unpacked(backend, literal(context, backend.value))]
        dropped = [k for k in call.keywords if k.arg in {"zarr_version", "synchronizer"}]
        dropped += [k for k in call.keywords if k.arg == "consolidated" and not _is_constant(k.value, False)]
        add = [("consolidated", Template("False"))] if "consolidated" not in hidden else []
        if name != "xarray.open_zarr" and "engine" not in hidden:
            add.insert(0, ("engine", Template('"zarr"')))
        store, findings = store_to_send(context, call, value)
        yield from findings
        change = ChangeCall(call, drop=tuple(dropped), replace=store, add=tuple(add))
        edits = (change, *drop_from(parts, frozenset({"zarr_version", "synchronizer"})))
        applicability = Applicability.REVIEW if is_hidden(parts) else Applicability.SAFE
        yield Draft(call, "open without consolidated metadata", applicability, edits, context.place(value))


def store_to_send(
    context: Context, call: ast.Call, value: Value
) -> tuple[tuple[tuple[ast.expr | ast.keyword, Template], ...], tuple[Draft, ...]]:
    """What a call is to open instead of a store that is no repo's `store` right there, for dask in other processes."""
    given = argument(call, 0, STORE_FUNCTIONS[_name(context, call)].parameter)
    if given is None or (isinstance(given, ast.Attribute) and any(v.is_repo for v in context.program.of(given.value))):
        return (), ()
    session = Template("{store}.session", {"store": given})
    other, findings = sendable(context, call, value, session, None)
    if other is session:
        return (), findings
    holder = next((k for k in call.keywords if k.value is given), given)
    return ((holder, Template(f"{other.text}.store", other.holes)),), findings


def _name(context: Context, call: ast.Call) -> str:
    return next(v.name for v in context.program.of(call.func) if v.name in STORE_FUNCTIONS)


@rule(
    "AL406",
    "zarr-open-on-repo",
    rows="store.01 store.02 store.03 store.04",
    before="""
import zarr
from arraylake import Client

repo = Client().get_repo("org/repo")
group = zarr.open_group(repo.store, zarr_version=3)
print(group["a"][:])
""",
    after="""
import zarr
from arraylake import Client

repo = Client().get_repo("org/repo")
session = repo.readonly_session(branch="main")
group = zarr.open_group(session.store, mode="r")
print(group["a"][:])
""",
)
def zarr_open(context: Context) -> Iterator[Draft]:
    """Zarr 3 takes the mode by keyword and no `zarr_version`; opening a group on a read-only session needs `mode="r"`."""
    for call, name, value in store_calls(context):
        if name in {"zarr.save", "zarr.save_array", "zarr.save_group"} and named(call, "chunks"):
            yield Draft(
                call, "zarr 3 saves without chunks=", Applicability.MANUAL, (), (), "zarr.create_array(..., data=...)"
            )
        if name.startswith("zarr."):
            yield Draft(
                call,
                "open with zarr 3",
                Applicability.SAFE,
                _zarr_call(context, call, name, value),
                context.place(value),
            )


@rule(
    "AL414",
    "with-zarr-group",
    rows="Z187",
    before="""
import zarr
from arraylake import Client

repo = Client().get_repo("org/repo")
with zarr.open_group(repo.store, mode="r") as group:
    print(group["a"][:])
""",
    after="""
import contextlib

import zarr
from arraylake import Client

repo = Client().get_repo("org/repo")
session = repo.readonly_session(branch="main")
with contextlib.nullcontext(zarr.open_group(session.store, mode="r")) as group:
    print(group["a"][:])
""",
)
def with_group(context: Context) -> Iterator[Draft]:
    """A group of zarr 3 is no context manager; there is nothing to close."""
    statements: list[ast.With | ast.AsyncWith] = [*context.nodes(ast.With), *context.nodes(ast.AsyncWith)]
    for node in statements:
        for item in node.items:
            value = next((v for v in context.program.of(item.context_expr) if is_node(v)), None)
            if value is None:
                continue
            contextlib, imports = context.module("contextlib", node)
            new = Template(f"{contextlib}.nullcontext({{group}})", {"group": item.context_expr})
            edits: tuple[Edit, ...] = (ReplaceExpression(item.context_expr, new), *imports)
            message = "a group of zarr 3 is no context manager"
            yield Draft(item.context_expr, message, Applicability.SAFE, edits, context.place(value))


def is_node(value: Value) -> bool:
    """Whether a value is a group or array, of a repo or of plain zarr."""
    return (value.kind in NODES and value.origin is not None) or value.kind in PLAIN_NODES


def _zarr_call(context: Context, call: ast.Call, name: str, value: Value) -> tuple[Edit, ...]:
    parts = unpacked(context, call)
    order = POSITIONAL.get(name, ())
    named_there = [(arg, order[i]) for i, arg in enumerate(call.args) if 0 < i < len(order)]
    renamed = [(arg, parameter) for arg, parameter in named_there if parameter not in ARRAY_KEYWORDS]
    dropped: list[ast.expr | ast.keyword] = [k for k in call.keywords if k.arg in DEAD_KEYWORDS]
    dropped += [arg for arg, parameter in renamed if parameter in DEAD_KEYWORDS]
    function: Template | None = None
    add: list[tuple[str, Template]] = []
    replace: list[tuple[ast.expr | ast.keyword, Template]] = []
    if name in {"zarr.open_group", "zarr.group", "zarr.open", "zarr.open_array"} and is_read_only(context, call, value):
        mode = argument(call, 1, "mode") if name != "zarr.group" else None
        store = argument(call, 0, "store")
        session = Template("{store}.session", {"store": store}) if store is not None else Template("")
        given = f'"{mode.value}"' if isinstance(mode, ast.Constant) and isinstance(mode.value, str) else '"a"'
        asked = either_mode(context, call, session, given)
        text = Template(asked, session.holes) if asked is not None else Template('"r"')
        if mode is not None and not _is_constant(mode, "r"):
            holder = named(call, "mode") or mode
            replace.append((holder, text))
        elif mode is None and name != "zarr.open":
            add.append(("mode", text))
        if name == "zarr.group":
            zarr, _ = context.module("zarr", call)
            function = Template(f"{zarr}.open_group")
            dropped += [k for k in call.keywords if k.arg == "overwrite"]
    kept = tuple((a, n) for a, n in renamed if a not in dropped)
    change = ChangeCall(call, function, drop=tuple(dropped), rename=kept, replace=tuple(replace), add=tuple(add))
    return (change, *drop_from(parts, DEAD_KEYWORDS))


def store_calls(context: Context) -> Iterator[tuple[ast.Call, str, Value]]:
    """Every call of a known function with a V1 store or node: the call, the function's name, the store's value."""
    for call in context.nodes(ast.Call):
        for callee in context.program.of(call.func):
            function = STORE_FUNCTIONS.get(callee.name) if callee.kind is Kind.NAME else None
            if function is not None:
                value = one_handle(context, argument(call, function.position, function.parameter))
                if value is not None:
                    yield call, callee.name, value


def one_handle(context: Context, node: ast.expr | None) -> Value | None:
    """The V1 store, group or array that an expression may be."""
    return next(
        (v for v in context.program.of(node) if v.kind in HANDLES and v.kind is not Kind.DATASET and v.origin), None
    )


def _is_constant(node: ast.expr, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value == value
