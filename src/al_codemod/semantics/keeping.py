"""Repos that one object keeps and another one gets from it: their session cannot be an attribute of both."""

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.contracts import BESIDE, Contracts
from al_codemod.semantics.flow import Op
from al_codemod.semantics.injection import stored_at
from al_codemod.semantics.owners import is_migrated
from al_codemod.semantics.values import Location, Value
from al_codemod.surface.kinds import Kind
from al_codemod.surface.names import COPIES

COPIED: Final = "a copy of the object shares its repo, and would have a session of its own"

if TYPE_CHECKING:
    from al_codemod.semantics.program import Program


def check(program: "Program") -> None:
    """Block the repos of which the session is an attribute beside them, and that another object of the class keeps too."""
    for node, where, value in (*_passed(program), *_assigned(program)):
        place = program.place_of(value)
        if place is not None and place.home == where:
            place.block(node, BESIDE)
    for node, owner in _copied(program):
        lineage = program.inference.classes.lineage(owner)
        family = {program.inference.scopes[c] for c in lineage} if not any(map(is_migrated, lineage)) else set()
        for place in program.places.all:
            if place.home is not None and place.home.is_attribute and place.home.scope in family:
                place.block(node, COPIED)


def _copied(program: "Program") -> Iterator[tuple[ast.Call, ast.AST]]:
    """The calls that copy an object, each with the class of it."""
    for call in (n for n in program.parents if isinstance(n, ast.Call)):
        subject = call.args[0] if call.args else None
        if isinstance(call.func, ast.Attribute) and call.func.attr == "_replace":
            subject = call.func.value
        elif not any(v.name in COPIES for v in program.of(call.func) if v.kind is Kind.NAME):
            continue
        yield from ((call, v.node) for v in program.of(subject) if v.kind is Kind.SELF and v.node is not None)


def _passed(program: "Program") -> Iterator[tuple[ast.AST, Location, Value]]:
    """What calls pass that objects then keep: where the call is, where it is kept, and what."""
    inference = program.inference
    for _, call, function, parameter, value in Contracts(program).passing:
        where = stored_at(inference, inference.scopes[function], parameter.arg)
        yield from ((call, where, v) for v in inference.of(value) if where is not None and v.is_repo)
    for call in (n for n in program.parents if isinstance(n, ast.Call)):
        for made in inference.of(call.func):
            for field, value in (
                inference.fields.passed(made.node, call) if made.kind is Kind.CLASS and made.node else ()
            ):
                assert isinstance(field.target, ast.Name)
                assert made.node is not None
                where = Location(inference.scopes[inference.fields.owner(field, made.node)], f".{field.target.id}")
                yield from ((call, where, v) for v in inference.of(value) if v.is_repo)


def _assigned(program: "Program") -> Iterator[tuple[ast.AST, Location, Value]]:
    """What is assigned to attributes, apart from what the same function was given, opened, or had of the same object."""
    for graph in program.graphs:
        for step in (s for block in graph.blocks for s in block.steps if s.op is Op.BIND):
            if not isinstance(step.node, ast.Attribute) or step.source is None:
                continue
            where = program.inference.location(step.node, step.scope)
            if where is None or not where.is_attribute or _is_of_same_object(step.node, step.source):
                continue
            for value in program.of(step.source):
                if value.is_repo and value.origin is not None:
                    begun = program.scope(value.origin.node).function
                    if begun is not step.scope.function and value.origin.node not in _parameters(
                        step.scope.function.node
                    ):
                        yield step.node, where, value


def _parameters(function: ast.AST) -> list[ast.AST]:
    return [n for n in ast.walk(function) if isinstance(n, ast.arg)]


def _is_of_same_object(target: ast.Attribute, source: ast.expr) -> bool:
    """Whether a source asks the object of a target: for an attribute, or by calling a method."""
    owner = ast.unparse(target.value)
    asked = [n.value for n in ast.walk(source) if isinstance(n, ast.Attribute)]
    return any(ast.unparse(a) == owner for a in asked)
