"""Where the results of workers come in: their forks are taken out and merged, and the rest goes on as before."""

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from al_codemod.rewrite.edits import Edit, Hoist, InsertStatements, ReplaceExpression, ReplaceStatement, Template, Where
from al_codemod.rules.anchors import Blocked
from al_codemod.rules.base import Context
from al_codemod.semantics.fanouts import is_by_key, tasks_of
from al_codemod.semantics.places import Place
from al_codemod.semantics.scopes import COMPREHENSIONS
from al_codemod.semantics.workers import Work
from al_codemod.surface.fanouts import (
    AS_COMPLETED,
    GATHER_METHODS,
    GATHERS,
    QUIET_MEMBERS,
    RESULT_METHODS,
    WAITS,
    Gives,
    Runner,
)
from al_codemod.surface.kinds import Effect, Kind
from al_codemod.surface.names import PASS_THROUGH

if TYPE_CHECKING:
    from al_codemod.semantics.program import Program
    from al_codemod.semantics.values import Location

UNSEEN: Final = "what becomes of the work here cannot be followed; ask each task for its result and merge the forks"
USED_BETWEEN: Final = "the repo is used while workers are writing; collect their results first"
QUIET: Final = frozenset({Effect.NONE, Effect.OPEN, Effect.CALL})
COLLECTORS: Final = frozenset({"list", "tuple"})
LISTING: Final = COLLECTORS | {"sorted", "set"}
COUNTERS: Final = frozenset({"len", "bool", "print"}) | COLLECTORS


