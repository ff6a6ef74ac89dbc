"""What joblib runs its tasks with: threads of the process, that share its objects, or maybe other processes."""

import ast
from typing import TYPE_CHECKING, Final

from al_codemod.surface.kinds import Kind

if TYPE_CHECKING:
    from al_codemod.semantics.infer import Inference

PARALLEL: Final = "joblib.Parallel"
CONFIGURES: Final = frozenset({"joblib.parallel_backend", "joblib.parallel_config"})
"""Context managers that say which backend is used in their bodies."""
THREADED: Final = {"backend": "threading", "require": "sharedmem", "prefer": "threads"}
"""Keywords that ask for threads, each with the value that does."""


def runs_in_threads(inference: "Inference", task: ast.Call) -> bool:
    """Whether a task of joblib is run where it is made, and in threads."""
    parents = inference.injection.parents
    node: ast.AST | None = task
    while node is not None and not isinstance(node, ast.stmt):
        node = parents.get(node)
        if isinstance(node, ast.Call):
            makers = [v.node for v in inference.of(node.func) if v.kind is Kind.POOL and v.name == PARALLEL]
            if makers:
                return all(isinstance(m, ast.Call) and is_threaded(inference, m) for m in makers)
    return False


def is_threaded(inference: "Inference", made: ast.Call) -> bool:
    """Whether a `Parallel` asks for threads, or is made where nothing else is used."""
    given = {k.arg: k.value.value if isinstance(k.value, ast.Constant) else Ellipsis for k in made.keywords}
    if None in given or len(made.args) > 1:
        return False
    if "backend" in given or "require" in given:
        return any(given.get(k) == THREADED[k] for k in ("backend", "require"))
    around = _configured(inference, made)
    return around == THREADED["backend"] or (around == "" and given.get("prefer") == THREADED["prefer"])


def _configured(inference: "Inference", made: ast.Call) -> str:
    """The backend that a `with` around a call asks for; empty where there is none, and no other configuration anywhere."""
    parents = inference.injection.parents
    node: ast.AST | None = made
    while node is not None:
        node = parents.get(node)
        for item in node.items if isinstance(node, ast.With) else ():
            if isinstance(item.context_expr, ast.Call) and _configures(inference, item.context_expr):
                return _backend(item.context_expr)
    elsewhere = any(isinstance(n, ast.Call) and _configures(inference, n) for n in parents)
    return "?" if elsewhere else ""


def _configures(inference: "Inference", call: ast.Call) -> bool:
    return any(v.name in CONFIGURES for v in inference.of(call.func) if v.kind is Kind.NAME)


def _backend(call: ast.Call) -> str:
    named = next((k.value for k in call.keywords if k.arg == "backend"), call.args[0] if call.args else None)
    return named.value if isinstance(named, ast.Constant) and isinstance(named.value, str) else "?"
