"""`repo.session` and its members, and `repo.fast_forward`: the hidden session, where V1 code talks to it."""

import ast
from collections.abc import Iterator

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import ChangeCall, Edit, ReplaceExpression, ReplaceStatement, Template
from al_codemod.rules.anchors import Blocked
from al_codemod.rules.base import Context, Draft, Use, rule
from al_codemod.rules.branches import at
from al_codemod.rules.following import source_of
from al_codemod.rules.lowering import Lowering, base_snapshot
from al_codemod.rules.reading import NOT_NAMED, session_at
from al_codemod.semantics.events import Event
from al_codemod.semantics.states import UNNAMED, Mode, RefKind
from al_codemod.surface.kinds import REPOS, Effect, Kind

GONE = (
    "there are no sessions on a server: an Icechunk session has branch, snapshot_id, read_only "
    "and has_uncommitted_changes"
)


@rule(
    "AL331",
    "session-of-repo",
    rows="repo.35 repo.36 repo.37 repo.38 repo.39 repo.40 asyncrepo.07",
    before="""
from arraylake import Client

repo = Client().get_repo("org/repo")
repo.checkout("main", for_writing=False)
print(repo.session.branch, repo.session.base_commit)
print(repo.to_xarray())
""",
    after="""
import xarray as xr
from arraylake import Client

repo = Client().get_repo("org/repo")
session = repo.readonly_session(branch="main")
print("main", session.snapshot_id)
print(xr.open_dataset(session.store, engine="zarr", consolidated=False))
""",
)
def session(context: Context) -> Iterator[Draft]:
    """The session is a variable of its own; its commit is its snapshot.

    A read-only session of Icechunk does not know its branch, so that the branch is written out where it is known. There
    is always a snapshot: where V1 gave `None` for a repository without commits, there is Icechunk's own first one.
    """
    lowering = Lowering(context)
    members = [SessionMember(context, lowering, use) for use in context.members((Kind.SESSION,))]
    reasons: dict[ast.AST, str] = {}
    for member in members:
        try:
            member.edits = tuple(member.make())
        except Blocked as reason:
            if member.source is not None:
                reasons.setdefault(member.source, at((member.use.node, str(reason)), member.source))
            member.reason = str(reason)
    for member in members:
        yield member.draft(member.reason or reasons.get(member.source or member.use.node, ""))
    for use in context.uses(REPOS, "session"):
        yield from source_draft(context, use, reasons)


def source_draft(context: Context, use: Use, reasons: dict[ast.AST, str]) -> Iterator[Draft]:
    """`repo.session` itself: a variable for it is not needed any more."""
    places = context.place(use.value)
    why = context.shared.following.reasons.get(use.node)
    reason = at(why, use.node) if why is not None else reasons.get(use.node, "")
    parent = context.program.parents[use.node]
    if isinstance(parent, ast.Attribute) and not reason:
        return
    if not reason and isinstance(parent, ast.Assign) and len(parent.targets) == 1:
        edit = ReplaceStatement(parent)
        yield Draft(use.node, "the session has a variable of its own", Applicability.REVIEW, (edit,), places)
    elif not isinstance(parent, ast.Attribute):
        message = f"the session of a repo: {reason or 'it is used as a whole'}"
        yield Draft(use.node, message, Applicability.MANUAL, (), places, GONE)


