"""The class of objects that hold a repo and the session in use on it, as far as a program asks something of them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import Edit, InsertStatements, Template, Where
from al_codemod.rules.base import Context, Draft
from al_codemod.rules.homes import Home
from al_codemod.rules.reading import asks_object
from al_codemod.semantics.working_copies import WorkingCopies, asks_for_reading, names_of_repos, tags_itself

if TYPE_CHECKING:
    from al_codemod.semantics.program import Program

HEAD: Final = '''
class {name}:
    """A repository, and the session in use on it: whoever holds this shares both."""

    def __init__(self, repo: {icechunk}.Repository{named}) -> None:
        self.repo = repo{name_kept}
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
    def checkout(self, ref: str = "main"{writing}) -> str:
        """Go on with a session on a branch, tag or snapshot; changes that are not committed are dropped."""
        if ref in self.repo.list_branches():
            self.session = {on_branch}
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
TAG: Final = '''
    def tag(self, name: str) -> None:
        """Create a tag on the commit that the session stands on."""
        self.repo.create_tag(name, snapshot_id=self.session.snapshot_id)
'''
CURRENT: Final = '''
    def current(self, node: {zarr}.Group | {zarr}.Array) -> {zarr}.Group | {zarr}.Array:
        """The same group or array, on the session in use now."""
        return {zarr}.open(self.session.store, path=node.path, mode={mode})
'''
WRITABLE: Final = "self.repo.writable_session(ref)"
EITHER: Final = f"{WRITABLE} if for_writing else self.repo.readonly_session(ref)"


def class_text(context: Context, name: str, icechunk: str, zarr: str) -> tuple[str, bool]:
    """The class, with the methods that the program calls, and whether it needs zarr."""
    program = context.program
    assert program.carried is not None
    parts = [HEAD]
    roots = [n for n in program.attributes("root_group") if any(v.is_repo for v in program.of(n.value))]
    if any(asks_object(program, node) for node in roots):
        parts.append(OPEN_ROOT)
    parts += [HISTORY] if program.attributes("commit_log") else []
    parts += [CHECKOUT] if program.attributes("checkout") else []
    parts += [NEW_BRANCH] if program.attributes("new_branch") else []
    parts += [TAG] if any(tags_itself(program, node) for node in program.attributes("tag")) else []
    parts += [CURRENT] if any(not c.is_store for c in program.carried.current.values()) else []
    named, reading = bool(names_of_repos(program)), asks_for_reading(program)
    text = "".join(parts).format(
        name=name,
        icechunk=icechunk,
        zarr=zarr,
        mode=mode_of_current(program.carried, program),
        named=", repo_name: str" if named else "",
        name_kept="\n        self.repo_name = repo_name" if named else "",
        writing=", for_writing: bool = True" if reading else "",
        on_branch=EITHER if reading else WRITABLE,
    )
    return text, bool({OPEN_ROOT, CURRENT} & set(parts))


def definition(context: Context, home: Home, given: list[str]) -> Iterator[Draft]:
    """The class, behind the imports of its module, also by the names under which other modules get V1's."""
    assert context.program.carried is not None
    tree = context.source.tree
    anchor = home.anchor
    icechunk, imports = context.module("icechunk", anchor)
    zarr, for_zarr = context.module("zarr", anchor)
    text, needs_zarr = class_text(context, home.name, icechunk, zarr)
    imports = (*imports, *for_zarr) if needs_zarr else imports
    also = "".join(f"{name} = {home.name}\n" for name in dict.fromkeys(given))
    text = text.strip() + "\n\n\n" + (also + "\n" if also else "")
    written = Template("\n\n" + text.replace("{", "{{").replace("}", "}}"))
    edits: tuple[Edit, ...] = (InsertStatements(anchor, Where.BEFORE, (written,)), *imports)
    message = f"define {home.name}"
    if context.program.attributes("new_branch"):
        message += "; a new branch is there at once, in V1 it was from its first commit on"
    if context.program.carried.unsure:
        lines = ", ".join(context.line_name(node) for node in context.program.carried.unsure)
        message += f"; V1 took changes that are not committed along to a new branch, this raises an error ({lines})"
    yield Draft(tree.body[0], message, Applicability.REVIEW, edits, (context.program.carried.place,))


def mode_of_current(carried: WorkingCopies, program: "Program") -> str:
    """How `current` opens a node: a root that is not stored yet is made, as V1 took it to be there."""
    mode = '"r+" if node.path else "a"' if any(c.may_be_root for c in carried.current.values()) else '"r+"'
    return f'"r" if self.session.read_only else {mode}' if carried.may_be_read_only(program) else mode
