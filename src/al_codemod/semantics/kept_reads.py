"""Where handles are taken from what keeps them, so that their session may have ended, and how they are then brought up to date.

A group or array knows its path, so that the object which carries the session of its repo can open it again. What has to be
known is which object that is, and how it is written there.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.classes import is_cached_property, is_property
from al_codemod.semantics.flow import BINDS, Block, Graph, Op
from al_codemod.semantics.handles_kept import any_handle, is_cached
from al_codemod.semantics.named_tuples import named_field
from al_codemod.semantics.none_tests import is_tested
from al_codemod.semantics.presence import Held, Presence
from al_codemod.semantics.roots import Roots
from al_codemod.semantics.values import OTHER, Location, Value, union
from al_codemod.semantics.zarr_values import PLAIN
from al_codemod.surface.kinds import NODES, Effect, Kind

if TYPE_CHECKING:
    from al_codemod.semantics.enders import Enders
    from al_codemod.semantics.program import Program

NO_REPO: Final = "the session of this may have ended, and no repo is in reach that it is known to hang on"
NOT_OPENED_AGAIN: Final = "the session of this may have ended, and it cannot be opened again by its path"
MAYBE_NONE: Final = "the session of this may have ended, or there may be nothing here yet"
BY_NAME: Final = frozenset({"getattr", "vars", "asdict", "astuple", "attrgetter"})


@dataclass(frozen=True, slots=True)
class Current:
    """How a kept handle is brought up to date: the repo, as it is written there, and whether the handle is its store."""

    repo: str
    is_store: bool
    may_be_root: bool


class KeptReads:
    """Looks for handles that are read from attributes, from variables of other functions and of caches."""

    def __init__(self, program: "Program", enders: "Enders") -> None:
        self.program = program
        self.enders = enders
        self.roots = Roots(program)
        self.current: dict[ast.expr, Current] = {}
        """What is to be brought up to date, and how."""
        self.presences: dict[Location, Presence] = {}

    def found(self) -> Iterator[tuple[ast.AST, str]]:
        """The reads that nothing can be done about, each with why; the others are in `current` then."""
        kept = [n for n in self.program.parents if isinstance(n, ast.expr) and self.is_kept(n)]
        fresh = self._fresh() if kept else set()
        for node in kept:
            if node not in fresh and not self._goes_on_unused(node):
                reason = self.answer(node)
                if reason:
                    yield node, reason
        yield from self.roots.containers.found()
        known = self.program.inference.outer.items()
        yield from self._out_of_sight({at.name[1:] for at, values in known if at.is_attribute and any_handle(values)})

    def answer(self, node: ast.expr) -> str:
        """Bring a handle up to date where it is read. Says why, where that cannot be."""
        found = self.how(node)
        if isinstance(found, str):
            return found
        self.current[node] = found
        return ""

    def how(self, node: ast.expr) -> Current | str:
        """How a handle can be brought up to date where it is read, or why it cannot."""
        values = [v for v in self.program.of(node) - OTHER if v.kind not in PLAIN]
        is_store = all(v.kind is Kind.STORE for v in values)
        if not is_store and not all(v.kind in NODES for v in values):
            return NOT_OPENED_AGAIN
        if not self._is_used_at_once(node) and self._may_be_none(node):
            return MAYBE_NONE
        repo = self._repo_of(node)
        if repo is None:
            return NO_REPO
        return Current(repo, is_store, any(v.base is None or not v.base.is_handle for v in values))

    # -- what is kept

    def is_kept(self, node: ast.expr) -> bool:
        """Whether an expression takes a handle from where it may have been for long."""
        if not any_handle(self.program.of(node)):
            return False
        if self.roots.containers.taken_from(node) is not None:
            return True
        match node:
            case ast.Name(ctx=ast.Load()):
                scope = self.program.scope(node)
                owner = scope.owner(node.id)
                bindings = self.roots.fixed.bindings.get((owner, node.id), ()) if owner is not None else ()
                if any(self.roots.containers.gone_over(b) is not None for b in bindings):
                    return True
                if owner is None or owner.is_comprehension:
                    return False
                elsewhere = owner.function is not scope.function or self._is_imported(node)
                return elsewhere or any(map(self._is_taken_of_tuple, bindings))
            case ast.Attribute(ctx=ast.Load()):
                inference = self.program.inference
                owners = [v for v in self.program.of(node.value) if v.kind in (Kind.SELF, Kind.CLASS, Kind.MODULE)]
                kept = any_handle(union(inference.attribute(v, node, {}) for v in owners))
                return kept and not self._is_made(node, owners)
            case ast.Call():
                return any(v.node is not None and is_cached(self.program, v.node) for v in self.program.of(node.func))
        return False

    def _is_imported(self, node: ast.Name) -> bool:
        owner = self.program.scope(node).owner(node.id)
        if owner is None or self.roots.fixed.is_parameter(owner, node.id):
            return False
        return (owner, node.id) not in self.roots.fixed.bindings

    def _is_made(self, node: ast.Attribute, owners: list[Value]) -> bool:
        """Whether an attribute is a function that gives what it has just opened, or brought up to date."""
        inference = self.program.inference
        modules = [inference.scopes[v.node] for v in owners if v.kind is Kind.MODULE and v.node is not None]
        if len(modules) == len(owners):
            return all("__getattr__" in scope.bindings and node.attr not in scope.bindings for scope in modules)
        objects = [v.node for v in owners if v.kind is Kind.SELF and v.node is not None]
        methods = [m.node for o in objects for m in inference.classes.methods(o, node.attr) if m.node is not None]
        return bool(methods) and all(is_property(m) and not is_cached_property(m) for m in methods)

    def _is_taken_of_tuple(self, target: ast.Name) -> bool:
        """Whether a variable gets what a named tuple has kept."""
        targets = self.program.parents.get(target)
        statement = self.program.parents.get(targets) if isinstance(targets, ast.Tuple | ast.List) else None
        source = statement.value if isinstance(statement, ast.Assign) else None
        return any(named_field(self.program.inference, v, 0) is not None for v in self.program.of(source))

    def _out_of_sight(self, names: set[str]) -> Iterator[tuple[ast.AST, str]]:
        """What may read one of the attributes that keep handles, without its being seen."""
        for read in (n for name in names for n in self.program.attributes(name)):
            if not self.program.of(read) - OTHER and not self.program.of(read.value) - OTHER:
                yield read, f"this may be the `{read.attr}` that keeps a handle"
        for node in self.program.parents if names else ():
            if isinstance(node, ast.Call) and _asks_by_name(node, names):
                yield node, "attributes that keep handles may be asked for by name here"
            if isinstance(node, ast.expr) and self._is_taken_apart(node):
                yield node, "a tuple that keeps a handle is not followed here"

    def _is_taken_apart(self, node: ast.expr) -> bool:
        """Whether a named tuple goes where its parts may be taken that are not seen."""
        inference = self.program.inference
        if not any(named_field(inference, v, 0) is not None for v in self.program.of(node)):
            return False
        parent = self.program.parents.get(node)
        if isinstance(parent, ast.Call | ast.keyword):
            call = self.program.parents[parent] if isinstance(parent, ast.keyword) else parent
            known = (Kind.FUNCTION, Kind.CLASS, Kind.SELF, Kind.MEMBER)
            return isinstance(call, ast.Call) and not any(v.kind in known for v in self.program.of(call.func))
        if isinstance(parent, ast.For | ast.AsyncFor | ast.comprehension):
            return parent.iter is node
        return isinstance(parent, ast.Subscript | ast.Starred | ast.Compare | ast.BinOp | ast.Match)

    # -- how it is used

    def _goes_on_unused(self, node: ast.expr) -> bool:
        """Whether a handle is only kept elsewhere too, or looked at whether there is one."""
        parent = self.program.parents.get(node)
        match parent:
            case ast.Compare(ops=ops):
                return all(isinstance(op, ast.Is | ast.IsNot) for op in ops)
            case ast.Assign(targets=targets) if parent.value is node:
                return all(isinstance(t, ast.Attribute) for t in targets)
            case ast.Call(func=ast.Name(id="isinstance")):
                return True
        return False

    def _is_used_at_once(self, node: ast.expr) -> bool:
        """Whether what is read has to be a handle, since something is asked of it."""
        parent = self.program.parents.get(node)
        return isinstance(parent, ast.Attribute | ast.Subscript) and parent.value is node

    def _may_be_none(self, node: ast.expr) -> bool:
        """Whether there may be nothing yet in a variable or attribute that is read."""
        values = self.program.of(node)
        if not isinstance(node, ast.Name | ast.Attribute):
            return bool(values & OTHER)
        if is_tested(self.program.parents, node):
            return False
        location = self.program.inference.location(node, self.program.scope(node))
        if location is None or values & OTHER:
            return True
        if not location.is_attribute:
            bound = [self.roots.bound(b) for b in self.roots.fixed.bindings.get((location.scope, location.name), ())]
            return any(b is None or not any_handle(self.program.of(b)) for b in bound)
        if self.program.inference.classes.methods(location.scope.node, location.name[1:]):
            return False
        if location not in self.presences:
            self.presences[location] = Presence(self.program, location)
        return self.presences[location].after(node) is not Held.HANDLE

    def _repo_of(self, node: ast.expr) -> str | None:
        """How the repo is written that a handle hangs on, where the handle is read."""
        container = self.roots.containers.taken_from(node)
        if isinstance(container, ast.Attribute) and is_plain(self.program, container.value):
            beside = self.roots.containers.beside(container)
            return f"{ast.unparse(container.value)}.{beside}" if beside is not None else None
        if isinstance(node, ast.Attribute) and is_plain(self.program, node.value):
            beside = self.roots.pairs.of_attribute(node)
            if beside is not None:
                return f"{ast.unparse(node.value)}.{beside}"
        return self.roots.written(self.roots.of(node), node)

    # -- what has only just been put there

    def _fresh(self) -> set[ast.expr]:
        """The reads of what the same function has bound since anything was called that may end a session or bind it anew."""
        reads: dict[ast.expr, bool] = {}
        for graph in self.program.graphs:
            self._read_fresh(graph, reads)
        return {node for node, is_fresh in reads.items() if is_fresh}

    def _read_fresh(self, graph: Graph, reads: dict[ast.expr, bool]) -> None:
        """Note for each read in a function whether that is so; a function has several graphs, which all have to agree."""
        states: dict[Block, frozenset[str]] = {graph.entry: frozenset()}
        work = [graph.entry]
        while work:
            block = work.pop()
            state = states[block]
            for step in block.steps:
                node = step.node
                if step.op is Op.EVALUATE and isinstance(node, ast.Name | ast.Attribute):
                    reads[node] = reads.get(node, True) and ast.unparse(node) in state
                if self.enders.ends(step) or self._calls_program(node):
                    state = frozenset()
                if step.op in BINDS and isinstance(node, ast.Name | ast.Attribute):
                    name = ast.unparse(node)
                    state = frozenset(s for s in state if s != name and not s.startswith(f"{name}."))
                    if step.op is Op.BIND and step.source is not None and not self.is_kept(step.source):
                        state |= {name}
            for target in (*block.successors, *block.handlers):
                merged = states[target] & state if target in states else state
                merged = frozenset() if target in block.handlers else merged
                if merged != states.get(target):
                    states[target] = merged
                    work.append(target)

    def _calls_program(self, node: ast.AST) -> bool:
        return any(e.effect is Effect.CALL for e in self.program.events_at.get(node, ()))


def _asks_by_name(call: ast.Call, names: set[str]) -> bool:
    """Whether a call may ask an object for one of some attributes."""
    if getattr(call.func, "id", getattr(call.func, "attr", "")) not in BY_NAME:
        return False
    name = call.args[1] if len(call.args) > 1 else None
    return not isinstance(name, ast.Constant) or name.value in names


def is_plain(program: "Program", node: ast.expr) -> bool:
    """Whether an object can be written twice: a variable, or attributes of one that are no properties."""
    if isinstance(node, ast.Attribute):
        classes = program.inference.classes
        owners = [v for v in program.of(node.value) if v.kind is Kind.SELF and v.node is not None]
        kept = bool(owners) and not any(classes.methods(v.node, node.attr) for v in owners if v.node is not None)
        return kept and is_plain(program, node.value)
    return isinstance(node, ast.Name)
