"""What arrays, groups and attributes of zarr 3 do otherwise than those of zarr 2, without a word."""

import ast
from collections.abc import Iterator
from typing import Final

from al_codemod.rules.base import Context
from al_codemod.rules.naming import dotted
from al_codemod.rules.zarr.defaults import is_record
from al_codemod.rules.zarr.integers import is_integer
from al_codemod.rules.zarr.lengths import dimensions
from al_codemod.rules.zarr.notes import Note, awaited
from al_codemod.rules.zarr.silent_made import is_text
from al_codemod.rules.zarr.silent_repos import NOT_STORED
from al_codemod.rules.zarr.support import (
    ALL_NODES,
    ARRAYS,
    PLAIN_NODES,
    Target,
    constant,
    is_array,
    is_none,
    is_only,
    is_zarr_2,
    keyword_names,
    named_calls,
    target,
)
from al_codemod.semantics.arguments import all_parameters, argument
from al_codemod.surface.kinds import Kind
from al_codemod.surface.zarr.signatures import METHODS, SIGNATURES

_SHOWN: Final = frozenset({"repr", "str", "print", "format"})
_GROUPS: Final = frozenset({Kind.ZARR_GROUP, Kind.ZARR_NODE})


def written(context: Context) -> Iterator[Note]:
    """Values that are put in."""
    for statement in context.nodes(ast.Assign):
        for node in statement.targets:
            if isinstance(node, ast.Subscript) and is_array(context, node.value):
                if _is_field(node.slice) or (isinstance(node.slice, ast.Name) and _is_of_records(context, node.value)):
                    instead = "a = array[...]; a[field] = x; array[...] = a"
                    yield Note(node, "fields cannot be assigned one by one", instead, everywhere=True)
                elif not isinstance(statement.value, ast.Constant):
                    message = "values of another shape are cut off or repeated, where zarr 2 raised ValueError"
                    is_awaited = awaited(context, node, {"ValueError", "Exception"}) is not None
                    if is_awaited or (is_zarr_2(context) and is_only(context, node.value, {Kind.ZARR_ARRAY})):
                        yield Note(node, message, "compare the shapes first", everywhere=is_awaited)
    for deletion in context.nodes(ast.Delete):
        for node in deletion.targets:
            if isinstance(node, ast.Subscript) and is_only(context, node.value, PLAIN_NODES):
                if awaited(context, node, {"KeyError", "Exception"}) is not None:
                    message = "to delete what is not there is no KeyError in zarr 3"
                    yield Note(node, message, "if name not in group: raise KeyError(name)", everywhere=True)


def counted(context: Context) -> Iterator[Note]:
    """Chunks that are counted, of arrays that are not told to store all of them."""
    for use in context.uses((Kind.ZARR_ARRAY, Kind.ZARR_NODE), "nchunks_initialized initialized"):
        calls = [v.node for v in context.program.of(use.node.value) if isinstance(v.node, ast.Call)]
        if not any({"write_empty_chunks", "config"} & keyword_names(call) for call in calls):
            yield Note(use.node, *NOT_STORED)


def _is_of_records(context: Context, array: ast.expr) -> bool:
    """Whether an array is made with a data type that has fields, so that what is indexed may be one of them."""
    calls = [v.node for v in context.program.of(array) if isinstance(v.node, ast.Call)]
    types = [t for call in calls if (t := argument(call, 99, "dtype")) is not None]
    return any(is_record(context, t) for t in types)


def _is_field(index: ast.expr) -> bool:
    if isinstance(index, ast.List):
        return bool(index.elts) and all(isinstance(constant(e), str) for e in index.elts)
    return isinstance(constant(index), str)


def read(context: Context) -> Iterator[Note]:
    """Values that are got out."""
    for node in context.nodes(ast.Subscript):
        if not isinstance(node.ctx, ast.Load) or not is_array(context, node.value):
            continue
        if is_hashed(context, node) or (is_one(node.slice) and not is_number(context, node)):
            message = "one element is an array without dimensions, which cannot be hashed"
            yield Note(node, message, "array[i][()] or array[i].item()", everywhere=is_hashed(context, node))
        for use in _hashed_later(context, node):
            message = "one element is an array without dimensions, which cannot be hashed"
            yield Note(use, message, "array[i][()] or array[i].item()", everywhere=True)
        if constant(node.slice) is ... and isinstance(node.slice, ast.Constant):
            yield from _whole(context, node)
        if is_read_as_text(context, node, node.value):
            yield Note(node, *TEXT)
    for array in _converted(context):
        if is_read_as_text(context, array, array):
            yield Note(array, *TEXT, everywhere=True)


