"""What makes a place unsafe to rewrite: a repo or handle that leaves the code that is seen, or a session that gets mixed up.

Every check blocks the place with a reason; nothing here decides what is written instead.
"""

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from al_codemod.semantics.arguments import fits, parameter_defaults
from al_codemod.semantics.cached import cached_handles, opens_again
from al_codemod.semantics.classes import is_property
from al_codemod.semantics.contracts import Contracts
from al_codemod.semantics.events import YIELDED, Event
from al_codemod.semantics.fields import is_frozen
from al_codemod.semantics.flow import Graph
from al_codemod.semantics.places import Place, written_repo
from al_codemod.semantics.reaching import reaches
from al_codemod.semantics.scopes import FUNCTIONS, Scope
from al_codemod.semantics.states import State
from al_codemod.semantics.values import NOTHING, OTHER, Birth, Location, Value
from al_codemod.surface.kinds import LATE_HANDLES, REPOS, Effect, Kind
from al_codemod.surface.members import MEMBERS
from al_codemod.surface.names import KEEPERS

if TYPE_CHECKING:
    from al_codemod.semantics.program import Program

QUIET: Final = frozenset({Effect.OPEN, Effect.NONE, Effect.ESCAPE, Effect.CALL, Effect.RENEW})
REDEFINES: Final = frozenset({Effect.CHECKOUT, Effect.COMMIT, Effect.NEW_BRANCH, Effect.RENEW})


def check(program: "Program") -> None:
    """Block every place whose session cannot be followed."""
    migrated = Contracts(program).migrated()
    in_order = sorted(_passed_to_unknown(program, migrated), key=lambda n: (program.module(n).path, n.lineno))
    unseen = in_order[0] if in_order else None
    for place in program.places.all:
        if place in migrated:
            place.leave()
            continue
        _check_repo_escapes(program, place)
        if unseen is not None:
            _check_uncalled(program, place, unseen)
        _check_unseen_calls(program, place)
        _check_unseen_owners(program, place)
        _check_fields(program, place)
        if all(e.effect in QUIET for e in place.events):
            continue
        _check_order(program, place)
        _check_former(program, place)
        _check_computed(program, place)
        _check_outside_of_function(place)
        _check_cached(program, place)
        _check_kept_handles(program, place)
        if any(_definitions(place)):
            _check_variables(program, place)
            _check_cached_handles(program, place)
        if any(e.effect in REDEFINES and e in program.sessions.emitted for e in place.events):
            _check_defaults(program, place)
            _check_generators(program, place)
            _check_loops(program, place)


def _check_repo_escapes(program: "Program", place: Place) -> None:
    """A repo takes its session along wherever it goes; in code that is on Icechunk already it has none."""
    quiet = all(e.effect in QUIET for e in place.events)
    for event in place.events:
        if event.effect is not Effect.ESCAPE or event.value is None:
            continue
        if quiet and (not program.has_v1_left(place) or event.reason.startswith("is returned")):
            continue
        if event.value.kind in REPOS:
            place.block(event.node, f"the repo {event.reason}, with its session")
        elif event.value.kind is Kind.MEMBER:
            place.block(event.node, f"a method of the repo {event.reason}, with its session")


def _passed_to_unknown(program: "Program", migrated: set[Place]) -> Iterator[ast.expr]:
    """Where a repo is passed to a function of which not even the name is known: it may be one of the program."""
    for place in program.places.all:
        for event in place.events if place not in migrated else ():
            if event.effect is not Effect.ESCAPE or event.value is None or event.value.kind not in REPOS:
                continue
            parent = program.parents.get(event.node)
            call = program.parents.get(parent) if isinstance(parent, ast.keyword | ast.Starred) else parent
            if isinstance(call, ast.Call) and isinstance(event.node, ast.expr) and not program.of(call.func):
                yield event.node


def _check_uncalled(program: "Program", place: Place, unseen: ast.expr) -> None:
    """A function that nobody is seen to call is called with the session that the repo it gets has there."""
    function = place.function.node if place.is_parameter and place.function is not None else None
    if function is not None and not program.inference.calling.calls.get(function):
        line = program.line_name(unseen, program.module(function))
        for event in place.events:
            if event.effect in (Effect.OPEN, Effect.RECEIVE):
                place.block(event.node, f"this may be the function that {line} passes a repo to; call it by its name")