class SessionMember:
    """One member of a V1 session that is asked for."""

    def __init__(self, context: Context, lowering: Lowering, use: Use) -> None:
        self.context = context
        self.program = context.program
        self.lowering = lowering
        self.use = use
        self.source = source_of(use.value)
        self.edits: tuple[Edit, ...] = ()
        self.reason = ""
        self.note = "ask the session itself"

    def draft(self, reason: str) -> Draft:
        node, places = self.use.node, self.context.place(self.use.value)
        if reason:
            return Draft(node, f"`{node.attr}` of a session: {reason}", Applicability.MANUAL, (), places, GONE)
        return Draft(node, self.note, Applicability.REVIEW, self.edits, places)

    def make(self) -> Iterator[Edit]:
        why = self.context.shared.following.why_not(self.use.value)
        if why is not None:
            raise Blocked(at(why, self.use.node))
        if isinstance(self.source, ast.Call):  # `create_session` gives a session of Icechunk now
            if self.use.node.attr == "base_commit":
                yield ReplaceExpression(
                    self.use.node, Template("{session}.snapshot_id", {"session": self.use.node.value})
                )
            elif self.use.node.attr != "branch":
                raise Blocked("it has no counterpart")
            return
        if self.program.carried is not None:
            yield from self.carried()
            return
        self.check_whole()
        match self.use.node.attr:
            case "branch":
                yield self.replacement(self.branch(self.event(self.use.node)))
            case "base_commit":
                yield self.replacement(self.base_commit(self.event(self.use.node)))
            case "abandon":
                yield self.abandon()
            case _:
                yield ReplaceStatement(self.statement())

    def carried(self) -> Iterator[Edit]:
        """Of a repo that is kept with its session: that session has the branch, and its snapshot."""
        session = self.use.node.value
        if not isinstance(session, ast.Attribute) or session is not self.source:
            raise Blocked("the session is used as a whole")
        if self.use.node.attr == "base_commit":
            if _compares_none(self.program.parents[self.use.node]):
                raise Blocked("it is `None` in a repository without commits, where Icechunk has its own first snapshot")
            yield ReplaceExpression(self.use.node, Template("{session}.snapshot_id", {"session": session}))
        elif self.use.node.attr == "branch":
            yield ReplaceExpression(self.use.node, Template("{session}.branch", {"session": session}))
        else:
            raise Blocked("it has no counterpart")

    def replacement(self, new: Template) -> ReplaceExpression:
        """A comparison of a literal with `None` is decided here: Python warns of one."""
        literal = ast.parse(new.text, mode="eval").body if not new.holes else None
        compare = self.program.parents[self.use.node]
        if isinstance(literal, ast.Constant) and isinstance(compare, ast.Compare) and len(compare.ops) == 1:
            operator = compare.ops[0]
            if compare.left is self.use.node and _compares_none(compare) and isinstance(operator, ast.Is | ast.IsNot):
                decided = (literal.value is None) is isinstance(operator, ast.Is)
                return ReplaceExpression(compare, Template(str(decided)))
        return ReplaceExpression(self.use.node, new)

    def check_whole(self) -> None:
        """A session in a variable must be read where it is still the one that the repo is on."""
        for node in self.context.shared.following.uses.get(self.source, []) if self.source is not None else []:
            parent = self.program.parents[node]
            single = (
                isinstance(parent, ast.Assign) and len(parent.targets) == 1 and isinstance(parent.targets[0], ast.Name)
            )
            if not isinstance(parent, ast.Attribute) and not single:
                raise Blocked("the session is used as a whole")
        taken = self.context.event(self.source) if self.source is not None else None
        mine = self.context.event(self.use.node) or self.context.event(self.use.site)
        before = self.program.sessions.before
        if taken is None or taken not in before:
            raise Blocked("it is not known which session this is")
        if mine is not None and mine in before and before[mine].definitions != before[taken].definitions:
            raise Blocked("the repo may be on another session by then")

    def event(self, node: ast.AST) -> Event:
        event = self.context.event(node)
        if event is None or event not in self.program.sessions.before:
            raise Blocked("it is not known which session this is")
        return event

    def branch(self, event: Event) -> Template:
        state = self.program.sessions.before[event]
        ref = state.ref
        if ref not in (None, UNNAMED) and ref.kind is RefKind.BRANCH and self.is_repeatable(ref.node):
            return Template("{ref}", {"ref": ref.node}) if ref.node is not None else Template(ref.text)
        if ref is not None and ref.kind in (RefKind.TAG, RefKind.SNAPSHOT):
            return Template("None")
        place = self.program.sessions.place[event]
        repo = place.repo_in(self.program.scope(event.node))
        unsure = ref is not None and ref.kind is RefKind.ANY and self.is_repeatable(ref.node)
        if unsure and ref is not None and ref.node is not None and repo is not None:
            return Template(f"{{ref}} if {{ref}} in {repo}.list_branches() else None", {"ref": ref.node})
        named = place.session_in(self.program.scope(event.node))
        if named is None or self.program.sessions.modes.get(event) is not Mode.WRITABLE:
            raise Blocked("it is not known which branch this is, and a read-only session does not say")
        return Template(f"{named}.branch")

    def is_repeatable(self, node: ast.expr | None) -> bool:
        """Whether the name of a branch, as it was given, still means the same, and can be written here."""
        if node is not None and not self.context.is_here(node):
            return False
        match node:
            case ast.JoinedStr():
                return all(self.is_repeatable(v) for v in node.values)
            case ast.FormattedValue(format_spec=None):
                return self.is_repeatable(node.value)
            case ast.BinOp(op=ast.Add()):
                return self.is_repeatable(node.left) and self.is_repeatable(node.right)
            case None | ast.Constant():
                return True
            case ast.Name():
                here, there = self.program.scope(self.use.node), self.program.scope(node)
                return self.program.refs.is_stable(node, here) and here.owner(node.id) is there.owner(node.id)
        return False

    def base_commit(self, event: Event) -> Template:
        state = self.program.sessions.before[event]
        if state.fresh:
            if all(d.effect is Effect.OPEN and _creates(d) for d in state.definitions):
                self.note = "nothing has been committed yet"
                return Template("None")
            parent = self.program.parents[self.use.node]
            if not isinstance(parent, ast.Compare) or _compares_none(parent):
                raise Blocked("it is `None` in a repository without commits, where Icechunk has its own first snapshot")
        place = self.program.sessions.place[event]
        repo = place.repo_in(self.program.scope(event.node))
        if repo is None:
            raise Blocked("the repo has no name here")
        return base_snapshot(self.context, event, Template(repo))

    def abandon(self) -> Edit:
        call = self.use.call
        outer = self.program.parents[call] if call is not None else None
        if call is None or not isinstance(outer, ast.Await):
            raise Blocked("call session.discard_changes() instead")
        event = self.event(call)
        if not self.program.sessions.before[event].may_dirty and isinstance(self.program.parents[outer], ast.Expr):
            return ReplaceStatement(self.program.statement(call))
        named = self.program.sessions.place[event].session_in(self.program.scope(call))
        if named is None:
            raise Blocked(NOT_NAMED)
        return ReplaceExpression(outer, Template(f"{named}.discard_changes()"))

    def statement(self) -> ast.Expr:
        """The statement that a call is all of."""
        outer: ast.AST = self.program.parents[self.use.site]
        outer = self.program.parents[outer] if isinstance(outer, ast.Await) else outer
        if self.use.call is None or not isinstance(outer, ast.Expr):
            raise Blocked("Icechunk sessions do not expire: leave it out")
        return outer


