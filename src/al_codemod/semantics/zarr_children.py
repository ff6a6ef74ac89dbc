"""What the children of plain zarr groups are: what a program makes by a name, it finds by that name."""

import ast
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from al_codemod.semantics.arguments import argument
from al_codemod.semantics.values import NOTHING, Value, Values
from al_codemod.surface.kinds import Kind
from al_codemod.surface.zarr.values import METHODS

if TYPE_CHECKING:
    from al_codemod.semantics.infer import Inference


class Children:
    """The names that a program makes nodes by, wherever that is, and what it makes."""

    def __init__(self, inference: "Inference", nodes: Iterable[ast.AST]) -> None:
        self.inference = inference
        self._nodes = nodes

    @cached_property
    def _calls(self) -> dict[str, list[tuple[Kind, ast.Call | None]]]:
        found: dict[str, list[tuple[Kind, ast.Call | None]]] = {}
        for node in self._nodes:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
                path = text_of(argument(node, 0, "name"))
                *above, last = path.strip("/").split("/") if path else [""]
                if last:
                    found.setdefault(last, []).append((METHODS[node.func.attr], node))
                for name in above:
                    found.setdefault(name, []).append((Kind.ZARR_GROUP, None))
        return found

    @cached_property
    def _stored(self) -> dict[str, list[ast.expr]]:
        """What is put into something by a name: an array, where that something is a group."""
        found: dict[str, list[ast.expr]] = {}
        for node in self._nodes:
            for target in node.targets if isinstance(node, ast.Assign) else ():
                if isinstance(target, ast.Subscript) and (path := text_of(target.slice)):
                    found.setdefault(path.strip("/").rpartition("/")[2], []).append(target.value)
        return found

    def of(self, path: str, told: str) -> Values:
        """What is found by a path; nothing where no child of that name is made, or children of several kinds."""
        name = path.strip("/").rpartition("/")[2]
        made = self._calls.get(name, [])
        kinds = {kind for kind, _ in made}
        if any(self._is_group(owner) for owner in self._stored.get(name, ())):
            kinds.add(Kind.ZARR_ARRAY)
        if len(kinds) != 1:
            return NOTHING
        (kind,) = kinds
        return frozenset(Value(kind, told, node=call) for _, call in made) or frozenset({Value(kind, told)})

    def _is_group(self, owner: ast.expr) -> bool:
        return any(v.kind is Kind.ZARR_GROUP for v in self.inference.of(owner))


def text_of(node: ast.expr | None) -> str:
    """A literal text."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
