"""Where imports go: next to what they belong to, before what uses them, and only when they are not there yet."""

import ast
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias, cast

from al_codemod.rewrite.edits import AddImport, RemoveImport, Template, Where

ImportNode: TypeAlias = ast.Import | ast.ImportFrom
Use: TypeAlias = tuple[ast.expr | ast.stmt, str]
"""New source text, and the node at which it will stand."""
_Key: TypeAlias = tuple[str, str, str]

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(slots=True)
class Placed:
    """The place of one import: in an import statement, or in lines of its own at an anchor (at the top without one)."""

    addition: AddImport
    into: ast.ImportFrom | None = None
    anchor: ast.stmt | None = None
    where: Where = Where.AFTER
    lines: tuple[Template, ...] = ()


@dataclass(slots=True)
class _Group:
    """Import statements without a blank line or other code between them."""

    nodes: list[ImportNode] = field(default_factory=list)

    def kind(self) -> int:
        """What most of them are: 0 stdlib, 1 other packages, 2 relative."""
        kinds = [_kind(node) for node in self.nodes]
        return max(sorted(set(kinds)), key=kinds.count)


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


def place_imports(
    tree: ast.Module, additions: Sequence[AddImport], removals: Sequence[RemoveImport], uses: Sequence[Use]
) -> list[Placed]:
    """Find the place of every import that is still missing."""
    return _Placement(tree, removals, uses).place(additions)


class _Placement:
    def __init__(self, tree: ast.Module, removals: Sequence[RemoveImport], uses: Sequence[Use]) -> None:
        self.tree = tree
        self.uses = uses
        self.gone = {id(removal.alias) for removal in removals}
        self.functions = [node for node in _statements(tree.body) if isinstance(node, _Function)]
        self.top: list[Template] = []

    def place(self, additions: Sequence[AddImport]) -> list[Placed]:
        """One place for each import that is needed; those that go to the same place are in one order."""
        missing: dict[tuple[str, str, str], AddImport] = {}
        for addition in additions:
            named = replace(addition, name=_bound_name(addition))
            if not self.is_bound(named):
                missing.setdefault((named.module, named.member, named.name), named)
        placed: list[Placed] = []
        fresh: dict[str, list[AddImport]] = {}
        for addition in missing.values():
            into = self.statement_to_extend(addition)
            if into is not None:
                placed.append(Placed(addition, into=into))
            else:
                key = addition.module if addition.member else f"{addition.module} {addition.name}"
                fresh.setdefault(key, []).append(addition)
        ordered = sorted(fresh.values(), key=lambda group: _key_by_form(_node(group)))
        return [*placed, *self.place_lines(ordered)]

    # What is there

    def is_bound(self, addition: AddImport) -> bool:
        """Whether every use of the name will find it bound already."""
        name = _bound_name(addition)
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

    # Where to put it

    def limit(self, additions: Iterable[AddImport]) -> int:
        """The line from which on the names are used while the module is being run."""
        names = "|".join(re.escape(_bound_name(addition)) for addition in additions)
        lines = [n.lineno for n, text in self.uses if re.search(rf"\b({names})\b", text) and not self.around(n)]
        return min(lines, default=sys.maxsize)

    def head(self, limit: int) -> list[ImportNode]:
        """The import statements at the top of the module, guarded ones and settings between them left out."""
        nodes: list[ImportNode] = []
        for statement in self.tree.body:
            if isinstance(statement, _DEFINITIONS) or statement.lineno >= limit:
                is_import = isinstance(statement, ast.Import | ast.ImportFrom)
                if not is_import or statement.lineno > limit:
                    break
            if isinstance(statement, ast.Import | ast.ImportFrom) and not _is_future(statement):
                nodes.append(statement)
        return nodes

    def statement_to_extend(self, addition: AddImport) -> ast.ImportFrom | None:
        if not addition.member:
            return None
        for node in self.head(self.limit([addition])):
            if not isinstance(node, ast.ImportFrom) or node.module != addition.module or node.level:
                continue
            if node.names[0].name != "*" and self.left(node):
                return node
        return None

    def left(self, node: ImportNode) -> bool:
        return any(id(alias) not in self.gone for alias in node.names)

    def groups(self, limit: int) -> list[_Group]:
        result: list[_Group] = []
        previous: ast.stmt | None = None
        head = {id(node) for node in self.head(limit)}
        for statement in self.tree.body:
            if id(statement) not in head or not isinstance(statement, ast.Import | ast.ImportFrom):
                previous = None
                continue
            if previous is None or statement.lineno > (previous.end_lineno or 0) + 1:
                result.append(_Group())
            result[-1].nodes.append(statement)
            previous = statement
        return result

    def place_lines(self, fresh: Sequence[list[AddImport]]) -> list[Placed]:
        """The places of imports that need lines of their own."""
        placed: list[Placed] = []
        opened: dict[tuple[int, Where], list[tuple[int, str]]] = {}
        spots: dict[tuple[int, Where], _Spot] = {}
        for additions in fresh:
            groups = self.groups(self.limit(additions))
            new, line = _node(additions), _statement(additions)
            group = self.best_group(groups, new)
            if group is not None:
                anchor, where = self.neighbour(group, groups, new)
                placed.append(Placed(additions[0], None, anchor, where, (Template(line),)))
            else:
                spot = self.new_group(groups, _kind(new))
                key = (id(spot.anchor), spot.where)
                spots[key] = spot
                opened.setdefault(key, []).append((_kind(new), line))
        for key, numbered in opened.items():
            spot = spots[key]
            placed.append(Placed(fresh[0][0], None, spot.anchor, spot.where, spot.lines(numbered)))
        return placed

    def best_group(self, groups: Sequence[_Group], new: ImportNode) -> _Group | None:
        """The group of its kind with the packages that it works with, else the first of its kind."""
        kind = _kind(new)
        fitting = [group for group in groups if any(_kind(node) == kind for node in group.nodes)]
        related = [g for g in fitting if kind == 1 and any(_root(node) in _RELATED for node in g.nodes)]
        exact = [group for group in fitting if group.kind() == kind]
        return next(iter([*related, *exact, *fitting]), None)

    def neighbour(self, group: _Group, groups: Sequence[_Group], new: ImportNode) -> tuple[ast.stmt, Where]:
        """The alphabetical place in a sorted group, else its end."""
        left = self.remaining(group)
        if not left:
            return group.nodes[0], Where.AFTER
        keys = [key for key in _ORDERS if _is_sorted(left, key)]
        if not keys:
            return left[-1], Where.AFTER
        # Where both orders fit this group, the other groups tell which one is meant.
        key = next((key for key in keys if all(_is_sorted(self.remaining(other), key) for other in groups)), keys[0])
        before = [node for node in left if key(node) <= key(new)]
        return (before[-1], Where.AFTER) if before else (left[0], Where.BEFORE)

    def remaining(self, group: _Group) -> list[ImportNode]:
        """The statements of a group that are not removed."""
        return [node for node in group.nodes if self.left(node)]

    def new_group(self, groups: Sequence[_Group], kind: int) -> "_Spot":
        """A place between groups of other kinds, or at the top of the module."""
        earlier = [group for group in groups if group.kind() < kind]
        if earlier:
            return _Spot(earlier[-1].nodes[-1], Where.AFTER, blank_before=True)
        if groups:
            return _Spot(groups[0].nodes[0], Where.BEFORE, blanks_after=1)
        body = self.tree.body
        top = [index for index, node in enumerate(body) if _is_future(node) or (index == 0 and _is_docstring(node))]
        following = body[top[-1] + 1 if top else 0 :]
        blanks = 2 if following and isinstance(following[0], _DEFINITIONS) else len(following[:1])
        if top:
            return _Spot(body[top[-1]], Where.AFTER, blank_before=True, blanks_after=blanks)
        return _Spot(following[0] if following else None, Where.BEFORE, blanks_after=blanks)


