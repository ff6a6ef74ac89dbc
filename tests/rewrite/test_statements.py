"""Statements are inserted, replaced, deleted and wrapped; comments and blank lines stay where a reader expects them."""

from collections.abc import Callable, Sequence

import pytest

from al_codemod.rewrite.apply import apply
from al_codemod.rewrite.edits import (
    Edit,
    InsertStatements,
    ReplaceExpression,
    ReplaceStatement,
    Template,
    Where,
    WrapStatement,
)
from al_codemod.rewrite.errors import ConflictError
from rewrite.helpers import Code, lines

Make = Callable[[Code], Sequence[Edit]]


def before_(anchor: str, *new: str, nth: int = 0) -> Make:
    return lambda code: [InsertStatements(code.stmt(anchor, nth), Where.BEFORE, lines(*new))]


def after_(anchor: str, *new: str, nth: int = 0) -> Make:
    return lambda code: [InsertStatements(code.stmt(anchor, nth), Where.AFTER, lines(*new))]


def become(old: str, *new: str) -> Make:
    return lambda code: [ReplaceStatement(code.stmt(old), lines(*new))]


def wrap(old: str, header: str = "if new:") -> Make:
    return lambda code: [WrapStatement(code.stmt(old), Template(header))]


def rename(old: str, new: str) -> Make:
    return lambda code: [ReplaceExpression(code.expr(old), Template(new))]


def both(*makers: Make) -> Make:
    return lambda code: [edit for make in makers for edit in make(code)]


def check(before: str, edits: Make, after: str) -> None:
    code = Code(before)
    assert apply(before, code.tree, edits(code)) == after


@pytest.mark.parametrize(
    ("before", "edits", "after"),
    [
        pytest.param("a\nb\n", before_("b", "n = 1"), "a\nn = 1\nb\n", id="between two"),
        pytest.param("a\nb\n", before_("a", "n", "m"), "n\nm\na\nb\n", id="two at the top"),
        pytest.param("a\n\nb\n", before_("b", "n"), "a\n\nn\nb\n", id="below the blank line"),
        pytest.param("a\n\n# on b\nb  # t\n", before_("b", "n"), "a\n\n# on b\nn\nb  # t\n", id="below the comment"),
        pytest.param("# top\na\n", before_("a", "n"), "# top\nn\na\n", id="below the first comment of the file"),
        pytest.param(
            "x = 1\n\n\n# on f\ndef f(): pass\n",
            before_("def f", "n"),
            "x = 1\n\n\nn\n\n\n# on f\ndef f(): pass\n",
            id="above the comment of a function",
        ),
        pytest.param(
            "x = 1\n\n\n@d\ndef f(): pass\n",
            before_("def f", "n"),
            "x = 1\n\n\nn\n\n\n@d\ndef f(): pass\n",
            id="above a decorator",
        ),
        pytest.param(
            "def f(): pass\n", before_("def f", "n"), "n\n\n\ndef f(): pass\n", id="above a function at the top"
        ),
        pytest.param(
            "class A:\n    def f(self): pass\n",
            before_("def f", "n"),
            "class A:\n    n\n\n    def f(self): pass\n",
            id="above the first method",
        ),
        pytest.param(
            "if x:\n\ta\n\tb\n",
            before_("b", "if n:\n    m\nelse:\n    o"),
            "if x:\n\ta\n\tif n:\n\t\tm\n\telse:\n\t\to\n\tb\n",
            id="a nested block takes the indentation of the file",
        ),
        pytest.param("if x: a\n", before_("a", "n"), "if x:\n    n\n    a\n", id="in a one-line suite"),
        pytest.param(
            "if x: a  # t\nelse: b  # u\n",
            before_("b", "n"),
            "if x: a  # t\nelse:\n    n\n    b  # u\n",
            id="in a one-line else",
        ),
        pytest.param("class A: x = 1\n", before_("x", "n"), "class A:\n    n\n    x = 1\n", id="in a one-line class"),
        pytest.param(
            "for i in x: a; b\n",
            before_("a", "n"),
            "for i in x:\n    n\n    a; b\n",
            id="before all of a one-line loop",
        ),
        pytest.param("a; b; c  # t\n", before_("b", "n"), "a\nn\nb; c  # t\n", id="in the middle of a line"),
        pytest.param("a; b\n", before_("a", "n"), "n\na; b\n", id="before a line of several"),
        pytest.param("# c\na; b;\n", before_("b", "n"), "# c\na\nn\nb;\n", id="the semicolon at the end stays"),
        pytest.param("a\r\nb\r\n", before_("b", "if n:\n    m"), "a\r\nif n:\r\n    m\r\nb\r\n", id="CRLF"),
        pytest.param("a\nb", before_("b", "n"), "a\nn\nb", id="no line end at the end of the file"),
        pytest.param("a\n\nb\n", before_("b", "# why", "n"), "a\n\n# why\nn\nb\n", id="a comment with it"),
        pytest.param("a\n\nb\n", before_("b", "# TODO"), "a\n\n# TODO\nb\n", id="a comment alone"),
        pytest.param("a\n# c\nb\n", before_("b", "# TODO"), "a\n# c\n# TODO\nb\n", id="a comment below a comment"),
        pytest.param(
            "if x:\n    a\nelif y:\n    b\nelse:\n    c\n",
            before_("elif", "n"),
            "if x:\n    a\nelse:\n    n\n    if y:\n        b\n    else:\n        c\n",
            id="before an elif",
        ),
        pytest.param(
            "try:\n  a\nexcept E:\n  b\nelse:\n  c\nfinally:\n  d\n",
            both(before_("b", "n"), before_("c", "o"), before_("d", "p")),
            "try:\n  a\nexcept E:\n  n\n  b\nelse:\n  o\n  c\nfinally:\n  p\n  d\n",
            id="in all parts of a try",
        ),
        pytest.param(
            "match x:\n    case 1:\n        a\n    case _: b\n",
            both(before_("a", "n"), before_("b", "o")),
            "match x:\n    case 1:\n        n\n        a\n    case _:\n        o\n        b\n",
            id="in the cases of a match",
        ),
        pytest.param(
            "async def f():\n    with x: await a\n",
            before_("await a", "n"),
            "async def f():\n    with x:\n        n\n        await a\n",
            id="in a nested one-line suite",
        ),
    ],
)
def test_insert_before(before: str, edits: Make, after: str) -> None:
    check(before, edits, after)


