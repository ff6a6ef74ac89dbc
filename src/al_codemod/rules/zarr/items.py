"""Items of groups: their names, and what is put there."""

import ast
from collections.abc import Iterator

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import Edit, ReplaceExpression, ReplaceStatement, Template
from al_codemod.rules.base import Context, Draft
from al_codemod.rules.zarr.given import may_be_list
from al_codemod.rules.zarr.integers import is_integer
from al_codemod.rules.zarr.lengths import is_numpy_scalar
from al_codemod.rules.zarr.support import (
    ALL_NODES,
    ARRAYS,
    GROUPS,
    PLAIN_NODES,
    constant,
    is_only,
    is_zarr_2,
    member_draft,
    places,
)
from al_codemod.semantics.arguments import argument
from al_codemod.surface.kinds import Kind
from al_codemod.surface.zarr.signatures import METHODS
from al_codemod.surface.zarr.since import DATA_IN_GROUP, NO_DIMENSIONS


def key_views(context: Context) -> Iterator[Draft]:
    """`len(group.keys())`: keys are made one by one now."""
    names = {"keys", "group_keys", "array_keys"}
    yield from _kept_views(context, names)
    for call in context.nodes(ast.Call):
        if not (isinstance(call.func, ast.Name) and call.func.id == "len" and len(call.args) == 1):
            continue
        inner = call.args[0]
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute) and inner.func.attr in names:
            if is_only(context, inner.func.value, ALL_NODES):
                text = Template("list({keys})", {"keys": inner})
                yield member_draft(
                    context, inner, "the keys of a group are an iterator", (ReplaceExpression(inner, text),)
                )


def _kept_views(context: Context, names: set[str]) -> Iterator[Draft]:
    """Keys that are kept under a name, and then asked for their number or gone over again."""
    for statement in context.nodes(ast.Assign):
        call, target = statement.value, statement.targets[0]
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in names):
            continue
        if not isinstance(target, ast.Name) or not is_only(context, call.func.value, PLAIN_NODES):
            continue
        uses = context.loads(target.id)
        counted = any(
            isinstance(c := context.program.parents.get(u), ast.Call) and getattr(c.func, "id", "") == "len"
            for u in uses
        )
        if counted or (len(uses) > 1 and is_zarr_2(context)):
            edits = (ReplaceExpression(call, Template("sorted({keys})", {"keys": call})),)
            yield member_draft(context, call, "the keys of a group are an iterator", edits, Applicability.REVIEW)


def items_set(context: Context) -> Iterator[Draft]:
    """`group[name] = value`: arrays only."""
    for statement in context.nodes(ast.Assign):
        for target in statement.targets:
            if not isinstance(target, ast.Subscript) or not is_only(context, target.value, GROUPS):
                continue
            value = statement.value
            made = (context.assigned(value) if isinstance(value, ast.Name) else None) or value
            is_number = isinstance(constant(made), int | float) or is_numpy_scalar(context, made)
            is_list = isinstance(made, ast.List | ast.Tuple | ast.ListComp)
            if is_number or is_list or may_be_list(context, value):
                numpy, imports = context.module("numpy", statement)
                converted = Template(f"{numpy}.asarray({{value}})", {"value": value})
                edits: tuple[Edit, ...] = (ReplaceExpression(value, converted), *imports)
                if is_number and not context.settings.has_zarr(DATA_IN_GROUP):
                    message = f"zarr {DATA_IN_GROUP} is the first whose groups take numbers"
                    instead = "array = group.create_array(name, shape=(), dtype='f8'), then array[...] = value"
                    yield Draft(target, message, Applicability.MANUAL, instead=instead)
                    continue
                if is_number and not context.settings.has_zarr(NO_DIMENSIONS) and len(statement.targets) == 1:
                    text = f"{{group}}.create_array({{name}}, data={converted.text}, overwrite=True)"
                    holes = {"group": target.value, "name": target.slice, "value": value}
                    edits = (ReplaceStatement(statement, (Template(text, holes),)), *imports)
                message = "only arrays can be put into a group"
                yield Draft(target, message, Applicability.SAFE, edits, places(context, target.value))
            elif (
                is_only(context, value, {Kind.ZARR_ARRAY})
                and isinstance(value, ast.Name)
                and len(statement.targets) == 1
            ):
                holes = {"group": target.value, "name": target.slice, "array": value}
                text = "{group}.create_array({name}, data={array}, chunks={array}.chunks, overwrite=True)"
                replaced = (ReplaceStatement(statement, (Template(text, holes),)),)
                message = "a zarr array is put into a group by making a new one of it; compressors are those of zarr 3"
                yield Draft(target, message, Applicability.REVIEW, replaced, places(context, target.value))
            elif is_only(context, value, ARRAYS):
                instead = "group.create_array(name, data=array, chunks=array.chunks)"
                yield Draft(target, "a zarr array cannot be put into a group", Applicability.MANUAL, instead=instead)


def numbers(context: Context) -> Iterator[Draft]:
    """Numbers and bytes as names of children, which zarr 2 made texts of."""
    names: list[tuple[ast.expr, ast.expr]] = [
        (n.value, n.slice) for n in context.nodes(ast.Subscript) if is_only(context, n.value, {Kind.ZARR_GROUP})
    ]
    for compare in context.nodes(ast.Compare):
        group = compare.comparators[0]
        if isinstance(compare.ops[0], ast.In | ast.NotIn) and is_only(context, group, {Kind.ZARR_GROUP}):
            names.append((group, compare.left))
    for use in context.uses((Kind.ZARR_GROUP,), " ".join((*METHODS, "get"))):
        name = argument(use.call, 0, "name") if use.call is not None else None
        if name is not None:
            names.append((use.node.value, name))
    for group, name in names:
        text = as_text(context, name)
        if text is not None:
            edit = ReplaceExpression(name, text)
            yield Draft(name, "names in a group are text", Applicability.REVIEW, (edit,), places(context, group))


def as_text(context: Context, name: ast.expr) -> Template | None:
    """The text that zarr 2 made of a name that is none, where it is sure to be a whole number or bytes."""
    value = constant(name)
    if isinstance(value, bytes) and value.isascii():
        return Template(repr(value)[1:].replace("{", "{{").replace("}", "}}"))
    return Template("str({name})", {"name": name}) if is_integer(context, name) else None
