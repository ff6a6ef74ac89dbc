"""Encodings of xarray: how its variables are written."""

import ast
from collections.abc import Iterator

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import Edit, ReplaceExpression, Template
from al_codemod.rules.arguments import literal, named
from al_codemod.rules.base import Context, Draft
from al_codemod.rules.zarr.codec_flow import asks_for_format_2
from al_codemod.rules.zarr.codecs import codec_class
from al_codemod.rules.zarr.dicts import (
    KEYS,
    MESSAGE,
    by_hand,
    codecs_in_dict,
    imports,
    items,
    listed,
    renamed,
    translated,
)
from al_codemod.rules.zarr.support import constant, is_none, zarr_rule


@zarr_rule(
    "AL457",
    "codec-in-encoding",
    rows="Z367 Z368 Z369 Z370",
    before="""
import xarray as xr
from numcodecs import Blosc

ds = xr.Dataset({"rain": ("x", [1.0, 2.0])})
ds.to_zarr("rain.zarr", encoding={"rain": {"compressor": Blosc(cname="zstd")}})
""",
    after="""
import xarray as xr
import zarr

ds = xr.Dataset({"rain": ("x", [1.0, 2.0])})
ds.to_zarr("rain.zarr", encoding={"rain": {"compressors": [zarr.codecs.BloscCodec(cname="zstd", clevel=5, shuffle="shuffle")]}})
""",
)
def encodings(context: Context) -> Iterator[Draft]:
    """`compressor` in an encoding is called `compressors`, and its codecs are those of `zarr.codecs`.

    Found in the literals that are passed as `encoding=`, in the variables and comprehensions that these are made from, and
    wherever a dict that holds a codec of numcodecs can only be an encoding.
    """
    old = _for_format_2(context)
    passed = [d for d in _passed(context) if d not in old]
    dicts = dict.fromkeys([*passed, *_others(context, old)])
    for node in dicts:
        yield from codecs_in_dict(context, node, is_passed=node in passed)
    yield from _asked(context, dicts)
    for node in old:
        yield from _format_2(node)
    yield from _subscripts(context)


def _asked(context: Context, dicts: dict[ast.Dict | ast.Call, None]) -> Iterator[Draft]:
    """`comp["compressor"]` of a dict whose key is called otherwise now."""
    for node in context.nodes(ast.Subscript):
        if isinstance(node.value, ast.Name) and constant(node.slice) == "compressor":
            made = context.assigned(node.value)
            if isinstance(made, ast.Dict | ast.Call) and made in dicts:
                edit = ReplaceExpression(node.slice, Template('"compressors"'))
                yield Draft(node, "the encoding calls it compressors", Applicability.REVIEW, (edit,))


def _format_2(node: ast.Dict | ast.Call) -> Iterator[Draft]:
    """In format 2 the codecs stay as they are, and only the name is another one."""
    for name, _, key in items(node):
        if name == "compressor":
            yield Draft(node, "the encoding calls it compressors", Applicability.SAFE, (renamed(key, node),))


def _calls(context: Context) -> list[ast.Call]:
    """The calls that write with an encoding."""
    names = {"to_zarr", "to_icechunk"}
    found = [c for c in context.nodes(ast.Call) if _function(c) in names]
    return [c for c in found if named(c, "encoding") is not None]