@pytest.mark.parametrize(
    ("before", "edits", "after"),
    [
        pytest.param("a\nb\n", after_("a", "n", "m"), "a\nn\nm\nb\n", id="two between two"),
        pytest.param("a  # t\n\n# on b\nb\n", after_("a", "n"), "a  # t\nn\n\n# on b\nb\n", id="directly behind"),
        pytest.param("a\n# end\n", after_("a", "n"), "a\nn\n# end\n", id="before the last comment of the file"),
        pytest.param("a", after_("a", "n"), "a\nn", id="at the end without line end"),
        pytest.param("a\n\n\n", after_("a", "n"), "a\nn\n\n\n", id="at the end with blank lines"),
        pytest.param(
            "if x:\n    a\n    # end\n\nb\n",
            after_("a", "n"),
            "if x:\n    a\n    n\n    # end\n\nb\n",
            id="before the last comment of a block",
        ),
        pytest.param(
            "if x:\n    if y:\n        a\nb",
            after_("if y", "n"),
            "if x:\n    if y:\n        a\n    n\nb",
            id="behind a block",
        ),
        pytest.param("if x:\n    a", after_("a", "n"), "if x:\n    a\n    n", id="in a block without line end"),
        pytest.param("if x: a  # t\nb\n", after_("a", "n"), "if x:\n    a  # t\n    n\nb\n", id="in a one-line suite"),
        pytest.param(
            "if x: a; b\n", after_("a", "n"), "if x:\n    a\n    n\n    b\n", id="in the middle of a one-line suite"
        ),
        pytest.param("a; b  # t\nc\n", after_("b", "n"), "a; b  # t\nn\nc\n", id="behind a line of several"),
        pytest.param("a; b  # t\n", after_("a", "n"), "a\nn\nb  # t\n", id="in the middle of a line"),
        pytest.param(
            "x = 1\n\n\ndef f():\n    pass\n\n\ny\n",
            after_("def f", "n"),
            "x = 1\n\n\ndef f():\n    pass\n\n\nn\n\n\ny\n",
            id="behind a function",
        ),
        pytest.param(
            "class A:\n\n    def f(self): pass\n",
            after_("def f", "x = 1"),
            "class A:\n\n    def f(self): pass\n\n    x = 1\n",
            id="behind a method",
        ),
        pytest.param("a\nb\n", after_("b", "# TODO"), "a\nb\n# TODO\n", id="a comment at the end"),
        pytest.param(
            "if x:\n    a\nb\n",
            after_("a", "# TODO"),
            "if x:\n    a\n    # TODO\nb\n",
            id="a comment at the end of a block",
        ),
        pytest.param(
            "if x: a\nelif y: b\n", after_("elif", "n"), "if x: a\nelse:\n    if y: b\n    n\n", id="behind an elif"
        ),
        pytest.param(
            "a\nb\n",
            both(after_("a", "n"), before_("b", "m"), after_("a", "o")),
            "a\nn\no\nm\nb\n",
            id="the order of edits at one anchor",
        ),
        pytest.param(
            "x = f(\n    a,\n)  # t\ny\n",
            after_("x", "n"),
            "x = f(\n    a,\n)  # t\nn\ny\n",
            id="behind a statement of several lines",
        ),
        pytest.param(
            "s = '''\n  x\n'''\n", after_("s", "n"), "s = '''\n  x\n'''\nn\n", id="behind a string of several lines"
        ),
    ],
)
def test_insert_after(before: str, edits: Make, after: str) -> None:
    check(before, edits, after)


