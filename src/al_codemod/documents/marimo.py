"""marimo's notebooks: Python files in which each cell is a function, and its names are parameters and results.

marimo runs cells in the order of their names: one that takes what another returns runs after it. Each name belongs to
one cell only, so a session that a second cell would open anew has no place in such a notebook.
"""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from al_codemod.documents.lines import dedented, indentation, indented, split, with_prefixes
from al_codemod.documents.parts import Below, Part
from al_codemod.documents.source import SourceDocument
from al_codemod.documents.splices import Splice
from al_codemod.source.check import check_syntax
from al_codemod.source.errors import SourceError
from al_codemod.source.offsets import Offsets
from al_codemod.source.text import decode

_HEADER = re.compile(r"def\s+\w+\s*\(([^()]*)\)", re.DOTALL)


@dataclass(slots=True)
class _Cell:
    """A cell: the lines of its code (from 0), and its function; a setup block has none."""

    part: Part
    first: int
    end: int
    indent: str
    function: ast.FunctionDef | ast.AsyncFunctionDef | None
    names: "_Names"


@dataclass(frozen=True, slots=True)
class _Names:
    """The names that code binds at its top, and those that it takes from elsewhere."""

    bound: frozenset[str]
    used: frozenset[str]


@dataclass(slots=True)
class MarimoNotebook(SourceDocument):
    """A notebook of marimo."""

    _cells: list[_Cell] = field(default_factory=list)

    @property
    def modules(self) -> list[list[Part]]:
        """The parts in the order in which they run."""
        order: list[_Cell] = []
        waiting = list(self._cells)
        while waiting:
            known = {name for cell in waiting for name in cell.names.bound}
            ready = next((c for c in waiting if not (c.names.used - c.names.bound) & known), waiting[0])
            order.append(ready)
            waiting.remove(ready)
        return [[cell.part for cell in order]]

    def splices(self, new: Mapping[Part, str], *, clear_outputs: bool = False) -> list[Splice]:  # noqa: ARG002
        """What to change in `text`: the code of cells, and the names that they take and return."""
        lines = split(self.text)
        starts = [0]
        for line in lines:
            starts.append(starts[-1] + len(line))
        after = {cell.part: names_of(_parsed(new.get(cell.part, cell.part.text))) for cell in self._cells}
        self._check(after)
        found: list[Splice] = []
        for cell in self._cells:
            if cell.part in new:
                raw = lines[cell.first : cell.end]
                text = with_prefixes(raw, dedented(raw, cell.indent), new[cell.part], indented(cell.indent))
                found.append((starts[cell.first], starts[cell.end], text))
            if cell.function is not None:
                found += self._interface(cell, after, starts)
        return sorted(found)

    def _check(self, after: Mapping[Part, _Names]) -> None:
        """Every name that is new has to be bound in one cell only."""
        before = [name for cell in self._cells for name in cell.names.bound]
        names = [name for cell in self._cells for name in after[cell.part].bound]
        for name in sorted(set(names)):
            if names.count(name) > max(before.count(name), 1) and not name.startswith("_"):
                reason = f"left alone: `{name}` would be bound in two cells, which marimo does not allow"
                raise SourceError.of_file(self.path, reason)
        in_cells = {name for cell in self._cells if cell.function is not None for name in after[cell.part].bound}
        for cell in self._cells:
            wanted = (after[cell.part].used - cell.names.used - after[cell.part].bound) & in_cells
            if cell.function is None and wanted:
                reason = f"left alone: a function or the setup would need `{min(wanted)}`, which a cell binds"
                raise SourceError.of_file(self.path, reason)

    def _interface(self, cell: _Cell, after: Mapping[Part, _Names], starts: Sequence[int]) -> Iterator[Splice]:
        """The parameters of a cell and what it returns, where new code needs others."""
        function = cell.function
        assert function is not None
        old, new = cell.names, after[cell.part]
        others = [names for part, names in after.items() if part is not cell.part]
        elsewhere = {name for names in others for name in names.bound if not name.startswith("_")}
        taken = [argument.arg for argument in function.args.args]
        wanted = [n for n in taken if n in new.used or n not in old.used]
        wanted += sorted(n for n in new.used - old.used - new.bound if n in elsewhere and n not in wanted)
        if wanted != taken:
            start = starts[function.lineno - 1]
            found = _HEADER.search(self.text, start)
            if found is not None:
                yield *found.span(1), ", ".join(sorted(wanted) if taken == sorted(taken) else wanted)
        needed = {name for names in others for name in names.used}
        added = sorted(n for n in new.bound - old.bound if n in needed and not n.startswith("_"))
        last = function.body[-1]
        if not isinstance(last, ast.Return):
            if added:
                yield starts[cell.end], starts[cell.end], f"{cell.indent}{_return(added)}\n"
            return
        names = [node.id for node in ast.walk(last) if isinstance(node, ast.Name)]
        results = [*(n for n in names if n in new.bound or n not in old.bound), *added]
        if results == names:
            return
        if names == sorted(names):
            results.sort()
        yield *Offsets(self.text).span(last), _return(results)


