"""Members of arrays."""

import ast
from collections.abc import Iterator
from typing import Final

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import ChangeCall, ReplaceExpression, ReplaceStatement, Template
from al_codemod.rules.arguments import named
from al_codemod.rules.base import Context, Draft, Use
from al_codemod.rules.zarr.support import (
    ALL_NODES,
    ARRAYS,
    is_array,
    is_none,
    is_only,
    may_be_zarr_2,
    member_draft,
    supposed,
    zarr_rule,
)
from al_codemod.rules.zarr.written import written
from al_codemod.semantics.arguments import argument
from al_codemod.semantics.zarr_values import FORMAT_2
from al_codemod.surface.kinds import Kind
from al_codemod.surface.zarr.members import (
    ARRAY_GONE,
    ARRAY_RENAMED,
    READ_ONLY_SETTERS,
)
from al_codemod.surface.zarr.since import ARRAY_CONFIG, ARRAYS_AS_VALUES

SELECTIONS: Final = (
    "get_basic_selection get_orthogonal_selection get_mask_selection get_coordinate_selection get_block_selection "
    "set_basic_selection set_orthogonal_selection set_mask_selection set_coordinate_selection set_block_selection"
)


@zarr_rule(
    "AL459",
    "zarr-2-array-member",
    rows="Z191 Z192 Z194 Z195 Z196 Z197 Z199 Z200 Z201 Z203 Z204 Z205 Z206 Z209 Z210 Z212 Z213 Z214 Z215 Z217 Z218 Z219 Z174 "
    "Z176 Z177 Z178 Z170",
    before="""
import zarr

days = zarr.open_array("days.zarr", mode="r+")
days.resize(4, 5)
print(len(days), days.nbytes_stored, days.itemsize)
""",
    after="""
import zarr

days = zarr.open_array("days.zarr", mode="r+")
days.resize((4, 5))
print(days.shape[0], days.nbytes_stored(), days.dtype.itemsize)
""",
)
def array_members(context: Context) -> Iterator[Draft]:
    """What arrays of zarr 2 had, in the words of zarr 3: `len`, `resize`, `nbytes_stored`, `astype`, selections."""
    for use in context.uses(ARRAYS, " ".join(ARRAY_RENAMED)):
        if use.node.attr == "write_empty_chunks" and not context.settings.has_zarr(ARRAY_CONFIG):
            message = f"zarr {ARRAY_CONFIG} is the first whose arrays say this"
            yield Draft(
                use.node, message, Applicability.MANUAL, instead=ARRAY_RENAMED[use.node.attr].format(array="array")
            )
            continue
        if not (use.node.attr == "nbytes_stored" and use.call is not None) and isinstance(use.node.ctx, ast.Load):
            text = Template(ARRAY_RENAMED[use.node.attr], {"array": use.node.value})
            how = Applicability.REVIEW if use.node.attr == "_version" else Applicability.SAFE
            yield member_draft(
                context, use.node, f"{use.node.attr} of zarr 2", (ReplaceExpression(use.node, text),), how
            )
    for use in context.uses(ARRAYS, "islice"):
        if use.call is not None and not use.call.keywords and 1 <= len(use.call.args) <= 2:
            yield _slice(context, use, use.call)
    yield from _compressors(context)
    for use in context.uses(ARRAYS, "resize"):
        if use.call is not None and len(use.call.args) > 1:
            yield _resize(context, use, use.call)
    for use in context.uses(ARRAYS, "astype"):
        if use.call is not None:
            function = Template("{array}[...].astype", {"array": use.node.value})
            edits = (ChangeCall(use.call, function),)
            yield member_draft(context, use.node, "astype reads the whole array now", edits, Applicability.REVIEW)
    for use in context.uses(ARRAYS, SELECTIONS):
        if use.call is not None:
            yield from _selection(context, use, use.call)
    for use in context.uses((Kind.ZARR_ARRAY,), " ".join(ARRAY_GONE)):
        yield Draft(
            use.node,
            f"zarr 3's arrays have no {use.node.attr}",
            Applicability.MANUAL,
            instead=ARRAY_GONE[use.node.attr],
        )
    for use in context.uses(ARRAYS, " ".join(READ_ONLY_SETTERS)):
        if isinstance(use.node.ctx, ast.Store):
            instead = READ_ONLY_SETTERS[use.node.attr]
            yield Draft(use.node, f"{use.node.attr} of an array cannot be set", Applicability.MANUAL, instead=instead)
    yield from _lengths(context)
    if may_be_zarr_2(context) and not context.settings.has_zarr(ARRAYS_AS_VALUES):
        yield from _values(context)
    if may_be_zarr_2(context):
        yield from _conditions(context)
        yield from _comparisons(context)