@pytest.mark.parametrize(
    ("before", "edits", "after"),
    [
        pytest.param("a\nb  # t\nc\n", become("b", "n"), "a\nn  # t\nc\n", id="one by one"),
        pytest.param("a\n\n# on b\nb  # t\nc\n", become("b", "n", "m"), "a\n\n# on b\nn\nm  # t\nc\n", id="one by two"),
        pytest.param("a\nb  # t\n", become("b", "if n:\n    m"), "a\nif n:\n    m  # t\n", id="one by a block"),
        pytest.param("# on if\nif x:\n    a\n    b\nc\n", become("if x", "n"), "# on if\nn\nc\n", id="a block by one"),
        pytest.param("a; b; c  # t\n", become("b", "n"), "a; n; c  # t\n", id="within a line"),
        pytest.param("a; b; c  # t\n", become("b", "n", "m"), "a\nn\nm\nc  # t\n", id="within a line, by two"),
        pytest.param("a; b  # t\n", become("b", "n", "m"), "a\nn\nm  # t\n", id="at the end of a line, by two"),
        pytest.param("if x: a  # t\n", become("a", "n"), "if x: n  # t\n", id="in a one-line suite"),
        pytest.param(
            "if x: a  # t\n", become("a", "n", "m"), "if x:\n    n\n    m  # t\n", id="in a one-line suite, by two"
        ),
        pytest.param("plot();\n", become("plot", "draw()"), "draw();\n", id="the semicolon at the end stays"),
        pytest.param("a\nb", become("b", "n", "m"), "a\nn\nm", id="no line end at the end of the file"),
        pytest.param("if x: pass\nelif y: pass\n", become("elif", "n"), "if x: pass\nelse:\n    n\n", id="an elif"),
    ],
)
def test_replace(before: str, edits: Make, after: str) -> None:
    check(before, edits, after)


@pytest.mark.parametrize(
    ("before", "edits", "after"),
    [
        pytest.param("a\nb  # t\nc\n", become("b"), "a\nc\n", id="one in the middle"),
        pytest.param("a\n\nb\nc\n", become("b"), "a\n\nc\n", id="the blank line above stays"),
        pytest.param("a\n\nb\n\n\nc\n", become("b"), "a\n\n\nc\n", id="blank lines do not add up"),
        pytest.param("a\n# on b\nb\n\nc\n", become("b"), "a\n# on b\n\nc\n", id="its comment stays"),
        pytest.param("a\n\n# on b\nb\n# end\n", become("b"), "a\n\n# on b\n# end\n", id="the comment of the last"),
        pytest.param("a\n\n\nb\n", become("b"), "a\n", id="the last with blank lines"),
        pytest.param("a\n\n\nb\n", become("a"), "b\n", id="the first of the file"),
        pytest.param("a\n", become("a"), "", id="the only one of the file"),
        pytest.param(
            "if x:\n    # on a\n    a\nb\n",
            become("a"),
            "if x:\n    # on a\n    pass\nb\n",
            id="the only one of a block",
        ),
        pytest.param("if x:\n    a\n\n    b\n", become("a"), "if x:\n    b\n", id="the first of a block"),
        pytest.param(
            "if x:\n    a\n    # on b\n    b\nc\n",
            become("b"),
            "if x:\n    a\n    # on b\nc\n",
            id="the last of a block",
        ),
        pytest.param("if x: a  # t\n", become("a"), "if x: pass  # t\n", id="the only one of a one-line suite"),
        pytest.param("if x: a; b\n", become("b"), "if x: a\n", id="one of a one-line suite"),
        pytest.param("a; b; c\n", become("a"), "b; c\n", id="the first of a line"),
        pytest.param("a; b; c\n", become("c"), "a; b\n", id="the last of a line"),
        pytest.param("# x\na; b\nc\n", both(become("a"), become("b")), "# x\nc\n", id="all of a line"),
        pytest.param("if x:\n    a\n    b\n", both(become("a"), become("b")), "if x:\n    pass\n", id="all of a block"),
        pytest.param("if x: a\nelif y: b\nelse: c\n", become("elif"), "if x: a\nelse:\n    pass\n", id="an elif"),
        pytest.param("a\nb\nc", become("c"), "a\nb", id="the last without line end"),
        pytest.param("def f():\n    a\n\n\nb\n", become("b"), "def f():\n    a\n", id="behind a function"),
        pytest.param(
            "a\nb\n", both(become("b"), after_("b", "n"), before_("b", "m")), "a\nm\nn\n", id="a deleted anchor"
        ),
    ],
)
def test_delete(before: str, edits: Make, after: str) -> None:
    check(before, edits, after)


