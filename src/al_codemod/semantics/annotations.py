"""Evidence for what a parameter is: its annotation, or the members that are used on it."""

import ast
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.assumptions import may_be_left_out
from al_codemod.semantics.scopes import Scope
from al_codemod.semantics.values import NOTHING, Location
from al_codemod.surface.kinds import Kind
from al_codemod.surface.members import NEW_MEMBERS, V1_ONLY
from al_codemod.surface.names import ANNOTATIONS, CANONICAL

if TYPE_CHECKING:
    from al_codemod.semantics.infer import Inference

SHARED: Final = frozenset("commit checkout store tag branches tags status tree".split())
"""Members of a V1 repo that others have as well."""
TELLING: Final = V1_ONLY | SHARED | {"_repo", "_arepo"}


class Annotations:
    """Tells the kind of a value from what is written about it."""

    def __init__(self, inference: "Inference", modules: Iterable[ast.AST]) -> None:
        self.inference = inference
        modules = list(modules)
        self.uses_arraylake = any(_imports_arraylake(tree) for tree in modules)
        self.telling: dict[str, set[str]] = {}
        for node in (n for tree in modules for n in ast.walk(tree)) if self.uses_arraylake else ():
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr in TELLING:
                self.telling.setdefault(node.value.id, set()).add(node.attr)

    def annotation(self, node: ast.expr | None, scope: Scope | None) -> Kind | None:
        """The kind that an annotation names: `Repo`, `"Repo"`, `Optional[Repo]`, `Repo | None`, `Annotated[Repo, ...]`."""
        if node is None or scope is None:
            return None
        match node:
            case ast.Constant(value=str() as text):
                try:
                    return self.annotation(ast.parse(text, mode="eval").body, scope)
                except SyntaxError:
                    return None
            case ast.Name() | ast.Attribute():
                return ANNOTATIONS.get(self.dotted(node, scope))
            case ast.Subscript():
                inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
                found = {self.annotation(i, scope) for i in inner} - {None}
                wrapper = self.dotted(node.value, scope).rpartition(".")[2]
                return (
                    found.pop()
                    if len(found) == 1 and wrapper in {"Optional", "Union", "Annotated", "Awaitable"}
                    else None
                )
            case ast.BinOp(op=ast.BitOr()):
                found = {self.annotation(side, scope) for side in (node.left, node.right)} - {None}
                return found.pop() if len(found) == 1 else None
        return None

    def dotted(self, node: ast.expr, scope: Scope) -> str:
        """The canonical dotted name that `node` stands for, through the imports; what is written, where it is none."""
        match node:
            case ast.Name():
                owner = scope.owner(node.id)
                names = (
                    self.inference.outer.get(Location(owner, node.id), NOTHING)
                    if owner is not None
                    else self.inference.starred(node.id, scope.module)
                )
                return next((v.name for v in names if v.kind is Kind.NAME), node.id)
            case ast.Attribute():
                name = f"{self.dotted(node.value, scope)}.{node.attr}"
                return CANONICAL.get(name, name)
        return ""

    def evidence(self, scope: Scope, parameter: ast.arg) -> Kind | None:
        """What the members used on an un-annotated parameter make it, in a module that has to do with arraylake.

        One that may be left out is what the function opens in its place.
        """
        if parameter.annotation is not None:
            return None
        if may_be_left_out(parameter, scope.node):
            opened = self.inference.outer.get(Location(scope, parameter.arg), NOTHING)
            kinds = {v.kind for v in opened if v.is_repo and v.origin is not None and v.origin.node is not parameter}
            if kinds:
                return kinds.pop()
        if parameter.arg not in self.telling:
            return None
        members = self.members_of(scope, parameter.arg)
        if members & {"_repo", "_arepo"} and not members & {"root_group", "new_branch"}:
            return None if "_session" in members or self._is_migrated(scope, parameter.arg) else Kind.STORE
        certain = members & V1_ONLY - {"to_xarray"}
        if certain or ("to_xarray" in members and (members & SHARED or "repo" in parameter.arg)):
            return Kind.REPO
        if "repo" in parameter.arg and "store" in members and members & {"commit", "checkout"}:
            return Kind.REPO
        return None

    def _is_migrated(self, scope: Scope, name: str) -> bool:
        """Whether the repo that an object keeps is asked for something that only Icechunk's has."""
        asked = (n.value for n in ast.walk(scope.node) if isinstance(n, ast.Attribute) and n.attr in NEW_MEMBERS)
        kept = (n.value for n in asked if isinstance(n, ast.Attribute) and n.attr in {"_repo", "_arepo"})
        return any(isinstance(owner, ast.Name) and owner.id == name for owner in kept)

    def members_of(self, scope: Scope, name: str) -> set[str]:
        return {
            node.attr
            for node in ast.walk(scope.node)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name
        }


def _imports_arraylake(module: ast.AST) -> bool:
    for node in ast.walk(module):
        match node:
            case ast.Import() if any(a.name.split(".")[0] == "arraylake" for a in node.names):
                return True
            case ast.ImportFrom(module=str() as name) if name.split(".")[0] == "arraylake":
                return True
    return False