def _slice(context: Context, use: Use, call: ast.Call) -> Draft:
    """`islice`: all from its start on where it is given no end."""
    ends = [("{start}", {"start": call.args[0]})] if not is_none(call.args[0]) else [("", {})]
    ends += [("{stop}", {"stop": a}) if not is_none(a) else ("", {}) for a in call.args[1:]]
    text = ":".join(t for t, _ in ends) + (":" if len(ends) == 1 else "")
    holes = {"array": use.node.value} | {k: v for _, h in ends for k, v in h.items()}
    edit = ReplaceExpression(call, Template(f"iter({{array}}[{text}])", holes))
    return member_draft(context, use.node, "what islice gave is read at once", (edit,), Applicability.REVIEW)


def _compressors(context: Context) -> Iterator[Draft]:
    """`compressor`: an array of format 2 still has one, as the first of its compressors."""
    for use in context.uses((Kind.ZARR_ARRAY,), "compressor"):
        if not isinstance(use.node.ctx, ast.Load):
            continue
        values = context.program.of(use.node.value)
        calls = [v.node for v in values if v.name == FORMAT_2 and isinstance(v.node, ast.Call)]
        given = [named(c, "compressor") or named(c, "compressors") for c in calls]
        if len(calls) == len(values) and not any(g is None or is_none(g.value) for g in given):
            edit = ReplaceExpression(use.node, Template("{array}.compressors[0]", {"array": use.node.value}))
            yield member_draft(context, use.node, "compressor of zarr 2", (edit,))
        else:
            instead = "array.compressors, a tuple of codecs of zarr 3"
            yield Draft(use.node, "zarr 3's arrays have no compressor", Applicability.MANUAL, instead=instead)


def _resize(context: Context, use: Use, call: ast.Call) -> Draft:
    """`resize(8, None)`: a `None` leaves a dimension as it is."""
    holes: dict[str, ast.expr] = {"array": use.node.value}
    parts: list[str] = []
    for i, arg in enumerate(call.args):
        if isinstance(arg, ast.Starred):
            holes[f"n{i}"] = arg.value
            parts.append(f"*{{n{i}}}")
        elif is_none(arg):
            parts.append(f"{{array}}.shape[{i}]")
        else:
            holes[f"n{i}"] = arg
            parts.append(f"{{n{i}}}")
    edit = ReplaceExpression(call, Template(f"{{array}}.resize(({', '.join(parts)}))", holes))
    is_simple = isinstance(use.node.value, ast.Name) or not any(is_none(a) for a in call.args)
    how = Applicability.SAFE if is_simple else Applicability.REVIEW
    return member_draft(context, use.node, "resize takes the shape as one argument", (edit,), how)


def _selection(context: Context, use: Use, call: ast.Call) -> Iterator[Draft]:
    """What is selected is the one positional argument when reading; `out` and `fields` go by keyword."""
    name = use.node.attr
    out = argument(call, 1, "out") if name.startswith("get") else None
    statement = context.program.parents.get(call)
    if isinstance(out, ast.Name | ast.Attribute) and isinstance(statement, ast.Expr):
        yield _into(context, use, call, statement, out)
        return
    fields = argument(call, 2, "fields")
    if name.startswith("set") and fields is not None and not is_none(fields):
        instead = "a = array[...]; a[field] = x; array[...] = a"
        yield Draft(fields, "fields cannot be assigned one by one", Applicability.MANUAL, instead=instead)
    order = ("selection", "value", "fields") if name.startswith("set") else ("selection", "out", "fields")
    kept = 2 if name.startswith("set") else 1
    renamed: list[tuple[ast.expr | ast.keyword, str]] = [
        (a, order[i]) for i, a in enumerate(call.args[:3]) if i >= kept
    ]
    selection = named(call, "selection")
    if selection is not None and "mask" in name:
        renamed.append((selection, "mask"))
    if renamed:
        edits = (ChangeCall(call, rename=tuple(renamed)),)
        yield member_draft(context, use.node, f"{name} takes keywords", edits)
    if out is not None and not is_none(out):
        instead = "out[...] = array[selection], or an NDBuffer"
        yield Draft(out, "out= takes an NDBuffer of zarr, no numpy array", Applicability.MANUAL, instead=instead)


def _into(context: Context, use: Use, call: ast.Call, statement: ast.Expr, out: ast.expr) -> Draft:
    """A numpy array that is to be filled is filled with what is read."""
    given = {
        "selection": argument(call, 0, "mask") or argument(call, 0, "selection"),
        "fields": argument(call, 2, "fields"),
    }
    holes = {name: value for name, value in given.items() if value is not None and not is_none(value)}
    text = ", ".join("{selection}" if name == "selection" else f"{name}={{{name}}}" for name in holes)
    line = Template(f"{{out}}[...] = {{array}}.{use.node.attr}({text})", {"out": out, "array": use.node.value, **holes})
    message = "out= takes an NDBuffer of zarr, no numpy array"
    return member_draft(context, use.node, message, (ReplaceStatement(statement, (line,)),), Applicability.REVIEW)


