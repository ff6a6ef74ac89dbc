"""Expressions are replaced in place: parentheses where they are needed, nothing else moves."""

from collections.abc import Callable, Sequence

import pytest

from al_codemod.rewrite.apply import apply
from al_codemod.rewrite.edits import ChangeCall, Edit, Hoist, InsertStatements, ReplaceExpression, Template, Where
from al_codemod.rewrite.errors import ConflictError, RewriteError
from rewrite.helpers import Code, lines

Make = Callable[[Code], Sequence[Edit]]


def put(old: str, new: str, *holes: str, nth: int = 0) -> Make:
    """Replace the `nth` expression `old`; the holes are `{h0}`, `{h1}`, ..."""
    return lambda code: [ReplaceExpression(code.expr(old, nth), code.template(new, holes))]


def both(*makers: Make) -> Make:
    return lambda code: [edit for make in makers for edit in make(code)]


@pytest.mark.parametrize(
    ("before", "edits", "after"),
    [
        pytest.param("x = repo.store\n", put("repo.store", "session.store"), "x = session.store\n", id="a plain one"),
        pytest.param("x = a.b\n", put("a.b", "{{'k': {h0}}}", "a"), "x = {'k': a}\n", id="doubled braces are single"),
        pytest.param("a.b.c\n", put("a.b", "p if q else r"), "(p if q else r).c\n", id="a conditional before a dot"),
        pytest.param("f(a.b)\n", put("a.b", "p if q else r"), "f(p if q else r)\n", id="a conditional as an argument"),
        pytest.param(
            "f(*a.b)\n", put("a.b", "p if q else r"), "f(*(p if q else r))\n", id="a conditional behind a star"
        ),
        pytest.param("f(**a.b)\n", put("a.b", "p or q"), "f(**(p or q))\n", id="a disjunction behind two stars"),
        pytest.param(
            "x = a.b\n", put("a.b", "p if q else r"), "x = p if q else r\n", id="a conditional that is assigned"
        ),
        pytest.param("x = [a.b]\n", put("a.b", "p if q else r"), "x = [p if q else r]\n", id="a conditional in a list"),
        pytest.param("x = a + b\n", put("a", "p if q else r"), "x = (p if q else r) + b\n", id="a conditional operand"),
        pytest.param("x = a - b\n", put("b", "p - q"), "x = a - (p - q)\n", id="the right side of a difference"),
        pytest.param("x = a - b\n", put("a", "p - q"), "x = p - q - b\n", id="the left side of a difference"),
        pytest.param("x = a ** b\n", put("a", "-p"), "x = (-p) ** b\n", id="the base of a power"),
        pytest.param("x = not a\n", put("a", "p or q"), "x = not (p or q)\n", id="what is negated"),
        pytest.param("x = a == b\n", put("b", "p == q"), "x = a == (p == q)\n", id="a compared comparison"),
        pytest.param("x = a or b\n", put("b", "p and q"), "x = a or p and q\n", id="a conjunction in a disjunction"),
        pytest.param("x = a.b\n", put("a", "await p()"), "x = (await p()).b\n", id="an await before a dot"),
        pytest.param("x = a.b\n", put("a", "1"), "x = (1).b\n", id="a number before a dot"),
        pytest.param(
            "x = a if b else c\n", put("b", "p if q else r"), "x = a if (p if q else r) else c\n", id="nested test"
        ),
        pytest.param("x = lambda: a\n", put("a", "p, q"), "x = lambda: (p, q)\n", id="a tuple in a lambda"),
        pytest.param("for i in a: pass\n", put("a", "p, q"), "for i in p, q: pass\n", id="a tuple to loop over"),
        pytest.param("x = (a)\n", put("a", "p, q"), "x = (p, q)\n", id="parentheses that are there are used"),
        pytest.param("(a).b\n", put("a", "p or q"), "(p or q).b\n", id="parentheses around the old one stay"),
        pytest.param(
            "x = (\n    a.b()  # why\n)\n",
            put("a.b()", "c(1)"),
            "x = (\n    c(1)  # why\n)\n",
            id="multi-line parentheses and their comments stay",
        ),
        pytest.param("x = [1]if y else z\n", put("[1]", "p"), "x = (p)if y else z\n", id="no space behind the old one"),
        pytest.param(
            "return_ = 0\ndef f():\n    return[1]\n",
            put("[1]", "p"),
            "return_ = 0\ndef f():\n    return(p)\n",
            id="no space before the old one",
        ),
        pytest.param(
            "print(x.y if(z)else 2)\n", put("z", "w"), "print(x.y if(w)else 2)\n", id="parentheses instead of spaces"
        ),
        pytest.param("@a.b\ndef f(): pass\n", put("a.b", "c.d(1)"), "@c.d(1)\ndef f(): pass\n", id="a decorator"),
        pytest.param(
            "def f(x: a = b, *, y=c) -> d: pass\n",
            both(put("a", "A"), put("b", "B"), put("c", "C"), put("d", "D")),
            "def f(x: A = B, *, y=C) -> D: pass\n",
            id="annotations and defaults",
        ),
        pytest.param(
            "class A(b, m=c): x: d = e\n",
            both(put("b", "B"), put("c", "C"), put("d", "D"), put("e", "E")),
            "class A(B, m=C): x: D = E\n",
            id="bases of a class",
        ),
        pytest.param("del a.x, b[1]\n", put("b", "c"), "del a.x, c[1]\n", id="one of the deleted"),
        pytest.param(
            "x[a, 1:b, c]\n",
            both(put("a", "A"), put("b", "B"), put("c", "C")),
            "x[A, 1:B, C]\n",
            id="several subscripts",
        ),
        pytest.param("x[a:b]\n", put("a", "A"), "x[A:b]\n", id="a slice"),
        pytest.param(
            "x = {**a, 'k': b, c: 1}\n",
            both(put("a", "A"), put("b", "B"), put("c", "C")),
            "x = {**A, 'k': B, C: 1}\n",
            id="a dictionary",
        ),
        pytest.param(
            "[a for a in b if c for d in e if f if g]\n",
            both(put("b", "B"), put("c", "C"), put("e", "E"), put("g", "G")),
            "[a for a in B if C for d in E if f if G]\n",
            id="a comprehension",
        ),
        pytest.param(
            "{a: b for c in d}\n",
            both(put("a", "A"), put("b", "B"), put("d", "x if y else z")),
            "{A: B for c in (x if y else z)}\n",
            id="a dictionary comprehension",
        ),
        pytest.param(
            "x = a or (b or c) or d and e\n",
            both(put("a", "A"), put("c", "C"), put("e", "E")),
            "x = A or (b or C) or d and E\n",
            id="boolean operations of several levels",
        ),
        pytest.param("a < b < c\n", both(put("b", "B"), put("c", "C")), "a < B < C\n", id="a chained comparison"),
        pytest.param(
            "with a as b, c: pass\n",
            both(put("a", "A"), put("c", "C")),
            "with A as b, C: pass\n",
            id="context managers",
        ),
        pytest.param(
            "try: pass\nexcept a: b\nelse: c\nfinally: d\n",
            both(put("a", "A"), put("b", "B"), put("c", "C"), put("d", "D")),
            "try: pass\nexcept A: B\nelse: C\nfinally: D\n",
            id="all parts of a try",
        ),
        pytest.param(
            "match a:\n    case 1 if b:\n        c\n",
            both(put("a", "A"), put("b", "B"), put("c", "C")),
            "match A:\n    case 1 if B:\n        C\n",
            id="a match",
        ),
        pytest.param(
            "def f():\n    x = yield a\n    yield from b\n    raise c from d\n",
            both(put("a", "A"), put("b", "B"), put("c", "C"), put("d", "D")),
            "def f():\n    x = yield A\n    yield from B\n    raise C from D\n",
            id="yield and raise",
        ),
        pytest.param(
            "while a:\n  b\nelse:\n  c\n",
            both(put("a", "A"), put("b", "B"), put("c", "C")),
            "while A:\n  B\nelse:\n  C\n",
            id="a loop with else",
        ),
        pytest.param(
            "if a: pass\nelif b: pass\nelif c: d\nelse: e\n",
            both(put("b", "B"), put("c", "C"), put("d", "D"), put("e", "E")),
            "if a: pass\nelif B: pass\nelif C: D\nelse: E\n",
            id="elif chains",
        ),
        pytest.param(
            "x = 'é' + a.b + 'ü' + c\n",
            both(put("a.b", "B"), put("c", "C")),
            "x = 'é' + B + 'ü' + C\n",
            id="a line that is not ASCII",
        ),
        pytest.param("\x0cx = a\n", put("a", "A"), "\x0cx = A\n", id="a form feed at the start of a statement"),
        pytest.param(
            "y = 1\n\x0c\nx = a\n", put("a", "A"), "y = 1\n\x0c\nx = A\n", id="a form feed between statements"
        ),
        pytest.param(
            "x = (a)\r\ny=\\\r\n b\r\n", both(put("a", "A"), put("b", "B")), "x = (A)\r\ny=\\\r\n B\r\n", id="CRLF"
        ),
        pytest.param(
            "x = a\r\ny = b\nz = c",
            both(put("a", "A"), put("c", "C")),
            "x = A\r\ny = b\nz = C",
            id="mixed line ends and none at the end",
        ),
    ],
)
def test_replace(before: str, edits: Make, after: str) -> None:
    code = Code(before)
    assert apply(before, code.tree, edits(code)) == after


