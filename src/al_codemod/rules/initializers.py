"""Initializers of process pools that leave a repo in a variable of the module: written anew, still for V1, without these.

`Pool(initializer=f, initargs=(repo,))` lets `f` put the repo into a global variable of each worker. A fork of a session that
is kept there would collect what all tasks of a worker write, and be given back by each of them. In V1 it makes no difference
whether a task gets the repo from that variable or by an argument, so it gets it by an argument, and what comes out is
migrated like any other code.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from al_codemod.rewrite.edits import (
    AddImport,
    AddParameter,
    ChangeCall,
    Edit,
    RemoveImport,
    ReplaceExpression,
    ReplaceStatement,
    Template,
)
from al_codemod.rewrite.errors import RewriteError
from al_codemod.rules.base import Context, Draft, rule
from al_codemod.semantics.assumptions import is_none
from al_codemod.semantics.fanouts import PARTIAL, FanOut
from al_codemod.semantics.modules import Module
from al_codemod.semantics.moved import Moved
from al_codemod.semantics.program import Program
from al_codemod.semantics.scopes import Scope
from al_codemod.surface.fanouts import RUNNERS, Passing, Runner
from al_codemod.surface.kinds import HANDLES, Kind
from al_codemod.surface.names import STORE_FUNCTIONS

INITIALIZER: Final = "AL225"


@rule(
    INITIALIZER,
    "repo-of-initializer",
    rows="",
    before="""
from multiprocessing import get_context

from arraylake import Client

_repo = None


def keep(repo):
    global _repo
    _repo = repo


def write(i):
    _repo.root_group["a"][i] = i


def main(repo):
    with get_context("spawn").Pool(2, initializer=keep, initargs=(repo,)) as pool:
        pool.map(write, range(4))
    repo.commit("filled")


if __name__ == "__main__":
    main(Client().get_repo("org/repo"))
""",
    after="""
from functools import partial
from multiprocessing import get_context

import zarr
from arraylake import Client


def write(i, fork):
    zarr.open_group(fork.store, mode="a")["a"][i] = i
    return fork


def main(repo):
    session = repo.writable_session(branch="main")
    with get_context("spawn").Pool(2) as pool:
        fork = session.fork()
        forks = pool.map(partial(write, fork=fork), range(4))
        session.merge(*forks)
    if session.has_uncommitted_changes:
        session.commit("filled")


if __name__ == "__main__":
    main(Client().get_repo("org/repo"))
