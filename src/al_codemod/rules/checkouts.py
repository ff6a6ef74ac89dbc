"""Opening, checking out and branching: where a session begins."""

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
)
from al_codemod.rules.aliases import find_alias
from al_codemod.rules.anchors import Blocked, anchor_after
from al_codemod.rules.base import Context, Draft, rule
from al_codemod.rules.handlers import Handlers
from al_codemod.rules.lowered import Lowered, calls_with
from al_codemod.rules.lowering import Lowering, base_snapshot, is_async
from al_codemod.rules.received import by_statement
from al_codemod.rules.receiving import Statements
from al_codemod.rules.unfolding import unfold
from al_codemod.semantics.arguments import argument
from al_codemod.semantics.events import Event
from al_codemod.semantics.places import Place, written_repo
from al_codemod.semantics.states import Ref, RefKind
from al_codemod.semantics.values import Birth
from al_codemod.surface.kinds import Effect


@rule(
    "AL201",
    "hidden-session",
    rows="client.04 client.08 client.13 client.22 client.35 asyncrepo.01",
    before="""
from arraylake import Client

repo = Client().get_repo("org/repo")
print(repo.to_xarray("group"))
""",
    after="""
import xarray as xr
from arraylake import Client

repo = Client().get_repo("org/repo")
session = repo.readonly_session(branch="main")
print(xr.open_dataset(session.store, group="group", engine="zarr", consolidated=False))
""",
)
def opened(context: Context) -> Iterator[Draft]:
    """A repo is opened without a session; one that is used gets one.

    The session is writable where a write or a commit follows, and read-only otherwise.
    """
    lowering = Lowering(context)
    analysis = context.program.sessions
    for event, place in context.events():
        if event.effect not in (Effect.OPEN, Effect.RENEW) or event not in analysis.emitted or place.home is None:
            continue
        if place.left and not place.blocks:
            continue  # it is on Icechunk already, with sessions of its own
        applicability = Applicability.REVIEW if isinstance(event.node, ast.arg) else Applicability.SAFE
        node = event.site
        kind = "writable" if analysis.is_writable(event) else "read-only"
        message = f"open a {kind} session"
        if isinstance(event.node, ast.arg):
            message += " of its own on main; V1 went on with the session of the caller"
        try:
            if place.cached is not None:
                edits = cached_edits(context, lowering, event, place.cached, place)
            else:
                edits = field_edits(context, lowering, event, place) or opening(context, lowering, event, place)
            if not edits:
                continue  # the session is opened where it is sure that there is a repo
            yield Draft(node, message, applicability, tuple(edits), (place,))
        except Blocked as reason:
            place.block(node, str(reason))
            yield Draft(node, message, applicability, (), (place,))


def field_edits(context: Context, lowering: Lowering, event: Event, place: Place) -> list[Edit]:
    """The edits by which an object gets a session for the repo in one of its fields; none for other repos."""
    field = next((o.node for o in event.origins if o.birth is Birth.FIELD), None)
    if not isinstance(field, ast.AnnAssign) or not isinstance(event.node, ast.Call):
        return []
    owner = context.program.parents[field]
    passed = dict(context.program.inference.fields.passed(owner, event.node))
    repo = passed.get(field)
    if repo is None:
        raise Blocked("the repo has no name where the object is made; give it a variable first")
    named, naming = name_argument(context, event.node, repo)
    state = context.program.sessions.after(event, context.program.sessions.before[event])
    writable = context.program.sessions.is_writable(event)
    opened = lowering.open_on(named, next(iter(state.refs)), writable)
    change = ChangeCall(event.node, add=((place.session, opened),))
    if repo in event.node.args:
        change = ChangeCall(event.node, insert=((repo, opened),))
    name, imports = context.module("icechunk", field)
    declared = (
        f"{place.session}: {name}.Session" if field.value is None else f"{place.session}: {name}.Session | None = None"
    )
    return [*naming, change, *imports, InsertStatements(field, Where.AFTER, (Template(declared),))]


def cached_edits(
    context: Context, lowering: Lowering, event: Event, function: ast.FunctionDef, place: Place
) -> list[Edit]:
    """The session of a repo that a cached property opens is one too, so that it is there whenever it is asked for."""
    inside = [e for e in place.events if e is not event and e.scope.function.node is function]
    if inside:
        raise Blocked("a cached property does more with the repo than to open it; open a session beside it")
    if context.has_rivals(place):
        raise Blocked("others commit to this repository, perhaps between the opening of the repo and of its session")
    state = context.program.sessions.after(event, context.program.sessions.before[event])
    owner = function.args.args[0].arg
    writable = context.program.sessions.is_writable(event)
    opened = lowering.open_on(Template(f"{owner}.{function.name}"), next(iter(state.refs)), writable)
    decorator = context.program.segment(function.decorator_list[0])
    text = f"@{decorator}\ndef {place.session}({owner}):\n    return {opened.text}"
    return [InsertStatements(function, Where.AFTER, (Template(text, opened.holes),))]


