"""What xarray and dask are asked to do with zarr."""

import ast
from collections.abc import Iterator, Sequence
from typing import Final

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import ChangeCall, Edit, ReplaceExpression, Template
from al_codemod.rules.arguments import Unpacked, drop_from, literal, named, unpacked
from al_codemod.rules.base import Context, Draft
from al_codemod.rules.made_by_dask import is_made_by_dask
from al_codemod.rules.naming import dotted
from al_codemod.rules.zarr.codecs import translate
from al_codemod.rules.zarr.support import (
    Target,
    constant,
    is_none,
    is_zarr_2,
    may_be_zarr_2,
    takes_no_options,
    target,
    zarr_rule,
)
from al_codemod.semantics.arguments import argument, value_of
from al_codemod.surface.zarr.external import DASK_DEAD, DASK_TO_ZARR, DEAD, OPEN_ZARR, TO_ZARR

Argument = ast.expr | ast.keyword
OPENERS: Final = frozenset(
    {"xarray.open_zarr", "xarray.open_dataset", "xarray.open_mfdataset", "xarray.open_dataarray"}
)


@zarr_rule(
    "AL462",
    "xarray-zarr-keywords",
    rows="Z361 Z362 Z363 Z364 Z365 Z366 Z381",
    before="""
import xarray as xr

ds = xr.open_zarr("rain.zarr", "days", None, {"time": 10}, zarr_version=2)
ds.to_zarr("copy.zarr", None, "w")
""",
    after="""
import xarray as xr

ds = xr.open_zarr("rain.zarr", group="days", chunks={"time": 10}, zarr_format=2)
ds.to_zarr("copy.zarr", mode="w")
""",
)
def xarray_calls(context: Context) -> Iterator[Draft]:
    """`to_zarr` and `open_zarr` have lost parameters, so that what is passed by position goes to others, in silence.

    `zarr_version` is called `zarr_format`; `synchronizer` and `chunk_store` are gone.
    """
    for call in context.nodes(ast.Call):
        name = dotted(context, call.func)
        if name in OPENERS:
            yield from _xarray(context, call, OPEN_ZARR if name == "xarray.open_zarr" else ())
        elif isinstance(call.func, ast.Attribute) and call.func.attr == "to_zarr" and not is_dask(context, call):
            yield from _xarray(context, call, TO_ZARR)


def _xarray(context: Context, call: ast.Call, order: Sequence[str]) -> Iterator[Draft]:
    where = target(context, argument(call, 0, "store"))
    if where is Target.ICECHUNK or any(isinstance(a, ast.Starred) for a in call.args):
        return
    by_position: dict[str, Argument] = dict(zip(order, call.args, strict=False))
    arguments: dict[str, Argument] = by_position | {k.arg: k for k in call.keywords if k.arg is not None}
    shifted = len(call.args) > 2 and any(n in by_position for n in DEAD)
    rename: list[tuple[Argument, str]] = [
        (a, n) for n, a in by_position.items() if shifted and n != "store" and n not in DEAD
    ]
    drop: list[Argument] = []
    review: list[str] = []
    manual: list[tuple[Argument, str]] = []
    for name, why in DEAD.items():
        given = arguments.get(name)
        if given is None or (given in by_position.values() and not shifted):
            continue
        value = value_of(given)
        if name == "chunk_store" and not is_none(value):
            manual.append((given, why))
            continue
        drop.append(given)
        review += [] if is_none(value) else [why]
    version = named(call, "zarr_version")
    if version is not None and not (where is Target.UNKNOWN and context.uses_arraylake):
        if is_none(version.value):
            drop.append(version)
        else:
            rename.append((version, "zarr_format"))
            review += [] if constant(version.value) == 3 else ["it stays in zarr's format 2"]
    options = named(call, "storage_options")
    if options is not None and (
        constant(options.value) is None or takes_no_options(context, argument(call, 0, "store"))
    ):
        drop.append(options)
    cftime = named(call, "use_cftime")
    if cftime is not None and (is_zarr_2(context) or (may_be_zarr_2(context) and _is_of_zarr(context, call))):
        yield from _cftime(context, call, cftime)
    edits: list[Edit] = [*_backend(context, call)]
    if where is Target.PLAIN:
        edits += _unpacked_version(context, call)
    for given, why in manual:
        yield Draft(given, "chunk_store= is gone", Applicability.MANUAL, instead=why)
    if drop or rename:
        edits.append(ChangeCall(call, drop=tuple(drop), rename=tuple((a, n) for a, n in rename if a not in drop)))
    if edits:
        text = "; ".join(["the keywords of zarr 3", *review])
        yield Draft(call, text, Applicability.REVIEW if review else Applicability.SAFE, tuple(edits))


