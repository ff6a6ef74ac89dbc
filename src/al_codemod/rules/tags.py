"""`repo.tag`, `repo.delete_tag` and `repo.delete_branch`."""

import ast
from collections.abc import Iterator

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import ChangeCall, Edit, ReplaceStatement, Template
from al_codemod.rules.anchors import Blocked
from al_codemod.rules.arguments import may_be_none
from al_codemod.rules.base import Context, Draft, Use, rule
from al_codemod.rules.lowering import base_snapshot, tip
from al_codemod.semantics.arguments import argument
from al_codemod.semantics.assumptions import is_none
from al_codemod.semantics.reaching import reaches
from al_codemod.semantics.states import RefKind
from al_codemod.semantics.working_copies import is_plain, tags_itself
from al_codemod.surface.kinds import REPOS, Effect, Kind

SPENT = (
    "Icechunk never gives the name of a deleted tag out again; use a branch for a label that moves "
    "(repo.reset_branch), or a new tag name each time"
)


@rule(
    "AL301",
    "tag-on-repo",
    rows="repo.16 repo.17 repo.18 repo.19 asyncrepo.03",
    before="""
from arraylake import Client

repo = Client().get_repo("org/repo")
repo.root_group.create_group("levels")
first = repo.commit("first")
repo.tag("v1", message="as published")
repo.tag("v1-again", first)
""",
    after="""
import zarr
from arraylake import Client

repo = Client().get_repo("org/repo")
session = repo.writable_session(branch="main")
zarr.open_group(session.store, mode="a").create_group("levels")
first = session.commit("first")
repo.create_tag("v1", snapshot_id=session.snapshot_id)
repo.create_tag("v1-again", snapshot_id=first)
""",
)
def tag(context: Context) -> Iterator[Draft]:
    """A tag is created on a snapshot that is named.

    V1 tags the commit that the session started from, whatever changes are pending; that is the snapshot of the Icechunk
    session too. Tags have no messages in Icechunk: `message=` is dropped. Instead of a `Tag` object there is only the
    tag's name.
    """
    spent = spent_names(context)
    for use in context.uses(REPOS, "tag"):
        places = context.place(use.value)
        try:
            yield Tagging(context, use, spent).draft()
        except Blocked as reason:
            what = "a tag is deleted and set again" if use.call in spent else "a tag is set"
            yield Draft(use.site, what, Applicability.MANUAL, (), places, str(reason))