@dataclass(frozen=True, slots=True)
class _Spot:
    """A place for a new group of imports, and whether it needs a blank line around it."""

    anchor: ast.stmt | None
    where: Where
    blank_before: bool = False
    blanks_after: int = 0

    def lines(self, numbered: Sequence[tuple[int, str]]) -> tuple[Template, ...]:
        """The lines of the group: each kind of import is one more group."""
        parts: list[str] = [""] if self.blank_before else []
        previous: int | None = None
        for kind, line in sorted(numbered, key=lambda pair: pair[0]):
            if previous is not None and kind != previous:
                parts.append("")
            parts.append(line)
            previous = kind
        return tuple(map(Template, [*parts, *["\n" * self.blanks_after][: self.blanks_after]]))


def _statement(additions: Sequence[AddImport]) -> str:
    first = additions[0]
    if not first.member:
        plain = first.name == first.module.partition(".")[0]
        return f"import {first.module}" if plain else f"import {first.module} as {first.name}"
    parts = [a.member if a.name == a.member else f"{a.member} as {a.name}" for a in additions]
    return f"from {first.module} import {', '.join(sorted(parts))}"


def _node(additions: Sequence[AddImport]) -> ImportNode:
    """The statement that binds the names, as a node."""
    return cast("ImportNode", ast.parse(_statement(additions)).body[0])


def _bound_name(addition: AddImport) -> str:
    return addition.name or addition.member or addition.module.partition(".")[0]


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


_RELATED = {"arraylake", "dask", "icechunk", "numpy", "pandas", "xarray", "zarr"}
