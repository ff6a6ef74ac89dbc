"""Encodings of xarray: how its variables are written."""

import ast
from collections.abc import Iterator
from typing import Final

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import ChangeCall, Edit, ReplaceExpression, Template
from al_codemod.rules.arguments import literal, named
from al_codemod.rules.base import Context, Draft
from al_codemod.rules.zarr.codecs import Translated, codec_class, translate
from al_codemod.rules.zarr.support import constant, is_none, zarr_rule

KEYS: Final = ("compressor", "filters")
MESSAGE: Final = "the encoding names codecs of zarr 3"
INSTEAD: Final = "'compressors': [zarr.codecs.BloscCodec(...)], 'filters': [...], with codecs of zarr 3"


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
    for node in dict.fromkeys([*passed, *_others(context, old)]):
        yield from _dict(context, node, is_passed=node in passed)
    for node in old:
        yield from _format_2(node)
    yield from _subscripts(context)


def _format_2(node: ast.Dict | ast.Call) -> Iterator[Draft]:
    """In format 2 the codecs stay as they are, and only the name is another one."""
    for name, _, key in _items(node):
        if name == "compressor":
            yield Draft(node, "the encoding calls it compressors", Applicability.SAFE, (_renamed(key, node),))


def _calls(context: Context) -> list[ast.Call]:
    """The calls that write with an encoding."""
    names = {"to_zarr", "to_icechunk"}
    found = [c for c in context.nodes(ast.Call) if _function(c) in names]
    return [c for c in found if named(c, "encoding") is not None]


def _function(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _passed(context: Context) -> list[ast.Dict | ast.Call]:
    """The dicts about one variable each, in all encodings that are passed in zarr's newest format."""
    return [d for call in _calls(context) if not _is_format_2(call) for d in _inner(context, call)]


def _for_format_2(context: Context) -> dict[ast.Dict | ast.Call, None]:
    """The same, where format 2 is asked for."""
    return {d: None for call in _calls(context) if _is_format_2(call) for d in _inner(context, call)}


def _is_format_2(call: ast.Call) -> bool:
    return any(k.arg in {"zarr_format", "zarr_version"} and constant(k.value) == 2 for k in call.keywords)


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
        values = [v for k, v, _ in _items(node) if k in KEYS]
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


def _items(node: ast.Dict | ast.Call) -> list[tuple[object, ast.expr, ast.expr | ast.keyword]]:
    """The names and values of a dict, each with the node that names it."""
    if isinstance(node, ast.Call):
        return [(k.arg, k.value, k) for k in node.keywords]
    return [(constant(k), v, k) for k, v in zip(node.keys, node.values, strict=True) if k is not None]


def _dict(context: Context, node: ast.Dict | ast.Call, *, is_passed: bool) -> Iterator[Draft]:
    """The edits of one dict: the codecs, sorted into those for arrays and those for bytes."""
    items = {name: (value, key) for name, value, key in _items(node) if name in KEYS}
    if not items or "compressors" in {name for name, _, _ in _items(node)}:
        return
    compressor, filters = (items.get(name, (None, None)) for name in KEYS)
    edits: list[Edit] = []
    checks: list[Translated] = []
    if filters[0] is not None and not is_none(filters[0]):
        made = _list(context, filters[0])
        if made is None:
            if is_passed:
                yield _manual(filters[0])
            return
        arrays = [m for m in made if m.stage == "array"]
        checks = [m for m in made if m.stage != "array"]
        edits += [ReplaceExpression(filters[0], _listed(arrays)), *_imports(made)]
        if checks and compressor[0] is None:
            yield _manual(filters[0])
            return
    if compressor[0] is not None and compressor[1] is not None:
        found = [] if is_none(compressor[0]) else _list(context, compressor[0])
        if found is None:
            if is_passed:
                yield from _unknown(node, compressor[0], compressor[1])
            return
        if not is_none(compressor[0]) or checks:
            edits += [ReplaceExpression(compressor[0], _listed([*checks, *found])), *_imports(found)]
        edits.append(_renamed(compressor[1], node))
    if edits:
        applicability = (
            Applicability.SAFE if compressor[0] is not None and is_none(compressor[0]) else Applicability.REVIEW
        )
        yield Draft(node, MESSAGE, applicability, tuple(edits))


def _unknown(node: ast.Dict | ast.Call, value: ast.expr, key: ast.expr | ast.keyword) -> Iterator[Draft]:
    yield Draft(node, "the encoding calls it compressors", Applicability.REVIEW, (_renamed(key, node),))
    yield _manual(value)


def _renamed(key: ast.expr | ast.keyword, node: ast.Dict | ast.Call) -> Edit:
    if isinstance(key, ast.keyword) and isinstance(node, ast.Call):
        return ChangeCall(node, rename=((key, "compressors"),))
    assert isinstance(key, ast.expr)
    return ReplaceExpression(key, Template('"compressors"'))


def _manual(node: ast.expr) -> Draft:
    return Draft(node, "the codecs of an encoding are those of zarr 3", Applicability.MANUAL, instead=INSTEAD)


def _list(context: Context, node: ast.expr) -> list[Translated] | None:
    given = node.elts if isinstance(node, ast.List | ast.Tuple) else [node]
    made = [translate(context, e) for e in given]
    known = [m.numbered(f"k{i}") for i, m in enumerate(made) if m is not None]
    return known if len(known) == len(made) else None


def _listed(made: list[Translated]) -> Template:
    return Template(f"[{', '.join(m.text for m in made)}]", {k: v for m in made for k, v in m.holes.items()})


def _imports(made: list[Translated]) -> list[Edit]:
    return [i for m in made for i in m.imports]


def _subscripts(context: Context) -> Iterator[Draft]:
    """`da.encoding["compressor"]`."""
    for node in context.nodes(ast.Subscript):
        if (
            isinstance(node.value, ast.Attribute)
            and node.value.attr == "encoding"
            and constant(node.slice) == "compressor"
        ):
            parent = context.program.parents.get(node)
            edits: list[Edit] = [ReplaceExpression(node.slice, Template('"compressors"'))]
            if isinstance(parent, ast.Assign) and node in parent.targets and not is_none(parent.value):
                made = _list(context, parent.value)
                if made is None:
                    yield _manual(node)
                    continue
                edits += [ReplaceExpression(parent.value, _listed(made)), *_imports(made)]
            yield Draft(node, "the encoding calls it compressors, a tuple or list", Applicability.REVIEW, tuple(edits))
