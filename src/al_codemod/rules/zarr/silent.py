"""What zarr 3 does otherwise without a word: spoken of once a module, where it is met first."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from al_codemod.finding import Applicability
from al_codemod.rules.arguments import named
from al_codemod.rules.base import Context, Draft
from al_codemod.rules.naming import dotted
from al_codemod.rules.zarr.external import is_dask
from al_codemod.rules.zarr.support import (
    CREATES,
    MEMORY,
    PLAIN_NODES,
    Target,
    constant,
    is_none,
    is_only,
    is_zarr_2,
    keyword_names,
    named_calls,
    target,
    zarr_rule,
)
from al_codemod.semantics.arguments import argument
from al_codemod.surface.kinds import Kind
from al_codemod.surface.zarr.signatures import METHODS, Family

_TEXT: Final = re.compile(r"^[<>=|]?[US]\d")


@dataclass(frozen=True, slots=True)
class Note:
    """One silent change, met at a node."""

    node: ast.AST
    message: str
    instead: str


@zarr_rule(
    "AL466",
    "silent-change",
    rows="Z004 Z015 Z027 Z033 Z038 Z042 Z047 Z048 Z050 Z051 Z080 Z104 Z142 Z143 Z168 Z183 Z184 Z185 Z188 Z220 Z221 Z224 Z225 "
    "Z228 Z093 Z094 Z234 Z235 Z338 Z355 Z358 Z371 Z372 Z373 Z374 Z375 Z376 Z383 Z386 Z387 Z394 Z016",
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

    Each of these is mentioned once a module, at the first place. They are about the step from zarr 2, not about the code behind
    it: once a module has nothing of zarr 2 left it means what it says, and nothing is mentioned any more.
    """
    seen: set[str] = set()
    for note in _notes(context):
        if note.message not in seen:
            seen.add(note.message)
            yield Draft(note.node, note.message, Applicability.MANUAL, instead=note.instead)


def _notes(context: Context) -> Iterator[Note]:
    yield from _always(context)
    if is_zarr_2(context):
        yield from _created(context)
        yield from _written(context)
        yield from _nodes(context)
        yield from _attributes(context)
        yield from _xarray(context)


def _always(context: Context) -> Iterator[Note]:
    """What is wrong in zarr 3 whoever wrote it."""
    for call, name in named_calls(context):
        first = constant(call.args[0]) if call.args else ...
        if name.startswith("zarr.") and isinstance(first, str) and first.endswith(".n5"):
            yield Note(call, "zarr 3 makes a directory of its own, not N5", "convert the data with zarr 2")
        if name == "zarr.config.set" and "default_zarr_version" in ast.unparse(call):
            yield Note(call, "zarr 3 knows no default_zarr_version", "default_zarr_format, and neither on Icechunk")
        if name == "zarr.load" and is_zarr_2(context):
            message = "load reads one array: a group is an error, and what is missing is made"
            yield Note(call, message, "{name: a[...] for name, a in zarr.open_group(store, mode='r').arrays()}")
    for use in context.uses(PLAIN_NODES, "require_group"):
        if use.call is not None and constant(getattr(named(use.call, "overwrite"), "value", None)) is True:
            yield Note(use.call, "require_group(overwrite=True) empties the group now", "require_group(name)")


def _created(context: Context) -> Iterator[Note]:
    """What is made anew, and how."""
    for call, name in named_calls(context):
        if name in MAKERS:
            reads = any(constant(a) in ("r", "r+") for a in (*call.args, *(k.value for k in call.keywords)))
            asks = {"zarr_version", "zarr_format", "dimension_separator"} & keyword_names(call)
            if not reads and not asks and may_be_plain(context, argument(call, MAKERS[name], "store")):
                yield Note(call, *NEW_FORMAT)
        if name in {"zarr.save", "zarr.save_array"} and not {"mode", "overwrite"} & keyword_names(call):
            yield Note(call, "what is there already is an error in zarr 3", "zarr.save_array(store, array, mode='w')")
        if name in CREATES:
            yield from _array(call, name)
    for use in context.uses(PLAIN_NODES, " ".join(METHODS)):
        if use.call is not None and METHODS[use.node.attr][1].family is not Family.GROUP:
            yield from _array(use.call, use.node.attr)


MAKERS: Final[dict[str, int]] = {
    **dict.fromkeys("zarr.open zarr.open_group zarr.open_array zarr.save zarr.save_array zarr.save_group".split(), 0),
    "zarr.create": 6,
}
"""The functions that make what is not there, each with the position of the store."""

NEW_FORMAT: Final = (
    "new data is in zarr's format 3: zarr 2 cannot read it, zstd compresses it, chunks of the fill value are not stored",
    "zarr_format=2 where others read it with zarr 2; config={'write_empty_chunks': True} to store all chunks",
)


def may_be_plain(context: Context, store: ast.expr | None) -> bool:
    """Whether a store may be one of zarr itself, also where it may be one of a repo."""
    return target(context, store) is Target.PLAIN or any(
        v.kind is Kind.ZARR_STORE and v.name not in MEMORY for v in context.program.of(store)
    )