def _check_unseen_calls(program: "Program", place: Place) -> None:
    """A method that nobody is seen to call, where an object that is not known has one of its name called like it."""
    function = place.function.node if place.is_parameter and place.function is not None else None
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) or place.function is None:
        return
    owner = place.function.parent
    if owner is None or not owner.is_class or program.inference.calling.calls.get(function):
        return
    for node in program.attributes(function.name):
        call = program.parents.get(node)
        unknown = not program.of(node) - OTHER and not program.of(node.value) - OTHER
        if isinstance(call, ast.Call) and call.func is node and unknown and fits(function, call):
            place.block(node, f"this may be the method `{function.name}` of `{getattr(owner.node, 'name', '')}`")


def _check_unseen_owners(program: "Program", place: Place) -> None:
    """A repo of an object that is not followed, which may be one of those that keep this repo."""
    home = place.home
    if home is None or not home.is_attribute or all(e.effect in QUIET for e in place.events):
        return
    for node in program.attributes(home.name[1:]):
        parent = program.parents.get(node)
        if program.of(node) or not isinstance(parent, ast.Attribute) or (Kind.REPO, parent.attr) not in MEMBERS:
            continue
        place.block(
            node, f"this may be the repo that is kept in `{home.name[1:]}`, of an object that is not followed here"
        )


def _check_fields(program: "Program", place: Place) -> None:
    """A repo in a field needs a session beside it, from every call that makes such an object."""
    for origin in place.origins:
        if origin.birth is not Birth.FIELD:
            continue
        if not any(e.effect is Effect.OPEN and origin in e.origins for e in place.events):
            place.block(origin.node, "the repo comes in through a field; give the class a session beside it")
        owner = program.parents.get(origin.node)
        renewed = any(e.effect is not Effect.OPEN and e in program.sessions.emitted for e in place.events)
        if renewed and isinstance(owner, ast.ClassDef) and is_frozen(owner):
            place.block(
                origin.node, "the object cannot be given another session after a commit; make the class mutable"
            )


def mixed_homes(program: "Program") -> frozenset[Location]:
    """The variables that hold several repos in turn, of which an earlier one is still used through another name."""
    found: set[Location] = set()
    for place in program.places.all:
        if place.home is not None and not place.home.is_attribute and len(place.origins) > 1:
            ordered = [
                e for e in place.events if program.sessions.place.get(e) is place and e.effect is not Effect.OPEN
            ]
            states = [(e, program.sessions.before.get(e, State())) for e in ordered]
            apart = all(len(e.origins) == 1 for e in ordered)
            if apart and any(not s.origins & place.origins <= e.origins for e, s in states):
                found.add(place.home)
    return frozenset(found)


def _check_order(program: "Program", place: Place) -> None:
    """The session variable must be that of the repo which is used: two repos in turn in one variable may get mixed up."""
    for event in place.events:
        begins = event.effect is Effect.OPEN or isinstance(event.node, ast.arg)
        if begins or program.sessions.place.get(event) is not place:
            continue
        state = program.sessions.before.get(event, State())
        if place.home is not None and not state.origins & place.origins <= event.origins:
            place.block(event.node, "by now the variable may hold another repo than the one that is used here")


def _check_former(program: "Program", place: Place) -> None:
    """A function that puts another repo into a variable, and keeps the one that was there, has two sessions to keep apart."""
    home = place.home
    if home is None:
        return
    for event in (e for e in place.events if e.effect is Effect.OPEN and isinstance(e.node, ast.Call)):
        if event.scope.function is home.scope.function or not event.scope.function.is_function:
            continue
        for node in ast.walk(event.scope.function.node):
            if not isinstance(node, ast.Name | ast.Attribute) or not isinstance(node.ctx, ast.Load):
                continue
            is_home = program.inference.location(node, program.scope(node)) == home
            if is_home and _is_handed_on(program, node) and reaches(program, node, event.node):
                place.block(
                    node,
                    "the repo that was there before is kept, and its session is not; give each a variable of its own",
                )