def _is_of_zarr(context: Context, call: ast.Call) -> bool:
    """Whether a call of xarray is sure to read zarr."""
    engine = named(call, "engine")
    return dotted(context, call.func) == "xarray.open_zarr" or (engine and constant(engine.value)) == "zarr"


def _cftime(context: Context, call: ast.Call, keyword: ast.keyword) -> Iterator[Draft]:
    """`use_cftime` is a matter of the coder of times, which is told where times are decoded."""
    message = "use_cftime= is deprecated"
    decoded = named(call, "decode_times")
    if is_none(keyword.value) or (decoded is not None and constant(decoded.value) is False):
        yield Draft(keyword, message, Applicability.SAFE, (ChangeCall(call, drop=(keyword,)),))
        return
    if decoded is not None and constant(decoded.value) is not True and not is_none(decoded.value):
        return
    xarray, imports = context.module("xarray", call)
    coder = Template(f"{xarray}.coders.CFDatetimeCoder(use_cftime={{value}})", {"value": keyword.value})
    drop = (decoded,) if decoded is not None else ()
    change = ChangeCall(call, drop=drop, rename=((keyword, "decode_times"),), replace=((keyword, coder),))
    yield Draft(keyword, message, Applicability.SAFE, (change, *imports))


def _unpacked_version(context: Context, call: ast.Call) -> Iterator[Edit]:
    """`**options`, where the options are written out for this call alone and name the version."""
    for part in unpacked(context, call):
        name = part.keyword.value
        if part.literal is None or "zarr_version" not in part.names():
            continue
        if isinstance(name, ast.Name) and len([n for n in context.nodes(ast.Name) if n.id == name.id]) > 2:
            continue
        if isinstance(part.literal, ast.Call):
            yield ChangeCall(
                part.literal, rename=tuple((k, "zarr_format") for k in part.literal.keywords if k.arg == "zarr_version")
            )
        else:
            keys = (k for k in part.literal.keys if k is not None and constant(k) == "zarr_version")
            yield from (ReplaceExpression(k, Template('"zarr_format"')) for k in keys)


def _backend(context: Context, call: ast.Call) -> Iterator[Edit]:
    backend = named(call, "backend_kwargs")
    if backend is not None:
        dead = frozenset({"zarr_version", "synchronizer", "chunk_store"})
        yield from drop_from([Unpacked(backend, literal(context, backend.value))], dead)


def is_dask(context: Context, call: ast.Call) -> bool:
    """Whether the `to_zarr` that is called is a dask array's, as its keywords, its arguments or its making tell."""
    if dotted(context, call.func) == "dask.array.to_zarr":
        return True
    if any(k.arg in {"url", "component", "return_stored", "overwrite"} for k in call.keywords):
        return True
    return is_made_by_dask(context, call.func.value if isinstance(call.func, ast.Attribute) else None)


REFUSED: Final = frozenset({"compressor", "dimension_separator", "zarr_version", *DASK_DEAD})
UNPACKED: Final = "compressors=, chunk_key_encoding={'name': 'v2', 'separator': '/'}, zarr_format="


@zarr_rule(
    "AL463",
    "dask-zarr-keywords",
    rows="Z389 Z390 Z391 Z392 Z393 Z403",
    before="""
import dask.array as da
import numcodecs

x = da.ones(8, chunks=4)
da.to_zarr(x, "a.zarr", None, None, True)
x.to_zarr("b.zarr", overwrite=True, compressor=numcodecs.Zstd(level=3))
""",
    after="""
import dask.array as da
import zarr

x = da.ones(8, chunks=4)
da.to_zarr(x, "a.zarr", None, None, mode="w")
x.to_zarr("b.zarr", overwrite=True, compressors=zarr.codecs.ZstdCodec(level=3))
""",
)
def dask_calls(context: Context) -> Iterator[Draft]:
    """Dask's `to_zarr` takes no `overwrite` by position, and passes its other keywords on to `zarr.create_array`."""
    for call in context.nodes(ast.Call):
        name = dotted(context, call.func)
        if name == "dask.array.to_zarr":
            yield from DaskWrite(context, call, DASK_TO_ZARR).drafts()
        elif isinstance(call.func, ast.Attribute) and call.func.attr == "to_zarr" and is_dask(context, call):
            yield from DaskWrite(context, call, DASK_TO_ZARR[1:]).drafts()
        elif name == "dask.array.from_zarr" and (version := named(call, "zarr_version")) is not None:
            keep = constant(version.value) is not None
            change = ChangeCall(call, rename=((version, "zarr_format"),)) if keep else ChangeCall(call, drop=(version,))
            yield Draft(call, "zarr_version is called zarr_format", Applicability.REVIEW, (change,))


