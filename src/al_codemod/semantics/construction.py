"""Objects that are being made: whether an attribute is there yet."""

import ast
from collections.abc import Iterator
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.reaching import reaches
from al_codemod.semantics.scopes import FUNCTIONS
from al_codemod.semantics.values import Location

if TYPE_CHECKING:
    from al_codemod.semantics.program import Program

CONSTRUCTORS: Final = frozenset({"__init__", "__post_init__"})


class Presence(Enum):
    """What is known of an attribute at some node."""

    THERE = auto()
    MISSING = auto()
    UNCERTAIN = auto()


def presence(program: "Program", location: Location, node: ast.AST) -> Presence:
    """Whether an attribute has been assigned when a node is evaluated, as far as the constructor of its object tells.

    What a constructor does not assign is taken to be there: the object was not used before.
    """
    stores = [
        n
        for n in program.attributes(location.name[1:])
        if isinstance(n.ctx, ast.Store) and program.inference.location(n, program.scope(n)) == location
    ]
    function = program.scope(node).function.node
    inside = [s for s in stores if program.scope(s).function.node is function]
    if any(reaches(program, store, node) for store in inside):
        return Presence.THERE
    if _is_constructor(function):
        return Presence.THERE if _is_made_before(program, stores, node) else Presence.MISSING
    made = {program.scope(s).function.node for s in stores}
    early = [
        call
        for call in _calls_from_constructors(program, function)
        if not _is_made_before(program, stores, call) and any(k in made for k in _around(program, call))
    ]
    if not early:
        return Presence.THERE
    callers = _leading_to(program, function)
    calls = [c for f in callers for c in program.inference.calling.calls.get(f, ())]
    others = [c for c in calls if c not in early and program.scope(c).function.node not in callers]
    return Presence.UNCERTAIN if others or callers & program.escaping_functions else Presence.MISSING


def _is_constructor(function: ast.AST) -> bool:
    return isinstance(function, FUNCTIONS) and getattr(function, "name", "") in CONSTRUCTORS


def _is_made_before(program: "Program", stores: list[ast.Attribute], node: ast.AST) -> bool:
    """Whether an attribute may be assigned before a node of a constructor, there or in what that calls."""
    constructor = program.scope(node).function.node
    for store in stores:
        function = program.scope(store).function.node
        makers: list[ast.AST] = [store] if function is constructor else list(_calls(program, function, constructor))
        if any(maker is not node and reaches(program, maker, node) for maker in makers):
            return True
    return False


def _calls_from_constructors(program: "Program", function: ast.AST) -> Iterator[ast.Call]:
    """The calls in constructors that lead to a function."""
    for called in _leading_to(program, function):
        for call in program.inference.calling.calls.get(called, ()):
            if _is_constructor(program.scope(call).function.node):
                yield call


def _calls(program: "Program", function: ast.AST, constructor: ast.AST) -> Iterator[ast.Call]:
    """The calls in one constructor that lead to a function."""
    calls = _calls_from_constructors(program, function)
    return (call for call in calls if program.scope(call).function.node is constructor)


def _leading_to(program: "Program", function: ast.AST) -> set[ast.AST]:
    """The functions that may run a function, itself included, up to the constructors where objects begin."""
    found = {function}
    work = [function]
    while work:
        for call in program.inference.calling.calls.get(work.pop(), ()):
            caller = program.scope(call).function.node
            if caller not in found and isinstance(caller, FUNCTIONS) and not _is_constructor(caller):
                found.add(caller)
                work.append(caller)
    return found


def _around(program: "Program", node: ast.AST) -> Iterator[ast.AST]:
    """The function that a node is in, and those that it calls there later."""
    function = program.scope(node).function.node
    yield function
    for called, calls in program.inference.calling.calls.items():
        if any(program.scope(c).function.node is function and reaches(program, node, c) for c in calls):
            yield called
