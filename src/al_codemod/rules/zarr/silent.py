"""What zarr 3 does otherwise without a word."""

import ast
from collections.abc import Iterator
from typing import Final

from al_codemod.finding import Applicability
from al_codemod.rules.arguments import named
from al_codemod.rules.base import Context, Draft
from al_codemod.rules.naming import dotted
from al_codemod.rules.zarr.external import is_dask
from al_codemod.rules.zarr.notes import Note
from al_codemod.rules.zarr.silent_made import NEW_FORMAT, is_text, layout, made
from al_codemod.rules.zarr.silent_repos import on_repos
from al_codemod.rules.zarr.silent_used import attributes, counted, nodes, read, written
from al_codemod.rules.zarr.support import (
    CREATES,
    PLAIN_NODES,
    Target,
    constant,
    is_zarr_2,
    keyword_names,
    may_be_zarr_2,
    named_calls,
    target,
    zarr_rule,
)
from al_codemod.semantics.arguments import argument
from al_codemod.surface.zarr.signatures import METHODS


@zarr_rule(
    "AL466",
    "silent-change",
    rows="Z004 Z015 Z027 Z033 Z038 Z042 Z047 Z048 Z050 Z051 Z080 Z104 Z142 Z143 Z168 Z183 Z184 Z185 Z188 Z220 Z221 Z224 Z225 "
    "Z228 Z093 Z094 Z234 Z235 Z338 Z355 Z358 Z371 Z372 Z373 Z374 Z375 Z376 Z383 Z386 Z387 Z394 Z016 Z106",
    before="""
import zarr

root = zarr.open_group("rain.zarr", "w")
""",
    after="""
import zarr

root = zarr.open_group("rain.zarr", mode="w")
""",
)
def silent(context: Context) -> Iterator[Draft]:
    """Code for zarr 2 that runs with zarr 3 and gives something else: formats, defaults, types, attributes.

    What may have to be changed at each place is mentioned at each, all else once a module, at the first place. These are
    about the step from zarr 2: where a program says something that only zarr 3 understands, and a module nothing of zarr 2,
    it means what it says, and nothing is mentioned.
    """
    seen: set[str] = set()
    for note in _notes(context):
        if note.everywhere or note.message not in seen:
            seen.add(note.message)
            yield Draft(note.node, note.message, Applicability.MANUAL, instead=note.instead)


def _notes(context: Context) -> Iterator[Note]:
    yield from _always(context)
    if may_be_zarr_2(context):
        yield from made(context)
        yield from layout(context)
        yield from written(context)
        yield from counted(context)
        yield from read(context)
        yield from nodes(context)
        yield from attributes(context)
        yield from _xarray(context)
    if is_zarr_2(context):
        yield from on_repos(context)


def _always(context: Context) -> Iterator[Note]:
    """What is wrong in zarr 3 whoever wrote it."""
    for call, name in named_calls(context):
        first = constant(call.args[0]) if call.args else ...
        if name.startswith("zarr.") and isinstance(first, str) and first.endswith(".n5"):
            yield Note(call, "zarr 3 makes a directory of its own, not N5", "convert the data with zarr 2")
        if name == "zarr.config.set" and "default_zarr_version" in ast.unparse(call):
            yield Note(call, "zarr 3 knows no default_zarr_version", "default_zarr_format, and neither on Icechunk")
        if name == "zarr.load" and may_be_zarr_2(context):
            message = "load reads one array: a group is an error, and what is missing is made"
            yield Note(call, message, "{name: a[...] for name, a in zarr.open_group(store, mode='r').arrays()}")
    for use in context.uses(PLAIN_NODES, "require_group"):
        if use.call is not None and constant(getattr(named(use.call, "overwrite"), "value", None)) is True:
            yield Note(use.call, "require_group(overwrite=True) empties the group now", "require_group(name)")


def _xarray(context: Context) -> Iterator[Note]:
    for call in context.nodes(ast.Call):
        if not (isinstance(call.func, ast.Attribute) and call.func.attr == "to_zarr"):
            continue
        store = argument(call, 0, "store")
        if is_dask(context, call):
            is_computed = getattr(context.program.parents.get(call), "attr", "") == "compute"
            if constant(getattr(named(call, "compute"), "value", None)) is False and not is_computed:
                yield Note(call, "to_zarr(compute=False) gives an array, not a Delayed", "call compute() on it")
        elif target(context, store) is Target.PLAIN and not {"zarr_version", "zarr_format"} & keyword_names(call):
            yield Note(call, *NEW_FORMAT)
        if isinstance(call.func.value, ast.Name) and _is_opened(context, call.func.value):
            instead = "ds.drop_encoding().to_zarr(...), or give the encoding anew"
            yield Note(call, "what was read from zarr 2 brings its codecs along", instead)
    opens = [c for c, n in named_calls(context) if n in {"xarray.open_zarr", "xarray.open_dataset"}]
    filled = [c for c, n in named_calls(context) if n in CREATES and named(c, "fill_value")]
    filled += [u.call for u in context.uses(PLAIN_NODES, " ".join(METHODS)) if u.call and named(u.call, "fill_value")]
    if filled and opens:
        message = "xarray no longer masks what equals the fill value of an array"
        yield Note(filled[0], message, "write it with xarray, and _FillValue", everywhere=True)
    if opens and any(is_text(context, k.value) for k in context.nodes(ast.keyword) if k.arg == "dtype"):
        for node in context.nodes(ast.Attribute):
            if node.attr in {"dtype", "dtypes"} and _comes_from(context, node.value, opens):
                yield Note(node, "text is read as numpy's StringDType", "ds[name].dtype.kind in 'OT'", everywhere=True)
    if opens and any(is_text(context, n) for c in context.nodes(ast.Compare) for n in (c.left, *c.comparators)):
        yield Note(opens[0], "text is read as numpy's StringDType", "ds[name].dtype.kind in 'OT'")
    for call, name in named_calls(context):
        if name in FORKING and constant(call.args[0] if call.args else None) == "fork":
            yield Note(call, "zarr 3 runs threads of its own, which a fork does not have", "'spawn'", everywhere=True)
    for call, name in named_calls(context):
        is_old = name == "xarray.open_zarr" or (name in DECODING and is_zarr_2(context))
        if is_old and named(call, "use_cftime"):
            yield Note(call, "use_cftime= is deprecated", "decode_times=xr.coders.CFDatetimeCoder(use_cftime=...)")


DECODING: Final = frozenset(
    f"xarray.{name}" for name in ("open_dataset", "open_dataarray", "open_mfdataset", "decode_cf")
)
FORKING: Final = frozenset({"multiprocessing.get_context", "multiprocessing.set_start_method"})


def _comes_from(context: Context, node: ast.expr, opens: list[ast.Call]) -> bool:
    """Whether something is got from what one of some calls opened."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    made = context.assigned(node) if isinstance(node, ast.Name) else node
    return made in opens


def _is_opened(context: Context, node: ast.Name) -> bool:
    made = context.assigned(node) if isinstance(node.ctx, ast.Load) else None
    return isinstance(made, ast.Call) and dotted(context, made.func) == "xarray.open_zarr"
