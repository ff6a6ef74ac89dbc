"""Whether every name that a program uses is bound: a check of migrated code that needs no library at all."""

import ast
import builtins
import symtable
from collections.abc import Iterator

BUILTINS = frozenset(dir(builtins)) | {"__file__", "__name__", "__doc__", "__builtins__", "__spec__", "__path__"}
LOOPS = ast.For | ast.AsyncFor | ast.While
SCOPES = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef
COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def unbound(source: str) -> set[str]:
    """The names that nothing binds where they are used, or only what comes later."""
    if any(isinstance(n, ast.ImportFrom) and n.names[0].name == "*" for n in ast.walk(ast.parse(source))):
        return set()
    return {*_without_binding(source), *_too_early(ast.parse(source))}


def _without_binding(source: str) -> Iterator[str]:
    top = symtable.symtable(source, "<migrated>", "exec")
    tables = list(_tables(top))
    module = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported()}
    module |= {s.get_name() for t in tables for s in t.get_symbols() if s.is_declared_global() and s.is_assigned()}
    for table in tables:
        for symbol in table.get_symbols():
            is_global = symbol.is_global() or (table is top and not (symbol.is_assigned() or symbol.is_imported()))
            if is_global and symbol.is_referenced() and symbol.get_name() not in module | BUILTINS:
                yield symbol.get_name()


def _tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _tables(child)


def _too_early(tree: ast.Module) -> Iterator[str]:
    """Names that are used above the first line that binds them, in one scope and in no loop."""
    anywhere = {n for s in ast.walk(tree) if isinstance(s, ast.Global) for n in s.names}
    yield from _early_in(tree.body, anywhere)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            arguments = {a.arg for a in ast.walk(node.args) if isinstance(a, ast.arg)}
            declared = {n for s in ast.walk(node) if isinstance(s, ast.Global | ast.Nonlocal) for n in s.names}
            yield from _early_in(node.body, arguments | declared)


def _early_in(body: list[ast.stmt], known: set[str]) -> Iterator[str]:
    first: dict[str, tuple[int, int]] = {}
    loads: list[tuple[str, tuple[int, int]]] = []
    for node, in_loop in _own_nodes(body):
        match node:
            case ast.Name(ctx=ast.Load()):
                if not in_loop:
                    loads.append((node.id, (node.lineno, node.col_offset)))
            case ast.Name():
                _note(first, node.id, node)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.ExceptHandler():
                _note(first, node.name or "", node)
            case ast.Import() | ast.ImportFrom():
                for alias in node.names:
                    _note(first, alias.asname or alias.name.partition(".")[0], node)
            case ast.MatchAs() | ast.MatchStar():
                _note(first, node.name or "", node)
    for name, at in loads:
        # The value of an assignment comes before its target in time, and behind it in the text.
        if name in first and at[0] < first[name][0] and name not in known | BUILTINS:
            yield name


def _note(first: dict[str, tuple[int, int]], name: str, node: ast.AST) -> None:
    at = (getattr(node, "lineno", 0), getattr(node, "col_offset", 0))
    first[name] = min(at, first.get(name, at))


def _own_nodes(body: list[ast.stmt]) -> Iterator[tuple[ast.AST, bool]]:
    """The nodes of one scope, without those of the scopes in it, and whether each is in a loop."""
    waiting: list[tuple[ast.AST, bool]] = [(statement, False) for statement in body]
    while waiting:
        node, in_loop = waiting.pop()
        yield node, in_loop
        if isinstance(node, SCOPES | COMPREHENSIONS):
            continue
        waiting += [(child, in_loop or isinstance(node, LOOPS)) for child in ast.iter_child_nodes(node)]
