"""What may end the session of a repo that carries it: commits and checkouts, and all that may call them."""

import ast
from collections.abc import Collection, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.flow import BINDS, Op, Step
from al_codemod.semantics.generators import Generators
from al_codemod.semantics.implicit import asked_for, implicit_names
from al_codemod.semantics.values import OTHER, Value
from al_codemod.surface.kinds import CLIENTS, REPOS, Effect, Kind
from al_codemod.surface.members import NDARRAY_NAMES

if TYPE_CHECKING:
    from al_codemod.semantics.program import Program

ENDING: Final = frozenset({"commit", "checkout", "new_branch"})
"""Methods of a repo after which it goes on with another session."""
RUNS_NOTHING: Final = NDARRAY_NAMES | frozenset(
    "append extend insert remove reverse index count items keys values setdefault format split rsplit splitlines strip "
    "lstrip rstrip lower upper title startswith endswith replace encode decode zfill ljust rjust partition rpartition "
    "isoformat strftime total_seconds as_posix exists group match search".split()
)
"""Methods of numpy arrays, lists, dicts, strings and dates."""
LOOKING_UP: Final = frozenset(
    "globals vars eval exec __import__ import_module entry_points attrgetter methodcaller".split()
)
BESIDE: Final = frozenset({"threading.Thread", "threading.Timer", "signal.signal"})
"""What runs a function that it is passed while other code goes on."""
KNOWN: Final = frozenset({Kind.FUNCTION, Kind.CLASS, Kind.SELF, Kind.NAME, Kind.MODULE})


