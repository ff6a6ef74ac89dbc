"""Statements with calls inside of them that give sessions back, written out in the order in which they are evaluated.

Everything that is evaluated before such a call moves in front of the statement, in its order, unless it makes no
difference when it is evaluated. `and`, `or`, conditional expressions and comprehensions become statements.
"""

import ast
from collections.abc import Callable, Iterator, Sequence
from string import Formatter
from typing import Final

from al_codemod.rewrite.edits import Edit, Hoist, InsertStatements, ReplaceStatement, Template, Where
from al_codemod.rules.anchors import Blocked
from al_codemod.rules.base import Context
from al_codemod.rules.lowering import Lowering
from al_codemod.rules.received import Given, gives_back, makes_sessions
from al_codemod.rules.stability import Stability
from al_codemod.rules.unfolding import indented
from al_codemod.semantics.liveness import Liveness
from al_codemod.semantics.scopes import COMPREHENSIONS
from al_codemod.semantics.values import Location
from al_codemod.surface.kinds import LATE_HANDLES

NO_ROOM: Final = (
    "the function gives back a session, and its call stands where that cannot be kept; give it a line of its own"
)
COLLECTIONS: Final = {ast.ListComp: ("[]", "append"), ast.GeneratorExp: ("[]", "append"), ast.SetComp: ("set()", "add")}
CONSUMERS: Final = frozenset("list tuple set frozenset dict sum min max sorted".split())
"""Builtins that take all that a generator gives before they do anything else that is seen."""


