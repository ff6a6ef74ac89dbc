"""Repos that carry their sessions: the class of the objects that do, and where they come from."""

import ast
from collections.abc import Iterator
from typing import Final

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import Edit, InsertStatements, ReplaceExpression, Template, Where
from al_codemod.rules.anchors import Blocked
from al_codemod.rules.base import Context, Draft, rule
from al_codemod.rules.handles import Handles, Renewal
from al_codemod.rules.homes import Home, home_of
from al_codemod.rules.reading import asks_object
from al_codemod.rules.v1_names import V1Names
from al_codemod.semantics.program import Program
from al_codemod.semantics.staleness import repo_of
from al_codemod.semantics.values import Value
from al_codemod.semantics.working_copies import WorkingCopies, is_opening
from al_codemod.surface.kinds import REPOS, Effect
from al_codemod.surface.types import REPO

OF_REPOSITORY: Final = "tag delete_tag delete_branch branches tags"
"""Members that belong to the repo, and not to its session."""
HEAD: Final = '''
class {name}:
    """A repository, and the session in use on it: whoever holds this shares both."""

    def __init__(self, repo: {icechunk}.Repository) -> None:
        self.repo = repo
        self.session = repo.writable_session("main")

    def commit(self, message: str) -> str:
        """Commit what was written, if anything was, and go on with a new session on the branch."""
        branch = self.session.branch
        if branch is None:
            raise RuntimeError("a session on a tag or snapshot takes no commits")
        if self.session.has_uncommitted_changes:
            self.session.commit(message, rebase_with={icechunk}.ConflictDetector())
            self.session = self.repo.writable_session(branch)
        return self.session.snapshot_id
'''
OPEN_ROOT: Final = '''
    def open_root(self) -> {zarr}.Group:
        """The root group, to be read only where the session is."""
        return {zarr}.open_group(self.session.store, mode="r" if self.session.read_only else "a")
'''
HISTORY: Final = '''
    @property
    def history(self) -> list[{icechunk}.SnapshotInfo]:
        """The commits that the session stands on, newest first, without Icechunk's own first snapshot."""
        return list(self.repo.ancestry(snapshot_id=self.session.snapshot_id))[:-1]
'''
CHECKOUT: Final = '''
    def checkout(self, ref: str = "main") -> str:
        """Go on with a session on a branch, tag or snapshot; changes that are not committed are dropped."""
        if ref in self.repo.list_branches():
            self.session = self.repo.writable_session(ref)
        elif ref in self.repo.list_tags():
            self.session = self.repo.readonly_session(tag=ref)
        else:
            try:
                self.session = self.repo.readonly_session(snapshot_id=ref)
            except {icechunk}.IcechunkError as error:
                raise ValueError(f"{{ref!r}} is no branch, tag or snapshot") from error
        return self.session.snapshot_id
'''
NEW_BRANCH: Final = '''
    def new_branch(self, branch: str) -> None:
        """Go on with a session on a new branch; changes have to be committed first, since they cannot be taken along."""
        if self.session.has_uncommitted_changes:
            raise RuntimeError("commit first: changes that are not committed cannot be taken to another branch")
        if branch in self.repo.list_branches():
            raise ValueError(f"there is a branch {{branch!r}} already")
        self.repo.create_branch(branch, snapshot_id=self.session.snapshot_id)
        self.session = self.repo.writable_session(branch)
'''
CURRENT: Final = '''
    def current(self, node: {zarr}.Group | {zarr}.Array) -> {zarr}.Group | {zarr}.Array:
        """The same group or array, on the session in use now."""
        return {zarr}.open(self.session.store, path=node.path, mode={mode})
'''


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


