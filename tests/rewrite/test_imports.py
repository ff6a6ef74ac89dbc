"""Imports are added where a reader expects them, and taken away without a trace."""

from collections.abc import Callable, Sequence

import pytest

from al_codemod.rewrite.apply import apply
from al_codemod.rewrite.edits import AddImport, Edit, InsertStatements, RemoveImport, ReplaceExpression, Template, Where
from rewrite.helpers import Code, lines

Make = Callable[[Code], Sequence[Edit]]


def add(module: str, member: str = "", name: str = "") -> Make:
    return lambda code: [AddImport(module, member, name)]


def remove(name: str) -> Make:
    return lambda code: [RemoveImport(code.imported(name), code.alias(name))]


def use(old: str, new: str) -> Make:
    return lambda code: [ReplaceExpression(code.expr(old), Template(new))]


def both(*makers: Make) -> Make:
    return lambda code: [edit for make in makers for edit in make(code)]


def check(before: str, edits: Make, after: str) -> None:
    code = Code(before)
    assert apply(before, code.tree, edits(code)) == after


ICE = add("icechunk")


@pytest.mark.parametrize(
    ("before", "edits"),
    [
        pytest.param("import icechunk\nx\n", ICE, id="the same"),
        pytest.param("import os, icechunk\nx\n", ICE, id="one of several"),
        pytest.param("import icechunk.xarray\nx\n", ICE, id="a submodule binds it too"),
        pytest.param("import icechunk as ic\nx\n", add("icechunk", name="ic"), id="with its alias"),
        pytest.param("from icechunk import Repository\nx\n", add("icechunk", "Repository"), id="a member"),
        pytest.param(
            "from icechunk import Repository as R\nx\n",
            add("icechunk", "Repository", "R"),
            id="a member with its alias",
        ),
        pytest.param(
            "try:\n    import icechunk\nexcept ImportError:\n    icechunk = None\nx\n", ICE, id="a guarded one"
        ),
        pytest.param("x = 1\nimport icechunk\ny\n", both(ICE, use("y", "y")), id="below other code, above the use"),
    ],
)
def test_nothing_to_add(before: str, edits: Make) -> None:
    check(before, edits, before)


def test_nothing_to_add_for_a_use_below_a_local_import() -> None:
    before = "def f():\n    import icechunk\n    return a.b\n"
    check(before, both(ICE, use("a.b", "icechunk.b")), before.replace("a.b", "icechunk.b"))


