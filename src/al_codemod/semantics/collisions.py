"""What several workers change together: each has a fork of its own, of which the last one that is merged would win."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.arguments import argument
from al_codemod.semantics.events import Event, store_argument
from al_codemod.semantics.fanouts import FanOut
from al_codemod.semantics.scopes import COMPREHENSIONS, Scope
from al_codemod.semantics.values import Value
from al_codemod.surface.fanouts import Gives
from al_codemod.surface.kinds import NODES, Kind
from al_codemod.surface.names import STORE_FUNCTIONS

if TYPE_CHECKING:
    from al_codemod.semantics.program import Program

CREATING: Final = frozenset(
    "create_group require_group create_dataset require_dataset require_array create_array array create empty zeros ones full "
    "empty_like zeros_like ones_like full_like".split()
)
"""Methods of a group that make what is in it, whose name they are given."""
WHOLE: Final = frozenset({"resize", "append", "update_attributes"})
"""Methods that change a group or array as a whole."""
IN_TURN: Final = (
    "several workers change `{0}`, each in a fork of its own, and one would win; do that before or after them"
)


class Collisions:
    """Looks for what each of the workers of a fan-out changes in the same place."""

    def __init__(
        self, program: "Program", fanout: FanOut, function: Scope, bound: Iterable[tuple[str, ast.expr]]
    ) -> None:
        self.program = program
        self.fanout = fanout
        self.function = function
        self.bound: Mapping[str, ast.expr] = dict(bound)

    def found(self, writes: Iterable[Event]) -> str | None:
        """Why the forks of the workers do not go together, if they do not."""
        if not self.is_repeated():
            return None
        for event in writes:
            path = self.changed(event)
            if path is not None and all(self.is_same(part) for part in path):
                return IN_TURN.format(_short(ast.unparse(event.node)))
        return None

    def is_repeated(self) -> bool:
        """Whether the function runs more than once before the results come in."""
        node = self.fanout.node
        if self.fanout.gives is not Gives.TASK or self.program.is_looped(node):
            return True
        return any(isinstance(a, COMPREHENSIONS) for a in self.program.ancestors(node))

    # -- what a write changes

    def changed(self, event: Event) -> list[ast.expr] | None:
        """The path of what a write changes as a whole, in its parts; `None` where that is not known, or parts of it change."""
        node, value = event.node, event.value
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            return self.called(node, node.func, value)
        if value is not None and value.kind is Kind.ATTRS:
            return self.path(value)
        return None

    def called(self, node: ast.Call, function: ast.Attribute, value: Value | None) -> list[ast.expr] | None:
        base = value.base if value is not None and value.kind is Kind.MEMBER else None
        if base is not None and (base.kind is Kind.ATTRS or function.attr in WHOLE):
            return self.path(base)
        if base is not None and base.kind in NODES and function.attr in CREATING:
            name = argument(node, 0, "name")
            above = self.path(base)
            return [*above, name] if above is not None and name is not None else None
        if function.attr == "to_zarr" and store_argument(node) is not None:
            in_part = any(k.arg in ("region", None) for k in node.keywords)
            return None if in_part else [k.value for k in node.keywords if k.arg == "group"]
        return None

    def path(self, value: Value) -> list[ast.expr] | None:
        """The parts of the path of a group, array or store."""
        node, base = value.node, value.base
        if base is None:
            return [] if value.kind is Kind.STORE else self.parameter(value)
        match node:
            case ast.Attribute(attr="attrs") | ast.Attribute(attr="store"):
                return self.path(base) if base.kind in NODES else []
            case ast.Attribute(attr="root_group"):
                return []
            case ast.Attribute():
                return self.path(base)
            case ast.Subscript(slice=part):
                above = self.path(base)
                return [*above, part] if above is not None else None
            case ast.Call(func=ast.Attribute()) if base.kind in NODES:
                above, name = self.path(base), argument(node, 0, "name")
                return [*above, name] if above is not None and name is not None else None
            case ast.Call() if any(v.name in STORE_FUNCTIONS for v in self.program.of(node.func)):
                named = argument(node, 99, "path") or argument(node, 99, "component")
                return [named] if named is not None else []
        return None

    def parameter(self, value: Value) -> list[ast.expr] | None:
        """A group or array that the function is given."""
        given = [e for e in self.bound.values() if value in self.program.of(e)]
        return given if len(given) == 1 else None

    # -- what is the same for all

    def is_same(self, node: ast.expr) -> bool:
        """Whether an expression is sure to be the same in every worker."""
        names = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
        if any(isinstance(n, ast.Call) for n in ast.walk(node)):
            return False
        return all(self.is_same_name(n) for n in names)

    def is_same_name(self, name: ast.Name) -> bool:
        scope = self.program.scope(name)
        owner = scope.owner(name.id)
        if owner is self.function:
            given = self.bound.get(name.id)
            return given is not None and self.is_given_to_all(given)
        return owner is not None and owner.is_module and owner.bindings.get(name.id) == 1

    def is_given_to_all(self, given: ast.expr) -> bool:
        """Whether an argument, as it stands where the work is started, is the same in each call."""
        for node in ast.walk(given):
            if isinstance(node, ast.Call) or (isinstance(node, ast.Constant) and node.value is Ellipsis):
                return False
            if isinstance(node, ast.Name) and self.is_bound_around(node):
                return False
        return True

    def is_bound_around(self, name: ast.Name) -> bool:
        """Whether a variable is another thing in each round of a loop or comprehension."""
        targets = (
            t
            for around in (*self.program.ancestors(name), *self.program.ancestors(self.fanout.node))
            for t in _targets(around)
        )
        return any(isinstance(n, ast.Name) and n.id == name.id for t in targets for n in ast.walk(t))


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def _targets(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.For | ast.AsyncFor):
        yield node.target
        yield from node.body
    if isinstance(node, ast.While):
        yield from node.body
    if isinstance(node, COMPREHENSIONS):
        yield from (g.target for g in node.generators)
