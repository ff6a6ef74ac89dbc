"""Where codecs go: from where they are made, under whatever names, to the calls that they are passed to.

A codec can be made as one of zarr 3 where it is written, if all that ever becomes of it is to be passed as a codec.
"""

import ast
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeAlias

from al_codemod.rules.base import Context
from al_codemod.rules.naming import dotted
from al_codemod.rules.zarr.brought import forwarded
from al_codemod.rules.zarr.looped import loops, part_of, taken
from al_codemod.rules.zarr.support import constant, is_none
from al_codemod.rules.zarr.written import attribute_values, targets
from al_codemod.semantics.arguments import all_parameters, parameter_defaults
from al_codemod.semantics.callbacks import bound_arguments
from al_codemod.semantics.zarr_values import FORMAT_2
from al_codemod.surface.zarr.codecs import NAMES

ARGUMENTS: Final = frozenset({"compressor", "filters"})
_DEEP: Final = 9
_SAME: Final = frozenset({"list", "tuple", "sorted", "reversed", "iter"})
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
GoesOn: TypeAlias = "Callable[[Context, ast.expr, int], bool]"
Sources: TypeAlias = "list[ast.expr] | None"
"""The codecs that something may be, and `None` as it is written; `None` where it may be something else."""


def is_codec(context: Context, node: ast.expr | None) -> bool:
    """Whether an expression makes a codec of numcodecs."""
    return isinstance(node, ast.Call) and dotted(context, node.func) in NAMES


def callees(context: Context, call: ast.Call) -> list[ast.AST]:
    """The functions of the program that a call calls."""
    return context.once(_callees).get(call, [])


def _callees(context: Context) -> dict[ast.Call, list[ast.AST]]:
    found: dict[ast.Call, list[ast.AST]] = {}
    for function, calls in context.program.inference.calling.calls.items():
        for call in calls:
            found.setdefault(call, []).append(function)
    return found


# -- back to where they are made


def sources(context: Context, node: ast.expr | None, depth: int = _DEEP) -> Sources:
    """What a codec may be."""
    if node is None or not depth:
        return None
    if is_none(node) or is_codec(context, node):
        return [node]
    match node:
        case ast.Name():
            return _of_name(context, node, depth - 1)
        case ast.Attribute():
            return _all(sources(context, v, depth - 1) for v in attribute_values(context, node))
        case ast.IfExp():
            return _all(sources(context, part, depth - 1) for part in (node.body, node.orelse))
        case ast.BoolOp():
            return _all(sources(context, part, depth - 1) for part in node.values)
        case ast.Subscript():
            return elements(context, node.value, (), depth - 1, by_key=True)
        case ast.Call(func=ast.Attribute(value=owner, attr="get"), args=args) if args:
            found = elements(context, owner, (), depth - 1, by_key=True)
            missing: Sources = [ast.Constant(None)] if len(args) == 1 else sources(context, args[1], depth - 1)
            return _all([found, missing])
        case ast.Call():
            return _all(sources(context, value, depth - 1) for value in _returned(context, node))
    return None


def _all(found: Iterable[Sources]) -> Sources:
    parts = list(found)
    known = [part for part in parts if part is not None]
    return [node for part in known for node in part] if parts and len(known) == len(parts) else None


def _of_name(context: Context, name: ast.Name, depth: int) -> Sources:
    owner = context.program.scope(name).owner(name.id)
    if owner is None:
        return None
    function = owner.node
    bound = [v for t, v in context.assignments(name.id) if context.program.scope(t) is owner]
    passed: list[ast.expr | None] = []
    is_parameter = isinstance(function, _FUNCTIONS) and any(p.arg == name.id for p in all_parameters(function))
    if is_parameter:
        values = _passed(context, function, name.id)
        if values is None:
            return None
        passed += values
    found = [sources(context, value, depth) for value in (*bound, *passed)]
    parts = [part for loop in loops(context, name) if (part := part_of(loop.target, loop.iter, name.id)) is not None]
    found += [elements(context, source, path, depth) for source, path in parts]
    is_all = owner.bindings.get(name.id) == len(bound) + len(parts) + is_parameter
    return _all(found) if is_all else None


