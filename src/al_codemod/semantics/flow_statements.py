"""The control flow of statements: branches, loops, and every way out of a `try`."""

import ast
import itertools
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

from al_codemod.semantics.assumptions import Assumptions
from al_codemod.semantics.flow import Block, Graph, Op
from al_codemod.semantics.flow_expressions import ExpressionBuilder
from al_codemod.semantics.scopes import Scope


@dataclass(slots=True)
class _Loop:
    next_: Block
    end: Block
    depth: int


@dataclass(frozen=True, slots=True)
class _Left:
    """What is done where a `with` statement is left: its context managers go on."""

    node: ast.With | ast.AsyncWith


Leave = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Linking:
    """What the control flow of one function depends on elsewhere in the program.

    `imports` are the statements that run other modules, `swallowing` the names of context managers that may go on after an
    exception of their body, `implicit` those of methods that are called without a call.
    """

    imports: Container[ast.stmt] = ()
    swallowing: Container[str] = ()
    implicit: Container[str] = ()


NO_LINKING = Linking()


def swallowing(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """The names of the context managers among `nodes` that may swallow an exception."""
    for node in nodes:
        match node:
            case ast.ClassDef():
                exits = (
                    s for s in node.body if isinstance(s, ast.FunctionDef | ast.AsyncFunctionDef) and "exit__" in s.name
                )
                if any(_returns_truth(n) for s in exits for n in ast.walk(s)):
                    yield node.name
            case ast.FunctionDef() | ast.AsyncFunctionDef() if node.decorator_list:
                guarded = (n for n in ast.walk(node) if isinstance(n, ast.Try) and n.handlers)
                if any(isinstance(n, ast.Yield) for t in guarded for s in t.body for n in ast.walk(s)):
                    yield node.name


def _returns_truth(node: ast.AST) -> bool:
    value = node.value if isinstance(node, ast.Return) else None
    return value is not None and not (isinstance(value, ast.Constant) and not value.value)


class GraphBuilder(ExpressionBuilder):
    """Builds the graph of one function, lambda or module; nested functions are only defined here, not entered."""

    def __init__(self, scope: Scope, scope_of: dict[ast.AST, Scope], linking: Linking) -> None:
        super().__init__(scope, scope_of)
        self.imports = linking.imports
        self.swallowing = linking.swallowing
        self.implicit = linking.implicit
        self.loops: list[_Loop] = []
        self.finals: list[Sequence[ast.stmt | _Left]] = []

    def build(self, given: Collection[ast.arg] = (), without: Collection[ast.arg] = ()) -> Graph:
        """The graph for calls that pass a repo for the parameters in `given`, and nothing for those in `without`."""
        self.known = Assumptions({**{a.arg: False for a in given}, **{a.arg: True for a in without}})
        node = self.scope.node
        if isinstance(node, ast.Lambda):
            self.expression(node.body)
            self.add(Op.RETURN, node, node.body)
        elif isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef):
            self.body(node.body)
        self.goto(self.exit)
        self.blocks += [self.exit, self.escape]
        nothing = frozenset(self.nothing)
        return Graph(self.scope, self.entry, self.exit, self.escape, self.blocks, frozenset(without), nothing)

    # -- statements

    def body(self, statements: Iterable[ast.stmt | _Left]) -> None:
        for statement in statements:
            if isinstance(statement, _Left):
                self.leave_managers(statement.node)
            else:
                self.statement(statement)

    def statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Expr():
                self.expression(node.value)
            case ast.Assign():
                self.expression(node.value)
                for target in node.targets:
                    self.bind(target, node.value)
            case ast.AnnAssign():
                if node.value is not None:
                    self.expression(node.value)
                self.bind(node.target, node.value, Op.BIND if node.value is not None else Op.DEFINE)
            case ast.AugAssign():
                self.augmented(node)
            case ast.Return():
                self.expressions([node.value])
                self.add(Op.RETURN, node, node.value)
                self.leave(0, lambda: self.goto(self.exit))
            case ast.Raise():
                self.expressions([node.exc, node.cause])
                self.goto(self.dispatch[-1])
                self.unreachable()
            case ast.Delete():
                for target in node.targets:
                    self.delete(target)
            case ast.Assert():
                self.expressions([node.test, node.msg])
            case ast.If():
                self.branch(node)
            case ast.While():
                self.while_(node)
                self.known.forget(node)
            case ast.For() | ast.AsyncFor():
                self.for_(node)
                self.known.forget(node)
            case ast.With() | ast.AsyncWith():
                self.with_(node)
            case ast.Try() | ast.TryStar():
                self.try_(node)
            case ast.Match():
                self.match(node)
            case ast.Break() | ast.Continue():
                self.jump(node)
            case _:
                self.definition(node)

    def definition(self, node: ast.stmt) -> None:
        self.known.forget(node)
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.expressions([*node.decorator_list, *node.args.defaults, *node.args.kw_defaults])
                self.add(Op.DEFINE, node)
            case ast.ClassDef():
                self.expressions([*node.decorator_list, *node.bases, *(k.value for k in node.keywords)])
                outer, self.scope = self.scope, self.scope_of[node]
                known = self.known.copy()
                self.body(node.body)
                self.scope, self.known = outer, known
                self.add(Op.DEFINE, node)
            case ast.Import() | ast.ImportFrom():
                self.add(Op.DEFINE, node)
                if node in self.imports:
                    self.start(self.current)

    def augmented(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.add(Op.EVALUATE, node.target)
        self.expression(node.value)
        self.bind(node.target, None, Op.BIND_UNKNOWN)

    def delete(self, target: ast.expr) -> None:
        match target:
            case ast.Tuple() | ast.List():
                for element in target.elts:
                    self.delete(element)
            case ast.Attribute():
                self.expression(target.value)
                self.add(Op.DELETE, target)
                self.end_of_call(target)
            case ast.Subscript():
                self.expressions([target.value, target.slice])
                self.add(Op.DELETE, target)
                self.end_of_call(target)
            case _:
                self.known.forget(target)
                self.add(Op.DELETE, target)

    def branch(self, node: ast.If) -> None:
        self.expression(node.test)
        test, before = self.current, self.known
        decided = before.decide(node.test)
        if decided is not None:
            self.start(test)
            self.body(node.body if decided else node.orelse)
            self.start(self.current)
            return
        self.start(test)
        self.known = before.copy()
        self.body(node.body)
        then, known = self.current, self.known
        self.start(test)
        self.known = before
        self.body(node.orelse)
        self.start(then, self.current)
        self.known = known.meet(self.known)

    def while_(self, node: ast.While) -> None:
        self.known.forget(node)
        head = self.start(self.current)
        end = self.open()
        self.expression(node.test)
        test = self.current
        self.start(test)
        self.loop(node.body, head, end)
        forever = isinstance(node.test, ast.Constant) and bool(node.test.value)
        self.loop_else(node.orelse, [] if forever else [test], end)

    def for_(self, node: ast.For | ast.AsyncFor) -> None:
        self.expression(node.iter)
        self.known.forget(node)
        head = self.start(self.current)
        end = self.open()
        self.start(head)
        self.bind(node.target, node.iter, Op.BIND_ELEMENT)
        self.loop(node.body, head, end)
        self.loop_else(node.orelse, [head], end)

    def loop(self, body: Sequence[ast.stmt], head: Block, end: Block) -> None:
        self.loops.append(_Loop(head, end, len(self.finals)))
        self.body(body)
        self.loops.pop()
        self.goto(head)

    def loop_else(self, orelse: Sequence[ast.stmt], done: Sequence[Block], end: Block) -> None:
        self.start(*done)
        self.body(orelse)
        self.goto(end)
        self.current = end

    def jump(self, node: ast.Break | ast.Continue) -> None:
        if self.loops:
            loop = self.loops[-1]
            self.leave(loop.depth, lambda: self.goto(loop.end if isinstance(node, ast.Break) else loop.next_))

    def leave(self, depth: int, go: Leave) -> None:
        """Run the `finally` bodies above `depth`, innermost first, then go; what follows is unreachable."""
        finals, dispatch, loops = self.finals, self.dispatch, self.loops
        while len(self.finals) > depth:
            body, self.finals = self.finals[-1], self.finals[:-1]
            self.dispatch = self.dispatch[: len(self.finals) + 1]
            self.start(self.current)
            self.body(body)
        go()
        self.finals, self.dispatch, self.loops = finals, dispatch, loops
        self.unreachable()

    def with_(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            self.expression(item.context_expr)
            if item.optional_vars is not None:
                self.bind(item.optional_vars, item.context_expr, Op.BIND_ENTERED)
        swallows = any(may_swallow(item.context_expr, self.swallowing) for item in node.items)
        after = self.open(self.current) if swallows else self.dispatch[-1]
        self.enter_protected(after, _Left(node))
        if swallows:
            self.start(self.current)
        self.body(node.body)
        self.leave_protected()
        if swallows:
            self.known.forget(node)
            self.goto(after)
            self.current = after
        self.leave_managers(node)

    def leave_managers(self, node: ast.With | ast.AsyncWith) -> None:
        for item in reversed(node.items):
            if isinstance(item.context_expr, ast.Call):
                self.add(Op.LEAVE, item, item.context_expr)
                self.start(self.current)

    def enter_protected(self, dispatch: Block, *final: "ast.stmt | _Left") -> None:
        self.dispatch = [*self.dispatch, dispatch]
        self.finals = [*self.finals, final]

    def leave_protected(self) -> None:
        self.dispatch, self.finals = self.dispatch[:-1], self.finals[:-1]

    def try_(self, node: ast.Try | ast.TryStar) -> None:
        after = self.open()
        if node.finalbody:
            self.dispatch = [*self.dispatch, self.open()]
            self.finals = [*self.finals, node.finalbody]
        raised = self.open()
        self.enter_protected(raised)
        self.start(self.current)
        self.body(node.body)
        self.leave_protected()
        self.start(self.current)
        self.body(node.orelse)
        ends = [self.current]
        self.known.forget(node)
        for handler in node.handlers:
            self.start(raised)
            self.expressions([handler.type])
            if handler.name:
                self.add(Op.BIND_UNKNOWN, handler)
            self.body(handler.body)
            ends.append(self.current)
        raised.successors.append(self.dispatch[-1])
        self.start(*ends)
        if node.finalbody:
            uncaught = self.dispatch[-1]
            self.leave_protected()
            normal = self.current
            self.current = uncaught
            self.body(node.finalbody)
            self.goto(self.dispatch[-1])
            self.start(normal)
            self.body(node.finalbody)
        self.goto(after)
        self.current = after

    def match(self, node: ast.Match) -> None:
        self.expression(node.subject)
        self.known.forget(node)
        ends: list[Block] = []
        for case in node.cases:
            before = self.current
            self.start(before)
            self.pattern(case.pattern)
            self.expressions([case.guard])
            tested = self.current
            self.start(tested)
            self.body(case.body)
            ends.append(self.current)
            irrefutable = isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None and case.guard is None
            self.start(*([] if irrefutable else [tested]))
        self.start(*ends, self.current)

    def pattern(self, pattern: ast.pattern) -> None:
        for node in ast.walk(pattern):
            if isinstance(node, ast.MatchAs | ast.MatchStar) and node.name:
                self.add(Op.BIND_UNKNOWN, node)


def may_swallow(manager: ast.expr, swallowing: Container[str] = ()) -> bool:
    """Whether a context manager is known for continuing after an exception of its body."""
    function = manager.func if isinstance(manager, ast.Call) else manager
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in {"suppress", "raises", "assertRaises", "assertRaisesRegex"} or name in swallowing


def build_graph(scope: Scope, scope_of: dict[ast.AST, Scope], linking: Linking = NO_LINKING) -> Graph:
    """The control-flow graph of a module, function or lambda."""
    return GraphBuilder(scope, scope_of, linking).build()


def build_variants(
    scope: Scope, scope_of: dict[ast.AST, Scope], linking: Linking, optional: Sequence[ast.arg]
) -> Iterator[Graph]:
    """The graphs of a function for each choice of parameters that may be left out, first that in which none is."""
    for chosen in itertools.product((False, True), repeat=len(optional)):
        without = [a for a, left_out in zip(optional, chosen, strict=True) if left_out]
        yield GraphBuilder(scope, scope_of, linking).build([a for a in optional if a not in without], without)