@pytest.mark.parametrize(
    ("before", "edits", "after"),
    [
        pytest.param(
            "import icechunk as ic\nx\n", ICE, "import icechunk\nimport icechunk as ic\nx\n", id="another alias"
        ),
        pytest.param(
            "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import icechunk\n",
            ICE,
            "from typing import TYPE_CHECKING\n\nimport icechunk\n\nif TYPE_CHECKING:\n    import icechunk\n",
            id="one for type checkers only",
        ),
        pytest.param(
            "def f():\n    import icechunk\n\n\ndef g():\n    return a.b\n",
            both(ICE, use("a.b", "icechunk.b")),
            "import icechunk\n\n\ndef f():\n    import icechunk\n\n\ndef g():\n    return icechunk.b\n",
            id="one in another function",
        ),
        pytest.param(
            "x = a.b\nimport icechunk\n",
            both(ICE, use("a.b", "icechunk.b")),
            "import icechunk\n\nx = icechunk.b\nimport icechunk\n",
            id="one below the use",
        ),
        pytest.param(
            "import numpy as np\nimport zarr\n\nx = 1\n",
            ICE,
            "import icechunk\nimport numpy as np\nimport zarr\n\nx = 1\n",
            id="first of a sorted group",
        ),
        pytest.param(
            "import dask\nimport zarr\n\nx = 1\n",
            ICE,
            "import dask\nimport icechunk\nimport zarr\n\nx = 1\n",
            id="within a sorted group",
        ),
        pytest.param(
            "import dask\n\nx = 1\n", ICE, "import dask\nimport icechunk\n\nx = 1\n", id="last of a sorted group"
        ),
        pytest.param(
            "import zarr\nimport dask\n\nx = 1\n",
            ICE,
            "import zarr\nimport dask\nimport icechunk\n\nx = 1\n",
            id="at the end of an unsorted group",
        ),
        pytest.param(
            "import zarr\nfrom dask import a\n\nx = 1\n",
            ICE,
            "import icechunk\nimport zarr\nfrom dask import a\n\nx = 1\n",
            id="modules before members",
        ),
        pytest.param(
            "from dask import a\nimport zarr\n\nx = 1\n",
            ICE,
            "from dask import a\nimport icechunk\nimport zarr\n\nx = 1\n",
            id="sorted by module alone",
        ),
        pytest.param(
            "import os\n\nimport zarr\n\nimport mine\n\nx = 1\n",
            ICE,
            "import os\n\nimport icechunk\nimport zarr\n\nimport mine\n\nx = 1\n",
            id="the group of zarr",
        ),
        pytest.param(
            "import os\n\nimport zarr\n\nx = 1\n",
            add("warnings"),
            "import os\nimport warnings\n\nimport zarr\n\nx = 1\n",
            id="the group of the standard library",
        ),
        pytest.param(
            "import os\nimport sys\n\nx = 1\n",
            ICE,
            "import os\nimport sys\n\nimport icechunk\n\nx = 1\n",
            id="a group of its own",
        ),
        pytest.param(
            "import zarr\n\nx = 1\n",
            add("warnings"),
            "import warnings\n\nimport zarr\n\nx = 1\n",
            id="a group of its own above",
        ),
        pytest.param(
            "from . import a\n\nx = 1\n", ICE, "import icechunk\n\nfrom . import a\n\nx = 1\n", id="above relative ones"
        ),
        pytest.param(
            "import os\nimport zarr\nfrom . import a\n\nx = 1\n",
            ICE,
            "import icechunk\nimport os\nimport zarr\nfrom . import a\n\nx = 1\n",
            id="all in one group",
        ),
        pytest.param('"""Doc."""\nx = 1\n', ICE, '"""Doc."""\n\nimport icechunk\n\nx = 1\n', id="below the docstring"),
        pytest.param(
            '"""Doc."""\n\n\ndef f(): pass\n',
            ICE,
            '"""Doc."""\n\nimport icechunk\n\n\ndef f(): pass\n',
            id="blank lines below stay",
        ),
        pytest.param(
            "from __future__ import annotations\nx = 1\n",
            ICE,
            "from __future__ import annotations\n\nimport icechunk\n\nx = 1\n",
            id="below the future",
        ),
        pytest.param(
            '"""Doc."""\nfrom __future__ import annotations\n\nimport zarr\n',
            ICE,
            '"""Doc."""\nfrom __future__ import annotations\n\nimport icechunk\nimport zarr\n',
            id="not between the docstring and the future",
        ),
        pytest.param(
            "#!/usr/bin/python\n# Licence.\n\nx = 1\n",
            ICE,
            "#!/usr/bin/python\n# Licence.\n\nimport icechunk\n\nx = 1\n",
            id="below the first comment",
        ),
        pytest.param("x = 1\n", ICE, "import icechunk\n\nx = 1\n", id="at the top"),
        pytest.param("", ICE, "import icechunk\n", id="an empty file"),
        pytest.param("# only this\n", ICE, "# only this\nimport icechunk\n", id="a file of comments"),
        pytest.param('"""Doc."""', ICE, '"""Doc."""\n\nimport icechunk', id="a docstring alone, no line end"),
        pytest.param(
            "def f():\n    import zarr\n",
            ICE,
            "import icechunk\n\n\ndef f():\n    import zarr\n",
            id="all others are in functions",
        ),
        pytest.param(
            "try:\n    import zarr\nexcept ImportError:\n    zarr = None\n\nx = 1\n",
            ICE,
            "import icechunk\n\ntry:\n    import zarr\nexcept ImportError:\n    zarr = None\n\nx = 1\n",
            id="all others are guarded",
        ),
        pytest.param(
            "import os\n\nsys.path.append('.')\n\nimport zarr\n",
            ICE,
            "import os\n\nsys.path.append('.')\n\nimport icechunk\nimport zarr\n",
            id="settings between imports",
        ),
        pytest.param(
            "import os\n\nx = a.b\n\nimport zarr\n",
            both(ICE, use("a.b", "icechunk.b")),
            "import os\n\nimport icechunk\n\nx = icechunk.b\n\nimport zarr\n",
            id="before the first use",
        ),
        pytest.param(
            "import zarr; import os\n\nx\n", ICE, "import zarr; import os\nimport icechunk\n\nx\n", id="two in one line"
        ),
        pytest.param("import zarr\r\n\r\nx\r\n", ICE, "import icechunk\r\nimport zarr\r\n\r\nx\r\n", id="CRLF"),
        pytest.param(
            "x = 1\n",
            both(ICE, add("zarr", "Group"), add("zarr", "Array"), add("warnings"), ICE),
            "import warnings\n\nimport icechunk\nfrom zarr import Array, Group\n\nx = 1\n",
            id="several at once",
        ),
        pytest.param(
            "import zarr\n\nx = 1\n",
            both(add("icechunk"), add("dask")),
            "import dask\nimport icechunk\nimport zarr\n\nx = 1\n",
            id="several in one group",
        ),
        pytest.param(
            "x = 1\n",
            add("icechunk", "Repository", "R"),
            "from icechunk import Repository as R\n\nx = 1\n",
            id="a member with an alias",
        ),
        pytest.param(
            "x = 1\n",
            add("icechunk.xarray", name="ix"),
            "import icechunk.xarray as ix\n\nx = 1\n",
            id="a module with an alias",
        ),
        pytest.param(
            "# %% cell\nimport zarr\n# %% next\nx\n",
            ICE,
            "# %% cell\nimport icechunk\nimport zarr\n# %% next\nx\n",
            id="cells in comments",
        ),
        pytest.param(
            "import zarr  # noqa\n",
            add("icechunk", name="a"),
            "import icechunk as a\nimport zarr  # noqa\n",
            id="comments stay with theirs",
        ),
    ],
)
def test_add(before: str, edits: Make, after: str) -> None:
    check(before, edits, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("from m import a, z\n", "from m import a, k, z\n", id="sorted"),
        pytest.param("from m import z, a\n", "from m import z, a, k\n", id="unsorted"),
        pytest.param("from m import CONST, Class, l\n", "from m import CONST, Class, k, l\n", id="sorted by type"),
        pytest.param("from m import (a, z)  # t\n", "from m import (a, k, z)  # t\n", id="in brackets"),
        pytest.param(
            "from m import (\n    a,  # ca\n    # on z\n    z,\n)\n",
            "from m import (\n    a,  # ca\n    k,\n    # on z\n    z,\n)\n",
            id="one line each",
        ),
        pytest.param(
            "from m import (\n    a,\n    b\n)\n",
            "from m import (\n    a,\n    b,\n    k\n)\n",
            id="one line each, no trailing comma",
        ),
        pytest.param(
            "from m import (a,\n               b)\n",
            "from m import (a,\n               b,\n               k)\n",
            id="aligned with the bracket",
        ),
        pytest.param("from m import a as k\n", "from m import a as k, k\n", id="behind another alias"),
        pytest.param("from .m import a\n", "from m import k\n\nfrom .m import a\n", id="not a relative one"),
        pytest.param("from m import *\n", "from m import *\nfrom m import k\n", id="not a star"),
        pytest.param(
            "try:\n    from m import a\nexcept ImportError: pass\n",
            "from m import k\n\ntry:\n    from m import a\nexcept ImportError: pass\n",
            id="not a guarded one",
        ),
    ],
)
def test_add_to_a_statement(before: str, after: str) -> None:
    check(before, add("m", "k"), after)