@pytest.mark.parametrize(
    ("before", "edits", "after"),
    [
        pytest.param(
            "x = a.b(c)\n", put("a.b(c)", "{h0}.d({h1})", "a", "c"), "x = a.d(c)\n", id="parts of the old one"
        ),
        pytest.param("x = a.b\n", put("a.b", "f({h0})", "a.b"), "x = f(a.b)\n", id="the old one itself"),
        pytest.param(
            "x = (a + b).c\n",
            put("a + b", "{h0}.d", "a + b"),
            "x = (a + b).d.c\n",
            id="the old one with its parentheses",
        ),
        pytest.param("x = f(a + b)\n", put("f(a + b)", "{h0}.g", "a + b"), "x = (a + b).g\n", id="a sum before a dot"),
        pytest.param(
            "x = f(a if b else c)\n",
            put("f(a if b else c)", "{h0}()", "a if b else c"),
            "x = (a if b else c)()\n",
            id="a conditional that is called",
        ),
        pytest.param(
            "x = f(await a)\n", put("f(await a)", "{h0}.g", "await a"), "x = (await a).g\n", id="an await before a dot"
        ),
        pytest.param(
            "x = f(lambda: 1)\n",
            put("f(lambda: 1)", "g({h0}, {h0} or 2)", "lambda: 1"),
            "x = g(lambda: 1, (lambda: 1) or 2)\n",
            id="a lambda, twice",
        ),
        pytest.param(
            "x = f((a, b))\n", put("f((a, b))", "g({h0})", "(a, b)"), "x = g((a, b))\n", id="parentheses go along"
        ),
        pytest.param("x = f(*a)\n", put("f(*a)", "g(1, {h0})", "*a"), "x = g(1, *a)\n", id="a starred argument"),
        pytest.param("x = f[1:2]\n", put("f[1:2]", "g[{h0}]", "1:2"), "x = g[1:2]\n", id="a slice"),
        pytest.param(
            "x = f[1:2, 3]\n", put("f[1:2, 3]", "g.h[{h0}]", "1:2, 3"), "x = g.h[1:2, 3]\n", id="several subscripts"
        ),
        pytest.param(
            "x = f[i, j]\n",
            both(put("f[i, j]", "g({h0})", "i, j"), put("j", "k")),
            "x = g((i, k))\n",
            id="several subscripts as an argument",
        ),
        pytest.param(
            "x = sum(y for y in z)\n",
            put("sum(y for y in z)", "{h0}", "(y for y in z)"),
            "x = (y for y in z)\n",
            id="a generator without parentheses",
        ),
        pytest.param(
            "x = f(\n    a\n    + b\n)\n",
            put("f(\n    a\n    + b\n)", "{h0}", "a\n    + b"),
            "x = (a\n    + b)\n",
            id="line breaks that had the brackets of a call",
        ),
        pytest.param(
            "x = (\n    a\n    .b()\n    .c()\n)\n",
            put("a\n    .b()\n    .c()", "{h0}.d()", "a\n    .b()"),
            "x = (\n    a\n    .b().d()\n)\n",
            id="line breaks within parentheses that stay",
        ),
        pytest.param(
            "a.b\nx = c\n", put("c", "d({h0})", "a.b"), "a.b\nx = d(a.b)\n", id="a node from elsewhere, above"
        ),
        pytest.param(
            "x = c\na.b\n",
            both(put("c", "d({h0})", "a.b"), put("a", "A")),
            "x = d(A.b)\nA.b\n",
            id="a node from elsewhere, below, edited",
        ),
        pytest.param(
            "x = a.b.c.d\n",
            both(put("a.b.c.d", "{h0}[1]", "a.b.c"), put("a.b", "z({h0})", "a"), put("a", "s")),
            "x = z(s).c[1]\n",
            id="three nested edits",
        ),
        pytest.param(
            "x = a.b\n",
            both(put("a", "p if q else r"), put("a.b", "f({h0})", "a")),
            "x = f(p if q else r)\n",
            id="no parentheses for a place that is left",
        ),
        pytest.param(
            "x = f'{a.b}'\n",
            put("a.b", 'g({h0}, "w")', "a"),
            "x = f'{g(a, \"w\")}'\n",
            id="other quotes in a formatted string",
        ),
        pytest.param(
            'x = f"{a.b}"\n',
            put("a.b", 'g({h0}, "w")', "a"),
            "x = f\"{g(a, 'w')}\"\n",
            id="the same quotes as the formatted string",
        ),
        pytest.param(
            'x = f"a" "b" f"{a!r:>{b}} {c=}"\n',
            both(put("a", "A"), put("b", "B"), put("c", "C")),
            'x = f"a" "b" f"{A!r:>{B}} {C=}"\n',
            id="concatenated formatted strings",
        ),
        pytest.param(
            'x = f"""\n{a.b}\n  {c}\n"""\ny = f(d)\n',
            both(put("d", "e({h0})", "d")),
            'x = f"""\n{a.b}\n  {c}\n"""\ny = f(e(d))\n',
            id="below a multi-line formatted string",
        ),
        pytest.param(
            "x = f'{a}'\n", put("a", "{{1: 2}}"), "x = f'{ {1: 2}}'\n", id="a dictionary in a formatted string"
        ),
    ],
)
def test_holes(before: str, edits: Make, after: str) -> None:
    code = Code(before)
    assert apply(before, code.tree, edits(code)) == after


