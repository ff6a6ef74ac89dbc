"""Which imports bind which names, where, and from when on."""

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from al_codemod.rewrite.edits import AddImport, RemoveImport
from al_codemod.rewrite.import_order import ImportNode

Use: TypeAlias = tuple[ast.expr | ast.stmt, str]
"""New source text, and the node at which it will stand."""
_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


class Bindings:
    """The imports of a module without those that are removed, and the new uses of names in it."""

    def __init__(self, tree: ast.Module, removals: Sequence[RemoveImport], uses: Sequence[Use]) -> None:
        self.tree = tree
        self.uses = uses
        self.gone = {id(removal.alias) for removal in removals}
        self.functions = [node for node in _statements(tree.body) if isinstance(node, _Function)]

    def left(self, node: ImportNode) -> bool:
        """Whether a name of the statement is not removed."""
        return any(id(alias) not in self.gone for alias in node.names)

    def is_bound(self, addition: AddImport) -> bool:
        """Whether every use of the name will find it bound already."""
        name = bound_name(addition)
        uses = [node for node, text in self.uses if re.search(rf"\b{re.escape(name)}\b", text)]
        first = min((node.lineno for node in uses if not self.around(node)), default=None)
        for node in self.unconditional(self.tree.body):
            if self.binds(node, addition) and (first is None or node.lineno <= first):
                return True
        return bool(uses) and all(self.bound_in_function(node, addition) for node in uses)

    def unconditional(self, body: Iterable[ast.stmt]) -> Iterator[ImportNode]:
        """Imports that have run when the module has, those in a `try` for which its handler answers among them."""
        for statement in body:
            if isinstance(statement, ast.Import | ast.ImportFrom):
                yield statement
            elif isinstance(statement, ast.Try) and any(map(_catches_import_error, statement.handlers)):
                yield from self.unconditional(statement.body)

    def bound_in_function(self, use: ast.expr | ast.stmt, addition: AddImport) -> bool:
        """Whether an import above in the same function binds the name."""
        return any(
            node.lineno <= use.lineno and self.binds(node, addition)
            for function in self.around(use)
            for node in self.unconditional(function.body)
        )

    def around(self, use: ast.expr | ast.stmt) -> list[_Function]:
        """The functions in whose body a node stands; defaults and decorators run with the module."""
        return [f for f in self.functions if f.body[0].lineno <= use.lineno <= (f.end_lineno or 0) and use is not f]

    def binds(self, node: ImportNode, addition: AddImport) -> bool:
        """Whether an import statement, without the names that are removed, binds the name to the same thing."""
        names = [alias for alias in node.names if id(alias) not in self.gone]
        if isinstance(node, ast.Import):
            if addition.member:
                return False
            for alias in names:
                if alias.asname is None and addition.name == addition.module.partition(".")[0]:
                    if alias.name == addition.module or alias.name.startswith(f"{addition.module}."):
                        return True
                elif alias.asname == addition.name and alias.name == addition.module:
                    return True
            return False
        if node.level:
            return False
        return any(
            node.module == addition.module
            and alias.name == addition.member
            and (alias.asname or alias.name) == addition.name
            for alias in names
        )

    def limit(self, additions: Iterable[AddImport]) -> int:
        """The line from which on the names are used while the module is being run."""
        names = "|".join(re.escape(bound_name(addition)) for addition in additions)
        lines = [n.lineno for n, text in self.uses if re.search(rf"\b({names})\b", text) and not self.around(n)]
        return min(lines, default=sys.maxsize)


def guarded_imports(tree: ast.Module) -> set[int]:
    """The `id`s of imports that must not be removed: a `try` guards them, and its handler says what to do without."""
    return {
        id(node)
        for statement in _statements(tree.body)
        if isinstance(statement, ast.Try) and any(map(_catches_import_error, statement.handlers))
        for part in (statement.body, *(handler.body for handler in statement.handlers))
        for node in _statements(part)
    }


def _statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """All statements of a suite, nested ones among them."""
    for statement in body:
        yield statement
        for name in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(statement, name, ()))
        for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
            yield from _statements(part.body)


def _catches_import_error(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    names = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(isinstance(name, ast.Name) and name.id in _IMPORT_ERRORS for name in names)


_IMPORT_ERRORS = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}


def bound_name(addition: AddImport) -> str:
    """The name that an import binds."""
    return addition.name or addition.member or addition.module.partition(".")[0]