def _values(context: Context) -> Iterator[Draft]:
    """`array[...] = other`, where the other is an array of zarr itself."""
    for statement in context.nodes(ast.Assign):
        value = statement.value
        is_stored = any(isinstance(t, ast.Subscript) and is_array(context, t.value) for t in statement.targets)
        if is_stored and is_only(context, value, ARRAYS):
            edits = (ReplaceExpression(value, Template("{array}[...]", {"array": value})),)
            message = f"zarr {ARRAYS_AS_VALUES} is the first that reads the other array by itself"
            yield supposed(context, member_draft(context, value, message, edits), "array[...] = other[...]")


def _lengths(context: Context) -> Iterator[Draft]:
    """`len(array)`."""
    for call in context.nodes(ast.Call):
        if isinstance(call.func, ast.Name) and call.func.id == "len" and len(call.args) == 1:
            if _is_shadowed(context, call.func):
                continue
            if (
                is_only(context, call.args[0], {Kind.ZARR_NODE})
                and not is_array(context, call.args[0])
                and may_be_zarr_2(context)
            ):
                message = "an array has no length; a group has"
                yield Draft(call, message, Applicability.MANUAL, instead="array.shape[0], if it is an array")
            elif is_array(context, call.args[0]):
                text = Template("{array}.shape[0]", {"array": call.args[0]})
                yield member_draft(context, call.args[0], "an array has no length", (ReplaceExpression(call, text),))

    yield from _mapped_lengths(context)


LENGTH: Final = "lambda array: array.shape[0]"


def _mapped_lengths(context: Context) -> Iterator[Draft]:
    """`map(len, arrays)`, and `key=len`."""
    inference = context.program.inference
    for call in context.nodes(ast.Call):
        if not isinstance(call.func, ast.Name) or _is_shadowed(context, call.func):
            continue
        key = next((k.value for k in call.keywords if k.arg == "key"), None)
        function, source = None, None
        if call.func.id == "map" and len(call.args) == 2:
            function, source = call.args
        elif call.func.id in {"min", "max", "sorted"} and len(call.args) == 1:
            function, source = key, call.args[0]
        if isinstance(function, ast.Name) and function.id == "len" and not _is_shadowed(context, function):
            gone_over = inference.elements(source)
            if gone_over and all(v.kind in ARRAYS for v in gone_over):
                edits = (ReplaceExpression(function, Template(LENGTH)),)
                yield member_draft(context, function, "an array has no length", edits)


def _conditions(context: Context) -> Iterator[Draft]:
    """Arrays as conditions, which asked for their length."""
    conditions: list[ast.If | ast.While | ast.IfExp] = [
        *context.nodes(ast.If),
        *context.nodes(ast.While),
        *context.nodes(ast.IfExp),
    ]
    tests = [n.test for n in (*conditions, *context.nodes(ast.Assert))]
    tests += [n.operand for n in context.nodes(ast.UnaryOp) if isinstance(n.op, ast.Not)]
    tests += [test for n in context.nodes(ast.comprehension) for test in n.ifs]
    tests += [a for n in context.nodes(ast.Call) if getattr(n.func, "id", "") == "bool" for a in n.args]
    parts = [(n, value) for n in context.nodes(ast.BoolOp) for value in n.values]
    tests += [value for n, value in parts if n in tests or n.values[-1] is not value]
    for test in tests:
        if is_array(context, test):
            text = Template("{array}.shape[0] != 0", {"array": test})
            edits = (ReplaceExpression(test, text),)
            draft = member_draft(context, test, "an array is always true in zarr 3", edits, Applicability.REVIEW)
            yield supposed(context, draft, "array.shape[0] != 0")


def _is_shadowed(context: Context, name: ast.Name) -> bool:
    return context.program.scope(name).owner(name.id) is not None


NEVER_NONE: Final = {
    "fill_value": "the default of the type takes the place of None",
    "name": "the name of an array at the root is '/'",
    "basename": "the basename of an array at the root is ''",
}


def _comparisons(context: Context) -> Iterator[Draft]:
    """`array.filters is None` and its like, which are never `None` any more, also where that has a name."""
    for node in context.nodes(ast.Compare):
        left = written(context, node.left)
        if not (isinstance(left, ast.Attribute) and len(node.ops) == 1 and is_none(node.comparators[0])):
            continue
        operator = node.ops[0]
        if not isinstance(operator, ast.Is | ast.IsNot | ast.Eq | ast.NotEq) or not is_only(
            context, left.value, ALL_NODES
        ):
            continue
        if left.attr == "filters" and is_array(context, left.value):
            text = "bool({filters})" if isinstance(operator, ast.IsNot | ast.NotEq) else "not {filters}"
            edits = (ReplaceExpression(node, Template(text, {"filters": node.left})),)
            draft = member_draft(context, left, "no filters are an empty tuple", edits, Applicability.REVIEW)
            draft.node = node.left
            yield supposed(context, draft, "not array.filters")
        elif left.attr in NEVER_NONE:
            message = f"{left.attr} of an array is never None"
            yield Draft(node, message, Applicability.MANUAL, instead=NEVER_NONE[left.attr])
