"""Workers: the fork of a session that they get, and the one that they give back."""

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import (
    AddParameter,
    ChangeCall,
    Edit,
    InsertStatements,
    ReplaceExpression,
    Template,
    Where,
)
from al_codemod.rules.anchors import Blocked
from al_codemod.rules.base import Context, Draft, rule
from al_codemod.rules.collecting import Collection, common, is_used_between
from al_codemod.rules.threading import annotation_for, result_edits
from al_codemod.semantics.arguments import parameter_defaults
from al_codemod.semantics.parts import Part
from al_codemod.semantics.places import Place
from al_codemod.semantics.scopes import FUNCTIONS, Scope
from al_codemod.semantics.workers import Sent, Work
from al_codemod.surface.fanouts import RUNNERS, Runner
from al_codemod.surface.kinds import Effect, Kind

if TYPE_CHECKING:
    from al_codemod.semantics.fanouts import FanOut

DEADLOCKS: Final = "multiprocessing.get_context('spawn')"
COMMIT_FIRST: Final = (
    "icechunk 1 forks a session without uncommitted changes only; commit and open the next one before the workers start"
)
RISKS: Final = "a worker that fails loses what it has written, and of two that write to one chunk the last wins"
OPENERS: Final = {Kind.ARRAY: "open_array", Kind.NODE: "open", Kind.GROUP: "open_group"}


@rule(
    "AL221",
    "session-for-worker",
    rows="",
    before="""
from concurrent.futures import ThreadPoolExecutor

from arraylake import Client


def write(repo, i):
    repo.root_group["a"][i] = i


def main(repo):
    with ThreadPoolExecutor() as pool:
        futures = [pool.submit(write, repo, i) for i in range(4)]
    repo.commit("filled")


main(Client().get_repo("org/repo"))
""",
    after="""
from concurrent.futures import ThreadPoolExecutor

import zarr
from arraylake import Client


def write(session, i):
    zarr.open_group(session.store, mode="a")["a"][i] = i


def main(repo):
    session = repo.writable_session(branch="main")
    with ThreadPoolExecutor() as pool:
        futures = [pool.submit(write, session, i) for i in range(4)]
    if session.has_uncommitted_changes:
        session.commit("filled")


main(Client().get_repo("org/repo"))
""",
)
def worker_parameter(context: Context) -> Iterator[Draft]:
    """A function that workers run takes the session, or a fork of it, in place of the repo.

    Threads share the session of their caller. Other processes cannot get it, but a fork.
    """
    workers = context.program.workers
    for event, place in context.events():
        if event.effect is Effect.RECEIVE and place in workers.replaced and isinstance(event.node, ast.arg):
            function = event.scope.node
            assert isinstance(function, FUNCTIONS)
            forked = any(s.inner is place and s.forked for w in workers.work.values() for s in w.sent)
            kind = "session.ForkSession" if forked else "Session"
            annotation, imports = annotation_for(context, event.node, kind)
            default = "None" if event.node.arg in dict(parameter_defaults(function)) else ""
            edit: Edit = AddParameter(event.node, place.session, annotation, default, in_place=True)
            if isinstance(event.node, Part):
                edit = ReplaceExpression(event.node.target, Template(place.session))
            message = "take the session in place of the repo, to be called by a worker"
            yield Draft(event.node, message, Applicability.SAFE, (edit, *imports), (place,))


