"""Functions that return several things at once, and calls that take them apart: `repo, group = open_both()`."""

import ast
from collections.abc import Mapping
from typing import TYPE_CHECKING

from al_codemod.semantics.assumptions import is_none
from al_codemod.semantics.scopes import FUNCTIONS
from al_codemod.semantics.values import NOTHING, Birth, Origin, Values, union
from al_codemod.surface.kinds import Kind

if TYPE_CHECKING:
    from al_codemod.semantics.infer import Inference


class Several:
    """What each part of what a function returns may be, and what the target has that a call binds it to."""

    def __init__(self, inference: "Inference", parents: Mapping[ast.AST, ast.AST]) -> None:
        self.inference = inference
        self.parents = parents
        self.known: dict[tuple[ast.AST, int], Values] = {}
        self.lengths: dict[ast.AST, set[int]] = {}

    def learn(self, function: ast.AST, returned: ast.expr | None) -> None:
        """Note what a `return` gives."""
        if returned is None or is_none(returned):
            return
        whole = not isinstance(returned, ast.Tuple) or any(isinstance(e, ast.Starred) for e in returned.elts)
        elements = [] if whole or not isinstance(returned, ast.Tuple) else returned.elts
        self.lengths.setdefault(function, set()).add(-1 if whole else len(elements))
        for i, element in enumerate(elements):
            values = self.inference.of(element) or self.inference.constant(element)
            self.inference.learn(self.known, (function, i), values)

    def bound(self, target: ast.AST, source: ast.expr | None) -> Values:
        """What a target of an assignment of several is given; nothing where that is not followed."""
        call = source.value if isinstance(source, ast.Await) else source
        targets = self.parents.get(target)
        if not isinstance(call, ast.Call) or not isinstance(targets, ast.Tuple | ast.List):
            return NOTHING
        functions = [v.node for v in self.inference.of(call.func) if v.kind is Kind.FUNCTION and v.node is not None]
        if len(functions) != 1 or not self.is_followed(functions[0], len(targets.elts)):
            return NOTHING
        (function,) = functions
        own = {self._opened(function, i): t for i, t in enumerate(targets.elts)}
        index = next(i for i, t in enumerate(targets.elts) if t is target)
        calling = self.inference.calling
        assert isinstance(function, FUNCTIONS)
        handed = calling.handed_over(function, calling.bound(function, call))
        new = {o: Origin(t, Birth.RETURNED) for o, t in own.items() if o is not None}
        moved = (v.moved(new) if v.origin in new else v for v in self.known.get((function, index), NOTHING))
        return union(
            frozenset({v}) if v.origin in new.values() else calling.returned(v, function, call, handed) for v in moved
        )

    def given(self, target: ast.AST) -> tuple[ast.AST, Origin] | None:
        """The function that opens the repo which is bound to a target, and what the repo is in there."""
        targets = self.parents.get(target)
        statement = self.parents.get(targets) if targets is not None else None
        if not isinstance(statement, ast.Assign) or not isinstance(targets, ast.Tuple | ast.List):
            return None
        call = statement.value.value if isinstance(statement.value, ast.Await) else statement.value
        for value in self.inference.of(call.func) if isinstance(call, ast.Call) else ():
            if value.node is not None:
                index = next(i for i, t in enumerate(targets.elts) if t is target)
                origin = self._opened(value.node, index) if (value.node, index) in self.known else None
                return (value.node, origin) if origin is not None else None
        return None

    def _opened(self, function: ast.AST, index: int) -> Origin | None:
        """The repo that a function opens and returns in one place."""
        calling = self.inference.calling
        found = {v.origin for v in self.known.get((function, index), NOTHING) if v.is_repo and v.origin is not None}
        values = {v for v in self.known.get((function, index), NOTHING) if v.is_repo}
        if len(found) != 1 or len(values) != len(self.known[function, index]):
            return None
        (origin,) = found
        inside = origin.birth is not Birth.PARAMETER and calling.is_inside(origin.node, function)
        return origin if inside and not any(calling.is_shared(v, function) for v in values) else None

    def is_followed(self, function: ast.AST, length: int | None = None) -> bool:
        """Whether a function always returns as many things, and a plain function is all that its name stands for."""
        plain = isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and not function.decorator_list
        lengths = self.lengths.get(function, set())
        return plain and len(lengths) == 1 and lengths != {-1} and (length is None or lengths == {length})

    def is_taken_apart(self, returned: ast.Tuple, function: ast.AST) -> bool:
        """Whether all calls that are seen of a function take apart at once what it returns."""
        calls = self.inference.calling.calls.get(function, [])
        return bool(calls) and self.is_followed(function, len(returned.elts)) and all(map(self._takes_apart, calls))

    def _takes_apart(self, call: ast.Call) -> bool:
        parent = self.parents.get(call)
        if isinstance(parent, ast.Await):
            parent = self.parents.get(parent)
        if not isinstance(parent, ast.Assign) or len(parent.targets) != 1:
            return False
        target = parent.targets[0]
        functions = [v for v in self.inference.of(call.func) if v.kind is Kind.FUNCTION]
        plain = isinstance(target, ast.Tuple | ast.List) and all(isinstance(t, ast.Name) for t in target.elts)
        return plain and len(functions) == 1 and not self.inference.calling.is_forwarded(call)
