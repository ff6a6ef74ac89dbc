"""Attributes of groups and arrays."""

import ast
from collections.abc import Iterator

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import ReplaceExpression, Template
from al_codemod.rules.base import Context, Draft
from al_codemod.rules.zarr.lengths import is_numpy_scalar
from al_codemod.rules.zarr.support import (
    ALL_NODES,
    constant,
    is_only,
    places,
)


def attributes(context: Context) -> Iterator[Draft]:
    """Attributes: keys are text, and values are what JSON has."""
    for node in context.nodes(ast.Subscript):
        owner = node.value
        if not (
            isinstance(owner, ast.Attribute) and owner.attr == "attrs" and is_only(context, owner.value, ALL_NODES)
        ):
            continue
        key = constant(node.slice)
        if isinstance(key, int):
            edit = ReplaceExpression(node.slice, Template(f'"{key}"'))
            yield Draft(node, "keys of attributes are text", Applicability.SAFE, (edit,), places(context, owner.value))
        parent = context.program.parents.get(node)
        if isinstance(parent, ast.Assign) and node in parent.targets and is_numpy_scalar(context, parent.value):
            edit = ReplaceExpression(parent.value, Template("{value}.item()", {"value": parent.value}))
            message = "attributes take no numpy scalars"
            yield Draft(parent.value, message, Applicability.REVIEW, (edit,), places(context, owner.value))
    for attribute in context.nodes(ast.Attribute):
        owner = attribute.value
        if attribute.attr in {"cache", "refresh", "key"} and isinstance(owner, ast.Attribute) and owner.attr == "attrs":
            if is_only(context, owner.value, ALL_NODES):
                instead = "open the group or array again"
                yield Draft(attribute, f"attributes have no {attribute.attr}", Applicability.MANUAL, instead=instead)