@rule(
    "AL222",
    "fork-and-merge",
    rows="",
    before="""
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from arraylake import Client


def write(repo, i):
    repo.root_group["a"][i] = i
    return i


def main(repo):
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(write, repo, i) for i in range(4)]
        print([future.result() for future in futures])
    repo.commit("filled")


if __name__ == "__main__":
    main(Client().get_repo("org/repo"))
""",
    after="""
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import zarr
from arraylake import Client


def write(fork, i):
    zarr.open_group(fork.store, mode="a")["a"][i] = i
    return i, fork


def main(repo):
    session = repo.writable_session(branch="main")
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        fork = session.fork()
        futures = [pool.submit(write, fork, i) for i in range(4)]
        print([future.result()[0] for future in futures])
        session.merge(*(future.result()[1] for future in futures))
    if session.has_uncommitted_changes:
        session.commit("filled")


if __name__ == "__main__":
    main(Client().get_repo("org/repo"))
""",
)
def fork_and_merge(context: Context) -> Iterator[Draft]:
    """Workers in other processes get a fork of the session and give it back, and their caller merges the forks.

    V1's server kept one session for all copies of a repo. A session of Icechunk cannot be pickled; a fork of it can, and
    what was written to it is in the session only when it is merged. One commit follows, as before.
    """
    for node, work in context.program.workers.work.items():
        if not context.is_here(node):
            continue
        edits: list[Edit] = []
        try:
            edits = list(FanOutEdits(context, work).edits())
        except Blocked as reason:
            work.sent[0].outer.block(node, str(reason))
        if not edits and not work.sent[0].outer.blocked:
            continue  # threads get handles as they are
        written = work.written
        message = "send the session to the workers"
        if any(s.forked for s in work.sent):
            message = "send a fork of the session to the workers"
        if written is not None:
            message += f", and merge what they give back; {RISKS}"
        applicability = Applicability.SAFE if written is None else Applicability.REVIEW
        yield Draft(node, message, applicability, tuple(edits), work.places)


