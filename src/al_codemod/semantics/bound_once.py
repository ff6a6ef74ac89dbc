"""Variables that are bound once and read once, so that what they hold can be looked at where they are read."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from al_codemod.semantics.scopes import COMPREHENSIONS, FUNCTIONS, Scope


@dataclass(slots=True)
class Uses:
    """What is done with one variable; asking for its length is nothing."""

    bound: list[ast.expr | None] = field(default_factory=list)
    appended: list[ast.expr] = field(default_factory=list)
    read: int = 0

    @property
    def value(self) -> ast.expr | None:
        """The one expression that the variable was bound to, if it is read only once and not changed."""
        return self.bound[0] if len(self.bound) == 1 and self.read == 1 and not self.appended else None

    @property
    def element(self) -> ast.expr | None:
        """The one expression that makes every element of a list, which is empty at first and then filled."""
        match self.bound, self.appended:
            case [ast.List(elts=[])] | [ast.Call(func=ast.Name(id="list"), args=[], keywords=[])], [element]:
                return element if self.read == 1 else None
        return None


class BoundOnce:
    """The uses of every variable of a program."""

    def __init__(self, scopes: Mapping[ast.AST, Scope], modules: Iterable[Scope]) -> None:
        self.scopes = scopes
        self.owners: dict[ast.Name, Scope] = {}
        self.uses: dict[tuple[Scope, str], Uses] = {}
        for module in modules:
            for name, scope in self._names(module.node, module):
                owner = scope.owner(name.id)
                if owner is not None:
                    self.owners[name] = owner
            self._count(module.node)

    def of(self, node: ast.Name) -> Uses:
        """What is done with the variable that a name is."""
        owner = self.owners.get(node)
        return self.uses[owner, node.id] if owner is not None else Uses()

    def _names(self, node: ast.AST, scope: Scope) -> Iterator[tuple[ast.Name, Scope]]:
        """Every name, with the scope that it is looked up in."""
        inner = self.scopes.get(node, scope)
        for child in ast.iter_child_nodes(node):
            outside = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not isinstance(child, ast.stmt)
            outside |= isinstance(node, ast.Lambda) and child is not node.body
            outside |= isinstance(node, COMPREHENSIONS) and child is node.generators[0]
            around = scope if outside else inner
            if isinstance(child, ast.Name):
                yield child, around
            yield from self._names(child, around)

    def _count(self, module: ast.AST) -> None:
        sources: dict[ast.Name, ast.expr] = {}
        appended: dict[ast.Name, ast.expr] = {}
        measured: set[ast.Name] = set()
        for node in ast.walk(module):
            match node:
                case (
                    ast.Assign(targets=[ast.Name() as name], value=value)
                    | ast.AnnAssign(target=ast.Name() as name, value=ast.expr() as value)
                ):
                    sources[name] = value
                case ast.Call(func=ast.Attribute(value=ast.Name() as name, attr="append"), args=[item], keywords=[]):
                    appended[name] = item
                case ast.Call(func=ast.Name(id="len"), args=[ast.Name() as name]):
                    measured.add(name)
        for node in ast.walk(module):
            if isinstance(node, ast.Name) and node in self.owners:
                uses = self.uses.setdefault((self.owners[node], node.id), Uses())
                if not isinstance(node.ctx, ast.Load):
                    uses.bound.append(sources.get(node))
                elif node in appended:
                    uses.appended.append(appended[node])
                elif node not in measured:
                    uses.read += 1
            elif isinstance(node, FUNCTIONS):
                args = node.args
                several = [a for a in (args.vararg, args.kwarg) if a is not None]
                for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs, *several):
                    self.uses.setdefault((self.scopes[node], arg.arg), Uses()).bound.append(None)
