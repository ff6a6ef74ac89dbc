"""Fixtures of pytest: functions whose results pytest passes to the parameters of tests that are called like them."""

import ast
import posixpath
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.arguments import all_parameters
from al_codemod.semantics.scopes import Scope
from al_codemod.semantics.values import NOTHING, Values
from al_codemod.surface.kinds import CLIENTS, REPOS, Kind

if TYPE_CHECKING:
    from al_codemod.semantics.infer import Inference

DECORATORS: Final = frozenset({"pytest.fixture", "pytest_asyncio.fixture"})
FILLED: Final = frozenset({*REPOS, *CLIENTS, Kind.SELF})
FUNCTION: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


class PytestFixtures:
    """Answers which fixture a parameter of a test, or of another fixture, is filled with."""

    def __init__(self, inference: "Inference") -> None:
        self.inference = inference

    def forget(self) -> None:
        """Look for the fixtures again: what the decorators of more functions are may be known by now."""
        self.__dict__.pop("all", None)

    @cached_property
    def all(self) -> dict[ast.AST, str]:
        """The fixtures of the program, each with the name that tests ask for it by."""
        found: dict[ast.AST, str] = {}
        for node in self.inference.scopes:
            for decorator in node.decorator_list if isinstance(node, FUNCTION) else ():
                made = decorator.func if isinstance(decorator, ast.Call) else decorator
                if isinstance(node, FUNCTION) and self._is_fixture(made, self.inference.scopes[node].module):
                    found[node] = _given_name(decorator) or node.name
        return found

    def _is_fixture(self, node: ast.expr, module: Scope) -> bool:
        return self.inference.annotations.dotted(node, module) in DECORATORS

    def takes_fixtures(self, scope: Scope) -> bool:
        """Whether pytest fills the parameters of a function: a test, a method of tests, or a fixture."""
        node = scope.node
        return isinstance(node, FUNCTION) and (node in self.all or node.name.startswith("test"))

    def fixture(self, scope: Scope, parameter: ast.arg) -> ast.AST | None:
        """The fixture that a parameter is filled with: one of its module, else one of the nearest `conftest`."""
        if not self.all or not self.takes_fixtures(scope):
            return None
        modules = self.inference.imports.by_tree
        here = modules[scope.module.node].path
        found: dict[str, ast.AST] = {}
        for node, name in self.all.items():
            if name == parameter.arg and node is not scope.node:
                path = modules[self.inference.scopes[node].module.node].path
                directory = posixpath.dirname(path)
                if path == here:
                    return node
                if posixpath.basename(path) == "conftest.py" and f"{here}/".startswith(
                    f"{directory}/" if directory else ""
                ):
                    found[directory] = node
        return found[max(found, key=len)] if found else None

    def given(self, scope: Scope, parameter: ast.arg) -> Values:
        """What pytest passes for a parameter."""
        node = self.fixture(scope, parameter)
        if node is None:
            return NOTHING
        given = self.inference.returns.get(node, NOTHING) | self.inference.yields.get(node, NOTHING)
        return frozenset(v for v in given if v.kind in FILLED)

    def source(self, scope: Scope, parameter: ast.arg) -> ast.AST | None:
        """The fixture that opened the repo which a parameter is filled with, others that only pass it on left out."""
        node = self.fixture(scope, parameter)
        seen: set[ast.AST] = set()
        while node is not None and node not in seen:
            seen.add(node)
            inner = self.inference.scopes[node]
            passed = [v.origin.node for v in self.given(scope, parameter) if v.is_repo and v.origin is not None]
            parameters = [p for p in _parameters(node) if p in passed]
            if not parameters:
                return node
            scope, parameter = inner, parameters[0]
            node = self.fixture(scope, parameter)
        return node

    @cached_property
    def filled(self) -> dict[ast.AST, ast.AST]:
        """The parameters that pytest fills with repos, each with the fixture; to be asked after the inference."""
        scopes = [s for s in self.inference.scopes.values() if self.all and self.takes_fixtures(s)]
        found = {p: self.fixture(s, p) for s in scopes for p in _parameters(s.node) if self._is_repo(s, p)}
        return {p: node for p, node in found.items() if node is not None}

    def _is_repo(self, scope: Scope, parameter: ast.arg) -> bool:
        return any(v.is_repo for v in self.given(scope, parameter))

    def is_shared(self, function: ast.AST) -> bool:
        """Whether one result of a fixture goes to several tests."""
        for decorator in function.decorator_list if isinstance(function, FUNCTION) else ():
            for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
                if keyword.arg == "scope":
                    return not (isinstance(keyword.value, ast.Constant) and keyword.value.value == "function")
        return False

    def doubled(self) -> Iterator[tuple[ast.arg, ast.arg]]:
        """The parameters of one test that are filled with one repo."""
        for scope in [s for s in self.inference.scopes.values() if self.all and self.takes_fixtures(s)]:
            sources: dict[ast.AST, ast.arg] = {}
            for parameter in _parameters(scope.node):
                source = self.source(scope, parameter)
                if source is not None and self._is_repo(scope, parameter):
                    if source in sources:
                        yield sources[source], parameter
                    sources[source] = parameter


def _parameters(node: ast.AST) -> list[ast.arg]:
    return list(all_parameters(node)) if isinstance(node, FUNCTION) else []


def _given_name(decorator: ast.expr) -> str:
    for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
        if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
            return str(keyword.value.value)
    return ""