class Tagging:
    """One call of `tag`."""

    def __init__(self, context: Context, use: Use, spent: set[ast.AST]) -> None:
        if use.call is None:
            raise Blocked("call repo.create_tag(name, snapshot_id=...) where the method is passed on")
        self.context = context
        self.program = context.program
        self.use = use
        self.call = use.call
        self.spent = spent
        self.notes: list[str] = []

    def draft(self) -> Draft:
        if any(isinstance(a, ast.Starred) for a in self.call.args) or any(k.arg is None for k in self.call.keywords):
            raise Blocked("write the arguments out: repo.create_tag(name, snapshot_id=...)")
        name = argument(self.call, 0, "tag_name")
        if name is None:
            raise Blocked("the name of the tag is not written here")
        if self.call in self.spent:
            raise Blocked(SPENT)
        edits = tuple(self.edits(name))
        applicability = Applicability.REVIEW if self.notes else Applicability.SAFE
        return Draft(
            self.call,
            "; ".join(["create the tag", *self.notes]),
            applicability,
            edits,
            self.context.place(self.use.value),
        )

    def edits(self, name: ast.expr) -> Iterator[Edit]:
        outer = self.program.parents[self.call]
        value: ast.expr = self.call
        if isinstance(outer, ast.Await):
            value, outer = outer, self.program.parents[outer]
        match outer:
            case ast.Expr():
                yield self.change()
            case ast.Assign(targets=[ast.Name() as target]):
                why = self.context.shared.following.reasons.get(self.call)
                if why is not None:
                    raise Blocked(f"there is no Tag object, only the tag's name, and in line {why[0].lineno} {why[1]}")  # type: ignore[attr-defined]
                self.notes.append("there is no Tag object, the variable now holds the tag's name")
                holes = {"target": target, "name": name}
                if isinstance(name, ast.Constant | ast.Name):
                    yield self.change()
                    yield ReplaceStatement(
                        outer, (Template("{call}", {"call": value}), Template("{target} = {name}", holes))
                    )
                    return
                snapshot = self.snapshot()
                created = Template(
                    f"{self.method}({{target}}, snapshot_id={snapshot.text})",
                    {**self.holes, **snapshot.holes, "target": target},
                )
                yield ReplaceStatement(outer, (Template("{target} = {name}", holes), self.awaited(created)))
            case _:
                raise Blocked(
                    "there is no Tag object: create the tag in a statement of its own, and go on with its name"
                )

    @property
    def is_async(self) -> bool:
        return self.use.value.kind is Kind.ASYNC_REPO

    @property
    def method(self) -> str:
        return "{repo}.create_tag_async" if self.is_async else "{repo}.create_tag"

    @property
    def holes(self) -> dict[str, ast.expr]:
        return {"repo": self.use.node.value}

    def awaited(self, call: Template) -> Template:
        return Template(f"await {call.text}", call.holes) if self.is_async else call

    def change(self) -> ChangeCall:
        if self.program.carried is not None and tags_itself(self.program, self.use.node):
            named = tuple((k, "name") for k in self.call.keywords if k.arg == "tag_name")
            dead = tuple(k for k in self.call.keywords if k.arg == "message")
            self.notes += ["tags have no message, which is dropped"] if dead else []
            return ChangeCall(self.call, drop=dead, rename=named)
        drop: list[ast.expr | ast.keyword] = []
        rename: list[tuple[ast.expr | ast.keyword, str]] = []
        snapshot = self.snapshot()
        given: list[ast.expr | ast.keyword] = [*self.call.args[1:2]]
        given += [k for k in self.call.keywords if k.arg == "commit_id"]
        replace: tuple[tuple[ast.expr | ast.keyword, Template], ...] = ()
        add: tuple[tuple[str, Template], ...] = ()
        if given and not self.is_base:
            rename += [(given[0], "snapshot_id")]
            if snapshot.text != "{commit}":
                replace = ((given[0], snapshot),)
        else:
            drop += given
            add = (("snapshot_id", snapshot),)
        for keyword in self.call.keywords:
            if keyword.arg == "message":
                drop.append(keyword)
            elif keyword.arg == "tag_name":
                rename.append((keyword, "tag"))
        if any(k.arg == "message" for k in self.call.keywords):
            self.notes.append("tags have no message, which is dropped")
        function = Template(self.method, self.holes)
        return ChangeCall(self.call, function, drop=tuple(drop), rename=tuple(rename), replace=replace, add=add)

    # -- the commit

    @property
    def commit(self) -> ast.expr | None:
        return argument(self.call, 1, "commit_id")

    @property
    def is_base(self) -> bool:
        return self.commit is None or is_none(self.commit)

    def snapshot(self) -> Template:
        """The snapshot to tag; `{commit}` stands for the argument as it is."""
        commit = self.commit
        if commit is None or self.is_base:
            return self.base()
        if not may_be_none(self.context, commit):
            return self.given(commit)
        if not isinstance(commit, ast.Name):
            raise Blocked("the commit may be None, for the one that the repo stands on: name the snapshot yourself")
        given, base = self.given(commit), self.base()
        text = f"{given.text} if {{given}} is not None else {base.text}"
        return Template(text, {**given.holes, **base.holes, "given": commit})

    def base(self) -> Template:
        """The snapshot that the session stands on."""
        if self.program.carried is not None:
            if not is_plain(self.program, self.use.node.value):
                raise Blocked("the repo would have to be asked for twice: give it a name first")
            return Template(f"{self.program.segment(self.use.node.value)}.session.snapshot_id")
        event = self.context.event(self.call, Effect.BASE)
        if event is None or event not in self.program.sessions.before:
            raise Blocked("it is not known which commit the repo stands on: name the snapshot yourself")
        return self.once(base_snapshot(self.context, event, Template("{repo}", self.holes)))

    def given(self, commit: ast.expr) -> Template:
        """The snapshot that an argument stands for."""
        ref = self.program.refs.named(commit)
        if self.program.refs.is_commit_hex(ref):
            raise Blocked("the id of a V1 commit does not exist in Icechunk; put the id of the snapshot in its place")
        if ref.kind is RefKind.SNAPSHOT:
            return Template("{commit}", {"commit": commit})
        if ref.kind is not RefKind.ANY:
            found = tip(ref, "{repo}")
            return self.once(Template(found.text, {**self.holes, **found.holes}))
        if self.program.refs.text_of(commit) is None:
            self.notes.append("the second argument must be the id of a snapshot, not the name of a branch or tag")
            return Template("{commit}", {"commit": commit})
        self.notes.append("it is not known whether this is a branch or a tag")
        text = "{repo}.lookup_branch({ref}) if {ref} in {repo}.list_branches() else {repo}.lookup_tag({ref})"
        return self.once(Template(text, {**self.holes, "ref": commit}))

    def once(self, snapshot: Template) -> Template:
        """A repo that has no name must not be opened twice for the sake of a lookup."""
        named = all(isinstance(n, ast.Name | ast.Attribute | ast.expr_context) for n in ast.walk(self.use.node.value))
        if "{repo}" in snapshot.text and not named:
            raise Blocked("give the repo a name first: the snapshot to tag has to be looked up in it")
        return snapshot