class DaskWrite:
    """One `to_zarr` of a dask array."""

    def __init__(self, context: Context, call: ast.Call, order: Sequence[str]) -> None:
        self.context = context
        self.call = call
        self.by_position: dict[str, Argument] = dict(zip(order, call.args, strict=False))
        self.arguments: dict[str, Argument] = self.by_position | {k.arg: k for k in call.keywords if k.arg is not None}
        self.drop: list[Argument] = []
        self.rename: list[tuple[Argument, str]] = []
        self.replace: list[tuple[Argument, Template]] = []
        self.edits: list[Edit] = []
        self.review: list[str] = []

    def value(self, name: str) -> ast.expr | None:
        return value_of(self.arguments.get(name))

    def drafts(self) -> Iterator[Draft]:
        if any(isinstance(a, ast.Starred) for a in self.call.args):
            return
        self.overwrite()
        version = self.arguments.get("zarr_version")
        if version is not None:
            self.rename.append((version, "zarr_format"))
        for name in DASK_DEAD:
            if name in self.arguments:
                self.drop.append(self.arguments[name])
                self.review.append(f"{name}= does nothing in zarr 3")
        separator = self.arguments.get("dimension_separator")
        if separator is not None:
            value = self.value("dimension_separator")
            assert value is not None
            text = Template('{{"name": "v2", "separator": {sep}}}', {"sep": value})
            self.replace.append((separator, text))
            self.rename.append((separator, "chunk_key_encoding"))
            self.review.append("the keys of the chunks stay as zarr 2 had them")
        yield from self.codec()
        for part in unpacked(self.context, self.call):
            if part.names() & REFUSED:
                yield Draft(part.keyword, "** brings what zarr 3 refuses", Applicability.MANUAL, instead=UNPACKED)
        if "zarr_array_kwargs" in self.arguments:
            node = self.arguments["zarr_array_kwargs"]
            yield Draft(
                node, "zarr_array_kwargs is no keyword", Applicability.MANUAL, instead="pass what is in it as keywords"
            )
        if self.drop or self.rename or self.replace:
            change = ChangeCall(
                self.call, drop=tuple(self.drop), rename=tuple(self.rename), replace=tuple(self.replace)
            )
            message = "; ".join(["dask's to_zarr for zarr 3", *self.review])
            how = Applicability.REVIEW if self.review else Applicability.SAFE
            yield Draft(self.call, message, how, (change, *self.edits))

    def overwrite(self) -> None:
        """What stood at the position of `overwrite`, and behind it; by its keyword it is still understood."""
        argument = self.by_position.get("overwrite")
        if argument is None:
            return
        flag = constant(self.value("overwrite"))
        if flag is True:
            self.rename.append((argument, "mode"))
            self.replace.append((argument, Template('"w"')))
        elif flag is False:
            self.drop.append(argument)
        else:
            self.rename.append((argument, "overwrite"))
        later = ("region", "compute", "return_stored")
        self.rename += [(self.by_position[n], n) for n in later if n in self.by_position]

    def codec(self) -> Iterator[Draft]:
        argument, value = self.arguments.get("compressor"), self.value("compressor")
        if argument is None or value is None or constant(self.value("zarr_version")) == 2:
            return
        if constant(value) == "default":
            self.drop.append(argument)
            return
        self.rename.append((argument, "compressors"))
        if is_none(value):
            return
        made = translate(self.context, value)
        if made is None:
            instead = "compressors= takes a codec of zarr.codecs, such as zarr.codecs.BloscCodec(...)"
            yield Draft(argument, "compressor= took numcodecs objects", Applicability.MANUAL, instead=instead)
            return
        self.replace.append((argument, Template(made.text, made.holes)))
        self.edits += made.imports
        self.review.append("data is written in zarr's format 3, with its own codecs")