def _function(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _passed(context: Context) -> list[ast.Dict | ast.Call]:
    """The dicts about one variable each, in all encodings that are passed in zarr's newest format."""
    return [d for call in _calls(context) if not asks_for_format_2(call) for d in _inner(context, call)]


def _for_format_2(context: Context) -> dict[ast.Dict | ast.Call, None]:
    """The same, where format 2 is asked for."""
    return {d: None for call in _calls(context) if asks_for_format_2(call) for d in _inner(context, call)}


def _inner(context: Context, call: ast.Call) -> Iterator[ast.Dict | ast.Call]:
    keyword = named(call, "encoding")
    if keyword is None:
        return
    outer = keyword.value
    yield from _assigned_items(context, outer)
    if isinstance(outer, ast.Name):
        outer = context.assigned(outer) or outer
    match outer:
        case ast.DictComp():
            values: list[ast.expr] = [outer.value]
        case ast.Dict():
            values = list(outer.values)
        case ast.Call(func=ast.Name(id="dict")) if not outer.args:
            values = [k.value for k in outer.keywords]
        case ast.Call(func=ast.Attribute(value=ast.Name(id="dict"), attr="fromkeys"), args=[_, value]):
            values = [value]
        case _:
            values = []
    for value in values:
        parts = value.values if isinstance(value, ast.Dict) and None in value.keys else [value]
        for part in [value, *parts]:
            found = literal(context, part)
            if found is not None:
                yield found


def _assigned_items(context: Context, outer: ast.expr) -> Iterator[ast.Dict | ast.Call]:
    """`encoding[name] = {...}`."""
    for statement in context.nodes(ast.Assign):
        for target in statement.targets:
            if isinstance(target, ast.Subscript) and isinstance(outer, ast.Name) and isinstance(target.value, ast.Name):
                if target.value.id == outer.id and context.program.scope(target) is context.program.scope(outer):
                    found = literal(context, statement.value)
                    if found is not None:
                        yield found


def _others(context: Context, old: dict[ast.Dict | ast.Call, None]) -> Iterator[ast.Dict | ast.Call]:
    """Dicts with codecs of numcodecs that are no keywords of a call, where the module has to do with xarray."""
    if ("xarray" not in context.source.text and "to_zarr" not in context.source.text) or old:
        return
    dicts: list[ast.Dict | ast.Call] = [*context.nodes(ast.Dict), *context.nodes(ast.Call)]
    for node in dicts:
        if isinstance(node, ast.Call) and not (
            isinstance(node.func, ast.Name) and node.func.id == "dict" and not node.args
        ):
            continue
        values = [v for k, v, _ in items(node) if k in KEYS]
        if any(_holds_codec(context, v) for v in values) and not _is_unpacked(context, node):
            yield node


def _holds_codec(context: Context, node: ast.expr) -> bool:
    return any(codec_class(context, e) for e in (node.elts if isinstance(node, ast.List | ast.Tuple) else [node]))


def _is_unpacked(context: Context, node: ast.expr) -> bool:
    """Whether a dict is passed on as keywords, to what makes an array."""
    parent = context.program.parents.get(node)
    if isinstance(parent, ast.keyword):
        return parent.arg is None
    if isinstance(parent, ast.Assign) and len(parent.targets) == 1 and isinstance(parent.targets[0], ast.Name):
        name = parent.targets[0].id
        return any(
            isinstance(k.value, ast.Name) and k.value.id == name for k in context.nodes(ast.keyword) if k.arg is None
        )
    return False


def _is_encoding(context: Context, node: ast.expr) -> bool:
    """Whether an expression is the encoding of one variable: `da.encoding`, or an item of what is passed as `encoding=`."""
    if isinstance(node, ast.Attribute):
        return node.attr == "encoding"
    if not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Name):
        return False
    name = node.value
    passed = [(c, k.value) for c in _calls(context) if (k := named(c, "encoding")) is not None]
    mine = [c for c, value in passed if isinstance(value, ast.Name) and value.id == name.id]
    return bool(mine) and not any(asks_for_format_2(call) for call in mine)


def _subscripts(context: Context) -> Iterator[Draft]:
    """`da.encoding["compressor"]`."""
    for node in context.nodes(ast.Subscript):
        if constant(node.slice) in KEYS and _is_encoding(context, node.value):
            parent = context.program.parents.get(node)
            is_filters = constant(node.slice) == "filters"
            if is_filters and not (isinstance(parent, ast.Assign) and node in parent.targets):
                continue
            edits: list[Edit] = [] if is_filters else [ReplaceExpression(node.slice, Template('"compressors"'))]
            if isinstance(parent, ast.Assign) and node in parent.targets and not is_none(parent.value):
                made = translated(context, parent.value)
                stages = {m.stage == "array" for m in made or ()}
                if made is None or stages - {is_filters}:
                    yield by_hand(node)
                    continue
                edits += [ReplaceExpression(parent.value, listed(made)), *imports(made)]
            message = MESSAGE if is_filters else "the encoding calls it compressors, a tuple or list"
            if edits:
                yield Draft(node, message, Applicability.REVIEW, tuple(edits))
