"""Handles of repos that carry their sessions: whether all that is done with them is seen.

A handle that is kept out of sight may be used at any time, and so after its session has ended.
"""

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.arguments import parameter_defaults
from al_codemod.semantics.classes import is_cached_property
from al_codemod.semantics.holders import PUTTING
from al_codemod.semantics.scopes import FUNCTIONS
from al_codemod.semantics.started_threads import is_for_thread
from al_codemod.semantics.values import OTHER, Values
from al_codemod.surface.kinds import Kind
from al_codemod.surface.names import KEEPERS

if TYPE_CHECKING:
    from al_codemod.semantics.program import Program

KEEPING: Final = KEEPERS | {"put_nowait", "submit"}
CONSUMING: Final = (
    *(ast.Attribute, ast.Compare, ast.BinOp, ast.UnaryOp, ast.FormattedValue, ast.Slice, ast.expr_context),
    *(ast.Expr, ast.If, ast.While, ast.Assert, ast.Delete, ast.comprehension, ast.For, ast.AsyncFor, ast.withitem),
    *(ast.AugAssign, ast.arg),
)
"""What uses a handle there and then, or binds it to variables that are followed."""
PASSING_ON: Final = (ast.BoolOp, ast.IfExp, ast.NamedExpr, ast.Await)
"""What has the value of one of its parts."""
HOLDING: Final = ("types", "argparse", "collections", "itertools", "weakref", "queue", "contextvars", "copy")
"""Packages whose functions and classes keep what they are passed."""
LAZY: Final = frozenset("zip map filter iter enumerate".split())
"""Builtins that keep what they are passed, to give it to others later."""
CACHES: Final = ("cached_property", "cache", "lru_cache")
CONTAINER: Final = "it is kept in a container"


