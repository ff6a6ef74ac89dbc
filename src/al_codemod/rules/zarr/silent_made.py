"""What zarr 3 makes otherwise than zarr 2, without a word: formats, fill values, types."""

import ast
import re
from collections.abc import Iterator
from typing import Final

from al_codemod.rewrite.edits import ChangeCall
from al_codemod.rules.arguments import passed
from al_codemod.rules.base import Context
from al_codemod.rules.naming import dotted
from al_codemod.rules.zarr.notes import Note, awaited
from al_codemod.rules.zarr.support import (
    CREATES,
    MEMORY,
    PLAIN_NODES,
    Target,
    constant,
    keyword_names,
    named_calls,
    target,
)
from al_codemod.rules.zarr.written import known
from al_codemod.semantics.arguments import argument
from al_codemod.surface.kinds import Kind
from al_codemod.surface.zarr.signatures import METHODS, SIGNATURES, Family

_TEXT: Final = re.compile(r"^[<>=|]?[US]\d")
MAKERS: Final = frozenset({*SIGNATURES, "zarr.save", "zarr.save_group"}) - {
    "zarr.open_consolidated",
    "zarr.consolidate_metadata",
    "zarr.load",
}
"""The functions that make what is not there."""
FORMAT_KEYWORDS: Final = frozenset({"zarr_version", "zarr_format", "dimension_separator"})
NEW_FORMAT: Final = (
    "new data is in zarr's format 3: zarr 2 cannot read it, zstd compresses it, chunks of the fill value are not stored",
    "zarr_format=2 where others read it with zarr 2; config={'write_empty_chunks': True} to store all chunks",
)


def made(context: Context) -> Iterator[Note]:
    """What is made anew, and how."""
    for call, name in named_calls(context):
        if name in MAKERS:
            store = argument(call, store_position(name), "store")
            modes = {constant(a) for a in (*call.args, *(k.value for k in call.keywords))}
            reads = bool(modes & {"r", "r+"}) or (_may_only_read(context, call, name) and not modes & MODES)
            if not reads and not FORMAT_KEYWORDS & keyword_names(call) and may_be_plain(context, store):
                yield Note(call, *NEW_FORMAT)
        if name in {"zarr.save", "zarr.save_array"} and not {"mode", "overwrite"} & keyword_names(call):
            if not _is_told_to_write_over(context, call):
                instead = "zarr.save_array(store, array, mode='w')"
                yield Note(call, "what is there already is an error in zarr 3", instead)
        if name in CREATES or name == "zarr.open":
            yield from _array(context, call, name)
        if name == "zarr.open" and "shape" in keyword_names(call) and awaited(context, call, {"ContainsGroupError"}):
            yield Note(
                call, "a group in place of an array is a TypeError in zarr 3", "except TypeError", everywhere=True
            )
    for use in context.uses(PLAIN_NODES, " ".join(METHODS)):
        if use.call is not None and METHODS[use.node.attr][1].family is not Family.GROUP:
            yield from _array(context, use.call, use.node.attr)


LAYOUT: Final = (".zgroup", ".zarray", ".zattrs", ".zmetadata")
"""Names of what only format 2 stores."""
OTHER_KEYS: Final = (
    "zarr's format 3 stores under other keys: zarr.json, c/0/0",
    "zarr_format=2, or the groups and arrays themselves",
)


def layout(context: Context) -> Iterator[Note]:
    """What goes by the keys that format 2 stores under: their names, and dicts that are stores."""
    makers = [c for c, name in named_calls(context) if name in MAKERS]
    if makers and all(FORMAT_KEYWORDS & keyword_names(c) for c in makers):
        return
    for text in context.nodes(ast.Constant):
        parent = context.program.parents.get(text)
        is_key = isinstance(text.value, str) and text.value.rpartition("/")[2] in LAYOUT
        if is_key and not isinstance(parent, ast.Expr) and not _is_metadata_key(context, text):
            yield Note(text, *OTHER_KEYS, everywhere=True)
    for call in makers:
        store = argument(call, store_position(dotted(context, call.func)), "store")
        made = context.assigned(store) if isinstance(store, ast.Name) else None
        is_dict = isinstance(made, ast.Dict) or (isinstance(made, ast.Call) and getattr(made.func, "id", "") == "dict")
        for use in context.loads(store.id) if is_dict and isinstance(store, ast.Name) else ():
            if context.assigned(use) is made and _is_looked_into(context, use):
                yield Note(use, *OTHER_KEYS, everywhere=True)


def _is_metadata_key(context: Context, node: ast.Constant) -> bool:
    """Whether a text is only there to name consolidated metadata, as all of zarr 2 does."""
    parent = context.program.parents.get(node)
    if isinstance(parent, ast.keyword | ast.Dict):
        return node.value == LAYOUT[-1]
    if isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Name):
        uses = context.loads(parent.targets[0].id)
        return node.value == LAYOUT[-1] and all(
            isinstance(context.program.parents.get(u), ast.Call | ast.keyword) for u in uses
        )
    return isinstance(parent, ast.Call) and dotted(context, parent.func).startswith("zarr.")


