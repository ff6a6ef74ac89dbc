"""Objects that are made with a handle and not with its repo: where all who make them know it, it can be passed as well."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from al_codemod.surface.kinds import Kind

if TYPE_CHECKING:
    from al_codemod.semantics.roots import Root, Roots
    from al_codemod.semantics.scopes import Scope

NAMES: Final = ("repo", "working_copy")


@dataclass(frozen=True, slots=True)
class Brought:
    """A repo that a constructor is to be passed behind a handle, to be kept in an attribute.

    `calls` are the calls of the class, each with what it passes for the handle and how the repo is written there.
    """

    function: ast.FunctionDef
    after: ast.arg
    name: str
    attribute: str
    calls: tuple[tuple[ast.Call, ast.expr, str], ...]


class Bringing:
    """Finds the constructors that can be passed the repo with a handle."""

    def __init__(self, roots: "Roots") -> None:
        self.roots = roots
        self.program = roots.program
        self.found: dict[tuple[Scope, str], Brought | None] = {}

    def of(self, handle: "Root") -> Brought | None:
        """How the constructor can be passed a repo that has the handle for a parameter."""
        key = (handle.scope, handle.name)
        if key not in self.found:
            self.found[key] = None
            self.found[key] = self._of(handle)
        return self.found[key]

    def all(self) -> Iterator[Brought]:
        """All that was found."""
        yield from (b for b in self.found.values() if b is not None)

    def _of(self, handle: "Root") -> Brought | None:
        function, owner = handle.scope.node, handle.scope.parent
        if not isinstance(function, ast.FunctionDef) or function.name != "__init__" or not handle.hangs:
            return None
        if owner is None or not owner.is_class or self.roots.pairs.is_used_as_value(owner.node):
            return None
        calls = self.program.inference.calling.calls.get(function, [])
        passed = [self._passed(function, call, handle.name) for call in calls]
        known = [p for p in passed if p is not None]
        attribute = self._free_attribute(owner.node, handle, function)
        name = next((n for n in NAMES if n not in handle.scope.names()), None)
        if not known or len(known) < len(passed) or attribute is None or name is None:
            return None
        after = next(a for a in (*function.args.posonlyargs, *function.args.args) if a.arg == handle.name)
        return Brought(function, after, name, attribute, tuple(known))

    def _passed(self, function: ast.AST, call: ast.Call, name: str) -> tuple[ast.Call, ast.expr, str] | None:
        """What a call of the class passes for a parameter, and how the repo of that is written there."""
        makes = any(v.kind is Kind.CLASS for v in self.program.of(call.func))
        spread = any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords)
        given = self.roots.passed(function, name, call)
        repo = self.roots.written(self.roots.of(given), call)
        if not makes or spread or given is None or repo is None or self.program.parents.get(call) is None:
            return None
        return call, given, repo

    def _free_attribute(self, owner: ast.AST, handle: "Root", function: ast.FunctionDef) -> str | None:
        """A name for the repo that no object of the class has anything under."""
        if not any(a.arg == handle.name for a in (*function.args.posonlyargs, *function.args.args)):
            return None
        family = self.program.inference.classes.family(owner)
        bound = {name for n in family for name in self.program.scopes[n].bindings}
        if "__slots__" in bound or self.roots.fixed.is_changed_out_of_sight(owner):
            return None
        for name in (*NAMES, *(f"_{n}" for n in NAMES)):
            used = any(
                v.kind is Kind.SELF and v.node in family
                for n in self.program.attributes(name)
                for v in self.program.of(n.value)
            )
            if name not in bound and not used and not self.roots.fixed.stores(owner, name):
                return name
        return None