def name_argument(context: Context, call: ast.Call, repo: ast.expr) -> tuple[Template, list[Edit]]:
    """How the repo that a call passes is written once more; one that is opened right there is given a name before."""
    if isinstance(repo, ast.Name | ast.Attribute):
        return Template("{repo}", {"repo": repo}), []
    program = context.program
    statement = program.statement(call)
    before = [*call.args, *(k.value for k in call.keywords)]
    before = before[: before.index(repo)]
    simple = isinstance(statement, ast.Assign | ast.Expr | ast.Return) and statement.value is call
    if not simple or not all(isinstance(n, ast.Name | ast.Constant) for n in before):
        raise Blocked("the repo has no name where the object is made; give it a variable first")
    name = program.scope(call).function.free_name(["repo", "opened_repo"])
    line = Template(f"{name} = {{repo}}", {"repo": repo})
    return Template(name), [InsertStatements(statement, Where.BEFORE, (line,)), Hoist(repo, name)]


def opening(context: Context, lowering: Lowering, event: Event, place: Place) -> list[Edit]:
    """The edits that open a session where a repo is made, or after a call that ends the one before."""
    if event.effect is not Effect.RENEW:
        return lowering.insertion(event)
    caught = list(context.once(Handlers).edits(event.node, (place,), ended=False))
    statement = context.program.statement(event.node)
    given = context.once(by_statement).get(statement, ())
    if any(event in g.renewals for g in given):
        for other in (p for g in given for p in g.places):
            other.join(place)  # one statement keeps all of their sessions
        return [*context.once(Statements).edits(statement), *caught]
    return [*lowering.insertion(event), *caught]


@rule(
    "AL203",
    "checkout-on-repo",
    rows="repo.01 repo.02 repo.03 repo.04 repo.05 repo.06 repo.07 repo.08 repo.09 repo.41 asyncrepo.01",
    before="""
from arraylake import Client

repo = Client().get_repo("org/repo")
repo.checkout("main", for_writing=False)
print(repo.to_xarray())
""",
    after="""
import xarray as xr
from arraylake import Client

repo = Client().get_repo("org/repo")
session = repo.readonly_session(branch="main")
print(xr.open_dataset(session.store, engine="zarr", consolidated=False))
""",
)
def checkout(context: Context) -> Iterator[Draft]:
    """A checkout becomes a new session.

    Like in V1, uncommitted changes of the session before are dropped. Groups, arrays and stores that are still in use are
    opened again, since those of V1 follow the checkout. What is neither `main`, nor a branch, tag or commit that the program
    makes itself, is looked up in the repository when the code runs.
    """
    lowering = Lowering(context)
    for event, place, call in calls_with(context, Effect.CHECKOUT):
        yield Checkout(context, lowering, event, place, call).draft()