def _is_looked_into(context: Context, use: ast.Name) -> bool:
    """Whether a dict is asked for its keys or values."""
    parent = context.program.parents.get(use)
    match parent:
        case ast.Subscript() | ast.Attribute():
            return parent.value is use
        case ast.Compare():
            return use in parent.comparators and isinstance(parent.ops[0], ast.In | ast.NotIn)
        case ast.Call(func=ast.Name(id=name)):
            return name in {"list", "sorted", "len", "set", "iter", "dict", "sum", "any", "print"}
        case ast.For() | ast.comprehension():
            return parent.iter is use
    return False


def _is_told_to_write_over(context: Context, call: ast.Call) -> bool:
    """Whether another rule adds the argument that says so."""
    changes = [e for d in context.drafts if d.node is call for e in d.edits if isinstance(e, ChangeCall)]
    return any({"mode", "overwrite"} & {name for name, _ in change.add} for change in changes)


MODES: Final = frozenset({"w", "w-", "a", "x"})


def _may_only_read(context: Context, call: ast.Call, name: str) -> bool:
    """Whether nothing is made in or put into what a call opens that also makes what is not there, as far as that is seen."""
    if name not in {"zarr.open", "zarr.open_group"} or {"shape", "overwrite", "data"} & keyword_names(call):
        return False
    parent = context.program.parents.get(call)
    is_kept = isinstance(parent, ast.Assign) and all(isinstance(t, ast.Name) for t in parent.targets)
    return is_kept and call not in context.once(_changed)


def _changed(context: Context) -> set[ast.AST]:
    """The calls that gave what something is made in or put into, or which is handed on."""
    owners = [use.node.value for use in context.uses(PLAIN_NODES, " ".join((*METHODS, "create_groups require_groups")))]
    owners += [n.value for n in context.nodes(ast.Subscript) if not isinstance(n.ctx, ast.Load)]
    owners += [a for call in context.nodes(ast.Call) for a in (*call.args, *(k.value for k in call.keywords))]
    owners += [s.value for s in context.nodes(ast.Return) if s.value is not None]
    return {v.node for owner in owners for v in context.program.of(_innermost(owner)) if v.node is not None}


def _innermost(node: ast.expr) -> ast.expr:
    """What an item or member is got from, or an item of that."""
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return node


def store_position(name: str) -> int:
    """Where a function takes its store, far behind all arguments if by keyword only."""
    signature = SIGNATURES.get(name)
    if signature is None:
        return 0
    return signature.order.index("store") if "store" in signature.order else 99


def may_be_plain(context: Context, store: ast.expr | None) -> bool:
    """Whether a store may be one of zarr itself, also where it may be one of a repo; in memory, nobody asks for its format."""
    kinds = context.program.of(store)
    return target(context, store) is Target.PLAIN or any(
        v.kind is Kind.ZARR_STORE and v.name not in MEMORY for v in kinds
    )


def _array(context: Context, call: ast.Call, name: str) -> Iterator[Note]:
    function = name.rpartition(".")[2]
    fill, dtype, order = (passed(context, call, name) for name in ("fill_value", "dtype", "order"))
    if (fill is not None and known(context, fill) is None) or function in {"empty", "empty_like"}:
        message = "an array without a fill value gets the default of its type"
        yield Note(call, message, "fill_value=...; it is never None", everywhere=True)
    text = known(context, dtype) if dtype is not None else ...
    if function == "zeros" and isinstance(text, str) and _TEXT.match(text):
        yield Note(call, "zeros of text are '0', and no longer ''", "fill_value=''", everywhere=True)
    if dtype is not None and is_long(context, dtype):
        yield Note(call, "zarr 3 has no such type", "dtype='f8', or the bytes of the numbers", everywhere=True)
    if dtype is not None and is_text(context, dtype):
        yield Note(
            call, "text is stored as text only: None becomes 'None'", "replace what is None first", everywhere=True
        )
    if order is not None and known(context, order) == "F":
        yield Note(call, "what is stored is in C order", "filters=[zarr.codecs.TransposeCodec(order=...)]")


def is_long(context: Context, dtype: ast.expr) -> bool:
    """Whether a data type has more bits than zarr 3 has numbers for."""
    name, text = dotted(context, dtype).removeprefix("numpy."), constant(dtype)
    return name in LONG or (isinstance(text, str) and text.lstrip("<>=|") in LONG)


LONG: Final = frozenset("longdouble float128 clongdouble complex256 float96 f16 c32 g G".split())


def is_text(context: Context, dtype: ast.expr) -> bool:
    """Whether a data type is that of text or objects of any length."""
    known = isinstance(dtype, ast.Name) and dtype.id in {"str", "object"}
    return (
        known or dotted(context, dtype) in {"numpy.object_", "numpy.str_"} or constant(dtype) in {"O", "object", "str"}
    )
