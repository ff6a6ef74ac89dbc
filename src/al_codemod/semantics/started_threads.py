"""Threads that a function starts and waits for: what they are given is used by them alone, and not kept."""

import ast
from collections.abc import Mapping
from typing import TYPE_CHECKING

from al_codemod.semantics.scopes import FUNCTIONS
from al_codemod.surface.kinds import Kind

if TYPE_CHECKING:
    from al_codemod.semantics.infer import Inference


def is_for_thread(inference: "Inference", parents: Mapping[ast.AST, ast.AST], display: ast.AST) -> bool:
    """Whether a tuple or dict has the arguments of a thread that the same function waits for."""
    keyword = parents.get(display)
    call = parents.get(keyword) if isinstance(keyword, ast.keyword) and keyword.arg in ("args", "kwargs") else None
    if not isinstance(call, ast.Call):
        return False
    made = any(
        v.kind is Kind.NAME and v.name in ("threading.Thread", "threading.Timer") for v in inference.of(call.func)
    )
    around: ast.AST | None = call
    while around is not None and not isinstance(around, (ast.Module, *FUNCTIONS)):
        around = parents.get(around)
    return made and around is not None and any(_is_waiting(n) for n in ast.walk(around))


def _is_waiting(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "join"
        and not isinstance(node.func.value, ast.Constant)
        and not node.args
    )