class WrittenOut:
    """Writes out one statement."""

    def __init__(
        self,
        context: Context,
        statement: ast.stmt,
        given: Sequence[Given],
        reopen: Callable[[Given], tuple[list[Template], list[Edit]]],
    ) -> None:
        """`reopen` tells what is opened again after a call."""
        self.context = context
        self.program = context.program
        self.statement = statement
        self.given = {g.node: g for g in given}
        self.around = {a for g in given for a in (g.node, *self.program.ancestors(g.node))}
        self.reopen = reopen
        self.scope = context.program.scope(statement)
        self.stability = Stability(context.program)
        self.lines: list[str] = []
        self.holes: dict[str, ast.expr] = {}
        self.hoists: dict[ast.expr, Hoist] = {}
        self.changes: list[Edit] = []
        self.taken: set[str] = set()
        self.named: dict[ast.expr, str] = {}
        loops = (self.program.scopes[n] for n in self.around if isinstance(n, COMPREHENSIONS))
        self.leaking = {name for scope in loops for name in scope.bindings}

    def edits(self) -> Iterator[Edit]:
        """The edits of the statement. Raises `Blocked` where it cannot be written out."""
        self.check()
        yield from self.statement_edits()
        yield from (*self.hoists.values(), *self.changes)

    def check(self) -> None:
        if self.scope.is_class or makes_sessions(self.context, self.statement):
            raise Blocked(NO_ROOM)
        for given in self.given.values():
            if isinstance(self.program.scope(given.call).function.node, ast.Lambda):
                raise Blocked("it is in a lambda, which has no place for the next session; write a function")

    def statement_edits(self) -> Iterator[Edit]:
        statement = self.statement
        match statement:
            case ast.Expr(value=value) if self.is_written_whole(value):
                self.assign(value, None)
                yield ReplaceStatement(statement, self.templates())
                return
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if self.may_fill(name, value):
                self.assign(value, name)
                yield ReplaceStatement(statement, self.templates())
                return
            case ast.While():
                yield from self.loop(statement)
                return
            case ast.Return(value=ast.expr() as value):
                yield self.returned(statement, value)
                return
            case ast.AugAssign(target=ast.Name(id=name)) if self.stability.is_rebound_elsewhere(name, self.scope):
                raise Blocked(NO_ROOM)
        self.in_order(self.roots())
        yield InsertStatements(statement, Where.BEFORE, self.templates())

    def roots(self) -> list[ast.expr]:
        """The expressions of the statement that are evaluated first of all, in order."""
        found: list[ast.expr | None]
        match self.statement:
            case ast.Assign(targets=[ast.Subscript() | ast.Attribute() as target], value=value) if self.has(target):
                found = [value, *_parts(target, self.has)]
            case ast.Expr(value=value) | ast.Assign(value=value) | ast.AugAssign(target=ast.Name(), value=value):
                found = [value]
            case ast.AnnAssign(value=value):
                found = [value]
            case ast.Delete(targets=[target]):
                found = [*_parts(target, self.has)]
            case ast.If(test=test) | ast.Assert(test=test):
                found = [test]
            case ast.For(iter=source):
                found = [source]
            case ast.With(items=[item, *_]) | ast.AsyncWith(items=[item, *_]):
                found = [item.context_expr]
            case ast.Raise(exc=exc, cause=cause):
                found = [exc, cause]
            case ast.Match(subject=subject):
                found = [subject]
            case _:
                found = []
        roots = [root for root in found if root is not None]
        inside = {node for root in roots for node in ast.walk(root)}
        if not inside >= self.given.keys():
            raise Blocked(NO_ROOM)
        return roots

    def returned(self, statement: ast.Return, value: ast.expr) -> Edit:
        """A `return`, with the sessions that the function gives back itself."""
        given = self.given.get(value)
        own = self.context.shared.returning.of(self.scope.function)
        sessions = "".join(f", {place.session}" for place in own)
        if (
            given is not None
            and given.valued
            and not given.renewals
            and list(given.places) == own
            and not self.is_finished_later()
        ):
            self.in_order(self.argument_parts(given))
            self.lines.append(f"return {self.hole(value)}")
        else:
            self.value(value)
            self.lines.append(f"return {self.hole(value)}{sessions}")
        return ReplaceStatement(statement, self.templates())

    def is_finished_later(self) -> bool:
        """Whether a `finally` follows, which goes on with the variables as they are."""
        return any(isinstance(a, ast.Try) and a.finalbody for a in self.program.ancestors(self.statement))

    def loop(self, statement: ast.While) -> Iterator[Edit]:
        """A condition that is written out at the start of each round."""
        if statement.orelse or gives_back(self.context, statement.body[0]):
            raise Blocked(NO_ROOM)
        self.in_order([statement.test])
        self.lines.append(f"if not {self.hole(statement.test)}:\n    break")
        yield InsertStatements(statement.body[0], Where.BEFORE, self.templates())
        self.replace(statement.test, "True")

    # -- text

    def hole(self, node: ast.expr) -> str:
        """How an expression is written in a line: by the name that it has got, or as what is left of it."""
        if node in self.named:
            return self.named[node]
        name = f"e{len(self.holes)}"
        self.holes[name] = node
        return f"{{{name}}}"

    def adopt(self, template: Template) -> str:
        """The text of a template among the others of the statement."""
        parts: list[str] = []
        for literal, name, _, _ in Formatter().parse(template.text):
            parts.append(literal.replace("{", "{{").replace("}", "}}"))
            if name is not None:
                parts.append(self.hole(template.holes[name]))
        return "".join(parts)

    def templates(self) -> tuple[Template, ...]:
        found = []
        for line in self.lines:
            used = {name for _, name, _, _ in Formatter().parse(line) if name is not None}
            found.append(Template(line, {name: self.holes[name] for name in used}))
        return tuple(found)

    def name(self, wanted: str) -> str:
        """A free name that the statement does not use for anything else yet."""
        candidates = (wanted, *(f"{wanted}_{i}" for i in range(2, 100)))
        found = self.scope.function.free_name(n for n in candidates if n not in self.taken)
        self.taken.add(found)
        return found

    def block(self, header: str, write: Callable[[], None]) -> str:
        """A header with what `write` writes below it."""
        outer, self.lines = self.lines, []
        write()
        inner, self.lines = self.lines or ["pass"], outer
        return f"{header}\n{indented(inner)}"

    # -- expressions

    def has(self, node: ast.expr) -> bool:
        """Whether such a call is in an expression."""
        return node in self.around

    def is_written_whole(self, node: ast.expr) -> bool:
        """Whether an expression becomes statements, so that nothing of it is left."""
        if not self.has(node):
            return False
        whole = isinstance(node, (ast.BoolOp, ast.IfExp, ast.ListComp, ast.SetComp, ast.DictComp))
        return node in self.given or whole or self.searched(node) is not None

    def value(self, node: ast.expr) -> None:
        """Write what has to come first, so that what is left of `node` has no such call in it."""
        if not self.has(node):
            return
        given = self.given.get(node)
        if given is not None and not given.valued:
            self.assign(node, None)
            self.replace(node, "None")
        elif self.is_written_whole(node) or isinstance(node, ast.GeneratorExp):
            name = self.name("result" if given is not None else "results" if _collects(node) else "value")
            self.assign(node, name)
            self.replace(node, name)
        else:
            self.in_order(_parts(node, self.has))

    def replace(self, node: ast.expr, name: str) -> None:
        self.named[node] = name
        self.hoists[node] = Hoist(node, name)

    def in_order(self, nodes: Sequence[ast.expr]) -> None:
        """Write what has to come first of some expressions that are evaluated one after the other."""
        last = max((i for i, node in enumerate(nodes) if self.has(node)), default=-1)
        for i, node in enumerate(nodes[: last + 1]):
            inner = node.value if isinstance(node, ast.Starred | ast.FormattedValue) else node
            self.value(inner)
            if i < last and not (inner is node and self.may_wait(node)):
                self.keep(node)

    def may_wait(self, node: ast.expr) -> bool:
        """Whether an expression can be left where it is, though a call that stands behind it is made before."""
        if node in self.named:
            return True
        scopes = ((n, self.program.scope(n).owner(n.id)) for n in ast.walk(node) if isinstance(n, ast.Name))
        clobbered = any(n.id in self.leaking and not (s is not None and s.is_comprehension) for n, s in scopes)
        return not clobbered and self.stability.is_stable(node)

    def keep(self, node: ast.expr) -> None:
        """Evaluate an expression here already."""
        name = self.name("value")
        match node:
            case ast.Starred(value=value):
                self.lines.append(f"{name} = [*{self.hole(value)}]")
                self.replace(value, name)
            case ast.FormattedValue(value=ast.Constant()):
                pass
            case ast.FormattedValue(value=value, conversion=-1, format_spec=None):
                if value not in self.named:
                    self.lines.append(f"{name} = format({self.hole(value)})")
                    self.replace(value, name)
            case ast.FormattedValue():
                raise Blocked(NO_ROOM)
            case _:
                self.lines.append(f"{name} = {self.hole(node)}")
                self.replace(node, name)

    # -- expressions that become statements

    def assign(self, node: ast.expr, name: str | None) -> None:
        """Write statements after which the variable `name` has the value of `node`; `None` only evaluates it."""
        given = self.given.get(node)
        searched = self.searched(node)
        match node:
            case _ if given is not None:
                self.call(given, name)
            case ast.BoolOp() if self.has(node):
                self.short_circuit(node, name)
            case ast.IfExp() if self.has(node):
                self.conditional(node, name)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp() if self.has(node):
                self.comprehension(node, name)
            case ast.Call() if searched is not None:
                self.search(node, searched, name)
            case ast.Constant() if name is None:
                pass
            case _:
                self.value(node)
                self.lines.append(f"{name} = {self.hole(node)}" if name else self.hole(node))

    def call(self, given: Given, name: str | None) -> None:
        """The call itself, with the sessions that it gives back and what is opened again on them."""
        if given.reason:
            raise Blocked(given.reason)
        self.in_order(self.argument_parts(given))
        if given.renewals:
            kept = name or ""
            lines: list[Template] = []
            edits: list[Edit] = []
            for event in given.renewals:
                more, needed = Lowering(self.context).definition(event)
                lines, edits = [*lines, *more], [*edits, *needed]
        else:
            sessions = given.names(self.context)
            kept = f"{name or '_'}, {sessions}" if given.valued else sessions
            lines, edits = self.reopen(given)
        self.lines.append(f"{kept} = {self.hole(given.node)}" if kept else self.hole(given.node))
        self.lines += [self.adopt(line) for line in lines]
        self.changes += edits
        if name and not given.valued:
            self.lines.append(f"{name} = None")

    def argument_parts(self, given: Given) -> list[ast.expr]:
        """What is evaluated before a call is made."""
        runner = [given.node.func] if isinstance(given.node, ast.Call) and given.node is not given.call else []
        return [*runner, *_parts(given.call, self.has)]

    def short_circuit(self, node: ast.BoolOp, name: str | None) -> None:
        """`a and b`, `a or b`: one `if` for each value that a call is in."""
        word, negated = (" and ", "") if isinstance(node.op, ast.And) else (" or ", "not ")
        groups: list[list[ast.expr]] = []
        for value in node.values:
            if groups and not self.has(value) and not self.has(groups[-1][0]):
                groups[-1].append(value)
            else:
                groups.append([value])
        plain = [word.join(self.hole(v) for v in group) for group in groups]
        if name is None and len(groups) == 2 and not self.has(groups[0][0]):
            test = plain[0] if not negated or len(groups[0]) == 1 else f"({plain[0]})"
            self.lines.append(self.block(f"if {negated}{test}:", lambda: self.assign(groups[1][0], None)))
            return
        kept = name or self.name("value")

        def write(index: int) -> None:
            if self.has(groups[index][0]):
                self.assign(groups[index][0], kept)
            else:
                self.lines.append(f"{kept} = {plain[index]}")

        write(0)
        for index in range(1, len(groups)):
            self.lines.append(self.block(f"if {negated}{kept}:", lambda at=index: write(at)))  # type: ignore[misc]

    def conditional(self, node: ast.IfExp, name: str | None) -> None:
        """`a if b else c`."""
        self.value(node.test)
        test = self.hole(node.test)
        then = self.block(f"if {test}:", lambda: self.assign(node.body, name))
        if name is None and isinstance(node.orelse, ast.Constant):
            self.lines.append(then)
        else:
            self.lines.append(then + "\n" + self.block("else:", lambda: self.assign(node.orelse, name)))

    def comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, name: str | None
    ) -> None:
        """A comprehension as the loop that it is."""
        self.check_comprehension(node)
        kept = self.name("results") if name is None and isinstance(node, ast.DictComp) else name

        def collect() -> None:
            if isinstance(node, ast.DictComp):
                self.in_order([node.key, node.value])
                if not self.may_wait(node.key):
                    self.keep(node.key)
                self.lines.append(f"{kept}[{self.hole(node.key)}] = {self.hole(node.value)}")
            elif name is None:
                self.assign(node.elt, None)
            else:
                self.value(node.elt)
                self.lines.append(f"{name}.{COLLECTIONS[type(node)][1]}({self.hole(node.elt)})")

        self.value(node.generators[0].iter)
        if isinstance(node, ast.DictComp):
            self.lines.append(f"{kept} = {{{{}}}}")
        elif name is not None:
            self.lines.append(f"{name} = {COLLECTIONS[type(node)][0]}")
        self.rounds(node.generators, collect)

    def rounds(self, generators: Sequence[ast.comprehension], inner: Callable[[], None]) -> None:
        """The loops and conditions of a comprehension around what is done in each round."""
        first, *others = generators

        def conditions(left: Sequence[ast.expr]) -> None:
            if left:
                self.value(left[0])
                self.lines.append(self.block(f"if {self.hole(left[0])}:", lambda: conditions(left[1:])))
            elif others:
                self.value(others[0].iter)
                self.rounds(others, inner)
            else:
                inner()

        header = f"for {self.hole(first.target)} in {self.hole(first.iter)}:"
        self.lines.append(self.block(header, lambda: conditions(first.ifs)))

    def searched(self, node: ast.expr) -> ast.GeneratorExp | None:
        """The generator that `any` or `all` asks, one element after the other until the answer is known."""
        match node:
            case ast.Call(func=ast.Name(id="any" | "all"), args=[ast.GeneratorExp(generators=[_]) as inner]):
                return inner if self.has(inner) and self.program.is_builtin(node.func) else None
        return None

    def search(self, node: ast.Call, inner: ast.GeneratorExp, name: str | None) -> None:
        """`any(f(x) for x in y)` as a loop that ends where the answer is known."""
        self.check_comprehension(inner)
        kept = name or self.name("found")
        first = isinstance(node.func, ast.Name) and node.func.id == "all"
        negated = "not " if first else ""

        def ask() -> None:
            self.value(inner.elt)
            self.lines.append(f"if {negated}{self.hole(inner.elt)}:\n    {kept} = {not first}\n    break")

        self.value(inner.generators[0].iter)
        self.lines.append(f"{kept} = {first}")
        self.rounds(inner.generators, ask)

    # -- what a comprehension must not do

    def check_comprehension(self, node: ast.expr) -> None:
        assert isinstance(node, COMPREHENSIONS)
        if any(g.is_async for g in node.generators):
            raise Blocked(NO_ROOM)
        if isinstance(node, ast.GeneratorExp) and not self.is_consumed(node):
            raise Blocked("the function gives back a session, and is called whenever the generator goes on; use a list")
        inner = self.program.scopes[node]
        for generator in node.generators:
            for target in (n for n in ast.walk(generator.target) if isinstance(n, ast.Name)):
                if any(v.kind in LATE_HANDLES for v in self.program.of(target)):
                    raise Blocked("the loop goes on with what it was given, on the session before; loop over the names")
        for name in inner.bindings:
            self.check_leak(name)

    def check_leak(self, name: str) -> None:
        """Refuse where the variable of a comprehension would hide one of the code around it."""
        function, owner = self.scope.function, self.scope.owner(name)
        shared = name in function.declared_global or name in function.declared_nonlocal
        if owner is function:
            hides = self.is_read_later(Location(owner, name))
        else:
            hides = any(name in s.used and s.owner(name) is owner for s in function.walk())
        if shared or hides:
            raise Blocked(
                f"the function gives back a session, and `{name}` means something else around the loop; rename it"
            )

    def is_read_later(self, location: Location) -> bool:
        positions = [p for g in self.given for p in self.program.positions.get(g, ())]
        here = [p for p in positions if p[0].scope is location.scope.function]
        lives = {g: Liveness(self.program.inference, g, location) for g, _, _ in here}
        return any(lives[graph].after(block, index) for graph, block, index in here)

    def is_consumed(self, node: ast.GeneratorExp) -> bool:
        """Whether a generator is used up where it stands."""
        parent = self.program.parents[node]
        if not isinstance(parent, ast.Call) or node not in parent.args:
            return False
        if self.searched(parent) is node:
            return True
        match parent.func:
            case ast.Name(id=name):
                return name in CONSUMERS and self.program.is_builtin(parent.func)
            case ast.Attribute(value=ast.Constant(value=str()), attr="join"):
                return True
        return False

    def may_fill(self, name: str, node: ast.expr) -> bool:
        """Whether a variable can be filled bit by bit: nothing reads it before its statement is through."""
        if not self.is_written_whole(node) or self.stability.is_rebound_elsewhere(name, self.scope):
            return False
        function = self.scope.function
        if any(name in s.used for s in function.walk() if s.function is not function):
            return False
        escapes = {g.escape for g in self.program.graphs}
        blocks = [b for g in self.given for _, b, _ in self.program.positions.get(g, ())]
        caught = any(h not in escapes for b in blocks for h in b.handlers)
        return not caught and not any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(node))


def _collects(node: ast.expr) -> bool:
    return isinstance(node, COMPREHENSIONS)


def _parts(node: ast.expr, has: Callable[[ast.expr], bool]) -> list[ast.expr]:
    """The expressions inside of one, in the order in which they are evaluated."""
    match node:
        case ast.Await(value=ast.Call() as call):
            return _parts(call, has)
        case ast.Call():
            return [node.func, *node.args, *(k.value for k in node.keywords)]
        case ast.Dict():
            pairs = zip(node.keys, node.values, strict=True)
            return [part for pair in pairs for part in pair if part is not None]
        case ast.Compare(ops=[_, _, *_]) if any(has(c) for c in node.comparators[1:]):
            raise Blocked(NO_ROOM)
        case ast.Lambda():
            raise Blocked(NO_ROOM)
        case ast.NamedExpr(value=value):
            return [value]
    found: list[ast.expr] = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Slice):
            found += _parts(child, has)
        elif isinstance(child, ast.expr):
            found.append(child)
    return found
