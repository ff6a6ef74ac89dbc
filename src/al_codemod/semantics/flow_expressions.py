"""The control flow of expressions: what is evaluated, in which order, and what may not be."""

import ast
from collections.abc import Container, Iterable, Sequence

from al_codemod.semantics.assumptions import Assumptions
from al_codemod.semantics.flow import Block, Op, Step
from al_codemod.semantics.implicit import asked_for
from al_codemod.semantics.scopes import Scope


class ExpressionBuilder:
    """Lays out expressions and targets in the order in which they are evaluated."""

    def __init__(self, scope: Scope, scope_of: dict[ast.AST, Scope]) -> None:
        self.scope = scope
        self.scope_of = scope_of
        self.blocks: list[Block] = []
        self.exit, self.escape = Block(), Block()
        self.dispatch: list[Block] = [self.escape]
        self.entry = self.current = self.open()
        self.known = Assumptions()
        self.nothing: set[ast.AST] = set()
        self.implicit: Container[str] = ()

    # -- blocks

    def open(self, *predecessors: Block) -> Block:
        block = Block(handlers=[self.dispatch[-1]])
        self.blocks.append(block)
        for predecessor in predecessors:
            predecessor.successors.append(block)
        return block

    def goto(self, target: Block) -> None:
        self.current.successors.append(target)

    def start(self, *predecessors: Block) -> Block:
        self.current = self.open(*predecessors)
        return self.current

    def unreachable(self) -> None:
        self.current = self.open()

    def add(self, op: Op, node: ast.AST, source: ast.expr | None = None) -> None:
        self.current.steps.append(Step(op, node, self.scope, source))

    # -- expressions

    def expressions(self, nodes: Iterable[ast.expr | None]) -> None:
        for node in nodes:
            if node is not None:
                self.expression(node)

    def expression(self, node: ast.expr) -> None:
        match node:
            case ast.Name(id=name) if self.known.nothing.get(name):
                self.nothing.add(node)
            case ast.Constant() | ast.Name():
                pass
            case ast.BoolOp():
                self.short_circuit(node)
            case ast.IfExp():
                self.conditional(node)
            case ast.Lambda():
                self.expressions([*node.args.defaults, *node.args.kw_defaults])
                self.add(Op.DEFINE, node)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                self.comprehension(node, node.generators, [node.elt])
            case ast.DictComp():
                self.comprehension(node, node.generators, [node.key, node.value])
            case ast.NamedExpr():
                self.expression(node.value)
                self.bind(node.target, node.value)
                self.known.forget(node.target)
            case ast.Call():
                self.expression(node.func)
                self.expressions([*node.args, *(k.value for k in node.keywords)])
            case _:
                self.expressions(child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr))
        if not isinstance(node, ast.Constant):
            self.add(Op.EVALUATE, node)
        if isinstance(node, ast.Call | ast.Await | ast.Yield | ast.YieldFrom):
            self.start(self.current)
        else:
            self.end_of_call(node)

    def end_of_call(self, node: ast.AST) -> None:
        """End a block after what may call a method of the program, as a call does."""
        name = asked_for(node)
        if name and name in self.implicit:
            self.start(self.current)

    def short_circuit(self, node: ast.BoolOp) -> None:
        ends = isinstance(node.op, ast.Or)
        before: list[Block] = []
        for i, value in enumerate(node.values):
            if i:
                self.start(self.current)
            self.expression(value)
            known = self.known.decide(value)
            if known is None or known is ends or value is node.values[-1]:
                before.append(self.current)
            if known is ends:
                break
        self.start(*before)

    def conditional(self, node: ast.IfExp) -> None:
        self.expression(node.test)
        known = self.known.decide(node.test)
        if known is not None:
            self.start(self.current)
            self.expression(node.body if known else node.orelse)
            self.start(self.current)
            return
        test = self.current
        self.start(test)
        self.expression(node.body)
        then = self.current
        self.start(test)
        self.expression(node.orelse)
        self.start(then, self.current)

    def comprehension(
        self, node: ast.expr, generators: Sequence[ast.comprehension], results: Sequence[ast.expr]
    ) -> None:
        self.expression(generators[0].iter)
        outer, self.scope = self.scope, self.scope_of[node]
        head = self.start(self.current)
        end = self.open(head)
        self.start(head)
        for i, generator in enumerate(generators):
            if i:
                self.expression(generator.iter)
            self.bind(generator.target, generator.iter, Op.BIND_ELEMENT)
            for condition in generator.ifs:
                self.expression(condition)
                self.goto(head)
                self.start(self.current)
        self.expressions(results)
        self.goto(head)
        self.scope, self.current = outer, end

    # -- targets

    def bind(self, target: ast.expr, source: ast.expr | None, op: Op = Op.BIND) -> None:
        match target:
            case ast.Tuple() | ast.List():
                self.unpack(target.elts, source, op)
            case ast.Starred():
                self.bind(target.value, None, Op.BIND_UNKNOWN)
            case ast.Name():
                self.known.assign(target.id, source if op is Op.BIND else None)
                self.add(op, target, source)
            case ast.Attribute():
                self.expression(target.value)
                self.add(op, target, source)
                self.end_of_call(target)
            case ast.Subscript():
                self.expressions([target.value, target.slice])
                self.add(op, target, source)
                self.end_of_call(target)
            case _:
                self.add(op, target, source)

    def unpack(self, targets: Sequence[ast.expr], source: ast.expr | None, op: Op) -> None:
        pairwise = op is Op.BIND and isinstance(source, ast.Tuple | ast.List) and len(source.elts) == len(targets)
        plain = not any(isinstance(t, ast.Starred) for t in targets)
        if pairwise and plain and isinstance(source, ast.Tuple | ast.List):
            for target, value in zip(targets, source.elts, strict=True):
                self.bind(target, value)
            return
        parallel = _parallel(source, len(targets)) if op is Op.BIND_ELEMENT and plain else []
        for i, (target, inner) in enumerate(zip(targets, parallel or [None] * len(targets), strict=True)):
            if inner is not None:
                self.bind(target, inner, op)
            else:
                paired = op is Op.BIND_ELEMENT and i == 1 and len(targets) == 2
                part = op is Op.BIND and plain and isinstance(source, ast.Call | ast.Await)
                self.bind(target, source, Op.BIND_PAIRED if paired else Op.BIND_PART if part else Op.BIND_UNKNOWN)


def _parallel(source: ast.expr | None, length: int) -> list[ast.expr | None]:
    """What each of the targets takes its elements from, in a loop over `enumerate(...)` or `zip(...)`."""
    match source:
        case ast.Call(func=ast.Name(id="enumerate"), args=[inner, *_]) if length == 2:
            return [None, inner]
        case ast.Call(func=ast.Name(id="zip"), args=args) if len(args) == length:
            return [None if isinstance(a, ast.Starred) else a for a in args]
    return []
