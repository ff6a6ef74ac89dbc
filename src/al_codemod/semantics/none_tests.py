"""Tests for `None` around what reads a variable or attribute, after which there is something in it."""

import ast
from collections.abc import Mapping

from al_codemod.semantics.assumptions import is_none


def is_tested(parents: Mapping[ast.AST, ast.AST], node: ast.expr) -> bool:
    """Whether a variable or attribute is not `None` where it is read, as the code around it says."""
    name, child = ast.dump(node), node
    while (parent := parents.get(child)) is not None and not isinstance(child, ast.FunctionDef | ast.Module):
        match parent:
            case ast.IfExp(body=body, test=test) | ast.If(body=body, test=test) if _holds(body, child):
                if _says_something(test, name):
                    return True
            case ast.BoolOp(op=ast.And(), values=values):
                if any(_says_something(v, name) for v in values[: values.index(child)]):
                    return True
        if isinstance(child, ast.stmt) and _is_filled_before(parent, child, name):
            return True
        child = parent  # type: ignore[assignment]
    return False


def _holds(body: ast.expr | list[ast.stmt], child: ast.AST) -> bool:
    return child in body if isinstance(body, list) else body is child


def _is_filled_before(parent: ast.AST, statement: ast.stmt, name: str) -> bool:
    """Whether the statement before fills what is `None`, or leaves."""
    for body in (getattr(parent, field, None) for field in ("body", "orelse", "finalbody")):
        if isinstance(body, list) and statement in body:
            before = body[body.index(statement) - 1] if body.index(statement) else None
            match before:
                case ast.If(test=test, body=[*_, last], orelse=[]) if _says_nothing(test, name):
                    return _fills(last, name) or isinstance(last, ast.Return | ast.Raise | ast.Continue | ast.Break)
    return False


def _fills(statement: ast.stmt, name: str) -> bool:
    targets = statement.targets if isinstance(statement, ast.Assign) and not is_none(statement.value) else []
    return any(_is(t, name) for t in targets)


def _says_something(test: ast.expr, name: str) -> bool:
    match test:
        case ast.Compare(left=left, ops=[ast.IsNot()], comparators=[other]) if is_none(other):
            return _is(left, name)
    return False


def _says_nothing(test: ast.expr, name: str) -> bool:
    match test:
        case ast.Compare(left=left, ops=[ast.Is()], comparators=[other]) if is_none(other):
            return _is(left, name)
    return False


def _is(node: ast.expr, name: str) -> bool:
    return ast.dump(node).replace("ctx=Store()", "ctx=Load()") == name.replace("ctx=Store()", "ctx=Load()")
