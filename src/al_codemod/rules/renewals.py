"""Calls of functions that leave a repo on another session: what the caller still holds is opened again after them."""

import ast
from collections.abc import Iterator

from al_codemod.finding import Applicability
from al_codemod.rules.anchors import Blocked, anchor_after
from al_codemod.rules.base import Context, Draft, rule
from al_codemod.rules.reopening import Reopening
from al_codemod.semantics.events import Event
from al_codemod.semantics.places import Place
from al_codemod.surface.kinds import Effect


@rule(
    "AL206",
    "handle-across-call",
    rows="",
    before="""
from arraylake import Client

repo = Client().create_repo("org/repo")


def save(message):
    repo.commit(message)


def main():
    array = repo.root_group.create_dataset("a", shape=4, chunks=2, dtype="i4")
    save("empty")
    array[0] = 1
    save("first")


main()
""",
    after="""
import zarr
from arraylake import Client

repo = Client().create_repo("org/repo")
session = repo.writable_session(branch="main")


def save(message):
    global session
    if session.has_uncommitted_changes:
        session.commit(message)
    session = repo.writable_session(branch="main")


def main():
    array = zarr.open_group(session.store, mode="a").create_array("a", shape=4, chunks=2, dtype="i4")
    save("empty")
    array = zarr.open_array(session.store, path="a", mode="r+")
    array[0] = 1
    save("first")


main()
""",
)
def renewals(context: Context) -> Iterator[Draft]:
    """A function that commits or checks out leaves its callers' groups and arrays on a session that has ended.

    In V1 they followed the repo. Here they are opened again after the call, where they are still in use.
    """
    reopening = context.once(Reopening)
    for event in context.program.events.all():
        node = event.node
        if event.effect is not Effect.CALL or isinstance(node, ast.stmt) or not context.is_here(node):
            continue  # an import gives nothing back
        for place in reopening.changes.of_call(event):
            if isinstance(node, ast.Call):
                if reopening.is_made_with(node, place):
                    continue
                _check_receivers(context, node, place)
            yield from _draft(context, reopening, event, place)


def _draft(context: Context, reopening: Reopening, event: Event, place: Place) -> Iterator[Draft]:
    node = event.site
    assert isinstance(node, ast.expr)
    message = "open again what the function has left on a session that has ended"
    try:
        if context.program.is_conditional(event.node):
            _check_statement(context, node, {at.name for at, _ in reopening.held(event, place)})
        lines, edits = reopening.after(event, place)
        if lines:
            insert = anchor_after(context.program, event).insert(*lines)
            yield Draft(node, message, Applicability.SAFE, (*edits, insert), (place,))
    except Blocked as reason:
        place.block(event.node, str(reason))


def _check_receivers(context: Context, call: ast.Call, place: Place) -> None:
    """Refuse where a call that ends the session is an argument of something that was taken from the session before."""
    child: ast.AST = call
    for parent in context.program.ancestors(call):
        if isinstance(parent, ast.stmt):
            return
        if isinstance(parent, ast.Call) and child is not parent.func and context.event(parent, Effect.COMMIT) is None:
            before = [parent.func, *parent.args[: parent.args.index(child) if child in parent.args else None]]
            if any(_is_of(context, node, place) for part in before for node in ast.walk(part)):
                place.block(
                    call,
                    "this is called after something was taken from the session that it ends; give it a line of its own",
                )
        child = parent


def _is_of(context: Context, node: ast.AST, place: Place) -> bool:
    """Whether something is done to the session of a place at a node."""
    events = context.program.events_at.get(node, ())
    uses = (Effect.READ, Effect.TOUCH, Effect.WRITE)
    return any(e.effect in uses and context.program.sessions.place.get(e) is place for e in events)


def _check_statement(context: Context, call: ast.expr, names: set[str]) -> None:
    """Refuse where a statement that makes a call several times, or not always, uses itself what is opened again after it."""
    used = {n.id for n in ast.walk(context.program.statement(call)) if isinstance(n, ast.Name)}
    if used & names:
        raise Blocked("the same statement goes on with what was opened before the call; split it in two")
