"""Handles of repos that carry their sessions: which are used on after the session that they were opened on has ended."""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from al_codemod.semantics.arguments import all_parameters
from al_codemod.semantics.enders import Enders
from al_codemod.semantics.flow import BINDS, Block, Graph, Op
from al_codemod.semantics.handles_kept import Keeping, any_handle
from al_codemod.semantics.kept_reads import KeptReads
from al_codemod.semantics.liveness import Liveness
from al_codemod.semantics.paths import Paths
from al_codemod.semantics.scopes import FUNCTIONS
from al_codemod.semantics.values import Location, Value
from al_codemod.surface.kinds import NODES, Kind

if TYPE_CHECKING:
    from al_codemod.semantics.program import Program

Stale: TypeAlias = "dict[Location, ast.stmt | bool | None]"
"""The variables of a function that hold a handle: stale or not, or opened again behind a statement."""
RENEWABLE: Final = frozenset({Kind.STORE, *NODES})


@dataclass(slots=True)
class Uses:
    """What is found in a function: reads of what is stale, what is in use when a session ends, what is opened again."""

    stale: dict[ast.Name, Location] = field(default_factory=dict)
    pending: set[ast.AST] = field(default_factory=set)
    renewed: dict[ast.AST, dict[Location, Value]] = field(default_factory=dict)


