"""Parameters that a function takes apart at once: `def work(item): repo, i = item`. Each part is as good as a parameter."""

import ast
from collections.abc import Iterator
from typing import Final
from weakref import WeakKeyDictionary

from al_codemod.semantics.scopes import FunctionNode


class Part(ast.arg):
    """What a function takes out of a parameter `whole` by its place or key, into the variable at `target`."""

    whole: ast.arg
    key: object
    target: ast.Name
    statement: ast.stmt

    def taken_from(self, given: ast.expr) -> ast.expr | None:
        """What the part is of a tuple, list or dict that is written out."""
        match given:
            case ast.Tuple(elts=elements) | ast.List(elts=elements) if isinstance(self.key, int):
                plain = not any(isinstance(e, ast.Starred) for e in elements)
                return elements[self.key] if plain and self.key < len(elements) else None
            case ast.Dict():
                pairs = zip(given.keys, given.values, strict=True)
                found = [v for k, v in pairs if isinstance(k, ast.Constant) and k.value == self.key]
                return found[0] if len(found) == 1 and None not in given.keys else None
        return None


_known: Final[WeakKeyDictionary[ast.AST, tuple[Part, ...]]] = WeakKeyDictionary()


def parts_of(function: FunctionNode) -> tuple[Part, ...]:
    """The parts that a function takes out of its parameters, in what it does whenever it is called."""
    if function not in _known:
        _known[function] = tuple(_parts(function)) if isinstance(function, ast.FunctionDef) else ()
    return _known[function]


def _parts(function: ast.FunctionDef) -> Iterator[Part]:
    args = function.args
    parameters = {a.arg: a for a in (*args.posonlyargs, *args.args, *args.kwonlyargs)}
    uses = [n for s in function.body for n in ast.walk(s) if isinstance(n, ast.Name)]
    bound = [n.id for n in uses if isinstance(n.ctx, ast.Store)]
    for name, whole in parameters.items():
        found = [p for s in function.body for p in _taken(s, whole)]
        sources = {id(n) for s in function.body for n in _subscripted(s, name)}
        read = [n for n in uses if n.id == name and id(n) not in sources]
        for part in found:
            alike = [p for p in found if p.key == part.key]
            again = [n for s in function.body for n in _asked(s, name, part.key)]
            if read or len(alike) > 1 or len(again) > 1 or part.arg in parameters or bound.count(part.arg) != 1:
                continue
            yield part


def _taken(statement: ast.stmt, whole: ast.arg) -> Iterator[Part]:
    match statement:
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Name(id=name)) if name == whole.arg:
            if not any(isinstance(t, ast.Starred) for t in targets):
                yield from (_part(whole, i, t, statement) for i, t in enumerate(targets) if isinstance(t, ast.Name))
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)) if len(targets) == len(values):
            for target, value in zip(targets, values, strict=True):
                yield from _picked(whole, target, value, statement)
        case ast.Assign(targets=[target], value=value):
            yield from _picked(whole, target, value, statement)


def _picked(whole: ast.arg, target: ast.expr, value: ast.expr, statement: ast.stmt) -> Iterator[Part]:
    match target, value:
        case ast.Name(), ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=key)) if name == whole.arg:
            yield _part(whole, key, target, statement)


def _part(whole: ast.arg, key: object, target: ast.Name, statement: ast.stmt) -> Part:
    part = Part(arg=target.id)
    part.whole, part.key, part.target, part.statement = whole, key, target, statement
    return ast.copy_location(part, target)


def _subscripted(statement: ast.stmt, name: str) -> Iterator[ast.Name]:
    """Where a variable is taken apart, and nothing else is done with it."""
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Tuple):
        if isinstance(statement.value, ast.Name) and len(statement.targets) == 1:
            yield statement.value
    for node in ast.walk(statement):
        match node:
            case ast.Subscript(value=ast.Name(id=found) as inner, slice=ast.Constant(), ctx=ast.Load()) if (
                found == name
            ):
                yield inner


def _asked(statement: ast.stmt, name: str, key: object) -> Iterator[ast.AST]:
    for node in ast.walk(statement):
        match node:
            case ast.Subscript(value=ast.Name(id=found), slice=ast.Constant(value=value)) if (
                found == name and value == key
            ):
                yield node