def read_marimo(path: str, data: bytes) -> MarimoNotebook:
    """A notebook from its bytes; raises `SourceError` when it does not parse."""
    source = decode(path, data)
    tree = check_syntax(path, source.text)
    notebook = MarimoNotebook(source, [])
    lines = split(source.text)
    for statement in tree.body:
        body = _cell_body(statement)
        code = body[:-1] if body and isinstance(body[-1], ast.Return) else body
        if _is_definition(statement):
            first, end = statement.lineno - 1, statement.end_lineno or statement.lineno
        elif code and statement.lineno < code[0].lineno:
            first = _first_line(statement.lineno, code[0].lineno, lines)
            end = body[-1].lineno - 1 if code is not body else (code[-1].end_lineno or code[-1].lineno)
        else:
            continue
        raw = lines[first:end]
        indent = indentation(raw)
        text = "".join(dedented(raw, indent))
        part = Part(text, Below(first, len(indent)), str)
        function = statement if body and isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) else None
        notebook.parts.append(part)
        notebook._cells.append(_Cell(part, first, end, indent, function, names_of(_parsed(text))))
    return notebook


def _is_definition(statement: ast.stmt) -> bool:
    """Whether a statement is a function or a class that belongs to no cell."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return any(_is_member(node, name) for node in decorators for name in ("function", "class_definition"))


def _cell_body(statement: ast.stmt) -> list[ast.stmt]:
    """The statements of a cell: of a function that is one, or of the setup block."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            if any(_is_member(decorator, "cell") for decorator in statement.decorator_list):
                return statement.body
        case ast.With() | ast.AsyncWith():
            if any(_is_member(item.context_expr, "setup") for item in statement.items):
                return statement.body
    return []


def _is_member(node: ast.expr, name: str) -> bool:
    node = node.func if isinstance(node, ast.Call) else node
    return isinstance(node, ast.Attribute) and node.attr == name


def _first_line(header: int, first: int, lines: Sequence[str]) -> int:
    """The first line of a body (from 0), comments above its first statement among them."""
    at = first - 1
    while at > header and lines[at - 1].strip().startswith("#"):
        at -= 1
    return at


def _return(names: Sequence[str]) -> str:
    if not names:
        return "return"
    return f"return ({names[0]},)" if len(names) == 1 else f"return {', '.join(names)}"


def _parsed(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except SyntaxError:  # a `return` in the middle is no error to the parser
        return ast.Module([], type_ignores=[])


def names_of(tree: ast.Module) -> _Names:
    """The names of the code of a cell."""
    bound: set[str] = set()
    used: set[str] = set()
    for statement in tree.body:
        for node in _outside_of_functions(statement):
            match node:
                case ast.Name(ctx=ast.Store()) | ast.Name(ctx=ast.Del()):
                    bound.add(node.id)
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    bound.add(node.name)
                case ast.alias():
                    bound.add(node.asname or node.name.partition(".")[0])
        used |= {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    return _Names(frozenset(bound), frozenset(used))


def _outside_of_functions(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    if isinstance(
        node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda | ast.ListComp | ast.SetComp
    ):
        return
    if isinstance(node, ast.DictComp | ast.GeneratorExp):
        return
    for child in ast.iter_child_nodes(node):
        yield from _outside_of_functions(child)