class FanOutEdits:
    """The edits of one fan-out: the fork, the arguments, the results of the workers and their merging."""

    def __init__(self, context: Context, work: Work) -> None:
        self.context = context
        self.program = context.program
        self.work = work
        self.fanout: FanOut = work.fanout
        self.written = work.written

    def edits(self) -> Iterator[Edit]:
        """All of them. Raises `Blocked` where one cannot be made."""
        anchor = self.first_statement()
        before: list[Template] = []
        if self.written is not None:
            collection = Collection(self.context, self.work, anchor)
            yield from collection.edits()
            anchor, before = collection.start, collection.first_lines
        forks = [line for s in self.work.sent if s.forked for line in self.fork(s)]
        if forks or before:
            yield InsertStatements(anchor, Where.BEFORE, (*forks, *before))
        for sent in self.work.sent:
            self.check_clean(sent)
            for shown in sent.shown:
                yield from self.argument(sent, shown)

    def fork(self, sent: Sent) -> Iterator[Template]:
        """The lines that make a fork, or a copy of the object that is sent which has it."""
        if sent.owner is None:
            yield Template(f"{sent.name} = {sent.session}.fork()")
            return
        copy, _ = self.context.module("copy", self.fanout.node)
        yield Template(f"{sent.name} = {copy}.copy({ast.unparse(sent.owner)})")
        yield Template(f"{sent.name}.{sent.outer.session} = {sent.session}.fork()")

    def check_clean(self, sent: Sent) -> None:
        if not sent.forked or self.context.settings.target != "1":
            return
        nodes = {self.fanout.node, *(n for shown in sent.shown for n in ast.walk(shown))}
        states = self.program.sessions.before
        if any(s.may_dirty for e, s in states.items() if e.node in nodes and self.place(e.node, sent)):
            raise Blocked(COMMIT_FIRST)

    def place(self, node: ast.AST, sent: Sent) -> bool:
        events = self.program.events_at.get(node, ())
        return any(self.program.sessions.place.get(e) is sent.outer for e in events)

    def first_statement(self) -> ast.stmt:
        """The statement ahead of which the forks are made: the first that sends one."""
        nodes = [self.fanout.node, *(n for s in self.work.sent for n in s.shown)]
        statements = sorted({self.program.statement(n) for n in nodes}, key=lambda s: s.lineno)
        if len({self.program.scope(s).function for s in statements}) != 1:
            raise Blocked("what the workers get is put together elsewhere; put it together where they are started")
        started = self.program.statement(self.fanout.node)
        first, beside = common(self.program, statements[0], started)
        if first is not beside and self.is_repeated_in(beside):
            raise Blocked("each round sends what was put together before the loop; put it together in each round")
        if first is not beside:
            if any(is_used_between(self.program, self.work, sent.outer, first, started) for sent in self.work.sent):
                raise Blocked("the repo is used after the work was put together; start it where it is put together")
        if isinstance(first, ast.While | ast.FunctionDef | ast.Try | ast.Match):
            raise Blocked("a fork cannot be made ahead of this statement; give the call a line of its own")
        if isinstance(first, ast.If) and self.is_elif(first):
            raise Blocked("a fork cannot be made ahead of an `elif`; give the call a line of its own")
        return first

    def is_repeated_in(self, outer: ast.stmt) -> bool:
        """Whether the work may be started several times in a statement."""
        child: ast.AST = self.fanout.node
        for parent in self.program.ancestors(child):
            if isinstance(parent, ast.For | ast.AsyncFor) and child is not parent.iter:
                return True
            if isinstance(parent, ast.While):
                return True
            if parent is outer:
                break
            child = parent
        return False

    def is_elif(self, statement: ast.If) -> bool:
        parent = self.program.parents[statement]
        return isinstance(parent, ast.If) and parent.orelse == [statement]

    # -- what goes to the workers

    def argument(self, sent: Sent, shown: ast.expr) -> Iterator[Edit]:
        if sent.owner is not None:
            if sent.forked:
                yield from self.context.module("copy", self.fanout.node)[1]
                yield ReplaceExpression(shown, Template(sent.name))
        elif sent.inner is not None:
            yield from self.repo(sent, sent.inner, shown)
        elif sent.forked and not any(node in sent.outer.forked for node in ast.walk(shown)):
            kinds = {v.kind for v in self.program.of(shown)}
            if kinds == {Kind.STORE}:
                yield ReplaceExpression(shown, Template(f"{sent.name}.store"))
                return
            if len(kinds) != 1 or not kinds <= OPENERS.keys():
                raise Blocked("it is not certain what this is; pass the store and open it in the function")
            kind = kinds.pop()
            zarr, imports = self.context.module("zarr", self.fanout.node)
            mode = ', mode="r+"' if kind is Kind.GROUP else ""
            text = f"{zarr}.{OPENERS[kind]}({sent.name}.store, path={{node}}.path{mode})"
            yield ReplaceExpression(shown, Template(text, {"node": shown}))
            yield from imports

    def repo(self, sent: Sent, inner: Place, shown: ast.expr) -> Iterator[Edit]:
        """The session where the repo was passed, with the new name of the parameter where that is written."""
        parent = self.program.parents[shown]
        call = self.program.parents[parent] if isinstance(parent, ast.keyword) else None
        if isinstance(parent, ast.keyword) and isinstance(call, ast.Call):
            rename = (parent, inner.session)
            yield ChangeCall(call, rename=(rename,), replace=((parent, Template(sent.name)),))
        else:
            if isinstance(parent, ast.Dict) and not any(isinstance(o.node, Part) for o in inner.origins):
                key = parent.keys[parent.values.index(shown)]
                if not isinstance(key, ast.Constant):
                    raise Blocked("the repo is passed by its name in a dictionary; pass it by its place")
                yield ReplaceExpression(key, Template(f'"{inner.session}"'))
            yield ReplaceExpression(shown, Template(sent.name))


@rule(
    "AL224",
    "fork-from-worker",
    rows="",
    before="""
from multiprocessing import get_context

import zarr
from arraylake import Client


def write(store, i):
    zarr.open_array(store, path="a", mode="r+")[i] = i


def main():
    repo = Client().get_repo("org/repo")
    with get_context("spawn").Pool() as pool:
        pool.starmap(write, [(repo.store, i) for i in range(4)])
    repo.commit("filled")


if __name__ == "__main__":
    main()
""",
    after="""
from multiprocessing import get_context

import zarr
from arraylake import Client


def write(store, i):
    zarr.open_array(store, path="a", mode="r+")[i] = i
    return store.session


def main():
    repo = Client().get_repo("org/repo")
    session = repo.writable_session(branch="main")
    with get_context("spawn").Pool() as pool:
        fork = session.fork()
        forks = pool.starmap(write, [(fork.store, i) for i in range(4)])
        session.merge(*forks)
    if session.has_uncommitted_changes:
        session.commit("filled")
    session = repo.writable_session(branch="main")


if __name__ == "__main__":
    main()
""",
)
def fork_from_worker(context: Context) -> Iterator[Draft]:
    """A function that workers run gives back the fork that it has written to, behind what it returned before."""
    done: set[Scope] = set()
    for work in context.program.workers.work.values():
        function, written = work.function, work.written
        if written is None or function in done or not context.is_here(function.node):
            continue
        done.add(function)
        edits: tuple[Edit, ...] = ()
        try:
            direct = check_callers(context, work, written)
            edits = tuple(result_edits(context, function, [written.returned], "session.ForkSession"))
            edits += tuple(direct)
        except Blocked as reason:
            written.outer.block(function.node, str(reason))
        message = "give back the fork that the function has written to"
        yield Draft(function.node, message, Applicability.SAFE, edits, work.places)


