"""Refs: which branch, tag or commit the arguments of a V1 call name."""

import ast
import re
from functools import cached_property
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.arguments import argument
from al_codemod.semantics.events import Event
from al_codemod.semantics.scopes import Scope
from al_codemod.semantics.states import MAIN, NO_REF, UNNAMED, Ref, RefKind, State
from al_codemod.semantics.values import Birth, of_kind
from al_codemod.surface.kinds import Effect, Kind

if TYPE_CHECKING:
    from al_codemod.semantics.program import Program

COMMIT_HEX: Final = re.compile(r"[0-9a-f]{24}")


class RefReader:
    """Reads refs from the calls of a program, knowing which names the program itself makes branches and tags of."""

    def __init__(self, program: "Program") -> None:
        self.program = program
        self.branches = {"main"}
        self.tags: set[str] = set()
        for event in program.events.all():
            if isinstance(event.node, ast.Call) and isinstance(event.value and event.value.name, str):
                self.note_name(event, event.node)

    def note_name(self, event: Event, call: ast.Call) -> None:
        name = self.text_of(call.args[0]) if call.args else None
        if name is None or event.value is None:
            return
        if event.effect is Effect.NEW_BRANCH:
            self.branches.add(name)
        elif event.value.name == "tag":
            self.tags.add(name)

    @cached_property
    def empty(self) -> set[str]:
        """The names of repositories that the program creates and never commits to."""
        events = list(self.program.events.all())
        committed = {o for e in events if e.effect is Effect.COMMIT for o in e.origins}
        made: dict[str, bool] = {}
        for event in events:
            if event.effect is Effect.OPEN and isinstance(event.node, ast.Call) and _member(event.node) != "get_repo":
                name = self.text_of(argument(event.node, 0, "name"))
                if name is not None:
                    made[name] = made.get(name, True) and not event.origins & committed
        return {name for name, empty in made.items() if empty}

    def text_of(self, node: ast.expr | None) -> str | None:
        """The text of a literal, or of a name that only ever holds one literal."""
        match node:
            case ast.Constant(value=str() as text):
                return text
            case ast.Name():
                scope = self.program.scope(node).owner(node.id)
                if scope is not None and scope.bindings.get(node.id) == 1:
                    return self.literal(scope.node, node.id)
        return None

    def literal(self, scope: ast.AST, name: str) -> str | None:
        body = getattr(scope, "body", ())
        for statement in body if isinstance(body, list) else ():
            match statement:
                case ast.Assign(targets=[ast.Name(id=target)], value=ast.Constant(value=str() as text)) if (
                    target == name
                ):
                    return text
        return None

    # -- what events stand for

    def opened(self, event: Event) -> tuple[Ref, bool]:
        """The ref that a new repo object stands on, and whether the repository may be empty."""
        node = event.node
        if isinstance(node, ast.Name):  # one of several things that a call gives
            given = self.program.statement(node)
            node = given.value if isinstance(given, ast.Assign) else node
            node = node.value if isinstance(node, ast.Await) else node
        if not isinstance(node, ast.Call):
            return MAIN, False
        opens = [node]
        if any(o.birth is Birth.RETURNED for o in event.origins):
            opens = self.opens_inside(node)
            if not opens:
                return MAIN, False
        refs = {self.opened_by(call) for call in opens}
        fresh = any(
            _member(call) != "get_repo" or self.text_of(argument(call, 0, "name")) in self.empty for call in opens
        )
        return (refs.pop() if len(refs) == 1 else MAIN), fresh

    def opened_by(self, call: ast.Call) -> Ref:
        checkout = argument(call, 99, "checkout")
        if isinstance(checkout, ast.Constant) and checkout.value is False:
            return NO_REF
        read_only = argument(call, 99, "read_only")
        if isinstance(read_only, ast.Constant) and read_only.value is True:
            return Ref(RefKind.BRANCH, MAIN.text, None, True)
        return MAIN

    def opens_inside(self, call: ast.Call) -> list[ast.Call]:
        """The calls that open the repo which a function of the program returns."""
        found: list[ast.Call] = []
        opens = {e.node for e in self.program.events.all() if e.effect is Effect.OPEN}
        for value in self.program.of(call.func):
            inside = ast.walk(value.node) if value.node is not None else ()
            found += [inner for inner in inside if isinstance(inner, ast.Call) and inner in opens]
        return found

    def checked_out(self, event: Event) -> Ref:
        """The ref of a `checkout` or `create_session`."""
        call = event.node
        if not isinstance(call, ast.Call):
            return MAIN
        writing = argument(call, 2 if _member(call) == "checkout" else 1, "for_writing")
        read_only = isinstance(writing, ast.Constant) and writing.value is False
        node = argument(call, 0, "ref")
        return self.named(node, read_only)

    def named(self, node: ast.expr | None, read_only: bool = False) -> Ref:
        if node is None or (isinstance(node, ast.Constant) and node.value is None):
            return Ref(RefKind.BRANCH, MAIN.text, None, read_only)
        text = self.text_of(node)
        values = self.program.of(node)
        if text is not None:
            known = RefKind.BRANCH if text in self.branches else RefKind.TAG if text in self.tags else None
            if text == "main":
                return Ref(RefKind.BRANCH, MAIN.text, None, read_only)
            if known is not None:
                return Ref(known, "", node, read_only)
        if of_kind(values, Kind.COMMIT_ID):
            return Ref(RefKind.SNAPSHOT, "", node, read_only)
        if isinstance(node, ast.Attribute) and node.attr == "id" and of_kind(self.program.of(node.value), Kind.BRANCH):
            return Ref(RefKind.BRANCH, "", node, read_only)
        if isinstance(node, ast.Attribute) and of_kind(self.program.of(node.value), Kind.TAG):
            return Ref(RefKind.TAG, "", node, read_only)
        return Ref(RefKind.ANY, "", node, read_only)

    def branch_is_unsure(self, state: State, here: Scope) -> bool:
        """Whether no expression is sure to name the branch that a session stands on, so that the session is asked."""
        refs = state.committable
        only = next(iter(refs)) if len(refs) == 1 else UNNAMED
        return only == UNNAMED or not self.is_stable(only.node, here)

    def is_stable(self, node: ast.expr | None, here: Scope) -> bool:
        """Whether an expression still has `here` the value that it had when a session was opened with it."""
        if isinstance(node, ast.Name):
            scope = self.program.scope(node).owner(node.id)
            return scope is not None and scope.bindings.get(node.id) == 1 and here.owner(node.id) is scope
        return node is None or (isinstance(node, ast.Constant) and self.program.scope(node).module is here.module)

    def is_surely_written(self, event: Event) -> bool:
        """Whether the statements right after an event write to what it checks out, so that it must be a branch."""
        program = self.program
        statement = program.statement(event.node)
        parent = program.parents.get(statement)
        suites = (s for _, s in ast.iter_fields(parent) if isinstance(s, list) and statement in s) if parent else ()
        following = next((s[s.index(statement) + 1 :] for s in suites), [])
        place = program.sessions.place[event]
        for later in following:
            inside = [e for e in place.events if later in (program.statement(e.node), *program.ancestors(e.node))]
            if any(e.effect in (Effect.CHECKOUT, Effect.NEW_BRANCH) for e in inside):
                return False
            if any(e.effect is Effect.WRITE and program.statement(e.node) is later for e in inside):
                return True
        return False

    def is_commit_hex(self, ref: Ref) -> bool:
        """Whether a ref is written as the id of a V1 commit, which no longer exists after the migration."""
        text = self.text_of(ref.node)
        return text is not None and COMMIT_HEX.fullmatch(text) is not None

    def branched(self, event: Event) -> Ref:
        """The branch that `new_branch` switches to."""
        call = event.node
        node = argument(call, 0, "branch") if isinstance(call, ast.Call) else None
        if node is None:
            return MAIN
        return Ref(RefKind.BRANCH, "", node)

    def commits_for_reading(self, event: Event) -> bool:
        """Whether a commit asks for a session that is only read from (`checkout_for_writing=False`)."""
        if not isinstance(event.node, ast.Call):
            return False
        writing = argument(event.node, 2, "checkout_for_writing")
        return isinstance(writing, ast.Constant) and writing.value is False


def _member(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""
