"""Objects that go to workers with the method that runs there: a copy takes the fork, and gives it back."""

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.classes import is_static
from al_codemod.semantics.fanouts import FanOut
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