def _creates(event: Event) -> bool:
    call = event.node
    return isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "create_repo"


def _compares_none(compare: ast.AST) -> bool:
    if not isinstance(compare, ast.Compare):
        return False
    operands = (compare.left, *compare.comparators)
    return any(isinstance(o, ast.Constant) and o.value is None for o in operands)


@rule(
    "AL332",
    "fast-forward-on-repo",
    rows="repo.15 asyncrepo.06",
    before="""
from arraylake import Client

repo = Client().get_repo("org/repo")
repo.root_group.create_group("levels")
repo.fast_forward()
repo.commit("add levels")
""",
    after="""
import icechunk
import zarr
from arraylake import Client

repo = Client().get_repo("org/repo")
session = repo.writable_session(branch="main")
zarr.open_group(session.store, mode="a").create_group("levels")
session.rebase(icechunk.ConflictDetector())
session.commit("add levels")
""",
)
def fast_forward(context: Context) -> Iterator[Draft]:
    """The session is rebased onto the tip of its branch, with or without changes of its own.

    Changes of the same chunk, or of the metadata of the same node, are a conflict: `icechunk.RebaseFailedError`, where
    V1 raised a `RuntimeError`.
    """
    for use in context.uses(REPOS, "fast_forward"):
        places = context.place(use.value)
        named = session_at(context, use)
        if use.call is None or named is None:
            message = "a fast-forward of a session that has no name here"
            instead = "session.rebase(icechunk.ConflictDetector())"
            yield Draft(use.site, message, Applicability.MANUAL, (), places, instead)
            continue
        icechunk, imports = context.module("icechunk", use.call)
        method = "rebase_async" if use.value.kind is Kind.ASYNC_REPO else "rebase"
        change = ChangeCall(
            use.call,
            Template(f"{named.text}.{method}", named.holes),
            first=(Template(f"{icechunk}.ConflictDetector()"),),
        )
        yield Draft(use.call, "rebase the session", Applicability.REVIEW, (change, *imports), places)
