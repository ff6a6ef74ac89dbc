"""Repos that carry their sessions: the class of the objects that do, and where they come from."""

import ast
from collections.abc import Iterator
from typing import Final

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import ChangeCall, Edit, InsertStatements, ReplaceExpression, Template, Where
from al_codemod.rules.anchors import Blocked
from al_codemod.rules.base import Context, Draft, rule
from al_codemod.rules.handles import Handles, Renewal
from al_codemod.rules.homes import Home, home_of
from al_codemod.rules.v1_names import V1Names
from al_codemod.rules.working_copy_class import definition
from al_codemod.rules.working_copy_examples import CLASS
from al_codemod.semantics.staleness import repo_of
from al_codemod.semantics.values import Value
from al_codemod.semantics.working_copies import (
    MEANINGLESS,
    WorkingCopies,
    asks_for_reading,
    is_handed_on,
    is_opening,
    names_of_repos,
    tags_itself,
)
from al_codemod.surface.kinds import REPOS, Effect
from al_codemod.surface.types import REPO

OF_REPOSITORY: Final = "tag delete_tag delete_branch branches tags"
"""Members that belong to the repo, and not to its session."""


@rule(
    "AL215",
    "repo-with-its-session",
    rows="",
    before="""
from arraylake import Client

repos = {name: Client().get_repo(name) for name in ("org/a", "org/b")}
repos["org/a"].root_group.attrs["seen"] = True
repos["org/a"].commit("note that it was seen")
""",
    after="""
import icechunk
import zarr
from arraylake import Client

"""
    + CLASS
    + """

repos = {name: WorkingCopy(Client().get_repo(name)) for name in ("org/a", "org/b")}
zarr.open_group(repos["org/a"].session.store, mode="a").attrs["seen"] = True
repos["org/a"].commit("note that it was seen")
""",
)
def working_copies(context: Context) -> Iterator[Draft]:
    """Where a session cannot be followed beside its repo, the two go together in one small object.

    That is so where repos are kept in containers or caches, or their methods are handed on. The object is shared by all
    that shared the V1 repo, commits through its session and goes on with the next one. It is used only where no group,
    array or dataset is in use after a commit or checkout.
    """
    if context.program.carried is None:
        return
    home = home_of(context)
    if home is None:
        context.program.carried.place.block(context.source.tree, "no module can define the class for all others")
        return
    names = context.once(V1Names)
    spoken_of = [b for b in names.bindings if b.name == REPO]
    for binding in spoken_of:
        if names.is_mixed(binding):
            reason = f"`{binding.local}` is the class of V1's repos, and something else at other times"
            context.program.carried.place.block(binding.statement, reason)
    yield from openings(context, home)
    for use in context.uses(REPOS, OF_REPOSITORY):
        if tags_itself(context.program, use.node):
            continue
        edit = ReplaceExpression(use.node.value, Template("{it}.repo", {"it": use.node.value}))
        yield Draft(
            use.node.value, "ask the repo itself", Applicability.SAFE, (edit,), (context.program.carried.place,)
        )
    for call, dropped in unknown_arguments(context):
        change = ChangeCall(call, drop=dropped)
        message = "drop what Icechunk knows nothing of"
        yield Draft(call, message, Applicability.SAFE, (change,), (context.program.carried.place,))
    if home.module is context.source:
        given = [b.local for b in spoken_of if names.is_given_away(b) and b.local != home.name]
        yield from definition(context, home, given)


def openings(context: Context, home: Home) -> Iterator[Draft]:
    """Where repos are opened, or the method that opens them is handed on."""
    assert context.program.carried is not None
    named = names_of_repos(context.program)
    kept: list[tuple[ast.expr, Template]] = []
    for call in context.nodes(ast.Call):
        if is_opening(context.program, call):
            repo_name = named.get(call)
            text = "({repo}, {name})" if repo_name is not None else "({repo})"
            holes = {"repo": call, **({"name": repo_name} if repo_name is not None else {})}
            kept.append((call, Template(f"{home.name}{text}", holes)))
    for node in context.nodes(ast.Attribute):
        if is_handed_on(context.program, node):
            text = f"lambda *args, **kwargs: {home.name}({{opener}}(*args, **kwargs))"
            kept.append((node, Template(text, {"opener": node})))
    for opened, new in kept:
        edits: tuple[Edit, ...] = (ReplaceExpression(opened, new), *home.name_in(context)[1])
        message = f"keep the repo together with its session, in a {home.name}: the session cannot be followed"
        yield Draft(opened, message, Applicability.REVIEW, edits, (context.program.carried.place,))


def unknown_arguments(context: Context) -> Iterator[tuple[ast.Call, tuple[ast.expr | ast.keyword, ...]]]:
    """The calls of commits and checkouts with arguments that have no meaning any more."""
    dead = MEANINGLESS if asks_for_reading(context.program) else MEANINGLESS | {"for_writing"}
    for use in context.uses(REPOS, "commit checkout"):
        if use.call is None:
            continue
        dropped: list[ast.expr | ast.keyword] = [k for k in use.call.keywords if k.arg in dead]
        if use.node.attr == "commit":
            dropped += use.call.args[1:]
        if dropped:
            yield use.call, tuple(dropped)


@rule(
    "AL216",
    "handle-on-next-session",
    rows="",
    before="""
from arraylake import Client

repos = {name: Client().get_repo(name) for name in ("org/a", "org/b")}
repo = repos["org/a"]
group = repo.root_group["levels"]
repo.commit("nothing yet")
group["a"][:] = 1
""",
    after="""
import icechunk
import zarr
from arraylake import Client

"""
    + CLASS
    + """

repos = {name: WorkingCopy(Client().get_repo(name)) for name in ("org/a", "org/b")}
repo = repos["org/a"]
group = zarr.open_group(repo.session.store, mode="a")["levels"]
repo.commit("nothing yet")
group = zarr.open(repo.session.store, path="levels", mode="r+")
group["a"][:] = 1
""",
)
def renewed(context: Context) -> Iterator[Draft]:
    """Groups, arrays and stores are opened again after a statement that may have ended their session.

    In V1 they followed the repo. What cannot be opened again by its path leaves the repos as they are.
    """
    carried = context.program.carried
    if carried is None:
        return
    handles = Handles(context)
    for node, held in carried.renewed.items():
        if not context.is_here(node):
            continue
        lines: list[Template] = []
        edits: list[Edit] = []
        try:
            for location, value in held.items():
                line, needed = handles.node(renewal(context, carried, node, value), location, value)
                lines += [line] if line is not None else []
                edits += needed
        except Blocked as reason:
            carried.place.block(node, str(reason))
            continue
        edits.append(InsertStatements(context.program.statement(node), Where.AFTER, tuple(lines)))
        names = " and ".join(f"`{at.name}`" for at in held)
        message = f"open {names} again, on the session that follows"
        yield Draft(node, message, Applicability.SAFE, tuple(edits), (carried.place,))


def renewal(context: Context, carried: WorkingCopies, node: ast.AST, value: Value) -> Renewal:
    """The session that a handle is to be opened on after a node."""
    repo = repo_of(value)
    assert repo is not None
    writable = None if carried.may_be_read_only(context.program) else True
    return Renewal(node, carried.place, f"{context.program.segment(repo)}.session", writable, Effect.RENEW)
