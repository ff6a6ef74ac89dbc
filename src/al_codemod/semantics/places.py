"""Places: where a repo object lives in the program, and so where its session will live beside it."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from al_codemod.semantics.cached import cached_repos
from al_codemod.semantics.callbacks import bound_arguments
from al_codemod.semantics.classes import is_property
from al_codemod.semantics.events import Event
from al_codemod.semantics.flow import Graph, Op, Step
from al_codemod.semantics.infer import Inference
from al_codemod.semantics.injection import given_names, stored_at
from al_codemod.semantics.reach import Reach
from al_codemod.semantics.scopes import FUNCTIONS, Scope
from al_codemod.semantics.values import NOTHING, Birth, Location, Origin
from al_codemod.surface.kinds import Effect, Kind

LASTING: Final = frozenset({Effect.COMMIT, Effect.CHECKOUT, Effect.NEW_BRANCH})
"""Effects that a repo must have a name for, since its session changes under it."""
ONCE: Final = (
    *(ast.Attribute, ast.Subscript, ast.Await, ast.Call, ast.keyword, ast.Starred, ast.Tuple, ast.List, ast.Set),
    *(ast.BinOp, ast.UnaryOp, ast.JoinedStr, ast.FormattedValue),
)
"""Expressions that evaluate all of their parts once, in the order in which they are written."""


@dataclass(eq=False, slots=True)
class Place:
    """A variable that holds repos (`home`), or one repo that no variable holds (`home` is `None`).

    `session` names the variable that its session is kept in. A blocked place, and with it every place of its `group`, is
    left as it was: `blocks` has the nodes and the reasons why.
    """

    home: Location | None
    number: int = 0
    origins: set[Origin] = field(default_factory=set)
    events: list[Event] = field(default_factory=list)
    session: str = ""
    blocks: list[tuple[ast.AST, str]] = field(default_factory=list)
    group: set["Place"] = field(default_factory=set)
    left: bool = False
    hoisted: bool = False
    function: Scope | None = None
    """The function that the repo is a parameter of."""
    family: frozenset[Scope] = frozenset()
    """The classes whose methods work on the objects that the repo is an attribute of."""
    holders: Mapping[Scope, str] = field(default_factory=dict)
    """Variables of other functions that hold the object which the repo is an attribute of."""
    received: bool = False
    """Whether the session comes in with the repo, as a parameter."""
    lifts: dict[Scope, str] = field(default_factory=dict)
    """Functions that are passed the session, each with the name of the parameter."""
    lifts_from: "Place | None" = None
    """The place whose session a function is passed without having its repo for a parameter."""
    is_owner: Callable[[ast.expr], bool] = field(default=lambda _: True)
    """Whether an expression may be an object that the repo is an attribute of."""
    gives: Callable[[ast.Attribute], bool] = field(default=lambda _: False)
    """Whether an expression asks such an object for the repo by a property."""
    cached: ast.FunctionDef | None = None
    """The cached property that opens the repo."""
    forked: dict[ast.AST, str] = field(default_factory=dict)
    """The expressions of the repo that stand for a fork of the session, each with its name."""
    reach: Reach | None = None
    """How other modules speak of the module that the variable is in."""

    def __hash__(self) -> int:
        return self.number  # so that sets of places have the same order in every run

    @property
    def parameters(self) -> set[ast.AST]:
        """The parameters that the repo comes in by."""
        return {o.node for o in self.origins if isinstance(o.node, ast.arg)}

    @property
    def scope(self) -> Scope | None:
        return self.home.scope if self.home is not None else None

    @property
    def blocked(self) -> bool:
        return any(p.blocks or p.left for p in {self, *self.group})

    @property
    def is_parameter(self) -> bool:
        """Whether the repo is a parameter, and kept nowhere else."""
        kept = self.home is not None and self.home.is_attribute
        return not kept and (self.lifts_from is not None or any(o.birth is Birth.PARAMETER for o in self.origins))

    def block(self, node: ast.AST, reason: str) -> None:
        self.blocks.append((node.context_expr if isinstance(node, ast.withitem) else node, reason))

    def leave(self) -> None:
        """Leave the place as it is, without a reason to report: it is on Icechunk already."""
        self.left = True

    def join(self, other: "Place") -> None:
        """Tie the fate of two places together: their edits are made together or not at all."""
        merged = self.group | other.group | {self, other}
        for place in merged:
            place.group = merged

    def repo_in(self, scope: Scope, written: ast.expr | None = None) -> str | None:
        """How the repo is written in `scope`, or `None` where it cannot be named there.

        `written` is an expression that names the repo, through whatever object it is an attribute of.
        """
        if self.lifts_from is not None:
            return ast.unparse(written) if written is not None and _is_path(written) and not _is_gone(written) else None
        owner = self.owner_in(scope, written)
        if owner is None or self.home is None:
            return None
        return f"{owner}.{self.home.name.lstrip('.')}" if owner else self.home.name

    def session_in(self, scope: Scope, written: ast.expr | None = None) -> str | None:
        """How the session is written in `scope`, or `None` where it cannot be named there."""
        if written in self.forked:
            return self.forked[written]
        if scope.function in self.lifts:
            return self.lifts[scope.function]
        owner = self.owner_in(scope, written)
        if owner is None and self.is_around(scope):
            return self.session
        if owner is None or self.home is None:
            return None
        return f"{owner}.{self.session}" if owner else self.session

    def is_around(self, scope: Scope) -> bool:
        """Whether the session, which is called like nothing else there, is a variable around a scope."""
        if self.home is None or self.home.is_attribute or self.home.scope.is_class:
            return False
        outer: Scope | None = scope
        while outer is not None and outer is not self.home.scope:
            outer = outer.parent
        return outer is not None

    def owner_in(self, scope: Scope, written: ast.expr | None) -> str | None:
        """The object or module that repo and session are members of, `""` where they are plain names."""
        if self.home is None:
            return None
        if not self.home.is_attribute:
            if scope.module is not self.home.scope.module and self.home.scope.is_module and self.reach is not None:
                reference = self.reach.reference(scope, self.home.scope)
                return reference.text if reference is not None else None
            if self.home.scope.is_class:
                return self.class_name_in(scope)
            return "" if scope.owner(self.home.name) is self.home.scope else None
        if isinstance(written, ast.Attribute) and _is_path(written.value):
            if f".{written.attr}" == self.home.name:
                return ast.unparse(written.value) if self.is_owner(written.value) else None
            if self.gives(written) and not self.home.name.startswith(".__"):
                return ast.unparse(written.value)
        function = scope.function.node
        inside = self.is_inside(scope)
        if inside and isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and function.args.args:
            return function.args.args[0].arg
        return self.holders.get(scope.function)

    def is_inside(self, scope: Scope) -> bool:
        """Whether a scope is in a method that works on the objects which the repo is an attribute of."""
        return scope.enclosing_class() in self.family

    def class_name_in(self, scope: Scope) -> str | None:
        """The name of the class that the repo is an attribute of, `""` in its own body."""
        assert self.home is not None
        node, outer = self.home.scope.node, self.home.scope.parent
        if scope is self.home.scope:
            return ""
        named = isinstance(node, ast.ClassDef) and scope.owner(node.name) is outer
        return node.name if isinstance(node, ast.ClassDef) and named else None


@dataclass(eq=False, slots=True)
class CarriedPlace(Place):
    """Every repo of a program in which each carries its session with it, wherever it goes."""

    def repo_in(self, scope: Scope, written: ast.expr | None = None) -> str | None:  # noqa: ARG002 - it is the same everywhere
        """The repo of what is written."""
        return f"{ast.unparse(written)}.repo" if written is not None and _is_path(written) else None

    def session_in(self, scope: Scope, written: ast.expr | None = None) -> str | None:  # noqa: ARG002 - it is the same everywhere
        """The session of what is written."""
        return f"{ast.unparse(written)}.session" if written is not None and _is_path(written) else None


class Places:
    """The places of a module: each origin's, and each event's.

    Repos that are bound to the same variable share a place, except where `split` names the variable: then each keeps a
    session of its own. A repo that no variable holds, but whose session has to outlive its statement, gets one (`hoisted`).
    """

    def __init__(
        self,
        inference: Inference,
        graphs: Iterable[Graph],
        events: Sequence[Event],
        parents: Mapping[ast.AST, ast.AST],
        split: frozenset[Location] = frozenset(),
    ) -> None:
        self.inference = inference
        self.parents = parents
        self.split = split
        self.of_origin: dict[Origin, Place] = {}
        self.all: list[Place] = []
        self.by_home: dict[Location, Place] = {}
        self.lifted: dict[tuple[ast.AST, Location], Place] = {}
        """The places of functions that are passed a session, by the function and the home of the repo."""
        self.reach = Reach(inference.imports)
        graphs = list(graphs)
        homes = self.homes(graphs)
        received = {e.node for e in events if e.effect is Effect.RECEIVE}
        cached = {
            origin: (home, made)
            for origin, home, made in cached_repos(inference, graphs, parents)
            if origin.node not in received
        }
        homes |= {origin: home for origin, (home, _) in cached.items()}
        for location, values in inference.outer.items():
            for value in values:
                if value.origin is not None and value.origin.birth is Birth.FIELD and value.is_repo:
                    self.assign(value.origin, location)
        for event in events:
            if event.effect in (Effect.OPEN, Effect.RECEIVE):
                for origin in event.origins:
                    self.assign(origin, homes.get(origin))
                    place = self.of_origin[origin]
                    place.received |= event.effect is Effect.RECEIVE
                    place.cached = cached[origin][1] if origin in cached else place.cached
                    if isinstance(origin.node, ast.arg):
                        place.function = event.scope
                        place.holders = inference.injection.holders.get(origin.node, {})
        self.hoist(events)
        self.names()

    def hoist(self, events: Sequence[Event]) -> None:
        """Give a variable to each repo without one that is committed or checked out later, or passed with its session."""
        lasting = {o for e in events if e.effect in LASTING for o in e.origins}
        lasting |= set(self.handed_on(events))
        for origin, place in self.of_origin.items():
            if place.home is not None or origin not in lasting or origin.birth is Birth.FIELD:
                continue
            scope = self.hoist_scope(origin.node)
            if scope is not None:
                name = scope.invent(origin.node, ["repo", "al_repo", "v1_repo"])
                place.home, place.hoisted = Location(scope, name), True
                self.by_home[place.home] = place

    def handed_on(self, events: Sequence[Event]) -> Iterator[Origin]:
        """The repos that are passed to functions which take their session too."""
        receiving = {e.node for e in events if e.effect is Effect.RECEIVE}
        for function, calls in self.inference.calling.calls.items():
            taking = {a.arg for a in receiving if isinstance(a, ast.arg) and self.parents[self.parents[a]] is function}
            for call in calls if taking else ():
                for at, value in bound_arguments(self.inference, call, function):
                    if at.name in taking:
                        yield from (v.origin for v in self.inference.of(value) if v.is_repo and v.origin is not None)

    def hoist_scope(self, node: ast.AST) -> Scope | None:
        """The scope of a statement that evaluates `node` once, and before anything that makes a difference."""
        child, parent = node, self.parents.get(node)
        while isinstance(parent, ast.expr | ast.keyword | ast.FormattedValue):
            if isinstance(parent, ONCE) and all(self.makes_no_difference(e) for e in _evaluated_before(parent, child)):
                child, parent = parent, self.parents.get(parent)
            else:
                return None
        if isinstance(parent, ast.AugAssign) and not isinstance(parent.target, ast.Name):
            return None
        if not isinstance(parent, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr | ast.Return):
            return None
        while parent is not None and parent not in self.inference.scopes:
            parent = self.parents.get(parent)
        scope = self.inference.scopes[parent] if parent is not None else None
        return None if scope is None or scope.is_class else scope

    def makes_no_difference(self, node: ast.expr) -> bool:
        """Whether nothing is lost or won by evaluating an expression after a repo is opened."""
        match node:
            case ast.Constant() | ast.Name():
                return True
            case ast.Attribute(value=ast.Name() as owner):
                return not any(v.kind is Kind.SELF for v in self.inference.of(owner)) and bool(self.inference.of(node))
        return False

    def homes(self, graphs: Iterable[Graph]) -> dict[Origin, Location]:
        """The first variable that each repo is bound to, straight from the expression that makes it."""
        homes: dict[Origin, Location] = {}
        for location, values in self.inference.outer.items():
            for value in values:
                if value.is_repo and value.origin is not None and value.origin.birth is Birth.PARAMETER:
                    if location.scope.node is not value.origin.node and _is_parameter(location, value.origin.node):
                        kept = self.kept_parameter(location, value.origin.node)
                        homes[value.origin] = kept or location
        for graph in graphs:
            for block in graph.blocks:
                for step in block.steps:
                    if step.op is Op.BIND and isinstance(step.source, ast.BoolOp | ast.IfExp):
                        homes |= dict(self.chosen(step))
                    if step.op is Op.BIND_PART:
                        homes |= dict(self.part(step))
                    if step.op not in (Op.BIND, Op.BIND_ENTERED) or step.source is None:
                        continue
                    home = self.inference.location(step.node, step.scope)
                    entered = step.op is Op.BIND_ENTERED
                    for value in self.inference.entered(step.source) if entered else self.inference.of(step.source):
                        if (
                            home is not None
                            and value.is_repo
                            and value.origin is not None
                            and _direct(step.source, value.origin.node)
                        ):
                            homes.setdefault(value.origin, self.kept_variable(home) or home)
        return homes

    def part(self, step: Step) -> Iterator[tuple[Origin, Location]]:
        """A repo that a call gives beside other things lives in the variable that it is bound to."""
        home = self.inference.location(step.node, step.scope)
        for value in self.inference.of(step.node):
            if value.is_repo and value.origin is not None and value.origin.node is step.node and home is not None:
                yield value.origin, home

    def kept_variable(self, home: Location) -> Location | None:
        """The attribute of an object that a variable of its method ends in."""
        function = home.scope
        if home.is_attribute or not isinstance(function.node, FUNCTIONS):
            return None
        return stored_at(self.inference, function, home.name)

    def chosen(self, step: Step) -> Iterator[tuple[Origin, Location]]:
        """The parameter that goes to another variable, which holds a repo opened here where there is none."""
        home = self.inference.location(step.node, step.scope)
        if home is None or step.source is None or step.scope.bindings.get(home.name) != 1 or home.is_attribute:
            return
        values = self.inference.of(step.source)
        opened = any(v.is_repo and v.origin is not None and _direct(step.source, v.origin.node) for v in values)
        for value in values if opened else ():
            if value.is_repo and value.origin is not None and isinstance(value.origin.node, ast.arg):
                if value.origin.node.arg in given_names(step.source):
                    yield value.origin, home

    def kept_parameter(self, location: Location, parameter: ast.AST) -> Location | None:
        """The attribute of an object that a parameter of its method ends in."""
        assert isinstance(parameter, ast.arg)
        return stored_at(self.inference, location.scope, parameter.arg)

    def assign(self, origin: Origin, home: Location | None) -> None:
        if origin in self.of_origin:
            return
        place = self.by_home.get(home) if home is not None and home not in self.split else None
        if place is None:
            family = self.family(home)
            place = Place(home, len(self.all), family=family, is_owner=partial(self.is_owner, family), reach=self.reach)
            place.gives = partial(self.gives, place)
            self.all.append(place)
            if home is not None:
                self.by_home[home] = place
        place.origins.add(origin)
        self.of_origin[origin] = place

    def is_owner(self, family: frozenset[Scope], node: ast.expr) -> bool:
        """Whether what `node` gives may be an object of one of some classes; what is not known may be."""
        known = [v.node for v in self.inference.of(node) if v.kind is Kind.SELF and v.node is not None]
        return not known or any(self.inference.scopes[n] in family for n in known)

    def gives(self, place: Place, node: ast.Attribute) -> bool:
        """Whether a property gives the repo of a place, whatever object of its class it is asked of."""
        inference = self.inference
        owners = [v.node for v in inference.of(node.value) if v.kind is Kind.SELF and v.node is not None]
        found = [m.node for owner in owners for m in inference.classes.methods(owner, node.attr)]
        given = [inference.returns.get(m, NOTHING) if is_property(m) else NOTHING for m in found if m is not None]
        return bool(given) and all(values and {v.origin for v in values} <= place.origins for values in given)

    def family(self, home: Location | None) -> frozenset[Scope]:
        """The classes that share an attribute."""
        if home is None or not home.is_attribute:
            return frozenset()
        return frozenset(self.inference.scopes[n] for n in self.inference.classes.family(home.scope.node))

    def of(self, event: Event) -> list[Place]:
        """The places that an event may concern; more than one means that it is not known which."""
        found: list[Place] = []
        for origin in event.origins:
            plain = Origin(origin.node, origin.birth)
            place = self.of_origin.get(plain)
            if place is not None and place.home is not None:
                place = self.lifted.get((event.scope.function.node, place.home), place)
            if place is not None and place not in found:
                found.append(place)
        return found

    def lift(self, function: Scope, outer: Place) -> Place:
        """A place in a function for the session of a repo that lives elsewhere."""
        assert outer.home is not None
        name = function.free_name([outer.session, "session", "repo_session"])
        place = Place(Location(function, f"({outer.home.name})"), len(self.all), set(outer.origins), session=name)
        place.function, place.received, place.lifts_from = function, True, outer
        outer.lifts[function] = place.lifts[function] = name
        self.all.append(place)
        self.lifted[function.node, outer.home] = place
        return place

    def names(self) -> None:
        """Choose the session names: `session` for the only repo of a scope, `src_session` for `src_repo`.

        A repo that hides another one of the same name may hide that one's session too.
        """
        named = [(p, p.home) for p in self.all if p.home is not None]
        for place, home in named:
            chain = _chain(home.scope)
            rivals = [
                p
                for p, other in named
                if p is not place
                and other.scope in chain
                and other.is_attribute == home.is_attribute
                and (other.name != home.name or home in self.split)
            ]
            wanted = session_names(home.name.lstrip("."), alone=not rivals)
            used = {p.session for p in rivals if p.session}
            if home.is_attribute:
                leading = "_" if home.name.startswith("._") else ""
                attributes = _attributes(home.scope) | used
                names = [f"{leading}{n.lstrip('_')}" for n in wanted]
                place.session = next(n for n in [*names, f"{leading}repo_session"] if n not in attributes)
            else:
                numbered = (f"{wanted[0]}_{i}" for i in range(2, len(used) + 3))
                place.session = home.scope.free_name(n for n in (*wanted, *numbered) if n not in used)


def _evaluated_before(parent: ast.AST, child: ast.AST) -> Iterator[ast.expr]:
    """The parts of an expression that are evaluated before one of them."""
    for node in ast.iter_child_nodes(parent):
        if node is child:
            return
        if isinstance(node, ast.keyword):
            yield node.value
        elif isinstance(node, ast.expr):
            yield node


def session_names(repo: str, alone: bool) -> list[str]:
    """Names for the session of the repo called `repo`, best first."""
    bare = repo.strip("_") or "repo"
    renamed = re.sub(r"(?i)repo(sitory)?", "session", bare, count=1)
    own = renamed if renamed != bare else f"{bare}_session"
    best = ["session", own] if alone else [own, "session"]
    return list(dict.fromkeys([*best, f"{bare}_session", f"al_{own}"]))


def written_repo(event: Event) -> ast.expr | None:
    """The expression that names the repo whose member an event accesses or calls."""
    return written_to(event.node)


def written_to(node: ast.AST) -> ast.expr | None:
    """The expression whose member a node accesses or calls."""
    function = node.func if isinstance(node, ast.Call) else node
    return function.value if isinstance(function, ast.Attribute) else None


def _is_path(node: ast.expr) -> bool:
    """Whether an expression is a dotted name, which can be written once more."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _is_gone(node: ast.expr) -> bool:
    """Whether an expression asks a store for its repo, which Icechunk's does not know."""
    return isinstance(node, ast.Attribute) and node.attr in ("_repo", "_arepo")


def _is_parameter(location: Location, node: ast.AST) -> bool:
    return isinstance(node, ast.arg) and node.arg == location.name and not location.is_attribute


def _direct(source: ast.expr, node: ast.AST) -> bool:
    """Whether `source` evaluates to what `node` makes, without anything in between."""
    match source:
        case ast.Await() | ast.NamedExpr():
            return _direct(source.value, node)
        case ast.IfExp():
            return _direct(source.body, node) or _direct(source.orelse, node)
        case ast.BoolOp():
            return any(_direct(v, node) for v in source.values)
        case ast.Call(func=ast.Attribute(attr="to_sync_repo", value=inner)):
            return _direct(inner, node)
    return source is node


def _chain(scope: Scope) -> list[Scope]:
    """Every scope that sees the names of `scope` or whose names it sees."""
    chain = list(scope.walk())
    outer = scope.parent
    while outer is not None:
        chain.append(outer)
        outer = outer.parent
    return chain


def _attributes(scope: Scope) -> set[str]:
    return {node.attr for node in ast.walk(scope.node) if isinstance(node, ast.Attribute)} | set(scope.bindings)