def _hashed_later(context: Context, node: ast.Subscript) -> Iterator[ast.Name]:
    """Where one element that has got a name is used as a key."""
    statement = context.program.parents.get(node)
    targets = statement.targets if isinstance(statement, ast.Assign) and statement.value is node else []
    indices = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if not targets or not all(is_integer(context, index) for index in indices):
        return
    for name in targets:
        for use in context.loads(name.id) if isinstance(name, ast.Name) else ():
            if context.assigned(use) is node and is_hashed(context, use):
                yield use


def _converted(context: Context) -> Iterator[ast.expr]:
    """Arrays that numpy is asked to read."""
    for call, name in named_calls(context):
        if name in {"numpy.asarray", "numpy.array"} and call.args and is_array(context, call.args[0]):
            yield call.args[0]


def is_one(index: ast.expr) -> bool:
    """Whether an index picks one element, as far as it is written out."""
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    return bool(parts) and all(isinstance(constant(p), int) for p in parts)


def is_number(context: Context, node: ast.expr) -> bool:
    """Whether an element is only used as a number, which an array without dimensions can be."""
    parent = context.program.parents.get(node)
    match parent:
        case ast.Call(func=ast.Name(id="float" | "int" | "bool" | "complex" | "abs")):
            return True
        case ast.BinOp() | ast.UnaryOp() | ast.Attribute(attr="item" | "tolist") | ast.Subscript():
            return True
        case ast.Compare():
            return all(isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE | ast.Eq | ast.NotEq) for op in parent.ops)
    return False


def is_empty(index: ast.expr) -> bool:
    """Whether an index is `()`."""
    return isinstance(index, ast.Tuple) and not index.elts


def is_hashed(context: Context, node: ast.expr) -> bool:
    """Whether what is read is a key: of a dict, or in a set."""
    parent = context.program.parents.get(node)
    match parent:
        case ast.Subscript() if parent.slice is node:
            return not is_only(context, parent.value, ALL_NODES)
        case ast.Dict():
            return node in parent.keys
        case ast.Set():
            return True
        case ast.DictComp():
            return parent.key is node
        case ast.SetComp():
            return parent.elt is node
        case ast.Call(func=ast.Attribute(attr="add" | "setdefault"), args=[first, *_]):
            return first is node
        case ast.Call(func=ast.Attribute(attr="get"), args=[first, *_]):
            return first is node and not is_only(context, parent.func, ALL_NODES)
    return False


def _whole(context: Context, node: ast.Subscript) -> Iterator[Note]:
    """All of an array without dimensions, which was an array in zarr 2 and is a number in zarr 3."""
    for value in context.program.of(node.value):
        made = value.node
        order = SIGNATURES[name].order if (name := _function(context, made)) in SIGNATURES else ()
        position = order.index("shape") if "shape" in order else 99
        is_number = name == "zarr.array" and dimensions(context, argument(made, 0, "data")) == 0  # type: ignore[arg-type]
        if isinstance(made, ast.Call) and (is_number or is_empty(argument(made, position, "shape") or made)):
            yield Note(node, SCALAR, "numpy.asarray(array[...])", everywhere=True)
            return


def _function(context: Context, made: ast.AST | None) -> str:
    """The function that a call calls."""
    return dotted(context, made.func) if isinstance(made, ast.Call) else ""


TEXT: Final = ("text is read as numpy's StringDType", "array[...].astype(object)")


def is_read_as_text(context: Context, node: ast.expr, array: ast.expr) -> bool:
    """Whether what is read are texts, as the making of the array says, and more than one of them."""
    made = [v.node for v in context.program.of(array)]
    dtypes = [argument(m, 99, "dtype") for m in made if isinstance(m, ast.Call)]
    is_single = isinstance(node, ast.Subscript) and node is not array and is_one(node.slice)
    return not is_single and any(d is not None and is_text(context, d) for d in dtypes)


SCALAR: Final = "all of an array without dimensions is a number, and no longer an array"


def nodes(context: Context) -> Iterator[Note]:
    """What groups and arrays say of themselves, and where they look for what."""
    calls = named_calls(context)
    plain = [(c, n) for c, n in calls if target(context, argument(c, 0, "store")) is not Target.ICECHUNK]
    if any(name == "zarr.consolidate_metadata" for _, name in plain):
        for call, name in plain:
            if name == "zarr.open_group" and "use_consolidated" not in keyword_names(call):
                message = "open_group goes by consolidated metadata, which may be old"
                yield Note(call, message, "use_consolidated=False", everywhere=True)
    for call in context.nodes(ast.Call):
        if isinstance(call.func, ast.Name) and call.func.id in _SHOWN:
            yield from (Note(a, *SHOWN, everywhere=True) for a in call.args if is_only(context, a, PLAIN_NODES))
    for shown in _formatted(context):
        if is_only(context, shown, PLAIN_NODES):
            yield Note(shown, *SHOWN, everywhere=True)
    for part in context.nodes(ast.FormattedValue):
        if is_only(context, part.value, PLAIN_NODES):
            yield Note(part.value, *SHOWN, everywhere=True)
    for use in context.uses(PLAIN_NODES, "info"):
        yield Note(use.node, "info counts no members and no bytes", "info_complete()", everywhere=True)
    yield from _names(context)
    yield from _absolute(context)


