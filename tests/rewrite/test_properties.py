"""What holds for any source and any edits: nothing else moves, and the result parses."""

import ast
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from al_codemod.rewrite.apply import apply
from al_codemod.rewrite.edits import (
    AddImport,
    ChangeCall,
    Edit,
    InsertStatements,
    ReplaceExpression,
    ReplaceStatement,
    Template,
    Where,
    WrapStatement,
)
from al_codemod.rewrite.verify import check

EXPRESSIONS = [
    "a.b(c)[d]",
    "f(x, k=a.b, *y, **z)",
    "f(\n        a,  # one\n        b=(c if d else e),\n    )",
    "{'k': [a, *b], **c}",
    "[x for x in y if z]",
    "f(x for x in y)",
    "(a\n     + b)",
    "not a or b and c",
    "lambda x, *, y=z: (x, y)",
    "a[1:b, c]",
    "-a ** b < c in d",
    "f'é{a.b!r:>{w}} {c}' 'ü'",
    '"""\n  text\n"""',
    "(w := f(a))",
]
STATEMENTS = [
    "{0}\n",
    "x = {0}  # why\n",
    "x: {1} = {0}; y = {1}\n",
    "# on it\nx, y = {0}, {1}\n",
    "assert {0}, {1} ;\n",
    "if {0}: x = {1}\n",
    "if {0}:\n    x = {1}\n    # end\nelif {1}: pass\nelse:\n\n    y = {0}\n",
    "for x in {0}:\n\ty = {1}\n\tcontinue\nelse: pass\n",
    "with {0} as x, {1}: pass\n",
    "try:\n  x = {0}\nexcept E as e:\n  raise {1} from e\nfinally:\n  y = 1\n",
    "@d({0})\ndef f(a, b={1}, *c: {0}) -> {1}:\n    '''Doc.'''\n    return {0}\n\n",
    "class A({0}, m={1}):\n    x = {0}\n\n    def f(self): return {1}\n",
    "async def f():\n    await g({0})\n    return [x async for x in {1}]\n",
    "\n\n# a comment\n",
    "x = 1; \\\n  y = {0}\n",
    "import os, sys\nfrom m import (\n    a,  # one\n    b\n)\n",
    "\x0c\n",
    "match {0}:\n    case [1, a] if {1}:\n        pass\n    case _: x = {0}\n",
]


@st.composite
def sources(draw: st.DrawFn) -> str:
    """Modules with odd formatting."""
    expression = st.sampled_from(EXPRESSIONS)
    parts = [
        part.replace("{0}", draw(expression)).replace("{1}", draw(expression))
        for part in draw(st.lists(st.sampled_from(STATEMENTS), max_size=6))
    ]
    text = "".join(parts)
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    return text.rstrip("\r\n") if draw(st.booleans()) else text


def parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except SyntaxError:
        return None


def expressions(tree: ast.Module) -> Iterator[ast.expr]:
    """Expressions that stand in a place of their own."""
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [*node.values, *(v.format_spec for v in node.values if isinstance(v, ast.FormattedValue))]
            skipped.update(id(part) for part in parts)
            skipped.update(id(inner) for part in parts if isinstance(part, ast.JoinedStr) for inner in part.values)
        if isinstance(node, ast.Subscript) and any(isinstance(part, ast.Slice) for part in ast.walk(node.slice)):
            skipped.add(id(node.slice))
        if isinstance(node, ast.match_case):
            skipped.update(map(id, ast.walk(node.pattern)))
        is_value = isinstance(getattr(node, "ctx", ast.Load()), ast.Load) and not isinstance(
            node, ast.Slice | ast.Starred
        )
        if isinstance(node, ast.expr) and is_value and id(node) not in skipped:
            yield node


def statements(tree: ast.Module) -> list[ast.stmt]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]


@settings(deadline=None)
@given(sources())
def test_no_edit_changes_nothing(text: str) -> None:
    tree = parsed(text)
    if tree is not None:
        assert apply(text, tree, []) == text