def _passed(context: Context, function: ast.AST, name: str) -> list[ast.expr] | None:
    """What is passed for a parameter by the calls that are seen, and its default where one passes nothing."""
    inference = context.program.inference
    calls = inference.calling.calls.get(function, ())
    found: list[ast.expr] = []
    assert isinstance(function, _FUNCTIONS)
    default = dict(parameter_defaults(function)).get(name)
    for call in calls:
        if any(k.arg is None for k in call.keywords) or any(isinstance(a, ast.Starred) for a in call.args):
            return None
        given = next((v for at, v in bound_arguments(inference, call, function) if at.name == name), default)
        if given is None:
            return None
        found.append(given)
    return found or None


def _returned(context: Context, call: ast.Call) -> list[ast.expr | None]:
    """What a function of the program gives."""
    functions = [v.node for v in context.program.of(call.func) if isinstance(v.node, _FUNCTIONS)]
    returns = [n for f in functions for n in ast.walk(f) if isinstance(n, ast.Return)]
    return [r.value for r in returns]


def elements(
    context: Context, node: ast.expr, path: tuple[int, ...], depth: int = _DEEP, *, by_key: bool = False
) -> Sources:
    """What the elements of a list, or with `by_key` the values of a dict, may be, or a part of each of them."""
    if not depth:
        return None
    match node:
        case ast.Name():
            value = context.assigned(node)
            return elements(context, value, path, depth - 1, by_key=by_key) if value is not None else None
        case ast.Attribute():
            values = attribute_values(context, node)
            return _all(elements(context, v, path, depth - 1, by_key=by_key) if v is not None else None for v in values)
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return _all(sources(context, taken(item, path), depth - 1) for item in items)
        case ast.Dict(values=items) if by_key:
            return _all(sources(context, taken(item, path), depth - 1) for item in items)
        case ast.ListComp(elt=item) | ast.GeneratorExp(elt=item):
            return sources(context, taken(item, path), depth - 1)
        case ast.DictComp(value=item) if by_key:
            return sources(context, taken(item, path), depth - 1)
        case ast.Call(func=ast.Name(id="enumerate"), args=[inner, *_]) if path[:1] == (1,):
            return elements(context, inner, path[1:], depth - 1)
        case ast.Call(func=ast.Name(id="zip"), args=args) if path and path[0] < len(args):
            return elements(context, args[path[0]], path[1:], depth - 1)
        case ast.Call(func=ast.Name(id=name), args=[inner, *_]) if name in _SAME:
            return elements(context, inner, path, depth - 1)
        case ast.Call(func=ast.Attribute(value=owner, attr="values")):
            return elements(context, owner, path, depth - 1, by_key=True)
        case ast.Call(func=ast.Attribute(value=owner, attr="items")) if path[:1] == (1,):
            return elements(context, owner, path[1:], depth - 1, by_key=True)
    return None


# -- on to where they are passed


def is_codec_use(context: Context, node: ast.expr, depth: int = _DEEP) -> bool:
    """Whether all that becomes of what an expression gives is to be passed as a codec to what writes zarr's format 3."""
    if not depth:
        return False
    parent = context.program.parents.get(node)
    match parent:
        case ast.List() | ast.Tuple():
            return _is_argument(context, parent) or holds_codecs(context, parent, depth - 1)
        case ast.keyword():
            return _is_argument(context, node) or _is_passed_on(context, node, parent, depth - 1, is_codec_use)
        case ast.Call() if node in parent.args:
            return _is_passed_on(context, node, node, depth - 1, is_codec_use)
        case ast.Dict():
            return _is_argument(context, node) or holds_codecs(context, parent, depth - 1)
        case ast.ListComp() | ast.GeneratorExp() | ast.DictComp():
            return holds_codecs(context, parent, depth - 1)
        case ast.IfExp() | ast.BoolOp():
            is_test = isinstance(parent, ast.IfExp) and parent.test is node
            return is_test or is_codec_use(context, parent, depth - 1)
        case ast.If() | ast.UnaryOp(op=ast.Not()):
            return True
        case ast.Compare(comparators=[other]):
            return is_none(other)
        case ast.Return():
            return _is_returned(context, parent, depth - 1, is_codec_use)
        case ast.Assign() | ast.AnnAssign():
            return all(_is_bound(context, target, depth - 1) for target in targets(parent))
        case ast.arguments():
            return _is_default(context, node, parent, depth - 1, is_codec_use)
    return False