class Keeping:
    """Looks for handles that go where they are not followed."""

    def __init__(self, program: "Program") -> None:
        self.program = program

    def found(self) -> Iterator[tuple[ast.AST, str]]:
        """The handles, each with where it goes."""
        for node in self.program.parents:
            if isinstance(node, FUNCTIONS):
                yield from ((d, "a default keeps this") for _, d in parameter_defaults(node) if self._is_handle(d))
                yield from self._given_out_of_sight(node)
            if isinstance(node, ast.expr) and self._is_handle(node):
                reason = self._kept(node)
                if reason:
                    yield node, reason

    def _is_handle(self, node: ast.AST | None) -> bool:
        return any_handle(self.program.of(node))

    # -- where an expression goes

    def _kept(self, node: ast.expr) -> str:
        """Why it is not seen how long a handle is kept, empty where it is."""
        parent = self.program.parents[node]
        match parent:
            case ast.Name() | ast.Lambda():
                return "a function keeps this"
            case ast.Tuple(ctx=ast.Store()) | ast.List(ctx=ast.Store()):
                return ""
            case ast.List() | ast.Set() | ast.Dict() | ast.Tuple():
                started = is_for_thread(self.program.inference, self.program.parents, parent)
                return "" if started or self._is_taken_apart(parent) else CONTAINER
            case ast.Assign(targets=targets):
                return next((r for t in targets if (r := self._bound(t))), "") if parent.value is node else ""
            case ast.AnnAssign(target=target):
                return self._bound(target) if parent.value is node else ""
            case ast.Call() | ast.keyword():
                return self._passed(node, parent)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return "" if self._is_holder(parent) else CONTAINER
            case ast.Return() | ast.Yield():
                return ""
            case ast.Subscript() if parent.value is node or isinstance(parent.ctx, ast.Load):
                return ""
        if isinstance(parent, (*CONSUMING, *PASSING_ON)):
            return ""
        return "it is not followed where it goes"

    def _bound(self, target: ast.expr) -> str:
        match target:
            case ast.Attribute():
                return "" if self._is_of_program(target.value) else "it is kept in an attribute"
            case ast.Subscript() if not self._is_handle(target.value):
                return "" if self._is_holder(target.value) else CONTAINER
            case ast.Tuple() | ast.List():
                return "it is taken apart"
        return ""

    def _is_holder(self, node: ast.expr) -> bool:
        """Whether something is a container that is followed, so that what is taken out of it is seen."""
        values = self.program.of(node) - OTHER
        return bool(values) and all(v.kind is Kind.HOLDER for v in values)

    def _is_taken_apart(self, display: ast.expr) -> bool:
        """Whether a display only brings several values to several variables, or is an index."""
        parent = self.program.parents[display]
        if isinstance(parent, ast.Assign) and isinstance(display, ast.Tuple):
            targets = [t for t in parent.targets if isinstance(t, ast.Tuple | ast.List)]
            return len(targets) == len(parent.targets) and all(len(t.elts) == len(display.elts) for t in targets)
        return isinstance(parent, ast.Subscript) and parent.slice is display

    def _passed(self, node: ast.expr, parent: ast.AST) -> str:
        """Why it is not seen what becomes of a handle that is passed; a library keeps nothing."""
        call = self.program.parents[parent] if isinstance(parent, ast.keyword) else parent
        if not isinstance(call, ast.Call) or call.func is node:
            return ""
        call = self.program.inference.calling.forwarded(call)
        values = self.program.of(call.func)
        if any(v.name == "functools.partial" for v in values):
            return "it is kept in a partial"
        if self._is_put_out_of_sight(call):
            return CONTAINER
        mine = any(v.kind is Kind.FUNCTION for v in values)
        kept = isinstance(call.func, ast.Attribute) and call.func.attr in KEEPING and not mine
        if kept and isinstance(call.func, ast.Attribute) and not self._is_handle(call.func.value):
            followed = call.func.attr in PUTTING and self._is_holder(call.func.value)
            return "" if followed else CONTAINER
        for value in values:
            functions = [value] if value.kind is Kind.FUNCTION else []
            if value.kind is Kind.CLASS and value.node is not None:
                functions = [*self.program.inference.classes.inherited(value.node, "__init__")]
                fields = self.program.inference.fields
                if not functions and not any(v is node for _, v in fields.passed(value.node, call)):
                    return "it is kept in a field"
            for function in functions:
                if isinstance(function.node, FUNCTIONS):
                    bound = [v for _, v in self.program.inference.calling.bound(function.node, call)]
                    if node not in bound:
                        return "it is passed for `*args` or `**kwargs`"
        return ""

    def _is_put_out_of_sight(self, call: ast.Call) -> bool:
        """Whether a call puts what it is passed into an object whose attributes or elements are not followed."""
        if any(v.name.partition(".")[0] in HOLDING for v in self.program.of(call.func) if v.kind is Kind.NAME):
            return True
        if not isinstance(call.func, ast.Name):
            return False
        owner = self.program.scope(call).owner(call.func.id)
        made = [
            n for n in self.program.parents if isinstance(n, ast.Name) and n.id == call.func.id and owner is not None
        ]
        values = (getattr(self.program.parents.get(n), "value", None) for n in made if isinstance(n.ctx, ast.Store))
        functions = [v.name for c in values if isinstance(c, ast.Call) for v in self.program.of(c.func)]
        if "collections.namedtuple" in functions or owner is not None:
            return "collections.namedtuple" in functions
        parent = self.program.parents.get(call)
        goes_on = isinstance(parent, ast.For | ast.AsyncFor | ast.comprehension | ast.Call)
        return call.func.id == "setattr" or (call.func.id in LAZY and not goes_on)

    def _is_of_program(self, owner: ast.expr) -> bool:
        """Whether something is an object of the program, so that its attributes are seen where they are read."""
        known = self.program.of(owner)
        return bool(known) and all(v.kind in (Kind.SELF, Kind.CLASS, Kind.MODULE) for v in known)

    # -- who else gets hold of it

    def _given_out_of_sight(self, function: ast.AST) -> Iterator[tuple[ast.AST, str]]:
        """A function that gives handles to code of which it is not seen that it calls the function."""
        name = getattr(function, "name", "")
        given = self.program.inference.returns.get(function, frozenset())
        given |= self.program.inference.yields.get(function, frozenset())
        if not any_handle(given):
            return
        followed = self.program.inference.managers.is_followed(function)
        if self._is_of_module(function) or self._is_entered(name):
            return
        if not name or name.startswith("__"):
            yield function, "it gives a handle to code that is not seen"
            return
        if function in self.program.escaping_functions and not followed:
            yield function, "it gives a handle to code that is not seen"
        for node in self.program.attributes(name):
            if not self.program.of(node) - OTHER and not self.program.of(node.value) - OTHER:
                yield node, f"this may be the `{name}` that gives a handle"

    def _is_of_module(self, function: ast.AST) -> bool:
        """Whether a function is what a module is asked for names that it does not bind, by such as are written out."""
        module = self.program.parents.get(function)
        if getattr(function, "name", "") != "__getattr__" or not isinstance(module, ast.Module):
            return False
        called = (n for n in self.program.parents if isinstance(n, ast.Call) and isinstance(n.func, ast.Name))
        given = (n.args[0] for n in called if getattr(n.func, "id", "") in ("getattr", "vars") and n.args)
        return not any(v.node is module for a in given for v in self.program.of(a))

    def _is_entered(self, name: str) -> bool:
        """Whether a method is what `with` statements call, and nothing else does."""
        others = ("__enter__", "enter_context", "push")
        return name == "__enter__" and not any(self.program.attributes(n) for n in others)


def is_cached(program: "Program", function: ast.AST) -> bool:
    """Whether a function is only called the first time, and gives the same again whenever it is asked."""
    decorators = getattr(function, "decorator_list", [])
    names = {v.name for d in decorators for n in (d, getattr(d, "func", None)) for v in program.of(n)}
    return is_cached_property(function) or any(n.rpartition(".")[2] in CACHES for n in names)


def any_handle(values: Values) -> bool:
    """Whether something may be a handle, or the method of one."""
    return any(
        v.origin is not None and v.is_through_handle and not (v.kind is Kind.DATASET and v.name == "read")
        for v in values
    )
