"""Lexical scopes: which scope owns a name, by Python's own rules.

One walk over the tree. The stdlib's `symtable` gives the same facts but cannot be tied back to the nodes of two scopes
that start on one line, which lambdas and comprehensions do.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(eq=False, slots=True)
class Scope:
    """A module, class, function, lambda or comprehension and the names that it binds.

    `bindings` counts how often each name is bound, so that a name bound once is known never to change.
    """

    node: ast.AST
    parent: "Scope | None"
    bindings: dict[str, int] = field(default_factory=dict)
    declared_global: set[str] = field(default_factory=set)
    declared_nonlocal: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    children: list["Scope"] = field(default_factory=list)
    invented: dict[ast.AST, str] = field(default_factory=dict)
    """Variables for what has none, by the node that makes it."""

    @property
    def is_class(self) -> bool:
        return isinstance(self.node, ast.ClassDef)

    @property
    def is_module(self) -> bool:
        return isinstance(self.node, ast.Module)

    @property
    def is_function(self) -> bool:
        return isinstance(self.node, FUNCTIONS)

    @property
    def is_comprehension(self) -> bool:
        return isinstance(self.node, COMPREHENSIONS)

    def bind(self, name: str) -> None:
        self.bindings[name] = self.bindings.get(name, 0) + 1

    def owner(self, name: str) -> "Scope | None":
        """The scope that holds `name` when it is read here; `None` for builtins and names that nobody binds."""
        if name in self.bindings and name not in self.declared_global and name not in self.declared_nonlocal:
            return self
        scope = self.module if name in self.declared_global else self.parent
        while scope is not None:
            visible = not scope.is_class and name not in scope.declared_global and name not in scope.declared_nonlocal
            if visible and name in scope.bindings:
                return scope
            scope = scope.parent
        return None

    def store_owner(self, name: str) -> "Scope":
        """The scope in which `name` is bound when it is assigned here (a walrus leaves its comprehension)."""
        return self.owner(name) or self

    @property
    def module(self) -> "Scope":
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope

    @property
    def function(self) -> "Scope":
        """The nearest scope with control flow of its own: this one, or the one that a comprehension or class sits in."""
        scope = self
        while scope.parent is not None and not scope.is_function:
            scope = scope.parent
        return scope

    def enclosing_class(self) -> "Scope | None":
        """The class whose method this scope is in, if any."""
        scope: Scope | None = self
        while scope is not None and not scope.is_class:
            scope = scope.parent
        return scope

    def walk(self) -> Iterator["Scope"]:
        yield self
        for child in self.children:
            yield from child.walk()

    def names(self) -> set[str]:
        """Every name bound or used here or in any scope inside."""
        return {name for scope in self.walk() for name in (*scope.bindings, *scope.used)}

    def free_name(self, wanted: Iterable[str]) -> str:
        """The first of `wanted` that nothing here, inside, or on the way out uses; numbered if all are taken."""
        taken = self.module.names() if self.is_module else self.names() | self.module.names()
        candidates = list(wanted)
        for name in candidates:
            if name not in taken:
                return name
        return next(n for i in range(2, 1000) if (n := f"{candidates[0]}_{i}") not in taken)

    def invent(self, node: ast.AST, wanted: Iterable[str]) -> str:
        """A variable for what a node makes; always the same one."""
        if node not in self.invented:
            self.invented[node] = self.free_name(wanted)
            self.bind(self.invented[node])
        return self.invented[node]


class _Builder:
    def __init__(self, module: ast.Module) -> None:
        self.scope_of: dict[ast.AST, Scope] = {}
        self.root = self.open(module, None)
        self.body(module.body, self.root)

    def open(self, node: ast.AST, parent: Scope | None) -> Scope:
        scope = Scope(node, parent)
        if parent is not None:
            parent.children.append(scope)
        self.scope_of[node] = scope
        return scope

    def body(self, nodes: Iterable[ast.AST], scope: Scope) -> None:
        for node in nodes:
            self.visit(node, scope)

    def visit(self, node: ast.AST, scope: Scope) -> None:
        match node:
            case ast.Name():
                if isinstance(node.ctx, ast.Load):
                    scope.used.add(node.id)
                else:
                    scope.bind(node.id)
                    if node.id in scope.declared_global:
                        scope.module.bind(node.id)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                self.function(node, scope)
            case ast.ClassDef():
                scope.bind(node.name)
                self.body([*node.decorator_list, *node.bases, *node.keywords], scope)
                self.body(node.body, self.open(node, scope))
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                self.comprehension(node, scope)
            case ast.NamedExpr():
                self.visit(node.value, scope)
                target = scope
                while target.is_comprehension and target.parent is not None:
                    target = target.parent
                target.bind(node.target.id)
            case ast.Import() | ast.ImportFrom():
                for alias in node.names:
                    scope.bind(alias.asname or alias.name.partition(".")[0])
            case ast.Global():
                scope.declared_global.update(node.names)
            case ast.Nonlocal():
                scope.declared_nonlocal.update(node.names)
            case ast.ExceptHandler() | ast.MatchAs() | ast.MatchStar():
                if node.name:
                    scope.bind(node.name)
                self.body(ast.iter_child_nodes(node), scope)
            case ast.MatchMapping():
                if node.rest:
                    scope.bind(node.rest)
                self.body(ast.iter_child_nodes(node), scope)
            case ast.Constant():
                pass
            case _:
                self.body(ast.iter_child_nodes(node), scope)

    def function(self, node: FunctionNode, scope: Scope) -> None:
        args = node.args
        self.body([*args.defaults, *(d for d in args.kw_defaults if d is not None)], scope)
        inner = self.open(node, scope)
        parameters = [*args.posonlyargs, *args.args, *args.kwonlyargs, *filter(None, (args.vararg, args.kwarg))]
        for parameter in parameters:
            inner.bind(parameter.arg)
            if parameter.annotation is not None:
                self.visit(parameter.annotation, scope)
        if isinstance(node, ast.Lambda):
            self.visit(node.body, inner)
            return
        scope.bind(node.name)
        self.body([*node.decorator_list, *filter(None, (node.returns,))], scope)
        self.body(node.body, inner)

    def comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp, scope: Scope) -> None:
        inner = self.open(node, scope)
        for i, generator in enumerate(node.generators):
            self.visit(generator.iter, inner if i else scope)
            self.body([generator.target, *generator.ifs], inner)
        self.body([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt], inner)


def build_scopes(module: ast.Module) -> dict[ast.AST, Scope]:
    """The scope of every node that opens one; the module's own is under `module`."""
    return _Builder(module).scope_of