class Collection:
    """How the forks of one fan-out are collected.

    `start` is the statement ahead of which the fork is made, and `first_lines` what else is put there.
    """

    def __init__(self, context: Context, work: Work, start: ast.stmt) -> None:
        self.program = context.program
        self.work = work
        self.node = work.fanout.node
        self.start = start
        self.first_lines: list[Template] = []
        self.scope = self.program.scope(self.node).function
        self.waits: list[ast.expr] = []
        self.paired: list[ast.Name] = []
        """The variables that results come in with, beside their tasks."""
        self.valued = context.shared.returning.gives_value(work.function)
        written = work.written
        assert written is not None
        self.place = written.outer
        self.session = written.session

    def edits(self) -> Iterator[Edit]:
        """The edits. Raises `Blocked` where the results cannot be followed."""
        yield from self.callbacks()
        if self.work.fanout.gives is Gives.RESULTS:
            yield from self.all_at_once(self.node, self.is_iterator())
            return
        started = self.program.statement(self.node)
        if self.is_asked_for_all(self.node):
            raise Blocked("the results are asked for by no name; keep the tasks in a variable, and ask for these")
        later = self.work.fanout.gives is Gives.LATER
        if isinstance(started, ast.Expr) and started.value is self.node and not self.is_lazy() and not later:
            yield from self.unnamed(started)
            return
        results: list[ast.Call] = []
        gathers: list[ast.Call] = []
        for node in self.tasks():
            self.classify(node, results, gathers)
        if self.paired and (later or gathers):
            raise Blocked("the results are asked for more than once; gather them once")
        if later:
            self.check_later(results, gathers)
            yield from self.all_at_once(results[0], False)
        elif gathers:
            if len(gathers) > 1 or results:
                raise Blocked("the results are asked for more than once; gather them once")
            yield from self.all_at_once(gathers[0], self.is_lazily_given(gathers[0]))
        elif self.is_lazy():
            raise Blocked("the tasks are computed in a way that is not followed; use dask.compute(*tasks)")
        else:
            yield from self.one_by_one(results)

    def is_iterator(self) -> bool:
        """Whether the results come as an iterator, which is used up when the forks are taken out."""
        function = self.node.func
        pooled = {v.name for v in self.program.of(function.value)} if isinstance(function, ast.Attribute) else set()
        name = function.attr if isinstance(function, ast.Attribute) else ""
        return self.work.fanout.runner is Runner.CLOUD or name.startswith("imap") or any("futures" in n for n in pooled)

    def check_later(self, results: list[ast.Call], gathers: list[ast.Call]) -> None:
        """Refuse a task with all results unless it is asked for them in one place, and nothing else is."""
        started, looped = self.program.statement(self.node), self.program.is_looped
        if len(results) != 1 or gathers or any(k.arg in ("callback", None) for k in self.node.keywords):
            raise Blocked("the results are asked for more than once, or by a callback; ask for them in one place")
        asked = self.program.statement(results[0])
        if asked is not started and (looped(started) or looped(asked)):
            if common(self.program, started, asked) != (started, asked):
                raise Blocked(UNSEEN)

    def is_lazily_given(self, gather: ast.Call) -> bool:
        """Whether joblib gives its results one by one."""
        made = [v.node for v in self.program.of(gather.func) if v.kind is Kind.POOL]
        keywords = [k for call in made if isinstance(call, ast.Call) for k in call.keywords]
        return any(k.arg in ("return_as", None) for k in keywords)

    def callbacks(self) -> Iterator[Edit]:
        """What is called with the result of a worker gets that without the fork."""
        for keyword in self.node.keywords if self.asks_get() else ():
            if keyword.arg is None:
                raise Blocked("what is called with the results is not seen; name it")
            if keyword.arg == "callback":
                taken = "result, then={then}: then(result[0])" if self.valued else "_, then={then}: then(None)"
                yield ReplaceExpression(keyword.value, Template(f"lambda {taken}", {"then": keyword.value}))

    def is_asked_for_all(self, call: ast.Call) -> bool:
        """Whether what runs the work may be asked for the results of all that it has run."""
        pools = self.program.of(call.func.value) if isinstance(call.func, ast.Attribute) else frozenset()
        return any(
            isinstance(n, ast.Call) and not n.args and not n.keywords and self.program.of(n.func.value) & pools
            for name in GATHER_METHODS
            for attribute in self.program.attributes(name)
            if isinstance(n := self.program.parents[attribute], ast.Call) and isinstance(n.func, ast.Attribute)
        )

    def is_lazy(self) -> bool:
        """Whether a task is run anew each time that it is computed."""
        return not any(v.kind is Kind.POOL for v in self.program.of(getattr(self.node.func, "value", None)))

    # -- tasks

    def tasks(self) -> list[ast.expr]:
        """Every expression that may be a task of this fan-out, or a list of such."""
        found: list[ast.expr] = []
        for node, values in self.program.inference.values.items():
            if not isinstance(node, ast.expr) or isinstance(node, ast.Starred):
                continue
            mine = [v for v in values if v.kind in (Kind.TASK, Kind.TASKS) and tasks_of(v) is self.node]
            if mine and (len(mine) < len(values) or len({v.kind for v in mine}) > 1):
                others = [v for v in values if v not in mine and v.kind is not Kind.OTHER]
                if others:
                    raise Blocked("tasks of several kinds are mixed; keep them apart")
            if mine:
                found.append(node)
        return found

    def classify(self, node: ast.expr, results: list[ast.Call], gathers: list[ast.Call]) -> None:
        """Note where results are asked for. Raises `Blocked` for a use that is not known."""
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            return
        parent = self.program.parents[node]
        if isinstance(parent, ast.Starred):
            parent = self.program.parents[parent]
        if self.program.scope(node).function is not self.scope:
            raise Blocked(UNSEEN)
        match parent:
            case ast.ListComp(elt=elt) | ast.GeneratorExp(elt=elt) if elt is node:
                return
            case ast.comprehension(iter=source) | ast.For(iter=source) if source is node:
                return
            case ast.Assign(targets=[ast.Name()], value=value) if value is node:
                return
            case ast.DictComp(key=key, value=value) if node in (key, value):
                return
            case ast.Attribute(attr=attr) if any(is_by_key(v) for v in self.program.of(node)):
                if attr in ("values", "keys") or (attr == "items" and self.is_taken_in_pairs(parent)):
                    return
                raise Blocked(UNSEEN)
            case ast.Subscript():  # one of the tasks, or what a dictionary has for this one
                return
            case ast.Attribute(attr=attr):
                call = self.program.parents[parent]
                called = isinstance(call, ast.Call) and call.func is parent
                if attr in RESULT_METHODS and called:
                    assert isinstance(call, ast.Call)
                    results.append(call)
                    return
                if attr in QUIET_MEMBERS or attr == "append":
                    return
            case ast.Call():
                if self.is_known(parent, node, gathers):
                    return
        raise Blocked(UNSEEN)

    def is_taken_in_pairs(self, items: ast.Attribute) -> bool:
        """Whether a loop takes the keys and tasks of a dictionary apart at once."""
        whole: ast.AST = self.program.parents[items]
        loop = self.program.parents[whole]
        while isinstance(loop, ast.Call) and isinstance(loop.func, ast.Name) and loop.func.id in PASS_THROUGH:
            whole, loop = loop, self.program.parents[loop]
        if not isinstance(loop, ast.For | ast.comprehension) or loop.iter is not whole:
            return False
        match loop.target:
            case ast.Tuple(elts=[_, ast.Name()]):
                return True
        return False

    def is_known(self, call: ast.Call, node: ast.expr, gathers: list[ast.Call]) -> bool:
        names = {v.name for v in self.program.of(call.func)}
        function = call.func
        pools = any(v.kind is Kind.POOL for v in self.program.of(function))
        on_pool = isinstance(function, ast.Attribute) and any(
            v.kind is Kind.POOL for v in self.program.of(function.value)
        )
        if self.program.is_builtin(function) and getattr(function, "id", "") in COUNTERS:
            return True
        if any(is_by_key(v) for v in self.program.of(node)):
            return False
        if names & AS_COMPLETED:
            self.check_pairs(call)
            return True
        if isinstance(function, ast.Attribute) and function.attr == "append":
            return True
        if names & WAITS:
            self.waits.append(call)
            return isinstance(self.program.parents[call], ast.Expr)
        starred = any(isinstance(a, ast.Starred) and a.value is node for a in call.args)
        alone = len(call.args) == 1
        gathered = isinstance(function, ast.Attribute) and function.attr in GATHER_METHODS and on_pool
        listed = bool(names & GATHERS) and not starred and self.is_first(call)
        if alone and ((pools and not starred) or (gathered and not starred) or (names & GATHERS and starred) or listed):
            gathers.append(call)
            return True
        return False

    def check_pairs(self, call: ast.Call) -> None:
        """Note where results come in together with their tasks. Raises `Blocked` where they are not taken apart at once."""
        if not any(k.arg in ("with_results", None) for k in call.keywords):
            return
        match self.program.parents[call]:
            case ast.For(target=ast.Tuple(elts=[_, ast.Name() as result])):
                self.paired.append(result)
            case ast.comprehension(target=ast.Tuple(elts=[_, ast.Name() as result])):
                self.paired.append(result)
            case _:
                raise Blocked("the results come in together with the tasks; ask each task for its result")

    def pairs(self) -> Iterator[Edit]:
        """Take the results apart that come in together with their tasks."""
        for target in self.paired:
            if self.valued:
                other = self.scope.free_name(["_", "worker_fork"])
                yield ReplaceExpression(target, Template(f"({target.id}, {other})"))
            elif self.is_read(target):
                raise Blocked("the results are used, though the function returns nothing; leave them out")

    def is_first(self, call: ast.Call) -> bool:
        """Whether a list of tasks is computed, and only the first of what that gives is used: `dask.compute(tasks)[0]`."""
        if not {v.name for v in self.program.of(call.func)} & GATHERS or not call.args:
            return False
        listed = not isinstance(call.args[0], ast.Starred) and len(call.args) == 1
        match self.program.parents[call]:
            case ast.Subscript(slice=ast.Constant(value=0)) | ast.Assign(targets=[ast.Tuple(elts=[ast.Name()])]):
                return listed and any(v.kind is Kind.TASKS for v in self.program.of(call.args[0]))
        return False

    # -- results that come all at once

    def all_at_once(self, node: ast.Call, iterator: bool) -> Iterator[Edit]:
        """The results are a list, or an iterator over them: the forks are taken out of it, and merged."""
        whole: ast.expr = node
        parent = self.program.parents[node]
        wrapper = ""
        if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name) and parent.func.id in COLLECTORS:
            if parent.args == [node]:
                whole, wrapper, iterator = parent, parent.func.id, False
        if isinstance(parent, ast.Subscript) and self.is_first(node):
            whole = parent
        statement = self.program.statement(node)
        self.check_statement(statement, node)
        name = self.scope.free_name(["results", "worker_results"] if self.valued else ["forks", "worker_forks"])
        forks = "*(fork for _, fork in {0})" if self.valued else "*{0}"
        merge = Template(f"{self.session}.merge({forks.format(name)})")
        listed = "list({call})" if iterator else "{call}"
        values = f"[value for value, _ in {name}]"
        if wrapper == "tuple" or (not wrapper and self.is_tuple(node)):
            values = f"tuple(value for value, _ in {name})"
        first = Template(f"{name} = {listed}", {"call": whole})
        match statement:
            case ast.Assign(targets=[ast.Tuple(elts=[ast.Name() as only])], value=value) if (
                self.valued and value is node and self.is_first(node)
            ):
                first = Template(f"({name},) = {{call}}", {"call": node})
                yield ReplaceStatement(
                    statement, (first, Template(f"{only.id} = [value for value, _ in {name}]"), merge)
                )
                return
            case ast.Expr(value=value) if value is whole:
                yield ReplaceStatement(statement, (first, merge))
                return
            case ast.Assign(targets=[target], value=value) if value is whole and self.valued:
                values_kept = Template(f"{{target}} = {values}", {"target": target})
                yield ReplaceStatement(statement, (first, values_kept, merge))
                return
        self.check_hoist(statement, whole)
        if not self.valued:
            self.check_unused(statement, whole)
            lines_before: tuple[Template, ...] = (first, merge)
            kept = name
        else:
            kept = self.scope.free_name(["values", "worker_values"])
            lines_before = (first, merge, Template(f"{kept} = {values}"))
        if statement is self.start:
            self.first_lines += lines_before
        else:
            yield InsertStatements(statement, Where.BEFORE, lines_before)
        yield Hoist(whole, kept)

    def is_tuple(self, node: ast.Call) -> bool:
        return not self.is_first(node) and bool({v.name for v in self.program.of(node.func)} & GATHERS)

    def check_statement(self, statement: ast.stmt, node: ast.expr) -> None:
        self.check_handlers(statement)
        if self.program.is_conditional(node):
            raise Blocked("the workers may not be started here, or more than once; give the call a line of its own")
        first = self.program.statement(self.node)
        between = self.between(first, statement)
        if first is not statement and between is not None:
            raise Blocked(between)

    def check_hoist(self, statement: ast.stmt, whole: ast.expr) -> None:
        """Refuse to evaluate the call ahead of a statement that does something else first."""
        simple = isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr | ast.Return | ast.For)
        inside = [statement.iter] if isinstance(statement, ast.For) else [statement]
        if not simple or not any(whole in ast.walk(part) for part in inside):
            raise Blocked("the results cannot be taken apart where the call stands; give it a line of its own")
        if isinstance(statement, ast.For):
            commits = (e for e in self.place.events if e.effect in (Effect.COMMIT, Effect.CHECKOUT, Effect.RENEW))
            if any(statement in self.program.ancestors(e.node) for e in commits):
                raise Blocked("the session is committed while results are coming in; collect them first")

    def check_unused(self, statement: ast.stmt, whole: ast.expr) -> None:
        """The function gives back nothing but its fork: what V1 gave, `None`, must not be used."""
        target: ast.expr | None = None
        match statement:
            case ast.Assign(targets=[found], value=value) if value is whole:
                target = found
            case ast.For(iter=value) if value is whole:
                target = statement.target
        if not isinstance(target, ast.Name) or self.is_read(target):
            raise Blocked("the results are used, though the function returns nothing; leave them out")

    def is_read(self, target: ast.Name) -> bool:
        names = (n for n in ast.walk(self.scope.node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))
        return any(n.id == target.id for n in names)

    # -- results that are asked for one by one

    def one_by_one(self, results: list[ast.Call]) -> Iterator[Edit]:
        """Each task is asked for its result: it is asked once more for its fork."""
        started = self.program.statement(self.node)
        ends = [self.program.statement(node) for node in (*results, *self.waits, *self.paired)]
        last = max([started, *ends], key=lambda s: s.lineno)
        start, end = common(self.program, self.start, last)
        if end is not start and end.lineno < start.lineno:
            raise Blocked(UNSEEN)
        for statement in (started, *(self.program.statement(r) for r in results)):
            self.check_handlers(statement)
        between = self.between(start, end)
        if between is not None:
            raise Blocked(between)
        for result in results:
            yield from self.result(result)
        yield from self.pairs()
        named = self.variable()
        many, name = named if named is not None else (True, self.scope.free_name(["futures", "tasks"]))
        self.start = start
        if named is None:
            inline = self.inline_list()
            listed = "list({tasks})" if isinstance(inline, ast.GeneratorExp) else "{tasks}"
            line, at = Template(f"{name} = {listed}", {"tasks": inline}), self.program.statement(inline)
            if not self.comes_first(inline) or self.is_in_loop(at, end):
                raise Blocked("the tasks have no name; keep them in a list")
            if at is start:
                self.first_lines.append(line)
            else:
                yield InsertStatements(at, Where.BEFORE, (line,))
            yield Hoist(inline, name)
        where = Where.BEFORE if isinstance(end, ast.Return) else Where.AFTER
        if where is Where.BEFORE and end is start:
            raise Blocked("the results are returned where the work is started; give them a name first")
        yield InsertStatements(end, where, (self.merge(name, many),))

    def unnamed(self, started: ast.Expr) -> Iterator[Edit]:
        """Tasks that nobody asks for a result are kept, to be asked for their forks."""
        outer: ast.stmt = started
        while isinstance(parent := self.program.parents[outer], ast.For | ast.While) and outer in parent.body:
            outer = parent
        self.check_handlers(started)
        between = self.between(outer, outer)
        if between is not None:
            raise Blocked(between)
        looped = outer is not started
        name = self.scope.free_name(["futures", "tasks"] if looped else ["future", "task"])
        self.start, _ = common(self.program, self.start, outer)
        if looped:
            self.first_lines.append(Template(f"{name} = []"))
            yield ReplaceStatement(started, (Template(f"{name}.append({{call}})", {"call": self.node}),))
        else:
            yield ReplaceStatement(started, (Template(f"{name} = {{call}}", {"call": self.node}),))
        yield InsertStatements(outer, Where.AFTER, (self.merge(name, looped),))

    def merge(self, name: str, many: bool) -> Template:
        """The line that merges the fork of the task, or of each of the tasks, that a variable has."""
        method = "get" if self.asks_get() else "result"
        taken = "[1]" if self.valued else ""
        forks = f"*(future.{method}(){taken} for future in {name})" if many else f"{name}.{method}(){taken}"
        return Template(f"{self.session}.merge({forks})")

    def result(self, call: ast.Call) -> Iterator[Edit]:
        if self.valued:
            yield ReplaceExpression(call, Template("{result}[0]", {"result": call}))
            return
        node: ast.AST = call
        while isinstance(self.program.parents[node], ast.ListComp):
            node = self.program.parents[node]
        if not isinstance(self.program.parents[node], ast.Expr):
            raise Blocked("the results are used, though the function returns nothing; leave them out")

    def asks_get(self) -> bool:
        return self.work.fanout.runner is Runner.POOL and getattr(self.node.func, "attr", "") == "apply_async"

    def variable(self) -> tuple[bool, str] | None:
        """The variable that has all tasks, and whether they are several."""
        found: dict[Kind, list[Location]] = {}
        for location, values in self.program.inference.outer.items():
            if location.scope is not self.scope or location.is_attribute:
                continue
            mine = [v for v in values if v.kind in (Kind.TASK, Kind.TASKS)]
            if mine and all(tasks_of(v) is self.node for v in mine):
                found.setdefault(mine[0].kind, []).append(location)
        if len(found.get(Kind.TASKS, ())) == 1:
            location = found[Kind.TASKS][0]
            if not all(self.is_list(b) for b in self.bound_to(location.name)):
                return None  # what can be iterated over once only
            by_key = any(is_by_key(v) for v in self.program.inference.outer[location])
            return True, f"{location.name}.values()" if by_key else location.name
        started = self.program.statement(self.node)
        if Kind.TASKS in found or not isinstance(started, ast.Assign) or started.value is not self.node:
            return None
        target = started.targets[0]
        if not isinstance(target, ast.Name) or self.program.is_looped(started):
            raise Blocked("the tasks have no name together; keep them in a list")
        return False, target.id

    def bound_to(self, name: str) -> Iterator[ast.expr]:
        """The expressions with tasks that a variable is bound to."""
        for node in ast.walk(self.scope.node):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            value = getattr(node, "value", None)
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and value is not None:
                if any(isinstance(t, ast.Name) and t.id == name for t in targets):
                    if any(v.kind is Kind.TASKS for v in self.program.of(value)):
                        yield value

    def is_list(self, value: ast.expr) -> bool:
        """Whether tasks are kept in something that can be iterated over again."""
        if isinstance(value, ast.ListComp | ast.SetComp | ast.DictComp | ast.List | ast.Tuple | ast.Set | ast.Dict):
            return True
        if value is self.node:
            return self.work.fanout.gives is Gives.TASKS
        match value:
            case ast.Call(func=ast.Name(id=name) as function):
                return name in LISTING and self.program.is_builtin(function)
        return False

    def inline_list(self) -> ast.expr:
        """The list of tasks that stands where it is iterated over, and can be iterated over again."""
        node: ast.expr = self.node
        while not any(v.kind is Kind.TASKS for v in self.program.of(node)):
            parent = self.program.parents[node]
            if not isinstance(parent, ast.ListComp | ast.SetComp | ast.GeneratorExp):
                raise Blocked("the tasks have no name; keep them in a list")
            node = parent
        return node

    def is_in_loop(self, statement: ast.stmt, outer: ast.stmt) -> bool:
        """Whether a statement is in a loop that is another one, or in it."""
        around = [a for a in self.program.ancestors(statement) if a is outer or outer in self.program.ancestors(a)]
        return any(isinstance(a, ast.For | ast.AsyncFor | ast.While) for a in around)

    def comes_first(self, node: ast.expr) -> bool:
        """Whether nothing of the statement of an expression is evaluated before it."""
        child: ast.AST = node
        while isinstance(parent := self.program.parents[child], ast.expr | ast.comprehension):
            match parent:
                case ast.Call(func=ast.Name(), args=[first, *_]) if first is child:
                    pass
                case ast.Call(func=ast.Attribute(value=ast.Name()), args=[first, *_]) if first is child:
                    pass
                case ast.comprehension(iter=source) if source is child:
                    around = self.program.parents[parent]
                    if not isinstance(around, COMPREHENSIONS) or around.generators[0] is not parent:
                        return False
                    parent = around
                case _:
                    return False
            child = parent
        return isinstance(parent, ast.Assign | ast.AnnAssign | ast.Expr | ast.Return | ast.For)

    # -- order

    def between(self, start: ast.stmt, end: ast.stmt) -> str | None:
        """Why it matters that the forks are merged only after `end`."""
        if is_used_between(self.program, self.work, self.place, start, end):
            return USED_BETWEEN
        for node in ast.walk(self.scope.node):
            if isinstance(node, ast.Return) and node is not end:
                if start.lineno <= node.lineno <= (end.end_lineno or end.lineno):
                    return "the function may return before the results are merged; collect them first"
        return None

    def check_handlers(self, statement: ast.stmt) -> None:
        child: ast.AST = statement
        for parent in self.program.ancestors(statement):
            if isinstance(parent, ast.Try) and parent.handlers and child in parent.body:
                raise Blocked("the failure of a worker is handled here, which loses what it has written; merge by hand")
            if parent is self.scope.node:
                return
            child = parent


