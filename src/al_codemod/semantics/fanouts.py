"""Fan-outs as the analysis sees them: which function a call runs elsewhere, and which of its arguments it gives it."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.arguments import bind_arguments
from al_codemod.semantics.backends import runs_in_threads
from al_codemod.semantics.bound_once import BoundOnce
from al_codemod.semantics.scopes import COMPREHENSIONS, FUNCTIONS
from al_codemod.semantics.values import Value, Values
from al_codemod.surface.fanouts import CLOUD_METHODS, DELAYED, RUNNERS, FanOutMethod, Gives, Passing, Runner
from al_codemod.surface.kinds import HANDLES, Kind

if TYPE_CHECKING:
    from al_codemod.semantics.infer import Inference

PARTIAL: Final = "functools.partial"
REPEAT: Final = "itertools.repeat"


@dataclass(eq=False, slots=True)
class FanOut:
    """One call that runs a function elsewhere.

    `call` is the call that a worker makes, with the expressions that its arguments are taken from. Those of `shown` are
    known to be all that the worker gets of a repo.
    """

    node: ast.Call
    runner: Runner
    gives: Gives
    call: ast.Call
    shown: set[ast.AST] = field(default_factory=set)
    kept: dict[ast.expr, tuple[ast.expr, str]] = field(default_factory=dict)
    """The stores that objects which are made for the workers take along, each with the argument and its field."""
    holders: set[ast.AST] = field(default_factory=set)
    """The calls and displays that the arguments stand in."""
    runners: set[Runner] = field(default_factory=set)
    """All that it may be run by; what is right for processes is right for threads as well."""
    passing: Passing | None = None
    """How the arguments are given, where a method starts the work."""
    is_joblib: bool = False
    """Whether it is a task of joblib, which may run it in threads or in processes."""
    is_certain: bool = True
    """Whether all of these take the function, and give its results, in the same way."""


class FanOuts:
    """Recognises the fan-outs of a program."""

    def __init__(self, inference: "Inference") -> None:
        self.inference = inference
        self.found: dict[ast.Call, FanOut] = {}
        self.shown: set[ast.AST] = set()
        self.functions: set[ast.AST] = set()
        """The expressions that name the functions that are run."""
        self.in_process: set[ast.AST] = set()
        """The calls that give threads a function, with nothing that hangs on a session."""
        self._bound: BoundOnce | None = None

    def at(self, node: ast.Call) -> FanOut | None:
        """The fan-out that a call is, as far as it is known by now."""
        known = self.found.get(node)
        if known is None:
            known = self._recognise(node)
            if known is not None:
                self.found[node] = known
                self.functions |= {known.call.func, *known.holders, *node.args[:1]}
        if known is not None:
            known.shown = self._followed(known)
            known.runners = {self._runner(known), *self._pools(node)}
            known.runner = min(known.runners - {Runner.THREADS}, default=Runner.THREADS)
            known.is_certain = self._is_certain(node)
            self._show_objects(known)
            known.kept = self._kept(known) if known.runner is not Runner.THREADS else {}
            known.shown |= known.kept.keys()
            self.shown |= known.shown
        return known

    def _recognise(self, node: ast.Call) -> FanOut | None:
        made = self._started_at(node)
        if made is None or not any(v.kind is Kind.FUNCTION for v in self.inference.of(made.call.func)):
            return None
        return None if made.runner is Runner.THREADS and not self._followed(made) else made

    def in_threads(self, node: ast.Call) -> ast.Call | None:
        """The call that a thread makes, where it is given no repo and nothing that hangs on one by itself."""
        made = self._started_at(node) if node not in self.found else None
        if made is None or made.runner is not Runner.THREADS:
            return None
        self.in_process |= made.holders
        return made.call

    def _started_at(self, node: ast.Call) -> FanOut | None:
        """The fan-out that a call would be."""
        made = self._delayed(node) or self._method(node)
        if made is not None and made.runner is Runner.JOBLIB:
            made.is_joblib = True
            made.runner = self._runner(made)
        return made

    def _runner(self, fanout: FanOut) -> Runner:
        """What runs the function, as far as its own call tells, and that around it."""
        if fanout.is_joblib and runs_in_threads(self.inference, fanout.node):
            return Runner.THREADS
        return Runner.JOBLIB if fanout.is_joblib else fanout.runner

    def _pools(self, node: ast.Call) -> set[Runner]:
        """What the receiver of a call may be, of all that runs functions."""
        receiver = self.inference.of(node.func.value) if isinstance(node.func, ast.Attribute) else ()
        return {RUNNERS[value.name].runner for value in receiver if value.kind is Kind.POOL}

    def _is_certain(self, node: ast.Call) -> bool:
        """Whether a method is the same one for all that may be its receiver, as far as results and arguments go."""
        receiver = self.inference.of(node.func.value) if isinstance(node.func, ast.Attribute) else ()
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        found = {RUNNERS[v.name].methods.get(name) for v in receiver if v.kind is Kind.POOL}
        given = len(node.args) - 1
        return len({(m.passing, m.gives, min(m.iterables, given)) if m is not None else None for m in found}) <= 1

    def _followed(self, fanout: FanOut) -> set[ast.AST]:
        """The arguments that are repos or hang on one."""
        arguments = [*fanout.call.args, *(k.value for k in fanout.call.keywords)]
        for value in self.inference.of(fanout.call.func):
            scope = self.inference.scopes.get(value.node) if value.node is not None else None
            if scope is not None and isinstance(scope.node, FUNCTIONS):
                arguments += [given for _, given in bind_arguments(scope.node, scope, fanout.call, 0)]
        return {a for a in arguments if any(v.is_repo or v.kind in HANDLES for v in self.inference.of(a))}

    # -- objects that are made for the workers

    def _kept(self, fanout: FanOut) -> dict[ast.expr, tuple[ast.expr, str]]:
        found: dict[ast.expr, tuple[ast.expr, str]] = {}
        for argument in (*fanout.call.args, *(k.value for k in fanout.call.keywords)):
            made = self._made(argument, fanout.holders)
            for owner in self.inference.of(made.func) if made is not None else ():
                if owner.kind is Kind.CLASS and owner.node is not None and made is not None:
                    for kept, value in self.inference.fields.passed(owner.node, made):
                        values = self.inference.of(value)
                        if values and all(v.kind is Kind.STORE for v in values) and isinstance(kept.target, ast.Name):
                            found[value] = (argument, kept.target.id)
        return found

    def _show_objects(self, fanout: FanOut) -> None:
        """Let the call that a worker makes have the making of an object in the place of the variable of a loop."""
        if fanout.call is fanout.node:
            return
        shown = [self._made(a, fanout.holders) if isinstance(a, ast.Name) else None for a in fanout.call.args]
        for position, made in enumerate(shown):
            if made is not None and any(v.kind is Kind.CLASS for v in self.inference.of(made.func)):
                fanout.call.args = [*fanout.call.args[:position], made, *fanout.call.args[position + 1 :]]

    def _made(self, argument: ast.expr, holders: set[ast.AST]) -> ast.Call | None:
        """The call that makes the object which is an argument: it, or that of each element of a list that is looped over."""
        made: ast.expr | None = argument
        if isinstance(argument, ast.Name):
            around: ast.AST | None = argument
            while around is not None and not isinstance(around, FUNCTIONS):
                around = self.inference.injection.parents.get(around)
                loops = around.generators if isinstance(around, COMPREHENSIONS) else [around]
                for loop in loops:
                    if isinstance(loop, ast.For | ast.comprehension) and isinstance(loop.target, ast.Name):
                        if loop.target.id == argument.id:
                            element = self._element(loop.iter, holders)
                            return element if isinstance(element, ast.Call) else None
            made = self.resolved(argument)
        return made if isinstance(made, ast.Call) else None

    def is_only_sent(self, owner: ast.AST) -> bool:
        """Whether objects of a class are only made to be sent to workers, each with stores of its own."""
        mine = (f for f in self.found.values() if f.kept)
        made = {m for f in mine for a, _ in f.kept.values() if (m := self._made(a, set())) is not None}
        calls = [
            n
            for n in self.inference.injection.parents
            if isinstance(n, ast.Call)
            and any(v.kind is Kind.CLASS and v.node is owner for v in self.inference.of(n.func))
        ]
        return bool(calls) and all(c in made for c in calls)

    # -- the shapes

    def _delayed(self, node: ast.Call) -> FanOut | None:
        """`delayed(f)(...)`, and a call of a function that is decorated so."""
        runners = {DELAYED[n] for n in self._names(node.func) if n in DELAYED}
        if isinstance(node.func, ast.Call):
            runners = {DELAYED[n] for n in self._names(node.func.func) if n in DELAYED}
            if runners and len(node.func.args) == 1 and not node.func.keywords:
                call = ast.copy_location(ast.Call(node.func.args[0], node.args, node.keywords), node)
                return FanOut(node, runners.pop(), Gives.TASK, call, holders={node, node.func})
            return None
        for value in self.inference.of(node.func):
            for decorator in getattr(value.node, "decorator_list", ()) if value.kind is Kind.FUNCTION else ():
                runners = {DELAYED[n] for n in self._names(decorator) if n in DELAYED}
                if runners:
                    return FanOut(node, runners.pop(), Gives.TASK, node, holders={node})
        return None

    def _method(self, node: ast.Call) -> FanOut | None:
        if not isinstance(node.func, ast.Attribute):
            return None
        for value in sorted(self.inference.of(node.func.value), key=_threads_last):
            method = RUNNERS[value.name].methods.get(node.func.attr) if value.kind is Kind.POOL else None
            if method is not None:
                return self._started(node, RUNNERS[value.name].runner, method, *self._function(node))
            if value.kind is Kind.FUNCTION and getattr(value.node, "decorator_list", None):
                method = CLOUD_METHODS.get(node.func.attr)
                if method is not None:
                    return self._started(node, Runner.CLOUD, method, node.func.value, node.args)
        return None

    def _function(self, node: ast.Call) -> tuple[ast.expr | None, list[ast.expr]]:
        """The function that a method is given, and the other arguments."""
        named = next((k.value for k in node.keywords if k.arg in ("func", "fn")), None)
        if named is not None or not node.args:
            return named, node.args
        return node.args[0], node.args[1:]

    def _started(
        self, node: ast.Call, runner: Runner, method: FanOutMethod, function: ast.expr | None, rest: list[ast.expr]
    ) -> FanOut | None:
        given_function = function
        if function is None:
            return None
        holders: set[ast.AST] = {node}
        before: list[ast.expr] = []
        keywords: list[ast.keyword] = []
        partial = self.resolved(function)
        if isinstance(partial, ast.Call) and PARTIAL in self._names(partial.func) and partial.args:
            function, *before = partial.args
            keywords = list(partial.keywords)
            holders.add(partial)
        given: list[ast.expr] = []
        match method.passing:
            case Passing.DIRECT:
                given = rest
            case Passing.PACKED:
                given, more = self._packed(node, rest, holders)
                keywords += more
            case Passing.COLUMNS:
                given = [self._element(i, holders) for i in rest[: method.iterables]]
            case Passing.ROWS if rest:
                row = self._element(rest[0], holders)
                given = row.elts if isinstance(row, ast.Tuple | ast.List) else [ast.Starred(row)]
            case Passing.ITEMS if rest:
                match self._element(rest[0], holders):
                    case ast.Tuple(elts=given):
                        pass
                    case ast.Dict(keys=keys, values=values):
                        keywords += _by_name(keys, values)
                    case single:
                        given = [single]
        if not self._is_definition(function):
            return None
        if method.forwards:
            keywords += [k for k in node.keywords if k.arg not in method.keywords and k.value is not given_function]
        call = ast.copy_location(ast.Call(function, [*before, *given], keywords), node)
        return FanOut(node, runner, method.gives, call, holders=holders, passing=method.passing)

    def _packed(
        self, node: ast.Call, rest: list[ast.expr], holders: set[ast.AST]
    ) -> tuple[list[ast.expr], list[ast.keyword]]:
        """The arguments that `apply_async(f, (a, b), {"c": c})` gives."""
        given: dict[str, ast.expr] = dict(zip(("args", "kwds"), rest, strict=False))
        given |= {k.arg: k.value for k in node.keywords if k.arg in ("args", "kwds")}
        positional, named = (self.resolved(given[n]) if n in given else None for n in ("args", "kwds"))
        found: list[ast.expr] = []
        if isinstance(positional, ast.Tuple | ast.List):
            holders.add(positional)
            found = positional.elts
        elif positional is not None:
            found = [ast.copy_location(ast.Starred(positional), positional)]
        if not isinstance(named, ast.Dict):
            return found, []
        holders.add(named)
        return found, _by_name(named.keys, named.values)

    def _element(self, iterable: ast.expr, holders: set[ast.AST]) -> ast.expr:
        """The expression that each element of an iterable is made by, or one that says nothing."""
        filled = self.bound_once.of(iterable).element if isinstance(iterable, ast.Name) else None
        if filled is not None:
            holders.add(filled)
            return filled
        source = self.resolved(iterable)
        match source:
            case ast.ListComp() | ast.GeneratorExp():
                holders.add(source)
                if isinstance(source.elt, ast.Tuple | ast.List | ast.Dict):
                    holders.add(source.elt)
                return source.elt
            case ast.BinOp(op=ast.Mult(), left=ast.List(elts=[element]) as display):
                holders |= {source, display}
                return element
            case ast.BinOp(op=ast.Mult(), right=ast.List(elts=[element]) as display):
                holders |= {source, display}
                return element
            case ast.List(elts=[element]) | ast.Tuple(elts=[element]):
                holders.add(source)
                return element
            case ast.Call(args=[element, *_]) if REPEAT in self._names(source.func):
                holders.add(source)
                return element
            case ast.Call(func=ast.Name(id="zip"), args=parts) if parts:
                holders.add(source)
                return ast.Tuple([self._element(part, holders) for part in parts], ast.Load())
        return _opaque(source)

    # -- names

    def _is_definition(self, node: ast.expr) -> bool:
        """Whether an expression names a function as it was defined, with no arguments bound to it."""
        name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
        return bool(name) and all(
            getattr(v.node, "name", name if v.kind is not Kind.FUNCTION else "") == name
            for v in self.inference.of(node)
        )

    def _names(self, node: ast.AST) -> set[str]:
        return {v.name for v in self.inference.of(node) if v.kind is Kind.NAME}

    def resolved(self, node: ast.expr) -> ast.expr:
        """What a name that is bound only once, and read only once, was bound to; else the expression itself."""
        found = self.bound_once.of(node).value if isinstance(node, ast.Name) else None
        return node if found is None else found

    @property
    def bound_once(self) -> BoundOnce:
        if self._bound is None:
            self._bound = BoundOnce(self.inference.scopes, {graph.scope.module for graph in self.inference.graphs})
        return self._bound


BY_KEY: Final = "by key"


def tasks_by_key(task: Value, node: ast.DictComp) -> Value:
    """The tasks in a dictionary that is made at a node, which iterating over it does not give."""
    return Value(Kind.TASKS, BY_KEY, task.origin, task, node)


def is_by_key(value: Value) -> bool:
    """Whether a value is a dictionary with tasks for its values."""
    return value.kind is Kind.TASKS and value.name == BY_KEY


def tasks_of(value: Value) -> ast.Call | None:
    """The fan-out that a task, or a list of tasks, comes from."""
    base: Value | None = value
    while base is not None and base.base is not None and base.base.kind in (Kind.TASK, Kind.TASKS):
        base = base.base
    return base.node if base is not None and isinstance(base.node, ast.Call) else None


def result_of(fanout: FanOut) -> Values:
    """What a fan-out evaluates to: nothing that hangs on a session of the caller."""
    match fanout.gives:
        case Gives.TASK | Gives.LATER:
            return frozenset({Value(Kind.TASK, node=fanout.node)})
        case Gives.TASKS:
            return frozenset({Value(Kind.TASKS, node=fanout.node)})
    return frozenset()


def _by_name(keys: Sequence[ast.expr | None], values: Sequence[ast.expr]) -> list[ast.keyword]:
    """What a dictionary of keyword arguments passes, as far as it is written out."""
    pairs = zip(keys, values, strict=True)
    return [ast.keyword(str(k.value), v) for k, v in pairs if isinstance(k, ast.Constant)]


def _opaque(near: ast.AST) -> ast.expr:
    """An argument of which nothing is known."""
    return ast.copy_location(ast.Constant(Ellipsis), near)


def _threads_last(value: Value) -> tuple[bool, str]:
    """An order in which what may be threads comes after what may be processes, the same in every run."""
    return (value.kind is Kind.POOL and RUNNERS[value.name].runner is Runner.THREADS, value.name)