class Enders:
    """Answers for each step of a program whether a session may have ended when it is done."""

    def __init__(self, program: "Program") -> None:
        self.program = program
        self.generators = Generators(program)
        self.functions: set[ast.AST] = set()
        """The functions and modules that may end a session."""
        self.hidden = False
        """Whether code that is not known may call something that ends a session."""
        self.beside = False
        """Whether a thread of its own, or the handler of a signal, may end a session at any time."""
        self.nodes: set[ast.AST] = set()
        """The nodes where a session may end."""
        self._implicit: set[str] = set()
        """The names of those that are called without a call."""
        before = (-1, -1, False, False)
        while before != (now := (len(self.nodes), len(self.functions), self.hidden, self.beside)):
            before = now
            self._implicit = set(implicit_names(self.functions))
            for graph in program.graphs:
                ending = {s.node for b in graph.blocks for s in b.steps if self.ends(s)}
                self.nodes |= ending
                self.functions |= {graph.scope.node} if ending else set()
            self.hidden = self._is_handed_on()
            self.beside = any(self.is_given_to(BESIDE))

    def ends(self, step: Step) -> bool:
        """Whether a session may end where a step is taken."""
        if any(callee in self.functions for callee in self._called(step)) or self._asks_unknown(step):
            return True
        node = step.node
        if step.op in BINDS:
            return step.op in (Op.BIND_ELEMENT, Op.BIND_PAIRED) and self._generates(step)
        match node:
            case ast.Call():
                return self.beside or self._is_ending(node, step)
            case ast.withitem() if step.op is Op.LEAVE:
                return self._is_manager(step.source)
            case ast.expr() if step.op is Op.EVALUATE and self._is_entered(node) and self._is_manager(node):
                return True
            case ast.Yield() | ast.YieldFrom():
                return self._ends_before_next(step)
            case ast.Attribute() if self._of_modules:
                return any(v.node in self._of_modules for v in self.program.of(node.value))
            case ast.Await() | ast.AsyncFor():
                return any(isinstance(f, ast.AsyncFunctionDef) for f in self.functions)
        return False

    def _asks_unknown(self, step: Step) -> bool:
        """Whether a step asks something that is not known for a property or item which ends a session."""
        name = asked_for(step.node)
        if name not in self._implicit:
            return False
        match step.node:
            case ast.Attribute(value=owner) | ast.Subscript(value=owner):
                return not self.program.of(owner) - OTHER
            case ast.Compare(comparators=owners):
                return any(not self.program.of(o) - OTHER for o in owners)
        return False

    def is_given_to(self, names: Collection[str]) -> Iterator[ast.Call]:
        """The calls of some functions of libraries that are passed what ends a session."""
        for node in self.program.parents:
            if isinstance(node, ast.Call) and any(v.name in names for v in self.program.of(node.func)):
                passed = [v for a in (*node.args, *(k.value for k in node.keywords)) for v in self.program.of(a)]
                if any(_is_method(v) or v.node in self.functions for v in passed):
                    yield node

    def _ends_before_next(self, step: Step) -> bool:
        """Whether who asks a generator for values may end a session before it asks for the next one."""
        function = step.scope.function.node
        around = self._bodies.get(function)
        if around is None:
            loops = self.generators.loops(function)
            if loops is None:
                return bool(self.functions)
            around = [*(s for loop in loops for s in loop.body), *self.generators.comprehensions(function)]
        return any(n in self.nodes for s in around for n in ast.walk(s))

    @cached_property
    def _bodies(self) -> dict[ast.AST, list[ast.AST]]:
        """What runs between the entering and leaving of each context manager that is followed."""
        found: dict[ast.AST, list[ast.AST]] = {}
        for _, item, function in self.program.inference.managers.entries():
            statement = self.program.parents[item]
            assert isinstance(statement, ast.With | ast.AsyncWith)
            later = statement.items[statement.items.index(item) + 1 :]
            found.setdefault(function, []).extend((*later, *statement.body))
        return found

    @property
    def _of_modules(self) -> set[ast.AST]:
        """The modules whose `__getattr__` may end a session."""
        asked = (f for f in self.functions if isinstance(f, ast.FunctionDef) and f.name == "__getattr__")
        return {parent for f in asked if isinstance(parent := self.program.parents.get(f), ast.Module)}

    def _called(self, step: Step) -> Iterator[ast.AST]:
        for event in self.program.events_at.get(step.node, ()):
            if event.effect is Effect.CALL:
                yield from event.callees

    def _is_ending(self, call: ast.Call, step: Step) -> bool:
        values = self.program.of(call.func)
        if any(_is_method(v) for v in values):
            return True
        known = any(v.kind in KNOWN or v.is_through_handle or _is_of_repo(v) for v in values)
        if isinstance(call.func, ast.Attribute) and call.func.attr in ENDING and not known:
            return True
        if not self.is_unknown(call):
            return self._generates(step) and not any(v.is_through_handle for v in values)
        return self.hidden or self._generates(step)

    def is_unknown(self, call: ast.Call) -> bool:
        """Whether it is not known what a call runs."""
        if any(v.kind in KNOWN or v.is_through_handle or _is_of_v1(v) for v in self.program.of(call.func)):
            return False
        match call.func:
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__init__" | "__init_subclass__"):
                return False  # that of a class of the program is known
        return not (self.program.is_builtin(call.func) or self._calls_nothing(call.func))

    def _calls_nothing(self, function: ast.expr) -> bool:
        """Whether a method has the name of one that runs no code of others, and of none of the program."""
        return isinstance(function, ast.Attribute) and function.attr in RUNS_NOTHING - self._named

    @cached_property
    def _named(self) -> set[str]:
        """The names of all functions, and of all attributes that are set."""
        named = {n.name for n in self.program.parents if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}
        stored = (n for n in self.program.parents if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store))
        return named | {n.attr for n in stored}

    def _generates(self, step: Step) -> bool:
        """Whether a generator that may end a session may go on in a step."""
        return any(f in self.functions and self.generators.may_run(f, step) for f in self.generators.all)

    def _is_entered(self, node: ast.expr) -> bool:
        return isinstance(self.program.parents.get(node), ast.withitem)

    def _is_manager(self, node: ast.expr | None) -> bool:
        """Whether entering or leaving an object may end a session."""
        classes = self.program.inference.classes
        owners = [v.node for v in self.program.of(node) if v.kind is Kind.SELF and v.node is not None]
        names = ("__enter__", "__exit__", "__aenter__", "__aexit__")
        return any(m.node in self.functions for o in owners for name in names for m in classes.methods(o, name))

    def _is_handed_on(self) -> bool:
        """Whether something that ends a session is used other than by calling it at once."""
        deferred = {c for e in self.program.events.all() if e.deferred for c in e.callees}
        if self.functions & (self.program.escaping_functions | deferred):
            return True
        if self._looks_up_by_name and any(self._may_be_looked_up(f) for f in self.functions):
            return True
        for node, values in self.program.inference.values.items():
            if any(_is_method(v) for v in values):
                parent = self.program.parents.get(node)
                if not (isinstance(parent, ast.Call) and parent.func is node) and isinstance(node, ast.expr):
                    return True
        return False

    @cached_property
    def _looks_up_by_name(self) -> bool:
        """Whether the program gets hold of functions or modules by names that are not seen."""
        for node in self.program.parents:
            match node:
                case ast.Call(func=ast.Name(id="getattr"), args=[_, name, *_]) if not isinstance(name, ast.Constant):
                    return True
                case ast.Call(func=ast.Name(id=name)) if name in LOOKING_UP:
                    return True
                case ast.Call(func=ast.Attribute(attr=name)) if name in LOOKING_UP:
                    return True
        return False

    def _may_be_looked_up(self, function: ast.AST) -> bool:
        named = isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        return named and not self.program.inference.calling.calls.get(function)


def commits(program: "Program", call: ast.Call) -> bool:
    """Whether a call is that of the `commit` of a repo."""
    return any(_is_method(v) and v.name == "commit" for v in program.of(call.func))


def ends_itself(program: "Program", call: ast.Call) -> bool:
    """Whether a call is that of a method of a repo which ends its session."""
    return any(_is_method(v) for v in program.of(call.func))


def _is_method(value: Value) -> bool:
    """Whether a value is a method of a repo that ends its session."""
    return value.name in ENDING and _is_of_repo(value)


def _is_of_v1(value: Value) -> bool:
    """Whether a value is a method of a repo or client."""
    return value.kind is Kind.MEMBER and value.base is not None and value.base.kind in REPOS | CLIENTS


def _is_of_repo(value: Value) -> bool:
    return value.kind is Kind.MEMBER and value.base is not None and value.base.kind in REPOS
