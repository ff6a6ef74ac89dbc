"""Objects and functions that are given a handle and not its repo: where all who give it know that, it can be passed as well."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from al_codemod.surface.kinds import Kind

if TYPE_CHECKING:
    from al_codemod.semantics.roots import Root, Roots
    from al_codemod.semantics.scopes import Scope

NAMES: Final = ("repo", "working_copy")


@dataclass(frozen=True, slots=True)
class Brought:
    """A repo that a function is to be passed behind a handle; a constructor keeps it in an `attribute`.

    `calls` are all calls, each with what it passes for the handle and how the repo is written there.
    """

    function: ast.FunctionDef
    after: ast.arg
    name: str
    attribute: str
    calls: tuple[tuple[ast.Call, ast.expr, str], ...]


class Bringing:
    """Finds the constructors and functions that can be passed the repo with a handle."""

    def __init__(self, roots: "Roots") -> None:
        self.roots = roots
        self.program = roots.program
        self.found: dict[tuple[Scope, str], Brought | None] = {}

    def of(self, handle: "Root") -> Brought | None:
        """How the function can be passed a repo that has the handle for a parameter."""
        key = (handle.scope, handle.name)
        if key not in self.found:
            self.found[key] = None
            self.found[key] = self._of(handle)
        return self.found[key]

    def used(self, repos: Iterable[tuple[ast.AST, str]]) -> list[Brought]:
        """What has to be passed, where the repos are needed at some nodes as they are written there."""
        found: list[Brought] = []
        needed = [(self._functions(node), text) for node, text in repos]
        left = [b for b in self.found.values() if b is not None]
        while new := [b for b in left if b not in found and self._is_needed(b, needed)]:
            found += new
            needed += [(self._functions(call), text) for b in new for call, _, text in b.calls]
        return found

    def _is_needed(self, brought: Brought, needed: list[tuple[list[ast.AST], str]]) -> bool:
        return bool(brought.attribute) or any(text == brought.name and brought.function in at for at, text in needed)

    def _functions(self, node: ast.AST) -> list[ast.AST]:
        """The functions around a node."""
        return [a for a in self.program.ancestors(node) if isinstance(a, ast.FunctionDef)]

    def _of(self, handle: "Root") -> Brought | None:
        function = handle.scope.node
        if not isinstance(function, ast.FunctionDef) or not handle.hangs:
            return None
        name = next((n for n in NAMES if n not in handle.scope.names()), None)
        attribute = self._attribute(handle, function)
        after = next((a for a in (*function.args.posonlyargs, *function.args.args) if a.arg == handle.name), None)
        calls = self.program.inference.calling.calls.get(function, [])
        passed = [self._passed(function, call, handle.name) for call in calls]
        known = [p for p in passed if p is not None]
        if not known or len(known) < len(passed) or attribute is None or name is None or after is None:
            return None
        return Brought(function, after, name, attribute, tuple(known))

    def _attribute(self, handle: "Root", function: ast.FunctionDef) -> str | None:
        """What a constructor keeps the repo in: nothing for a plain function, `None` where it cannot be passed."""
        owner = handle.scope.parent
        if owner is not None and owner.is_class:
            made = function.name == "__init__" and not self.roots.pairs.is_used_as_value(owner.node)
            return self._free_attribute(owner.node) if made else None
        names = [v.name for d in function.decorator_list for v in self.program.of(d)]
        plain = len(names) == len(function.decorator_list) and all(n == "contextlib.contextmanager" for n in names)
        return "" if plain and function not in self.program.escaping_functions else None

    def _passed(self, function: ast.AST, call: ast.Call, name: str) -> tuple[ast.Call, ast.expr, str] | None:
        """What a call of the class passes for a parameter, and how the repo of that is written there."""
        callees = self.program.of(call.func)
        makes = all(v.kind is Kind.CLASS or v.node is function for v in callees)
        spread = any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords)
        given = self.roots.passed(function, name, call)
        repo = self.roots.written(self.roots.of(given), call)
        if not makes or spread or given is None or repo is None or self.program.parents.get(call) is None:
            return None
        return call, given, repo

    def _free_attribute(self, owner: ast.AST) -> str | None:
        """A name for the repo that no object of the class has anything under."""
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
