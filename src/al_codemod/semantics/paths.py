"""Paths of groups and arrays, written once more where they are opened again."""

import ast
import re
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.scopes import Scope
from al_codemod.semantics.steady import gives_the_same

if TYPE_CHECKING:
    from al_codemod.semantics.program import Program

PLAIN: Final = re.compile(r"""[fF](["'])([^"'\\]*)\1""")
"""An f-string whose text can be put into another one as it is."""


class Paths:
    """Answers what the expressions that a path was given by mean elsewhere, and writes them there."""

    def __init__(self, program: "Program") -> None:
        self.program = program

    def argument(self, path: list[ast.expr]) -> tuple[str, dict[str, ast.expr]]:
        """The `path=` argument for a path that was given in parts."""
        if not path:
            return "", {}
        if all(isinstance(p, ast.Constant) for p in path):
            joined = "/".join(str(p.value).strip("/") for p in path if isinstance(p, ast.Constant))
            return f', path="{joined}"', {}
        if len(path) == 1:
            return ", path={path}", {"path": path[0]}
        return ', path=f"' + "/".join(self._part(p) for p in path) + '"', {}

    def _part(self, node: ast.expr) -> str:
        """A part of a path as it stands in an f-string."""
        if isinstance(node, ast.Constant):
            return str(node.value).strip("/")
        segment = self.program.segment(node)
        inner = PLAIN.fullmatch(segment) if isinstance(node, ast.JoinedStr) else None
        text = inner.group(2).strip("/") if inner is not None else f"{{{segment}}}"
        return text.replace("{", "{{").replace("}", "}}")

    def is_repeatable(self, node: ast.expr, at: ast.AST) -> bool:
        """Whether an expression means at a later node what it meant where it stands."""
        match node:
            case ast.JoinedStr():
                return all(self.is_repeatable(v, at) for v in node.values)
            case ast.FormattedValue(format_spec=None):
                return self.is_repeatable(node.value, at)
            case ast.Attribute(value=ast.Name() as owner):
                steady = self.program.carried is not None and gives_the_same(self.program, node)
                return self.is_fixed_attribute(node, at) or (steady and self.is_repeatable(owner, at))
            case ast.Name():
                scope = self.program.scope(node).owner(node.id)
                if scope is None or scope is not self.program.scope(at).owner(node.id):
                    return False
                return scope.bindings.get(node.id) == 1 or self.is_fixed_by_loop(node, at)
        return isinstance(node, ast.Constant)

    def is_fixed_attribute(self, node: ast.Attribute, at: ast.AST) -> bool:
        """Whether an attribute of an object is only set by its constructor, and the same method or another one asks for it."""
        owner, other = (self._method_of(n) for n in (node, at))
        if owner is None or other is None or not isinstance(node.value, ast.Name):
            return False
        related = {self.program.scopes[n] for n in self.program.inference.classes.family(owner[0].node)}
        if other[0] not in related or owner[1] != node.value.id or other[1] != owner[1]:
            return False
        if self.program.inference.classes.methods(owner[0].node, node.attr):
            return False
        stores = [n for n in self.program.attributes(node.attr) if not isinstance(n.ctx, ast.Load)]
        if not stores:
            return any(scope.bindings.get(node.attr) == 1 for scope in related)
        makers = [getattr(self.program.scope(n).function.node, "name", "") for n in stores]
        return makers == ["__init__"] and not any(scope.bindings.get(node.attr) for scope in related)

    def _method_of(self, node: ast.AST) -> tuple[Scope, str] | None:
        """The class of the method that a node is in, and how the method calls its object."""
        function = self.program.scope(node).function
        owner = function.parent
        if owner is None or not owner.is_class or not isinstance(function.node, ast.FunctionDef | ast.AsyncFunctionDef):
            return None
        args = function.node.args.args
        return (owner, args[0].arg) if args else None

    def is_fixed_by_loop(self, name: ast.Name, at: ast.AST) -> bool:
        """Whether both are in the body of the loop that binds the name, and nothing else in there does."""
        for loop in self.program.ancestors(name):
            if isinstance(loop, ast.For | ast.AsyncFor):
                bound = [n for n in ast.walk(loop) if isinstance(n, ast.Name) and n.id == name.id]
                stores = [n for n in bound if isinstance(n.ctx, ast.Store)]
                if stores:
                    in_target = stores[0] in list(ast.walk(loop.target))
                    return len(stores) == 1 and in_target and loop in list(self.program.ancestors(at))
        return False
