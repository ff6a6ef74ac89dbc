"""Methods of a repo that were given a name of their own: `save = repo.commit`, `save = partial(repo.commit, "nightly")`."""

import ast
from dataclasses import dataclass

from al_codemod.rewrite.edits import Edit, ReplaceStatement
from al_codemod.rules.anchors import Blocked
from al_codemod.rules.base import Context
from al_codemod.surface.kinds import Kind


@dataclass(frozen=True, slots=True)
class Alias:
    """The statement that names a method, and the arguments that a `partial` binds to it."""

    statement: ast.Assign
    partial: ast.Call | None

    @property
    def args(self) -> list[ast.expr]:
        return self.partial.args[1:] if self.partial is not None else []

    @property
    def keywords(self) -> list[ast.keyword]:
        return self.partial.keywords if self.partial is not None else []

    def remove(self) -> Edit:
        """Take the statement away: every call goes to the session now."""
        return ReplaceStatement(self.statement)


def find_alias(context: Context, call: ast.Call) -> Alias:
    """The alias that a call goes through. Raises `Blocked` where the method goes other ways than being called."""
    name = call.func
    values = [v for v in context.program.of(name) if v.kind is Kind.MEMBER]
    if not isinstance(name, ast.Name) or len(values) != 1 or values[0].node is None:
        raise Blocked("a method of the repo is called under another name; call it on the session where the writes end")
    node = values[0].node
    statement = context.program.statement(node)
    scope = context.program.scope(name).owner(name.id)
    plain = isinstance(statement, ast.Assign) and statement.value is node and len(statement.targets) == 1
    if not plain or scope is None or scope.bindings.get(name.id) != 1:
        raise Blocked("a method of the repo is called under another name; call it on the session where the writes end")
    for use in context.nodes(ast.Name):
        if use.id == name.id and isinstance(use.ctx, ast.Load) and context.program.scope(use).owner(use.id) is scope:
            parent = context.program.parents.get(use)
            if not (isinstance(parent, ast.Call) and parent.func is use):
                raise Blocked(
                    f"`{name.id}`, a method of the repo, is handed on; hand on a function that uses the session"
                )
    partial = node if isinstance(node, ast.Call) else None
    bound = [*partial.args[1:], *(k.value for k in partial.keywords)] if partial is not None else []
    if not all(isinstance(b, ast.Constant) for b in bound):
        raise Blocked(f"what `{name.id}` is bound to may have changed since; write the call out")
    assert isinstance(statement, ast.Assign)
    return Alias(statement, partial)
