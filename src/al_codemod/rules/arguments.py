"""Keywords of a call, also those that a dict is unpacked for."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from al_codemod.rewrite.edits import ChangeCall, Edit, ReplaceExpression, Template
from al_codemod.rules.base import Context
from al_codemod.semantics.arguments import all_parameters, parameter_defaults
from al_codemod.semantics.assumptions import is_none


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What `**name` brings into a call: the literal that it was made from, or `None` where that is not seen."""

    keyword: ast.keyword
    literal: ast.Dict | ast.Call | None

    def names(self) -> set[str]:
        match self.literal:
            case ast.Dict():
                return {k.value for k in self.literal.keys if isinstance(k, ast.Constant) and isinstance(k.value, str)}
            case ast.Call():
                return {k.arg for k in self.literal.keywords if k.arg is not None}
        return set()


def unpacked(context: Context, call: ast.Call) -> list[Unpacked]:
    """What a call unpacks with `**`."""
    return [Unpacked(k, literal(context, k.value)) for k in call.keywords if k.arg is None]


def is_hidden(parts: list[Unpacked]) -> bool:
    """Whether a call takes keywords that cannot be seen."""
    return any(p.literal is None for p in parts)


def named(call: ast.Call, name: str) -> ast.keyword | None:
    """The keyword argument of that name, as it is written."""
    return next((k for k in call.keywords if k.arg == name), None)


def passed(context: Context, call: ast.Call, name: str) -> ast.expr | None:
    """What a keyword argument passes, written in the call or brought by `**`."""
    keyword = named(call, name)
    if keyword is not None:
        return keyword.value
    for part in unpacked(context, call):
        match part.literal:
            case ast.Dict(keys=keys, values=values):
                found = [
                    v for k, v in zip(keys, values, strict=True) if isinstance(k, ast.Constant) and k.value == name
                ]
            case ast.Call(keywords=keywords):
                found = [k.value for k in keywords if k.arg == name]
            case _:
                found = []
        if found:
            return found[-1]
    return None


def drop_from(parts: list[Unpacked], names: frozenset[str]) -> Iterator[Edit]:
    """Take keywords out of the literals that are unpacked."""
    for part in parts:
        match part.literal:
            case ast.Call():
                dropped = tuple(k for k in part.literal.keywords if k.arg in names)
                if dropped:
                    yield ChangeCall(part.literal, drop=dropped)
            case ast.Dict() if part.names() & names:
                yield ReplaceExpression(part.literal, without(part.literal, names))


def without(node: ast.Dict, names: frozenset[str]) -> Template:
    """A dict literal without some of its items."""
    kept = [
        (k, v)
        for k, v in zip(node.keys, node.values, strict=True)
        if not (isinstance(k, ast.Constant) and k.value in names)
    ]
    return _dict(kept)


def with_item(node: ast.Dict, key: str, value: ast.expr) -> Template:
    """A dict literal with one more item at its end."""
    return _dict([*zip(node.keys, node.values, strict=True), (ast.Constant(key), value)])


def _dict(items: list[tuple[ast.expr | None, ast.expr]]) -> Template:
    holes: dict[str, ast.expr] = {}
    parts: list[str] = []
    for i, (key, value) in enumerate(items):
        holes[f"v{i}"] = value
        if key is None:
            parts.append(f"**{{v{i}}}")
        elif not hasattr(key, "lineno"):  # a key that was not in the source
            parts.append(f'"{ast.literal_eval(key)}": {{v{i}}}')
        else:
            holes[f"k{i}"] = key
            parts.append(f"{{k{i}}}: {{v{i}}}")
    return Template("{{" + ", ".join(parts) + "}}", holes)


def literal(context: Context, node: ast.expr) -> ast.Dict | ast.Call | None:
    """The literal behind `node`: itself, or what a name that is bound only once was bound to."""
    if isinstance(node, ast.Dict):
        return node
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict" and not node.args:
        return node if all(k.arg is not None for k in node.keywords) else None
    if isinstance(node, ast.Name):
        value = context.assigned(node)
        if value is not None and not isinstance(value, ast.Name):
            return literal(context, value)
    return None


def may_be_none(context: Context, node: ast.expr) -> bool:
    """Whether an argument may be `None`: as it is assigned, or as the parameter that it is tells."""
    if isinstance(node, ast.IfExp):
        return may_be_none(context, node.body) or may_be_none(context, node.orelse)
    if not isinstance(node, ast.Name):
        return is_none(node)
    scope = context.program.scope(node)
    function = scope.node
    if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        if any(name == node.id and is_none(default) for name, default in parameter_defaults(function)):
            return True
        told = [p.annotation for p in all_parameters(function) if p.arg == node.id and p.annotation is not None]
        if any(re.search(r"\b(None|Optional)\b", ast.unparse(annotation)) for annotation in told):
            return True
    assigned = (n.value for n in ast.walk(function) if isinstance(n, ast.Assign) and _binds(n, node.id))
    return any(is_none(value) for value in assigned)


def _binds(statement: ast.Assign, name: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name for target in statement.targets)
