"""Repos that carry their session with them, as V1's did: objects that hold the repo and the session on it.

Where a session cannot be followed from variable to variable (its repo is in a container, in a cache, handed on with a
callback), whoever has the repo has to have its session too. An object with both does that. What then remains to be proven is
that no group, array or dataset is used on after the session that it was opened on has ended.
"""

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.arguments import argument
from al_codemod.semantics.enders import ENDING, Enders, commits
from al_codemod.semantics.holders import JOINING, PUTTING, TAKING
from al_codemod.semantics.places import CarriedPlace
from al_codemod.semantics.staleness import Staleness
from al_codemod.semantics.steady import gives_the_same
from al_codemod.semantics.unsaved import Unsaved
from al_codemod.semantics.values import OTHER
from al_codemod.surface.failures import OF_COMMIT, OF_WRITE, Failure
from al_codemod.surface.fanouts import Runner
from al_codemod.surface.kinds import CLIENTS, Effect, Kind
from al_codemod.surface.members import MEMBERS

if TYPE_CHECKING:
    from al_codemod.semantics.bringing import Brought
    from al_codemod.semantics.kept_reads import Current
    from al_codemod.semantics.program import Program
    from al_codemod.semantics.values import Location, Value


HARMLESS: Final = frozenset(
    "functools typing dataclasses asyncio concurrent threading collections itertools types queue contextvars contextlib "
    "click weakref enum logging".split()
)
"""Packages whose functions do nothing with a repo but to hand it on."""
MEANINGLESS: Final = frozenset("auto_ff checkout_for_writing expires_in".split())
"""What commits and checkouts were told that no session is asked for any more."""
PLAIN: Final = (
    *(ast.Constant, ast.Name, ast.Attribute, ast.JoinedStr, ast.FormattedValue, ast.Subscript, ast.BinOp, ast.UnaryOp),
    *(ast.expr_context, ast.operator, ast.unaryop),
)
"""Expressions that give the same when they are written once more, and do nothing."""


FOLLOWED: Final = frozenset(
    "__init__ __call__ __enter__ __exit__ __aenter__ __aexit__ __getitem__ __setitem__ __delitem__ __contains__ "
    "__getattr__".split()
)
"""Methods with a name of Python's whose calls are seen."""