def _is_handed_on(program: "Program", node: ast.AST) -> bool:
    """Whether the value of a variable goes somewhere else, and is not only tested or asked for a member."""
    parent = program.parents.get(node)
    if isinstance(parent, ast.Tuple | ast.List | ast.Dict | ast.Starred | ast.keyword | ast.Return | ast.Assign):
        return True
    return isinstance(parent, ast.Call) and node in parent.args


def _check_computed(program: "Program", place: Place) -> None:
    """A repo that is asked of a function or property may be opened only there: its session cannot be taken for granted."""
    if place.home is None:
        return
    for event in place.events:
        written = written_repo(event) if event.effect is not Effect.OPEN else None
        if written is None or not any(v.is_repo for v in program.of(written)):
            continue
        if any(o.node is written for o in event.origins) or place.cached is not None:
            continue
        computed = [node for node in ast.walk(written) if _is_computed(program, node)]
        if computed == [written] and Opening(program).may_come_first(event, written, place):
            program.opened_first[written] = place
        elif computed:
            place.block(
                written, "the repo comes from a call that may open it first; let that call return the session too"
            )


class Opening:
    """Calls and properties that do no more than to open a repo, the first time, and to give it."""

    def __init__(self, program: "Program") -> None:
        self.program = program

    def may_come_first(self, event: Event, written: ast.expr, place: Place) -> bool:
        """Whether the repo can as well be opened right before the statement in which it is asked for."""
        statement = self.program.statement(written)
        simple = isinstance(
            statement, ast.Expr | ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Return | ast.For | ast.With
        )
        attribute = place.home is not None and place.home.is_attribute
        if not simple or self.program.is_conditional(written):
            return False
        if not attribute and not event.scope.function.is_function:
            return False
        inside = [n for n in ast.walk(written) if n is not written]
        if any(isinstance(n, ast.Call) for n in inside):
            return False
        functions = [self.program.graphs_of.get(node, []) for node in self.called(written)]
        return bool(functions) and all(
            graphs and all(self.only_opens(g, set()) for g in graphs) for graphs in functions
        )

    def called(self, written: ast.expr) -> list[ast.AST]:
        """The functions that an expression calls."""
        if isinstance(written, ast.Call):
            return [v.node for v in self.program.of(written.func) if v.kind is Kind.FUNCTION and v.node is not None]
        if not isinstance(written, ast.Attribute):
            return []
        owners = [v.node for v in self.program.of(written.value) if v.kind is Kind.SELF and v.node is not None]
        methods = (m for node in owners for m in self.program.inference.classes.methods(node, written.attr))
        return [m.node for m in methods if m.node is not None]

    def only_opens(self, graph: Graph, seen: set[Graph]) -> bool:
        """Whether a function, with all that it calls, does nothing to a session but to open it."""
        if graph in seen:
            return True
        seen.add(graph)
        calls = self.program.sessions.calls
        node = graph.scope.node
        if isinstance(node, ast.FunctionDef) and not is_property(node) and node.decorator_list:
            return False
        mine = (e for b in graph.blocks for e in calls.events.by_block.get(b, ()))
        if any(e.effect not in (Effect.OPEN, Effect.NONE, Effect.CALL) for e in mine):
            return False
        return all(self.only_opens(g, seen) for b in graph.blocks for s in calls.sites.get(b, ()) for g in s.callees)


def _is_computed(program: "Program", node: ast.AST) -> bool:
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr == "to_sync_repo":
            return False
        return not all(_is_accessor(v.node) for v in program.of(node.func))
    if not isinstance(node, ast.Attribute):
        return False
    for base in program.of(node.value):
        if base.kind is Kind.SELF and base.node is not None:
            methods = program.inference.classes.methods(base.node, node.attr)
            if any(m.node is not None and is_property(m.node) for m in methods):
                return True
    return False


def _check_outside_of_function(place: Place) -> None:
    """What is used after a function returned belongs to the session that the function opened for itself."""
    if not place.is_parameter or place.scope is None or place.received:
        return
    inside = list(place.scope.walk())
    for event in place.events:
        if event.value is not None and event.value.kind is Kind.DATASET:
            continue
        if event.effect not in QUIET and event.scope.function not in inside:
            place.block(event.node, "what is used here belongs to the session of the function that returned it")


