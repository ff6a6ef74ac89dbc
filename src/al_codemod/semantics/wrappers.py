"""Functions that do nothing with a call but make it: wrappers of decorators, and functions that call what they are passed."""

import ast
from dataclasses import dataclass
from typing import TypeAlias

from al_codemod.semantics.flow_statements import may_swallow

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Wrapper:
    """A function that calls another one just once, with the arguments that it was given, and returns its result.

    `touched` tells that it does something else with the result as well, and so sees what it is.
    """

    node: Function
    called: str
    own: frozenset[str]
    """The keyword arguments that the wrapper takes for itself."""
    touched: bool


def decorator_wrapper(decorator: ast.AST) -> Wrapper | None:
    """The wrapper that a decorator puts in the place of each function, if it does nothing but call that function."""
    if not isinstance(decorator, ast.FunctionDef) or len(decorator.args.args) != 1 or decorator.decorator_list:
        return None
    name = decorator.args.args[0].arg
    inner = [s for s in decorator.body if isinstance(s, Function)]
    last = decorator.body[-1]
    if len(inner) != 1 or not (isinstance(last, ast.Return) and _is_name(last.value, inner[0].name)):
        return None
    args = inner[0].args
    if args.posonlyargs or args.args or args.kwonlyargs or not all(_is_wraps(d, name) for d in inner[0].decorator_list):
        return None
    outside = [n for s in decorator.body if s is not inner[0] for n in ast.walk(s)]
    if _uses(outside, name) - _asked(outside, name):
        return None
    return _wrapper(inner[0], name)


def caller_wrapper(function: ast.AST) -> Wrapper | None:
    """The wrapper that a function such as `call(function, *args, **kwargs)` is."""
    if not isinstance(function, Function) or function.decorator_list:
        return None
    args = function.args
    if len(args.args) + len(args.posonlyargs) != 1:
        return None
    return _wrapper(function, (*args.posonlyargs, *args.args)[0].arg)


def _wrapper(node: Function, called: str) -> Wrapper | None:
    if node.args.vararg is None:
        return None
    body = [n for s in node.body for n in ast.walk(s)]
    if any(isinstance(n, Function | ast.Lambda | ast.ClassDef | ast.Yield | ast.YieldFrom) for n in body):
        return None
    calls = [n for n in body if isinstance(n, ast.Call) and _is_name(n.func, called)]
    if len(calls) != 1 or not _passes_all(node, calls[0]) or _is_repeated(node, calls[0]):
        return None
    passed = {n for n in ast.walk(calls[0]) if isinstance(n, ast.Name)}
    if _uses(body, called) - passed - _asked(body, called):
        return None
    if any(_uses(body, p.arg) - passed for p in (node.args.vararg, node.args.kwarg) if p is not None):
        return None
    found = _returned(node, calls[0])
    if found is None:
        return None
    return Wrapper(node, called, frozenset(a.arg for a in node.args.kwonlyargs), found)


def _passes_all(node: Function, call: ast.Call) -> bool:
    """Whether a call passes all arguments on, as they are."""
    args = node.args
    match call:
        case ast.Call(args=[ast.Starred(value=ast.Name(id=name))], keywords=[]):
            return args.kwarg is None and args.vararg is not None and name == args.vararg.arg
        case ast.Call(
            args=[ast.Starred(value=ast.Name(id=name))], keywords=[ast.keyword(arg=None, value=ast.Name(id=kw))]
        ):
            return (
                args.vararg is not None and args.kwarg is not None and (name, kw) == (args.vararg.arg, args.kwarg.arg)
            )
    return False


def _is_repeated(node: Function, call: ast.Call) -> bool:
    """Whether a call may be made again, or its failure be caught."""
    for around in ast.walk(node):
        if isinstance(
            around, ast.For | ast.AsyncFor | ast.While | ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp
        ):
            if call in ast.walk(around):
                return True
        if isinstance(around, ast.Try | ast.TryStar) and around.handlers and call in ast.walk(around):
            return True
    return False


def _returned(node: Function, call: ast.Call) -> bool | None:
    """Whether something else is done with the result that is returned on every way; `None` where it is not returned."""
    results = {n.value for n in ast.walk(node) if isinstance(n, ast.Return)}
    is_async = isinstance(node, ast.AsyncFunctionDef)
    if not results or _may_end(node.body):
        return None
    names = {r.id for r in results if isinstance(r, ast.Name)}
    if len(results) == 1 and _is_call(next(iter(results)), call, is_async):
        return False
    if len(names) != 1 or any(not isinstance(r, ast.Name) for r in results):
        return None
    (name,) = names
    stores = [n for n in ast.walk(node) if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store)]
    made = [s for s in ast.walk(node) if isinstance(s, ast.Assign) and _is_call(s.value, call, is_async)]
    if len(stores) != 1 or len(made) != 1 or made[0].targets != stores or name in {a.arg for a in node.args.kwonlyargs}:
        return None
    return bool(_uses(list(ast.walk(node)), name) - results)


def _is_call(value: ast.expr | None, call: ast.Call, is_async: bool) -> bool:
    inner = value.value if is_async and isinstance(value, ast.Await) else None if is_async else value
    return inner is call


def _may_end(body: list[ast.stmt]) -> bool:
    """Whether a suite may end without a `return`; `if` and loops at its end are taken to."""
    match body[-1]:
        case ast.Return() | ast.Raise():
            return False
        case ast.With(items=items, body=inner) | ast.AsyncWith(items=items, body=inner):
            return any(may_swallow(item.context_expr) for item in items) or _may_end(inner)
        case ast.Try(body=inner, orelse=orelse):
            return _may_end(orelse or inner)
    return True


def _uses(nodes: list[ast.AST], name: str) -> set[ast.AST]:
    return {n for n in nodes if _is_name(n, name) and isinstance(getattr(n, "ctx", None), ast.Load)}


def _asked(nodes: list[ast.AST], name: str) -> set[ast.AST]:
    """Where a function is only asked for its name and the like."""
    members = (n for n in nodes if isinstance(n, ast.Attribute) and n.attr.startswith("__"))
    return {n.value for n in members if _is_name(n.value, name)}


def _is_wraps(node: ast.expr, name: str) -> bool:
    match node:
        case ast.Call(
            func=ast.Name(id="wraps") | ast.Attribute(attr="wraps"), args=[ast.Name(id=wrapped)], keywords=[]
        ):
            return wrapped == name
    return False


def _is_name(node: ast.AST | None, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