class WorkingCopies:
    """The one place that stands for all repos of a program which carry their sessions."""

    def __init__(self) -> None:
        self.place = CarriedPlace(None)
        self.unsure: list[ast.AST] = []
        """The calls of `new_branch` before which there may be changes that are not committed."""
        self.brought: list[Brought] = []
        """The repos that functions are to be passed, because only handles of theirs were."""
        self.current: dict[ast.expr, Current] = {}
        """The handles that are to be brought up to date where they are read, since their session may have ended."""
        self.renewed: dict[ast.AST, dict[Location, Value]] = {}
        """The handles that are to be opened again after a node, where the session may be another one."""
        self.enders: Enders | None = None

    def failures(self, program: "Program") -> Iterator[tuple[ast.AST, tuple[Failure, ...]]]:
        """What may fail with exceptions that are not those of V1: commits, writes, and calls of code that is not known."""
        hidden = self.enders is not None and self.enders.hidden
        for node in program.parents:
            if isinstance(node, ast.Call):
                if commits(program, node):
                    yield node, OF_COMMIT
                elif hidden and self.enders is not None and self.enders.is_unknown(node):
                    yield node, (*OF_COMMIT, *OF_WRITE)
        if self.may_be_read_only(program):
            yield from ((node, OF_WRITE) for node in program.events.writes)

    def may_be_read_only(self, program: "Program") -> bool:
        """Whether a session may be on a tag or snapshot, where something is checked out that is not named as a branch."""
        for node in program.attributes("checkout"):
            call = program.parents.get(node)
            if not isinstance(call, ast.Call) or call.func is not node:
                return True
            ref = argument(call, 0, "ref")
            if ref is not None and program.refs.text_of(ref) != "main":
                return True
        return asks_for_reading(program)

    def check(self, program: "Program") -> list[tuple[ast.AST, str]]:
        """What stands against it that the repos of a program carry their sessions."""
        staleness = Staleness(program)
        found = [*self._problems(program, staleness), *staleness.found()]
        self.renewed, self.current = staleness.renewed, staleness.kept.current
        self.enders = staleness.enders
        self.brought = staleness.kept.roots.bringing.used((n, c.repo) for n, c in self.current.items())
        return found

    def _problems(self, program: "Program", staleness: Staleness) -> Iterator[tuple[ast.AST, str]]:
        if not any(is_opening(program, n) or is_handed_on(program, n) for n in program.parents):
            yield program.modules[0].tree, "it is not seen where the repos come from"
        yield from self._elsewhere(program)
        yield from self._asked_for(program)
        yield from self._given_away(program)
        yield from self._at_any_time(program, staleness.enders)

    def _at_any_time(self, program: "Program", enders: Enders) -> Iterator[tuple[ast.AST, str]]:
        """What may end a session, or do anything else with it, where no call is seen."""
        for function in enders.functions:
            name = getattr(function, "name", "")
            if name.startswith("__") and name.endswith("__") and name not in FOLLOWED:
                yield function, "this may end the session, and it is not seen where it is called"
        yield from ((c, "this may end the session at any time") for c in enders.is_given_to(("weakref.finalize",)))
        for node in program.parents:
            match node:
                case ast.Call(func=ast.Name(id="exec" | "eval") as function) if program.is_builtin(function):
                    yield node, "it is not seen what the code in a text does"

    def _elsewhere(self, program: "Program") -> Iterator[tuple[ast.AST, str]]:
        """What runs in other processes, where a session cannot go as it is."""
        for node, fanout in program.inference.calling.fanouts.found.items():
            if fanout.runner is not Runner.THREADS:
                yield node, "workers in other processes need a session of their own"
        if program.workers.dask_elsewhere:
            yield program.modules[0].tree, "dask computes in other processes"

    def _asked_for(self, program: "Program") -> Iterator[tuple[ast.AST, str]]:
        """What only the hidden session of V1 could do."""
        unsaved = Unsaved(program)
        yield from ((n, "some of the code is on Icechunk already") for n in program.new_api_uses[:1])
        for node, values in program.inference.values.items():
            if any(v.kind is Kind.ASYNC_REPO for v in values):
                yield node, "a repo is asynchronous"
            if not isinstance(node, ast.Attribute) or node.attr not in ENDING:
                continue
            call = program.parents.get(node)
            if not any(v.is_repo for v in program.of(node.value)):
                continue
            if node.attr == "new_branch" and not unsaved.is_clean(call or node):
                if unsaved.is_dirty(call or node):
                    yield node, "uncommitted changes would have to be taken to another branch"
                self.unsure.append(node)
            if isinstance(call, ast.Call) and call.func is node:
                if not _is_understood(call, node.attr):
                    yield call, "it says more than which session is wanted"

    def _given_away(self, program: "Program") -> Iterator[tuple[ast.AST, str]]:
        """Repos that are asked for something by its name, or that a library gets hold of."""
        for node in program.parents:
            if not isinstance(node, ast.Call):
                continue
            given = [
                a for a in (*node.args, *(k.value for k in node.keywords)) if any(v.is_repo for v in program.of(a))
            ]
            copied = any(v.name == "copy.deepcopy" for v in program.of(node.func))
            if copied and any(v.kind is Kind.SELF or v.is_repo for a in node.args for v in program.of(a)):
                yield node, "a copy of the object may have a repo of its own"
            asked = isinstance(node.func, ast.Name) and node.func.id in ("getattr", "setattr", "vars", "dir")
            if given and asked and not _hands_on(program, node):
                yield node, "a member is asked for by a name that is not seen here"
            if given and self._is_unknown(program, program.inference.calling.forwarded(node).func):
                yield node, "it is not seen what gets hold of the repo"
            names = [v.name for v in program.of(node.func) if v.kind is Kind.NAME]
            if given and any(name.partition(".")[0] not in HARMLESS or name == "contextlib.closing" for name in names):
                yield node, f"{names[0]} gets hold of the repo"

    def _is_unknown(self, program: "Program", function: ast.expr) -> bool:
        """Whether it is not known what a call runs, and it is no builtin or method of a container either."""
        if program.of(function) - OTHER:
            return False
        match function:
            case ast.Name():
                return not program.is_builtin(function)
            case ast.Attribute(value=ast.Name() as owner) if program.is_builtin(owner):
                return True
            case ast.Attribute(attr=name):
                return name not in {*TAKING, *PUTTING, *JOINING, "remove", "index", "count", "discard"}
        return True


