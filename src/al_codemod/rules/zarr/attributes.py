"""Attributes of groups and arrays."""

import ast
from collections.abc import Iterator
from typing import Final

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import ReplaceExpression, Template
from al_codemod.rules.base import Context, Draft
from al_codemod.rules.zarr.integers import gives_integers, is_integer
from al_codemod.rules.zarr.lengths import is_numpy_scalar
from al_codemod.rules.zarr.support import (
    ALL_NODES,
    constant,
    is_only,
    places,
)

KEYS: Final = "keys of attributes are text"


def attributes(context: Context) -> Iterator[Draft]:
    """Attributes: zarr 2 made texts of their keys, and wrote numbers of numpy; what is read had text for a key always."""
    for node in context.nodes(ast.Subscript):
        if isinstance(node.ctx, ast.Store) and is_attributes(context, node.value):
            yield from _key(context, node, node.value, node.slice)
            parent = context.program.parents.get(node)
            if isinstance(parent, ast.Assign) and node in parent.targets:
                yield from _scalar(context, node.value, parent.value)
    for call in context.nodes(ast.Call):
        function = call.func
        if isinstance(function, ast.Attribute) and function.attr in {"update", "put"} and call.args:
            if is_attributes(context, function.value):
                yield from _given(context, function.value, call.args[0])
    for attribute in context.nodes(ast.Attribute):
        if attribute.attr in {"cache", "refresh", "key"} and is_attributes(context, attribute.value):
            instead = "open the group or array again"
            yield Draft(attribute, f"attributes have no {attribute.attr}", Applicability.MANUAL, instead=instead)


def is_attributes(context: Context, node: ast.expr) -> bool:
    """Whether an expression is sure to be the attributes of a group or array, by their place or by a name of their own."""
    if isinstance(node, ast.Name):
        node = context.assigned(node) or node
    return isinstance(node, ast.Attribute) and node.attr == "attrs" and is_only(context, node.value, ALL_NODES)


def _owner(context: Context, attrs: ast.expr) -> ast.expr:
    """What the attributes are of."""
    made = (context.assigned(attrs) if isinstance(attrs, ast.Name) else None) or attrs
    return made.value if isinstance(made, ast.Attribute) else made


def _key(context: Context, node: ast.AST, attrs: ast.expr, key: ast.expr) -> Iterator[Draft]:
    """One key, which zarr 2 made a text of."""
    value = constant(key)
    if isinstance(value, int) and not isinstance(value, bool):
        text = Template(f'"{value}"')
    elif is_integer(context, key):
        text = Template("str({key})", {"key": key})
    else:
        return
    edit = ReplaceExpression(key, text)
    yield Draft(node, KEYS, Applicability.SAFE, (edit,), places(context, _owner(context, attrs)))


def _given(context: Context, attrs: ast.expr, given: ast.expr) -> Iterator[Draft]:
    """A dict of attributes."""
    made = (context.assigned(given) if isinstance(given, ast.Name) else None) or given
    where = places(context, _owner(context, attrs))
    if isinstance(given, ast.Dict):
        for key, value in zip(given.keys, given.values, strict=True):
            if key is not None:
                yield from _key(context, key, attrs, key)
            yield from _scalar(context, attrs, value)
    elif isinstance(given, ast.DictComp) and is_integer(context, given.key):
        edit = ReplaceExpression(given.key, Template("str({key})", {"key": given.key}))
        yield Draft(given.key, KEYS, Applicability.SAFE, (edit,), where)
    elif isinstance(made, ast.Dict | ast.DictComp) and gives_integers(context, made):
        text = "{{str(key): value for key, value in {given}.items()}}"
        edit = ReplaceExpression(given, Template(text, {"given": given}))
        yield Draft(given, KEYS, Applicability.SAFE, (edit,), where)


def _scalar(context: Context, attrs: ast.expr, value: ast.expr) -> Iterator[Draft]:
    """A value that is a number of numpy."""
    if is_numpy_scalar(context, value):
        edit = ReplaceExpression(value, Template("{value}.item()", {"value": value}))
        message = "attributes take no numpy scalars"
        yield Draft(value, message, Applicability.REVIEW, (edit,), places(context, _owner(context, attrs)))
