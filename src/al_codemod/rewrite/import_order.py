"""The order that import statements have, and which one a file keeps."""

import ast
import sys
from collections.abc import Callable, Sequence
from typing import TypeAlias

ImportNode: TypeAlias = ast.Import | ast.ImportFrom
Key: TypeAlias = tuple[str, str, str]


def kind(node: ImportNode) -> int:
    """0 for the standard library, 1 for other packages, 2 for relative imports: the order of their groups."""
    if isinstance(node, ast.ImportFrom) and node.level:
        return 2
    return 0 if root(node) in sys.stdlib_module_names else 1


def root(node: ImportNode) -> str:
    """The top-level package that is imported from."""
    return module(node).partition(".")[0]


def module(node: ImportNode) -> str:
    """The (first) module that is named."""
    if isinstance(node, ast.ImportFrom):
        return "." * node.level + (node.module or "")
    return node.names[0].name


def key_by_form(node: ImportNode) -> Key:
    """The default order of isort: `import x` before `from x import y`."""
    return (str(int(isinstance(node, ast.ImportFrom))), module(node).casefold(), _alias(node))


def key_by_module(node: ImportNode) -> Key:
    """The order of isort's `force_sort_within_sections`."""
    return (module(node).casefold(), str(int(isinstance(node, ast.ImportFrom))), _alias(node))


def _alias(node: ImportNode) -> str:
    return node.names[0].asname or "" if isinstance(node, ast.Import) else ""


ORDERS = (key_by_form, key_by_module)
"""The orders that are recognised, the more usual one first."""


def is_sorted(nodes: Sequence[ImportNode], key: Callable[[ImportNode], Key]) -> bool:
    """Whether import statements are in the order of `key`."""
    keys = [key(node) for node in nodes]
    return keys == sorted(keys)


def is_future(statement: ast.stmt) -> bool:
    """Whether a statement is `from __future__ import ...`."""
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def is_docstring(statement: ast.stmt) -> bool:
    """Whether a statement, the first one of a suite, is a docstring."""
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Constant):
        return False
    return isinstance(statement.value.value, str)
