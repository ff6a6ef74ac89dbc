"""The object that the commands of click share: `ctx.obj`, and what `pass_obj` gives a command."""

import ast
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.scopes import Scope
from al_codemod.semantics.values import NOTHING, Location, Value, Values
from al_codemod.surface.kinds import Kind

if TYPE_CHECKING:
    from al_codemod.semantics.infer import Inference

PASSING: Final = frozenset({"click.pass_obj", "click.decorators.pass_obj"})
MAKING: Final = frozenset({"click.make_pass_decorator", "click.decorators.make_pass_decorator"})
OBJECT: Final = "obj"


class ClickObjects:
    """What is set as the object of click's contexts, wherever that is done: it is taken to be one for all commands."""

    def __init__(self, inference: "Inference") -> None:
        self.inference = inference
        module = next(iter(inference.scopes.values())).module if inference.scopes else None
        self.is_used = inference.holders is not None and any(_imports_click(m) for m in inference.imports.by_tree)
        self.kept = Location(module, f".{OBJECT} of click") if module is not None else None

    def location(self, node: ast.Attribute) -> Location | None:
        """Where the object of a context is kept, where an attribute that nothing is known of may be that."""
        return self.kept if self.is_used and node.attr == OBJECT else None

    def of(self, node: ast.Attribute) -> Values:
        """What the object of a context may be."""
        location = self.location(node)
        return self.inference.outer.get(location, NOTHING) if location is not None else NOTHING

    def called(self, call: ast.Call) -> None:
        """Note the object that a command is called with, or that a context makes."""
        if not self.is_used or self.kept is None:
            return
        for keyword in call.keywords:
            if keyword.arg == OBJECT:
                self.inference.remember(self.kept, self.inference.of(keyword.value))
        match call:
            case ast.Call(func=ast.Attribute(attr="ensure_object"), args=[made]):
                self.inference.remember(self.kept, self._made(made))

    def given(self, scope: Scope, first: bool) -> Values:
        """What a decorator gives the first parameter of a command."""
        function = scope.node
        if not self.is_used or self.kept is None or not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            return NOTHING
        found = NOTHING
        for decorator in function.decorator_list if first else ():
            if any(v.name in PASSING for v in self.inference.of(decorator)):
                found |= self.inference.outer.get(self.kept, NOTHING)
            for value in self.inference.of(decorator):
                if value.name in MAKING and isinstance(value.node, ast.Call) and value.node.args:
                    found |= self._made(value.node.args[0])
        return found

    def _made(self, made: ast.expr) -> Values:
        classes = (v for v in self.inference.of(made) if v.kind is Kind.CLASS)
        return frozenset(Value(Kind.SELF, node=v.node) for v in classes)


def _imports_click(tree: ast.AST) -> bool:
    statements = (n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom))
    return any(
        (isinstance(n, ast.Import) and any(a.name == "click" for a in n.names))
        or (isinstance(n, ast.ImportFrom) and n.module == "click")
        for n in statements
    )
