"""Handles: groups, arrays, stores and datasets that V1 kept alive across sessions, opened again on a new one."""

import ast
from dataclasses import dataclass, replace

from al_codemod.rewrite.edits import Edit, Template
from al_codemod.rules.anchors import Blocked, declaration
from al_codemod.rules.base import Context
from al_codemod.rules.group_names import literal_group, overlap
from al_codemod.rules.reading import dataset_again
from al_codemod.semantics.arguments import argument
from al_codemod.semantics.cached import cached_handles
from al_codemod.semantics.flow import Graph
from al_codemod.semantics.liveness import Liveness
from al_codemod.semantics.paths import Paths
from al_codemod.semantics.places import Place, written_to
from al_codemod.semantics.presence import CONSTRUCTORS, Held, Presence
from al_codemod.semantics.reaching import is_surely_bound, reaches
from al_codemod.semantics.scopes import Scope
from al_codemod.semantics.states import MAY_WRITE, RefKind
from al_codemod.semantics.values import Location, Value, Values
from al_codemod.surface.kinds import NODES, Effect, Kind
from al_codemod.surface.members import MEMBERS
from al_codemod.surface.names import STORE_FUNCTIONS


class Unrepeatable(Blocked):
    """A handle is made in a way that cannot be repeated; the message says which."""


@dataclass(frozen=True, slots=True)
class Renewal:
    """A point after which the session of a place is another one: at a definition, or at a call that has one inside.

    `session` is how it is written there, `writable` whether it takes writes (`None` where that is not known).
    """

    node: ast.AST
    place: Place
    session: str
    writable: bool | None
    effect: Effect


