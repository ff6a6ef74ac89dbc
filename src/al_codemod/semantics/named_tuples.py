"""Objects of the program that are tuples, whose fields can be had by taking them apart."""

import ast
from typing import TYPE_CHECKING

from al_codemod.semantics.values import NOTHING, Value, Values, union
from al_codemod.surface.kinds import Kind

if TYPE_CHECKING:
    from al_codemod.semantics.infer import Inference


def part(inference: "Inference", target: ast.AST, source: ast.expr | None) -> Values:
    """What one of several targets is given of a named tuple."""
    targets = inference.injection.parents.get(target)
    if not isinstance(targets, ast.Tuple | ast.List):
        return NOTHING
    index = next(i for i, t in enumerate(targets.elts) if t is target)
    found = (named_field(inference, v, index) for v in inference.of(source))
    return union(inference.self_attribute(*at, {}) for at in found if at is not None)


def named_field(inference: "Inference", value: Value, index: int) -> tuple[ast.AST, str] | None:
    """The field that a part of an object is, if it is a named tuple, with its class."""
    if value.kind is not Kind.SELF or value.node is None or not is_named_tuple(inference, value.node):
        return None
    fields = [f.target.id for f in inference.fields.of_class(value.node) if isinstance(f.target, ast.Name)]
    return (value.node, fields[index]) if index < len(fields) else None


def is_named_tuple(inference: "Inference", node: ast.AST) -> bool:
    """Whether the instances of a class are tuples, so that they can be taken apart."""
    bases = (b for c in inference.classes.lineage(node) if isinstance(c, ast.ClassDef) for b in c.bases)
    return any(getattr(b, "attr", getattr(b, "id", "")) == "NamedTuple" for b in bases)