@settings(deadline=None, max_examples=200)
@given(sources(), st.data())
def test_edits_that_put_back_what_was_there_change_nothing(text: str, data: st.DataObject) -> None:
    tree = parsed(text)
    if tree is None:
        return
    edits: list[Edit] = []
    for node in expressions(tree):
        if data.draw(st.booleans()):
            edits.append(ReplaceExpression(node, Template("{x}", {"x": node})))
        if isinstance(node, ast.Call):
            edits.append(ChangeCall(node))
            if isinstance(node.func, ast.Name):
                edits.append(ReplaceExpression(node.func, Template(node.func.id)))
    assert apply(text, tree, edits) == text


@settings(deadline=None, max_examples=200)
@given(sources(), st.data())
def test_inserted_lines_are_all_that_is_new(text: str, data: st.DataObject) -> None:
    tree = parsed(text)
    if tree is None or not tree.body:
        return
    # Lines with several statements, and one-line suites, are split by design.
    anchors = [node for node in statements(tree) if alone(text, node)]
    if not anchors:
        return
    anchor = data.draw(st.sampled_from(anchors))
    where = data.draw(st.sampled_from(list(Where)))
    result = apply(text, tree, [InsertStatements(anchor, where, (Template("new_line = 1"),))])
    assert check(result) is None
    assert [line for line in result.splitlines() if line.strip() and "new_line" not in line] == [
        line for line in text.splitlines() if line.strip()
    ]
    assert result.endswith("\n") == text.endswith("\n")


def alone(text: str, node: ast.stmt) -> bool:
    """Whether a statement has its lines for itself."""
    lines = text.replace("\r\n", "\n").split("\n")
    before = lines[node.lineno - 1].encode()[: node.col_offset].strip()
    after = lines[(node.end_lineno or 0) - 1].encode()[node.end_col_offset or 0 :].strip()
    is_elif = lines[node.lineno - 1].encode()[node.col_offset :].startswith(b"elif")
    continued = node.lineno > 1 and lines[node.lineno - 2].endswith("\\")
    return not before and not is_elif and not continued and (not after or after.startswith(b"#"))


def real_edits(tree: ast.Module, data: st.DataObject) -> Iterator[Edit]:
    """Edits of all kinds, which overlap in every way."""
    for node in expressions(tree):
        choice = data.draw(st.integers(0, 9))
        if choice == 0:
            yield ReplaceExpression(node, Template("p if {x} else q", {"x": node}))
        elif choice == 1 and isinstance(node, ast.Call):
            yield ReplaceExpression(node, Template("{f}.g", {"f": node.func}))
        elif choice == 2 and isinstance(node, ast.Call):
            arguments = [*node.args, *node.keywords]
            first = (Template("lambda: 0"),)
            yield ChangeCall(node, first=first, drop=tuple(arguments[:1]), add=(("new", Template("a or b")),))
    for statement in statements(tree):
        choice = data.draw(st.integers(0, 9))
        lines = (Template("new = 1"), Template("if new:\n    pass"))
        if choice == 0:
            yield InsertStatements(statement, data.draw(st.sampled_from(list(Where))), lines)
        elif choice == 1:
            yield ReplaceStatement(statement, lines[: data.draw(st.integers(0, 2))])
        elif choice == 2:
            yield WrapStatement(statement, Template("if new:"))
    if data.draw(st.booleans()):
        yield AddImport("icechunk")


@settings(deadline=None, max_examples=300)
@given(sources(), st.data())
def test_the_result_parses(text: str, data: st.DataObject) -> None:
    tree = parsed(text)
    if tree is None:
        return
    result = apply(text, tree, list(real_edits(tree, data)))
    assert check(result) is None, result


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("x = (\n", "line 1", id="open brackets"),
        pytest.param("x = 1\0", "null", id="a null byte"),
        pytest.param("x = 1\n", None, id="nothing wrong"),
    ],
)
def test_check(text: str, reason: str | None) -> None:
    found = check(text)
    assert found == reason if reason is None else found is not None and reason in found
