"""`repo.commit_log` and its commits, and the ids of commits."""

import ast
from collections.abc import Iterator

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import ReplaceExpression, Template
from al_codemod.rules.anchors import Blocked
from al_codemod.rules.base import Context, Draft, Use, rule
from al_codemod.rules.branches import at
from al_codemod.rules.lowering import has_session
from al_codemod.semantics.events import Event
from al_codemod.semantics.places import written_repo
from al_codemod.semantics.states import RefKind
from al_codemod.surface.kinds import REPOS, Effect, Kind

RECIPE = (
    "repo.ancestry(branch=... | tag=... | snapshot_id=...) gives the snapshots, newest first; "
    "the oldest is Icechunk's own"
)


@rule(
    "AL311",
    "commit-log-of-repo",
    rows="repo.25 repo.26 repo.27 repo.28 repo.29 types.07 types.08 asyncrepo.05",
    before="""
from arraylake import Client

repo = Client().get_repo("org/repo")
for commit in repo.commit_log:
    print(commit.id, commit.message)
print(len(repo.commit_log))
""",
    after="""
from arraylake import Client

repo = Client().get_repo("org/repo")
for commit in list(repo.ancestry(branch="main"))[:-1]:
    print(commit.id, commit.message)
print(len(list(repo.ancestry(branch="main"))[:-1]))
""",
)
def commit_log(context: Context) -> Iterator[Draft]:
    """The log is the ancestry of a branch, tag or snapshot: that of the session, where there is one.

    Icechunk's own first snapshot, "Repository initialized", was no commit in V1 and is left out, so that lengths,
    indices and the oldest entry are the same. An ancestry can be iterated only once and has no length, hence the list.
    """
    for use in context.uses(REPOS, "commit_log"):
        places = context.place(use.value)
        why = context.shared.following.reasons.get(use.site)
        try:
            if why is not None:
                raise Blocked(at(why, use.site))
            edit = log_edit(context, use)
        except Blocked as reason:
            yield Draft(use.site, f"the commit log: {reason}", Applicability.MANUAL, (), places, RECIPE)
            continue
        yield Draft(
            use.site, "list the ancestry, without Icechunk's own first snapshot", Applicability.REVIEW, (edit,), places
        )
    for use in context.uses((Kind.ASYNC_REPO,), "get_commits commit_data"):
        yield Draft(use.site, "the data of the commit log", Applicability.MANUAL, (), context.place(use.value), RECIPE)


def log_edit(context: Context, use: Use) -> ReplaceExpression:
    """The log as a list of snapshots. Raises `Blocked` where it is not known which commit the repo stands on."""
    if context.program.carried is not None and use.call is None:
        return ReplaceExpression(use.node, Template("{repo}.history", {"repo": use.node.value}))
    event = context.event(use.site, Effect.BASE)
    if event is None or event not in context.program.sessions.before:
        raise Blocked("it is not known which commit the repo stands on")
    argument, holes = ancestry_argument(context, event)
    holes["repo"] = use.node.value
    if use.value.kind is Kind.ASYNC_REPO:
        site = context.program.parents[use.site]
        if not isinstance(site, ast.Await):
            raise Blocked("it is not awaited here")
        return ReplaceExpression(
            site, Template(f"[snapshot async for snapshot in {{repo}}.async_ancestry({argument})][:-1]", holes)
        )
    if use.call is not None:
        raise Blocked("it is called")
    parent = context.program.parents[use.node]
    is_list = isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name) and parent.func.id == "list"
    site = parent if is_list and isinstance(parent, ast.Call) and parent.args == [use.node] else use.node
    return ReplaceExpression(site, Template(f"list({{repo}}.ancestry({argument}))[:-1]", holes))


def ancestry_argument(context: Context, event: Event) -> tuple[str, dict[str, ast.expr]]:
    """Where the log begins: at the session's snapshot, or at the ref that the repo stands on."""
    analysis = context.program.sessions
    place, scope = analysis.place[event], context.program.scope(event.node)
    ref = analysis.before[event].ref
    unknown = ref is None or ref.kind in (RefKind.ANY, RefKind.NONE)
    session = place.session_in(scope, written_repo(event) if unknown else None)
    if session is not None and has_session(context, event):
        return f"snapshot_id={session}.snapshot_id", {}
    if ref is None or unknown:
        raise Blocked("it is not known which commit the repo stands on")
    return f"{ref.kind.value}={ref.text or '{ref}'}", {"ref": ref.node} if ref.node is not None else {}


RENAMED = {
    "commit_time": ("written_at", "the time of a snapshot has a time zone, UTC"),
    "author_name": ('metadata.get("author_name")', "the author is in the metadata of a snapshot"),
    "author_email": ('metadata.get("author_email")', "the author is in the metadata of a snapshot"),
}


