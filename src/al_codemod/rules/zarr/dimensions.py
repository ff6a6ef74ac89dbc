"""`_ARRAY_DIMENSIONS`: the names of dimensions, which zarr 3 has in the metadata of an array."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import ChangeCall, Edit, ReplaceExpression, ReplaceStatement, Template
from al_codemod.rules.arguments import named, without
from al_codemod.rules.base import Context, Draft
from al_codemod.rules.naming import dotted
from al_codemod.rules.zarr.codec_flow import writes_format_2
from al_codemod.rules.zarr.external import is_dask
from al_codemod.rules.zarr.given import passed_values
from al_codemod.rules.zarr.silent_made import store_position
from al_codemod.rules.zarr.support import CREATES, PLAIN_NODES, constant, is_only, may_be_zarr_2, named_calls
from al_codemod.rules.zarr.written import known
from al_codemod.semantics.arguments import argument
from al_codemod.surface.zarr.signatures import METHODS, Family

NAME: Final = "_ARRAY_DIMENSIONS"
MESSAGE: Final = "the names of dimensions are part of an array's metadata"


@dataclass(frozen=True, slots=True)
class Naming:
    """One place where an array is told the names of its dimensions."""

    node: ast.AST
    attrs: ast.expr
    names: ast.expr
    removal: Edit


def dimension_names(context: Context) -> Iterator[Draft]:
    """Names of dimensions go to where the array is made; they are read from the metadata where they are sure to be there."""
    made: set[ast.AST] = set()
    is_left = False
    if not may_be_zarr_2(context):
        return
    for naming in _namings(context):
        call = _creation(context, naming)
        if call is None or call in made:
            is_left = True
            continue
        made.add(call)
        add = ChangeCall(call, add=(("dimension_names", Template("{names}", {"names": naming.names})),))
        yield Draft(naming.node, MESSAGE, Applicability.REVIEW, (add, naming.removal))
    yield from _reads(context, made, is_left)


def _namings(context: Context) -> Iterator[Naming]:
    for statement in context.nodes(ast.Assign):
        target = statement.targets[0]
        if len(statement.targets) == 1 and isinstance(target, ast.Subscript) and constant(target.slice) == NAME:
            if _is_attrs(context, target.value):
                yield Naming(target, target.value, statement.value, ReplaceStatement(statement))
    for call in context.nodes(ast.Call):
        function, given = call.func, call.args[0] if len(call.args) == 1 else None
        if not (isinstance(function, ast.Attribute) and function.attr in {"update", "put"}):
            continue
        if not isinstance(given, ast.Dict) or not _is_attrs(context, function.value):
            continue
        for key, value in zip(given.keys, given.values, strict=True):
            around = context.program.parents.get(call)
            if constant(key) == NAME:
                removal: Edit = ReplaceExpression(given, without(given, frozenset({NAME})))
                if len(given.keys) == 1 and isinstance(around, ast.Expr):
                    removal = ReplaceStatement(around)
                yield Naming(call, function.value, value, removal)


def _is_attrs(context: Context, node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "attrs" and is_only(context, node.value, PLAIN_NODES)


def _creation(context: Context, naming: Naming) -> ast.Call | None:
    """The call that makes the array, if it is the only one, and can be told the names."""
    assert isinstance(naming.attrs, ast.Attribute)
    values = context.program.of(naming.attrs.value)
    nodes = {v.node for v in values}
    call = nodes.pop() if len(nodes) == 1 else None
    if not isinstance(call, ast.Call) or not context.is_here(call) or not _makes(context, call):
        return None
    if writes_format_2(context, call) or named(call, "dimension_names") is not None:
        return None
    same = context.program.scope(call).function is context.program.scope(naming.node).function
    return call if same and _is_known_there(context, naming.names, call) else None


def _makes(context: Context, call: ast.Call) -> bool:
    """Whether a call makes an array, and does not only open it."""
    name = dotted(context, call.func)
    if name:
        modes = {known(context, a) for a in (*call.args[1:2], *(k.value for k in call.keywords if k.arg == "mode"))}
        opens = name in {"zarr.open", "zarr.open_array"}
        return (
            name in {*CREATES, "zarr.open"}
            and not name.endswith("_like")
            and not (opens and not modes & {"w", "w-", "x"})
        )
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    return method in METHODS and not method.endswith("_like") and METHODS[method][1].family is not Family.GROUP


def _is_known_there(context: Context, names: ast.expr, call: ast.Call) -> bool:
    """Whether an expression means the same where the array is made: it is written out, or its names are bound before."""
    for node in ast.walk(names):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") not in {"list", "tuple", "str"}:
            return False
        if isinstance(node, ast.Name):
            owner = context.program.scope(node).owner(node.id)
            if owner is None and node.id in {"list", "tuple", "str"}:
                continue
            bound = [n for n in context.nodes(ast.Name) if n.id == node.id and not isinstance(n.ctx, ast.Load)]
            if owner is None or any(n.lineno >= call.lineno for n in bound):
                return False
        elif not isinstance(node, ast.List | ast.Tuple | ast.Call | ast.Constant | ast.expr_context | ast.Starred):
            return False
    return True


# -- reading


def _reads(context: Context, made: set[ast.AST], is_left: bool) -> Iterator[Draft]:
    written = _reads_what_is_written(context, is_left)

    def is_known(attrs: ast.expr) -> bool:
        """Whether the metadata of an array is sure to have the names."""
        if not _is_attrs(context, attrs) or not isinstance(attrs, ast.Attribute):
            return False
        return written or {v.node for v in context.program.of(attrs.value)} <= made

    for node in context.nodes(ast.Subscript):
        if isinstance(node.ctx, ast.Load) and constant(node.slice) == NAME and is_known(node.value):
            yield _read(context, node, node.value, "")
    for call in context.nodes(ast.Call):
        function = call.func
        if (
            isinstance(function, ast.Attribute)
            and function.attr == "get"
            and call.args
            and constant(call.args[0]) == NAME
        ):
            if is_known(function.value) and len(call.args) <= 2:
                yield _read(context, call, function.value, "get")
    for compare in context.nodes(ast.Compare):
        owner = compare.comparators[0]
        if constant(compare.left) == NAME and is_known(owner) and len(compare.ops) == 1:
            test = "is None" if isinstance(compare.ops[0], ast.NotIn) else "is not None"
            yield _draft(compare, owner, f"{{array}}.metadata.dimension_names {test}")


def _read(context: Context, node: ast.expr, attrs: ast.expr, how: str) -> Draft:
    """The names as a list, as they were."""
    parent = context.program.parents.get(node)
    is_copied = isinstance(parent, ast.Call) and getattr(parent.func, "id", "") in {
        "list",
        "tuple",
        "set",
        "len",
        "zip",
    }
    is_copied |= isinstance(parent, ast.For | ast.comprehension)
    names = "{array}.metadata.dimension_names"
    if isinstance(node, ast.Call) and len(node.args) == 2:
        return _draft(node, attrs, f"list({names} or {{default}})", {"default": node.args[1]})
    return _draft(node, attrs, names if is_copied or how else f"list({names})")


def _draft(node: ast.expr, attrs: ast.expr, text: str, holes: dict[str, ast.expr] | None = None) -> Draft:
    assert isinstance(attrs, ast.Attribute)
    edit = ReplaceExpression(node, Template(text, {"array": attrs.value, **(holes or {})}))
    return Draft(node, MESSAGE, Applicability.REVIEW, (edit,))


def _reads_what_is_written(context: Context, is_left: bool) -> bool:
    """Whether all that a module opens has been written in it by xarray, in zarr's format 3, or by itself with names."""
    written = [
        c for c in context.nodes(ast.Call) if getattr(c.func, "attr", "") == "to_zarr" and not is_dask(context, c)
    ]
    if not written or any(writes_format_2(context, c) for c in written):
        return False
    there = {path for call in written for path in _paths(context, argument(call, 0, "store"))}
    opened = [c for c, name in named_calls(context) if name in OPENING and (is_left or not _is_new(context, c))]
    found = [path for call in opened for path in _paths(context, argument(call, store_position("zarr.open"), "store"))]
    return bool(found) and set(found) <= there and None not in found


def _is_new(context: Context, call: ast.Call) -> bool:
    """Whether a call makes a store anew."""
    return known(context, argument(call, 1, "mode")) in {"w", "w-", "x"}


OPENING: Final = frozenset({"zarr.open", "zarr.open_group", "zarr.open_array", "zarr.open_consolidated"})


def _paths(context: Context, store: ast.expr | None) -> list[str | None]:
    """The paths that a store may be, as far as they are written out."""
    text = known(context, store)
    if isinstance(text, str):
        return [text.partition("/")[0] if ".zarr/" not in text else text[: text.index(".zarr/") + 5]]
    if not isinstance(store, ast.Name):
        return [None]
    found = [known(context, value) for value in passed_values(context, store)]
    return [path if isinstance(path, str) else None for path in found] or [None]