def test_replacement_inside_a_multi_line_formatted_string() -> None:
    """Python 3.11 has wrong positions there."""
    before = 'x = 1\ny = f"""\n  {\n a.b} {\n c}\n"""\n'
    code = Code(before)
    nodes = {node.attr: node for node, _ in code.nodes if hasattr(node, "attr")}
    assert apply(before, code.tree, [ReplaceExpression(nodes["b"], Template("z"))]) == before.replace("a.b", "z")


def test_two_replacements_of_one_node_nest_or_conflict() -> None:
    code = Code("x = a.b\n")
    node = code.expr("a.b")
    inner, outer = ReplaceExpression(node, Template("c.d")), ReplaceExpression(node, Template("f({x})", {"x": node}))
    assert apply(code.text, code.tree, [inner, outer, ReplaceExpression(node, Template("c.d"))]) == "x = f(c.d)\n"
    with pytest.raises(ConflictError):
        apply(code.text, code.tree, [inner, ReplaceExpression(node, Template("e"))])


@pytest.mark.parametrize("template", ["a b", "{missing}", "x = 1"])
def test_templates_that_are_wrong_are_refused(template: str) -> None:
    code = Code("x = a\n")
    with pytest.raises(RewriteError):
        apply(code.text, code.tree, [ReplaceExpression(code.expr("a"), Template(template))])