@pytest.mark.parametrize(
    ("before", "edits", "after"),
    [
        pytest.param(
            "a\n# on b\nb  # t\nc\n", wrap("b"), "a\n# on b\nif new:\n    b  # t\nc\n", id="with its comments"
        ),
        pytest.param("for i in x: a\n", wrap("a"), "for i in x:\n    if new:\n        a\n", id="in a one-line suite"),
        pytest.param("a; b; c\n", wrap("b"), "a\nif new:\n    b\nc\n", id="in the middle of a line"),
        pytest.param(
            "if x:\n  for i in y:\n    a\n", wrap("for"), "if x:\n  if new:\n    for i in y:\n      a\n", id="a block"
        ),
        pytest.param(
            "x = f(\n    a,\n)\n",
            wrap("x ="),
            "if new:\n    x = f(\n        a,\n    )\n",
            id="several lines are indented",
        ),
        pytest.param("x = '''\na\n'''\n", wrap("x ="), "if new:\n    x = '''\na\n'''\n", id="a string is not indented"),
        pytest.param("a", wrap("a"), "if new:\n    a", id="no line end at the end of the file"),
        pytest.param(
            "a.b\n",
            both(wrap("a.b"), rename("a", "z"), before_("a.b", "n"), after_("a.b", "m")),
            "n\nif new:\n    z.b\nm\n",
            id="with edits in and around it",
        ),
        pytest.param(
            "a\n",
            both(wrap("a"), wrap("a", "with w as x:"), wrap("a")),
            "if new:\n    with w as x:\n        a\n",
            id="twice, the first outermost",
        ),
        pytest.param(
            "a  # t\n", both(wrap("a"), become("a", "n", "m")), "if new:\n    n\n    m  # t\n", id="what replaces it"
        ),
        pytest.param("a\n", both(wrap("a"), become("a")), "", id="nothing, when it is deleted"),
        pytest.param(
            "def f():\n    if x:\n        return\n    elif y: a\n",
            wrap("elif"),
            "def f():\n    if x:\n        return\n    else:\n        if new:\n            if y: a\n",
            id="an elif",
        ),
    ],
)
def test_wrap(before: str, edits: Make, after: str) -> None:
    check(before, edits, after)


def test_holes_in_statements() -> None:
    code = Code("x = a.b(c + d)\nif e: f\n")
    edits = [
        ReplaceStatement(
            code.stmt("x ="), (code.template("y = {h0}.z", ["c + d"]), code.template("x = {h0}(y)", ["a.b"]))
        ),
        ReplaceExpression(code.expr("a"), Template("A")),
        WrapStatement(code.stmt("f"), code.template("while {h0}:", ["e"])),
        InsertStatements(code.stmt("if e"), Where.AFTER, (code.template("if {h0}:\n    g({h1})", ["e", "a.b(c"]),)),
    ]
    after = "y = (c + d).z\nx = A.b(y)\nif e:\n    while e:\n        f\nif e:\n    g(A.b(c + d))\n"
    assert apply(code.text, code.tree, edits) == after


def test_two_replacements_of_one_statement_conflict() -> None:
    with pytest.raises(ConflictError):
        check("a\n", both(become("a", "n"), become("a", "m")), "")