def _array(call: ast.Call, name: str) -> Iterator[Note]:
    fill = named(call, "fill_value")
    if (fill is not None and is_none(fill.value)) or name.rpartition(".")[2] == "empty":
        yield Note(
            call, "an array without a fill value gets the default of its type", "fill_value=...; it is never None"
        )
    dtype = named(call, "dtype")
    text = constant(dtype.value) if dtype is not None else ...
    if name.rpartition(".")[2] == "zeros" and isinstance(text, str) and _TEXT.match(text):
        yield Note(call, "zeros of text are '0', and no longer ''", "fill_value=''")
    if dtype is not None and isinstance(dtype.value, ast.Name) and dtype.value.id in {"str", "object"}:
        yield Note(
            call, "text is read as numpy's StringDType, and None is stored as 'None'", "array[...].astype(object)"
        )
    order = named(call, "order")
    if order is not None and constant(order.value) == "F":
        yield Note(call, "what is stored is in C order", "filters=[zarr.codecs.TransposeCodec(order=...)]")


def _written(context: Context) -> Iterator[Note]:
    """Values that are put in and got out."""
    for statement in context.nodes(ast.Assign):
        for node in statement.targets:
            if isinstance(node, ast.Subscript) and is_only(context, node.value, {Kind.ZARR_ARRAY}):
                if isinstance(constant(node.slice), str):
                    yield Note(
                        node, "fields cannot be assigned one by one", "a = array[...]; a[field] = x; array[...] = a"
                    )
                elif not isinstance(statement.value, ast.Constant):
                    message = "values of another shape are cut off or repeated, where zarr 2 raised ValueError"
                    yield Note(node, message, "compare the shapes first")
    for node in context.nodes(ast.Subscript):
        if isinstance(node.ctx, ast.Load) and is_only(context, node.value, {Kind.ZARR_ARRAY}) and _is_one(node.slice):
            message = "one element is an array without dimensions, which cannot be hashed"
            yield Note(node, message, "array[i][()] or array[i].item()")


def _is_one(index: ast.expr) -> bool:
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    return bool(parts) and all(isinstance(constant(p), int) for p in parts)


def _nodes(context: Context) -> Iterator[Note]:
    consolidates = [c for c, n in named_calls(context) if n == "zarr.consolidate_metadata"]
    for call, name in named_calls(context):
        if consolidates and name == "zarr.open_group" and "use_consolidated" not in keyword_names(call):
            yield Note(call, "open_group goes by consolidated metadata, which may be old", "use_consolidated=False")
    for call in context.nodes(ast.Call):
        if (
            isinstance(call.func, ast.Name)
            and call.func.id == "repr"
            and call.args
            and is_only(context, call.args[0], PLAIN_NODES)
        ):
            yield Note(call, "groups and arrays are shown otherwise", "name, shape and dtype")
    for use in context.uses(PLAIN_NODES, "info"):
        yield Note(use.node, "info counts no members and no bytes", "info_complete()")


def _attributes(context: Context) -> Iterator[Note]:
    chained: list[ast.Subscript] = []
    for node in context.nodes(ast.Subscript):
        owner = node.value
        if not (
            isinstance(owner, ast.Attribute) and owner.attr == "attrs" and is_only(context, owner.value, PLAIN_NODES)
        ):
            continue
        if constant(node.slice) == "_ARRAY_DIMENSIONS":
            yield Note(
                node,
                "xarray reads and writes dimension names in the metadata of format 3",
                "dimension_names=, metadata.dimension_names",
            )
        if constant(node.slice) == "_FillValue":
            yield Note(
                node, "xarray wants _FillValue encoded", "xarray.backends.zarr.FillValueCoder.encode(value, dtype)"
            )
        parent = context.program.parents.get(node)
        if isinstance(parent, ast.Attribute) and parent.attr in {"append", "extend", "update", "insert"}:
            yield Note(parent, "what is changed in place is written with the next attribute", "assign the new value")
        if isinstance(node.ctx, ast.Store):
            chained.append(node)
    handles = {ast.unparse(n.value) for n in chained}
    if len(chained) > 1 and any("[" in h for h in handles):
        message = "each handle writes all the attributes that it knows: the last one wins"
        yield Note(chained[1], message, "one handle a node, opened again before it writes")


def _xarray(context: Context) -> Iterator[Note]:
    opened = {n for n in context.nodes(ast.Name) if _is_opened(context, n)}
    for call in context.nodes(ast.Call):
        if not (isinstance(call.func, ast.Attribute) and call.func.attr == "to_zarr"):
            continue
        store = argument(call, 0, "store")
        if is_dask(context, call):
            if constant(getattr(named(call, "compute"), "value", None)) is False:
                yield Note(call, "to_zarr(compute=False) gives an array, not a Delayed", "call compute() on it")
        elif target(context, store) is Target.PLAIN and not {"zarr_version", "zarr_format"} & keyword_names(call):
            yield Note(call, *NEW_FORMAT)
        if call.func.value in opened:
            instead = "ds.drop_encoding().to_zarr(...), or give the encoding anew"
            yield Note(call, "what was read from zarr 2 brings its codecs along", instead)
    zarrs = [c for c, n in named_calls(context) if n in CREATES and named(c, "fill_value")]
    if zarrs and any(n in {"xarray.open_zarr", "xarray.open_dataset"} for _, n in named_calls(context)):
        yield Note(
            zarrs[0],
            "xarray no longer masks what equals the fill value of an array",
            "write it with xarray, and _FillValue",
        )
    for call, name in named_calls(context):
        if name.startswith("xarray.") and named(call, "use_cftime"):
            yield Note(call, "use_cftime= is deprecated", "decode_times=xr.coders.CFDatetimeCoder(use_cftime=...)")


def _is_opened(context: Context, node: ast.Name) -> bool:
    made = context.assigned(node) if isinstance(node.ctx, ast.Load) else None
    return isinstance(made, ast.Call) and dotted(context, made.func) == "xarray.open_zarr"