def _formatted(context: Context) -> Iterator[ast.expr]:
    """What `"...".format(...)` and `"..." % ...` put into a text."""
    for call in context.nodes(ast.Call):
        if isinstance(call.func, ast.Attribute) and call.func.attr == "format" and _is_text(call.func.value):
            yield from (*call.args, *(k.value for k in call.keywords))
    for node in context.nodes(ast.BinOp):
        if isinstance(node.op, ast.Mod) and _is_text(node.left):
            yield from node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]


def _is_text(node: ast.expr) -> bool:
    return isinstance(constant(node), str)


SHOWN: Final = ("groups and arrays are shown otherwise", "name, shape and dtype")


def _names(context: Context) -> Iterator[Note]:
    """The name of an array that is no child of a group."""
    for use in context.uses(ARRAYS, "name basename"):
        made = use.value.node
        parent = context.program.parents.get(use.node)
        compared = isinstance(parent, ast.Compare) and is_none(parent.comparators[0])
        if isinstance(made, ast.Call) and not compared and not _has_path(made):
            message = "an array that is no child of a group is called '/', where zarr 2 gave None"
            yield Note(use.node, message, "array.name == '/'", everywhere=True)


def _has_path(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and (
        bool({"path", "name"} & keyword_names(call)) or call.func.attr in METHODS_ONLY
    )


METHODS_ONLY: Final = frozenset({"create_dataset", "require_dataset", "create_array", "require_array"})


def _absolute(context: Context) -> Iterator[Note]:
    """Paths from the root, asked of a group that is not the root."""
    message = "a path that begins with / is below this group in zarr 3, where zarr 2 began at the root"
    for use in context.uses(_GROUPS, " ".join(METHODS)):
        path = argument(use.call, 0, "name") if use.call is not None else None
        if use.call is not None and _is_absolute(path) and _is_child(use.value.node):
            yield Note(use.call, message, "ask the root group", everywhere=True)
    for node in context.nodes(ast.Subscript):
        values = context.program.of(node.value)
        if _is_absolute(node.slice) and values and all(v.kind in _GROUPS and _is_child(v.node) for v in values):
            yield Note(node, message, "ask the root group", everywhere=True)


def _is_absolute(path: ast.expr | None) -> bool:
    if isinstance(path, ast.JoinedStr) and path.values:
        path = path.values[0] if isinstance(path.values[0], ast.expr) else None
    text = constant(path)
    return isinstance(text, str) and text.startswith("/")


def _is_child(made: ast.AST | None) -> bool:
    """Whether a group is made or found in another one."""
    if isinstance(made, ast.Call):
        is_method = isinstance(made.func, ast.Attribute) and made.func.attr in {"create_group", "require_group"}
        return is_method or "path" in keyword_names(made)
    return isinstance(made, ast.Subscript)


def attributes(context: Context) -> Iterator[Note]:
    """Attributes, which each handle keeps for itself."""
    stored: list[ast.Subscript] = []
    for node in context.nodes(ast.Subscript):
        owner = node.value
        if not (
            isinstance(owner, ast.Attribute) and owner.attr == "attrs" and is_only(context, owner.value, PLAIN_NODES)
        ):
            continue
        if constant(node.slice) == "_ARRAY_DIMENSIONS" and not is_changed(context, node):
            yield Note(node, *DIMENSIONS, everywhere=True)
        if constant(node.slice) == "_FillValue" and isinstance(node.ctx, ast.Store):
            instead = "xarray.backends.zarr.FillValueCoder.encode(value, dtype)"
            yield Note(node, "xarray wants _FillValue encoded", instead, everywhere=True)
        changed = context.program.parents.get(node)
        is_method = isinstance(changed, ast.Attribute) and changed.attr in IN_PLACE
        if changed is not None and (is_method or _is_set_inside(changed, node)):
            yield Note(changed, *LATER, everywhere=True)
        if isinstance(changed, ast.Assign) and isinstance(changed.targets[0], ast.Name):
            yield from _changed_in_place(context, changed.targets[0])
        if isinstance(node.ctx, ast.Store):
            stored.append(node)
    yield from _updated(context)
    yield from _handles(context, stored)


IN_PLACE: Final = frozenset({"append", "extend", "update", "insert", "setdefault", "pop", "remove", "sort"})
LATER: Final = ("what is changed in place is written with the next attribute", "assign the new value")


def _changed_in_place(context: Context, name: ast.Name) -> Iterator[Note]:
    """The value of an attribute that has a name, and is changed by that."""
    scope = context.program.scope(name)
    for use in context.loads(name.id):
        node = context.program.parents.get(use)
        is_method = isinstance(node, ast.Attribute) and node.attr in IN_PLACE
        if node is not None and (is_method or _is_set_inside(node, use)):
            if context.program.scope(use).owner(name.id) is scope.owner(name.id):
                yield Note(node, *LATER, everywhere=True)


def _is_set_inside(node: ast.AST, value: ast.expr) -> bool:
    """Whether an item of a value is set or deleted."""
    return isinstance(node, ast.Subscript) and node.value is value and not isinstance(node.ctx, ast.Load)


def _updated(context: Context) -> Iterator[Note]:
    """`attrs.update({"_ARRAY_DIMENSIONS": ...})`, and where that is asked for by a method or with `in`."""
    for call in context.nodes(ast.Call):
        function = call.func
        if isinstance(function, ast.Attribute) and function.attr in ASKING and call.args and _is_attrs(function.value):
            given = call.args[0]
            keys = {constant(k) for k in given.keys if k is not None} if isinstance(given, ast.Dict) else set()
            if "_ARRAY_DIMENSIONS" in keys | {constant(given)} and not is_changed(context, call):
                yield Note(call, *DIMENSIONS, everywhere=True)
    for compare in context.nodes(ast.Compare):
        is_asked = constant(compare.left) == "_ARRAY_DIMENSIONS" and _is_attrs(compare.comparators[0])
        if is_asked and not is_changed(context, compare):
            yield Note(compare, *DIMENSIONS, everywhere=True)


def is_changed(context: Context, node: ast.AST) -> bool:
    """Whether another rule changes something there."""
    return any(draft.node is node and draft.edits for draft in context.drafts)


ASKING: Final = frozenset({"update", "put", "get", "pop", "setdefault"})


def _is_attrs(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "attrs"


DIMENSIONS: Final = (
    "xarray reads and writes dimension names in the metadata of format 3",
    "dimension_names=, metadata.dimension_names",
)


def _identity(context: Context, made: ast.AST) -> ast.AST | str:
    """What a node is known by: the path where it is opened, or else how it is made."""
    if isinstance(made, ast.Call) and dotted(context, made.func) in OPENERS and made.args:
        path = argument(made, 99, "path")
        return f"{ast.unparse(made.args[0])} {ast.unparse(path) if path is not None else ''}"
    return made


OPENERS: Final = frozenset({"zarr.open", "zarr.open_group", "zarr.open_array", "zarr.open_consolidated"})


def _is_parameter(context: Context, node: ast.expr) -> bool:
    function = context.program.scope(node).function.node
    known = all_parameters(function) if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) else []
    return isinstance(node, ast.Name) and any(p.arg == node.id for p in known)


def _handles(context: Context, stored: list[ast.Subscript]) -> Iterator[Note]:
    """Nodes that are changed through several handles, of which each writes all the metadata that it knows."""
    owners = [n.value.value for n in stored if isinstance(n.value, ast.Attribute)]
    changed: list[tuple[ast.expr, ast.AST]] = [(owner, node) for owner, node in zip(owners, stored, strict=True)]
    changed += [
        (function.value.value, call)
        for call in context.nodes(ast.Call)
        if isinstance(function := call.func, ast.Attribute)
        and function.attr in {"update", "put"}
        and isinstance(function.value, ast.Attribute)
        and function.value.attr == "attrs"
        and is_only(context, function.value.value, PLAIN_NODES)
    ]
    changed += [(u.node.value, u.call) for u in context.uses(ARRAYS, "append resize") if u.call is not None]
    changed.sort(key=lambda pair: (getattr(pair[1], "lineno", 0), getattr(pair[1], "col_offset", 0)))
    seen: dict[ast.AST | str, str] = {}
    for owner, node in changed:
        if _is_parameter(context, owner):
            continue  # the same handle as the caller's, by another name
        for made in {_identity(context, v.node) for v in context.program.of(owner) if v.node is not None}:
            text = ast.unparse(owner)
            if seen.setdefault(made, text) != text:
                message = "each handle writes all the metadata that it knows: the last one wins"
                yield Note(node, message, "one handle a node, opened again before it writes", everywhere=True)
                break
