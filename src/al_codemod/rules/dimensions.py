"""`_ARRAY_DIMENSIONS`, the attribute by which zarr 2 arrays told xarray their dimensions."""

import ast
from collections.abc import Iterator

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import ChangeCall, Edit, ReplaceExpression, ReplaceStatement, Template
from al_codemod.rules.arguments import without
from al_codemod.rules.base import Context, Draft, rule
from al_codemod.semantics.values import Value
from al_codemod.surface.kinds import Kind
from al_codemod.surface.zarr.signatures import METHODS

NAME = "_ARRAY_DIMENSIONS"
INSTEAD = "give the array its dimension_names= where it is created"


@rule(
    "AL411",
    "array-dimensions-attribute",
    rows="store.13",
    before="""
from arraylake import Client

repo = Client().create_repo("org/repo")
root = repo.root_group
grid = root.create_dataset("grid", shape=(2, 3), chunks=(2, 3), dtype="f8")
grid.attrs["_ARRAY_DIMENSIONS"] = ["y", "x"]
repo.commit("grid")
""",
    after="""
import zarr
from arraylake import Client

repo = Client().create_repo("org/repo")
session = repo.writable_session(branch="main")
root = zarr.open_group(session.store, mode="a")
grid = root.create_array("grid", shape=(2, 3), chunks=(2, 3), dtype="f8", dimension_names=["y", "x"])
session.commit("grid")
""",
)
def array_dimensions(context: Context) -> Iterator[Draft]:
    """In zarr's format 3 dimension names are part of an array's metadata, and cannot be set once it is created.

    xarray cannot read an array that only has the attribute. Where the array is created in sight and the names are
    literals, they move to its creation.
    """
    for statement in context.nodes(ast.Assign):
        target = statement.targets[0]
        if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant) and target.slice.value == NAME:
            yield from _draft(context, target.value, statement.value, ReplaceStatement(statement), target)
    for use in context.uses((Kind.ATTRS,), "update put"):
        given = use.call.args[0] if use.call is not None and use.call.args else None
        if isinstance(given, ast.Dict):
            for key, value in zip(given.keys, given.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == NAME:
                    removal = ReplaceExpression(given, without(given, frozenset({NAME})))
                    yield from _draft(context, use.node.value, value, removal, key)


def _draft(context: Context, attrs: ast.expr, names: ast.expr, removal: Edit, node: ast.AST) -> Iterator[Draft]:
    values = [v for v in context.program.of(attrs) if v.kind is Kind.ATTRS and v.origin is not None]
    if not values:
        return
    message = "xarray reads dimension names from the array's metadata"
    call = _creation(values[0]) if len(values) == 1 else None
    literal = all(isinstance(n, ast.List | ast.Tuple | ast.Constant | ast.expr_context) for n in ast.walk(names))
    if call is None or not literal:
        yield Draft(node, message, Applicability.MANUAL, (), (), INSTEAD)
        return
    add = ChangeCall(call, add=(("dimension_names", Template("{names}", {"names": names})),))
    message += "; it no longer masks what equals the array's fill value"
    yield Draft(node, message, Applicability.REVIEW, (add, removal), context.place(values[0]))


def _creation(attrs: Value) -> ast.Call | None:
    """The call that creates the array whose attributes these are."""
    node = attrs.base.node if attrs.base is not None else None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
        return node if METHODS[node.func.attr][0] == "create_array" else None
    return None