def _check_cached(program: "Program", place: Place) -> None:
    """A decorated function that opens a repo may well give the same one each time, with its session."""
    changed = any(e.effect not in QUIET | {Effect.READ, Effect.BASE} for e in place.events)
    for origin in place.origins if changed else ():
        if origin.birth is Birth.RETURNED and isinstance(origin.node, ast.Call):
            for value in program.of(origin.node.func):
                decorated = isinstance(value.node, ast.FunctionDef | ast.AsyncFunctionDef) and value.node.decorator_list
                if decorated and value.node not in program.yielding:
                    place.block(origin.node, "a decorated function may give the same repo, and its session, each time")


def _is_accessor(function: ast.AST | None) -> bool:
    """Whether a function does nothing but return a variable."""
    if not isinstance(function, ast.FunctionDef) or function.decorator_list:
        return False
    body = [s for s in function.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    return len(body) == 1 and isinstance(body[0], ast.Return) and isinstance(body[0].value, ast.Name)


# -- handles that outlive the session that they were opened on


def _check_kept_handles(program: "Program", place: Place) -> None:
    """A handle in a container cannot be opened again where it is."""
    for event in place.events:
        if event.effect is not Effect.ESCAPE or event.value is None or event.value.kind not in LATE_HANDLES:
            continue
        if not _is_kept(program, event):
            continue
        given = _is_given_back(program, event) and any(e.effect in REDEFINES for e in program.sessions.emitted)
        if given or any(_is_used_after(program, event, later) for later in _definitions(place)):
            place.block(
                event.node, "what is kept here is used on after the session has ended; open it again from the next one"
            )


def _check_variables(program: "Program", place: Place) -> None:
    """Handles in attributes of other objects, in classes, and in functions that were made by a call that is over."""
    home = place.home
    for location, values in program.inference.outer.items():
        if not any(_is_late_handle(program, v, place) for v in values):
            continue
        beside = home is not None and home.is_attribute and location.scope is home.scope
        captured = location.scope.is_function and location.scope is not place.scope and _is_captured(program, location)
        sent = location.is_attribute and program.inference.calling.fanouts.is_only_sent(location.scope.node)
        if (
            (location.is_attribute and not beside and not sent)
            or (location.scope.is_class and not location.is_attribute)
            or captured
        ):
            node = next((v.node for v in values if v.node is not None), location.scope.node)
            name = location.name.lstrip(".")
            place.block(node, f"`{name}` keeps this after the session has ended; open it again from the next one")


def _check_cached_handles(program: "Program", place: Place) -> None:
    """What a cached property has opened is let go of with the session, where that is an attribute of the same object."""
    for function in cached_handles(program, place):
        beside = program.scopes[function].parent in place.family
        values = program.inference.returns.get(function, NOTHING)
        if not beside or any(v.kind is Kind.DATASET for v in values) or not opens_again(program, function):
            place.block(
                function, f"`{function.name}` keeps this after the session has ended; open it each time it is asked for"
            )


def _is_captured(program: "Program", location: Location) -> bool:
    """Whether a function that may run at any time reads a variable of the function that made it."""
    inner = (s for s in location.scope.walk() if s.is_function and s is not location.scope)
    return any(
        s.node in program.escaping_functions and location.name in s.used and s.owner(location.name) is location.scope
        for s in inner
    )


def _is_given_back(program: "Program", event: Event) -> bool:
    """Whether a function gives the container back to its callers that it puts a handle into."""
    call = program.parents.get(event.node)
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return False
    kept, function = call.func.value, event.scope.function.node
    if not isinstance(kept, ast.Name) or isinstance(function, ast.Lambda | ast.Module):
        return False
    returns = (n.value for n in ast.walk(function) if isinstance(n, ast.Return | ast.Yield) and n.value is not None)
    return any(isinstance(n, ast.Name) and n.id == kept.id for value in returns for n in ast.walk(value))


def _is_kept(program: "Program", event: Event) -> bool:
    if event.reason == YIELDED:
        return False
    if "returned" in event.reason and is_property(event.scope.function.node):
        return False  # asked for anew each time, like the attribute that it looks like
    if "passed" not in event.reason:
        return True
    parent = program.parents.get(event.node)
    return isinstance(parent, ast.Call) and isinstance(parent.func, ast.Attribute) and parent.func.attr in KEEPERS


def _definitions(place: Place) -> Iterator[Event]:
    return (e for e in place.events if e.effect in REDEFINES)


def _is_used_after(program: "Program", event: Event, later: Event) -> bool:
    """Whether `later` may come after `event`, and the container that `event` puts a handle in is read after that."""
    if event.scope.function is not later.scope.function:
        return True
    if not _may_follow(program, event, later):
        return False
    name = _container(program, event.node)
    if name is None:
        return True
    looped = program.is_looped(later.node)
    uses = [n for n in program.parents if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load)]
    here = event.scope.function
    return any(
        looped or n.lineno > getattr(later.node, "lineno", 0) or program.scope(n).function is not here for n in uses
    )


