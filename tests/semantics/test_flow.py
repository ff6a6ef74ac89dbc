"""Control flow, told by the paths that calls of single letters can be made in."""

import ast

import pytest

from al_codemod.semantics.flow import Block, Graph
from al_codemod.semantics.flow_statements import build_graph
from al_codemod.semantics.scopes import build_scopes


def paths(source: str, limit: int = 12) -> set[str]:
    """Every way through a program, as the letters of the functions that it calls; loops are taken at most once."""
    module = ast.parse(source)
    scopes = build_scopes(module)
    graph = build_graph(scopes[module], scopes)
    found: set[str] = set()
    _walk(graph, graph.entry, "", {}, found, limit)
    return found


def _walk(graph: Graph, block: Block, path: str, seen: dict[Block, int], found: set[str], limit: int) -> None:
    if seen.get(block, 0) > 1 or len(path) > limit:
        return
    for step in block.steps:
        if isinstance(step.node, ast.Call) and isinstance(step.node.func, ast.Name):
            path += step.node.func.id
    if block is graph.exit:
        found.add(path)
    for target in block.successors:
        _walk(graph, target, path, {**seen, block: seen.get(block, 0) + 1}, found, limit)


PATHS = [
    pytest.param("a()\nb()", {"ab"}, id="one after the other"),
    pytest.param("if a():\n    b()\nelse:\n    c()\nd()", {"abd", "acd"}, id="if and else"),
    pytest.param("a() and b()\nc()", {"abc", "ac"}, id="and stops early"),
    pytest.param("a() if b() else c()", {"ba", "bc"}, id="a conditional expression evaluates its test first"),
    pytest.param("while True:\n    a()\n    break\nelse:\n    b()", {"a"}, id="else is skipped by break"),
    pytest.param("for x in y:\n    continue\nelse:\n    a()", {"a"}, id="else runs after the loop"),
    pytest.param("try:\n    a()\nfinally:\n    b()", {"ab"}, id="finally runs after the body"),
    pytest.param(
        "for x in y:\n    try:\n        break\n    finally:\n        a()\nb()", {"ab", "b"}, id="finally runs on break"
    ),
    pytest.param(
        "match x:\n    case 1:\n        a()\n    case _:\n        b()", {"a", "b"}, id="a match takes one case"
    ),
    pytest.param("with a() as x:\n    b()\nc()", {"abc"}, id="with"),
    pytest.param("assert a()\nraise b()\nc()", set(), id="nothing follows a raise"),
]


@pytest.mark.parametrize(("source", "expected"), PATHS)
def test_paths(source: str, expected: set[str]) -> None:
    assert paths(source) == expected


def test_handlers_are_entered_from_before_and_after_a_call() -> None:
    module = ast.parse("try:\n    a()\nexcept E:\n    b()")
    scopes = build_scopes(module)
    graph = build_graph(scopes[module], scopes)
    (calling,) = [b for b in graph.blocks if any(ast.unparse(s.node) == "a()" for s in b.steps)]
    assert calling.handlers != [graph.escape]
