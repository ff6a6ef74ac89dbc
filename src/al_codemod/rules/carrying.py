"""`new_branch` with uncommitted changes: where the branch can be made before the changes are."""

import ast

from al_codemod.semantics.arguments import argument
from al_codemod.semantics.events import Event
from al_codemod.semantics.program import Program
from al_codemod.surface.kinds import Effect


class Carrying:
    """Which definitions open their session on the branch that a later `new_branch` switches to.

    V1 takes uncommitted changes along to a new branch, Icechunk cannot. Where every way from the definition of the session
    leads through the `new_branch`, without a commit in between, the branch can just as well be made first.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.branch_of: dict[Event, Event] = {}
        self.carried: set[Event] = set()
        for event in program.sessions.place:
            if event.effect is Effect.NEW_BRANCH and program.sessions.before[event].may_dirty:
                definition = self.definition(event)
                if definition is not None:
                    self.branch_of[definition] = event  # of several in a row, the last one is what is committed to
                    self.carried.add(event)

    def is_carried(self, event: Event) -> bool:
        """Whether the branch of this `new_branch` is made earlier."""
        return event in self.carried

    def name(self, event: Event) -> ast.expr | None:
        """The name of the branch that the session of a definition is opened on, if it is not its own."""
        branch = self.branch_of.get(event)
        return argument(branch.node, 0, "branch") if branch is not None and isinstance(branch.node, ast.Call) else None

    def definition(self, event: Event) -> Event | None:
        definitions = self.program.sessions.before[event].definitions
        if len(definitions) != 1:
            return None
        (definition,) = definitions
        if definition.effect is Effect.NEW_BRANCH and self.program.sessions.before[definition].may_dirty:
            first = self.definition(definition)
            return first if first is not None and self.leads_to(first, event) else None
        if definition.effect is Effect.NEW_BRANCH or not isinstance(definition.node, ast.Call):
            return None
        return definition if self.leads_to(definition, event) else None

    def leads_to(self, definition: Event, event: Event) -> bool:
        """Whether both stand in one suite, nothing leaves it in between, and the branch's name is known at the first."""
        first, last = self.program.statement(definition.node), self.program.statement(event.node)
        if not isinstance(first, ast.Assign | ast.Expr) or not isinstance(last, ast.Expr):
            return False
        parent = self.program.parents.get(first)
        if parent is None or parent is not self.program.parents.get(last):
            return False
        suite = next((s for _, s in ast.iter_fields(parent) if isinstance(s, list) and first in s), None)
        if suite is None or last not in suite or suite.index(first) > suite.index(last):
            return False
        between = suite[suite.index(first) + 1 : suite.index(last)]
        leaves = (ast.Return, ast.Raise, ast.Break, ast.Continue, ast.Yield, ast.YieldFrom)
        if any(isinstance(inner, leaves) for statement in between for inner in ast.walk(statement)):
            return False
        return self.is_known_at(event, first)

    def is_known_at(self, event: Event, statement: ast.stmt) -> bool:
        name = argument(event.node, 0, "branch") if isinstance(event.node, ast.Call) else None
        if isinstance(name, ast.Constant):
            return True
        if not isinstance(name, ast.Name):
            return False
        scope = self.program.scope(name).owner(name.id)
        if scope is None or scope.bindings.get(name.id) != 1:
            return False
        bound = [
            n
            for n in ast.walk(scope.node)
            if isinstance(n, ast.Name) and n.id == name.id and isinstance(n.ctx, ast.Store)
        ]
        return all(n.lineno < statement.lineno for n in bound)