def common(program: "Program", first: ast.stmt, last: ast.stmt) -> tuple[ast.stmt, ast.stmt]:
    """The statements of one suite that two statements are in."""
    above = [first, *(a for a in program.ancestors(first) if isinstance(a, ast.stmt))]
    below = [last, *(a for a in program.ancestors(last) if isinstance(a, ast.stmt))]
    for one in above:
        for other in below:
            if program.parents[one] is program.parents[other] and suite(program, one) is suite(program, other):
                return one, other
    raise Blocked(UNSEEN)


def suite(program: "Program", statement: ast.stmt) -> list[ast.stmt]:
    """The statements among which one stands."""
    parent = program.parents[statement]
    for name in ("body", "orelse", "finalbody"):
        found = getattr(parent, name, [])
        if isinstance(found, list) and statement in found:
            return found
    return []


def is_used_between(program: "Program", work: Work, place: Place, start: ast.stmt, end: ast.stmt) -> bool:
    """Whether the session is used from one statement to another, apart from what is sent to the workers."""
    sent = {n for s in work.sent for e in s.shown for n in ast.walk(e)} | {work.fanout.node}
    last = end.end_lineno or end.lineno
    for event in place.events:
        near = start.lineno <= getattr(event.node, "lineno", 0) <= last
        here = program.module(event.node) is program.module(work.fanout.node)
        if near and here and event.effect not in QUIET and event.node not in sent:
            return True
    calls, function = program.sessions.calls, program.scope(work.fanout.node).function
    for site in (site for sites in calls.sites.values() for site in sites):
        node = site.event.node
        if node is work.fanout.node or site.event.scope.function is not function:
            continue
        if start.lineno <= getattr(node, "lineno", 0) <= last:
            if any(place in calls.touches[g] for g in site.callees):
                return True
    return False
