"""Calls and signatures: which argument goes to which parameter."""

import ast
from collections.abc import Iterable
from typing import overload

from al_codemod.semantics.parts import parts_of
from al_codemod.semantics.scopes import FunctionNode, Scope
from al_codemod.semantics.values import Location


def all_parameters(function: FunctionNode) -> list[ast.arg]:
    """Every parameter of a function that takes one argument, or a part of one that is taken apart at once."""
    args = function.args
    return [*args.posonlyargs, *args.args, *args.kwonlyargs, *parts_of(function)]


def bind_arguments(
    function: FunctionNode, scope: Scope, call: ast.Call, skip: int
) -> Iterable[tuple[Location, ast.expr]]:
    """Which parameter each argument of a call goes to; `skip` leading parameters are bound already."""
    for name, value in _bound(function, call, skip):
        yield Location(scope, name), value
        for part in parts_of(function):
            taken = part.taken_from(value) if part.whole.arg == name else None
            if taken is not None:
                yield Location(scope, part.arg), taken


def fits(method: ast.FunctionDef | ast.AsyncFunctionDef, call: ast.Call) -> bool:
    """Whether a call of a method of an object passes as much as it takes, under names that it has."""
    args = method.args
    if any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords):
        return True
    positional = [a.arg for a in (*args.posonlyargs, *args.args)][1:]
    names = {*positional, *(a.arg for a in args.kwonlyargs)}
    given = {*positional[: len(call.args)], *(k.arg for k in call.keywords)}
    needed = {*positional[: len(positional) - len(args.defaults)]}
    many = len(call.args) > len(positional) and args.vararg is None
    return needed <= given and not many and (args.kwarg is not None or given <= names)


def _bound(function: FunctionNode, call: ast.Call, skip: int) -> Iterable[tuple[str, ast.expr]]:
    args = function.args
    positional = [*args.posonlyargs, *args.args][skip:]
    names = {a.arg for a in (*args.posonlyargs, *args.args, *args.kwonlyargs)}
    for parameter, value in zip(positional, call.args, strict=False):
        if isinstance(value, ast.Starred):
            break
        yield parameter.arg, value
    for keyword in call.keywords:
        if keyword.arg in names:
            yield keyword.arg, keyword.value


def parameter_defaults(
    function: FunctionNode,
) -> Iterable[tuple[str, ast.expr]]:
    """The parameters that have a default, each with it."""
    args = function.args
    positional = [*args.posonlyargs, *args.args]
    for parameter, default in zip(reversed(positional), reversed(args.defaults), strict=False):
        yield parameter.arg, default
    for parameter, keyword_default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        if keyword_default is not None:
            yield parameter.arg, keyword_default


@overload
def value_of(given: ast.expr | ast.keyword) -> ast.expr: ...
@overload
def value_of(given: ast.expr | ast.keyword | None) -> ast.expr | None: ...
def value_of(given: ast.expr | ast.keyword | None) -> ast.expr | None:
    """What an argument passes, by position or by keyword."""
    return given.value if isinstance(given, ast.keyword) else given


def argument(call: ast.Call, position: int, name: str) -> ast.expr | None:
    """The argument that a call passes at `position` or as `name`."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    plain = call.args[: position + 1]
    if len(plain) > position and not any(isinstance(a, ast.Starred) for a in plain):
        return plain[position]
    return None
