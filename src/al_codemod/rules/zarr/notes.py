"""What rules say of silent changes, and the handlers that wait for what zarr 3 no longer raises."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from al_codemod.rules.base import Context
from al_codemod.rules.exceptions import elements
from al_codemod.rules.naming import dotted


@dataclass(frozen=True, slots=True)
class Note:
    """One silent change, met at a node. What has to be changed at each place is spoken of at each, all else once a module."""

    node: ast.AST
    message: str
    instead: str
    everywhere: bool = False


def awaited(context: Context, node: ast.AST, names: Iterable[str]) -> ast.ExceptHandler | ast.withitem | None:
    """The handler around a node that waits for one of some exceptions, or the `with` that expects it."""
    wanted = set(names)
    child = node
    for parent in context.program.ancestors(node):
        if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            return None
        if isinstance(parent, ast.Try) and child in parent.body:
            for handler in parent.handlers:
                if wanted & {dotted(context, e).rpartition(".")[2] or getattr(e, "id", "") for e in elements(handler)}:
                    return handler
        if isinstance(parent, ast.With):
            for item in parent.items:
                call = item.context_expr
                if isinstance(call, ast.Call) and dotted(context, call.func) in {
                    "pytest.raises",
                    "contextlib.suppress",
                }:
                    if wanted & {getattr(a, "id", getattr(a, "attr", "")) for a in call.args}:
                        return item
        child = parent
    return None