class Handles:
    """Finds the handles that a new session makes stale, and the code that makes them anew."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.program = context.program
        self.paths = Paths(context.program)
        self.liveness: dict[tuple[Graph, Location], Liveness] = {}
        self.behind: dict[tuple[ast.AST, str], Value] = {}
        self.presences: dict[Location, Presence] = {}

    def refresh(self, renewal: Renewal) -> tuple[list[Template], list[Edit]]:
        """The lines that open the live handles of a place again, parents first. Raises `Blocked` where that cannot be."""
        lines, edits = self.refresh_these(renewal, self.live(renewal))
        return [*lines, *self.forget_cached(renewal)], edits

    def forget_cached(self, renewal: Renewal) -> list[Template]:
        """The lines that let cached properties of the object open their groups and arrays again when they are asked for."""
        names = sorted({f.name for f in cached_handles(self.program, renewal.place)})
        owner = renewal.session.rpartition(".")[0]
        return [Template(f'{owner}.__dict__.pop("{name}", None)') for name in names]

    def refresh_these(self, renewal: Renewal, held: list[tuple[Location, Value]]) -> tuple[list[Template], list[Edit]]:
        """The lines that open some handles again."""
        lines: list[Template] = []
        edits: list[Edit] = []
        for location, value in held:
            try:
                again = self.dataset if value.kind is Kind.DATASET else self.node
                line, needed = again(renewal, location, value)
            except Unrepeatable:
                if not self.shows_the_same(renewal, location):
                    raise
                continue
            if line is not None:
                lines.append(self.guarded(line, location, renewal))
                edits += needed
        return lines, edits

    def live(self, renewal: Renewal, attributes: bool = True) -> list[tuple[Location, Value]]:
        """The variables that hold a handle of the place and are read afterwards, oldest handle first.

        Without `attributes` those of objects are left out.
        """
        environment = {**self.outer(renewal), **self.program.environment(renewal.node)}
        statement = self.program.statement(renewal.node)
        found: list[tuple[Location, Value]] = []
        for location, values in environment.items():
            mine = [v for v in values if v.is_handle and v.origin in renewal.place.origins]
            if not mine or location.scope.is_comprehension or _is_bound_by(location, statement):
                continue
            if location.is_attribute and not attributes:
                continue
            if not self.is_live(location, renewal.node) or not self.held(location, renewal) & Held.HANDLE:
                continue
            one = self.one_of(mine, location, renewal) if len(mine) == len(values) else None
            if one is None:
                raise Unrepeatable(f"`{location.name}` may hold more than one thing where the next session begins")
            found.append((location, one))
        return sorted(found, key=lambda item: getattr(item[1].node, "lineno", 0))

    def shows_the_same(self, renewal: Renewal, location: Location) -> bool:
        """Whether a handle of a session that was just committed shows to the end of its function what a new one would.

        That is so where nothing is written in the meantime, by the function or by what it calls.
        """
        scope = self.program.scope(renewal.node).function
        if renewal.effect is not Effect.COMMIT or location.is_attribute or location.scope.function is not scope:
            return False
        if not scope.is_function or self.is_captured(location):
            return False
        later = [e for e in renewal.place.events if e.scope.function is scope and e.node is not renewal.node]
        later += [e for e in self.program.events.all() if e.effect is Effect.CALL and e.scope.function is scope]
        quiet = (Effect.READ, Effect.BASE, Effect.NONE)
        return all(e.effect in quiet or not reaches(self.program, renewal.node, e.node) for e in later)

    def one_of(self, values: list[Value], location: Location, renewal: Renewal) -> Value | None:
        """The handle that several values of a variable come to; without a node where only the variable knows its path."""
        one = values[0] if len({v.kind for v in values}) == 1 else replace(values[0], kind=Kind.NODE)
        if len(values) == 1:
            return one
        if any(v.kind is Kind.DATASET for v in values):
            return one if len({v.node for v in values}) == 1 else None
        if all(self.keeps_path(v, location, renewal) for v in values):
            alike = len({self.open_again("", v, renewal, location)[0] for v in values}) == 1
            return one if alike else replace(one, base=None, node=None)
        again = [self.node(renewal, location, v)[0] for v in values]
        return one if len({template.text for template in again if template is not None}) == 1 else None

    def keeps_path(self, value: Value, location: Location, renewal: Renewal) -> bool:
        """Whether a variable is sure to hold a group or array where the next session begins, which then tells its path."""
        if value.kind not in NODES:
            return False
        if location.is_attribute:
            return True  # what is not there is not opened again
        graphs = self.program.graphs_of.get(location.scope.function.node, [])
        here = [g for g in graphs if any(at is g for at, _, _ in self.program.positions.get(renewal.node, ()))]
        return bool(here) and all(is_surely_bound(self.program, g, location, renewal.node) for g in here)

    def outer(self, renewal: Renewal) -> dict[Location, Values]:
        """The variables outside of the function, and the attributes of the object, that its code or others' may read."""
        scope = self.program.scope(renewal.node).function
        home = renewal.place.home
        found: dict[Location, Values] = {}
        for location, values in self.program.inference.outer.items():
            if location.is_attribute:
                if home is not None and location.scope is home.scope:
                    found[location] = values
            elif location.scope.function is not scope and scope.owner(location.name) is location.scope:
                held = any(v.is_handle and v.origin in renewal.place.origins for v in values)
                if held and self.is_captured(location):
                    self.check_made_before(location, scope)
                    found[location] = values
        return found

    def is_captured(self, location: Location) -> bool:
        """Whether functions read a variable of the scope around them; else its own scope opens it again after the call."""
        inner = (s for s in location.scope.walk() if s.function is not location.scope.function)
        return any(location.name in s.used and s.owner(location.name) is location.scope for s in inner)

    def check_made_before(self, location: Location, function: Scope) -> None:
        """Refuse to open in a function what may not be there yet when it is called."""
        calls = self.program.inference.calling.calls.get(function.node, ())
        bound = [
            n.lineno
            for n in self.context.nodes(ast.Name)
            if n.id == location.name and isinstance(n.ctx, ast.Store) and self.program.scope(n) is location.scope
        ]
        around = [c for c in calls if self.program.scope(c).function is location.scope.function]
        if len(bound) != 1 or any(c.lineno <= bound[0] for c in around):
            raise Unrepeatable(f"`{location.name}` may not be made yet when this function is called")

    def is_live(self, location: Location, node: ast.AST) -> bool:
        """Whether a variable is read after a node is evaluated; one of another scope or object is taken to be."""
        if location.is_attribute:
            return True
        positions = [p for p in self.program.positions.get(node, ()) if p[0].scope is location.scope.function]
        return not positions or any(self.live_in(graph, location).after(b, i) for graph, b, i in positions)

    def live_in(self, graph: Graph, location: Location) -> Liveness:
        if (graph, location) not in self.liveness:
            self.liveness[graph, location] = Liveness(self.program.inference, graph, location)
        return self.liveness[graph, location]

    def name(self, location: Location, renewal: Renewal) -> str:
        """How a handle is written at a renewal; one in an attribute hangs on the object that the repo hangs on."""
        if not location.is_attribute:
            return location.name
        written = written_to(renewal.node)
        owner = renewal.place.owner_in(self.program.scope(renewal.node), written)
        if owner is None:
            raise Unrepeatable(f"`{location.name[1:]}` cannot be named here")
        return f"{owner}{location.name}"

    def held(self, location: Location, renewal: Renewal) -> Held:
        """What a variable may be where the next session begins."""
        if not location.is_attribute:
            return Held.HANDLE
        if location not in self.presences:
            self.presences[location] = Presence(self.program, location)
        return self.presences[location].after(renewal.node)

    def guarded(self, line: Template, location: Location, renewal: Renewal) -> Template:
        """A line that opens a handle again, if there is one by then."""
        name, held = self.name(location, renewal), self.held(location, renewal)
        condition = f"{name} is not None"
        if held & Held.UNSET:
            owner, _, attribute = name.rpartition(".")
            condition = f'hasattr({owner}, "{attribute}")'
            if held & Held.EMPTY:
                condition = f'getattr({owner}, "{attribute}", None) is not None'
        return line if held is Held.HANDLE else Template(f"if {condition}:\n    {line.text}", line.holes)

    # -- how a handle is made again

    def node(self, renewal: Renewal, location: Location, value: Value) -> tuple[Template | None, list[Edit]]:
        name = self.name(location, renewal)
        if location.is_attribute and self.may_be_given_up(renewal, location, value):
            raise Unrepeatable(f"`{name}` may have been made by the changes that are given up here")
        scope = self.program.scope(renewal.node).function
        edits: list[Edit] = []
        if not location.is_attribute and location.scope.function is not scope:
            edits += declaration(location.name, location.scope, scope)
        if value.kind is Kind.STORE:
            return Template(f"{name} = {renewal.session}.store"), edits
        if value.kind is Kind.ATTRS:
            if value.base is None:
                raise Unrepeatable(f"`{name}` is made in a way that cannot be repeated")
            parent, holes, needed = self.open_again(name, value.base, renewal)
            return Template(f"{name} = {parent}.attrs", holes), [*edits, *needed]
        text, holes, needed = self.open_again(name, value, renewal, location)
        return Template(f"{name} = {text}", holes), [*edits, *needed]

    def may_be_given_up(self, renewal: Renewal, location: Location, value: Value) -> bool:
        """Whether a node may not be there any more after changes are given up, since it is made where it is opened."""
        event = self.context.event(renewal.node, Effect.CHECKOUT) if renewal.effect is Effect.CHECKOUT else None
        before = self.program.sessions.before.get(event) if event is not None else None
        if before is None or not before.may_dirty or self.is_let_go(renewal, location):
            return False
        made = value
        while made.base is not None:
            name = (
                made.node.func.attr
                if isinstance(made.node, ast.Call) and isinstance(made.node.func, ast.Attribute)
                else ""
            )
            member = MEMBERS.get((made.base.kind, name))
            if member is not None and member.effect in MAY_WRITE:
                function = self.program.scope(made.node).function.node if made.node is not None else None
                return getattr(function, "name", "") not in CONSTRUCTORS  # the object was not used before
            made = made.base
        return False

    def is_let_go(self, renewal: Renewal, location: Location) -> bool:
        """Whether the function goes on to put something else into an attribute, whatever it does in between."""
        function = self.program.scope(renewal.node).function.node
        stores = (n for n in self.program.attributes(location.name[1:]) if isinstance(n.ctx, ast.Store))
        after = (self.program.statement(n) for n in stores if n.lineno > getattr(renewal.node, "lineno", 0))
        return any(self.program.parents.get(statement) is function for statement in after)

    def open_again(
        self, name: str, value: Value, renewal: Renewal, location: Location | None = None
    ) -> tuple[str, dict[str, ast.expr], list[Edit]]:
        """The expression that opens a group or array again, by its path from the root.

        The path is written as it was given, or else asked of what the variable at `location` holds.
        """
        holes: dict[str, ast.expr] = {}
        try:
            path = self.path(name, value)
            for part in path:
                if not self.paths.is_repeatable(part, renewal.node):
                    raise Unrepeatable(f"`{name}` is found by a name that may have changed since")
            argument_, holes = self.paths.argument(path)
            is_root = not path
        except Unrepeatable:
            if location is None or not self.keeps_path(value, location, renewal):
                raise
            argument_, is_root = f", path={name}.path", False
        zarr, imports = self.context.module("zarr", renewal.node)
        function = {Kind.GROUP: "open_group", Kind.ARRAY: "open_array"}.get(value.kind, "open")
        mode = self.mode(function, is_root, renewal)
        return f"{zarr}.{function}({renewal.session}.store{argument_}{mode})", holes, list(imports)

    def mode(self, function: str, is_root: bool, renewal: Renewal) -> str:
        """The `mode=` argument; `open` and `open_array` go by the store where it is left out."""
        if renewal.writable is not None:
            return f', mode="{"r" if not renewal.writable else "a" if is_root else "r+"}"'
        if function != "open_group":
            return ""
        return f', mode="r" if {renewal.session}.read_only else "r+"'

    def path(self, name: str, value: Value) -> list[ast.expr]:
        """The path of a node, as the expressions that its parts were given by."""
        base, node = value.base, value.node
        if base is None or node is None:
            raise Unrepeatable(f"`{name}` is made in a way that cannot be repeated")
        if isinstance(node, ast.Attribute) and node.attr == "root_group":
            return []
        if isinstance(node, ast.Subscript):
            return [*self.path(name, base), node.slice]
        if isinstance(node, ast.Attribute) and (base.kind, node.attr) not in MEMBERS:
            return [*self.path(name, base), ast.Constant(node.attr)]
        if isinstance(node, ast.Call):
            return self.call_path(name, base, node)
        raise Unrepeatable(f"`{name}` is made in a way that cannot be repeated")

    def call_path(self, name: str, base: Value, node: ast.Call) -> list[ast.expr]:
        if isinstance(node.func, ast.Attribute) and (base.kind, node.func.attr) in MEMBERS and base.kind in NODES:
            child = argument(node, 0, "name") or argument(node, 0, "path")
            if child is None:
                raise Unrepeatable(f"`{name}` is made in a way that cannot be repeated")
            return [*self.path(name, base), child]
        for callee in self.program.of(node.func):
            if callee.name in STORE_FUNCTIONS and base.kind is Kind.STORE:
                path = argument(node, 99, "path")
                return [] if path is None else [path]
        raise Unrepeatable(f"`{name}` is made in a way that cannot be repeated")

    # -- datasets

    def dataset(self, renewal: Renewal, location: Location, value: Value) -> tuple[Template | None, list[Edit]]:
        """A lazy dataset keeps in memory what was read of it, so that only an untouched one may be opened again."""
        if renewal.effect is not Effect.CHECKOUT:
            if not self.is_loaded(location, renewal.node):
                self.behind[renewal.node, location.name] = value
            return None, []
        if self.is_unchanged(value, renewal):
            return None, []
        if value.name == "derived" or self.is_touched(location, value, renewal.node):
            raise Unrepeatable(
                f"`{location.name}` may have been read before, and would now show another commit in part"
            )
        found = dataset_again(self.context, value, renewal.session, renewal.node)
        if found is None:
            raise Unrepeatable(f"`{location.name}` is made in a way that cannot be repeated")
        template, edits = found
        return Template(f"{location.name} = {template.text}", template.holes), [*edits]

    def is_loaded(self, location: Location, node: ast.AST) -> bool:
        """Whether a dataset was read into memory as a whole before `node`."""
        calls = (s.value for s in self.context.nodes(ast.Expr) if s.lineno < getattr(node, "lineno", 0))
        return any(
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr == "load"
            and isinstance(call.func.value, ast.Name)
            and call.func.value.id == location.name
            for call in calls
        )

    def is_unchanged(self, value: Value, renewal: Renewal) -> bool:
        """Whether main shows in a dataset what it showed when it was opened: nothing here writes to its group.

        Then it does not matter on which session it stands.
        """
        sessions = self.program.sessions
        place, event = renewal.place, self.context.event(renewal.node, Effect.CHECKOUT)
        while value.base is not None and value.base.kind is Kind.DATASET:
            value = value.base
        group = literal_group(self.context, value.node)
        opened = self.context.event(value.node, Effect.READ) if value.node is not None else None
        if group is None or opened is None or event is None:
            return False
        refs = {*sessions.before[opened].refs, *sessions.after(event, sessions.before[event]).refs}
        if any(r.kind is not RefKind.BRANCH or r.node is not None for r in refs):
            return False
        writes = [e for e in place.events if e.effect in (Effect.WRITE, Effect.TOUCH, Effect.ESCAPE)]
        written = [
            literal_group(self.context, e.node) for e in writes if e.value is None or e.value.kind is not Kind.DATASET
        ]
        return all(w is not None and not overlap(w, group) for w in written)

    def is_touched(self, location: Location, value: Value, at: ast.AST) -> bool:
        """Whether a dataset was used between its making and a later node; inside a loop it may always have been."""
        if value.node is None:
            return True
        start, end = getattr(value.node, "lineno", 0), getattr(at, "lineno", 0)
        looped = self.program.is_looped(at)
        used = any(
            node.id == location.name and isinstance(node.ctx, ast.Load) and start <= node.lineno <= end
            for node in self.context.nodes(ast.Name)
        )
        return used or looped or start > end


def _is_bound_by(location: Location, statement: ast.stmt) -> bool:
    """Whether a statement assigns a variable anew."""
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    return any(isinstance(t, ast.Name) and t.id == location.name for t in targets)