class Staleness:
    """Looks for handles that may be used after their session has ended."""

    def __init__(self, program: "Program") -> None:
        self.program = program
        self.enders = Enders(program)
        self.paths = Paths(program)
        self.kept = KeptReads(program, self.enders)
        self.renewed: dict[ast.AST, dict[Location, Value]] = {}
        """The handles that are in use after a node where their session may end, and can be opened again there."""

    def found(self) -> Iterator[tuple[ast.AST, str]]:
        """The uses, each with what is wrong about it."""
        if not self.enders.functions:
            return
        yield from self.kept.found()
        for graph in self.program.graphs:
            yield from self._used_on(graph)
        yield from Keeping(self.program).found()

    def _is_handle(self, node: ast.AST | None) -> bool:
        return any_handle(self.program.of(node))

    def _used_on(self, graph: Graph) -> Iterator[tuple[ast.AST, str]]:
        """The uses in a function; what can be opened again is so behind a statement, or where it is read if that is less."""
        flow = self._flow(graph, frozenset())
        by_reading = self._fewer_reads(graph, flow)
        if by_reading:
            flow = self._flow(graph, by_reading)
        self.renewed |= flow.renewed
        yield from ((node, "the session may end while this is in use") for node in flow.pending)
        for node in flow.stale:
            if node not in self.kept.current and self.kept.answer(node):
                yield node, "the session that this was opened on may have ended here"

    def _fewer_reads(self, graph: Graph, flow: Uses) -> frozenset[Location]:
        """The variables that are read less often than they would have to be opened again, and can be so where they are read."""
        renewed = {at for held in flow.renewed.values() for at in held}
        cost = Counter([*(at for held in flow.renewed.values() for at in held), *flow.stale.values()])
        reads = self._flow(graph, frozenset(renewed)).stale if renewed else {}
        read: dict[Location, list[ast.Name]] = {at: [n for n, of in reads.items() if of == at] for at in renewed}
        return frozenset(
            at
            for at, nodes in read.items()
            if len(nodes) < cost[at] and not any(isinstance(self.kept.how(n), str) for n in nodes)
        )

    def _flow(self, graph: Graph, by_reading: frozenset[Location]) -> Uses:
        """What is stale where; the variables in `by_reading` are not opened again behind statements."""
        states: dict[Block, Stale] = {graph.entry: {}}
        work = [graph.entry]
        uses = Uses()
        while work:
            block = work.pop()
            state = dict(states[block])
            for i, step in enumerate(block.steps):
                node = step.node
                if step.op is Op.EVALUATE and isinstance(node, ast.Name) and self._is_handle(node):
                    location = self.program.inference.location(node, step.scope)
                    if location is not None and self._is_stale(state.get(location), node):
                        uses.stale[node] = location
                if self.enders.ends(step):
                    pending = self._pending(block, i)
                    if pending is not None:
                        uses.pending.add(pending)
                    mine = [
                        *(at for at in state if not at.is_attribute),
                        *(at for at in self._parameters(graph) if at not in state),
                    ]
                    state = {at: self._after(graph, block, i, at, None if at in by_reading else uses) for at in mine}
                if step.op in BINDS:
                    location = self.program.inference.location(node, step.scope)
                    if location is not None:
                        state[location] = None
            failed = self._failed(block, state)
            for target in (*block.successors, *(h for h in block.handlers if h is not graph.escape)):
                known, after = states.get(target), failed if target in block.handlers else state
                merged = after if known is None else {**after, **known, **_worse(known, after)}
                if merged != known:
                    states[target] = merged
                    work.append(target)
        return uses

    def _failed(self, block: Block, state: Stale) -> Stale:
        """The state where the last step of a block fails, so that what is to be done behind its statement is not."""
        statement = self.program.statement(block.steps[-1].node) if block.steps and block.handlers else None
        return {at: True if since is statement and since is not None else since for at, since in state.items()}

    def _is_stale(self, since: ast.stmt | bool | None, node: ast.AST) -> bool:
        """Whether a variable is stale where it is read; what is opened again behind a statement is so to its end."""
        return since is True or (isinstance(since, ast.stmt) and since is self.program.statement(node))

    def _after(
        self, graph: Graph, block: Block, index: int, location: Location, uses: Uses | None
    ) -> ast.stmt | bool | None:
        """What a variable is after a step that may end its session: stale, or opened again behind its statement."""
        node = block.steps[index].node
        values = self.program.environment(node).get(location, frozenset())
        if not any_handle(values) or not Liveness(self.program.inference, graph, location).after(block, index):
            return None
        handles = [v for v in values if v.kind in RENEWABLE and repo_of(v) is not None]
        written = {ast.dump(repo) for v in handles if (repo := repo_of(v)) is not None}
        if uses is None or len(handles) != len(values) or len(written) != 1 or len({v.kind for v in handles}) > 1:
            return True
        repo = repo_of(handles[0])
        if repo is None or not self.paths.is_repeatable(repo, node) or not can_be_followed(self.program, node):
            return True
        statement = self.program.statement(node)
        known = [n for n, held in uses.renewed.items() if location in held]
        if not any(self.program.statement(n) is statement for n in known):
            uses.renewed.setdefault(node, {})[location] = handles[0]
        return statement

    def _parameters(self, graph: Graph) -> list[Location]:
        node = graph.scope.node
        if not isinstance(node, FUNCTIONS):
            return []
        known = self.program.inference.outer
        places = (Location(graph.scope, a.arg) for a in all_parameters(node))
        return [at for at in places if any_handle(known.get(at, frozenset()))]

    def _pending(self, block: Block, index: int) -> ast.AST | None:
        """A handle that was evaluated before a step, and is used only after it."""
        step = block.steps[index]
        around = {step.node, *self.program.ancestors(step.node)}
        for loop in around:
            if isinstance(loop, ast.For | ast.AsyncFor | ast.comprehension) and self._gives_handles(loop):
                if loop.iter not in around:
                    return loop.iter
        inside = set(ast.walk(step.node))
        for other in block.steps[:index]:
            node = other.node
            if other.op is not Op.EVALUATE or node in inside or not self._is_handle(node):
                continue
            parent = self.program.parents.get(node)
            if isinstance(parent, ast.expr | ast.keyword) and parent in around:
                return node
        return None

    def _gives_handles(self, loop: ast.For | ast.AsyncFor | ast.comprehension) -> bool:
        targets = [n for n in ast.walk(loop.target) if isinstance(n, ast.Name)]
        return self._is_handle(loop.iter) or any(self._is_handle(t) for t in targets)


def _worse(one: Stale, other: Stale) -> Stale:
    """The worse of what two ways say of a variable."""
    return {at: one[at] if one[at] is True or other[at] is None else other[at] for at in one.keys() & other.keys()}


def repo_of(value: Value) -> ast.expr | None:
    """How the repo is written that a handle was opened from."""
    while value.base is not None and value.base.is_handle:
        value = value.base
    node = value.node
    if isinstance(node, ast.Call):
        node = node.func
    return node.value if isinstance(node, ast.Attribute) and value.base is not None and value.base.is_repo else None


def can_be_followed(program: "Program", node: ast.AST) -> bool:
    """Whether a statement can be put behind the one that a node is part of."""
    statement = program.statement(node)
    simple = isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr | ast.Assert | ast.Delete)
    return simple or isinstance(node, ast.withitem)
