"""Repos that objects are given: constructors that keep a parameter, and the object that has the session from then on."""

import ast
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from al_codemod.semantics.arguments import bind_arguments
from al_codemod.semantics.scopes import FUNCTIONS, Scope
from al_codemod.semantics.values import Location, Origin
from al_codemod.surface.kinds import Kind

if TYPE_CHECKING:
    from al_codemod.semantics.infer import Env, Inference


class Injection:
    """Follows repos into the objects that are made with them.

    V1 has one session for all that hold a repo. Where an object keeps a repo and has a name, the session becomes an
    attribute of that object; code that goes on with the repo itself then finds the session there (`holders`).
    """

    def __init__(self, inference: "Inference", parents: Mapping[ast.AST, ast.AST]) -> None:
        self.inference = inference
        self.parents = parents
        self.holders: dict[ast.AST, dict[Scope, str]] = {}

    def take_over(self, call: ast.Call, scope: Scope, env: "Env") -> None:
        """Let the object that a call makes have the repos that it is given and keeps."""
        name = self._name_of(call, scope)
        classes = [v.node for v in self.inference.of(call.func) if v.kind is Kind.CLASS and v.node is not None]
        if name is None or len(classes) != 1:
            return
        moved: dict[Origin, Origin] = {}
        for made in self.inference.classes.inherited(classes[0], "__init__"):
            function = made.node
            if not isinstance(function, FUNCTIONS):
                continue
            inner = self.inference.scopes[function]
            skipped = self.inference.calling.skipped(function, call)
            bound = list(bind_arguments(function, inner, call, skipped))
            for outer, kept in self.inference.calling.handed_over(function, bound).items():
                keeps = isinstance(kept.node, ast.arg) and kept_in(function, kept.node.arg) is not None
                if keeps and kept.node not in self.inference.shared_repos:
                    moved[outer] = kept
                    self.holders.setdefault(kept.node, {})[scope.function] = name
        for location, values in env.items() if moved else ():
            env[location] = frozenset(v.moved(moved) for v in values)

    def _name_of(self, call: ast.Call, scope: Scope) -> str | None:
        """The variable that a new object is kept in, where it is kept in no other and is the only one there."""
        match self.parents.get(call):
            case ast.Assign(targets=[ast.Name(id=name)]):
                pass
            case ast.withitem(optional_vars=ast.Name(id=name)):
                pass
            case _:
                return None
        owner = scope.owner(name)
        return name if owner is scope and owner.bindings.get(name) == 1 else None


def kept_in(function: ast.AST, name: str) -> ast.Attribute | None:
    """The attribute of its object that a method keeps a parameter or variable in."""
    for target, value in (pair for statement in ast.walk(function) for pair in _assigned(statement)):
        if name in given_names(value) and _is_of_object(target, function):
            assert isinstance(target, ast.Attribute)
            return target
    return None


def given_names(value: ast.expr) -> Iterator[str]:
    """The names whose values an expression may be, such as `repo` in `repo or open_repo()`."""
    match value:
        case ast.Name(id=name):
            yield name
        case ast.BoolOp(values=values):
            for inner in values:
                yield from given_names(inner)
        case ast.IfExp(body=body, orelse=orelse):
            yield from given_names(body)
            yield from given_names(orelse)


def _assigned(statement: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    """The targets of an assignment, each with what goes there."""
    match statement:
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
            yield from zip(targets, values, strict=False)
        case ast.Assign(targets=targets, value=value):
            yield from ((target, value) for target in targets)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield target, value


def _is_of_object(target: ast.expr, function: ast.AST) -> bool:
    """Whether a target is an attribute of the object that a method is called on."""
    args = function.args.args if isinstance(function, FUNCTIONS) else []
    return (
        isinstance(target, ast.Attribute)
        and isinstance(target.value, ast.Name)
        and bool(args)
        and target.value.id == args[0].arg
    )


def stored_at(inference: "Inference", scope: Scope, name: str) -> Location | None:
    """Where the object of a method keeps a parameter or variable."""
    target = kept_in(scope.node, name)
    return inference.location(target, scope) if target is not None else None