def check_callers(context: Context, work: Work, written: Sent) -> list[Edit]:
    """What becomes of calls that want no fork. Raises `Blocked` for a function of which not all callers are seen, or agree."""
    others = [w for w in context.program.workers.work.values() if w.function is work.function]
    if any(w.written is None or w.written.returned != written.returned for w in others):
        raise Blocked("the function gets different things from different callers; write one for each")
    if work.function.node in context.program.escaping_functions:
        raise Blocked("the function is used in other ways as well, where nobody wants its fork; write one for each")
    started = {w.fanout.call for w in others}
    calls = context.program.inference.calling.calls.get(work.function.node, ())
    return [edit for c in calls if c not in started for edit in without_fork(context, work, c)]


def without_fork(context: Context, work: Work, call: ast.Call) -> Iterator[Edit]:
    """A call of the function where it is no worker leaves alone what it gives back for its session."""
    parent = context.program.parents.get(call)
    if parent is None or not context.is_here(call) or isinstance(parent, ast.Await):
        raise Blocked("the function is called directly as well, where it has no fork to give back; write one for each")
    if isinstance(parent, ast.Expr):
        return
    if not context.shared.returning.gives_value(work.function):
        raise Blocked("the results are used, though the function returns nothing; leave them out")
    yield ReplaceExpression(call, Template("{call}[0]", {"call": call}))


@rule(
    "AL223",
    "start-method",
    rows="",
    before="""
from concurrent.futures import ProcessPoolExecutor

from arraylake import Client


def read(name):
    return Client().get_repo(name).root_group["a"][0]


with ProcessPoolExecutor() as pool:
    print(list(pool.map(read, ["org/a", "org/b"])))
""",
    after="""
from concurrent.futures import ProcessPoolExecutor

import zarr
from arraylake import Client


def read(name):
    return zarr.open_group(Client().get_repo(name).readonly_session(branch="main").store, mode="r")["a"][0]


with ProcessPoolExecutor() as pool:
    print(list(pool.map(read, ["org/a", "org/b"])))
""",
)
def start_method(context: Context) -> Iterator[Draft]:
    """Icechunk deadlocks in processes that are started by `fork`, which was the default on Linux up to Python 3.13."""
    program, started = context.program, context.program.workers.started
    if not started or any(
        v.name == "multiprocessing.set_start_method"
        for node in program.parents
        if isinstance(node, ast.Call)
        for v in program.of(node.func)
    ):
        return
    for call in context.nodes(ast.Call):
        for value in program.of(call):
            if value.kind is not Kind.POOL or value.node is not call or RUNNERS[value.name].runner is not Runner.POOL:
                continue
            spawned = value.name.startswith("multiprocessing.context.")
            spawned |= any(k.arg in ("mp_context", "context") for k in call.keywords)
            if not spawned and call in started:
                message = (
                    "Icechunk deadlocks in processes that are started by fork, the default on Linux up to Python 3.13"
                )
                name = "mp_context=" if "Executor" in value.name else ""
                instead = f"{name}{DEADLOCKS}" + ("" if name else ".Pool(...)")
                yield Draft(call, message, Applicability.MANUAL, instead=instead)
