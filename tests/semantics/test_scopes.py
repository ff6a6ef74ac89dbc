"""Which scope owns a name, by Python's own rules."""

import ast

import pytest

from al_codemod.semantics.scopes import build_scopes

OWNERS = [
    pytest.param("x = 1\ndef f():\n    return x", "f", "x", "module", id="a function reads a global"),
    pytest.param("x = 1\ndef f():\n    x = 2", "f", "x", "f", id="a function binds a name of its own"),
    pytest.param("x = 1\ndef f():\n    global x\n    x = 2", "f", "x", "module", id="a function binds a global"),
    pytest.param("def f():\n    global x\n    x = 2", "f", "x", "module", id="only a function binds the global"),
    pytest.param(
        "class C:\n    x = 1\n    def m(self):\n        return x", "m", "x", None, id="methods skip the class"
    ),
    pytest.param("def f(x):\n    return lambda: x", "<lambda>", "x", "f", id="a lambda reads its function's parameter"),
    pytest.param("def f():\n    [y := 1 for _ in ()]", "f", "y", "f", id="a walrus leaves its comprehension"),
    pytest.param("def f():\n    def g():\n        nonlocal x\n        x = 1\n    x = 0", "g", "x", "f", id="nonlocal"),
    pytest.param("import a.b\ndef f():\n    a", "f", "a", "module", id="a dotted import binds its first part"),
]


@pytest.mark.parametrize(("source", "where", "name", "owner"), OWNERS)
def test_owner(source: str, where: str, name: str, owner: str | None) -> None:
    module = ast.parse(source)
    scopes = build_scopes(module)
    called = {
        getattr(node, "name", "<lambda>" if isinstance(node, ast.Lambda) else "module"): s for node, s in scopes.items()
    }
    found = called[where].owner(name)
    assert found is (called[owner] if owner is not None else None)


def test_free_name_avoids_what_inner_functions_use() -> None:
    scopes = build_scopes(module := ast.parse("def f():\n    return session"))
    assert scopes[module].free_name(["session", "repo_session"]) == "repo_session"
