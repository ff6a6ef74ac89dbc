"""`repo.commit` and the session that follows it."""

import ast
from collections.abc import Iterator

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import (
    ChangeCall,
    Edit,
    Hoist,
    InsertStatements,
    ReplaceExpression,
    ReplaceStatement,
    Template,
    Where,
    WrapStatement,
)
from al_codemod.rules.aliases import Alias, find_alias
from al_codemod.rules.anchors import Blocked
from al_codemod.rules.base import Context, Draft, rule
from al_codemod.rules.lowered import Lowered, calls_with
from al_codemod.rules.lowering import Lowering, is_async
from al_codemod.rules.unfolding import unfold
from al_codemod.semantics.arguments import argument
from al_codemod.semantics.places import written_repo
from al_codemod.semantics.states import RefKind, State
from al_codemod.surface.kinds import Effect

DEAD = ("auto_ff", "checkout_for_writing")


@rule(
    "AL202",
    "commit-on-repo",
    rows="repo.10 repo.11 repo.12 repo.14 asyncrepo.02",
    before="""
from arraylake import Client

repo = Client().get_repo("org/repo")
repo.root_group.create_group("levels")
repo.commit("first")
repo.root_group.create_group("times")
repo.commit("second")
""",
    after="""
import zarr
from arraylake import Client

repo = Client().get_repo("org/repo")
session = repo.writable_session(branch="main")
zarr.open_group(session.store, mode="a").create_group("levels")
session.commit("first")
session = repo.writable_session(branch="main")
zarr.open_group(session.store, mode="a").create_group("times")
session.commit("second")
""",
)
def commit(context: Context) -> Iterator[Draft]:
    """A commit belongs to a session, and ends it.

    In V1 the repo goes on with a new session after a commit, so that the next write just works. In Icechunk the session is
    read-only from its commit on. Where a later write needs one, a new session is opened after the commit, on the same branch,
    and the groups, arrays and stores that are still in use are opened again on it.

    V1 only warned about a commit of nothing. Where it is not certain that something was written, the commit is made to
    depend on it.
    """
    lowering = Lowering(context)
    for event, place, call in calls_with(context, Effect.COMMIT):
        yield Commit(context, lowering, event, place, call).draft()
    for node, name in lowering.handles.behind:
        message = f"`{name}` goes on showing what it was opened on; in V1 it showed later commits too"
        instead = f"open `{name}` again after the commit, if it is to show what is written later"
        yield Draft(node, message, Applicability.MANUAL, (), (), instead)