def _is_bound(context: Context, target: ast.expr, depth: int) -> bool:
    """Whether all that becomes of a name that something is given is that."""
    if isinstance(target, ast.Subscript):
        return constant(target.slice) in ARGUMENTS and not context.once(has_format_2)
    uses = list(_uses(context, target))
    return bool(uses) and all(is_codec_use(context, use, depth) for use in uses)


def _uses(context: Context, target: ast.expr) -> Iterator[ast.expr]:
    """Where a name or attribute is read."""
    if isinstance(target, ast.Name):
        scope = context.program.scope(target)
        owner = scope.owner(target.id)
        loads = (n for n in context.loads(target.id) if context.program.scope(n).owner(target.id) is owner)
        yield from loads
        if owner is None or not owner.is_class:
            return
    name = target.id if isinstance(target, ast.Name) else getattr(target, "attr", "")
    yield from (n for n in context.nodes(ast.Attribute) if n.attr == name and isinstance(n.ctx, ast.Load))


def holds_codecs(context: Context, node: ast.expr, depth: int = _DEEP) -> bool:
    """The same for what a list or dict of codecs holds."""
    if not depth:
        return False
    parent = context.program.parents.get(node)
    match parent:
        case ast.keyword():
            return _is_argument(context, node) or _is_passed_on(context, node, parent, depth - 1, holds_codecs)
        case ast.Assign() | ast.AnnAssign():
            uses = [use for target in targets(parent) for use in _uses(context, target)]
            return bool(uses) and all(holds_codecs(context, use, depth - 1) for use in uses)
        case ast.Subscript() if parent.value is node and isinstance(parent.ctx, ast.Load):
            return is_codec_use(context, parent, depth - 1)
        case ast.Attribute(attr=attr):
            call = context.program.parents.get(parent)
            if attr == "get" and isinstance(call, ast.Call):
                return is_codec_use(context, call, depth - 1)
            return attr == "keys" or (isinstance(call, ast.Call) and _is_looped(context, call, attr, depth - 1))
        case ast.Call(func=ast.Name(id=name)) if node in parent.args:
            if name in {"zip", "enumerate"} or name in _SAME:
                return _is_looped(context, parent, name, depth - 1, parent.args.index(node))
            return name in {"len", "set"} or _is_passed_on(context, node, node, depth - 1, holds_codecs)
        case ast.For() | ast.comprehension():
            made = context.assigned(node) if isinstance(node, ast.Name) else node
            return isinstance(made, ast.Dict | ast.DictComp) or _are_used(context, parent.target, (), depth - 1)
        case ast.Compare():
            return node in parent.comparators and isinstance(parent.ops[0], ast.In | ast.NotIn)
        case ast.Return():
            return _is_returned(context, parent, depth - 1, holds_codecs)
    return False


def _is_looped(context: Context, call: ast.Call, name: str, depth: int, at: int = 0) -> bool:
    """The same for what is gone over by `zip(...)`, `dict.items()` and their like."""
    loop = context.program.parents.get(call)
    if name in _SAME or name == "values":
        return holds_codecs(context, call, depth)
    if not isinstance(loop, ast.For | ast.comprehension) or loop.iter is not call:
        return False
    return _are_used(context, loop.target, (at if name == "zip" else 1,), depth)


def _are_used(context: Context, target: ast.expr, path: tuple[int, ...], depth: int) -> bool:
    part = taken(target, path)
    if not isinstance(part, ast.Name):
        return False
    uses = list(_uses(context, part))
    return bool(uses) and all(is_codec_use(context, use, depth) for use in uses)


