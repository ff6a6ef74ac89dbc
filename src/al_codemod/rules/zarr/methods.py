"""Methods of groups that make nodes."""

import ast
from collections.abc import Iterator, Mapping
from typing import Final

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import ReplaceExpression, Template
from al_codemod.rules.arguments import may_be_none, unpacked
from al_codemod.rules.base import Context, Draft, Use
from al_codemod.rules.zarr.calls import CallChange
from al_codemod.rules.zarr.given import may_be_list
from al_codemod.rules.zarr.support import PLAIN_NODES, Target, is_none, zarr_rule
from al_codemod.semantics.places import Place
from al_codemod.semantics.zarr_values import FORMAT_2
from al_codemod.surface.kinds import Kind
from al_codemod.surface.zarr.signatures import METHODS, Family
from al_codemod.surface.zarr.since import DATA_IN_GROUP, FORMAT_OF_GROUP

_NEW_ALREADY: Final = frozenset({"create"})
"""Methods that zarr 3 has too: only what it refuses is a reason to change them."""


@zarr_rule(
    "AL455",
    "zarr-2-method",
    rows="Z107 Z108 Z109 Z110 Z111 Z112 Z113 Z114 Z115 Z116 Z117 Z118 Z119 Z120 Z121 Z122 Z123 Z124 Z125 Z126 Z128 Z129 Z130 "
    "Z131 Z132 Z133 Z134 Z135 Z136 Z137 Z139 Z323",
    before="""
import zarr

root = zarr.open_group("rain.zarr", mode="a")
days = root.create_dataset("days", shape=365, chunks=True)
root.zeros("level", shape=4)
""",
    after="""
import zarr

root = zarr.open_group("rain.zarr", mode="a")
days = root.create_array("days", shape=365, dtype="f8")
root.zeros(name="level", shape=4)
""",
)
def methods(context: Context) -> Iterator[Draft]:
    """`create_dataset` and its relatives are `create_array` and `require_array`.

    These ask for a data type, and take data or a shape, never both.
    """
    for use in context.uses(PLAIN_NODES, " ".join(METHODS)):
        if use.call is not None:
            yield from method_drafts(context, use, use.call, Target.UNKNOWN)


def method_drafts(
    context: Context, use: Use, call: ast.Call, target: Target, where: tuple[Place, ...] = ()
) -> Iterator[Draft]:
    """What becomes of one call of such a method."""
    name = use.node.attr
    method, signature = METHODS[name]
    change = CallChange(context, call, signature, target)
    change.common()
    if signature.family is not Family.GROUP:
        change.array()
    if method in {"create_array", "require_array"}:
        _new_array(change, method)
    is_old = all(v.name == FORMAT_2 for v in context.program.of(use.node.value))
    if is_old and signature.family is Family.CREATE and not context.settings.has_zarr(FORMAT_OF_GROUP):
        if not (change.gives("zarr_version") or change.gives("zarr_format")):
            change.add["zarr_format"] = Template("2")
    hidden = {n for part in unpacked(context, call) for n in part.names()} & {"compressor", "filters"}
    changes = (change.drop, change.rename, change.replace, change.add, change.manual, hidden)
    if name in _NEW_ALREADY and not any(changes):
        return
    if method != name:
        change.function = Template(f"{{group}}.{method}", {"group": use.node.value})
    safe = Applicability.SAFE if use.value.kind in {Kind.GROUP, Kind.ZARR_GROUP} else Applicability.REVIEW
    yield from change.drafts(f"{name} of zarr 2", where, safe)


def _new_array(change: CallChange, method: str) -> None:
    data, dtype = change.value("data"), change.value("dtype")
    if data is None or is_none(data):
        if not change.gives("dtype") and "dtype" not in change.add and change.gives("shape"):
            change.add["dtype"] = Template('"f8"')
            if method == "require_array":
                change.review.append("an array of another type is an error")
        return
    if method == "require_array":
        return
    if not change.context.settings.has_zarr(DATA_IN_GROUP):
        change.flag(
            "data", f"zarr {DATA_IN_GROUP} is the first whose groups take data=", "array[...] = data, once it is made"
        )
        return
    shape = change.value("shape")
    if shape is None or ast.unparse(shape) != f"{ast.unparse(data)}.shape":
        if may_be_none(change.context, data):
            instead = "data=..., or shape= and dtype= where it is None"
            change.flag("data", "zarr 3 takes data or a shape, never both", instead)
            return
        if shape is not None:
            change.review.append("an array has the shape of its data")
    change.remove("shape")
    if change.is_text:
        change.remove("dtype")
        _as_array(change, data, ', dtype="T"')
    elif dtype is None:
        _plain_data(change, data)
    else:
        new = change.replace.get(change.arguments["dtype"])
        text, holes = (new.text, new.holes) if new is not None else ("{dtype}", {"dtype": dtype})
        change.remove("dtype")
        _as_array(change, data, f", dtype={text}", holes)


def _plain_data(change: CallChange, data: ast.expr) -> None:
    """Data that may be an array already: what is sure to be a list, here or in a call that passes it, is converted."""
    context = change.context
    if any(v.kind is Kind.ZARR_ARRAY for v in context.program.of(data)):
        change.review.append("chunks and codecs of the other array are not taken over")
    elif may_be_list(context, data):
        _as_array(change, data)


def _as_array(change: CallChange, data: ast.expr, more: str = "", holes: Mapping[str, ast.expr] | None = None) -> None:
    """Zarr 3 takes arrays only, and their type from them."""
    numpy, imports = change.context.module("numpy", change.call)
    change.edits += imports
    change.replace[change.arguments["data"]] = Template(
        f"{numpy}.asarray({{data}}{more})", {"data": data, **(holes or {})}
    )


@zarr_rule(
    "AL456",
    "zarr-2-create-groups",
    rows="Z140",
    before="""
import zarr

root = zarr.group()
root.create_groups("a", "b")
""",
    after="""
import zarr

root = zarr.group()
[root.create_group(name) for name in ("a", "b")]
""",
)
def create_groups(context: Context) -> Iterator[Draft]:
    """`create_groups` is a call of `create_group` for each name."""
    for use in context.uses(PLAIN_NODES, "create_groups"):
        call = use.call
        if call is None or not call.args or any(k.arg is None for k in call.keywords):
            continue
        names = {f"n{i}": value_of_star(a) for i, a in enumerate(call.args)}
        parts = [f"{'*' if isinstance(a, ast.Starred) else ''}{{n{i}}}" for i, a in enumerate(call.args)]
        source = (
            parts[0].removeprefix("*")
            if parts[0] == "*{n0}" and len(parts) == 1
            else f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"
        )
        given = {f"k{i}": k for i, k in enumerate(call.keywords)}
        keywords = "".join(f", {k.arg}={{{hole}}}" for hole, k in given.items())
        text = f"[{{group}}.create_group(name{keywords}) for name in {source}]"
        holes = {"group": use.node.value, **names, **{hole: k.value for hole, k in given.items()}}
        edit = ReplaceExpression(call, Template(text, holes))
        yield Draft(call, "zarr 3 makes one group at a time", Applicability.SAFE, (edit,))


def value_of_star(node: ast.expr) -> ast.expr:
    """What is unpacked, or the expression itself."""
    return node.value if isinstance(node, ast.Starred) else node