class Commit(Lowered):
    """One commit and what becomes of it."""

    @property
    def state(self) -> State:
        return self.program.sessions.before[self.event]

    def draft(self) -> Draft:
        message = "commit on the session"
        if self.guarded:
            message += ", if it has changes: V1 only warned about an empty commit"
        applicability = Applicability.REVIEW if self.guarded else Applicability.SAFE
        return Draft(self.call, message, applicability, self.made(), (self.place,))

    @property
    def guarded(self) -> bool:
        """Whether the commit may be empty; one on a tag or an old commit is left to fail as it did."""
        detached = any(r.kind in (RefKind.TAG, RefKind.SNAPSHOT) or r.read_only for r in self.state.refs)
        return not self.state.must_dirty and not detached and self.context.settings.empty_commits == "guard"

    def session(self) -> Template:
        named = self.place.session_in(self.program.scope(self.call), written_repo(self.event))
        if named is not None:
            return Template(named)
        function = self.call.func
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Attribute):
            if function.value.attr in ("_repo", "_arepo"):
                return Template("{store}.session", {"store": function.value.value})
        raise Blocked("the session has no name here; commit on the session that the writes went through")

    def edits(self) -> Iterator[Edit]:
        session = self.session()
        alias = None if isinstance(self.call.func, ast.Attribute) else find_alias(self.context, self.call)
        if alias is not None:
            yield alias.remove()
        if self.emitted and self.lowering.keeps_branch(self.event):
            name = self.lowering.branch_name(self.event)
            yield InsertStatements(
                self.statement, Where.BEFORE, (Template(f"{name} = {session.text}.branch", session.holes),)
            )
        yield from self.name_message()
        yield self.change(session, alias)
        yield from self.guard(session)
        if self.emitted:
            yield from self.renew()

    def name_message(self) -> Iterator[Edit]:
        """A message that calls functions which work on the session is made before the session is asked for."""
        message = argument(self.call, 0, "message")
        if message is None or not any(self.works_on_session(node) for node in ast.walk(message)):
            return
        simple = isinstance(self.statement, ast.Expr | ast.Assign | ast.Return)
        if not simple or self.program.is_conditional(self.call):
            raise Blocked("its message calls a function that works on the session; give the message a name first")
        name = self.program.scope(self.call).function.free_name(["message", "commit_message"])
        yield InsertStatements(self.statement, Where.BEFORE, (Template(f"{name} = {{message}}", {"message": message}),))
        yield Hoist(message, name)

    def works_on_session(self, node: ast.AST) -> bool:
        """Whether a node is a call of a function that changes anything in the session which is committed, or ends it."""
        calls = self.program.sessions.calls
        for site in calls.sites_at.get(node, ()):
            if any(self.place in site.seen(c, calls.writes[c] | calls.defines[c]) for c in site.callees):
                return True
        return False

    def change(self, session: Template, alias: Alias | None) -> ChangeCall:
        method = "commit_async" if is_async(self.event) else "commit"
        dropped = [k for k in self.call.keywords if k.arg in DEAD]
        bound = alias.args if alias is not None else []
        dropped_positional = self.call.args[max(0, 1 - len(bound)) :]
        first = tuple(Template("{bound}", {"bound": b}) for b in bound[:1])
        add: list[tuple[str, Template]] = []
        kept = [k for k in (alias.keywords if alias is not None else ()) if k.arg not in DEAD]
        add += [(k.arg, Template("{bound}", {"bound": k.value})) for k in kept if k.arg is not None]
        if self.rebases:
            name, _ = self.context.module("icechunk", self.call)
            add.append(("rebase_with", Template(f"{name}.ConflictDetector()")))
        function = Template(f"{session.text}.{method}", session.holes)
        return ChangeCall(self.call, function, first, drop=(*dropped, *dropped_positional), add=tuple(add))

    @property
    def rebases(self) -> bool:
        rivals = self.place in self.program.workers.concurrent or self.context.has_rivals(self.place)
        return rivals or self.context.settings.conflicts == "rebase"

    def guard(self, session: Template) -> Iterator[Edit]:
        if self.rebases:
            yield from self.context.module("icechunk", self.call)[1]
        if not self.guarded:
            return
        condition = Template(f"{session.text}.has_uncommitted_changes", session.holes)
        outer: ast.expr = self.call
        parent = self.program.parents.get(self.call)
        if isinstance(parent, ast.Await):
            outer, parent = parent, self.program.parents.get(parent)
        if isinstance(parent, ast.Expr):
            yield WrapStatement(parent, Template(f"if {condition.text}:", condition.holes))
            return
        text = f"{{call}} if {condition.text} else {session.text}.snapshot_id"
        yield ReplaceExpression(outer, Template(text, {"call": outer, **session.holes}))

    def renew(self) -> Iterator[Edit]:
        """Open the session that follows; a commit that is returned is given a name first."""
        if self.program.is_conditional(self.call):
            yield from self.unfolded()
            return
        if not isinstance(self.statement, ast.Return):
            yield from self.lowering.insertion(self.event)
            return
        assert self.statement.value is not None
        self.lowering.check_rest(self.event)
        lines, edits = self.lowering.definition(self.event)
        name = self.program.scope(self.call).function.free_name(["snapshot_id", "result"])
        value = Template(f"{name} = {{value}}", {"value": self.statement.value})
        given = "".join(
            f", {p.session}" for p in self.context.shared.returning.of(self.program.scope(self.call).function)
        )
        yield ReplaceStatement(self.statement, (value, *lines, Template(f"return {name}{given}")))
        yield from edits

    def unfolded(self) -> Iterator[Edit]:
        """A commit that hangs on a condition inside its expression, with the session that follows inside an `if`."""
        parent = self.program.parents.get(self.call)
        node = parent if isinstance(parent, ast.Await) else self.call
        self.lowering.check_rest(self.event)
        lines, edits = self.lowering.definition(self.event)
        yield unfold(self.program, node, Template("{commit}", {"commit": node}), lines)
        yield from edits