def _is_argument(context: Context, node: ast.expr) -> bool:
    """Whether an expression is what `compressor=` or `filters=` passes, or a dict has by that key."""
    child: ast.AST = node
    parent = context.program.parents.get(node)
    if isinstance(parent, ast.List | ast.Tuple):
        child, parent = parent, context.program.parents.get(parent)
    match parent:
        case ast.keyword() if parent.arg in ARGUMENTS:
            call = context.program.parents.get(parent)
            return isinstance(call, ast.Call) and not (callees(context, call) or writes_format_2(context, call))
        case ast.Dict():
            keys = [constant(k) for k, v in zip(parent.keys, parent.values, strict=True) if v is child]
            return bool(keys) and keys[0] in ARGUMENTS and not context.once(has_format_2)
    return False


def _is_passed_on(context: Context, node: ast.expr, given: ast.AST, depth: int, goes_on: "GoesOn") -> bool:
    """The same for what is passed to functions of the program."""
    call = context.program.parents.get(given)
    if not isinstance(call, ast.Call):
        return False
    functions = callees(context, call)
    if isinstance(given, ast.keyword) and is_handed_on(context, given, functions):
        return True
    return bool(functions) and all(
        any(
            value is node and _is_parameter_used(context, function, at.name, depth, goes_on)
            for at, value in bound_arguments(context.program.inference, call, function)
        )
        for function in functions
    )


def is_handed_on(context: Context, given: ast.keyword, functions: list[ast.AST]) -> bool:
    """Whether a codec is passed to functions that hand their keywords on to calls of zarr."""
    name = given.arg
    if name not in ARGUMENTS or name is None or not functions:
        return False
    return all(_hands_on(context, function, name) for function in functions)


def _hands_on(context: Context, function: ast.AST, name: str) -> bool:
    """Whether a function has no parameter of a name, and hands what comes by it on to calls of zarr."""
    if not isinstance(function, ast.FunctionDef) or any(p.arg == name for p in all_parameters(function)):
        return False
    kwarg = function.args.kwarg
    uses = context.loads(kwarg.arg) if kwarg is not None else []
    return any(forwarded(context, use) for use in uses if context.program.scope(use).function.node is function)


def _is_parameter_used(context: Context, function: ast.AST, name: str, depth: int, goes_on: "GoesOn") -> bool:
    scope = context.program.scopes[function]
    uses = [n for n in context.loads(name) if context.program.scope(n).owner(name) is scope]
    return context.is_here(function) and bool(uses) and all(goes_on(context, use, depth) for use in uses)


def _is_default(context: Context, node: ast.expr, parent: ast.arguments, depth: int, goes_on: "GoesOn") -> bool:
    function = context.program.parents.get(parent)
    if not isinstance(function, _FUNCTIONS):
        return False
    names = [name for name, default in parameter_defaults(function) if default is node]
    return bool(names) and _is_parameter_used(context, function, names[0], depth, goes_on)


def _is_returned(context: Context, node: ast.Return, depth: int, goes_on: "GoesOn") -> bool:
    function = context.program.scope(node).function.node
    calls = context.program.inference.calling.calls.get(function, ())
    return bool(calls) and all(context.is_here(call) and goes_on(context, call, depth) for call in calls)


def has_format_2(context: Context) -> bool:
    """Whether xarray is told to write format 2 somewhere, so that a dict of codecs may be meant for that."""
    calls = (c for c in context.nodes(ast.Call) if isinstance(c.func, ast.Attribute) and c.func.attr == "to_zarr")
    return any(writes_format_2(context, call) for call in calls)


def writes_format_2(context: Context, call: ast.Call) -> bool:
    """Whether a call writes zarr's format 2, as it or its group says; that has the codecs of numcodecs in zarr 3 too."""
    receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
    if any(v.name == FORMAT_2 for v in context.program.of(receiver)):
        return True
    return asks_for_format_2(call)


def asks_for_format_2(call: ast.Call) -> bool:
    """Whether the keywords of a call ask for zarr's format 2."""
    return any(k.arg in {"zarr_version", "zarr_format"} and constant(k.value) == 2 for k in call.keywords)
