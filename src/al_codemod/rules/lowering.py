"""How a definition of a session is written out: where, as what, and which handles are opened again with it."""

import ast
from dataclasses import replace

from al_codemod.rewrite.edits import Edit, Hoist, InsertStatements, Template, Where
from al_codemod.rules.anchors import Blocked, anchor_after, declare_session, hoistable_test
from al_codemod.rules.base import Context
from al_codemod.rules.handles import Handles, Renewal
from al_codemod.rules.left_out import filled, is_tested
from al_codemod.rules.unfolding import block
from al_codemod.semantics.events import Event
from al_codemod.semantics.flow import Block, Graph
from al_codemod.semantics.leaving_out import left_out
from al_codemod.semantics.places import Place, written_repo
from al_codemod.semantics.scopes import Scope
from al_codemod.semantics.states import UNNAMED, Need, Ref, RefKind
from al_codemod.surface.kinds import Effect, Kind


class Lowering:
    """Writes out the definitions of one module's sessions."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.program = context.program
        self.analysis = context.program.sessions
        self.handles = Handles(context)

    def insertion(self, event: Event) -> list[Edit]:
        """The edits that make the session of a definition right after it. Raises `Blocked` where they cannot be made."""
        if self.analysis.place[event].hoisted and event.effect is Effect.OPEN:
            return self.name_repo(event)
        self.check_rest(event)
        if left_out(self.program, self.analysis.place[event]) is not None and event.effect is Effect.OPEN:
            return self.in_any_case(event)
        test = hoistable_test(self.program, event)
        if test is not None:
            return self.hoist(event, *test)
        anchor = anchor_after(self.program, event)
        lines, edits = self.definition(event)
        return [*edits, anchor.insert(*lines)]

    def in_any_case(self, event: Event) -> list[Edit]:
        """The session of a repo that the function may be called without: of the one that it is given, or that it opens."""
        place = self.analysis.place[event]
        common = filled(self.program, place)
        if common is not None and event is common.opened:
            return []
        if common is not None and event is common.given:
            lines, edits = self.definition(event, common.repo or place.repo_in(self.scope(event)))
            return [*edits, InsertStatements(common.statement, Where.AFTER, tuple(lines))]
        lines, edits = self.definition(event)
        if isinstance(event.node, ast.arg):
            if is_tested(self.program, place, event.node):
                lines = [block(Template(f"if {event.node.arg} is not None:"), lines)]
        elif self.program.is_conditional(event.node):
            session = place.session_in(self.scope(event))
            if not place.received or session is None:
                raise Blocked("the repo may be given or opened here; open it in an `if` statement of its own")
            lines = [block(Template(f"if {session} is None:"), lines)]
        return [*edits, anchor_after(self.program, event).insert(*lines)]

    def name_repo(self, event: Event) -> list[Edit]:
        """Give a repo that no variable held a name, ahead of the statement that it is first used in."""
        place = self.analysis.place[event]
        assert place.home is not None
        assert isinstance(event.node, ast.expr)
        parent = self.program.parents.get(event.node)
        node = parent if isinstance(parent, ast.Await) else event.node
        lines, edits = self.definition(event)
        first = Template(f"{place.home.name} = {{repo}}", {"repo": node})
        statement = self.program.statement(node)
        return [*edits, InsertStatements(statement, Where.BEFORE, (first, *lines)), Hoist(node, place.home.name)]

    def hoist(self, event: Event, statement: ast.If, test: ast.expr) -> list[Edit]:
        """Evaluate the condition of an `if` before it, so that the session can be made in between."""
        name = self.scope(event).function.free_name(["condition", "result"])
        lines, edits = self.definition(event)
        first = Template(f"{name} = {{test}}", {"test": test})
        return [
            *edits,
            InsertStatements(statement, Where.BEFORE, (first, *lines)),
            Hoist(test, name),
        ]

    def definition(self, event: Event, named: str | None = None) -> tuple[list[Template], list[Edit]]:
        """The lines that make the session of a definition, and the edits that they need elsewhere.

        `named` is what the repo is called there, if not as the event writes it.
        """
        place = self.analysis.place[event]
        scope = self.scope(event)
        written = written_repo(event)
        session = place.session_in(scope, written)
        repo = named or self.repo_name(event, place, scope)
        if session is None or repo is None:
            raise Blocked("the session has no name here")
        state = self.analysis.after(event, self.analysis.before[event])
        ref = self.ref(event, state.refs)
        writable = self.analysis.is_writable(event)
        if ref.kind is RefKind.ANY and writable and not self.analysis.is_unknown(event):
            ref = replace(ref, kind=RefKind.BRANCH)
        lines = self.create_carried_branch(event, repo, session, ref)
        if not lines:
            ref, lines = self.name_ref(ref, scope)
        else:
            ref = Ref(RefKind.BRANCH, "", self.context.shared.carrying.name(event))
        opened = self.open_on(Template(repo), ref, writable, is_async(event))
        lines.append(Template(f"{session} = {opened.text}", opened.holes))
        known = None if writable and ref.kind is RefKind.ANY else writable
        given = _last_given(self.program.statement(event.node)) if isinstance(event.node, ast.Name) else None
        renewal = Renewal(given or event.node, place, session, known, event.effect)
        again = event.effect is not Effect.OPEN or given is not None
        refreshed, needed = self.handles.refresh(renewal) if again else ([], [])
        return [*lines, *refreshed], [*declare_session(place, scope), *needed]

    def name_ref(self, ref: Ref, scope: Scope) -> tuple[Ref, list[Template]]:
        """Give an expression that has to be asked about more than once a name."""
        if ref.kind is not RefKind.ANY or isinstance(ref.node, ast.Name | ast.Constant) or ref.node is None:
            return ref, []
        name = scope.function.free_name(["ref", "wanted_ref"])
        return Ref(RefKind.ANY, name, None, ref.read_only), [Template(f"{name} = {{ref}}", {"ref": ref.node})]

    def create_carried_branch(self, event: Event, repo: str, session: str, ref: Ref) -> list[Template]:
        """The branch that a later `new_branch` names, made before the changes that go there."""
        name = self.context.shared.carrying.name(event)
        if name is None:
            return []
        base = Template(f"{session}.snapshot_id") if event.effect is Effect.COMMIT else tip(ref, repo)
        text = f"{repo}.create_branch({{name}}, snapshot_id={base.text})"
        return [Template(text, {"name": name, **base.holes})]

    def repo_name(self, event: Event, place: Place, scope: Scope) -> str | None:
        """How the repo is written at an event: as the event itself writes it, or by its home."""
        if isinstance(event.node, ast.arg):
            return event.node.arg
        statement = self.program.statement(event.node)
        if event.effect is Effect.OPEN and isinstance(statement, ast.Assign):
            match statement.targets:
                case [ast.Name(id=name)] if any(
                    v.is_repo and v.origin in event.origins for v in self.program.of(statement.value)
                ):
                    return name
        written = written_repo(event)
        if isinstance(written, ast.Name) and any(v.is_repo for v in self.program.of(written)):
            return written.id
        return place.repo_in(scope, written)

    def scope(self, event: Event) -> Scope:
        return event.scope if isinstance(event.node, ast.arg) else self.program.scope(event.node)

    # -- opening

    def open_on(self, repo: Template, ref: Ref, writable: bool, asynchronous: bool = False) -> Template:
        """The expression that opens a session of the repo that `repo` is written as."""
        if self.program.refs.is_commit_hex(ref):
            raise Blocked("the id of a V1 commit does not exist in Icechunk; put the id of the snapshot in its place")
        method = f"{'writable' if writable else 'readonly'}_session" + ("_async" if asynchronous else "")
        call = ("await " if asynchronous else "") + f"{repo.text}.{method}"
        holes = {**repo.holes, **({"ref": ref.node} if ref.node is not None else {})}
        name = "{ref}" if ref.node is not None else ref.text or '"main"'
        if ref.kind in (RefKind.BRANCH, RefKind.NONE):
            return Template(f"{call}(branch={name})", holes)
        if ref.kind is not RefKind.ANY:
            return Template(f"{call}({ref.kind.value}={name})", holes)
        reading = call.replace(".writable_session", ".readonly_session")
        text = f"{call}(branch={name}) if {name} in {repo.text}.list_branches() else {reading}(tag={name})"
        if not isinstance(ref.node, ast.Constant):  # a literal that is a commit's id is refused above
            text += f" if {name} in {repo.text}.list_tags() else {reading}(snapshot_id={name})"
        return Template(text, holes)

    # -- which ref

    def ref(self, event: Event, refs: frozenset[Ref]) -> Ref:
        """The ref to open: the one that the call names, or after a commit the one that the committed session stood on."""
        if event.effect is Effect.COMMIT:
            return Ref(RefKind.BRANCH, self.branch_name(event)) if self.keeps_branch(event) else next(iter(refs))
        if len(refs) != 1:
            raise Blocked("it is not known which branch the repo stands on")
        return next(iter(refs))

    def branch_name(self, event: Event) -> str:
        """The variable that keeps the branch of a session that is about to be committed."""
        place = self.analysis.place[event]
        wanted = "branch" if place.session == "session" else f"{place.session}_branch"
        return self.scope(event).function.free_name([wanted, f"{wanted}_name"])

    def keeps_branch(self, event: Event) -> bool:
        """Whether the branch must be noted before a commit, because no expression is sure to name it after."""
        return self.program.refs.branch_is_unsure(self.analysis.before[event], self.scope(event))

    # -- what must not come after

    def check_rest(self, event: Event) -> None:
        """Refuse a definition whose own statement goes on to use the session that is made only after it."""
        if isinstance(event.node, ast.arg):
            return
        statement = self.program.statement(event.node)
        if isinstance(statement, ast.With | ast.AsyncWith):
            return
        mine = self.order(event)
        for other in self.analysis.place[event].events:
            if other is event or isinstance(other.node, ast.arg) or self.program.statement(other.node) is not statement:
                continue
            if self.order(other) <= mine:
                continue
            harmless = event.effect is Effect.COMMIT and not self.analysis.need(other) & (Need.WRITE | Need.COMMIT)
            if self.analysis.need(other) & ~Need.BASE and not harmless:
                raise Blocked("the same statement goes on with the session that it opens; split it in two")

    def order(self, event: Event) -> tuple[int, int]:
        position = next(iter(self.program.positions.get(event.node, ())), None)
        if position is None:
            return (0, 0)
        graph, block, index = position
        return (_block_index(graph, block), index)


def _last_given(statement: ast.stmt) -> ast.expr | None:
    """The last target of an assignment of several: what a call gives beside a repo is on the session of the function."""
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    return target.elts[-1] if isinstance(target, ast.Tuple | ast.List) else None


def tip(ref: Ref | None, repo: str) -> Template:
    """The snapshot that a ref names, in the repo that is written `repo`. Raises `Blocked` where that is not known."""
    if ref is None:
        raise Blocked("it is not known which commit the repo stands on")
    holes = {"ref": ref.node} if ref.node is not None else {}
    name = "{ref}" if ref.node is not None else ref.text or '"main"'
    match ref.kind if ref != UNNAMED else None:
        case RefKind.BRANCH:
            return Template(f"{repo}.lookup_branch({name})", holes)
        case RefKind.TAG:
            return Template(f"{repo}.lookup_tag({name})", holes)
        case RefKind.SNAPSHOT:
            return Template(name, holes)
    raise Blocked("it is not known which commit the repo stands on")


def base_snapshot(context: Context, event: Event, repo: Template) -> Template:
    """The commit that a repo stands on at an event: that of its session, or the tip of the branch that it opened.

    Raises `Blocked` where neither can be written.
    """
    analysis = context.program.sessions
    session = analysis.place[event].session_in(context.program.scope(event.node), written_repo(event))
    if session is not None and has_session(context, event):
        return Template(f"{session}.snapshot_id")
    found = tip(analysis.before[event].ref, repo.text)
    return Template(found.text, {**repo.holes, **found.holes})


def has_session(context: Context, event: Event) -> bool:
    """Whether the session variable is sure to hold the current session at an event; one that no code needs is not opened."""
    analysis = context.program.sessions
    definitions = analysis.before[event].definitions
    given = (Effect.COMMIT, Effect.RECEIVE)
    return bool(definitions) and all(d in analysis.emitted or d.effect in given for d in definitions)


def is_async(event: Event) -> bool:
    """Whether an event is that of a member of an `AsyncRepo`."""
    value = event.value
    return value is not None and Kind.ASYNC_REPO in (
        value.kind,
        value.base.kind if value.base is not None else value.kind,
    )


def _block_index(graph: Graph, block: Block) -> int:
    return graph.blocks.index(block)