def is_plain(program: "Program", node: ast.expr) -> bool:
    """Whether an expression can be written twice: it names something, and calls nothing."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and gives_the_same(program, node):
        return True
    parts = list(ast.walk(node))
    called = any(e.effect is Effect.CALL for part in parts for e in program.events_at.get(part, ()))
    return not called and not any(isinstance(p, (ast.Call, ast.Await, ast.NamedExpr, ast.Yield)) for p in parts)


def tags_itself(program: "Program", node: ast.expr) -> bool:
    """Whether a member is that by which the object that keeps a repo is to set a tag: where it cannot be named twice."""
    is_tag = isinstance(node, ast.Attribute) and node.attr == "tag" and any(v.is_repo for v in program.of(node.value))
    call = program.parents.get(node)
    if not is_tag or not isinstance(node, ast.Attribute) or not isinstance(call, ast.Call) or call.func is not node:
        return False
    return argument(call, 1, "commit_id") is None and not is_plain(program, node.value)


def _is_understood(call: ast.Call, method: str) -> bool:
    """Whether all that a commit, checkout or new branch is told can be said in other words, or left out."""
    dropped = [
        *(call.args[1:] if method == "commit" else ()),
        *(k.value for k in call.keywords if k.arg in MEANINGLESS),
    ]
    if not all(isinstance(n, PLAIN) for d in dropped for n in ast.walk(d)):
        return False
    kept = {k.arg for k in call.keywords} - {"message", "ref", "branch", *MEANINGLESS}
    kept -= {"for_writing"} if method == "checkout" else set()
    return not kept and (method == "commit" or len(call.args) < 2)


def asks_for_reading(program: "Program") -> bool:
    """Whether a checkout says whether it is to be written to."""
    calls = (program.parents.get(n) for n in program.attributes("checkout"))
    given = (k.value for c in calls if isinstance(c, ast.Call) for k in c.keywords if k.arg == "for_writing")
    return any(not (isinstance(value, ast.Constant) and value.value is True) for value in given)


def _is_text(node: ast.expr) -> bool:
    """Whether an expression gives the same text when it is written once more."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()), attr="format" | "join"), args=args):
            return all(_is_text(a) for a in (*args, *(k.value for k in node.keywords)))
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return all(map(_is_text, parts))
    return all(isinstance(inner, PLAIN) for inner in ast.walk(node))


def names_of_repos(program: "Program") -> dict[ast.AST, ast.expr]:
    """The names that repos are opened with, where some are asked for theirs and all can be written once more."""
    if not any(v.is_repo for n in program.attributes("repo_name") for v in program.of(n.value)):
        return {}
    found: dict[ast.AST, ast.expr] = {}
    for node in program.parents:
        if is_handed_on(program, node):
            return {}
        if isinstance(node, ast.Call) and is_opening(program, node):
            name = argument(node, 0, "name")
            if name is None or not _is_text(name):
                return {}
            found[node] = name
    return found


def _hands_on(program: "Program", call: ast.Call) -> bool:
    """Whether a call is how an object hands on to its repo what it is asked for and does not have."""
    function = program.scope(call).function.node
    if not isinstance(function, ast.FunctionDef) or function.name != "__getattr__" or len(function.args.args) != 2:
        return False
    match call:
        case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Name(id=name)]):
            return name == function.args.args[1].arg
    return False


def is_opening(program: "Program", node: ast.AST) -> bool:
    """Whether a node is the call of a client that gives a repo."""
    return isinstance(node, ast.Call) and any(is_opener(v) for v in program.of(node.func))


def is_handed_on(program: "Program", node: ast.AST) -> bool:
    """Whether a node is the method of a client that gives a repo, and not called where it stands."""
    parent = program.parents.get(node)
    called = isinstance(parent, ast.Call) and parent.func is node
    return isinstance(node, ast.Attribute) and not called and any(is_opener(v) for v in program.of(node))


def is_opener(value: "Value") -> bool:
    """Whether a value is the method of a client that gives a repo."""
    base = value.base
    return value.kind is Kind.MEMBER and base is not None and base.kind in CLIENTS and _opens(base.kind, value.name)


def _opens(kind: Kind, name: str) -> bool:
    member = MEMBERS.get((kind, name))
    return member is not None and member.effect is Effect.OPEN