class WorkingCopy:
    \"\"\"A repository, and the session in use on it: whoever holds this shares both.\"\"\"

    def __init__(self, repo: icechunk.Repository) -> None:
        self.repo = repo
        self.session = repo.writable_session("main")

    def commit(self, message: str) -> str:
        \"\"\"Commit what was written, if anything was, and go on with a new session on the branch.\"\"\"
        branch = self.session.branch
        if branch is None:
            raise RuntimeError("a session on a tag or snapshot takes no commits")
        if self.session.has_uncommitted_changes:
            self.session.commit(message, rebase_with=icechunk.ConflictDetector())
            self.session = self.repo.writable_session(branch)
        return self.session.snapshot_id


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
        context.program.carried.place.block(
            context.source.tree.body[0], "no module can define the class for all others"
        )
        return
    names = context.once(V1Names)
    spoken_of = [b for b in names.bindings if b.name == REPO]
    for binding in spoken_of:
        if names.is_mixed(binding):
            reason = f"`{binding.local}` is the class of V1's repos, and something else at other times"
            context.program.carried.place.block(binding.statement, reason)
    opened = [node for node in context.nodes(ast.Call) if is_opening(context.program, node)]
    for node in opened:
        name, edits = home.name_in(context)
        new = Template(f"{name}({{repo}})", {"repo": node})
        message = f"keep the repo together with its session, in a {home.name}: the session cannot be followed"
        yield Draft(
            node,
            message,
            Applicability.REVIEW,
            (ReplaceExpression(node, new), *edits),
            (context.program.carried.place,),
        )
    for use in context.uses(REPOS, OF_REPOSITORY):
        edit = ReplaceExpression(use.node.value, Template("{it}.repo", {"it": use.node.value}))
        yield Draft(
            use.node.value, "ask the repo itself", Applicability.SAFE, (edit,), (context.program.carried.place,)
        )
    if home.module is context.source:
        given = [b.local for b in spoken_of if names.is_given_away(b) and b.local != home.name]
        yield from definition(context, home, given)


def definition(context: Context, home: Home, given: list[str]) -> Iterator[Draft]:
    """The class, behind the imports of its module, also by the names under which other modules get V1's."""
    assert context.program.carried is not None
    tree = context.source.tree
    anchor = home.anchor
    icechunk, imports = context.module("icechunk", anchor)
    zarr, for_zarr = context.module("zarr", anchor)
    mode = ""
    parts = [HEAD]
    roots = [n for n in context.program.attributes("root_group") if any(v.is_repo for v in context.program.of(n.value))]
    if any(asks_object(context.program, node) for node in roots):
        parts.append(OPEN_ROOT)
    parts += [HISTORY] if context.program.attributes("commit_log") else []
    parts += [CHECKOUT] if context.program.attributes("checkout") else []
    parts += [NEW_BRANCH] if context.program.attributes("new_branch") else []
    if any(not c.is_store for c in context.program.carried.current.values()):
        parts.append(CURRENT)
        mode = mode_of_current(context.program.carried, context.program)
    imports = (*imports, *for_zarr) if {OPEN_ROOT, CURRENT} & set(parts) else imports
    text = "".join(parts).format(name=home.name, icechunk=icechunk, zarr=zarr, mode=mode)
    also = "".join(f"{name} = {home.name}\n" for name in dict.fromkeys(given))
    text = text.strip() + "\n\n\n" + (also + "\n" if also else "")
    written = Template("\n\n" + text.replace("{", "{{").replace("}", "}}"))
    edits: tuple[Edit, ...] = (InsertStatements(anchor, Where.BEFORE, (written,)), *imports)
    message = f"define {home.name}"
    if context.program.carried.unsure:
        lines = ", ".join(context.line_name(node) for node in context.program.carried.unsure)
        message += f"; V1 took changes that are not committed along to a new branch, this raises an error ({lines})"
    yield Draft(tree.body[0], message, Applicability.REVIEW, edits, (context.program.carried.place,))


def mode_of_current(carried: WorkingCopies, program: Program) -> str:
    """How `current` opens a node: a root that is not stored yet is made, as V1 took it to be there."""
    mode = '"r+" if node.path else "a"' if any(c.may_be_root for c in carried.current.values()) else '"r+"'
    return f'"r" if self.session.read_only else {mode}' if carried.may_be_read_only(program) else mode


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


class WorkingCopy:
    \"\"\"A repository, and the session in use on it: whoever holds this shares both.\"\"\"

    def __init__(self, repo: icechunk.Repository) -> None:
        self.repo = repo
        self.session = repo.writable_session("main")

    def commit(self, message: str) -> str:
        \"\"\"Commit what was written, if anything was, and go on with a new session on the branch.\"\"\"
        branch = self.session.branch
        if branch is None:
            raise RuntimeError("a session on a tag or snapshot takes no commits")
        if self.session.has_uncommitted_changes:
            self.session.commit(message, rebase_with=icechunk.ConflictDetector())
            self.session = self.repo.writable_session(branch)
        return self.session.snapshot_id


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