class Checkout(Lowered):
    """One `checkout` or `create_session`."""

    @property
    def ref(self) -> Ref:
        return self.program.refs.checked_out(self.event)

    def draft(self) -> Draft:
        certain = self.ref.kind is not RefKind.ANY
        applicability = Applicability.SAFE if certain else Applicability.REVIEW
        return Draft(self.call, self.message, applicability, self.made(), (self.place,))

    @property
    def message(self) -> str:
        if not self.emitted:
            return "nothing uses the session that this checks out"
        if self.ref.kind is RefKind.ANY and self.program.sessions.is_writable(self.event):
            return "open a session on the branch; what is written to must be one"
        return "open a session instead of checking out"

    def edits(self) -> Iterator[Edit]:
        if argument(self.call, 1, "session_token") is not None and isinstance(self.call.func, ast.Attribute):
            if self.call.func.attr == "checkout":
                raise Blocked(
                    "sessions cannot be joined by a token; pass a fork of the session to the workers and merge it"
                )
        if self.program.refs.is_commit_hex(self.ref):
            raise Blocked("the id of a V1 commit does not exist in Icechunk; put the id of the snapshot in its place")
        statement = self.statement
        if not isinstance(self.call.func, ast.Attribute):
            alias = find_alias(self.context, self.call)
            if alias.partial is not None:
                raise Blocked("what is checked out is bound elsewhere; open a session on it here")
            yield alias.remove()
        if self.is_statement(statement):
            if not self.emitted:
                yield ReplaceStatement(statement)
                return
            anchor_after(self.program, self.event)
            lines, edits = self.lowering.definition(self.event)
            yield ReplaceStatement(statement, tuple(lines))
            yield from edits
            return
        if self.program.is_conditional(self.call) and isinstance(statement, ast.Expr):
            lines, edits = self.lowering.definition(self.event) if self.emitted else ([], [])
            yield unfold(self.program, self.call, None, lines)
            yield from edits
            return
        if not isinstance(self.call.func, ast.Attribute):
            raise Blocked("its result is used; make it a statement of its own")
        yield from self.as_value(statement)

    def is_statement(self, statement: ast.stmt) -> bool:
        if not isinstance(statement, ast.Expr):
            return False
        value = statement.value.value if isinstance(statement.value, ast.Await) else statement.value
        return value is self.call

    def as_value(self, statement: ast.stmt) -> Iterator[Edit]:
        """The id that `checkout` returned: that of the snapshot which the new session stands on."""
        anchor_after(self.program, self.event)
        session = self.place.session_in(self.program.scope(self.call), written_repo(self.event))
        if session is None or not self.emitted or self.program.is_conditional(self.call):
            raise Blocked("its result is used; open the session first and use its snapshot_id")
        lines, edits = self.lowering.definition(self.event)
        made_by_session = isinstance(self.call.func, ast.Attribute) and self.call.func.attr == "create_session"
        yield InsertStatements(statement, Where.BEFORE, tuple(lines))
        outer = self.program.parents.get(self.call)
        node = outer if isinstance(outer, ast.Await) else self.call
        yield ReplaceExpression(node, Template(session if made_by_session else f"{session}.snapshot_id"))
        yield from edits


@rule(
    "AL204",
    "new-branch-on-repo",
    rows="repo.21 asyncrepo.03",
    before="""
from arraylake import Client

repo = Client().get_repo("org/repo")
repo.new_branch("dev")
repo.root_group.create_group("trial")
repo.commit("try something")
""",
    after="""
import zarr
from arraylake import Client

repo = Client().get_repo("org/repo")
repo.create_branch("dev", snapshot_id=repo.lookup_branch("main"))
session = repo.writable_session(branch="dev")
zarr.open_group(session.store, mode="a").create_group("trial")
session.commit("try something")
""",
)
def new_branch(context: Context) -> Iterator[Draft]:
    """A branch is created, and then a session is opened on it.

    V1 carries uncommitted changes along to the new branch. Icechunk cannot move them, so that the branch is then created
    before the changes are made, where it is certain that they all end up on it.
    """
    lowering = Lowering(context)
    for event, place, call in calls_with(context, Effect.NEW_BRANCH):
        yield NewBranch(context, lowering, event, place, call).draft()


class NewBranch(Lowered):
    """One `new_branch`."""

    def draft(self) -> Draft:
        message = "create the branch, then open a session on it"
        return Draft(self.call, message, Applicability.REVIEW, self.made(), (self.place,))

    def edits(self) -> Iterator[Edit]:
        statement = self.statement
        if not isinstance(statement, ast.Expr) or not isinstance(self.call.func, ast.Attribute):
            raise Blocked("new_branch is part of another expression; make it a statement of its own")
        name = argument(self.call, 0, "branch")
        if name is None:
            raise Blocked("the name of the branch is not written here")
        if self.program.sessions.before[self.event].may_dirty:
            if not self.context.shared.carrying.is_carried(self.event):
                raise Blocked(
                    "new_branch takes uncommitted changes along, Icechunk cannot; "
                    "create the branch and open a session on it before the changes are made"
                )
            yield ReplaceStatement(statement)
            return
        sessions = self.program.sessions
        if not sessions.needs.get(self.event) and self.call not in sessions.guarded:
            yield ReplaceStatement(statement)  # V1 records a branch with its first commit, and here is none
            return
        yield ReplaceStatement(statement, (self.create(name),))
        if self.event in self.program.sessions.emitted:
            yield from self.lowering.insertion(self.event)

    def create(self, name: ast.expr) -> Template:
        assert isinstance(self.call.func, ast.Attribute)
        base = base_snapshot(self.context, self.event, Template("{repo}", {"repo": self.call.func.value}))
        method, await_ = ("create_branch_async", "await ") if is_async(self.event) else ("create_branch", "")
        holes = {"repo": self.call.func.value, "name": name, **base.holes}
        return Template(f"{await_}{{repo}}.{method}({{name}}, snapshot_id={base.text})", holes)