def _container(program: "Program", node: ast.AST) -> str | None:
    """The variable of the container that a handle is put into."""
    for parent in program.ancestors(node):
        match parent:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)) if method in KEEPERS:
                return name
            case ast.Assign(targets=[ast.Name(id=name)]):
                return name
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name))]):
                return name
            case ast.Call() | ast.stmt():
                return None
    return None


def _may_follow(program: "Program", event: Event, later: Event) -> bool:
    """Whether `later` may come after `event`, both in one function: by its line, or in a loop."""
    return program.is_looped(later.node) or getattr(later.node, "lineno", 0) > getattr(event.node, "lineno", 0)


def _check_defaults(program: "Program", place: Place) -> None:
    for graph in program.graphs:
        node = graph.scope.node
        if isinstance(node, FUNCTIONS):
            for name, default in parameter_defaults(node):
                if any(_is_late_handle(program, v, place) for v in program.of(default)):
                    place.block(default, f"`{name}` is bound once, to the first session; pass it at each call")


def _check_loops(program: "Program", place: Place) -> None:
    """A loop over groups or arrays goes on with those that were there before a commit inside of it."""
    ends = list(_definitions(place))
    ends += [e for e in program.events.all() if _ends_inside(program, e, place)]
    for node in program.parents:
        if not isinstance(node, ast.For | ast.AsyncFor) or program.inference.generated(_iterated(node.iter)):
            continue
        bound = [n for n in ast.walk(node.target) if isinstance(n, ast.Name)]
        if not any(_is_late_handle(program, v, place) for n in bound for v in program.of(n)):
            continue
        if any(node in program.ancestors(e.node) for e in ends):
            place.block(
                node.iter, "the loop goes on with what it was given, on the session before; loop over the names"
            )


def _iterated(node: ast.expr) -> ast.expr:
    """What `enumerate` and its like iterate over."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"enumerate", "iter"}:
        if not node.args:
            break
        node = node.args[0]
    return node


def _ends_inside(program: "Program", event: Event, place: Place) -> bool:
    """Whether an event is a call of a function that leaves a place on another session."""
    if event.effect is not Effect.CALL:
        return False
    return any(place in program.sessions.calls.defines[g] for g in program.graphs if g.scope.node in event.callees)


def _check_generators(program: "Program", place: Place) -> None:
    """A generator goes on with its variables after others have committed in between."""
    for graph in program.graphs:
        if place.scope is graph.scope:
            continue
        for block in graph.blocks:
            for step in block.steps:
                if isinstance(step.node, ast.Yield | ast.YieldFrom):
                    _check_yield(program, place, step.node, graph.scope)


def _check_yield(program: "Program", place: Place, node: ast.expr, scope: Scope) -> None:
    for location, values in program.environment(node).items():
        if location.scope.function is scope and any(_is_late_handle(program, v, place) for v in values):
            place.block(
                node, f"`{location.name}` is used on after others may have committed; open it again after the yield"
            )


def _is_late_handle(program: "Program", value: Value, place: Place) -> bool:
    return value.kind in LATE_HANDLES and program.place_of(value) is place
