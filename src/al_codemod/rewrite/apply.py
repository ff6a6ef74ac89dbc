"""Apply edits to source text."""

import ast
from collections.abc import Sequence

import libcst as cst

from al_codemod.rewrite.edits import Edit
from al_codemod.rewrite.errors import RewriteError
from al_codemod.rewrite.locate import locate
from al_codemod.rewrite.plan import make_plan
from al_codemod.rewrite.transform import Transformer


def apply(text: str, tree: ast.Module, edits: Sequence[Edit]) -> str:
    """The source `text` with all edits made; whatever they are not about keeps its bytes.

    `tree` is `ast.parse(text)`, and the nodes in the edits are nodes of it. Raises `RewriteError` when the edits contradict each
    other or cannot be placed; then nothing of them should be used.
    """
    plan = make_plan(tree, edits)
    if not plan:
        return text
    try:
        module = _parse(text)
        places = locate(tree, module, plan.nodes.values())
        places.path.add(id(module))
        changed = module.visit(Transformer(plan, places))
        return changed.code
    except (cst.ParserSyntaxError, cst.CSTValidationError) as error:
        raise RewriteError(f"LibCST: {error}") from error


def _parse(text: str) -> cst.Module:
    module = cst.parse_module(text)
    if ("\f" in text or "\r" in text.replace("\r\n", "")) and module.code != text:
        raise RewriteError("the file has line breaks or form feeds that would not survive")
    return module