def test_edits_that_contain_each_other_are_refused() -> None:
    code = Code("x = a\ny = b\n")
    a, b = code.expr("a"), code.expr("b")
    edits = [ReplaceExpression(a, Template("{h}", {"h": b})), ReplaceExpression(b, Template("{h}", {"h": a}))]
    with pytest.raises(RewriteError):
        apply(code.text, code.tree, edits)


def test_calls_and_replacements_compose() -> None:
    code = Code("x = f(a.b(c, d=1), g(e))\n")
    edits = [
        ReplaceExpression(code.expr("f(a.b"), code.template("F({h0}, {h1})", ["g(e)", "a.b(c"])),
        ChangeCall(code.call("a.b("), add=(("k", code.template("{h0}.z", ["c"])),), drop=(code.keyword("d"),)),
        ReplaceExpression(code.expr("a.b"), Template("q")),
        ReplaceExpression(code.expr("c"), Template("C")),
        ChangeCall(code.call("g("), function=Template("G"), first=lines("0")),
    ]
    assert apply(code.text, code.tree, edits) == "x = F(G(0, e), q(C, k=C.z))\n"


def test_a_hoisted_expression_is_evaluated_before() -> None:
    code = Code("if f(a) and b:\n    pass\n")
    test = code.expr("f(a) and b")
    edits: list[Edit] = [
        InsertStatements(code.stmt("if"), Where.BEFORE, (Template("test = {t}", {"t": test}),)),
        Hoist(test, "test"),
        ReplaceExpression(code.expr("a"), Template("A")),
    ]
    assert apply(code.text, code.tree, edits) == "test = f(A) and b\nif test:\n    pass\n"
    edits.append(ReplaceExpression(test, Template("g({t})", {"t": test})))
    assert apply(code.text, code.tree, edits) == "test = g(f(A) and b)\nif test:\n    pass\n"


def test_patterns_of_a_match() -> None:
    code = Code("match x:\n    case a.B(c.D, k=e.F) | [g.H, *_] | {i.J: l.M} as n if o: pass\n")
    edits = [
        ReplaceExpression(code.expr(f"{p[0]}.{p[1]}"), Template(f"z.{p[1]}"))
        for p in ("aB", "cD", "eF", "gH", "iJ", "lM")
    ]
    after = "match x:\n    case z.B(z.D, k=z.F) | [z.H, *_] | {z.J: z.M} as n if o: pass\n"
    assert apply(code.text, code.tree, edits) == after


def test_what_is_nested_too_deeply_is_refused() -> None:
    code = Code("x = a" + ".b" * 400 + "\n")
    with pytest.raises(RewriteError):
        apply(code.text, code.tree, [ReplaceExpression(code.expr("a"), Template("A"))])


def test_a_hole_in_a_formatted_string_has_other_quotes() -> None:
    code = Code('x = f(a["k"])\n')
    edits = [ReplaceExpression(code.expr("f(a"), code.template('f"<{{{h0}}}>"', ['a["k"]']))]
    assert apply(code.text, code.tree, edits) == "x = f\"<{a['k']}>\"\n"
