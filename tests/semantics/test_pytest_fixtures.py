"""Repos that pytest passes to tests, in whatever order the modules are looked at."""

import ast
from itertools import permutations

import pytest

from al_codemod.semantics.modules import Module
from al_codemod.semantics.program import Program
from al_codemod.surface.kinds import Kind

SOURCES = {
    "/p/conftest.py": (
        "from arraylake import Client\nfrom pytest import fixture\n\n\n@fixture\ndef archive():\n"
        "    return Client().create_repo('org/r')\n"
    ),
    "/p/test_levels.py": "def test_levels(archive):\n    assert archive\n",
    "/p/test_rain.py": "def test_rain(archive):\n    print(archive)\n",
}


@pytest.mark.parametrize("order", list(permutations(SOURCES)), ids=" ".join)
def test_fixtures_are_known_in_any_order_of_the_modules(order: tuple[str, ...]) -> None:
    program = Program([Module(SOURCES[path], ast.parse(SOURCES[path]), path) for path in order])
    used = [n for n in program.parents if isinstance(n, ast.Name) and n.id == "archive"]
    assert [{v.kind for v in program.of(n)} for n in used] == [{Kind.REPO}, {Kind.REPO}]
