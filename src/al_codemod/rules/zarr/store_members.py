"""What stores were asked for: keys and values, and the directory that they are in."""

import ast
from collections.abc import Iterator
from typing import Final

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import ReplaceExpression, Template
from al_codemod.rules.base import Context, Draft
from al_codemod.rules.naming import dotted
from al_codemod.rules.zarr.support import (
    beginning,
    is_only,
    may_be_zarr_2,
)
from al_codemod.semantics.arguments import argument
from al_codemod.semantics.values import Value
from al_codemod.surface.kinds import Kind
from al_codemod.surface.zarr.members import STORE_GONE


def paths_of_stores(context: Context) -> Iterator[Draft]:
    """`group.store.path` of what is in a directory."""
    for node in context.nodes(ast.Attribute):
        if (
            node.attr != "path"
            or not isinstance(node.ctx, ast.Load)
            or not is_only(context, node.value, {Kind.ZARR_STORE})
        ):
            continue
        message = "the path of a LocalStore is its root"
        if all(_is_directory(context, v) for v in context.program.of(node.value)):
            edit = ReplaceExpression(node, Template("str({store}.root)", {"store": node.value}))
            yield Draft(node, message, Applicability.REVIEW, (edit,))
        elif may_be_zarr_2(context):
            yield Draft(node, message, Applicability.MANUAL, instead="store.root of a LocalStore, which is a Path")


def _is_directory(context: Context, store: Value) -> bool:
    """Whether a store is sure to be a directory: it is made as one, or opened by a path."""
    made = store.node
    if store.name:
        return store.name in {"DirectoryStore", "NestedDirectoryStore"}
    path = argument(made, 0, "store") if isinstance(made, ast.Call) else None
    if path is None:
        return False
    text = beginning(context, path)
    joined = dotted(context, path.func) == "os.path.join" if isinstance(path, ast.Call) else False
    return joined or (text is not None and "://" not in text and not text.endswith((".zip", ".n5")))


def mappings(context: Context) -> Iterator[Draft]:
    """Stores are no mappings any more."""
    for use in context.uses((Kind.ZARR_STORE,), " ".join(STORE_GONE)):
        if use.node.attr != "path":
            instead = STORE_GONE[use.node.attr]
            yield Draft(use.node, f"stores of zarr 3 have no {use.node.attr}", Applicability.MANUAL, instead=instead)
    for node in context.nodes(ast.Subscript):
        if is_only(context, node.value, {Kind.ZARR_STORE}):
            instead = "await store.get(key, prototype), or the groups and arrays in it"
            yield Draft(node, "a store of zarr 3 is no mapping", Applicability.MANUAL, instead=instead)
    for call in context.nodes(ast.Call):
        if isinstance(call.func, ast.Name) and call.func.id in {"list", "len", "sorted", "dict", "iter"} and call.args:
            if is_only(context, call.args[0], {Kind.ZARR_STORE}):
                yield Draft(call, *NO_MAPPING[:1], Applicability.MANUAL, instead=NO_MAPPING[1])
    sources: list[ast.expr] = [n.iter for n in context.nodes(ast.For)] + [
        n.iter for n in context.nodes(ast.comprehension)
    ]
    for compare in context.nodes(ast.Compare):
        sources += [
            c for op, c in zip(compare.ops, compare.comparators, strict=True) if isinstance(op, ast.In | ast.NotIn)
        ]
    for source in sources:
        if is_only(context, source, {Kind.ZARR_STORE}):
            yield Draft(source, *NO_MAPPING[:1], Applicability.MANUAL, instead=NO_MAPPING[1])


NO_MAPPING: Final = ("a store of zarr 3 is no mapping", "async for key in store.list()")
