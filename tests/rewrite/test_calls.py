"""Arguments come and go, and the rest of the call keeps its text."""

from collections.abc import Callable

import pytest

from al_codemod.rewrite.apply import apply
from al_codemod.rewrite.edits import ChangeCall, Template
from rewrite.helpers import Code, lines

Make = Callable[[Code], ChangeCall]


def add(*names: str) -> Make:
    return lambda code: ChangeCall(code.call("f("), add=tuple((name, Template("1")) for name in names))


def drop(*texts: str) -> Make:
    def make(code: Code) -> ChangeCall:
        call = code.call("f(")
        arguments = {**{ast_name(code, a): a for a in call.args}, **{str(k.arg): k for k in call.keywords}}
        return ChangeCall(call, drop=tuple(arguments[text] for text in texts))

    return make


def ast_name(code: Code, node: object) -> str:
    return next(str(source) for other, source in code.nodes if other is node)


def change(**fields: object) -> Make:
    return lambda code: ChangeCall(code.call("f("), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "edit", "after"),
    [
        pytest.param("f()\n", add("n"), "f(n=1)\n", id="to none"),
        pytest.param("f( )\n", add("n"), "f(n=1)\n", id="to none but a space"),
        pytest.param("f(\n)\n", add("n"), "f(n=1)\n", id="to none but a line break"),
        pytest.param("f(a)\n", add("n", "m"), "f(a, n=1, m=1)\n", id="two to one"),
        pytest.param("f(a,b)\n", add("n"), "f(a,b, n=1)\n", id="without spaces"),
        pytest.param("f(a, k = 2)\n", add("n"), "f(a, k = 2, n = 1)\n", id="with spaces around ="),
        pytest.param("f(a, n=2)\n", add("n"), "f(a, n=2)\n", id="one that is there"),
        pytest.param("f(a, **kw)\n", add("n"), "f(a, n=1, **kw)\n", id="before double stars"),
        pytest.param("f(**kw)\n", add("n"), "f(n=1, **kw)\n", id="before double stars alone"),
        pytest.param("f(*a)\n", add("n"), "f(*a, n=1)\n", id="behind a star"),
        pytest.param("f(x for x in y)\n", add("n"), "f((x for x in y), n=1)\n", id="to a generator"),
        pytest.param("f((x for x in y))\n", add("n"), "f((x for x in y), n=1)\n", id="to a generator in parentheses"),
        pytest.param("f(a,)\n", add("n"), "f(a, n=1,)\n", id="behind a trailing comma"),
        pytest.param(
            "f(\n    a,\n    b,\n)\n", add("n"), "f(\n    a,\n    b,\n    n=1,\n)\n", id="one line each, trailing comma"
        ),
        pytest.param(
            "f(\n    a,\n    b\n)\n",
            add("n"),
            "f(\n    a,\n    b,\n    n=1\n)\n",
            id="one line each, no trailing comma",
        ),
        pytest.param("f(\n    a\n)\n", add("n"), "f(\n    a,\n    n=1\n)\n", id="a line of its own"),
        pytest.param("f(a,\n  b)\n", add("n"), "f(a,\n  b,\n  n=1)\n", id="aligned with the bracket"),
        pytest.param("f(\n    a, b, c\n)\n", add("n"), "f(\n    a, b, c, n=1\n)\n", id="all in one line of their own"),
        pytest.param(
            "f(\n    a,  # ca\n    b  # cb\n    # end\n)\n",
            add("n"),
            "f(\n    a,  # ca\n    b,  # cb\n    n=1\n    # end\n)\n",
            id="comments stay with what they are about",
        ),
        pytest.param(
            "f(\n    a,\n    # kw\n    **kw,  # ckw\n)\n",
            add("n"),
            "f(\n    a,\n    n=1,\n    # kw\n    **kw,  # ckw\n)\n",
            id="before double stars with a comment",
        ),
        pytest.param(
            "f({\n    'a': 1,\n})\n", add("n"), "f({\n    'a': 1,\n}, n=1)\n", id="behind a dictionary of several lines"
        ),
        pytest.param(
            "f(\r\n\ta,\r\n\tb,\r\n)\r\n", add("n"), "f(\r\n\ta,\r\n\tb,\r\n\tn=1,\r\n)\r\n", id="CRLF and tabs"
        ),
        pytest.param(
            "if x:\n    y = f(\n        a,\n    )\n",
            add("n"),
            "if x:\n    y = f(\n        a,\n        n=1,\n    )\n",
            id="in a block",
        ),
    ],
)
def test_add(before: str, edit: Make, after: str) -> None:
    code = Code(before)
    assert apply(before, code.tree, [edit(code)]) == after


