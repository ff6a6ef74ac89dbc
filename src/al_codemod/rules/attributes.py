"""Attributes: a handle of zarr 3 writes back all that it knew of them when it was opened."""

import ast
from collections.abc import Iterator

from al_codemod.finding import Applicability
from al_codemod.rules.anchors import Blocked
from al_codemod.rules.base import Context, Draft, rule
from al_codemod.rules.handles import Handles
from al_codemod.semantics.events import Event
from al_codemod.semantics.reaching import reaches
from al_codemod.semantics.values import Value
from al_codemod.surface.kinds import Effect, Kind


@rule(
    "AL207",
    "attributes-behind",
    rows="",
    before="""
from arraylake import Client

repo = Client().create_repo("org/repo")
group = repo.root_group.create_group("g")
repo.root_group["g"].attrs["a"] = 1
group.attrs["b"] = 2
repo.commit("both")
""",
    after="""
import zarr
from arraylake import Client

repo = Client().create_repo("org/repo")
session = repo.writable_session(branch="main")
group = zarr.open_group(session.store, mode="a").create_group("g")
zarr.open_group(session.store, mode="a")["g"].attrs["a"] = 1
group.attrs["b"] = 2
session.commit("both")
""",
)
def attributes_behind(context: Context) -> Iterator[Draft]:
    """Two handles of one group or array both write attributes.

    zarr 2 read the attributes anew before it changed one. zarr 3 writes back those that the handle knows, so that what another
    handle has written since it was opened is lost.
    """
    handles = Handles(context)
    writes = [e for e in context.program.events.all() if e.value is not None and e.value.kind is Kind.ATTRS]
    writes = [e for e in writes if e.effect in (Effect.TOUCH, Effect.WRITE)]
    for event in writes:
        name = _holder(event)
        if name is None or not context.is_here(event.node):
            continue
        for other in writes:
            if other is event or _holder(other) == name or not _meets(context, event, other):
                continue
            if _overlap(_path(handles, event.value), _path(handles, other.value)):
                message = (
                    f"`{name}` writes back the attributes that it was opened with, and so undoes line {_line(other)}"
                )
                yield Draft(event.node, message, Applicability.MANUAL, instead=f"open `{name}` again before this line")
                break


def _holder(event: Event) -> str | None:
    """The variable that keeps the handle or attributes which an event writes through."""
    node = event.node.func if isinstance(event.node, ast.Call) else event.node
    base = node.value if isinstance(node, ast.Attribute | ast.Subscript) else None
    if isinstance(base, ast.Attribute) and base.attr == "attrs":
        base = base.value
    return base.id if isinstance(base, ast.Name) else None


def _meets(context: Context, event: Event, other: Event) -> bool:
    """Whether two writes are of one place, and the other one may come between the opening of the handle and its write."""
    places = context.program.places
    if not set(places.of(event)) & set(places.of(other)):
        return False
    opened = event.value.base.node if event.value is not None and event.value.base is not None else None
    if event.scope.function is not other.scope.function:
        return not _is_kept_here(event) or opened is None or _calls_between(context, opened, event)
    looped = context.program.is_looped(event.node)
    start = getattr(opened, "lineno", 0)
    return looped or start <= _line(other) <= _line(event)


def _is_kept_here(event: Event) -> bool:
    """Whether the variable that keeps the handle is one of the function that writes through it."""
    name, function = _holder(event), event.scope.function
    return name is not None and function.is_function and event.scope.owner(name) is function


def _calls_between(context: Context, opened: ast.AST, event: Event) -> bool:
    """Whether a function calls another one between two of its nodes."""
    program = context.program
    calls = (
        e.node for e in program.events.all() if e.effect is Effect.CALL and e.scope.function is event.scope.function
    )
    return any(reaches(program, opened, call) and reaches(program, call, event.node) for call in calls)


def _path(handles: Handles, value: Value | None) -> str | None:
    """The path of the node whose attributes are written, where it is made of literals."""
    if value is None or value.base is None:
        return None
    try:
        path = handles.path("", value.base)
    except Blocked:
        return None
    if not all(isinstance(p, ast.Constant) for p in path):
        return None
    return "/".join(str(p.value).strip("/") for p in path if isinstance(p, ast.Constant))


def _overlap(one: str | None, other: str | None) -> bool:
    return one is None or other is None or one == other


def _line(event: Event) -> int:
    return getattr(event.node, "lineno", 0)
