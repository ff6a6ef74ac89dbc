"""Where imports go: next to what they belong to, before what uses them, and only when they are not there yet."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from al_codemod.rewrite.edits import AddImport, RemoveImport, Template, Where
from al_codemod.rewrite.import_bindings import Bindings, Use, bound_name
from al_codemod.rewrite.import_order import (
    ORDERS,
    ImportNode,
    is_docstring,
    is_future,
    is_sorted,
    key_by_form,
    kind,
    root,
)

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_RELATED = {"arraylake", "dask", "icechunk", "numpy", "pandas", "xarray", "zarr"}


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
        kinds = [kind(node) for node in self.nodes]
        return max(sorted(set(kinds)), key=kinds.count)


def place_imports(
    tree: ast.Module, additions: Sequence[AddImport], removals: Sequence[RemoveImport], uses: Sequence[Use]
) -> list[Placed]:
    """Find the place of every import that is still missing."""
    return _Placement(tree, removals, uses).place(additions)


class _Placement:
    def __init__(self, tree: ast.Module, removals: Sequence[RemoveImport], uses: Sequence[Use]) -> None:
        self.tree = tree
        self.bindings = Bindings(tree, removals, uses)

    def place(self, additions: Sequence[AddImport]) -> list[Placed]:
        """One place for each import that is needed; those that go to the same place are in one order."""
        missing: dict[tuple[str, str, str], AddImport] = {}
        for addition in additions:
            named = replace(addition, name=bound_name(addition))
            if not self.bindings.is_bound(named):
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
        ordered = sorted(fresh.values(), key=lambda group: key_by_form(_node(group)))
        return [*placed, *self.place_lines(ordered)]

    def head(self, limit: int) -> list[ImportNode]:
        """The import statements at the top of the module, guarded ones and settings between them left out."""
        nodes: list[ImportNode] = []
        for statement in self.tree.body:
            if isinstance(statement, _DEFINITIONS) or statement.lineno >= limit:
                is_import = isinstance(statement, ast.Import | ast.ImportFrom)
                if not is_import or statement.lineno > limit:
                    break
            if isinstance(statement, ast.Import | ast.ImportFrom) and not is_future(statement):
                nodes.append(statement)
        return nodes

    def statement_to_extend(self, addition: AddImport) -> ast.ImportFrom | None:
        if not addition.member:
            return None
        for node in self.head(self.bindings.limit([addition])):
            if not isinstance(node, ast.ImportFrom) or node.module != addition.module or node.level:
                continue
            if node.names[0].name != "*" and self.bindings.left(node):
                return node
        return None

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
            groups = self.groups(self.bindings.limit(additions))
            new, line = _node(additions), _statement(additions)
            group = self.best_group(groups, new)
            if group is not None:
                anchor, where = self.neighbour(group, groups, new)
                placed.append(Placed(additions[0], None, anchor, where, (Template(line),)))
            else:
                spot = self.new_group(groups, kind(new))
                key = (id(spot.anchor), spot.where)
                spots[key] = spot
                opened.setdefault(key, []).append((kind(new), line))
        for key, numbered in opened.items():
            spot = spots[key]
            placed.append(Placed(fresh[0][0], None, spot.anchor, spot.where, spot.lines(numbered)))
        return placed

    def best_group(self, groups: Sequence[_Group], new: ImportNode) -> _Group | None:
        """The group of its kind with the packages that it works with, else the first of its kind."""
        own = kind(new)
        fitting = [group for group in groups if any(kind(node) == own for node in group.nodes)]
        related = [g for g in fitting if own == 1 and any(root(node) in _RELATED for node in g.nodes)]
        exact = [group for group in fitting if group.kind() == own]
        return next(iter([*related, *exact, *fitting]), None)

    def neighbour(self, group: _Group, groups: Sequence[_Group], new: ImportNode) -> tuple[ast.stmt, Where]:
        """The alphabetical place in a sorted group, else its end."""
        left = self.remaining(group)
        if not left:
            return group.nodes[0], Where.AFTER
        keys = [key for key in ORDERS if is_sorted(left, key)]
        if not keys:
            return left[-1], Where.AFTER
        # Where both orders fit this group, the other groups tell which one is meant.
        key = next((key for key in keys if all(is_sorted(self.remaining(other), key) for other in groups)), keys[0])
        before = [node for node in left if key(node) <= key(new)]
        return (before[-1], Where.AFTER) if before else (left[0], Where.BEFORE)

    def remaining(self, group: _Group) -> list[ImportNode]:
        """The statements of a group that are not removed."""
        return [node for node in group.nodes if self.bindings.left(node)]

    def new_group(self, groups: Sequence[_Group], own: int) -> "_Spot":
        """A place between groups of other kinds, or at the top of the module."""
        earlier = [group for group in groups if group.kind() < own]
        if earlier:
            return _Spot(earlier[-1].nodes[-1], Where.AFTER, blank_before=True)
        if groups:
            return _Spot(groups[0].nodes[0], Where.BEFORE, blanks_after=1)
        body = self.tree.body
        top = [index for index, node in enumerate(body) if is_future(node) or (index == 0 and is_docstring(node))]
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
        for own, line in sorted(numbered, key=lambda pair: pair[0]):
            if previous is not None and own != previous:
                parts.append("")
            parts.append(line)
            previous = own
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