@pytest.mark.parametrize(
    ("before", "edit", "after"),
    [
        pytest.param("f(a)\n", drop("a"), "f()\n", id="the only one"),
        pytest.param("f(\n    a,  # why\n)\n", drop("a"), "f()\n", id="the only one, in a line of its own"),
        pytest.param("f(a, b, c)\n", drop("a"), "f(b, c)\n", id="the first"),
        pytest.param("f(a, b, c)\n", drop("b"), "f(a, c)\n", id="one in the middle"),
        pytest.param("f(a, b, c)\n", drop("c"), "f(a, b)\n", id="the last"),
        pytest.param("f(a, b, c)\n", drop("a", "c"), "f(b)\n", id="the first and the last"),
        pytest.param("f(a, b, c)\n", drop("a", "b", "c"), "f()\n", id="all"),
        pytest.param("f( a, b )\n", drop("b"), "f( a )\n", id="with spaces in the brackets"),
        pytest.param("f(a, k=1, **kw)\n", drop("k"), "f(a, **kw)\n", id="a keyword"),
        pytest.param(
            "f(\n    a,\n    b,\n    c,\n)\n", drop("a"), "f(\n    b,\n    c,\n)\n", id="the first of the lines"
        ),
        pytest.param(
            "f(\n    a,\n    b,\n    c,\n)\n", drop("b"), "f(\n    a,\n    c,\n)\n", id="a line in the middle"
        ),
        pytest.param("f(\n    a,\n    b,\n    c,\n)\n", drop("c"), "f(\n    a,\n    b,\n)\n", id="the last line"),
        pytest.param("f(\n    a,\n    b\n)\n", drop("b"), "f(\n    a\n)\n", id="the last line without a comma"),
        pytest.param("f(a,\n  b,\n  c)\n", drop("a"), "f(b,\n  c)\n", id="the first of aligned lines"),
        pytest.param("f(a,\n  b)\n", drop("b"), "f(a)\n", id="the last of aligned lines"),
        pytest.param("f(\n    a, b,\n    c\n)\n", drop("b"), "f(\n    a,\n    c\n)\n", id="the last of a line"),
        pytest.param("f(\n    a,\n    b, c\n)\n", drop("b"), "f(\n    a,\n    c\n)\n", id="the first of a line"),
        pytest.param(
            "f(\n    # on a\n    a,  # ca\n    # on b\n    b,  # cb\n    # on c\n    c,  # cc\n)\n",
            drop("b"),
            "f(\n    # on a\n    a,  # ca\n    # on c\n    c,  # cc\n)\n",
            id="its comments go, those of the others stay",
        ),
        pytest.param(
            "f(\n    # on a\n    a,  # ca\n    # on b\n    b,  # cb\n)\n",
            drop("a"),
            "f(\n    # on b\n    b,  # cb\n)\n",
            id="the first with its comments",
        ),
        pytest.param(
            "f(\n    # on a\n    a,  # ca\n    # on b\n    b  # cb\n)\n",
            drop("b"),
            "f(\n    # on a\n    a  # ca\n)\n",
            id="the last with its comments",
        ),
        pytest.param(
            "f(  # all\n    a,\n    b,\n)\n",
            drop("a"),
            "f(  # all\n    b,\n)\n",
            id="the comment behind the bracket stays",
        ),
    ],
)
def test_drop(before: str, edit: Make, after: str) -> None:
    code = Code(before)
    assert apply(before, code.tree, [edit(code)]) == after


@pytest.mark.parametrize(
    ("before", "edit", "after"),
    [
        pytest.param("f()\n", change(first=lines("p")), "f(p)\n", id="to none"),
        pytest.param("f(a)\n", change(first=lines("p", "q")), "f(p, q, a)\n", id="two"),
        pytest.param(
            "f(\n    a,\n    b,\n)\n", change(first=lines("p")), "f(\n    p,\n    a,\n    b,\n)\n", id="one line each"
        ),
        pytest.param(
            "f(  # all\n    # on a\n    a,\n)\n",
            change(first=lines("p")),
            "f(  # all\n    p,\n    # on a\n    a,\n)\n",
            id="comments stay with what they are about",
        ),
        pytest.param("f(a,\n  b)\n", change(first=lines("p")), "f(p,\n  a,\n  b)\n", id="aligned with the bracket"),
        pytest.param("f(x for x in y)\n", change(first=lines("p")), "f(p, (x for x in y))\n", id="before a generator"),
    ],
)
def test_first(before: str, edit: Make, after: str) -> None:
    code = Code(before)
    assert apply(before, code.tree, [edit(code)]) == after


def test_all_at_once() -> None:
    code = Code("r = repo.f(\n    a,  # ca\n    b,\n    k=c + 1,\n    gone=2,\n)\n")
    call = code.call("repo.f(")
    edits = [
        ChangeCall(
            call,
            function=Template("zarr.{g}", {"g": call.func}) if False else Template("zarr.g"),
            first=(Template("{r}.store", {"r": code.expr("repo")}),),
            drop=(code.keyword("gone"),),
            rename=((call.args[1], "bee"), (code.keyword("k"), "kay")),
            replace=((code.keyword("k"), Template("int({v})", {"v": code.keyword("k").value})),),
            add=(("mode", Template('"r"')),),
        )
    ]
    after = 'r = zarr.g(\n    repo.store,\n    a,  # ca\n    bee=b,\n    kay=int(c + 1),\n    mode="r",\n)\n'
    assert apply(code.text, code.tree, edits) == after


def test_a_renamed_argument_moves_behind_the_positional_ones() -> None:
    code = Code("f(a, b)\n")
    call = code.call("f(")
    assert apply(code.text, code.tree, [ChangeCall(call, rename=((call.args[0], "k"),))]) == "f(b, k=a)\n"


def test_a_renamed_walrus_gets_parentheses() -> None:
    code = Code("f(a := 1)\n")
    call = code.call("f(")
    assert apply(code.text, code.tree, [ChangeCall(call, rename=((call.args[0], "k"),))]) == "f(k=(a := 1))\n"


def test_changes_of_one_call_are_united() -> None:
    code = Code("f(a, b, k=1)\n")
    call = code.call("f(")
    edits = [
        ChangeCall(call, add=(("n", Template("1")),), drop=(call.args[0],)),
        ChangeCall(call, add=(("n", Template("1")), ("m", Template("2"))), rename=((code.keyword("k"), "kk"),)),
    ]
    assert apply(code.text, code.tree, edits) == "f(b, kk=1, n=1, m=2)\n"
