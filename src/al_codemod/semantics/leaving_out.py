"""Functions that may be called without their repo, and then open one: which, and what each call of them leaves out."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.arguments import all_parameters
from al_codemod.semantics.assumptions import is_none, may_be_left_out, optional_parameters
from al_codemod.semantics.callbacks import bound_arguments
from al_codemod.semantics.flow import Graph
from al_codemod.semantics.places import Place
from al_codemod.semantics.scopes import FUNCTIONS, Scope
from al_codemod.semantics.values import Birth, Location
from al_codemod.surface.kinds import REPOS

if TYPE_CHECKING:
    from al_codemod.semantics.infer import Inference
    from al_codemod.semantics.program import Program

MOST: Final = 3
"""Functions with more such parameters are not told apart by them: there would be too many ways to call them."""


def optional_repos(inference: "Inference") -> Iterator[tuple[Scope, list[ast.arg]]]:
    """The functions with parameters for repos that may be left out, and these."""
    for node, scope in inference.scopes.items():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found = [a for a in optional_parameters(node, scope) if _takes_repo(inference, scope, a)]
            if found:
                yield scope, found[:MOST]


def _takes_repo(inference: "Inference", scope: Scope, parameter: ast.arg) -> bool:
    values = inference.outer.get(Location(scope, parameter.arg), ())
    return any(v.is_repo and v.origin is not None and v.origin.birth is Birth.PARAMETER for v in values)


def left_out(program: "Program", place: Place) -> ast.arg | None:
    """The parameter by which the repo of a place comes in, where the function may be called without it."""
    graphs = program.graphs_of.get(place.function.node, []) if place.function is not None else []
    found = {a for g in graphs for a in g.without if a in place.parameters}
    return found.pop() if len(found) == 1 else None


def variants(
    inference: "Inference", graphs: Mapping[ast.AST, Sequence[Graph]], call: ast.AST, caller: Graph, function: ast.AST
) -> list[Graph]:
    """The graphs of a function that a call in the graph of its caller leads to."""
    found = list(graphs.get(function, ()))
    if len(found) < 2 or not isinstance(call, ast.Call):
        return found
    for parameter in all_parameters(function) if isinstance(function, FUNCTIONS) else ():
        if any(parameter in g.without for g in found):
            left_out = _is_left_out(inference, call, caller, function, parameter)
            if left_out is not None:
                found = [g for g in found if (parameter in g.without) is left_out]
    return found


def _is_left_out(
    inference: "Inference", call: ast.Call, caller: Graph, function: ast.AST, parameter: ast.arg
) -> bool | None:
    """Whether a call passes nothing, or `None`, for a parameter; `None` where it may or may not."""
    passed = {at.name: value for at, value in bound_arguments(inference, call, function)}
    value = passed.get(parameter.arg)
    if value is None:
        gathered = any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords)
        return True if may_be_left_out(parameter, function) and not gathered else None
    if is_none(value) or value in caller.nothing:
        return True
    kinds = {v.kind for v in inference.of(value)}
    plain = isinstance(value, ast.Name | ast.Attribute | ast.Call | ast.Await)
    return False if plain and kinds and kinds <= REPOS else None
