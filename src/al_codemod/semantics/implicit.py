"""Methods that are called without a call: properties and their setters, and the operators of `x[y]` and `y in x`."""

import ast
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.classes import is_property
from al_codemod.semantics.flow import BINDS, Op, Step
from al_codemod.surface.kinds import Kind

if TYPE_CHECKING:
    from al_codemod.semantics.infer import Inference

ITEMS: Final = {ast.Load: "__getitem__", ast.Store: "__setitem__", ast.Del: "__delitem__"}


def implicit_names(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The names of the methods among `nodes` that are called so."""
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if node.name in {*ITEMS.values(), "__contains__"} or is_property(node) or _accessor(node):
                yield node.name


def asked_for(node: ast.AST) -> str:
    """The method that evaluating, binding or deleting a node may call."""
    match node:
        case ast.Attribute(attr=name):
            return name
        case ast.Subscript(ctx=context):
            return ITEMS[type(context)]
        case ast.Compare(ops=operators) if any(isinstance(o, ast.In | ast.NotIn) for o in operators):
            return "__contains__"
    return ""


def called_by(inference: "Inference", step: Step) -> tuple[ast.AST, ...]:
    """The methods of the program that a step calls without a call."""
    node, name = step.node, asked_for(step.node)
    match node:
        case ast.Attribute(value=value) | ast.Subscript(value=value):
            owners = [value]
        case ast.Compare(comparators=owners) if name:
            pass
        case _:
            return ()
    found: dict[ast.AST, None] = {}
    for owner in (v for o in owners for v in inference.of(o) if v.kind is Kind.SELF and v.node is not None):
        assert owner.node is not None
        for method in inference.classes.methods(owner.node, name):
            if method.kind is Kind.FUNCTION and method.node is not None and _is_meant(step, method.node):
                found[method.node] = None
    return tuple(found)


def _is_meant(step: Step, method: ast.AST) -> bool:
    """Whether a step calls a method of that name: it reads a property, or sets or deletes it by its accessor."""
    if not isinstance(step.node, ast.Attribute):
        return True
    if step.op in BINDS:
        return _accessor(method) == "setter" or (step.op is Op.BIND_UNKNOWN and is_property(method))
    return _accessor(method) == "deleter" if step.op is Op.DELETE else is_property(method)


def _accessor(method: ast.AST) -> str:
    """What a method does that belongs to a property: `setter` or `deleter`."""
    decorators = method.decorator_list if isinstance(method, ast.FunctionDef) else []
    names = (d.attr for d in decorators if isinstance(d, ast.Attribute))
    return next((n for n in names if n in {"setter", "deleter"}), "")