@rule(
    "AL312",
    "members-of-commit",
    rows="types.01 types.02 types.03 types.04 types.05 types.06",
    before="""
from arraylake import Client

repo = Client().get_repo("org/repo")
for commit in repo.commit_log:
    print(commit.commit_time, commit.author_email, commit.message)
""",
    after="""
from arraylake import Client

repo = Client().get_repo("org/repo")
for commit in list(repo.ancestry(branch="main"))[:-1]:
    print(commit.written_at, commit.metadata.get("author_email"), commit.message)
""",
)
def commit(context: Context) -> Iterator[Draft]:
    """The entries of the log are snapshots, with other names for the same facts.

    The parent of the first commit is Icechunk's own first snapshot, where V1 had `None`. The time has a time zone.
    """
    for use in context.members((Kind.COMMIT, Kind.LOG)):
        places = context.place(use.value)
        why = context.shared.following.why_not(use.value)
        if why is not None:
            yield Draft(
                use.node,
                f"`{use.node.attr}` of a {use.value.kind}: {at(why, use.node)}",
                Applicability.MANUAL,
                (),
                places,
                RECIPE,
            )
        elif use.node.attr in RENAMED:
            new, message = RENAMED[use.node.attr]
            edit = ReplaceExpression(use.node, Template(f"{{it}}.{new}", {"it": use.node.value}))
            yield Draft(use.node, message, Applicability.REVIEW, (edit,), places)
        elif use.node.attr == "parent_commit":
            yield Draft(
                use.node, "the parent of a snapshot", Applicability.REVIEW, (parent_edit(context, use),), places
            )
        elif use.node.attr == "rich_output" and use.call is not None:
            text = 'print(*(f"{{s.id}} {{s.written_at}} {{s.message}}" for s in {log}), sep="\\n")'
            edit = ReplaceExpression(use.call, Template(text, {"log": use.node.value}))
            yield Draft(use.call, "print the log", Applicability.REVIEW, (edit,), places)


def parent_edit(context: Context, use: Use) -> ReplaceExpression:
    """The parent, `None` for the first commit: that is the one whose parent is Icechunk's own first snapshot."""
    holes = {"it": use.node.value}
    own = f"{context.shared.following.repo(use.value, use.node)}.lookup_snapshot({{it}}.parent_id).parent_id"
    compare = context.program.parents[use.node]
    if isinstance(compare, ast.Compare):
        others = [o for o in (compare.left, *compare.comparators) if o is not use.node]
        if any(isinstance(o, ast.Constant) and o.value is None for o in others):
            return ReplaceExpression(use.node, Template(own, holes))
        if all(isinstance(op, ast.Eq | ast.NotEq) for op in compare.ops):
            return ReplaceExpression(use.node, Template("{it}.parent_id", holes))
    return ReplaceExpression(use.node, Template(f"{{it}}.parent_id if {own} else None", holes))


@rule(
    "AL313",
    "id-of-commit",
    rows="repo.13 types.15",
    before="""
from arraylake import Client

repo = Client().get_repo("org/repo")
repo.root_group.create_group("levels")
print(repo.commit("first").hex())
""",
    after="""
import zarr
from arraylake import Client

repo = Client().get_repo("org/repo")
session = repo.writable_session(branch="main")
zarr.open_group(session.store, mode="a").create_group("levels")
print(session.commit("first"))
""",
)
def commit_id(context: Context) -> Iterator[Draft]:
    """The id of a commit was made of bytes, with a `hex()` for showing it. That of a snapshot is a text."""
    for use in context.members((Kind.COMMIT_ID,)):
        places = context.place(use.value)
        mixed = any(v.kind is not Kind.COMMIT_ID for v in context.program.of(use.node.value))
        if (
            use.node.attr == "hex"
            and use.call is not None
            and not mixed
            and context.shared.following.why_not(use.value) is None
        ):
            edit = ReplaceExpression(use.call, Template("{it}", {"it": use.node.value}))
            yield Draft(use.call, "the id of a snapshot is a text", Applicability.SAFE, (edit,), places)
        else:
            message = f"`{use.node.attr}` of the id of a commit, which is now a text"
            yield Draft(use.node, message, Applicability.MANUAL, (), places, "use the id as it is")
    for call in context.nodes(ast.Call):
        if isinstance(call.func, ast.Name) and call.func.id in ("bytes", "bytearray") and len(call.args) == 1:
            for value in context.program.of(call.args[0]):
                if value.kind is Kind.COMMIT_ID:
                    message = "the bytes of the id of a commit, which is now a text"
                    yield Draft(call, message, Applicability.MANUAL, (), context.place(value), "use the id as it is")
