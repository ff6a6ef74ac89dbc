"""What a repo's groups and arrays do otherwise on Icechunk, without a word."""

import ast
from collections.abc import Iterator
from typing import Final

from al_codemod.rules.base import Context
from al_codemod.rules.zarr.notes import Note
from al_codemod.rules.zarr.support import constant
from al_codemod.semantics.arguments import argument
from al_codemod.semantics.values import Value
from al_codemod.surface.kinds import NODES, Kind

UNPROTECTED: Final = (
    "mode='r' does not protect what is in a session that may write, as it did in V1",
    "repo.readonly_session(branch=...).store",
)
NOT_STORED: Final = (
    "chunks of the fill value are not stored, so that they do not count",
    "config={'write_empty_chunks': True}",
)


def on_repos(context: Context) -> Iterator[Note]:
    """Notes about what hangs on a repo."""
    yield from _unprotected(context)
    for use in context.uses((Kind.ARRAY, Kind.NODE), "nchunks_initialized initialized"):
        yield Note(use.value.node or use.node, *NOT_STORED, everywhere=True)


def _unprotected(context: Context) -> Iterator[Note]:
    """Groups and arrays that are opened to be read, and written to: V1 refused that, and a session that may write does not."""
    seen: set[ast.AST] = set()
    for node in context.nodes(ast.Subscript):
        if isinstance(node.ctx, ast.Load):
            continue
        owner = node.value
        if isinstance(owner, ast.Attribute) and owner.attr == "attrs":
            owner = owner.value
        for value in context.program.of(owner):
            opened = _opened_to_read(value)
            if opened is not None and opened not in seen:
                seen.add(opened)
                yield Note(opened, *UNPROTECTED, everywhere=True)


def _opened_to_read(value: Value | None) -> ast.Call | None:
    """The call with `mode="r"` that a group or array comes from."""
    while value is not None and value.kind in NODES:
        if isinstance(value.node, ast.Call) and constant(argument(value.node, 1, "mode")) == "r":
            return value.node
        value = value.base
    return None