""",
)
def by_argument(_: Context) -> Iterator[Draft]:
    """A repo that the initializer of a pool leaves in a variable goes to the function with each task.

    A fork of the session in that variable would collect what all tasks of a worker write, and be merged once for each of them,
    which Icechunk refuses. This is done before anything else; where it cannot be, the repo stays as it is.
    """
    yield from ()


class NotFollowed(Exception):
    """The tasks cannot be given by arguments what the initializer of their pool leaves in variables."""


@dataclass(slots=True)
class Rewritten:
    """Modules without the initializers, which are given by the calls that made their pools, as they were."""

    modules: list[Module]
    pools: list[ast.Call]


def with_arguments(program: Program) -> Rewritten | None:
    """The modules of a program whose workers get repos by arguments; `None` where that is not needed or cannot be."""
    found: dict[ast.FunctionDef, list[ast.Call]] = {}
    for node in program.parents:
        function = _initializer(program, node)
        if function is not None and isinstance(node, ast.Call):
            found.setdefault(function, []).append(node)
    if not found:
        return None
    try:
        return _rewritten(program, [Initializer(program, f, pools) for f, pools in found.items()])
    except (NotFollowed, RewriteError, SyntaxError):
        return None


def _initializer(program: Program, node: ast.AST) -> ast.FunctionDef | None:
    """The function that the call of a class of process pools has for its initializer, where a repo is passed to it."""
    if not isinstance(node, ast.Call):
        return None
    made = [v for v in program.of(node) if v.kind is Kind.POOL and v.node is node]
    if not made or RUNNERS[made[0].name].runner is not Runner.POOL:
        return None
    initializer, passed = (value_of(a) for a in given_by(program, node))
    if not isinstance(passed, ast.Tuple | ast.List):
        return None
    functions = [v.node for v in program.of(initializer) if v.kind is Kind.FUNCTION]
    if len(functions) != 1 or not isinstance(functions[0], ast.FunctionDef):
        return None
    of_repo = any(v.is_repo or v.kind in HANDLES for e in passed.elts for v in program.of(e))
    return functions[0] if of_repo else None


def given_by(program: Program, pool: ast.Call) -> list[ast.expr | ast.keyword | None]:
    """The initializer that a pool is made with, and what is passed to it, as they are written."""
    executor = any(v.kind is Kind.POOL and "Executor" in v.name for v in program.of(pool))
    found: list[ast.expr | ast.keyword | None] = []
    for position, name in enumerate(("initializer", "initargs"), 2 if executor else 1):
        keyword = next((k for k in pool.keywords if k.arg == name), None)
        found.append(keyword or (pool.args[position] if len(pool.args) > position else None))
    return found


def value_of(argument: ast.expr | ast.keyword | None) -> ast.expr | None:
    """The value of an argument, as it is written."""
    return argument.value if isinstance(argument, ast.keyword) else argument


def _rewritten(program: Program, initializers: "list[Initializer]") -> Rewritten:
    from al_codemod.rewrite.apply import apply  # LibCST is slow to import, and most programs need it not

    edits: dict[Module, list[Edit]] = {}
    for initializer in initializers:
        for node, edit in initializer.edits():
            edits.setdefault(program.module(node), []).append(edit)
    if not all(m.editable and type(m) is Module for m in edits):
        raise NotFollowed
    modules = [Moved.of(m, apply(m.text, m.tree, edits[m])) if m in edits else m for m in program.modules]
    return Rewritten(modules, [p for i in initializers for p in i.pools])


@dataclass(slots=True)
class Initializer:
    """A function that is the initializer of pools, and nothing else."""

    program: Program
    function: ast.FunctionDef
    pools: list[ast.Call]
    kept: dict[str, ast.expr] = field(default_factory=dict)
    """What it leaves in which variables of its module."""
    needing: dict[ast.FunctionDef, list[str]] = field(default_factory=dict)
    """The functions that read these, or call one that does, with the parameters that they need for it."""

    def edits(self) -> Iterator[tuple[ast.AST, Edit]]:
        """The edits, each with a node of the module that it is in. Raises `NotFollowed` where something is not as expected."""
        self._check_function()
        self._find_kept()
        reads = list(self._reads())
        self._find_needing(reads)
        yield self.function, ReplaceStatement(self.function)
        yield from self._declarations()
        for pool in self.pools:
            dropped = tuple(a for a in given_by(self.program, pool) if a is not None)
            if any(a in pool.args and pool.args[-1] not in dropped for a in dropped):
                raise NotFollowed
            yield pool, ChangeCall(pool, drop=dropped)
        for read in reads:
            yield read, ReplaceExpression(read, Template(self._written(self.kept[read.id])))
        for function, names in self.needing.items():
            arguments = function.args
            if (
                not arguments.args
                or arguments.vararg
                or arguments.kwonlyargs
                or arguments.kwarg
                or arguments.posonlyargs
            ):
                raise NotFollowed
            for name in reversed(names):
                yield function, AddParameter(arguments.args[-1], name, default="None" if arguments.defaults else "")
            for use in self._uses(function):
                yield from self._passed(use, names)

    # -- the initializer

    @property
    def parameters(self) -> list[str]:
        return [a.arg for a in self.function.args.args]

    def _check_function(self) -> None:
        """Refuse a function that is used in other ways, or does more than to keep what it is given."""
        arguments = self.function.args
        others = (arguments.vararg, arguments.kwarg, *arguments.kwonlyargs, *arguments.posonlyargs, *arguments.defaults)
        top = self.program.parents[self.function]
        if any(others) or self.function.decorator_list or not isinstance(top, ast.Module):
            raise NotFollowed
        for use in self._uses(self.function):
            if not any(value_of(given_by(self.program, pool)[0]) is use for pool in self.pools):
                raise NotFollowed
        for pool in self.pools:
            if len(self._given(pool)) != len(self.parameters):
                raise NotFollowed

    def _given(self, pool: ast.Call) -> dict[str, ast.expr]:
        passed = value_of(given_by(self.program, pool)[1])
        assert isinstance(passed, ast.Tuple | ast.List)
        if len(passed.elts) != len(self.parameters) or any(isinstance(e, ast.Starred) for e in passed.elts):
            raise NotFollowed
        return dict(zip(self.parameters, passed.elts, strict=True))

    def _find_kept(self) -> None:
        for statement in self.function.body:
            match statement:
                case ast.Global() | ast.Expr(value=ast.Constant(value=str())):
                    continue
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    if name in self.kept or not self._is_plain(value):
                        raise NotFollowed
                    self.kept[name] = value
                    continue
            raise NotFollowed
        scope = self.program.scopes[self.function]
        if not self.kept or any(name not in scope.declared_global for name in self.kept):
            raise NotFollowed
        for name in self.kept:
            self._check_variable(scope.module, name)

    def _is_plain(self, value: ast.expr) -> bool:
        """Whether it makes no difference how often an expression is evaluated: a parameter, or a handle of what it is."""
        for node in ast.walk(value):
            if isinstance(node, ast.Call) and not self._opens(node):
                return False
            if isinstance(node, ast.Name) and node.id in self.kept:
                return False
        return not isinstance(value, ast.Lambda | ast.IfExp | ast.BoolOp)

    def _opens(self, call: ast.Call) -> bool:
        """Whether a call does nothing but to open something of a repo or store."""
        names = {v.name for v in self.program.of(call.func)}
        return bool(names & STORE_FUNCTIONS.keys()) or (
            isinstance(call.func, ast.Attribute) and call.func.attr == "to_xarray"
        )

    def _check_variable(self, module: Scope, name: str) -> None:
        """Refuse a variable that others change, or that other modules may speak of."""
        imported = (a.name for n in self.program.parents if isinstance(n, ast.ImportFrom) for a in n.names)
        if self.program.attributes(name) or name in imported:
            raise NotFollowed
        for scope in module.walk():
            if name in scope.declared_global and scope.node is not self.function:
                raise NotFollowed
        for statement in (s for s in module.node.body if name in _bound(s)):  # type: ignore[attr-defined]
            value = getattr(statement, "value", None)
            if value is not None and not is_none(value):
                raise NotFollowed

    def _declarations(self) -> Iterator[tuple[ast.AST, Edit]]:
        """The variables are nothing any more, and neither are imports of the initializer."""
        module = self.program.module(self.function)
        for statement in module.tree.body:
            names = _bound(statement)
            if set(names) & self.kept.keys():
                if not set(names) <= self.kept.keys():
                    raise NotFollowed
                yield statement, ReplaceStatement(statement)
        for node in self.program.parents:
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    values = self.program.inference.outer
                    bound = alias.asname or alias.name
                    given = (
                        v
                        for at, found in values.items()
                        if at.name == bound and at.scope is self.program.scope(node)
                        for v in found
                    )
                    if alias.name == self.function.name and any(v.node is self.function for v in given):
                        yield node, RemoveImport(node, alias)

    # -- who needs what

    def _reads(self) -> Iterator[ast.Name]:
        module = self.program.scopes[self.function].module
        for node in self.program.parents:
            if isinstance(node, ast.Name) and node.id in self.kept and isinstance(node.ctx, ast.Load):
                scope = self.program.scope(node)
                if scope.owner(node.id) is module and scope.function.node is not self.function:
                    yield node

    def _find_needing(self, reads: list[ast.Name]) -> None:
        for read in reads:
            used = {n.id for n in ast.walk(self.kept[read.id]) if isinstance(n, ast.Name)}
            self._need(read, [p for p in self.parameters if p in used])

    def _need(self, node: ast.AST, names: list[str]) -> None:
        function = self.program.scope(node).function.node
        if not isinstance(function, ast.FunctionDef) or function.decorator_list:
            raise NotFollowed
        if not isinstance(self.program.parents[function], ast.Module):
            raise NotFollowed
        known = self.needing.setdefault(function, [])
        new = [n for n in names if n not in known]
        if not new:
            return
        taken = {n.id for n in ast.walk(function) if isinstance(n, ast.Name)} | {
            n.arg for n in ast.walk(function) if isinstance(n, ast.arg)
        }
        if taken & set(new):
            raise NotFollowed
        known += new
        for use in self._uses(function):
            fanout = self._fanout(use)
            if fanout is None:
                call = self.program.parents[use]
                if not isinstance(call, ast.Call) or call.func is not use:
                    raise NotFollowed
                self._need(use, names)
            else:
                self._check_started(fanout)

    def _uses(self, function: ast.FunctionDef) -> list[ast.expr]:
        """The expressions that name a function."""
        return [
            n
            for n in self.program.parents
            if isinstance(n, ast.Name | ast.Attribute)
            and isinstance(n.ctx, ast.Load)
            and any(v.kind is Kind.FUNCTION and v.node is function for v in self.program.of(n))
        ]

    def _fanout(self, use: ast.expr) -> FanOut | None:
        found = self.program.inference.calling.fanouts.found.values()
        return next((f for f in found if f.call.func is use and f.node.func is not use), None)

    def _check_started(self, fanout: FanOut) -> None:
        """Refuse work that is started on another pool, or where what the pool was given may be something else by now."""
        pool = self._pool(fanout)
        here = self.program.scope(fanout.node).function
        if here is not self.program.scope(pool).function or fanout.passing is None:
            raise NotFollowed
        for value in self._given(pool).values():
            if not isinstance(value, ast.Name | ast.Attribute | ast.Constant):
                raise NotFollowed
            for node in ast.walk(value):
                if isinstance(node, ast.Name):
                    owner = here.owner(node.id)
                    if owner is None or owner.bindings.get(node.id) != 1:
                        raise NotFollowed

    def _pool(self, fanout: FanOut) -> ast.Call:
        receiver = fanout.node.func.value if isinstance(fanout.node.func, ast.Attribute) else None
        pools = {v.node for v in self.program.of(receiver) if v.kind is Kind.POOL}
        found = [p for p in self.pools if p in pools]
        if len(pools) != 1 or len(found) != 1:
            raise NotFollowed
        return found[0]

    # -- what is written

    def _written(self, value: ast.expr) -> str:
        text = self.program.segment(value).replace("{", "{{").replace("}", "}}")
        return text if "\n" not in text else f"({text})"

    def _passed(self, use: ast.expr, names: list[str]) -> Iterator[tuple[ast.AST, Edit]]:
        """The edits that pass on what a function needs, where it is called or given to a pool."""
        fanout = self._fanout(use)
        holder = self.program.parents[use]
        if fanout is None:
            assert isinstance(holder, ast.Call)
            yield use, ChangeCall(holder, add=tuple((n, Template(n)) for n in names))
            return
        given = {n: Template("{it}", {"it": self._given(self._pool(fanout))[n]}) for n in names}
        is_partial = isinstance(holder, ast.Call) and any(v.name == PARTIAL for v in self.program.of(holder.func))
        if isinstance(holder, ast.Call) and (is_partial or fanout.passing is Passing.DIRECT):
            yield use, ChangeCall(holder, add=tuple(given.items()))
            return
        partial, imports = self._partial(use)
        holes = {n: t.holes["it"] for n, t in given.items()}
        passed = ", ".join(f"{n}={{{n}}}" for n in names)
        yield use, ReplaceExpression(use, Template(f"{partial}({{use}}, {passed})", {"use": use, **holes}))
        yield from ((use, i) for i in imports)

    def _partial(self, use: ast.expr) -> tuple[str, list[Edit]]:
        """How `functools.partial` is called in the module of an expression, and the import that this needs."""
        module = self.program.scopes[self.program.module(use).tree]
        names = {n for s in module.walk() for n in (*s.bindings, *s.used)}
        for location, values in self.program.inference.outer.items():
            if location.scope is module and [v.name for v in values] == [PARTIAL]:
                return location.name, []
        if "partial" in names:
            return PARTIAL, [AddImport("functools", "", "functools")]
        return "partial", [AddImport("functools", "partial", "partial")]


def _bound(statement: ast.stmt) -> list[str]:
    match statement:
        case ast.Assign(targets=targets):
            return [n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
    return []