@pytest.mark.parametrize(
    ("before", "edits", "after"),
    [
        pytest.param(
            "import os\nimport zarr\nimport sys\n", remove("zarr"), "import os\nimport sys\n", id="a statement"
        ),
        pytest.param("import os, zarr, sys\n", remove("zarr"), "import os, sys\n", id="one of several modules"),
        pytest.param("import zarr, sys\n", remove("zarr"), "import sys\n", id="the first of several modules"),
        pytest.param(
            "from m import a, b as c, d  # t\n", remove("b"), "from m import a, d  # t\n", id="a member with an alias"
        ),
        pytest.param("from m import a, b\n", remove("b"), "from m import a\n", id="the last member"),
        pytest.param("from m import (a, b)\n", remove("a"), "from m import (b)\n", id="in brackets"),
        pytest.param(
            "from m import (\n    # on a\n    a,  # ca\n    # on b\n    b,  # cb\n    c,  # cc\n)\n",
            remove("b"),
            "from m import (\n    # on a\n    a,  # ca\n    c,  # cc\n)\n",
            id="a line with its comments",
        ),
        pytest.param("from m import (\n    a,\n    b,\n)\n", both(remove("a"), remove("b")), "", id="all members"),
        pytest.param(
            "from m import a, \\\n    b, \\\n    c\n", remove("b"), "from m import a, \\\n    c\n", id="continued lines"
        ),
        pytest.param(
            "import os\n\nimport zarr\n\n\nx = 1\n", remove("zarr"), "import os\n\n\nx = 1\n", id="a group of its own"
        ),
        pytest.param("import zarr\n\nx = 1\n", remove("zarr"), "x = 1\n", id="at the top"),
        pytest.param(
            '"""Doc."""\n\nimport zarr\n\nx = 1\n', remove("zarr"), '"""Doc."""\n\nx = 1\n', id="below the docstring"
        ),
        pytest.param("# why\nimport zarr  # t\nx = 1\n", remove("zarr"), "# why\nx = 1\n", id="comments above stay"),
        pytest.param("def f():\n    import zarr\n", remove("zarr"), "def f():\n    pass\n", id="all of a function"),
        pytest.param(
            "def f():\n    import zarr\n\n    return 1\n",
            remove("zarr"),
            "def f():\n    return 1\n",
            id="the first of a function",
        ),
        pytest.param("if x: import zarr\n", remove("zarr"), "if x: pass\n", id="all of a one-line suite"),
        pytest.param("import os; import zarr\n", remove("zarr"), "import os\n", id="the last of a line"),
        pytest.param(
            "try:\n    import zarr\nexcept ImportError:\n    zarr = None\n",
            remove("zarr"),
            "try:\n    import zarr\nexcept ImportError:\n    zarr = None\n",
            id="not a guarded one",
        ),
        pytest.param(
            "try:\n    import zarr\nfinally:\n    x\n",
            remove("zarr"),
            "try:\n    pass\nfinally:\n    x\n",
            id="one whose try guards something else",
        ),
    ],
)
def test_remove(before: str, edits: Make, after: str) -> None:
    check(before, edits, after)


