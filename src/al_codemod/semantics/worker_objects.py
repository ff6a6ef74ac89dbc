"""Objects that go to workers with the method that runs there: a copy takes the fork, and gives it back."""

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.arguments import all_parameters
from al_codemod.semantics.classes import is_static
from al_codemod.semantics.fanouts import FanOut
from al_codemod.semantics.scopes import FUNCTIONS, FunctionNode
from al_codemod.semantics.values import Location, Value, Values
from al_codemod.surface.fanouts import Runner
from al_codemod.surface.kinds import LATE_HANDLES, Kind

if TYPE_CHECKING:
    from al_codemod.semantics.infer import Inference

OWN_COPYING: Final = frozenset("__getstate__ __setstate__ __reduce__ __reduce_ex__ __copy__ __getattr__".split())
"""What a class defines that decides for itself what of its objects goes to another process."""


def sent_object(inference: "Inference", fanout: FanOut) -> ast.expr | None:
    """The object whose method runs in other processes, which is sent there."""
    function = fanout.call.func
    if fanout.runner is Runner.THREADS or not isinstance(function, ast.Attribute):
        return None
    bound = (v.node for v in inference.of(function) if v.kind is Kind.FUNCTION and v.node is not None)
    if not any(v.kind is Kind.SELF for v in inference.of(function.value)) or all(is_static(f) for f in bound):
        return None
    return function.value


def has_fork(function: ast.AST, sent: ast.expr) -> bool:
    """Whether an object was given a fork in the function that sends it, as in code that is on Icechunk already."""
    for node in ast.walk(function):
        match node:
            case ast.Assign(
                targets=[ast.Attribute(value=owner)], value=ast.Call(func=ast.Attribute(attr="fork"), args=[])
            ):
                if ast.unparse(owner) == ast.unparse(sent):
                    return True
    return False


def attributes(inference: "Inference", owner: Value) -> Iterator[tuple[Location, Values]]:
    """What the objects of a class keep."""
    scopes = {inference.scopes[n] for n in inference.classes.family(owner.node)} if owner.node is not None else set()
    for location, values in inference.outer.items():
        if location.is_attribute and location.scope in scopes:
            yield location, values


def kept_repos(inference: "Inference", sent: ast.expr) -> list[Values]:
    """The repos that an object keeps, by attribute."""
    owners = [v for v in inference.of(sent) if v.kind is Kind.SELF]
    return [values for owner in owners for _, values in attributes(inference, owner) if any(v.is_repo for v in values)]


def problem(inference: "Inference", sent: ast.expr) -> str | None:
    """Why a copy of an object that has a fork for its session will not do in its place."""
    owners = [v for v in inference.of(sent) if v.kind is Kind.SELF]
    if not isinstance(sent, ast.Name) or len(owners) != 1 or len(inference.of(sent)) != 1:
        return "it is not certain whose method the workers run; give the object a variable"
    (owner,) = owners
    for node in inference.classes.family(owner.node) if owner.node is not None else ():
        if OWN_COPYING & set(inference.scopes[node].bindings):
            return "the object says itself what goes to the workers; run a function, and pass it a fork"
    for location, values in attributes(inference, owner):
        nested = any(v.kind is Kind.SELF and _keeps_repo(inference, v) for v in values)
        if nested or any(v.kind in LATE_HANDLES and v.origin is not None for v in values):
            name = location.name.lstrip(".")
            return f"the object goes to the workers with `{name}` in it; run a function, and pass it a fork"
    if len(kept_repos(inference, sent)) > 1:
        return "the object goes to the workers with more than one repo; run a function, and pass it forks"
    return None


def _keeps_repo(inference: "Inference", owner: Value) -> bool:
    return any(v.is_repo or v.kind in LATE_HANDLES for _, values in attributes(inference, owner) for v in values)


def unseen_objects(inference: "Inference", fanout: FanOut, function: FunctionNode) -> Iterator[Value]:
    """The repos and handles in attributes of objects that a worker may get by an argument of which nothing is known."""
    calling = inference.calling
    bound = {at.name: value for at, value in calling.bound(function, fanout.call)}
    parent = inference.scopes[function].parent
    of_object = parent is not None and parent.is_class and not is_static(function)
    mine = all_parameters(function)[1 if of_object else 0 :]
    unknown = [a.arg for a in mine if _is_unknown(inference, bound.get(a.arg))]
    asked = {name for parameter in unknown for name in _asked(inference, function, parameter, set())}
    for location, values in inference.outer.items() if asked else ():
        kept = [v for v in values if v.origin is not None and (v.is_repo or v.kind in LATE_HANDLES)]
        if location.is_attribute and kept and asked & {location.name.lstrip("."), *location.scope.bindings}:
            yield from kept


def _is_unknown(inference: "Inference", value: ast.expr | None) -> bool:
    if isinstance(value, ast.Constant):
        return value.value is Ellipsis
    return value is None or (isinstance(value, ast.Name | ast.Subscript | ast.Starred) and not inference.of(value))


def _asked(inference: "Inference", function: FunctionNode, name: str, seen: set[tuple[ast.AST, str]]) -> set[str]:
    """The members that a function, and those that it passes a parameter on to, asks the parameter for."""
    if (function, name) in seen:
        return set()
    seen.add((function, name))
    found: set[str] = set()
    for node in ast.walk(function):
        match node:
            case ast.Attribute(value=ast.Name(id=asked), attr=attr) if asked == name:
                found.add(attr)
            case ast.Call() if any(isinstance(a, ast.Name) and a.id == name for a in ast.walk(node)):
                for value in inference.of(node.func):
                    inner = value.node
                    if value.kind is Kind.FUNCTION and isinstance(inner, FUNCTIONS):
                        for at, given in inference.calling.bound(inner, node):
                            if isinstance(given, ast.Name) and given.id == name:
                                found |= _asked(inference, inner, at.name, seen)
    return found