@rule(
    "AL302",
    "delete-tag-on-repo",
    rows="repo.20 repo.22 asyncrepo.03",
    before="""
from arraylake import Client

repo = Client().get_repo("org/repo")
repo.delete_tag(tag_name="v1")
""",
    after="""
from arraylake import Client

repo = Client().get_repo("org/repo")
repo.delete_tag(tag="v1")
""",
)
def delete(context: Context) -> Iterator[Draft]:
    """Tags and branches are deleted by methods of the same name: `tag=` for `tag_name=`, `_async` where awaited.

    The name of a deleted tag is spent for ever. Code that deletes a tag and sets it again, as a label that moves along,
    has to be written in another way, with a branch for example.
    """
    spent = spent_names(context)
    for use in context.uses(REPOS, "delete_tag delete_branch"):
        places = context.place(use.value)
        is_async = use.value.kind is Kind.ASYNC_REPO
        what = "tag" if use.node.attr == "delete_tag" else "branch"
        if use.call is None:
            if is_async:
                message = f"a method that deletes a {what} is passed on"
                yield Draft(use.node, message, Applicability.MANUAL, (), places, f"pass repo.{use.node.attr}_async on")
            continue
        if use.call in spent:
            yield Draft(use.call, "a tag is deleted and set again", Applicability.MANUAL, (), places, SPENT)
            continue
        rename = tuple((k, "tag") for k in use.call.keywords if k.arg == "tag_name")
        function = Template(f"{{repo}}.{use.node.attr}_async", {"repo": use.node.value}) if is_async else None
        if rename or function is not None:
            change = ChangeCall(use.call, function, rename=rename)
            yield Draft(use.call, f"delete the {what}", Applicability.SAFE, (change,), places)


def spent_names(context: Context) -> set[ast.AST]:
    """The calls that delete a tag and those that later set one of the same name."""
    deletes = [(u.call, tag_name(context, u.call)) for u in context.uses(REPOS, "delete_tag") if u.call is not None]
    found: set[ast.AST] = set()
    for use in context.uses(REPOS, "tag") if deletes else ():
        if use.call is None:
            continue
        name = tag_name(context, use.call)
        for deletion, deleted in deletes:
            if name is not None and name == deleted and reaches(context.program, deletion, use.call):
                found |= {deletion, use.call}
    return found


def tag_name(context: Context, call: ast.Call) -> str | None:
    """The name of a tag, or the expression that gives it."""
    node = argument(call, 0, "tag_name")
    if node is None:
        return None
    text = context.program.refs.text_of(node)
    return text if text is not None else ast.dump(node)