@pytest.mark.parametrize(
    ("before", "edits", "after"),
    [
        pytest.param(
            "from arraylake import Client\n\nx = 1\n",
            both(remove("Client"), ICE),
            "import icechunk\n\nx = 1\n",
            id="one for another",
        ),
        pytest.param(
            "import os\n\nimport numpy as np\nfrom arraylake import Client\n\nx = 1\n",
            both(remove("Client"), ICE),
            "import os\n\nimport icechunk\nimport numpy as np\n\nx = 1\n",
            id="in a sorted group",
        ),
        pytest.param(
            "from arraylake import Client, Repo\n",
            both(remove("Client"), remove("Repo"), add("arraylake", "Org")),
            "from arraylake import Org\n",
            id="all members for another",
        ),
        pytest.param(
            "from a import (\n    b,\n    c,\n)\n",
            both(remove("c"), add("a", "d")),
            "from a import (\n    b,\n    d,\n)\n",
            id="one member for another",
        ),
    ],
)
def test_replace(before: str, edits: Make, after: str) -> None:
    check(before, edits, after)


def test_an_import_comes_before_statements_inserted_where_it_goes() -> None:
    code = Code("import zarr\nx = 1\n")
    edits = [InsertStatements(code.stmt("import zarr"), Where.AFTER, lines("y = icechunk.z")), AddImport("icechunk")]
    assert apply(code.text, code.tree, edits) == "import icechunk\nimport zarr\ny = icechunk.z\nx = 1\n"
