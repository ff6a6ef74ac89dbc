"""The order that import statements have, and which one a file keeps."""

import ast
import sys
from collections.abc import Callable, Sequence
from typing import TypeAlias

ImportNode: TypeAlias = ast.Import | ast.ImportFrom
Key: TypeAlias = tuple[str, str, str]


def _kind(node: ImportNode) -> int:
    if isinstance(node, ast.ImportFrom) and node.level:
        return 2
    return 0 if _root(node) in sys.stdlib_module_names else 1


def _root(node: ImportNode) -> str:
    return _module(node).partition(".")[0]


def _module(node: ImportNode) -> str:
    if isinstance(node, ast.ImportFrom):
        return "." * node.level + (node.module or "")
    return node.names[0].name


def _key_by_form(node: ImportNode) -> _Key:
    """The default order of isort: `import x` before `from x import y`."""
    return (str(int(isinstance(node, ast.ImportFrom))), _module(node).casefold(), _alias(node))


def _key_by_module(node: ImportNode) -> _Key:
    """The order of isort's `force_sort_within_sections`."""
    return (_module(node).casefold(), str(int(isinstance(node, ast.ImportFrom))), _alias(node))


def _alias(node: ImportNode) -> str:
    return node.names[0].asname or "" if isinstance(node, ast.Import) else ""


_ORDERS = (_key_by_form, _key_by_module)


def _is_sorted(nodes: Sequence[ImportNode], key: Callable[[ImportNode], _Key]) -> bool:
    keys = [key(node) for node in nodes]
    return keys == sorted(keys)


def _is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _is_docstring(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Constant):
        return False
    return isinstance(statement.value.value, str)
